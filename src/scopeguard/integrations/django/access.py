"""What is known of one request: who asks, and what was decided about it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist
from django.db import models
from django.http import Http404

from scopeguard import Principal, RequestError
from scopeguard.http import Ledger, Mark, NotFound, on_channel
from scopeguard.http.given import require_principal
from scopeguard.http.views import ViewAccess, ViewMark
from scopeguard.integrations.django.columns import columns_of
from scopeguard.integrations.django.configuration import Configuration

M = TypeVar("M", bound=models.Model)

STATE: Final = "scopeguard"
"""The attribute of a request that holds its state."""
_ACCESS: Final = "_scopeguard_access"
_acting: ContextVar[Principal | None] = ContextVar("acting", default=None)


class DjangoAccess(ViewAccess):
    """Who asks and under which circumstances: what a view asks further questions with."""

    __slots__ = ()

    def permitted(self, rows: "models.QuerySet[M]", action: str | None = None) -> "models.QuerySet[M]":
        """Those of *rows* that it may do *action* to: left out, that of the mark ``many``.

        Raises AccessDenied where there are none, whatever is stored, RequestError for a model that is not mapped, or
        for another guard, and CannotFilter where the condition cannot be said.
        """
        columns = columns_of(rows.model)
        if columns.guard is not self.guard:
            raise RequestError(f"the columns of {rows.model.__name__} are mapped for another guard")
        found = columns.require_surface(self.filter(action))
        return rows.filter(columns.where(found))


class RequestState:
    """What the middleware knows of a request."""

    __slots__ = (
        *("_inner", "answered", "channel", "configuration", "is_list_of_methods", "is_view_reached"),
        *("judged", "ledger", "pending"),
    )

    def __init__(self, configuration: Configuration) -> None:
        self.configuration: Final = configuration
        self.ledger: Final = Ledger()
        self.channel = configuration.channel
        self.is_view_reached = False
        self.is_list_of_methods = False
        """Whether the framework is to answer by itself, with a list of methods and no body."""
        self.answered: object = None
        """The response that was made of an answer."""
        self.judged: Final[list[tuple[Mark, tuple[Any, ...], Mapping[str, Any]]]] = []
        """The marks that were asked, with the arguments of their view."""
        self.pending: Final[list[Callable[[], object]]] = []
        """What is asked where the response is that nothing was found."""
        self._inner: object = None

    def new_access(self, request: Any) -> DjangoAccess:
        """The access of *request*, the one that came in or one that wraps it."""
        settings = self.configuration
        principal = _acting.get() or settings.principal(request)
        context = on_channel(settings.context(request), self.channel)
        return DjangoAccess(settings.guard, principal, context, self.ledger_of(request), settings.facts)

    def ledger_of(self, request: Any) -> Ledger:
        """Where decisions about *request* are written down: in a ledger that nobody reads where it is not answered."""
        # Of requests that wrap the one that came in only the first is answered: renderers of Django REST framework ask
        # about copies of it, and an allow of such a question must not let the response pass.
        if getattr(request, "_request", None) is None:
            return self.ledger
        if self._inner is None:
            self._inner = request
        return self.ledger if self._inner is request else Ledger()


def state_of(request: Any) -> RequestState:
    """The state of a request. Raises ImproperlyConfigured where no middleware made one."""
    found = getattr(request, STATE, None)
    if not isinstance(found, RequestState):
        raise ImproperlyConfigured("add scopeguard.integrations.django.ScopeguardMiddleware to MIDDLEWARE")
    return found


def access(request: Any) -> DjangoAccess:
    """The access of *request*; that of Django REST framework has one of its own.

    Calls the PRINCIPAL and the CONTEXT of the settings, where no mark was asked before; in a public view that is
    asynchronous await :func:`aaccess` instead. Raises ImproperlyConfigured without the middleware.
    """
    known = vars(request)
    if _ACCESS not in known:
        known[_ACCESS] = state_of(request).new_access(request)
    found: DjangoAccess = known[_ACCESS]
    return found


async def aaccess(request: Any) -> DjangoAccess:
    """As ``access``, to await."""
    return await sync_to_async(access)(request)


def enforce(mark: Mark, request: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Ask what *mark* asks, once for a request and the arguments of a view. Raises AccessDenied and NotFound."""
    state = state_of(request)
    asked = (mark, args, dict(kwargs))
    if asked in state.judged:
        return
    if mark.verb == "public":
        state.ledger_of(request).is_public = True
    else:
        access(request).require(mark, partial(_found, mark, request, args, kwargs))
    state.judged.append(asked)


@contextmanager
def as_(principal: Principal) -> Iterator[None]:
    """For tests: whoever asks is *principal*, for requests within the context, of the test clients of Django too."""
    require_principal(principal)
    token = _acting.set(principal)
    try:
        yield
    finally:
        _acting.reset(token)


def _found(mark: Mark, request: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> object:
    if not isinstance(mark, ViewMark) or mark.find is None:
        raise ImproperlyConfigured(f'the mark "{mark}" has no function that finds the row')
    try:
        return mark.find(request, *args, **kwargs)
    except (Http404, ObjectDoesNotExist):
        raise NotFound from None
