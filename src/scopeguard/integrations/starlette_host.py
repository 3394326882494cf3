"""What an ``Authz`` of Starlette and one of FastAPI have in common: the questions, the answers, the installation."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from datetime import UTC, datetime
from http import HTTPStatus
from inspect import iscoroutinefunction
from operator import is_
from typing import Any, ClassVar, Final, Self, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketState

from scopeguard import (
    AccessDenied,
    Context,
    Disclosure,
    FactsNeeded,
    Guard,
    Principal,
    RequestError,
)
from scopeguard.http import (
    PUBLIC,
    Access,
    Answer,
    Answers,
    DisclosureFor,
    Ledger,
    Mark,
    NotFound,
    RouteDescription,
    Verb,
    attach,
    describe_app,
    disclosure_by_kind,
    new_mark,
    on_channel,
    require_channel,
    require_closed,
)
from scopeguard.http.given import require_at_once, require_functions, require_principal
from scopeguard.integrations.asgi import DENIAL_RESPONSE, LEDGER, App, Closed, PublicApp, ledger_of
from scopeguard.integrations.row_columns import Permitted, RowColumns
from scopeguard.integrations.starlette_routes import applications, describe
from scopeguard.integrations.starlette_waiting import awaited, step, stepwise

Facts: TypeAlias = Callable[[FactsNeeded, Access, Any], "Mapping[str, object] | Awaitable[Mapping[str, object]]"]
"""Loads the facts that an action needs, of whoever asks, about a row or what is proposed (None for the surface)."""
Answering: TypeAlias = Callable[[Access, Any, "Mapping[str, object] | None"], Any]
"""Asks, about a row or what is proposed (None for the surface) and with facts, and gives what a handler gets."""
Channel: TypeAlias = str | Callable[[HTTPConnection], str | None]
"""A channel of the pack, or what tells it by the server's own knowledge of a request."""
UNSOLVED: Final = object()
"""In the place of what the framework has not found out. None is what a function of the host may give, by mistake."""


class Host:
    """The part of an ``Authz`` that asks, answers and installs."""

    _keeps_context: ClassVar = False
    """Whether a connection has one context, as it has one principal: what asks for days needs the time again."""

    def __init__(
        self,
        guard: Guard,
        *,
        principal: Callable[..., Any],
        context: Callable[..., Any] | None = None,
        channel: Channel | None = None,
        facts: Facts | None = None,
        realm: str | None = None,
        type_base: str | None = None,
        disclosure: Disclosure | DisclosureFor = disclosure_by_kind,
    ) -> None:
        self.answers: Final = Answers(guard, realm=realm, type_base=type_base, disclosure=disclosure)
        require_functions("principal", principal=principal, context=context, facts=facts)
        self.guard: Final = guard
        self._principal: Final = principal
        self._context: Final = context
        self._acting: Final[list[Principal]] = []
        self._channel = None if channel is None else self._known(channel)
        self._is_awaited: Final = all(each is None or iscoroutinefunction(each) for each in (principal, context, facts))
        """Whether no function needs a thread."""
        self._find_principal: Final = self._later(principal)
        self._find_context: Final = None if context is None else self._later(context)
        self._load_facts: Final = None if facts is None else self._later(facts)
        self._apps: Final[list[Starlette]] = []
        self._answering_apps: Final[list[Any]] = []

    def at(self, channel: Channel) -> Self:
        """The same on another *channel*. Raises RequestError for one that the pack lacks."""
        made = copy(self)
        made._channel = self._known(channel)  # noqa: SLF001  # it is one of these
        return made

    def public_app(self, app: App) -> PublicApp:
        """*app* as an ASGI application that everybody may have, to be mounted, such as static files."""
        return attach(PublicApp(app), PUBLIC)

    def install(self, app: Starlette) -> None:
        """Close *app*: answers to denials, the look at all routes where it starts, and no answer without an allow.

        To be called once, before the application serves; routes and middleware may be added after it. Raises
        RequestError.
        """
        if not isinstance(app, Starlette):
            raise RequestError(f"install(app) takes an application, not {type(app).__name__}")
        if app.middleware_stack is not None:
            raise RequestError("install(app) comes before the application serves its first request")
        if app in self._apps:
            raise RequestError("install(app) was called before")
        self._apps.append(app)
        self._prepare(app)
        describe_app(app, self.guard, lambda: self.routes(app))
        build = app.build_middleware_stack

        def build_closed() -> App:
            # Only here, for handlers of the host's own that are added after this.
            self._answer_denials(app)
            return Closed(
                build(),
                start_check=lambda: self._start(app),
                undecided=self.answers.undecided,
                is_public=self._is_public,
            )

        # Around every middleware, whenever it is added: one outside could answer from a cache.
        app.build_middleware_stack = build_closed  # type: ignore[method-assign]  # Starlette has no other way to be outside

    @contextmanager
    def as_(self, principal: Principal) -> Iterator[None]:
        """For tests: every request is of *principal* meanwhile, whatever credential it has."""
        require_principal(principal)
        self._acting.append(principal)
        try:
            yield
        finally:
            self._acting.pop()

    def routes(self, app: Any) -> tuple[RouteDescription, ...]:
        """Every route of *app* with its marks."""
        return tuple(describe(app.routes, flatten=self._flatten, marks=self._marks))

    # What the questions of routes are made of.

    def _later(self, function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        """A function of the host, to be awaited in a question."""
        return (awaited if self._is_awaited else step)(function)

    def _question(self, asking: Callable[..., Any]) -> Callable[..., Any]:
        """*asking*, which awaits functions of the host."""
        return asking if self._is_awaited else stepwise(asking)

    def _known(self, channel: Channel) -> Channel:
        """*channel*. Raises RequestError for a name that the pack lacks."""
        if not callable(channel):
            require_channel(self.guard, channel)
        require_at_once(channel=channel)
        return channel

    def _mark(self, verb: Verb, action: str, *, ungated: bool = False) -> Mark:
        return new_mark(self.guard, verb, action, ungated=ungated)

    def _mark_of_list(self, action: str, columns: RowColumns[Any, Any] | None) -> Mark:
        mark = self._mark("many", action)
        if columns is not None:
            if not isinstance(columns, RowColumns):
                raise RequestError(f"columns are what map_columns(…) gives, not {type(columns).__name__}")
            if columns.guard is not self.guard:
                raise RequestError("the columns are mapped for another guard")
            columns.verify(action)
        return mark

    async def _asker(self, connection: HTTPConnection, principal: Any = UNSOLVED, context: Any = UNSOLVED) -> Access:
        """Who asks; what the framework has not found out yet is found out by the functions of the host."""
        ledger, channel = ledger_of(connection.scope), self._channel
        if self._acting:
            principal = self._acting[-1]
        if principal is UNSOLVED:
            # Asked for once in a request, whatever it asks.
            principal = _kept(ledger.principals, self._principal) if ledger.principals else None
            if principal is None:
                principal = await self._find_principal(connection)
                ledger.principals.append((principal, self._principal))
        of = (self._context, channel, context)
        known: Context | None = _kept(ledger.contexts, *of) if ledger.contexts else None
        if known is None:
            if context is UNSOLVED:
                context = None if self._find_context is None else await self._find_context(connection)
            channel = channel(connection) if callable(channel) else channel
            known = Context(channel, now=datetime.now(UTC)) if context is None else on_channel(context, channel)
            if self._keeps_context:
                ledger.contexts.append((known, *of))
        return Access(self.guard, principal, known, ledger)

    async def _facts(self, access: Access, mark: Mark, value: Any) -> Mapping[str, object] | None:
        """The facts that a mark needs, of whoever asks, about a row or what is proposed."""
        if self._load_facts is None:
            return None
        needed = access.guard.facts_for(mark.action or "", environment=access.context.environment)
        return await self._load_facts(needed, access, value) if needed else None

    def _answering(self, mark: Mark, columns: RowColumns[Any, Any] | None = None) -> Answering:
        """What gives a handler what it gets for a mark. Raises AccessDenied and NotFound."""
        action = mark.action or ""

        def on(access: Access, _: Any, facts: Mapping[str, object] | None) -> Access:
            access.authorize(action, facts=facts)
            return access

        def new(access: Access, value: Any, facts: Mapping[str, object] | None) -> Any:
            access.require_proposed(action, value, facts=facts)
            return value

        def one(access: Access, value: Any, facts: Mapping[str, object] | None) -> Any:
            access.require_row(action, value, facts=facts)
            return value

        def many(access: Access, _: Any, facts: Mapping[str, object] | None) -> Any:
            if columns is None:
                return access.filter(action, facts=facts)
            found = columns.asked(access.principal, action, access.with_facts(facts).context)
            return Permitted(access.record(found), columns.where(found))

        by_verb: dict[Verb, Answering] = {"on": on, "new": new, "one": one, "many": many}
        return by_verb[mark.verb]

    # The installation.

    def _flatten(self, routes: Sequence[BaseRoute]) -> Iterable[Any]:
        """The routes, each with its whole path."""
        return routes

    def _start(self, app: Any) -> None:
        for below in applications(app.routes, self._flatten):
            self._prepare(below)
            self._answer_denials(below)
        require_closed(self.guard, self.routes(app))

    def _prepare(self, app: Any) -> None:
        """Change what is to be changed of *app* where it is installed, or mounted."""

    def _answer_denials(self, app: Any) -> None:
        """Let *app* answer denials; handlers of the host's own stay, and one for 404 answers what is hidden too."""
        if any(app is each for each in self._answering_apps):
            return
        self._answering_apps.append(app)
        own = app.exception_handlers.get(HTTPStatus.NOT_FOUND)

        async def miss(connection: HTTPConnection, _: Exception) -> Response | None:
            # What is not found before all was asked is no answer yet: whoever may not ask would learn what exists.
            for ask in self._unasked(connection):
                try:
                    await ask(connection)
                except AccessDenied as denied:
                    return await deny(connection, denied)
            if own is None:
                return await _respond(connection, self.answers.not_found)
            response: Response | None = await awaited(own)(connection, HTTPException(HTTPStatus.NOT_FOUND))
            return response

        async def deny(connection: HTTPConnection, error: Any) -> Response | None:
            ledger = connection.scope.get(LEDGER)
            answer = self.answers.denied(error, ledger.principal if isinstance(ledger, Ledger) else None)
            return await (miss(connection, error) if answer is self.answers.not_found else _respond(connection, answer))

        app.add_exception_handler(HTTPStatus.NOT_FOUND.value, miss)
        for case, handler in ((AccessDenied, deny), (NotFound, miss)):
            if case not in app.exception_handlers:
                app.add_exception_handler(case, handler)

    def _unasked(self, connection: HTTPConnection) -> Iterable[Callable[[HTTPConnection], Awaitable[None]]]:
        """What asks, about surfaces, whatever the route of *connection* has not asked yet."""
        del connection
        return ()

    def _asking_of_surface(
        self, mark: Mark, question: object, asker: Callable[[HTTPConnection], Awaitable[Access] | None]
    ) -> Callable[[HTTPConnection], Awaitable[None]]:
        """What asks for *mark* where there is no row, unless *question* was asked; *asker* gives who asks, if known.

        Raises AccessDenied.
        """

        async def ask(connection: HTTPConnection) -> None:
            asked = ledger_of(connection.scope).asked
            finding = None if question in asked else asker(connection)
            if finding is None or mark.action is None:
                return
            asked.append(question)
            access = await finding
            with suppress(NotFound):
                access.require_row(mark.action, None, facts=await self._facts(access, mark, None))

        return self._question(ask)

    def _marks(self, route: Any) -> tuple[Mark, ...]:
        """The marks of a route that are not beside its handler."""
        del route
        return ()

    def _is_public(self, endpoint: Any) -> bool:
        """Whether a handler of the framework's own is open to everybody."""
        del endpoint
        return False


def _kept(known: Iterable[tuple[Any, ...]], *of: Any) -> Any:
    """What is known of these very things; None where nothing is."""
    for found, *those in known:
        if all(map(is_, those, of)):
            return found
    return None


async def _respond(connection: HTTPConnection, answer: Answer) -> Response | None:
    response = Response(answer.body, answer.status, dict(answer.headers))
    if not isinstance(connection, WebSocket):
        return response
    is_open = connection.application_state is not WebSocketState.CONNECTING
    if is_open or DENIAL_RESPONSE not in connection.scope.get("extensions", ()):
        await connection.close(1008)
    else:
        await connection.send_denial_response(response)
    return None
