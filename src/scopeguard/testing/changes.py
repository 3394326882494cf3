"""What differs between two matrices, and what decides it now."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from typing import Literal as OneOf

from scopeguard.errors import counted
from scopeguard.guard import Guard
from scopeguard.runtime.matrix import Matrix, MatrixCell
from scopeguard.source import Location
from scopeguard.testing.golden_parser import Golden

Kind: TypeAlias = OneOf["changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Decider:
    """What decides a cell: a rule, ``scope:…`` or ``role:…``, and where it is written."""

    id: str
    place: Location | None

    def __str__(self) -> str:
        return self.id if self.place is None else f"{self.id} ({self.place})"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two matrices. ``str()`` is all of it, one line a part.

    With both *action* and *column* it is about one cell, with one of them about a whole line or column. *before* and
    *after* are the cell, or who asks in the column. *deciders* decide the cell now, none where nothing grants.
    """

    kind: Kind
    action: str | None
    column: str | None
    before: str | None = None
    after: str | None = None
    deciders: tuple[Decider, ...] = ()

    @property
    def what(self) -> str:
        """Whether it is about a ``cell``, a ``line`` or a ``column``."""
        return "cell" if self.action and self.column else "line" if self.action else "column"

    @property
    def place(self) -> Location | None:
        """Where the first decider is written whose place is known."""
        return next((each.place for each in self.deciders if each.place is not None), None)

    def __str__(self) -> str:
        texts = [f"  {word} {text}" for word, text in (("was", self.before), ("is ", self.after)) if text]
        if self.what != "cell":
            return "\n".join([f"{self.what} {self.action or self.column} {self.kind}", *texts])
        by = [f"  by  {each}" for each in self.deciders] or ["  nothing grants it"]
        return "\n".join([f"{self.action} for {self.column}", *texts, *by])

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "what": self.what,
            "kind": self.kind,
            "action": self.action,
            "column": self.column,
            "before": self.before,
            "after": self.after,
            "deciders": [
                {"id": each.id, "place": None if each.place is None else str(each.place)} for each in self.deciders
            ],
        }


def compare(before: Golden | Matrix, after: Matrix, guard: Guard) -> tuple[Change, ...]:
    """What differs from *before*: whole columns, then whole lines, then the cells of what both have, line by line.

    *guard* is the one that *after* was made by: it knows where the deciders are written. The order of lines and columns
    is no difference.
    """
    old = before if isinstance(before, Golden) else Golden.of(before)
    new = Golden.of(after)
    return (*_columns(old, new), *_lines(old, new), *_cells(old, new, guard))


def summary(changes: Sequence[Change]) -> str:
    """How many cells, lines and columns differ by *changes*, in words; ``no difference`` where none does."""
    counts = Counter((each.what, each.kind) for each in changes)
    parts = [f"{counted(number, what)} {kind}" for (what, kind), number in counts.items()]
    return ", ".join(parts) or "no difference"


def _columns(old: Golden, new: Golden) -> Iterator[Change]:
    for name, asker in old.askers.items():
        if name not in new.askers:
            yield Change("removed", None, name, asker)
    for name, asker in new.askers.items():
        if name not in old.askers:
            yield Change("added", None, name, after=asker)
        elif asker != old.askers[name]:
            yield Change("changed", None, name, old.askers[name], asker)


def _lines(old: Golden, new: Golden) -> Iterator[Change]:
    had, has = frozenset(old.actions), frozenset(new.actions)
    yield from (Change("removed", action, None) for action in old.actions if action not in has)
    yield from (Change("added", action, None) for action in new.actions if action not in had)


def _cells(old: Golden, new: Golden, guard: Guard) -> Iterator[Change]:
    for action in new.actions:
        for column in new.askers:
            was, now = old.cells.get((column, action)), new.cells[column, action]
            if was is not None and was != now:
                yield Change("changed", action, column, str(was), str(now), _deciders(now, guard))


def _deciders(cell: MatrixCell, guard: Guard) -> tuple[Decider, ...]:
    return tuple(Decider(each, guard.place(each)) for each in cell.rules)
