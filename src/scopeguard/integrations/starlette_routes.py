"""The routes of a Starlette application as neutral data, those of FastAPI too: nested, mounted, of classes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute

from scopeguard.http import Mark, RouteDescription, marks_of
from scopeguard.integrations.asgi import PublicApp

Flatten: TypeAlias = Callable[[Sequence[BaseRoute]], Iterable[Any]]
"""What a framework makes of its list of routes before it can be read: each with its whole path."""
MarksOfRoute: TypeAlias = Callable[[Any], tuple[Mark, ...]]
"""The marks that a framework keeps elsewhere than beside the handler."""

_METHODS: Final = ("get", "post", "put", "patch", "delete", "options", "head", "trace")


def handlers(app: Any) -> Iterator[Any]:
    """*app* and what it wraps, from the outside in."""
    seen: set[int] = set()
    while app is not None and id(app) not in seen:
        seen.add(id(app))
        yield app
        app = getattr(app, "app", None) if not hasattr(app, "routes") else None


def describe(
    routes: Sequence[BaseRoute], *, flatten: Flatten, marks: MarksOfRoute, prefix: str = ""
) -> Iterator[RouteDescription]:
    """Every route, in the order in which they are tried; what is of no known kind is reported as an application."""
    for route in flatten(routes):
        kind = getattr(route, "original_route", route)
        path = prefix + (getattr(route, "path_format", None) or getattr(route, "path", None) or "")
        if isinstance(kind, Mount | Host):
            below = path.removesuffix("/{path}") if isinstance(kind, Mount) else f"{prefix}{kind.host}"
            yield from _mounted(route, below, flatten=flatten, marks=marks)
        elif isinstance(kind, Route):
            yield from _handled(route, path, (*marks_of(route.endpoint), *marks(route)))
        elif isinstance(kind, WebSocketRoute):
            found = (*marks_of(route.endpoint), *marks(route))
            yield RouteDescription(path, (), found, _named(route.endpoint), "websocket")
        else:
            yield RouteDescription(path or repr(route), (), marks(route), type(kind).__name__, "app")


def applications(routes: Sequence[BaseRoute], flatten: Flatten) -> Iterator[Any]:
    """The applications mounted anywhere below that have handlers of exceptions of their own."""
    for route in flatten(routes):
        if isinstance(getattr(route, "original_route", route), Mount | Host):
            for app in handlers(route.app):
                if hasattr(app, "exception_handlers"):
                    yield app
                yield from applications(getattr(app, "routes", ()), flatten)


def _mounted(route: Any, path: str, *, flatten: Flatten, marks: MarksOfRoute) -> Iterator[RouteDescription]:
    chain = list(handlers(route.app))
    found = tuple(mark for app in chain for mark in marks_of(app))
    is_public = any(isinstance(app, PublicApp) for app in chain)
    if hasattr(chain[-1], "routes") and not is_public:
        yield from describe(chain[-1].routes, flatten=flatten, marks=marks, prefix=path)
    else:
        yield RouteDescription(path or "/", (), found, _named(chain[-1]), "app")


def _handled(route: Any, path: str, found: tuple[Mark, ...]) -> Iterator[RouteDescription]:
    endpoint = route.endpoint
    if isinstance(endpoint, type) and not route.methods:
        of_class = {name: getattr(endpoint, name) for name in _METHODS if hasattr(endpoint, name)}
        for name, method in of_class.items():
            # Of a class that has no method for HEAD that for GET answers it.
            names = ("GET", "HEAD") if name == "get" and "head" not in of_class else (name.upper(),)
            yield RouteDescription(path, names, (*found, *marks_of(method)), _named(method))
    else:
        yield RouteDescription(path, tuple(sorted(route.methods or ())), found, _named(endpoint))


def _named(endpoint: Any) -> str:
    inner = getattr(endpoint, "func", endpoint)
    named = inner if hasattr(inner, "__qualname__") else type(inner)
    return f"{named.__module__}.{named.__qualname__}"
