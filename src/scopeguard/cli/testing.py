"""Tests of policies: runs and reports."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.cli.looking import Looked
from scopeguard.cli.options import RunFormat
from scopeguard.cli.rendering import STYLES, annotation, github, print_styled, say_json, write_job_summary, write_raw
from scopeguard.cli.sarif import to_sarif
from scopeguard.errors import Diagnostic, PolicyError, Severity
from scopeguard.guard import Guard
from scopeguard.source import Location
from scopeguard.testing import reporting
from scopeguard.testing.collecting import Packs, collect
from scopeguard.testing.reporting import Run
from scopeguard.testing.running import Result
from scopeguard.testing.tables import headline

_CODE: Final = "test"
"""The code of what the tests find, among those of diagnostics."""


def passes(looked: Looked, words: str, output: RunFormat) -> bool:
    """Run the tests of what is looked at, print the report, and return whether all are as expected and there are any.

    Raises PolicyError where a pack does not load or a file of tests has a mistake, after a report for machines.
    """
    try:
        run = reporting.run(collect(looked.paths, Packs(with_default=looked.with_default)), words.split())
    except PolicyError as error:
        if output is not RunFormat.PRETTY:
            _FORMS[output](Run((), error.diagnostics))
        raise
    if output is not RunFormat.PRETTY and not run.results:
        # A report without a case reads as one in which all is well.
        run = Run((), (Diagnostic(_CODE, looked.paths[0], 1, 1, reporting.summary(run)),))
    _FORMS[output](run)
    return run.passed


def _show(run: Run) -> None:
    *parts, last = reporting.text_report(run)
    for part in parts:
        print_styled(part)
    print_styled(last, STYLES["allow" if run.passed else "deny"])


def _show_to_github(run: Run) -> None:
    for _, result in run.failed:
        cell = result.cell
        place = cell.location or Location(cell.file, 1, 1)
        write_raw(f"{annotation(Severity.ERROR, place, cell.name, headline(result))}\n")
    write_raw("".join(f"{github(each)}\n" for each in run.problems))
    write_raw(f"{reporting.summary(run)}\n")
    write_job_summary("scopeguard test", [*map(_finding, run.failed), *run.problems])


def _finding(failed: tuple[Guard, Result]) -> Diagnostic:
    """A cell that is not as expected, beside what decides it now."""
    guard, result = failed
    cell = result.cell
    at = cell.location or Location(cell.file, 1, 1)
    places = ((guard.place(rule), rule) for rule in result.decision.rules)
    related = tuple((place, f"decided by {rule}") for place, rule in places if place is not None)
    return Diagnostic.at(at, _CODE, f"{cell.name}: {headline(result)}", related=related)


_FORMS: Final[Mapping[RunFormat, Callable[[Run], None]]] = MappingProxyType(
    {
        RunFormat.PRETTY: _show,
        RunFormat.JSON: lambda run: say_json(reporting.to_dict(run)),
        RunFormat.JUNIT: lambda run: write_raw(reporting.to_junit(run)),
        RunFormat.GITHUB: _show_to_github,
        RunFormat.SARIF: lambda run: say_json(to_sarif([*map(_finding, run.failed), *run.problems])),
    }
)
