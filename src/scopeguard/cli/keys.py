"""The verbs about API keys."""

from pathlib import Path
from typing import Annotated, Any

import typer

from scopeguard.cli import rendering
from scopeguard.cli.options import PlainFormat
from scopeguard.errors import Severity, counted
from scopeguard.keys import ExposedKey, scan_files, scanner_rules

Prefix = Annotated[str, typer.Option("--prefix", metavar="PREFIX", help="What your keys begin with, such as hyp.")]
Scanned = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files or folders.")]
Found = Annotated[PlainFormat, typer.Option("--format", help="How to print what is found.")]
For = Annotated[
    str,
    typer.Option("--for", metavar="SCANNER", help="betterleaks (gitleaks too), trufflehog, detect-secrets or github."),
]

DETAILS = "a key is in the open: revoke it"


def scan(paths: Scanned, prefix: Prefix, output: Found = PlainFormat.PRETTY) -> bool:
    """Look for keys in files and folders; exit status 1 where there is one. No key is printed."""
    found = list(scan_files(paths, prefix))
    if output is PlainFormat.JSON:
        rendering.say_json([_data(each) for each in found])
    elif output is PlainFormat.GITHUB:
        lines = (rendering.annotation(Severity.ERROR, each.location, each.hint, DETAILS) for each in found)
        rendering.write_raw("".join(f"{line}\n" for line in lines))
    else:
        for each in found:
            rendering.print_styled(f"{each.location}: key {each.hint} of the id {each.id}")
        rendering.print_styled(counted(len(found), "key"))
    return bool(found)


def rules(prefix: Prefix, scanner: For) -> None:
    """The configuration that lets a secret scanner find your keys."""
    rendering.write_raw(scanner_rules(scanner, prefix))  # type: ignore[arg-type]  # what is none is refused


def _data(found: ExposedKey) -> dict[str, Any]:
    place = found.location
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "id": found.id,
        "environment": found.environment,
        "hint": found.hint,
    }
