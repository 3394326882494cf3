"""The matrices of tests, resolved: what each cell is expected to say, and its position."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scopeguard.checking.findings import Path
from scopeguard.documents.entries import Entry
from scopeguard.model.request import Context, Resource
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

    def locate(self, row: str, column: str) -> Location:
        """The position of a cell; of one that is not listed that of its row, else of the matrix."""
        document, path = self.entry.document, self.entry.path
        if (row, column) in self.wanted:
            return document.locate((*path, *self.wanted[row, column].path))
        if row in self.row_paths:
            return document.locate((*path, *self.row_paths[row]), key=True)
        return document.locate((*path, "id"))
