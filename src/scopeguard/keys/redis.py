"""Keys kept for a moment in Redis, beside the store. Needs the extra ``redis``.

Redis may lose what it has, and its messages, at any time: what is in force is up to the generation of the store alone.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from logging import getLogger
from threading import Event
from typing import Any, Final

from scopeguard import RequestError
from scopeguard.callbacks import is_deferred

try:
    from redis import Redis, RedisError
    from redis.asyncio import Redis as AsyncRedis
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "redis":
        raise
    needed = "scopeguard.keys.redis needs its extra: pip install 'scopeguard-authz[redis]'"
    raise ModuleNotFoundError(needed, name="redis") from None

_RETRY: Final = 1.0
"""Seconds until a lost connection is tried again."""


class _Names:
    """Where things are in Redis."""

    def __init__(self, client: "Redis | AsyncRedis", namespace: str, keep: timedelta) -> None:
        if client.get_connection_kwargs().get("decode_responses"):
            raise RequestError("the cache of keys has bytes: make the client without decode_responses")
        if keep <= timedelta(0):
            raise RequestError("keep must be more than nothing")
        self.namespace: Final = namespace
        self.channel: Final = f"{namespace}:changed"
        self.milliseconds: Final = max(1, int(keep.total_seconds() * 1000))

    def of(self, name: str) -> str:
        return f"{self.namespace}:{name}"


class RedisCache:
    """A cache of keys for ``Keys``. What is in it is sealed, and is forgotten after *keep*."""

    def __init__(
        self, client: Redis, *, namespace: str = "scopeguard:keys", keep: timedelta = timedelta(minutes=5)
    ) -> None:
        self._client: Final[Any] = client
        self._names: Final = _Names(client, namespace, keep)

    def get(self, name: str) -> bytes | None:
        """As ``KeyCache.get``."""
        found: Any = self._client.get(self._names.of(name))
        return found if isinstance(found, bytes) else None

    def put(self, name: str, value: bytes) -> None:
        """As ``KeyCache.put``."""
        self._client.set(self._names.of(name), value, px=self._names.milliseconds)

    def announce(self) -> None:
        """As ``KeyCache.announce``."""
        self._client.publish(self._names.channel, b"")

    def listen(self, callback: Callable[[], None], stop: Event | None = None) -> None:
        """Call *callback*, such as ``keys.refresh``, with each announcement until *stop* is set: for a thread.

        A connection that is lost is made again; what was announced meanwhile is found out by the generation.
        """
        _require_at_once(callback)
        while stop is None or not stop.is_set():
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as messages:
                    messages.subscribe(self._names.channel)
                    while stop is None or not stop.is_set():
                        if messages.get_message(timeout=_RETRY) is not None:
                            callback()
            except RedisError as error:
                getLogger("scopeguard.keys").warning("announcements are not heard: %s", type(error).__name__)
                (stop or Event()).wait(_RETRY)


class AsyncRedisCache:
    """A cache of keys for ``AsyncKeys``."""

    def __init__(
        self, client: AsyncRedis, *, namespace: str = "scopeguard:keys", keep: timedelta = timedelta(minutes=5)
    ) -> None:
        self._client: Final = client
        self._names: Final = _Names(client, namespace, keep)

    async def get(self, name: str) -> bytes | None:
        """As ``KeyCache.get``."""
        found: Any = await self._client.get(self._names.of(name))
        return found if isinstance(found, bytes) else None

    async def put(self, name: str, value: bytes) -> None:
        """As ``KeyCache.put``."""
        await self._client.set(self._names.of(name), value, px=self._names.milliseconds)

    async def announce(self) -> None:
        """As ``KeyCache.announce``."""
        await self._client.publish(self._names.channel, b"")

    async def listen(self, callback: Callable[[], None]) -> None:
        """As ``RedisCache.listen``, for a task of its own, until that is cancelled."""
        _require_at_once(callback)
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as messages:
                    await messages.subscribe(self._names.channel)
                    while True:
                        if await messages.get_message(timeout=_RETRY) is not None:
                            callback()
            except RedisError as error:
                getLogger("scopeguard.keys").warning("announcements are not heard: %s", type(error).__name__)
                await asyncio.sleep(_RETRY)


def _require_at_once(callback: object) -> None:
    if is_deferred(callback):
        raise RequestError("what is called with announcements must not be asynchronous: nobody awaits it")
