"""Routes of Starlette that ask before they answer. Needs the extra ``starlette``.

``authz = Authz(guard, principal=…, channel="server")``, decorators such as ``@authz.one("agents:read", load)``, and
once ``authz.install(app)``.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar, cast

from scopeguard import RequestError

try:
    from starlette.requests import HTTPConnection, Request
    from starlette.websockets import WebSocket

    from scopeguard.integrations.starlette_host import Channel, Facts, Host
    from scopeguard.integrations.starlette_waiting import awaited
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"starlette", "anyio"}:
        raise
    needed = "scopeguard.integrations.starlette needs its extra: pip install 'scopeguard-authz[starlette]'"
    raise ModuleNotFoundError(needed, name="starlette") from None

from scopeguard.http import PUBLIC, Access, Mark, NotFound, attach
from scopeguard.http.given import require_function
from scopeguard.integrations.asgi import ledger_of
from scopeguard.integrations.row_columns import RowColumns

__all__ = ["Access", "Authz", "Channel", "Facts", "NotFound"]

H = TypeVar("H", bound=Callable[..., Any])
Of: TypeAlias = Callable[[HTTPConnection], Any]
"""What is made of a request: at once, in a thread where it is no coroutine function, or awaited."""


class Authz(Host):
    """What routes ask with: decorators for handlers and endpoint classes.

    *principal* says who a request is of, *context* under which circumstances (the time alone where it is left out);
    both get the request or the websocket. *channel* is that of the routes. *facts* loads what gates read. *realm*,
    *type_base* and *disclosure* are those of ``scopeguard.http.Answers``. Raises RequestError.
    """

    def on(self, action: str, *, ungated: bool = False) -> Callable[[H], H]:
        """The handler asks for *action* on its surface; for its class too, where it is one.

        *ungated*, here and below: the handler does none of the operations under the permission that have gates.
        """
        return self._decorator(self._mark("on", action, ungated=ungated))

    def one(self, action: str, load: Of, *, ungated: bool = False) -> Callable[[H], Any]:
        """The handler asks for *action* on what *load* gives, None for nothing, and gets it as its second argument.

        *ungated* is that of :meth:`on`. A row that is not there and one that is hidden are answered alike.
        """
        require_function(load, "load")
        return self._decorator(self._mark("one", action, ungated=ungated), load)

    def new(self, action: str, propose: Of, *, ungated: bool = False) -> Callable[[H], Any]:
        """The handler asks for *action* on what *propose* gives, not there yet, and gets it as its second argument.

        *ungated* is that of :meth:`on`.
        """
        require_function(propose, "propose")
        return self._decorator(self._mark("new", action, ungated=ungated), propose)

    def many(self, action: str, columns: RowColumns[Any, Any] | None = None) -> Callable[[H], Any]:
        """The handler gets as its second argument on which rows *action* is allowed: of *columns*, or a Filter."""
        return self._decorator(self._mark_of_list(action, columns), columns=columns)

    def public(self, handler: H) -> H:
        """*handler*, a function or an endpoint class, is for everybody."""

        async def opened(connection: HTTPConnection) -> None:
            ledger_of(connection.scope).is_public = True

        return cast("H", self._wrapped(handler, PUBLIC, opened))

    async def access(self, connection: HTTPConnection) -> Access:
        """Who asks by *connection*, for further questions of a handler."""
        found: Access = await self._question(self._asker)(connection)
        return found

    def _decorator(
        self, mark: Mark, load: Of | None = None, columns: RowColumns[Any, Any] | None = None
    ) -> Callable[[H], Any]:
        find = None if load is None else self._later(load)
        answer = self._answering(mark, columns)

        async def ask(connection: HTTPConnection) -> Any:
            access = await self._asker(connection)
            value = None if find is None else await find(connection)
            ledger_of(connection.scope).asked.append(ask)
            return answer(access, value, await self._facts(access, mark, value))

        question, about_surface = self._question(ask), self._asking_of_surface(mark, ask, self._asker)

        async def asking(connection: HTTPConnection) -> Any:
            try:
                return await question(connection)
            except Exception:
                # What is not there, or whatever the host makes of it, is no answer to whoever may not ask.
                await about_surface(connection)
                raise

        return lambda handler: self._wrapped(handler, mark, asking)

    def _wrapped(self, handler: Any, mark: Mark, ask: Callable[[HTTPConnection], Awaitable[Any]]) -> Any:
        call = awaited(handler)
        gets_value = mark.verb in {"one", "new", "many"}
        if isinstance(handler, type):
            if gets_value:
                raise RequestError(f"{mark} gives a method its second argument: write it above the method")
            return _asking_class(handler, mark, ask)

        @functools.wraps(handler)
        async def asking(*arguments: Any, **named: Any) -> Any:
            value = await ask(_connection((*arguments, *named.values())))
            return await call(*arguments, *([value] if gets_value else []), **named)

        return attach(asking, mark)


def _connection(arguments: tuple[Any, ...]) -> HTTPConnection:
    """The request among the arguments of a handler, which may be a method."""
    return next(each for each in arguments if isinstance(each, HTTPConnection))


def _asking_class(endpoint: Any, mark: Mark, ask: Callable[[HTTPConnection], Awaitable[Any]]) -> Any:
    """An endpoint class that asks before it calls any of its methods."""

    async def dispatch(self: Any) -> None:
        made = Request if self.scope["type"] == "http" else WebSocket
        await ask(made(self.scope, self.receive, self.send))
        await endpoint.dispatch(self)

    named = {"dispatch": dispatch, "__doc__": endpoint.__doc__, "__qualname__": endpoint.__qualname__}
    return attach(type(endpoint.__name__, (endpoint,), {**named, "__module__": endpoint.__module__}), mark)
