"""What is kept: bounded in total, first in, first out.

Reading takes no lock and never changes anything; a lost race computes the same answer twice, which is harmless, since
what is kept is pure. Writing waits for no lock: a signal handler may ask while its own thread writes.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Protocol

from scopeguard.runtime.processes import PerProcess


class Table(Protocol):
    """Where something that is kept is looked up."""

    def pop(self, key: Any, default: None, /) -> object:
        """Forget it."""


class _Kept:
    """What one process keeps, the oldest first, each with where it is looked up and with its weight."""

    __slots__ = ("items", "lock", "weight")

    def __init__(self) -> None:
        self.items: deque[tuple[Table, Any, int]] = deque()
        self.weight = 0
        self.lock = allocate_lock()


class Bounded:
    """Keeps things in the tables that they are looked up in, as long as all of them weigh at most *most* together."""

    __slots__ = ("_kept", "most")

    def __init__(self, most: int, forget: Callable[[], None]) -> None:
        """*forget* empties the tables: of what a parent process kept nobody would know which has to go."""
        self.most = most

        def nothing() -> _Kept:
            forget()
            return _Kept()

        self._kept = PerProcess(nothing)

    def keep(self, table: dict[Any, Any], key: Hashable, value: object, weight: int = 1) -> None:
        """Put a value into a table, from which it goes again in its time."""
        if weight > self.most:
            return
        kept = self._kept.mine()
        if kept.lock.acquire(blocking=False):
            try:
                while kept.items and kept.weight + weight > self.most:
                    other, known, less = kept.items.popleft()
                    kept.weight -= less
                    other.pop(known, None)
                kept.items.append((table, key, weight))
                kept.weight += weight
                table[key] = value
            finally:
                kept.lock.release()

    def __len__(self) -> int:
        return len(self._kept.mine().items)
