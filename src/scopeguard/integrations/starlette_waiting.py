"""Functions of a host that may wait: awaited where they are coroutine functions, and else called in a thread."""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from inspect import isawaitable, iscoroutinefunction
from types import coroutine
from typing import Any, ParamSpec, TypeAlias, TypeVar, cast

from starlette.concurrency import run_in_threadpool

P = ParamSpec("P")
T = TypeVar("T")
Call: TypeAlias = tuple[bool, Callable[..., Any], tuple[Any, ...]]
"""A call that may wait: whether its function is a coroutine function, that function and its arguments."""


def awaited(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """*function*, to be awaited: itself where it is a coroutine function, and else in a thread, where it may wait."""
    if iscoroutinefunction(function):
        return function

    async def later(*arguments: Any, **named: Any) -> Any:
        found = await run_in_threadpool(function, *arguments, **named)
        return await found if isawaitable(found) else found

    return later


def step(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """*function*, to be awaited where :func:`stepwise` calls it, and nowhere else."""
    waits = iscoroutinefunction(function)

    @coroutine
    def called(*arguments: Any) -> Generator[Call, Any, Any]:
        return (yield waits, function, arguments)

    return called


def stepwise(steps: Callable[P, Coroutine[Call, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """*steps*, which awaits nothing but what :func:`step` made.

    A function that is no coroutine function is called in a thread, and what follows goes on there: the way to a thread
    and back takes longer than a check does, and so is gone once.
    """

    async def taken(*arguments: P.args, **named: P.kwargs) -> T:
        taking = steps(*arguments, **named)
        found: Any = None
        while True:
            # Around nothing of the host's, here and below: what a function of its raises ends no steps.
            try:
                waits, function, asked = taking.send(found)
            except StopIteration as stop:
                return cast("T", stop.value)
            if waits:
                found = await function(*asked)
            else:
                is_last, found = await run_in_threadpool(_called, taking, function, asked)
                if is_last:
                    return cast("T", found)
                found = await found

    return taken


def _called(
    taking: Coroutine[Call, Any, Any], function: Callable[..., Any], asked: tuple[Any, ...]
) -> tuple[bool, Any]:
    """Take a step and those after it: whether it was the last one, and what it came to or is to be awaited."""
    while True:
        found = function(*asked)
        if isawaitable(found):
            return False, found
        try:
            _, function, asked = taking.send(found)
        except StopIteration as stop:
            return True, stop.value
