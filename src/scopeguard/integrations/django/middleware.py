"""The middleware: marks are asked before any decorator of a view runs, and nothing leaves without a decision."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from inspect import isawaitable
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import has_vary_header

from scopeguard import AccessDenied, ScopeguardError
from scopeguard.http import Answer, NotFound, require_closed
from scopeguard.http.views import REDIRECTS, is_preflight
from scopeguard.integrations.django.access import STATE, RequestState, enforce, state_of
from scopeguard.integrations.django.configuration import configured
from scopeguard.integrations.django.decorators import channel_of, keep_private
from scopeguard.integrations.django.routes import asked_by, require_channels, routes

logger = logging.getLogger("scopeguard.integrations.django")

_READING: Final = frozenset({"GET", "HEAD"})
_CREDENTIALS: Final = ("Authorization", "Cookie", "*")
_UNCACHED: Final = ("private", "no-store", "no-cache")


class ProblemData(dict[str, Any]):
    """The members of a problem, as data of a response that is replaced by the whole answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(status=answer.status)
        self.answer: Final = answer


class ScopeguardMiddleware:
    """Asks what the marks of views say, and answers denials. It belongs last in MIDDLEWARE, before a cache at most.

    Raises ImproperlyConfigured, so that nothing starts, for a setting that is incomplete and for views without a mark.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response: Final = get_response
        self._configuration: Final = configured()
        try:
            require_channels(self._configuration.guard)
            require_closed(self._configuration.guard, routes())
        except ScopeguardError as error:
            raise ImproperlyConfigured(str(error)) from None
        self._is_async: Final = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """The response to a request."""
        setattr(request, STATE, RequestState(self._configuration))
        if self._is_async:
            return self._finish_later(request)
        return self._finished(request, self._get_response(request))

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """The denial of what a view asks, if it is denied: its decorators, a cache for instance, do not run before."""
        state = state_of(request)
        state.is_view_reached = True
        state.channel = channel_of(view) or state.channel
        asked = asked_by(view, request.method or "")
        if not asked.marks:
            if asked.is_list_of_methods or not asked.has_handler:
                state.is_list_of_methods = asked.is_list_of_methods
                return None
            logger.error("%s has no mark for %s and is not served", request.path, request.method)
            return self._respond(request, self._configuration.answers.undecided)
        try:
            for mark in asked.before:
                enforce(mark, request, args, kwargs)
        except (AccessDenied, NotFound) as denied:
            return self._respond(request, self._answer(request, denied))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """The answer to a denial, and to what is not found."""
        if isinstance(exception, AccessDenied | NotFound | Http404):
            return self._respond(request, self._answer(request, exception))
        return None

    async def _finish_later(self, request: HttpRequest) -> HttpResponseBase:
        response = await self._get_response(request)
        # What is answered instead may need the facts of a question, or a template: neither may block other requests.
        finish = self._finished if response.status_code < HTTPStatus.BAD_REQUEST else sync_to_async(self._finished)
        found = finish(request, response)
        return await found if isawaitable(found) else found

    def _finished(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        state, answers = state_of(request), self._configuration.answers
        if response is state.answered:
            return response
        problem = getattr(response, "data", None)
        if isinstance(problem, ProblemData):
            return self._instead(request, response, problem.answer)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return self._instead(request, response, self._missing(request))
        if not state.is_view_reached and response.status_code in REDIRECTS:
            # Of another middleware: the address with a slash, or over TLS.
            return response
        if _is_empty(response) and (state.is_list_of_methods or is_preflight(request)):
            return response
        if not state.ledger.lets_pass(response.status_code):
            logger.error("%s %s was answered without a decision", request.method, request.path)
            return self._instead(request, response, answers.undecided)
        if _is_shared(request, response) and not state.ledger.is_public:
            logger.error("%s is cached for everybody: cache above its mark, or let it vary", request.path)
            return self._instead(request, response, answers.undecided)
        return response if state.ledger.is_public else keep_private(response)

    def _missing(self, request: HttpRequest) -> Answer:
        try:
            for ask in state_of(request).pending:
                ask()
        except (AccessDenied, NotFound) as denied:
            return self._answer(request, denied)
        return self._configuration.answers.not_found

    def _answer(self, request: HttpRequest, error: Exception) -> Answer:
        answers = self._configuration.answers
        if isinstance(error, AccessDenied):
            return answers.denied(error, state_of(request).ledger.principal)
        return answers.not_found

    def _respond(self, request: HttpRequest, answer: Answer) -> HttpResponseBase:
        state = state_of(request)
        state.answered = self._configuration.respond(request, answer)
        return state.answered

    def _instead(self, request: HttpRequest, response: HttpResponseBase, answer: Answer) -> HttpResponseBase:
        made = self._respond(request, answer)
        # Files that are open, and the end of the request, are closed with the response that is sent.
        made._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]  # noqa: SLF001  # as Django does
        return made


def _is_empty(response: HttpResponseBase) -> bool:
    """Whether a response says nothing but what is in its headers."""
    return not response.streaming and not getattr(response, "content", None)


def _is_shared(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether a cache of Django took part, and gives the same response to everybody."""
    took_part = getattr(request, "_cache_update_cache", None) is not None and request.method in _READING
    if not took_part or any(word in response.get("Cache-Control", "") for word in _UNCACHED):
        return False
    return not any(has_vary_header(response, each) for each in _CREDENTIALS)
