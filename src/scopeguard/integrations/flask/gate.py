"""What happens around every request: no view without a mark is served, and nothing leaves without a decision."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeAlias

from flask import Flask, Response, after_this_request, current_app

from scopeguard import AccessDenied
from scopeguard.http import Answer, Answers, NotFound
from scopeguard.http.views import REDIRECTS, is_preflight
from scopeguard.integrations.flask.access import current_request, request_state, state_of
from scopeguard.integrations.flask.routes import asked_by

Respond: TypeAlias = Callable[[Answer], Response]
"""Makes the response of an answer."""


_NOT_FOUND: Final = HTTPStatus.NOT_FOUND.value

logger = logging.getLogger("scopeguard.integrations.flask")


def plain_response(answer: Answer) -> Response:
    """An answer as it is."""
    return current_app.response_class(answer.body, answer.status, dict(answer.headers))


class Gate:
    """Lets pass what was decided, and answers in the place of anything else."""

    def __init__(self, answers: Answers, respond: Respond, public_endpoints: frozenset[str]) -> None:
        self.public_endpoints: Final = public_endpoints
        self._answers: Final = answers
        self._respond_by: Final = respond

    def install(self, app: Flask, verify: Callable[[], None]) -> None:
        """Put the gate around the requests of *app*; *verify* runs before the first of them."""
        verified: list[bool] = []

        def before() -> Response | None:
            if not verified:
                verify()
                verified.append(True)
            return self._refuse()

        # First before each request, so that nothing of the application answers earlier.
        app.before_request_funcs.setdefault(None, []).insert(0, before)
        # Last after it, and no hook: where another one raises the rest is left out, and a handler of errors answers.
        finalize = app.finalize_request
        app.finalize_request = lambda *args, **kwargs: self._finish(finalize(*args, **kwargs))  # type: ignore[method-assign]
        app.register_error_handler(AccessDenied, self.answer)
        app.register_error_handler(NotFound, self.answer)

    def answer(self, error: Exception) -> Response:
        """The response to a denial, and to what is not found."""
        if isinstance(error, AccessDenied):
            return self._respond(self._answers.denied(error, request_state().ledger.principal))
        return self._respond(self._answers.not_found)

    def _refuse(self) -> Response | None:
        handled = current_request()
        state, rule = state_of(handled), handled.url_rule
        after_this_request(self._alike)
        if rule is None:
            return None
        is_automatic = getattr(rule, "provide_automatic_options", False) and handled.method == "OPTIONS"
        if rule.endpoint in self.public_endpoints:
            state.ledger.is_public = True
        elif is_automatic:
            state.is_list_of_methods = True
        elif not asked_by(current_app.view_functions.get(rule.endpoint), handled.method):
            logger.error("%s has no mark for %s and is not served", rule.endpoint, handled.method)
            return self._respond(self._answers.undecided)
        return None

    def _alike(self, response: Response) -> Response:
        """Whatever is not found is answered alike: before the application adds its headers, which all answers have."""
        is_other = response.status_code == _NOT_FOUND and response is not request_state().answered
        return self._respond(self._answers.not_found) if is_other else response

    def _finish(self, response: Response) -> Response:
        handled = current_request()
        state = state_of(handled)
        status = response.status_code
        if response is state.answered or (status != _NOT_FOUND and state.ledger.lets_pass(status)):
            return response
        if status == _NOT_FOUND:
            return self._respond(self._answers.not_found)
        if status in REDIRECTS and not state.is_view_reached:
            return response
        has_no_body = response.is_sequence and not response.get_data()
        if has_no_body and (state.is_list_of_methods or is_preflight(handled)):
            return response
        logger.error("%s %s was answered without a decision", handled.method, handled.path)
        response.close()
        return self._respond(self._answers.undecided)

    def _respond(self, answer: Answer) -> Response:
        response = self._respond_by(answer)
        request_state().answered = response
        return response
