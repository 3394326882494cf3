"""What belongs to one process: a lock that was held when the process was forked is never let go in the child."""

from __future__ import annotations

from collections.abc import Callable
from os import getpid
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class PerProcess(Generic[Thing]):
    """One thing in each process, made by *make* when it is first asked for there.

    What a child inherits, a lock that is held or a store half written, stays the parent's.
    """

    __slots__ = ("_make", "_things")

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._things: dict[int, Thing] = {}

    def mine(self) -> Thing:
        """The thing of this process."""
        process = getpid()
        thing = self._things.get(process)
        if thing is not None:
            return thing
        for other in self._things.keys() - {process}:
            self._things.pop(other, None)
        return self._things.setdefault(process, self._make())
