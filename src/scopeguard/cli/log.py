"""The verbs about decision logs."""

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict

from scopeguard.cli import rendering
from scopeguard.cli.options import Format
from scopeguard.decisionlog import verify_log
from scopeguard.decisionlog.signing import NoteVerifier
from scopeguard.errors import ScopeguardError

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a FileSink.")]
Head = Annotated[
    str | None, typer.Option("--head", metavar="HASH", help="A head noted earlier, which a line must have still.")
]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="The verifier key that signed the checkpoints. Needs cryptography."),
]
Output = Annotated[Format, typer.Option("--format", help="How to print the answer.")]


def verify(folder: Folder, head: Head, key: Key, output: Output) -> bool:
    """Whether nothing is wrong with a log."""
    found = verify_log(folder, head=head, verifier=None if key is None else _verifier(key))
    if output is Format.JSON:
        rendering.say_json({"lanes": list(map(asdict, found.lanes)), "findings": list(map(asdict, found.findings))})
    else:
        for lane in found.lanes:
            rendering.print_styled(str(lane))
        for finding in found.findings:
            rendering.print_styled(str(finding), rendering.STYLES["error"])
    return bool(found)


def _verifier(key: str) -> NoteVerifier:
    try:
        return NoteVerifier(key)
    except ModuleNotFoundError as error:
        raise ScopeguardError(str(error)) from None
