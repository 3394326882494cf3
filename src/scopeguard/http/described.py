"""Applications that know the guard behind them, whatever framework they are of: for a look from outside."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from scopeguard import Guard, RequestError
from scopeguard.http.closure import Closure, RouteDescription, closure_of

_ATTRIBUTE: Final = "__scopeguard__"


class Described(Struct, frozen=True):
    """A guard, and the routes that it guards, as they are when they are asked for."""

    guard: Guard
    routes: Callable[[], Iterable[RouteDescription]]


def describe_app(app: object, guard: Guard, routes: Callable[[], Iterable[RouteDescription]]) -> None:
    """Let *app* know its *guard*, and what gives its *routes*. Called where an integration is installed."""
    setattr(app, _ATTRIBUTE, Described(guard, routes))


def closure_of_app(app: object) -> Closure:
    """What the routes of *app* and its pack say of each other. Raises RequestError where no Authz is installed."""
    described = getattr(app, _ATTRIBUTE, None)
    if not isinstance(described, Described):
        raise RequestError(
            f"no routes are known of this {type(app).__name__}: call install(app) of an Authz, and name the application"
        )
    return closure_of(described.guard, described.routes())
