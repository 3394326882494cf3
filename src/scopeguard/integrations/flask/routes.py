"""The rules of an application: what each view asks, by its method."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask.views import MethodView

from scopeguard.http import Mark, RouteDescription, marks_of
from scopeguard.http.views import as_data


def asked_by(view: Any, method: str) -> tuple[Mark, ...]:
    """What *view* asks for a method, such as ``GET``: by its own marks, and by those of the method of a class."""
    of_class = getattr(view, "view_class", None)
    if of_class is None:
        return marks_of(view)
    names = ["dispatch_request"]
    if issubclass(of_class, MethodView):
        name = method.lower()
        # A method view answers HEAD as GET, and one without the method is refused by the framework.
        names.append(name if name != "head" or hasattr(of_class, name) else "get")
    return (*marks_of(view), *(mark for name in names for mark in marks_of(getattr(of_class, name, None))))


def describe(app: Flask, public_endpoints: frozenset[str], public: Mark) -> Iterator[RouteDescription]:
    """Every rule of *app*, of nested blueprints too; of classes once for the methods of equal marks."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        automatic = {"OPTIONS"} if getattr(rule, "provide_automatic_options", False) else set()
        by_marks: dict[tuple[Mark, ...], list[str]] = {}
        for method in sorted((rule.methods or set()) - automatic):
            marks = (public,) if rule.endpoint in public_endpoints else asked_by(view, method)
            by_marks.setdefault(as_data(marks), []).append(method)
        for marks, methods in by_marks.items():
            yield RouteDescription(rule.rule, tuple(methods), marks, _written(view, rule.endpoint))


def _written(view: Any, endpoint: str) -> str:
    written = getattr(view, "view_class", view)
    name = getattr(written, "__qualname__", None)
    return endpoint if name is None else f"{endpoint}: {written.__module__}.{name}"
