"""Functions of a host that may wait: awaited where they are coroutine functions, and else called in a thread."""

from collections.abc import Awaitable, Callable, Generator
from inspect import isawaitable, iscoroutinefunction
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
Steps: TypeAlias = Generator[tuple[Any, ...], Any, T]
"""Gives each call that may wait, as the function and its arguments, and gets what it came to."""


class _Last(NamedTuple):
    value: Any


def awaited(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """*function*, to be awaited: itself where it is a coroutine function, and else in a thread, where it may wait."""
    if iscoroutinefunction(function):
        return function

    async def later(*arguments: Any, **named: Any) -> Any:
        found = await run_in_threadpool(function, *arguments, **named)
        return await found if isawaitable(found) else found

    return later


async def taken(steps: Steps[T]) -> T:
    """What *steps* come to.

    A function that is no coroutine function is called in a thread, and what follows goes on there: the way to a thread
    and back takes longer than a check does, and so is gone once.
    """
    step = _following(steps, None)
    while not isinstance(step, _Last):
        function, *arguments = step
        if iscoroutinefunction(function):
            step = _following(steps, await function(*arguments))
        else:
            found = await run_in_threadpool(_called, steps, step)
            step = found if isinstance(found, _Last) else _following(steps, await found)
    return cast("T", step.value)


def _called(steps: Steps[Any], step: tuple[Any, ...] | _Last) -> Any:
    """Take *step* and those after it; the last one, or what is to be awaited before they go on."""
    while not isinstance(step, _Last):
        found = step[0](*step[1:])
        if isawaitable(found):
            return found
        step = _following(steps, found)
    return step


def _following(steps: Steps[Any], found: Any) -> tuple[Any, ...] | _Last:
    # Around nothing of the host's: what a function of its raises ends no steps.
    try:
        return steps.send(found)
    except StopIteration as stop:
        return _Last(stop.value)
