"""A bounded store of rows: the only place that imports cachetools.

Reading takes no lock and never changes it; a lost race computes the same row twice, which is harmless, since rows are
pure. Writing waits for no lock: a signal handler may ask while its own thread writes.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import FIFOCache

from scopeguard.runtime.processes import PerProcess

Row = TypeVar("Row")


class _Bound(FIFOCache[Hashable, Row]):
    """Tells which row has to go; what goes from here goes from the rows that are read."""

    def __init__(self, max_rows: int, read: dict[Hashable, Row]) -> None:
        super().__init__(max_rows)
        # Of the rows of a parent process nobody would know which has to go.
        read.clear()
        self._read = read
        self.lock = Lock()

    def popitem(self) -> tuple[Hashable, Row]:
        key, row = super().popitem()
        self._read.pop(key, None)
        return key, row


class RowCache(Generic[Row]):
    """At most *max_rows* rows by principal class; 0 keeps none."""

    __slots__ = ("_bounds", "max_rows", "read")

    def __init__(self, max_rows: int) -> None:
        # What is read for every principal that a host has just made is a plain dict.
        self.read: dict[Hashable, Row] = {}
        """The rows that are kept."""
        self.max_rows = max_rows
        self._bounds = PerProcess(lambda: _Bound(max_rows, self.read))

    def __len__(self) -> int:
        return len(self.read)

    def get(self, key: Hashable, make: Callable[[], Row]) -> Row:
        """The row under *key*, made where it is not there. What raises is not kept."""
        row = self.read.get(key)
        if row is None:
            row = make()
            if self.max_rows:
                bound = self._bounds.mine()
                if bound.lock.acquire(blocking=False):
                    try:
                        bound[key] = row
                        self.read[key] = row
                    finally:
                        bound.lock.release()
        return row
