"""What is kept: bounded in total, first in, first out. The only place that imports cachetools.

Reading takes no lock and never changes anything; a lost race computes the same answer twice, which is harmless, since
what is kept is pure. Writing waits for no lock: a signal handler may ask while its own thread writes.
"""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Protocol

from cachetools import FIFOCache

from scopeguard.runtime.processes import PerProcess


class Table(Protocol):
    """Where something that is kept is looked up."""

    def pop(self, key: Any, default: None, /) -> object:
        """Forget it."""


class _Bound(FIFOCache[Hashable, tuple[Table, Any, int]]):
    """Tells what has to go, by a number of its own for each thing, and forgets it."""

    def __init__(self, most: int) -> None:
        super().__init__(most, getsizeof=lambda item: item[2])
        self.lock = Lock()

    def popitem(self) -> tuple[Hashable, tuple[Table, Any, int]]:
        number, item = super().popitem()
        table, key, _ = item
        table.pop(key, None)
        return number, item


class Bounded:
    """Keeps things in the tables that they are looked up in, as long as all of them weigh at most *most* together."""

    __slots__ = ("_bounds", "most")

    def __init__(self, most: int, forget: Callable[[], None]) -> None:
        """*forget* empties the tables: of what a parent process kept nobody would know which has to go."""
        self.most = most

        def bound() -> _Bound:
            forget()
            return _Bound(most)

        self._bounds = PerProcess(bound)

    def keep(self, table: dict[Any, Any], key: Hashable, value: object, weight: int = 1) -> None:
        """Put a value into a table, from which it goes again in its time."""
        if weight > self.most:
            return
        bound = self._bounds.mine()
        if bound.lock.acquire(blocking=False):
            try:
                bound[object()] = (table, key, weight)
                table[key] = value
            finally:
                bound.lock.release()

    def __len__(self) -> int:
        return len(self._bounds.mine())
