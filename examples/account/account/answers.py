"""What is answered where something is not done: a page for people, a problem (RFC 9457) for programs."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from sqlalchemy import update
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.responses import JSONResponse, Response

from account.guarding import account_of
from account.models import ApiKey, now
from account.pages import TEMPLATES, Page
from scopeguard import AccessDenied, RequestError
from scopeguard.http import Access, Ledger
from scopeguard.keys import KeyRotatedError


def denied(request: Request, error: Any) -> Response:
    """A denial. What is hidden is answered as what is missing is, to people too."""
    account = account_of(request)
    asked, decision = error.asked, error.decision
    is_key = asked is not None and asked.principal.kind == "api_key"
    if is_key and decision.code == "credential_channel_forbidden":
        # It was where no key belongs, and whoever looks at its tab should know.
        with account.sessions.begin() as db:
            db.execute(update(ApiKey).where(ApiKey.id == asked.principal.id).values(suspected_at=now()))
    answer = account.authz.answers.denied(error)
    if answer.status == HTTPStatus.NOT_FOUND or "text/html" not in request.headers.get("accept", ""):
        return Response(answer.body, answer.status, dict(answer.headers))
    response = _page(request, error)
    response.status_code = answer.status
    response.headers.update({name: value for name, value in answer.headers.items() if name != "Content-Type"})
    return response


def _page(request: Request, error: AccessDenied) -> Response:
    account, asked = account_of(request), error.asked
    if asked is None or asked.principal.kind != "member":
        values = {"decision": error.decision, "error": None, "is_demo": account.configuration.is_demo}
        return TEMPLATES.TemplateResponse(request, "sign_in.html", values)
    with account.sessions() as db:
        access = Access(account.guard, asked.principal, asked.context, Ledger())
        return Page(request, access, db)("denied.html", decision=error.decision)


_PROBLEMS: Final[Mapping[type[Exception], tuple[HTTPStatus, str]]] = {
    RequestError: (HTTPStatus.BAD_REQUEST, ""),
    KeyRotatedError: (HTTPStatus.CONFLICT, ""),
    UnicodeError: (HTTPStatus.BAD_REQUEST, "this is no text"),
    DataError: (HTTPStatus.BAD_REQUEST, "this is no text"),
    IntegrityError: (HTTPStatus.CONFLICT, "this is there already"),
    OperationalError: (HTTPStatus.SERVICE_UNAVAILABLE, "the database is busy or away; try again"),
}
"""What goes wrong with a request: questions that cannot be asked, and what a database says, without its rows."""


def failed(request: Request, error: Any) -> Response:
    """The problem that an error is to a caller."""
    status, detail = next(answer for kind, answer in _PROBLEMS.items() if isinstance(error, kind))
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail or str(error)}
    return JSONResponse(body, status, media_type="application/problem+json")


HANDLERS: Final[Mapping[type[Exception], Callable[[Request, Any], Response]]] = {
    AccessDenied: denied, **dict.fromkeys(_PROBLEMS, failed),
}  # fmt: skip
