"""Functions of a host that may wait: awaited where they are coroutine functions, and else called in a thread."""

from collections.abc import Awaitable, Callable, Generator
from inspect import isawaitable, iscoroutinefunction
from typing import Any, TypeAlias, TypeVar, cast

from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
Steps: TypeAlias = Generator[tuple[Any, ...], Any, T]
"""Gives each call that may wait, as whether its function is a coroutine function, that function and its arguments.

It gets what each came to.
"""


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
    found: Any = None
    while True:
        # Around nothing of the host's, here and below: what a function of its raises ends no steps.
        try:
            step = steps.send(found)
        except StopIteration as stop:
            return cast("T", stop.value)
        if step[0]:
            found = await step[1](*step[2:])
        else:
            is_last, found = await run_in_threadpool(_called, steps, step)
            if is_last:
                return cast("T", found)
            found = await found


def _called(steps: Steps[Any], step: tuple[Any, ...]) -> tuple[bool, Any]:
    """Take *step* and those after it: whether it was the last one, and what it came to or is to be awaited."""
    while True:
        found = step[1](*step[2:])
        if isawaitable(found):
            return False, found
        try:
            step = steps.send(found)
        except StopIteration as stop:
            return True, stop.value
