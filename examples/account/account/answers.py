"""What is answered where something is not done: a page for people, a problem (RFC 9457) for programs."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from sqlalchemy import update
from sqlalchemy.exc import DataError, IntegrityError
from starlette.responses import JSONResponse, Response

from account.guarding import account_of
from account.models import ApiKey, now
from account.pages import TEMPLATES, Page
from scopeguard import AccessDenied, RequestError
from scopeguard.http import Access, Ledger


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


def malformed(request: Request, error: Any) -> Response:
    """What could not be asked, or is no text for a database: a control character in an id, half a surrogate pair."""
    return _problem(HTTPStatus.BAD_REQUEST, str(error) if isinstance(error, RequestError) else "this is no text")


def conflict(request: Request, error: Any) -> Response:
    """What is there already, such as a member that is invited twice. The error itself would show rows."""
    return _problem(HTTPStatus.CONFLICT, "this is there already")


def _problem(status: HTTPStatus, detail: str) -> Response:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


HANDLERS: Final[Mapping[type[Exception], Callable[[Request, Any], Response]]] = {
    AccessDenied: denied,
    RequestError: malformed,
    UnicodeError: malformed,
    DataError: malformed,
    IntegrityError: conflict,
}
