"""Text with positions: spans, lines and columns."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import force_setattr


class Span(Struct, frozen=True, gc=False):
    """A half-open range of character offsets in one text."""

    start: int
    end: int


class Location(Struct, frozen=True, gc=False):
    """A position: a *file* (or ``<text>``), a *line* and a *column*, both from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Source(Struct, frozen=True, gc=False):
    """A named text that turns offsets into lines and columns."""

    name: str
    text: str
    _starts: tuple[int, ...] = ()
    """The offset of each line."""

    def __post_init__(self) -> None:
        lengths = (len(line) + 1 for line in self.text.split("\n")[:-1])
        force_setattr(self, "_starts", tuple(accumulate(lengths, initial=0)))

    def location(self, offset: int) -> Location:
        """The line and column of a character offset; past the end counts as the end."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._starts, offset)
        return Location(self.name, line, offset - self._starts[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """The character offset of a line and a column of this text."""
        return self._starts[line - 1] + column - 1
