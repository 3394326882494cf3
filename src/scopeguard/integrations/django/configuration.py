"""The setting ``SCOPEGUARD``: who asks, under which circumstances, of which guard, and how denials are answered."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import isawaitable
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from scopeguard import Guard, ScopeguardError
from scopeguard.callbacks import is_deferred
from scopeguard.http import Answer, Answers, require_channel
from scopeguard.http.views import FactsFor
from scopeguard.inspection import nearest

Respond: TypeAlias = Callable[[HttpRequest, Answer], HttpResponseBase]
"""Makes the response of an answer."""

SETTING: Final = "SCOPEGUARD"
_NEEDED: Final = ("GUARD", "PRINCIPAL", "CONTEXT")
_OPTIONS: Final = MappingProxyType({"REALM": "realm", "TYPE_BASE": "type_base", "DISCLOSURE": "disclosure"})
_KNOWN: Final = (*_NEEDED, "CHANNEL", "FACTS", "RESPOND", "TRUSTED_MIDDLEWARE", *_OPTIONS)
_LEVELS: Final = ("none", "scopes", "full")


class Configuration(NamedTuple):
    """What the setting says, with its names resolved."""

    guard: Guard
    principal: Callable[[Any], Any]
    context: Callable[[Any], Any]
    channel: str | None
    facts: FactsFor | None
    answers: Answers
    respond: Respond
    trusted_middleware: frozenset[str]


def plain_response(request: HttpRequest, answer: Answer) -> HttpResponse:
    """An answer as it is."""
    return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))


def at_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the host that is called without waiting, asynchronous or not."""
    if iscoroutinefunction(function):
        return async_to_sync(function)

    @wraps(function)
    def waited(*args: Any, **kwargs: Any) -> Any:
        found = function(*args, **kwargs)
        return async_to_sync(_awaited)(found) if isawaitable(found) else found

    return waited


async def _awaited(found: Any) -> Any:
    return await found


def configured() -> Configuration:
    """The setting, read anew. Raises ImproperlyConfigured for whatever is missing, unknown or of the wrong type."""
    found = getattr(settings, SETTING, None)
    if not isinstance(found, Mapping):
        raise ImproperlyConfigured(f"{SETTING} must be a dict with {', '.join(_NEEDED)}")
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise ImproperlyConfigured(f"{SETTING} lacks {', '.join(missing)}")
    for name in found:
        if name not in _KNOWN:
            raise ImproperlyConfigured(f'{SETTING} has no option "{name}"{nearest(str(name), _KNOWN)}')
    guard = _resolved(found, "GUARD")
    if not isinstance(guard, Guard):
        raise ImproperlyConfigured(f"GUARD of {SETTING} must be a Guard, or the path of one")
    return Configuration(
        guard,
        at_once(_function(found, "PRINCIPAL")),
        at_once(_function(found, "CONTEXT")),
        _channel(guard, found.get("CHANNEL")),
        at_once(_function(found, "FACTS")) if "FACTS" in found else None,
        _answers(guard, found),
        _at_once(found, "RESPOND") if "RESPOND" in found else plain_response,
        _trusted(found.get("TRUSTED_MIDDLEWARE", ())),
    )


def _trusted(paths: Any) -> frozenset[str]:
    if not isinstance(paths, list | tuple) or not all(isinstance(each, str) for each in paths):
        raise ImproperlyConfigured(f"TRUSTED_MIDDLEWARE of {SETTING} must be a list of paths, as MIDDLEWARE is")
    return frozenset(paths)


def _channel(guard: Guard, name: Any) -> str | None:
    if name is not None:
        try:
            require_channel(guard, name)
        except ScopeguardError as error:
            raise ImproperlyConfigured(f"CHANNEL of {SETTING}: {error}") from None
    return name  # type: ignore[no-any-return]  # a name of the catalog


def _answers(guard: Guard, found: Mapping[str, Any]) -> Answers:
    options = {option: found[name] for name, option in _OPTIONS.items() if name in found}
    if "DISCLOSURE" in found and found["DISCLOSURE"] not in _LEVELS:
        options["disclosure"] = _function(found, "DISCLOSURE")
    try:
        return Answers(guard, **options)
    except ScopeguardError as error:
        raise ImproperlyConfigured(f"{SETTING}: {error}") from None


def _function(found: Mapping[str, Any], name: str) -> Any:
    function = _resolved(found, name)
    if not callable(function):
        raise ImproperlyConfigured(f"{name} of {SETTING} must be a function, or the path of one")
    return function


def _at_once(found: Mapping[str, Any], name: str) -> Any:
    function = _function(found, name)
    if is_deferred(function):
        raise ImproperlyConfigured(f"{name} of {SETTING} must not be asynchronous: it is called, and nobody awaits it")
    return function


def _resolved(found: Mapping[str, Any], name: str) -> Any:
    value = found[name]
    if not isinstance(value, str):
        return value
    try:
        return import_string(value)
    except ImportError as error:
        raise ImproperlyConfigured(f"{name} of {SETTING}: {error}") from error
