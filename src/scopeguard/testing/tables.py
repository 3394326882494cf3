"""What failed, for people: the table with its changed cells, and of each cell why it was decided so."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Final

from scopeguard.errors import counted
from scopeguard.guard import Guard
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource, or_left_out
from scopeguard.runtime.matrix import Asker, assignments
from scopeguard.testing.running import ANSWER, Result, answered, run_cell
from scopeguard.testing.suites import Cell

MAX_DETAILS: Final = 20
"""Cells of one matrix that are explained one by one; the table has them all."""

_GAP: Final = "  "


def matrices(results: Sequence[Result]) -> Iterator[tuple[Result, ...]]:
    """Results grouped by matrix."""
    for _, group in groupby(results, key=lambda result: (result.cell.file, result.cell.matrix)):
        yield tuple(group)


def failed_matrix(guard: Guard, results: Sequence[Result]) -> str:
    """A matrix some cells of which failed: its rows with a changed cell, and then those cells one by one."""
    failed = [result for result in results if not result.passed]
    cell = results[0].cell
    name = "::".join(part for part in (cell.file, cell.matrix) if part) or "matrix"
    lines = [f"{name}: {len(failed)} of {counted(len(results), 'cell')} not as expected", "", table(results)]
    for result in failed[:MAX_DETAILS]:
        lines += ["", detail(guard, result)]
    if len(failed) > MAX_DETAILS:
        lines += ["", f"… and {len(failed) - MAX_DETAILS} more"]
    return "\n".join(lines)


def table(results: Sequence[Result]) -> str:
    """The rows of a matrix that have a changed cell, ``expected -> actual``, with all of their cells."""
    columns = tuple(dict.fromkeys(result.cell.column for result in results))
    changed = dict.fromkeys(result.cell.action for result in results if not result.passed)
    cells = {(result.cell.action, result.cell.column): _cell(result) for result in results}
    rows = [("permission", *columns), *((row, *(cells.get((row, each), "") for each in columns)) for row in changed)]
    # Actions, codes and names in files are ASCII. What knows how wide other letters are comes with the command alone,
    # and a name in a Python test that has some only shifts a line.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        _GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _cell(result: Result) -> str:
    answer = answered(result.decision)
    for difference in result.differences:
        if difference.part == ANSWER:
            return f"{difference.expected} -> {answer}"
    rest = [difference.part for difference in result.differences]
    return f"{answer} -> other {', '.join(rest)}" if rest else answer


def failure(guard: Guard, cell: Cell) -> str | None:
    """Ask *guard* the question of *cell*: None where the decision is as expected, else what differs and why."""
    result = run_cell(guard, cell)
    return None if result.passed else detail(guard, result)


def detail(guard: Guard, result: Result) -> str:
    """One failed cell: its position, what differs, and which rules decided."""
    cell = result.cell
    place = "" if cell.location is None else f"{cell.location}: "
    why = explanation_lines(
        guard, cell.principal, cell.action, or_left_out(cell.resource), cell.context,
        wanted=(cell.expected, *cell.more.get("rules", ())),
    )  # fmt: skip
    return "\n  ".join((f"{place}{cell.name}: {headline(result)}", *why))


def headline(result: Result) -> str:
    """What differs, in one line."""
    parts = (
        f"{'' if each.part == ANSWER else f'{each.part}: '}expected {each.expected}, got {each.actual}"
        for each in result.differences
    )
    return "; ".join(parts)


def explanation_lines(
    guard: Guard,
    principal: Principal,
    action: str,
    resource: object,
    context: Context,
    *,
    wanted: Collection[str] = (),
) -> Iterator[str]:
    """The lines that explain a decision: the question, its circumstances, the answer, and the rules that decided.

    *wanted* are ids and codes: a rule of that id, or that would have given that code, is listed too.
    """
    found = guard.explain(principal, action, resource, context)
    yield found.question
    yield from _circumstances(principal, resource, context)
    yield from str(found.decision).splitlines()
    decided = {*found.decision.rules, *found.decision.errors}
    shown = [each for each in found.looked if each.id in decided or each.id in wanted or each.code in wanted]
    for looked in shown:
        place = looked.place or guard.place(looked.id)
        yield f"{looked.effect} {looked.id}: {looked.outcome}{f'  ({place})' if place else ''}"
        yield from (f"    {clause}" for clause in looked.clauses)


def _circumstances(principal: Principal, resource: object, context: Context) -> Iterator[str]:
    yield f"as {Asker(principal, context)}"
    if isinstance(resource, Resource) and resource.attributes:
        yield f"about {assignments(resource.attributes)}"
