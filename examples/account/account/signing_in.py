"""The dashboard's sign-in: passwords by Argon2, a session in the database, a cookie that only this host gets back."""

import hmac
import secrets
from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from account.database import Db
from account.guarding import COOKIE, Account, digest
from account.models import Membership, SignIn, User, Workspace, now
from account.pages import TEMPLATES

Short: TypeAlias = Annotated[str, Form(max_length=64)]
SIGNED_IN_FOR: Final = timedelta(hours=12)
TRIES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
_HASHER: Final = PasswordHasher()
_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$wcL8RlzuJw5y+HvZdHpAQg$lHy7BXeEDC8qhj0XiHQ5B92t7afONxiTvJgLEWnRcj4"
"""Compared with where nobody has an address, so that it takes as long as where somebody has."""


def from_here(request: Request) -> None:
    """Refuse what another site made a browser send (Fetch Metadata)."""
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise HTTPException(403, "this came from another site")


def from_its_page(request: Request, db: Db, _: Annotated[None, Depends(from_here)], csrf: Short = "") -> SignIn:
    """The session of the dashboard that a form was made for."""
    found = db.get(SignIn, digest(request.cookies.get(COOKIE, "")))
    if found is None or found.expires_at <= now() or not hmac.compare_digest(found.csrf.encode(), csrf.encode()):
        raise HTTPException(403, "this form is not of your session; load the page anew")
    return found


def sign_in_routes(account: Account) -> APIRouter:
    """Everybody may sign in, and out."""
    router = APIRouter(dependencies=[account.authz.public])

    @router.get("/sign-in")
    def page(request: Request) -> Response:
        return _page(request, account)

    @router.post("/sign-in", dependencies=[Depends(from_here)])
    def sign_in(
        request: Request,
        db: Db,
        email: Annotated[str, Form(max_length=254)],
        password: Annotated[str, Form(max_length=200)],
        *,
        sso: Annotated[bool, Form()] = False,
    ) -> Response:
        membership = _authenticated(db, email.strip().lower(), password)
        if membership is None:
            return _page(request, account, "No member has this address and password.", 401)
        return _started(db, membership, sso=sso)

    @router.post("/sign-out")
    def sign_out(db: Db, session: Annotated[SignIn, Depends(from_its_page)]) -> Response:
        db.delete(session)
        db.commit()
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
        return response

    @router.post("/workspace")
    def switch(db: Db, session: Annotated[SignIn, Depends(from_its_page)], workspace: Short) -> Response:
        membership = db.get(Membership, (workspace, session.user_id))
        if membership is None:
            raise HTTPException(404)
        db.delete(session)
        return _started(db, membership, sso=False)

    return router


def _authenticated(db: Session, email: str, password: str) -> Membership | None:
    """The first membership of whoever has this address and password."""
    user = db.scalar(select(User).where(User.email == email))
    is_locked = user is not None and user.locked_until is not None and user.locked_until > now()
    is_right = _is_password_of(user, password)
    if user is None or is_locked:
        return None
    if is_right:
        user.failures, user.locked_until = 0, None
    else:
        # Counted by the database, so that tries at the same time count too.
        db.execute(update(User).where(User.id == user.id).values(failures=User.failures + 1))
        if db.get_one(User, user.id, populate_existing=True).failures >= TRIES:
            db.execute(update(User).where(User.id == user.id).values(failures=0, locked_until=now() + LOCKED_FOR))
    db.commit()
    found = select(Membership).where(Membership.user_id == user.id).order_by(Membership.workspace_id).limit(1)
    return db.scalar(found) if is_right else None


def _is_password_of(user: User | None, password: str) -> bool:
    try:
        return _HASHER.verify(_NOBODYS if user is None else user.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _started(db: Session, membership: Membership, *, sso: bool) -> Response:
    workspace = db.get_one(Workspace, membership.workspace_id)
    token = secrets.token_urlsafe(32)
    db.execute(delete(SignIn).where(SignIn.user_id == membership.user_id, SignIn.expires_at <= now()))
    session = SignIn(digest=digest(token), user_id=membership.user_id, workspace_id=workspace.id)
    session.sso = sso and workspace.sso_available
    session.csrf, session.expires_at = secrets.token_urlsafe(24), now() + SIGNED_IN_FOR
    db.add(session)
    db.commit()
    response = RedirectResponse("/settings", 303)
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="lax", path="/")
    return response


def _page(request: Request, account: Account, error: str | None = None, status: int = 200) -> Response:
    values = {"error": error, "is_demo": account.configuration.is_demo}
    return TEMPLATES.TemplateResponse(request, "sign_in.html", values, status)
