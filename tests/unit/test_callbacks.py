"""A function of a host that is called, and not awaited, is none that waits: it would never run, and nobody would know."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
import redis
import redis.asyncio

from scopeguard import Guard, RequestError
from scopeguard.decisionlog import DecisionLog
from scopeguard.http import Answers
from scopeguard.integrations.flask import Scopeguard
from scopeguard.integrations.starlette import Authz
from scopeguard.keys.redis import AsyncRedisCache, RedisCache
from scopeguard.reloading import Reloader

PACK = """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], attributes: {owner: string}}
  channels: [server]
"""


async def waits(*_: Any) -> None:
    """As a host writes it where all the rest is asynchronous."""


async def streams(*_: Any) -> AsyncIterator[None]:
    """An asynchronous generator function."""
    yield None


def steps(*_: Any) -> Iterator[None]:
    """A generator function, of which a call runs nothing either."""
    yield None


class Waiting:
    """An object that is called."""

    async def __call__(self, *_: Any) -> None:
        """Called, it makes a coroutine."""

    async def write(self, *_: Any) -> None:
        """As a method."""

    async def close(self) -> None:
        """As a method."""


def runs(*_: Any) -> None:
    """One that runs when it is called."""


class Running:
    """An object that runs when it is called."""

    def __call__(self, *_: Any) -> None:
        """Called, it is done."""


class Sinking:
    """A sink that waits in one of its methods, or in none."""

    def __init__(self, write: Callable[..., Any], close: Callable[..., Any]) -> None:
        self.write, self.close = write, close


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard of a path, so that it can be reloaded."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


def _stopped() -> Event:
    stop = Event()
    stop.set()
    return stop


def _register(guard: Guard, **parts: Any) -> None:
    guard.register(type("Note", (), {}), surface="notes", **parts)


def _log(guard: Guard, sink: Any) -> None:
    DecisionLog(guard, sink).close()


def _hear(_: Guard, function: Any) -> None:
    RedisCache(redis.Redis()).listen(function, _stopped())


def _hear_in_a_task(_: Guard, function: Any) -> None:
    async def briefly() -> None:
        # Nobody answers at this port, so that it tries again until it is out of time.
        cache = AsyncRedisCache(redis.asyncio.Redis(port=1))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(cache.listen(function), 0.05)

    asyncio.run(briefly())


HANDED: dict[str, Callable[[Guard, Any], object]] = {
    "observer": lambda guard, function: guard.observe(function),
    "id": lambda guard, function: _register(guard, id=function),
    "workspace": lambda guard, function: _register(guard, workspace=function),
    "attributes": lambda guard, function: _register(guard, attributes=function),
    "on_reload": lambda guard, function: Reloader(guard, on_reload=function),
    "on_error": lambda guard, function: Reloader(guard, on_error=function),
    "sink": _log,
    "write of a sink": lambda guard, function: _log(guard, Sinking(function, runs)),
    "close of a sink": lambda guard, function: _log(guard, Sinking(runs, function)),
    "announcements": _hear,
    "announcements in a task": _hear_in_a_task,
    "disclosure": lambda guard, function: Answers(guard, disclosure=function),
    "channel in Flask": lambda guard, function: Scopeguard(guard=guard, principal=runs, context=runs, channel=function),
    "respond in Flask": lambda guard, function: Scopeguard(guard=guard, principal=runs, context=runs, respond=function),
    "channel in Starlette": lambda guard, function: Authz(guard, principal=runs, channel=function),
}
"""What a host hands over and the library calls without waiting."""

DEFERRED: dict[str, Any] = {
    "async def": waits,
    "asynchronous generator": streams,
    "generator": steps,
    "partial": partial(partial(waits, 1), 2),
    "object": Waiting(),
    "partial of an object": partial(Waiting()),
    "method": Waiting().write,
    "mock": AsyncMock(),
}
AT_ONCE: dict[str, Any] = {
    "def": runs,
    "partial": partial(runs, 1),
    "object": Running(),
    "class": Exception,
    "built-in": print,
    "method": Running().__call__,
    "mock": Mock(),
}


@pytest.mark.parametrize("function", DEFERRED.values(), ids=DEFERRED)
@pytest.mark.parametrize("hand_over", HANDED.values(), ids=HANDED)
def test_a_function_that_waits_is_refused(
    guard: Guard, hand_over: Callable[[Guard, Any], object], function: Any
) -> None:
    """Where it is handed over, and not at the first decision."""
    with pytest.raises(RequestError, match="asynchronous"):
        hand_over(guard, function)


@pytest.mark.parametrize("function", AT_ONCE.values(), ids=AT_ONCE)
@pytest.mark.parametrize("hand_over", HANDED.values(), ids=HANDED)
def test_a_function_that_runs_is_taken(guard: Guard, hand_over: Callable[[Guard, Any], object], function: Any) -> None:
    """Of whatever sort it is."""
    hand_over(guard, function)
