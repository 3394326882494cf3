"""The URLs of a project: what each view asks, by its method."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from django.urls import get_resolver
from django.views import View

from scopeguard import Guard
from scopeguard.http import Mark, RouteDescription, marks_of, require_channel
from scopeguard.http.views import as_data
from scopeguard.integrations.django.decorators import channel_of

ANY_METHOD: Final = "*"
"""The methods of a function, which answers all that it does not refuse itself."""
_OPTIONS: Final = "options"
_OF_ROWS: Final = frozenset({"one", "new"})


class Asked(NamedTuple):
    """What a view asks for a method: before it runs, and inside, as views of Django REST framework do."""

    before: tuple[Mark, ...] = ()
    inside: tuple[Mark, ...] = ()
    has_handler: bool = True
    """Whether there is a method of the class to answer; if not, the framework refuses the request."""
    is_list_of_methods: bool = False
    """Whether the framework answers by itself, with the methods of the class and nothing of the project."""

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All of them."""
        return (*self.before, *self.inside)


def asked_by(view: Any, method: str) -> Asked:
    """What *view* asks for a method, such as ``GET``."""
    own = _askable(view)
    of_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if of_class is None:
        return Asked(own)
    handler = _handler(view, of_class, method.lower())
    given = getattr(view, "initkwargs", {}).get("permission_classes", getattr(of_class, "permission_classes", ()))
    permissions = tuple(permissions_among(given))
    if permissions:
        handlers = _handlers(view, of_class)
        inside = (mark for each in permissions for mark in each.marks_of(of_class, handler or "", handlers))
        return Asked(own, tuple(inside), handler is not None)
    method_of_class = getattr(of_class, handler or "", None)
    return Asked((*own, *_askable(method_of_class)), (), handler is not None, method_of_class is View.options)


def routes(urlconf: Any = None) -> tuple[RouteDescription, ...]:
    """Every route of the project, also of nested lists; of classes and viewsets once for the methods of equal marks.

    *urlconf* is ROOT_URLCONF where it is left out.
    """
    return tuple(_routes(get_resolver(urlconf).url_patterns, ""))


def require_channels(guard: Guard, urlconf: Any = None) -> None:
    """Raise RequestError, with the nearest name, for a channel of a view that the pack lacks."""
    for _, view in _views(get_resolver(urlconf).url_patterns, ""):
        name = channel_of(view)
        if name is not None:
            require_channel(guard, name)


def _askable(view: Any) -> tuple[Mark, ...]:
    """The marks of a view that can be asked before it: those about a row say how it is found."""
    return tuple(
        mark for mark in marks_of(view) if mark.verb not in _OF_ROWS or getattr(mark, "find", None) is not None
    )


def _routes(patterns: Iterable[Any], prefix: str) -> Iterator[RouteDescription]:
    for path, view in _views(patterns, prefix):
        endpoint = _endpoint(view)
        by_marks: dict[tuple[Mark, ...], list[str]] = {}
        for method in methods_of(view):
            asked = asked_by(view, method)
            if asked.marks or (asked.has_handler and not asked.is_list_of_methods):
                by_marks.setdefault(as_data(asked.marks), []).append(method)
        for marks, methods in by_marks.items():
            yield RouteDescription(path, tuple(sorted(methods)), marks, endpoint)


def _views(patterns: Iterable[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns, path)
        else:
            yield f"/{path.removeprefix('/')}", pattern.callback


def methods_of(view: Any) -> list[str]:
    """The methods that a view may answer; :data:`ANY_METHOD` of a function."""
    of_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if of_class is None:
        return [ANY_METHOD]
    actions: Mapping[str, str] = getattr(view, "actions", None) or {}
    names = [*actions] if actions else [name for name in of_class.http_method_names if hasattr(of_class, name)]
    return [name.upper() for name in dict.fromkeys([*names, *([_OPTIONS] if actions else [])])]


def _handler(view: Any, of_class: Any, method: str) -> str | None:
    """The name of the method of a class that answers."""
    if method not in of_class.http_method_names:
        return None
    actions: Mapping[str, str] = getattr(view, "actions", None) or {}
    candidates = (method, "get") if method == "head" else (method,)
    for name in candidates:
        found = actions.get(name, name if not actions or name == _OPTIONS else None)
        if found is not None and hasattr(of_class, found):
            return found
    return None


def _handlers(view: Any, of_class: Any) -> list[str]:
    """The names of the methods of a class to which a route leads."""
    actions: Mapping[str, str] = getattr(view, "actions", None) or {}
    return [*actions.values()] or [name for name in of_class.http_method_names if name != _OPTIONS]


def permissions_among(classes: Iterable[Any]) -> Iterator[Any]:
    """The permission classes of Django REST framework that ask what marks say, of those joined by operators too."""
    waiting = list(classes)
    while waiting:
        each = waiting.pop()
        waiting += [part for name in ("op1_class", "op2_class") if (part := getattr(each, name, None)) is not None]
        if hasattr(each, "marks_of"):
            yield each


def _endpoint(view: Any) -> str:
    written = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    written = getattr(written, "func", written)
    name = getattr(written, "__qualname__", None) or type(written).__qualname__
    return f"{getattr(written, '__module__', '')}.{name}"
