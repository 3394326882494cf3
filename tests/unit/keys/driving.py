"""One way to ask keys of both kinds, and what the tests about them share."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from inspect import iscoroutine
from typing import Any

from scopeguard import Context, Guard, Principal

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PEPPER = b"pepper of the tests, 32 bytes..."
OTHER_PEPPER = b"another pepper, of 32 bytes too."

ADMIN = Principal.member("ann", workspace="ws_1", roles=["admin"])
VIEWER = Principal.member("vic", workspace="ws_1", roles=["viewer"])
STRANGER = Principal.member("sam", workspace="ws_2", roles=["owner"])


def dashboard(now: datetime = NOW) -> Context:
    """Where keys are managed."""
    return Context(channel="dashboard", now=now)


class Driven:
    """Keys or a store of either kind, asked as if they answered at once."""

    def __init__(self, keys: Any) -> None:
        self.keys = keys

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.keys, name)

        def ask(*args: object, **named: object) -> Any:
            answer = method(*args, **named)
            return asyncio.run(answer) if iscoroutine(answer) else answer

        return ask


class Counting:
    """A store that counts what it is asked, and the kind of keys that goes with it."""

    def __init__(self, kind: type, store: Any) -> None:
        self._kind = kind
        self._store = store
        self.asked: list[str] = []

    def keys(self, *peppers: bytes, environment: str = "live", **more: Any) -> Driven:
        """The keys of a service in it."""
        made = self._kind(self, prefix="hyp", pepper=list(peppers or (PEPPER,)), environment=environment, **more)
        return Driven(made)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        self.asked.append(name)
        return getattr(self._store, name)  # type: ignore[no-any-return]


def issue(keys: Driven, guard: Guard, scopes: str = "workspace:read", **more: Any) -> Any:
    """A new key of ann's."""
    return keys.issue(guard, ADMIN, scopes, dashboard(), **more)
