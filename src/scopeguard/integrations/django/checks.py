"""System checks: every view without a mark, by ``manage.py check`` and before every command that serves."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from scopeguard import RequestError
from scopeguard.http import OpenRoutesError, require_closed
from scopeguard.integrations.django.configuration import Configuration, configured
from scopeguard.integrations.django.middleware import ScopeguardMiddleware
from scopeguard.integrations.django.routes import require_channels, routes

_CACHE: Final = "FetchFromCacheMiddleware"
_IDS: Final = MappingProxyType({"unmarked": "E001", "gates_passed_by": "E002", "unknown_action": "E003"})
_HINT: Final = (
    'Decorate the view, or a whole application as in path("admin/", decorated(public, admin.site.urls)), '
    "with the marks of scopeguard.integrations.django."
)


def check_views(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """An error for each view without a mark, for marks that the pack does not know, and for what is not configured."""
    try:
        configuration = configured()
    except ImproperlyConfigured as error:
        return [_error(str(error), "E004")]
    return [*_of_middleware(), *_of_routes(configuration)]


def _of_routes(configuration: Configuration) -> Iterator[CheckMessage]:
    try:
        require_closed(configuration.guard, routes())
    except ImproperlyConfigured as error:
        yield _error(str(error), "E004")
    except OpenRoutesError as error:
        for finding in error.findings:
            yield _error(str(finding), _IDS[finding.kind], _HINT if finding.kind == "unmarked" else None)
    try:
        require_channels(configuration.guard)
    except RequestError as error:
        yield _error(str(error), "E003")


def _of_middleware() -> Iterator[CheckMessage]:
    listed = [import_string(path) for path in settings.MIDDLEWARE]
    if ScopeguardMiddleware not in listed:
        yield _error("ScopeguardMiddleware is not in MIDDLEWARE", "E005")
        return
    before = listed[: listed.index(ScopeguardMiddleware)]
    caches = [each.__name__ for each in before if _CACHE in {base.__name__ for base in getattr(each, "__mro__", ())}]
    if caches:
        yield _error(f"{caches[0]} answers before ScopeguardMiddleware asks: put it behind", "E006")


def _error(message: str, name: str, hint: str | None = None) -> Error:
    return Error(message, hint=hint, id=f"scopeguard.{name}")
