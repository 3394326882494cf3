"""Routes of FastAPI that ask before they answer. Needs the extra ``fastapi``.

``authz = Authz(guard, principal=…, channel="server")``, dependencies such as
``agent: Annotated[Agent, authz.one("agents:read", load)]``, and once ``authz.install(app)``.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from inspect import Parameter, Signature, isasyncgenfunction, isgeneratorfunction, signature
from typing import Any, ClassVar, Final

from scopeguard import Principal, RequestError

try:
    from fastapi import Depends, FastAPI, Security, routing
    from starlette.requests import HTTPConnection

    from scopeguard.integrations.starlette_host import UNSOLVED, Channel, Facts, Host
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"fastapi", "starlette", "anyio"}:
        raise
    needed = "scopeguard.integrations.fastapi needs its extra: pip install 'scopeguard-authz[fastapi]'"
    raise ModuleNotFoundError(needed, name="fastapi") from None

from scopeguard.http import (
    PUBLIC,
    Access,
    Mark,
    NotFound,
    RouteDescription,
    attach,
    document,
    marks_of,
    scopes_for,
)
from scopeguard.http.given import require_function
from scopeguard.integrations.asgi import ledger_of
from scopeguard.integrations.row_columns import RowColumns

__all__ = ["Access", "Authz", "Channel", "Facts", "NotFound"]

_GENERATORS: Final = (isgeneratorfunction, isasyncgenfunction)
_BY_PLACE: Final = frozenset({Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD})
_IN_ANY_CASE: Final = frozenset({"noted", "value"})
_OF_SURFACE: Final = "__scopeguard_of_surface__"
"""The attribute of a dependency that asks, in the place of its question, where something was not found before that."""
_OWN_PAGES: Final = "fastapi.applications"
"""The module of the handlers of the documentation that FastAPI adds by itself."""


async def _opened(connection: HTTPConnection) -> None:
    ledger_of(connection.scope).is_public = True


attach(_opened, PUBLIC)


class Authz(Host):
    """What routes ask with: dependencies, for parameters of handlers and for lists of ``dependencies``.

    *principal* and *context* are dependencies themselves: who a request is of, and under which circumstances (the
    time alone where it is left out). With an ``HTTPConnection`` as their only parameter they are called at once, which
    is faster: in one thread, one after the other, with *facts* and the check. *channel* is that of the routes. *facts*
    loads what gates read. *realm*, *type_base* and *disclosure* are those of ``scopeguard.http.Answers``. Raises
    RequestError.
    """

    _keeps_context: ClassVar = True
    """As FastAPI keeps what a dependency gave."""

    public: Final = Depends(_opened)
    """The dependency of a route that is for everybody."""

    @property
    def access(self) -> Any:
        """The dependency that gives who asks, for further questions of a handler; it asks none itself."""

        async def access(connection: HTTPConnection, principal: Any = UNSOLVED, context: Any = UNSOLVED) -> Access:
            return await self._asking(connection)(connection, principal, context)

        return Depends(_taking(self._question(access), principal=self._principal, context=self._context))

    def on(self, action: str, *, ungated: bool = False) -> Any:
        """Asks for *action* on its surface, and gives the Access.

        *ungated*, here and below: the handler does none of the operations under the permission that have gates.
        """
        return self._dependency(self._mark("on", action, ungated=ungated))

    def one(self, action: str, load: Callable[..., Any], *, ungated: bool = False) -> Any:
        """Asks for *action* on what the dependency *load* gives, None where there is nothing, and gives it.

        *ungated* is that of :meth:`on`. A row that is not there and one that is hidden are answered alike.
        """
        require_function(load, "load")
        return self._dependency(self._mark("one", action, ungated=ungated), load)

    def new(self, action: str, propose: Callable[..., Any], *, ungated: bool = False) -> Any:
        """Asks for *action* on what the dependency *propose* gives, which is not there yet, and gives it.

        *ungated* is that of :meth:`on`.
        """
        require_function(propose, "propose")
        return self._dependency(self._mark("new", action, ungated=ungated), propose)

    def many(self, action: str, columns: RowColumns[Any, Any] | None = None) -> Any:
        """Gives on which rows *action* is allowed: ``Permitted`` of *columns*, or a Filter without any."""
        return self._dependency(self._mark_of_list(action, columns), columns=columns)

    @contextmanager
    def as_(self, principal: Principal) -> Iterator[None]:
        """For tests: every request is of *principal* meanwhile, whatever credential it has."""
        overridden = [app.dependency_overrides for app in self._apps if isinstance(app, FastAPI)]
        before = [dict(overrides) for overrides in overridden]
        for overrides in overridden:
            # What looks at the credential of the request is not called at all.
            overrides[self._principal] = lambda: principal
        try:
            with super().as_(principal):
                yield
        finally:
            for overrides, former in zip(overridden, before, strict=True):
                overrides.clear()
                overrides.update(former)

    def routes(self, app: Any) -> tuple[RouteDescription, ...]:
        """Every route of *app* with its marks, and the folders that it serves as a frontend."""
        return (*super().routes(app), *self._frontends(getattr(app, "router", None)))

    def _frontends(self, router: Any) -> Iterator[RouteDescription]:
        # They are no routes of the application, but come after them.
        listed = getattr(router, "_iter_low_priority_routes", None)
        for group in listed() if listed is not None else ():
            for route in getattr(group, "original_route", group).routes:
                path = f"{getattr(group, 'frontend_prefix', None) or ''}{route.path}"
                yield RouteDescription(path, (), self._marks(group), "frontend", "app")

    def _dependency(
        self, mark: Mark, load: Callable[..., Any] | None = None, columns: RowColumns[Any, Any] | None = None
    ) -> Any:
        answer = self._answering(mark, columns)

        async def ask(
            connection: HTTPConnection,
            principal: Any = UNSOLVED,
            context: Any = UNSOLVED,
            noted: Any = None,
            value: Any = None,
        ) -> Any:
            del noted
            access = await self._asking(connection)(connection, principal, context)
            ledger_of(connection.scope).asked.append(ask)
            return answer(access, value, await self._facts(access, mark, value) if self._load_facts else None)

        by = {"principal": self._principal, "context": self._context}
        is_solved = any(each is not None and not _is_of_connection(each) for each in by.values())

        async def note(connection: HTTPConnection, principal: Any = UNSOLVED, context: Any = UNSOLVED) -> None:
            ledger_of(connection.scope).solved.append((ask, principal, context))

        def asker(connection: HTTPConnection) -> Awaitable[Access] | None:
            if not is_solved:
                return self._asking(connection)(connection)
            known = [rest for of, *rest in ledger_of(connection.scope).solved if of is ask]
            return self._asking(connection)(connection, *known[-1]) if known else None

        # Solved before the value is, which may not be found: it ends what the framework solves.
        noting = _taking(note, **by) if is_solved and load is not None else None
        asking = attach(_taking(self._question(ask), **by, noted=noting, value=load), mark)
        setattr(asking, _OF_SURFACE, self._asking_of_surface(mark, ask, asker))
        return Security(asking, scopes=scopes_for(self.guard, mark.action or ""))

    def _unasked(self, connection: HTTPConnection) -> Iterable[Callable[[HTTPConnection], Awaitable[None]]]:
        scope = connection.scope
        # A version that keeps included routers as they are has what they add to a route of HTTP in a context.
        routes = scope.get("fastapi", {}).get("effective_route_context"), scope.get("route")
        found = next(filter(None, (getattr(route, "dependant", None) for route in routes)), None)
        return [getattr(call, _OF_SURFACE) for call in _calls_below(found) if hasattr(call, _OF_SURFACE)]

    def _asking(self, connection: HTTPConnection) -> Callable[..., Awaitable[Access]]:
        """What finds out who asks; where tests override functions of the connection, by what they have there."""
        overrides = getattr(connection.scope["app"], "dependency_overrides", None)
        if not overrides:
            return self._asker
        made = copy(self)
        for name, finding in (("_principal", "_find_principal"), ("_context", "_find_context")):
            override = overrides.get(getattr(self, name))
            if override is not None:
                setattr(made, name, override)
                setattr(made, finding, self._later_of_connection(override))
        return made._asker  # noqa: SLF001  # it is one of these

    def _later_of_connection(self, override: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        """A function in the place of one of the connection, to be awaited. Raises RequestError."""
        find = self._later(override)
        if _is_of_connection(override):
            return find
        if signature(override).parameters:
            raise RequestError("what overrides a function of the connection takes the connection, or nothing")
        return lambda _: find()

    def _prepare(self, app: Any) -> None:
        super()._prepare(app)
        if isinstance(app, FastAPI):
            _document(self, app)

    def _flatten(self, routes: Sequence[Any]) -> list[Any]:
        # A version that keeps included routers as they are has a function for what they hold.
        contexts: Callable[[Sequence[Any]], Iterator[Any]] | None = getattr(routing, "iter_route_contexts", None)
        return list(routes if contexts is None else contexts(routes))

    def _marks(self, route: Any) -> tuple[Mark, ...]:
        if self._is_public(getattr(route, "endpoint", None)):
            return (PUBLIC,)
        dependant = getattr(route, "dependant", None)
        return tuple(dict.fromkeys(mark for call in _calls_below(dependant) for mark in marks_of(call)))

    def _is_public(self, endpoint: Any) -> bool:
        return getattr(endpoint, "__module__", None) == _OWN_PAGES


def _taking(function: Any, **dependencies: Callable[..., Any] | None) -> Any:
    """*function*, to be called with the connection and with what *dependencies* give.

    Those that are None, or functions of the connection alone, are not passed: FastAPI takes longer to solve one than
    a check takes.
    """
    parameters = [Parameter("connection", Parameter.KEYWORD_ONLY, annotation=HTTPConnection)]
    parameters += [
        Parameter(name, Parameter.KEYWORD_ONLY, default=Depends(dependency), annotation=Any)
        for name, dependency in dependencies.items()
        if dependency is not None and (name in _IN_ANY_CASE or not _is_of_connection(dependency))
    ]
    function.__signature__ = Signature(parameters)
    return function


def _is_of_connection(dependency: Callable[..., Any]) -> bool:
    """Whether *dependency* gives what it returns, and has one parameter, which is the connection."""
    if any(is_generator(each) for each in (dependency, type(dependency).__call__) for is_generator in _GENERATORS):
        return False
    given = list(signature(dependency).parameters.values())
    return (
        len(given) == 1
        and given[0].kind in _BY_PLACE
        and given[0].annotation in (HTTPConnection, HTTPConnection.__name__)
    )


def _calls_below(dependant: Any) -> Iterator[Any]:
    """What is called for a route before its handler, in no other order than that of its dependencies."""
    for below in getattr(dependant, "dependencies", ()):
        yield below.call
        yield from _calls_below(below)


def _document(authz: Authz, app: FastAPI) -> None:
    """Let the OpenAPI document of *app* say what its routes ask."""
    written = app.openapi

    def documented() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(written(), authz.guard, authz.routes(app))
        return app.openapi_schema

    app.openapi = documented  # type: ignore[method-assign]  # as FastAPI's documentation has it
