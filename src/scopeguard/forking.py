"""What a child that was forked does before anything else: a lock that another thread held stays held there for ever."""

import os
from collections.abc import Callable
from weakref import WeakMethod


def in_each_child(method: Callable[[], None]) -> None:
    """Call *method*, of an object that may be gone by then, in every child that is forked from now on."""
    if hasattr(os, "register_at_fork"):
        again = WeakMethod(method)
        os.register_at_fork(after_in_child=lambda: _call(again))


def _call(method: "WeakMethod[Callable[[], None]]") -> None:
    found = method()
    if found is not None:
        found()
