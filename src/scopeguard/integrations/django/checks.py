"""System checks, by ``manage.py check`` and before every command that serves: views without a mark, and middleware."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
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
_FRAMEWORK: Final = "django."
"""Of its own middleware none but a cache answers what has to be asked for."""
_UNSEEN: Final = (
    "Put it behind, where its answers are looked at; or, once you know that it answers nothing that has to be asked "
    "for, name it in TRUSTED_MIDDLEWARE of SCOPEGUARD."
)


def check_views(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """An error for each view without a mark, for marks that the pack does not know, and for what is not configured.

    A warning for each middleware that answers unseen, if it answers.
    """
    try:
        configuration = configured()
    except ImproperlyConfigured as error:
        return [_error(str(error), "E004")]
    return [*_of_middleware(configuration), *_of_routes(configuration)]


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


def _of_middleware(configuration: Configuration) -> Iterator[CheckMessage]:
    listed = [import_string(path) for path in settings.MIDDLEWARE]
    if ScopeguardMiddleware not in listed:
        yield _error("ScopeguardMiddleware is not in MIDDLEWARE", "E005")
        return
    ours = listed.index(ScopeguardMiddleware)
    for path, found in zip(settings.MIDDLEWARE[:ours], listed, strict=False):
        if _CACHE in {base.__name__ for base in getattr(found, "__mro__", ())}:
            yield _error(f"{found.__name__} answers before ScopeguardMiddleware asks: put it behind", "E006")
        elif not path.startswith(_FRAMEWORK) and path not in configuration.trusted_middleware:
            unseen = f"{path} comes before ScopeguardMiddleware, which does not see what it answers by itself"
            yield CheckWarning(unseen, hint=_UNSEEN, id="scopeguard.W001")


def _error(message: str, name: str, hint: str | None = None) -> Error:
    return Error(message, hint=hint, id=f"scopeguard.{name}")
