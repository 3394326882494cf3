"""A bounded store of rows: the only place that imports cachetools.

Reading never changes it; a lost race computes the same row twice, which is harmless, since rows are pure.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import FIFOCache

Row = TypeVar("Row")


class RowCache(Generic[Row]):
    """At most *max_rows* rows by principal class; 0 keeps none."""

    __slots__ = ("_lock", "_rows")

    def __init__(self, max_rows: int) -> None:
        self._rows: FIFOCache[Hashable, Row] = FIFOCache(max_rows)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Hashable, make: Callable[[], Row]) -> Row:
        """The row under *key*, made where it is not there. What raises is not kept."""
        with self._lock:
            row = self._rows.get(key)
        if row is None:
            row = make()
            if self._rows.maxsize:
                with self._lock:
                    self._rows[key] = row
        return row
