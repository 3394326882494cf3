"""What an access review says of changes: who gains and who loses by proofs, or else which cells of a matrix differ."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from scopeguard.analysis import Change, accept, diff
from scopeguard.analysis.diffing.reporting import headline, summary
from scopeguard.analysis.diffing.values import ASPECTS
from scopeguard.cli.configuration import DEFAULT
from scopeguard.cli.looking import Looked
from scopeguard.guard import Guard
from scopeguard.runtime.matrix import Matrix
from scopeguard.shipped import default_pack
from scopeguard.testing import changes as cells


@dataclass(frozen=True, slots=True)
class Line:
    """One change: *what* became another, and *by* what."""

    what: str
    before: str
    after: str
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes, each under its heading; *is_proved* where every request was looked at and not the matrix alone."""

    summary: str
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    is_proved: bool


def changes_since(base: str, looked: Looked, guard: Guard, tabulate: Callable[[Looked], Matrix]) -> Changes:
    """What differs from the pack *base*. Raises PolicyError where that does not load.

    Where the extra for proofs is not installed, matrices are compared, as *tabulate* makes them.
    """
    path = default_pack() if base == DEFAULT else base
    if find_spec("z3") is not None:
        return _proved(path, looked)
    before = tabulate(Looked((path,), with_default=False, configuration=looked.configuration))
    found = cells.compare(before, tabulate(looked), guard)
    lines = tuple(map(_of_cell, found))
    return Changes(cells.summary(found), (("cells", lines),) if lines else (), is_proved=False)


def _proved(path: str, looked: Looked) -> Changes:
    found = diff([path], list(looked.whole))
    if looked.configuration.accept is not None:
        found = accept(found, looked.configuration.accept)
    groups = ((heading, found.of(aspect)) for aspect, heading in ASPECTS.items())
    return Changes(
        summary(found),
        tuple((heading, tuple(map(_of_change, changes))) for heading, changes in groups if changes),
        is_proved=True,
    )


def _of_change(change: Change) -> Line:
    condition = f", when {change.condition}" if change.condition else ""
    accepted = (f"accepted: {change.accepted}",) if change.accepted else ()
    by = (*(str(edit) for edit in change.edits), *accepted)
    return Line(f"{headline(change)}{condition}", change.before, change.after, by)


def _of_cell(change: cells.Change) -> Line:
    name = change.action or change.column
    what = f"{change.action} for {change.column}" if change.what == "cell" else f"{change.what} {name}, {change.kind}"
    return Line(what, change.before or "", change.after or "", tuple(map(str, change.deciders)))
