"""The verb that proves what a pack promises: its invariants, what every pack should keep, and that no rule is idle."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scopeguard.cli import options, rendering
from scopeguard.cli.answering import DENIED
from scopeguard.cli.looking import look
from scopeguard.cli.options import LintFormat
from scopeguard.cli.sarif import to_sarif
from scopeguard.compiling.loading import program_of
from scopeguard.deferred import Deferred
from scopeguard.documents.loading import read_pack
from scopeguard.errors import Diagnostic, ScopeguardError, Severity, counted, did_you_mean, quoted
from scopeguard.runtime.engine import Engine

if TYPE_CHECKING:
    from scopeguard.analysis import report
else:
    report = Deferred("scopeguard.analysis.report")

Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", metavar="CLAIM", help="A built-in claim that the pack does not make; may be given again."),
]


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of each claim, with its findings, and the warnings about idle rules and parts of conditions."""

    claims: Sequence[tuple[str, str, tuple[Diagnostic, ...]]]
    idle: tuple[Diagnostic, ...]

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """Every finding, by place."""
        every = (*(each for _, _, found in self.claims for each in found), *self.idle)
        return tuple(sorted(every, key=lambda each: each.sort_key))


def prove(
    paths: options.Paths = None,
    with_default: options.WithDefault = False,
    skip: Skip = None,
    strict: options.Strict = False,
    output: options.LintOutput = LintFormat.PRETTY,
) -> None:
    """Prove for every request the invariants of a pack and what every pack should keep; find rules that never apply.

    Exit status 1 where a claim does not hold or is not decided.
    """
    looked = look(paths, with_default=with_default)
    pack, problems = read_pack(looked.whole)
    engine = Engine(program_of(pack, problems), number=1, max_rows=0)
    try:
        claims = tuple(_claims(engine, frozenset(skip or ()), looked.whole))
        found = _Found(claims, tuple(report.warnings(pack, engine)))
    except ModuleNotFoundError as error:
        raise ScopeguardError(str(error)) from None
    _FORMS[output](found)
    strict = strict or looked.configuration.strict
    raise typer.Exit(DENIED if any(strict or each.severity is Severity.ERROR for each in found.findings) else 0)


def _claims(
    engine: Engine, skip: frozenset[str], paths: Sequence[str]
) -> Iterator[tuple[str, str, tuple[Diagnostic, ...]]]:
    known = report.BUILT_IN
    for name in sorted(skip - known.keys()):
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        raise ScopeguardError(f"no built-in claim {quoted(name)}; {hint}")
    yield from report.claims(engine, [name for name in known if name not in skip], paths)


def _show(found: _Found) -> None:
    for name, says, findings in found.claims:
        word = "proved" if not findings else "open" if all(each.code == "SG602" for each in findings) else "broken"
        rendering.print_styled(f"{word:6} {name}: {says}", rendering.STYLES["deny" if findings else "allow"])
    rendering.show_diagnostics(found.findings)
    proved = sum(not findings for _, _, findings in found.claims)
    rendering.print_styled(f"{counted(proved, 'claim')} proved of {len(found.claims)}")


_FORMS: Final[Mapping[LintFormat, Callable[[_Found], None]]] = MappingProxyType(
    {
        LintFormat.PRETTY: _show,
        LintFormat.JSON: lambda found: rendering.show_diagnostics_as_json(found.findings),
        LintFormat.GITHUB: lambda found: rendering.show_diagnostics_to_github(found.findings, "scopeguard prove"),
        LintFormat.SARIF: lambda found: rendering.say_json(to_sarif(found.findings)),
    }
)
