"""What views ask before they answer: decorators of functions, of methods and of classes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http.response import HttpResponseBase

from scopeguard import RequestError
from scopeguard.http import attach
from scopeguard.http.given import require_function
from scopeguard.http.views import ViewMark, require_consistent
from scopeguard.integrations.django.access import enforce
from scopeguard.integrations.django.configuration import at_once

V = TypeVar("V", bound=Callable[..., Any])

_CHANNEL: Final = "__scopeguard_channel__"
_ERROR: Final = 400


class DjangoMark(ViewMark, frozen=True):
    """A mark that decorates views: a function, asynchronous or not, a method of a class, or a class."""

    def __call__(self, view: V) -> V:
        """*view*, which asks before it runs. Raises RequestError for one that is public and asks."""
        if isinstance(view, type):
            dispatch = getattr(view, "dispatch", None)
            if dispatch is None:
                raise RequestError(f"{view.__name__} is no class of views: it has no dispatch")
            view.dispatch = self(dispatch)  # type: ignore[attr-defined]  # the one method through which a view is called
            return view
        require_consistent(view, self)
        return attach(_asking(view, self), self)


public: Final = DjangoMark("public")
"""The decorator of what everybody may have."""


def on(action: str, *, ungated: bool = False) -> DjangoMark:
    """The view asks for *action* on its surface, in the workspace of whoever asks.

    *ungated* says that it does none of the operations under the permission that have gates.
    """
    return DjangoMark("on", action, ungated)


def one(action: str, load: Callable[..., object] | None = None, *, ungated: bool = False) -> DjangoMark:
    """The view asks for *action* on the row that *load* gives, called as the view is.

    Where it gives None, or raises Http404 or ObjectDoesNotExist, there is no such row; a hidden one is answered alike.
    The view finds it as ``access(request).row``. Views of Django REST framework load their rows themselves. *ungated*
    is that of :func:`on`.
    """
    if load is not None:
        require_function(load, "load")
    return DjangoMark("one", action, ungated, None if load is None else at_once(load))


def new(action: str, propose: Callable[..., object], *, ungated: bool = False) -> DjangoMark:
    """The view asks for *action* on the row that *propose* makes of the request, called as the view is.

    *ungated* is that of :func:`on`.
    """
    require_function(propose, "propose")
    return DjangoMark("new", action, ungated, at_once(propose))


def many(action: str, *, ungated: bool = False) -> DjangoMark:
    """The view answers with rows that *action* is allowed on, by ``access(request).permitted(queryset)``.

    Whoever may have no row is denied before the view runs; a view that never asks for the rows has no decision.
    *ungated* is that of :func:`on`.
    """
    return DjangoMark("many", action, ungated)


def channel(name: str) -> Callable[[V], V]:
    """The decorator of views that are reached over the channel *name*, for a context that has none."""

    def decorate(view: V) -> V:
        if channel_of(view) not in (None, name):
            raise RequestError(f'{view!r} is on the channel "{channel_of(view)}" already')
        found = _passing(view)
        setattr(found, _CHANNEL, name)
        return found

    return decorate


def channel_of(view: object) -> str | None:
    """The channel over which a view is reached."""
    found: str | None = getattr(view, _CHANNEL, None)
    return found


def request_of(args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The request among the arguments of a view, which is the first of a function and the second of a method."""
    place = next((place for place, each in enumerate(args[:2]) if hasattr(each, "META")), None)
    if place is None:
        raise ImproperlyConfigured("a view must be called with a request")
    return args[place], args[place + 1 :]


def keep_private(response: Any) -> Any:
    """*response*, which caches do not give to anybody else, unless the view says itself who may keep it."""
    is_answer = isinstance(response, HttpResponseBase) and response.status_code < _ERROR
    if is_answer and not response.has_header("Cache-Control"):
        response.headers["Cache-Control"] = "private"
    return response


def _asking(view: V, mark: ViewMark) -> V:
    """A view that asks. Its answer is private at once, before a decorator outside may store it for everybody."""
    finished = keep_private if mark.verb != "public" else _as_it_is

    @wraps(view)
    def asking(*args: Any, **kwargs: Any) -> Any:
        request, rest = request_of(args)
        enforce(mark, request, rest, kwargs)
        return finished(view(*args, **kwargs))

    @wraps(view)
    async def asking_async(*args: Any, **kwargs: Any) -> Any:
        request, rest = request_of(args)
        await sync_to_async(enforce)(mark, request, rest, kwargs)
        return finished(await view(*args, **kwargs))

    return asking_async if iscoroutinefunction(view) else asking  # type: ignore[return-value]  # called as the view is


def _passing(view: V) -> V:
    """A view that does what *view* does, for attributes that are not those of every URL that leads there."""

    @wraps(view)
    def passing(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    @wraps(view)
    async def passing_async(*args: Any, **kwargs: Any) -> Any:
        return await view(*args, **kwargs)

    return passing_async if iscoroutinefunction(view) else passing  # type: ignore[return-value]  # as above


def _as_it_is(response: Any) -> Any:
    return response
