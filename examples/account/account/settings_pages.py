"""Settings: its eight tabs, and what is done in them."""

from datetime import timedelta
from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Depends, Form
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from account import members, providers
from account.api import PRINTABLE, Key, Rows
from account.audit import entries_of, verified
from account.database import Db
from account.guarding import Account, MemberChange, principal_of
from account.models import ApiKey, Export, Membership, ProviderCredential, Record, User, Workspace, new_id, now
from account.pages import Page, Pages
from account.resources import MODELS
from account.signing_in import from_its_page
from scopeguard import Principal
from scopeguard.integrations.fastapi import NotFound
from scopeguard.keys import StoredKey

Text: TypeAlias = Annotated[str, Form(min_length=1, max_length=200, pattern=PRINTABLE)]
Email: TypeAlias = Annotated[str, Form(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Role: TypeAlias = Annotated[str, Form(max_length=64)]
Scopes: TypeAlias = Annotated[tuple[str, ...], Form()]
Days: TypeAlias = Annotated[int, Form(ge=1, le=3650)]
Asker: TypeAlias = Annotated[Principal, Depends(principal_of)]
UNUSED_AFTER: Final = timedelta(days=90)


def settings_pages(account: Account) -> APIRouter:
    """All routes of Settings."""
    router = APIRouter()
    for tab in (_overview, _workspace, _members, _api_keys, _providers, _compliance, _audit):
        shown, changes = APIRouter(), APIRouter(dependencies=[Depends(from_its_page)])
        tab(account, shown, changes)
        router.include_router(shown, prefix="/settings")
        router.include_router(changes, prefix="/settings")
    return router


def _overview(account: Account, shown: APIRouter, _: APIRouter) -> None:
    @shown.get("", dependencies=[account.dashboard.on("settings:view")])
    def overview(page: Pages) -> Response:
        return page("settings.html")


def _members(account: Account, shown: APIRouter, changes: APIRouter) -> None:
    ask, columns = account.dashboard, account.columns["members"]

    def invitation(asker: Asker, role: Role) -> MemberChange:
        return MemberChange(asker.workspace or "", new_role=role)

    def change(asker: Asker, db: Db, user: Key, role: Role = "") -> MemberChange | None:
        member = db.get(Membership, (asker.workspace or "", user))
        return None if member is None else MemberChange(member.workspace_id, user, member.role, role or None)

    @shown.get("/members")
    def listed(page: Pages, db: Db, rows: Annotated[Rows, ask.many("members:view", columns)]) -> Response:
        found = select(Membership, User).join(User, User.id == Membership.user_id).where(rows.where)
        people = db.execute(found.order_by(User.email)).all()
        return page("members.html", members=people, roles=account.guard.catalog.roles)

    @changes.post("/members", dependencies=[ask.new("members.invite", invitation)])
    def invited(page: Pages, db: Db, email: Email, role: Role) -> Response:
        members.invite(account, db, page.access, email.strip().lower(), role)
        return page.back("/settings/members", f"{email} may sign in, once there is a password or single sign-on.")

    def changing(action: str, path: str) -> None:
        @changes.post(f"/members/{{user}}/{path}", dependencies=[ask.one(action, change)], name=action)
        def changed(page: Pages, db: Db, user: Key, role: Role = "") -> Response:
            members.change(account, db, page.access, action, user, role or None)
            return page.back("/settings/members", "Done.")

    changing("members.assign_role", "role")
    changing("members.suspend", "suspension")
    changing("members.remove", "removal")


def _api_keys(account: Account, shown: APIRouter, changes: APIRouter) -> None:
    ask, guard, keys = account.dashboard, account.guard, account.keys

    def key_of(key: Key, db: Db) -> ApiKey | None:
        return db.get(ApiKey, key)

    def tab(page: Page, db: Session, **more: Any) -> Response:
        return page(
            "api_keys.html",
            keys=[_described(db, each) for each in account.store.of_workspace(page.workspace)],
            offered=guard.mintable(page.access.principal, page.access.context),
            **{"secret": None, **more},
        )

    @shown.get("/api_keys", dependencies=[ask.on("api_keys:view")])
    def listed(page: Pages, db: Db) -> Response:
        return tab(page, db)

    @changes.post("/api_keys", dependencies=[ask.on("api_keys:create")])
    def create(page: Pages, db: Db, name: Text, scopes: Scopes = (), days: Days = 90) -> Response:
        expires_at = now() + timedelta(days=days)
        issued = keys.issue(guard, page.access.principal, scopes, page.access.context, name=name, expires_at=expires_at)
        return tab(page, db, secret=issued.secret)

    @changes.post("/api_keys/{key}/rotation", dependencies=[ask.one("api_keys:rotate", key_of)])
    def rotate(page: Pages, db: Db, key: Key, hours: Annotated[int, Form(ge=0, le=168)]) -> Response:
        issued = keys.rotate(guard, page.access.principal, key, page.access.context, overlap=timedelta(hours=hours))
        return tab(page, db, secret=issued.secret)

    @changes.post("/api_keys/{key}/revocation", dependencies=[ask.one("api_keys:revoke", key_of)])
    def revoke(page: Pages, key: Key) -> Response:
        keys.revoke(guard, page.access.principal, key, page.access.context)
        return page.back("/settings/api_keys", "Revoked: the next request with it is denied.")


def _described(db: Session, key: StoredKey) -> dict[str, Any]:
    """A key as its tab shows it, with the reasons for which it should be rotated or revoked."""
    maker = db.get(Membership, (key.workspace, key.owner))
    used = key.last_used_at or key.created_at
    reasons = {
        "leaked": key.leaked_at is not None,
        "used where no key belongs": db.get_one(ApiKey, key.id).suspected_at is not None,
        "its maker is no longer an active member": maker is None or maker.suspended,
        "its maker has another role now": maker is not None and maker.changed_at > key.created_at,
        "not used for long": used + UNUSED_AFTER < now(),
    }
    return {"key": key, "is_in_force": key.is_in_force(now()), "reasons": [each for each in reasons if reasons[each]]}


def _providers(account: Account, shown: APIRouter, changes: APIRouter) -> None:
    ask = account.dashboard

    def credential(kind: Key, asker: Asker, db: Db) -> ProviderCredential | None:
        return db.get(ProviderCredential, (asker.workspace or "", kind))

    def proposed(kind: Key, asker: Asker) -> ProviderCredential:
        if kind not in account.guard.catalog.providers:
            raise NotFound
        return ProviderCredential(workspace_id=asker.workspace, kind=kind)

    @shown.get("/providers", dependencies=[ask.on("providers:view")])
    def listed(page: Pages, db: Db) -> Response:
        stored = {kind: db.get(ProviderCredential, (page.workspace, kind)) for kind in account.guard.catalog.providers}
        changed_at = db.get_one(Workspace, page.workspace).ownership_changed_at
        return page("providers.html", stored=stored, changed_at=changed_at)

    @changes.post("/providers/{kind}", dependencies=[ask.new("providers:store", proposed)])
    def store(page: Pages, db: Db, kind: Key, secret: Text) -> Response:
        is_ready = providers.store(account, db, page.workspace, kind, secret)
        said = f"{kind} is ready." if is_ready else f"{kind} was stored, and its provider does not accept it."
        return page.back("/settings/providers", said)

    @changes.post("/providers/{kind}/rotation", dependencies=[ask.one("providers:rotate", credential)])
    def rotate(page: Pages, db: Db, kind: Key, secret: Text) -> Response:
        return store(page, db, kind, secret)

    @changes.post("/providers/{kind}/deletion", dependencies=[ask.one("providers:delete", credential)])
    def remove(page: Pages, db: Db, kind: Key) -> Response:
        db.delete(db.get_one(ProviderCredential, (page.workspace, kind)))
        return page.back("/settings/providers", f"{kind} was deleted.")


def _workspace(account: Account, shown: APIRouter, changes: APIRouter) -> None:
    """The tabs with one setting of the workspace."""
    ask = account.dashboard

    def tab(name: str, view: str, manage: str, column: str, value_kind: Any) -> None:
        @shown.get(f"/{name}", dependencies=[ask.on(view)], name=name)
        def show(page: Pages, db: Db) -> Response:
            return page(f"{name}.html", workspace=db.get_one(Workspace, page.workspace))

        @changes.post(f"/{name}", dependencies=[ask.on(manage)], name=f"change {name}")
        def change(page: Pages, db: Db, value: value_kind) -> Response:
            setattr(db.get_one(Workspace, page.workspace), column, value)
            return page.back(f"/settings/{name}", "Saved.")

    tab("general", "workspace_settings:read", "workspace_settings:write", "name", Text)
    tab("sso", "sso:view", "sso:manage", "sso_required", Annotated[bool, Form()])
    tab("privacy", "privacy:view", "privacy:manage", "retention_days", Days)

    @changes.post("/privacy/erasures", dependencies=[ask.on("user_erasure:request")])
    def erase(page: Pages, db: Db, user: Text) -> Response:
        row = db.get(MODELS["users"], user)
        if row is not None and row.workspace_id == page.workspace:
            db.execute(delete(Record).where(Record.about == row.id, Record.workspace_id == page.workspace))
            db.delete(row)
        _note(db, page, f"erasure of {user}")
        return page.back("/settings/privacy", "What was known of that User is erased.")


def _compliance(account: Account, shown: APIRouter, changes: APIRouter) -> None:
    ask = account.dashboard

    @shown.get("/compliance", dependencies=[ask.on("compliance:view")])
    def tab(page: Pages, db: Db) -> Response:
        made = select(Export).where(Export.workspace_id == page.workspace).order_by(Export.created_at.desc())
        return page("compliance.html", exports=db.scalars(made.limit(50)).all())

    @changes.post("/compliance/exports", dependencies=[ask.on("compliance:export")])
    def export(page: Pages, db: Db) -> Response:
        of_workspace = select(Membership, User).join(User).where(Membership.workspace_id == page.workspace)
        rows = [{"email": user.email, "role": member.role} for member, user in db.execute(of_workspace)]
        _note(db, page, "export of the members")
        db.commit()
        return JSONResponse({"members": rows}, headers={"Content-Disposition": 'attachment; filename="members.json"'})


def _audit(account: Account, shown: APIRouter, _: APIRouter) -> None:
    @shown.get("/audit", dependencies=[account.dashboard.on("audit_logs:read")])
    def tab(page: Pages) -> Response:
        return page("audit.html", entries=entries_of(account, page.workspace), verified=verified(account))


def _note(db: Session, page: Page, what: str) -> None:
    by = page.access.principal.id or ""
    db.add(Export(id=new_id("exp"), workspace_id=page.workspace, requested_by=by, what=what))
