"""The matrices of tests, resolved: what each cell is expected to say, and its position."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from scopeguard.checking.findings import Path
from scopeguard.documents.entries import Entry
from scopeguard.model.request import Context, Resource
from scopeguard.model.usage import UsageEvent
from scopeguard.source import Location

ALLOW: Final = "allow"
DENY: Final = "deny"
"""What a cell says that is not listed, and of a denial by whatever code."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one cell is expected to say: *word* is allow, deny or a code. *path* leads to it from the matrix.

    *more* holds what else is expected, by the names of :class:`~scopeguard.documents.suites.ExpectationDoc`.
    """

    word: str
    path: Path
    more: Mapping[str, Any] = field(default_factory=dict)


class Counted(NamedTuple):
    """A usage event, the meter that it counts on or None, and the id of the row that says so where that is said."""

    event: UsageEvent
    meter: str | None
    row: str | None


@dataclass(frozen=True, slots=True)
class ExpectedMatrix:
    """One matrix, resolved: *columns* are names of principals, *rows* permissions and operations."""

    entry: Entry
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    wanted: Mapping[tuple[str, str], Expectation]
    """By row and column; a cell that is not in here is expected to deny."""
    row_paths: Mapping[str, Path]
    """From the matrix to where a row is named first; not every row is."""
    contexts: Mapping[str, Context]
    """By column."""
    resources: Mapping[str, Resource]
    """By surface."""
    audited: frozenset[str] | None = None
    """The rows of which every decision is audited, and no other is; None where that is not looked at."""

    def expected(self, row: str, column: str) -> Expectation:
        """What one cell is expected to say; one that is not listed denies."""
        said = self.wanted.get((row, column), Expectation(DENY, ()))
        if self.audited is None or "audited" in said.more:
            return said
        return Expectation(said.word, said.path, {**said.more, "audited": row in self.audited})

    def locate(self, row: str, column: str) -> Location:
        """The position of a cell; of one that is not listed that of its row, else of the matrix."""
        document, path = self.entry.document, self.entry.path
        if (row, column) in self.wanted:
            return document.locate((*path, *self.wanted[row, column].path))
        if row in self.row_paths:
            return document.locate((*path, *self.row_paths[row]), key=True)
        return document.locate((*path, "id"))
