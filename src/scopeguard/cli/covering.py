"""The verb that reports what the tests of a pack decide by."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

import typer

from scopeguard.cli import asking, options, rendering, tabulating
from scopeguard.cli.answering import DENIED
from scopeguard.cli.looking import Looked, look
from scopeguard.cli.options import ReviewFormat
from scopeguard.errors import RequestError, Severity, counted
from scopeguard.guard import Guard
from scopeguard.source import Location
from scopeguard.testing.collecting import Packs, pinned_cells
from scopeguard.testing.coverage import Coverage, RuleCoverage, cover
from scopeguard.testing.untested import unpinned

FailUnder = Annotated[
    float | None,
    typer.Option(
        "--fail-under", metavar="PERCENT", min=0, max=100, help="Exit status 1 below. Default: that of scopeguard.toml."
    ),
]
Unpinned = Annotated[
    bool, typer.Option("--unpinned", help="List the cells of the access matrix too that no test pins.")
]


@dataclass(frozen=True, slots=True)
class _Report:
    """What is said: the coverage, and the cells of the access matrix that no test pins, where they are asked for."""

    coverage: Coverage
    unpinned: tuple[tuple[str, str], ...] | None


def coverage(
    paths: options.Paths = None,
    with_default: options.WithDefault = False,
    fail_under: FailUnder = None,
    list_unpinned: Unpinned = False,
    output: options.ReviewOutput = ReviewFormat.PRETTY,
) -> None:
    """By which rules, gates, clauses, and lines of roles and scopes the tests of a pack decide, and by which never."""
    looked = look(paths, with_default=with_default)
    found = cover(looked.paths, Packs(with_default=looked.with_default))
    if not found.cells:
        raise RequestError("no tests are about this pack")
    _FORMS[output](_Report(found, _unpinned(looked) if list_unpinned else None))
    least = looked.configuration.fail_under if fail_under is None else fail_under
    raise typer.Exit(DENIED if least is not None and found.percent < least else 0)


def _unpinned(looked: Looked) -> tuple[tuple[str, str], ...]:
    """The cells of every role, coarse scope, configured key and kind that no test pins, by column and action."""
    program = asking.read(looked)
    guard = Guard(lambda: program)
    columns = tabulating.ColumnOptions(everybody=True, configured=looked.configuration.keys)
    matrix = tabulating.tabulate(guard, columns, list(guard.catalog.permissions))
    return unpinned(matrix, pinned_cells(looked.paths, Packs(with_default=looked.with_default)))


def _show(report: _Report) -> None:
    for rule in report.coverage.rules:
        rendering.print_styled(f"{rule.id}  {_counts(rule)}  ({rule.location})")
        for never in rule.never:
            rendering.print_styled(f"  never  {never}", rendering.STYLES["warning"])
    for line in report.coverage.lines:
        if not line.decided:
            rendering.print_styled(f"{line.line.source}  {line.line.text}  ({line.line.location})")
            rendering.print_styled("  never  lets anybody do anything", rendering.STYLES["warning"])
    for column, action in report.unpinned or ():
        rendering.print_styled(f"unpinned  {action} for {column}")
    rendering.print_styled(_line(report))


def _counts(rule: RuleCoverage) -> str:
    parts = 2 * len(rule.parts)
    seen = parts - sum(len(part.never) for part in rule.parts)
    verb = {"deny": "denies", "allow": "allows", "advise": "advises"}[rule.effect]
    counts = [f"{verb} {rule.decided}", f"does not apply {rule.passed}"]
    counts += [f"in error {rule.error}"] if rule.error else []
    return "  ".join([*counts, *([f"clauses {seen}/{parts}"] if parts else [])])


def _line(report: _Report) -> str:
    pins = report.unpinned
    rest = "" if pins is None else f"; {counted(len(pins), 'cell')} of the matrix pinned by no test"
    return f"coverage: {summary(report.coverage)}{rest}"


def summary(found: Coverage) -> str:
    """How much is shown, on one line."""
    shown = f"{found.points - found.missing} of {found.points} shown by {counted(found.cells, 'cell')}"
    failing = f"; {counted(found.failing, 'cell')} not as expected" if found.failing else ""
    return f"{_percent(found.percent)} %, {shown}{failing}"


def _percent(value: float) -> str:
    # What is not whole is never rounded up to it.
    return f"{int(value * 10) / 10:.1f}"


def gaps(found: Coverage) -> Iterator[tuple[str, Location, str]]:
    """What is missing: a name, its place, and what no test shows of it."""
    for rule in found.rules:
        yield from ((rule.id, rule.location, never) for never in rule.never)
    for each in found.lines:
        if not each.decided:
            yield f"{each.line.source} {each.line.text}", each.line.location, "lets anybody do anything"


def _show_to_github(report: _Report) -> None:
    for name, place, never in gaps(report.coverage):
        text = f"no test shows that {name} {never}" if " is " not in never else f"no test of {name} shows that {never}"
        rendering.write_raw(f"{rendering.annotation(Severity.WARNING, place, 'coverage', text)}\n")
    rendering.write_raw(f"{_line(report)}\n")


def _show_as_markdown(report: _Report) -> None:
    lines = [f"### {_line(report)}", ""]
    missing = list(gaps(report.coverage))
    if missing:
        lines += ["| where | what no test shows |", "|---|---|"]
        lines += [f"| `{name}` ({place}) | {rendering.cell(never)} |" for name, place, never in missing]
    rendering.write_raw("\n".join([*lines, ""]))


def _show_as_json(report: _Report) -> None:
    pairs = None if report.unpinned is None else [{"column": row, "action": action} for row, action in report.unpinned]
    rendering.say_json({**report.coverage.to_dict(), "unpinned": pairs})


_FORMS: Final[Mapping[ReviewFormat, Callable[[_Report], None]]] = MappingProxyType({
    ReviewFormat.PRETTY: _show,
    ReviewFormat.JSON: _show_as_json,
    ReviewFormat.GITHUB: _show_to_github,
    ReviewFormat.MARKDOWN: _show_as_markdown,
})  # fmt: skip
