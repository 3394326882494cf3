"""The extension: marks of views, and who asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Final, TypeAlias, TypeVar

from flask import Flask, Request, Response, current_app
from werkzeug.exceptions import NotFound as NoSuchPage

from scopeguard import AccessDenied, Disclosure, FactsNeeded, Guard, Principal, RequestError
from scopeguard.http import (
    PUBLIC,
    Answer,
    Answers,
    DisclosureFor,
    NotFound,
    RouteDescription,
    Verb,
    attach,
    describe_app,
    disclosure_by_kind,
    on_channel,
    require_channel,
    require_closed,
)
from scopeguard.http.given import require_at_once, require_function, require_functions, require_principal
from scopeguard.http.marks import require_action
from scopeguard.http.views import ViewMark, require_consistent
from scopeguard.integrations.flask.access import FlaskAccess, RequestState, current_request, state_of
from scopeguard.integrations.flask.gate import Gate, plain_response
from scopeguard.integrations.flask.routes import describe

V = TypeVar("V", bound=Callable[..., Any])
Channel: TypeAlias = str | Callable[[Request], str | None]
"""A channel of the pack, or what tells it by the server\'s own knowledge of a request, such as its blueprint."""

_EXTENSION: Final = "scopeguard"


class Scopeguard:
    """Asks *guard* for the views of an application; *principal* and *context* say of a request who asks, and how.

    *channel* is for contexts that have none. *facts* loads what gates read. *realm*, *type_base* and *disclosure* are
    those of ``Answers``; *respond* makes responses of answers, for pages that are not for programs. *public_endpoints*
    are those of others that everybody may have, such as ``static``. Raises RequestError for what the pack lacks.
    """

    def __init__(  # noqa: PLR0913  # each is read by its name
        self,
        app: Flask | None = None,
        *,
        guard: Guard,
        principal: Callable[[Request], Any],
        context: Callable[[Request], Any],
        channel: Channel | None = None,
        facts: Callable[[FactsNeeded, FlaskAccess, Any], Any] | None = None,
        realm: str | None = None,
        type_base: str | None = None,
        disclosure: Disclosure | DisclosureFor = disclosure_by_kind,
        respond: Callable[[Answer], Response] | None = None,
        public_endpoints: Iterable[str] = (),
    ) -> None:
        answers = Answers(guard, realm=realm, type_base=type_base, disclosure=disclosure)
        require_functions("principal", "context", principal=principal, context=context, facts=facts, respond=respond)
        require_at_once(channel=channel, respond=respond)
        if channel is not None and not callable(channel):
            require_channel(guard, channel)
        if isinstance(public_endpoints, str):
            raise RequestError("public_endpoints must be a list of names, not one str")
        self.guard: Final = guard
        self._principal: Final = _at_once(principal)
        self._context: Final = _at_once(context)
        self._channel: Final = channel
        self._facts: Final = None if facts is None else _at_once(facts)
        self._gate: Final = Gate(answers, respond or plain_response, frozenset(public_endpoints))
        self._acting: Final[ContextVar[Principal | None]] = ContextVar("acting", default=None)
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Close *app*: its views are looked at before the first request, and each answer needs a decision.

        Raises RequestError for an application that has an extension of this kind.
        """
        if not isinstance(app, Flask):
            raise RequestError(f"init_app(app) takes an application, not {type(app).__name__}")
        if _EXTENSION in app.extensions:
            raise RequestError(f"{app.name} has this extension already")
        app.extensions[_EXTENSION] = self
        self._gate.install(app, lambda: self.verify(app))
        describe_app(app, self.guard, lambda: self.routes(app))

    def verify(self, app: Flask) -> None:
        """Raise OpenRoutesError with every view of *app* that has no mark, and RequestError for unknown endpoints.

        Called before the first request; a service calls it where it starts, when all routes are there.
        """
        unknown = self._gate.public_endpoints - app.view_functions.keys()
        if unknown:
            raise RequestError(f"no endpoint {', '.join(sorted(unknown))} in {app.name}")
        require_closed(self.guard, self.routes(app))

    def routes(self, app: Flask) -> tuple[RouteDescription, ...]:
        """Every rule of *app* with its marks."""
        return tuple(describe(app, self._gate.public_endpoints, PUBLIC))

    # The marks.

    def on(self, action: str, *, ungated: bool = False) -> Callable[[V], V]:
        """The view asks for *action* on its surface, in the workspace of whoever asks.

        *ungated* says that it does none of the operations under the permission that have gates. Raises RequestError for
        an action that the pack lacks, as all marks do.
        """
        return self._marking(self._mark("on", action, ungated))

    def one(self, action: str, load: Callable[..., object], *, ungated: bool = False) -> Callable[[V], V]:
        """The view asks for *action* on the row that *load* gives, called with what the path names.

        Where it gives None, or aborts with 404, there is no such row; a hidden one is answered alike. The view finds it
        as ``authz.access.row``. *ungated* is that of :meth:`on`.
        """
        require_function(load, "load")
        return self._marking(self._mark("one", action, ungated, _at_once(load)))

    def new(self, action: str, propose: Callable[..., object], *, ungated: bool = False) -> Callable[[V], V]:
        """The view asks for *action* on the row that *propose* makes of the request, called as a load is.

        *ungated* is that of :meth:`on`.
        """
        require_function(propose, "propose")
        return self._marking(self._mark("new", action, ungated, _at_once(propose)))

    def many(self, action: str, *, ungated: bool = False) -> Callable[[V], V]:
        """The view answers with rows that *action* is allowed on, by ``authz.access.permitted(columns).where``.

        Whoever may have no row is denied before the view runs; a view that never asks for the rows has no decision.
        *ungated* is that of :meth:`on`.
        """
        return self._marking(self._mark("many", action, ungated))

    def public(self, view: V) -> V:
        """Decorate *view*, which everybody may have."""
        return self._marking(ViewMark("public"))(view)

    # What a view asks further.

    @property
    def access(self) -> FlaskAccess:
        """Who makes the request that is handled. Raises RuntimeError outside of one."""
        handled = current_request()
        return self._access_of(handled, state_of(handled))

    @contextmanager
    def as_(self, principal: Principal) -> Iterator[None]:
        """For tests: whoever asks is *principal*, for requests of test clients within the context."""
        require_principal(principal)
        token = self._acting.set(principal)
        try:
            yield
        finally:
            self._acting.reset(token)

    # What happens around a view.

    def _mark(self, verb: Verb, action: str, ungated: bool, find: Callable[..., object] | None = None) -> ViewMark:  # noqa: FBT001  # read where marks are made alone
        require_action(self.guard, action)
        return ViewMark(verb, action, ungated, find)

    def _marking(self, mark: ViewMark) -> Callable[[V], V]:
        def decorate(view: V) -> V:
            require_consistent(view, mark)
            return attach(self._asking(view, mark), mark)

        return decorate

    def _asking(self, view: V, mark: ViewMark) -> V:
        """A view that asks. It answers a denial itself: an error handler of a blueprint comes before those of ours."""

        @wraps(view)
        def asking(*args: Any, **kwargs: Any) -> Any:
            try:
                self._enforce(mark, kwargs)
                return view(*args, **kwargs)
            except (AccessDenied, NotFound) as denied:
                return self._gate.answer(denied)

        if not iscoroutinefunction(view):
            return asking  # type: ignore[return-value]  # called as the view is
        # Flask needs it for views that wait, and for these alone.
        from asgiref.sync import sync_to_async  # noqa: PLC0415  # see above

        @wraps(view)
        async def asking_async(*args: Any, **kwargs: Any) -> Any:
            try:
                await sync_to_async(self._enforce)(mark, kwargs)
                return await view(*args, **kwargs)
            except (AccessDenied, NotFound) as denied:
                return self._gate.answer(denied)

        return asking_async  # type: ignore[return-value]  # as above

    def _enforce(self, mark: ViewMark, named: Mapping[str, Any]) -> None:
        handled = current_request()
        state = state_of(handled)
        state.is_view_reached = True
        if mark.verb == "public":
            state.ledger.is_public = True
        else:
            self._access_of(handled, state).require(mark, lambda: _found(mark, named))

    def _access_of(self, handled: Request, state: RequestState) -> FlaskAccess:
        if state.access is None:
            principal = self._acting.get() or self._principal(handled)
            channel = self._channel(handled) if callable(self._channel) else self._channel
            context = on_channel(self._context(handled), channel)
            state.access = FlaskAccess(self.guard, principal, context, state.ledger, self._facts)
        return state.access


def _found(mark: ViewMark, named: Mapping[str, Any]) -> object:
    try:
        return None if mark.find is None else mark.find(**named)
    except NoSuchPage:
        raise NotFound from None


def _at_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """*function* of the host, to be called without waiting: itself, but where it is asynchronous."""
    if not iscoroutinefunction(function):
        return function

    @wraps(function)
    def waited(*args: Any, **kwargs: Any) -> Any:
        return current_app.ensure_sync(function)(*args, **kwargs)

    return waited
