"""Whole lists of URLs decorated: those of an application that is not one's own."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver

from scopeguard.integrations.django.decorators import DjangoMark
from scopeguard.integrations.django.routes import asked_by, methods_of


def decorated(decorator: Callable[[Any], Any], urls: Any) -> Any:
    """*urls* with every view in them decorated, those of nested lists too.

    *urls* is what ``include()`` gives, ``admin.site.urls``, or a list as of ``i18n_patterns()``. A view that has marks
    keeps them where *decorator* is a mark.
    """
    match urls:
        case (patterns, app_name, namespace) if isinstance(app_name, str | None) and isinstance(namespace, str | None):
            return decorated(decorator, getattr(patterns, "urlpatterns", patterns)), app_name, namespace
    return [_decorated(decorator, pattern) for pattern in urls]


def _decorated(decorator: Callable[[Any], Any], pattern: Any) -> URLPattern | URLResolver:
    match pattern:
        case URLPattern():
            view = pattern.callback
            keeps = isinstance(decorator, DjangoMark) and any(asked_by(view, each).marks for each in methods_of(view))
            return URLPattern(pattern.pattern, view if keeps else decorator(view), pattern.default_args, pattern.name)
        case URLResolver():
            inner = decorated(decorator, pattern.url_patterns)
            return URLResolver(pattern.pattern, inner, pattern.default_kwargs, pattern.app_name, pattern.namespace)
    raise ImproperlyConfigured(f"{pattern!r} is no URL pattern")
