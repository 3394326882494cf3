"""Two packs compared: which ones, by which options, and how it is printed."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from os import fspath
from pathlib import Path
from types import MappingProxyType
from typing import Final

import typer

from scopeguard import __version__
from scopeguard.analysis import Diff, accept, diff, load_side
from scopeguard.analysis.commands import naming
from scopeguard.analysis.diffing.reporting import IDLE, Options, block, level, markdown, places, pretty, unmatched
from scopeguard.analysis.diffing.sarif import sarif
from scopeguard.cli import options, rendering
from scopeguard.cli.answering import DENIED
from scopeguard.cli.configuration import DEFAULT, find_configuration
from scopeguard.cli.looking import look
from scopeguard.cli.options import DiffFormat
from scopeguard.cli.revisions import checked_out
from scopeguard.errors import RequestError
from scopeguard.shipped import default_pack

_NO_SOLVER: Final = "z3"


def diff_packs(
    paths: options.Compared = None,
    revision: options.Revision = None,
    base: options.Base = None,
    with_default: options.WithDefault = False,
    accepted: options.AcceptFile = None,
    output: options.DiffOutput = DiffFormat.PRETTY,
) -> None:
    """Who may do more and who less, where and why; exit status 1 where somebody gains what nobody has accepted."""
    try:
        found = compare(paths or (), revision, base, with_default=with_default)
    except ModuleNotFoundError as error:
        if error.name != _NO_SOLVER:
            raise
        raise RequestError(str(error)) from None
    if accepted is None and not paths:
        accepted = find_configuration().accept
    raise typer.Exit(DENIED if report(found, accepted, output) else 0)


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs, and how commands name the two packs."""

    diff: Diff
    options: Options


def compare(paths: Sequence[Path], revision: str | None, base: str | None, *, with_default: bool) -> Compared:
    """The comparison that options ask for.

    Raises RequestError where they do not say which two packs, and PolicyError where one does not load.
    """
    if revision is not None and base is not None:
        raise RequestError("--git and --base are two ways to say what to compare with; use one")
    if revision is None and base is None and len(paths) != 2:
        base = find_configuration().base if not paths else None
        if base is None:
            raise RequestError("name two packs, OLD and NEW, or what to compare with: --git REF or --base PACK")
    if revision is None and base is None:
        old, new = (_whole([fspath(path)], with_default=with_default) for path in paths)
        rendering.print_styled(f"looked at: {' '.join(old)} and {' '.join(new)}", stream=sys.stderr)
        return Compared(diff(old, new), (naming(old), naming(new)))
    looked = look(paths, with_default=with_default)
    if base is not None:
        old = [default_pack() if base == DEFAULT else base]
        return Compared(diff(old, list(looked.whole)), (naming(old), naming(looked.whole)))
    with ExitStack() as stack:
        named, here = stack.enter_context(checked_out(revision or "", looked.paths))
        beneath = [default_pack()] if looked.with_default else []
        side = load_side([*beneath, *named], here)
        return Compared(diff(side, list(looked.whole)), (None, naming(looked.whole)))


def _whole(paths: list[str], *, with_default: bool) -> list[str]:
    named = [default_pack() if path == DEFAULT and not Path(path).exists() else path for path in paths]
    return [default_pack(), *named] if with_default else named


def report(compared: Compared, accepted: Path | None, output: DiffFormat) -> bool:
    """Print what differs, and return whether somebody gains what nobody has accepted. Raises AcceptanceError."""
    found = compared.diff if accepted is None else accept(compared.diff, accepted)
    _FORMATS[output](found, compared.options)
    return found.loosens


def _pretty(found: Diff, options: Options) -> None:
    rendering.print_styled(pretty(found, options))


def _github(found: Diff, options: Options) -> None:
    for change in found.changes:
        loud = level(change.aspect, is_loosening=change.is_loosening)
        text = "\n".join(block(change, options))
        place = next(iter(places(change)), None)
        rendering.write_raw(rendering.workflow_command(loud, place, f"{change.aspect} ({change.id})", text) + "\n")
    for title, lines in ((IDLE, [str(edit) for edit in found.idle]), ("accepted", unmatched(found))):
        if lines:
            rendering.write_raw(rendering.workflow_command("notice", None, title, "\n".join(lines)) + "\n")


_FORMATS: Final[Mapping[DiffFormat, Callable[[Diff, Options], None]]] = MappingProxyType(
    {
        DiffFormat.PRETTY: _pretty,
        DiffFormat.MARKDOWN: lambda found, options: rendering.write_raw(markdown(found, options)),
        DiffFormat.GITHUB: _github,
        DiffFormat.SARIF: lambda found, options: rendering.say_json(sarif(found, __version__, options)),
        DiffFormat.JSON: lambda found, _: rendering.say_json(found.to_dict()),
    }
)
