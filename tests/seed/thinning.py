"""Products of three things that do not depend on each other, thinned so that every two of them still meet."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def turns(rows: Sequence[A], columns: Sequence[B], turned: Sequence[C]) -> Iterator[tuple[A, B, C]]:
    """Each row with each column, and with both the third thing in turn: a Latin square.

    Each of *turned* meets each row and each column too, for there are no more of them than of either.
    """
    assert len(turned) <= min(len(rows), len(columns))
    for at, row in enumerate(rows):
        for column, each in enumerate(columns):
            yield row, each, turned[(at + column) % len(turned)]
