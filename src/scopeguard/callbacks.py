"""Which functions of a host run when they are called, and are done when the call returns."""

from __future__ import annotations

from functools import partial


def is_deferred(function: object) -> bool:
    """Whether calling *function* runs nothing of it: the call makes what somebody has to await or to iterate over.

    So it is with ``async def`` and with ``yield``, also behind a ``partial``, a method or a ``__call__``. Where the
    library calls a function and leaves what it gives alone, such a one would never run, and nobody would notice.
    """
    # Asked where functions are handed over, which many programs never do.
    from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction  # noqa: PLC0415  # see above

    while isinstance(function, partial):
        function = function.func
    called = getattr(type(function), "__call__", None)  # noqa: B004  # which one it is, not whether there is one
    return any(
        is_kind(each)
        for each in (function, called)
        for is_kind in (iscoroutinefunction, isasyncgenfunction, isgeneratorfunction)
    )
