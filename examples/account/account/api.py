"""The API for keys: routes made from the descriptions of ``account.resources``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Body, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from account.audit import entries_of
from account.database import Db
from account.guarding import Account, api_channel, principal_of
from account.metering import give_back, metered
from account.models import ProviderCredential, Record, new_id, now
from account.operations import EFFECTS, sign
from account.resources import MODELS, OPERATIONS, RESOURCES, SURROUNDINGS, Operation, Resource
from scopeguard import Principal
from scopeguard.integrations.fastapi import Access, Authz, NotFound
from scopeguard.integrations.sqlalchemy import Permitted

PRINTABLE: Final = r"^\P{C}+$"
Rows: TypeAlias = Permitted[ColumnElement[bool]]
Along: TypeAlias = Mapping[str, Mapping[str, list[Any]]]
Key: TypeAlias = Annotated[str, Path(max_length=64)]


class Changes(BaseModel):
    """What may be said of any row."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
    body: dict[str, Any] = {}


class NewRecord(Changes):
    """What may be said of a row that is to be."""

    agent: Annotated[str, Field(max_length=64)] | None = None
    about: Annotated[str, Field(max_length=64)] | None = None
    sensitive: bool | None = None
    """Of what is remembered: unless it is said not to be sensitive, it is."""


def api(router: APIRouter, account: Account) -> None:
    """Give *router* all routes for keys, and those where sessions and gateways are."""
    authz = account.authz.at(api_channel)
    for resource in RESOURCES:
        _reads(router, authz, account, resource)
        if resource.write is not None:
            _writes(router, authz, account, resource)
    for operation in OPERATIONS:
        _operation(router, authz, account, operation, "/api")
    _closed(router, authz, account)
    _others(router, authz, account)
    for prefix, (channel, actions) in SURROUNDINGS.items():
        for operation in OPERATIONS:
            if operation.action in actions:
                _operation(router, account.authz.at(channel), account, operation, prefix)


def _reads(router: APIRouter, authz: Authz, account: Account, resource: Resource) -> None:
    surface, model, load = resource.surface, resource.model, loader(resource.model)
    read = f"{surface}:{resource.read}"

    @router.get(f"/api/{surface}", name=f"list {surface}")
    def listed(
        rows: Annotated[Rows, authz.many(read, account.columns[surface])],
        db: Db,
        after: Annotated[str, Query(max_length=64)] = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> Response:
        found = db.scalars(select(model).where(rows.where, model.id > after).order_by(model.id).limit(limit)).all()
        along = _come_along(db, account, read, found, rows.decision.redact)
        return answer(db, {"items": [_shown(row, along) for row in found], "redacted": rows.decision.redact})

    @router.get(f"/api/{surface}/{{key}}", name=f"one of {surface}")
    def one(row: Annotated[Any, authz.one(read, load)], access: Annotated[Access, authz.access], db: Db) -> Response:
        redact = access.decision.redact
        return answer(db, {**_shown(row, _come_along(db, account, read, [row], redact)), "redacted": redact})


def _writes(router: APIRouter, authz: Authz, account: Account, resource: Resource) -> None:
    surface, model = resource.surface, resource.model
    write = f"{surface}:{resource.write}"
    # What has gates of its own is not done by changing what is there.
    change = Annotated[Any, authz.one(write, loader(model), ungated=True)]

    @router.patch(f"/api/{surface}/{{key}}", name=f"change {surface}")
    def changed(row: change, changes: Changes, access: Annotated[Access, authz.access], db: Db) -> Any:
        row.name, row.body = changes.name, changes.body
        db.commit()
        return {**_shown(row, {}), "redacted": access.decision.redact}

    if resource.is_fixed:
        return
    create = resource.create or write

    @router.delete(f"/api/{surface}/{{key}}", status_code=204, name=f"delete {surface}")
    def removed(row: change, db: Db) -> None:
        remove_record(account, db, row, create)

    @router.post(f"/api/{surface}", status_code=201, name=f"create {surface}")
    def created(
        row: Annotated[Any, authz.new(create, _proposer(model), ungated=resource.create is None)],
        said: NewRecord,
        access: Annotated[Access, authz.access],
        db: Db,
    ) -> Any:
        if resource.unclassified is None or said.sensitive is False:
            return create_record(account, db, access, create, row)
        sensitive = propose(MODELS[resource.unclassified], said, access.principal)
        access.authorize(f"{resource.unclassified}:write", sensitive)
        return create_record(account, db, access, f"{resource.unclassified}:write", sensitive)


def _operation(router: APIRouter, authz: Authz, account: Account, operation: Operation, prefix: str) -> None:
    surface, model = operation.surface, MODELS[operation.surface]

    @router.post(f"{prefix}/{surface}/{{key}}/{operation.path}", name=operation.action)
    def does(
        row: Annotated[Any, authz.one(operation.action, loader(model))],
        access: Annotated[Access, authz.access],
        db: Db,
        text: Annotated[str, Body(embed=True, max_length=10_000)] = "",
    ) -> Response:
        return answer(db, do_operation(account, db, access, operation, row, text))


def _others(router: APIRouter, authz: Authz, account: Account) -> None:
    @router.get("/api/audit_logs", name="list audit_logs")
    def audit(access: Annotated[Access, authz.on("audit_logs:read")]) -> Any:
        return {"items": entries_of(account, access.principal.workspace)}

    @router.get("/api/provider-discovery", name="discover providers")
    def discovery(access: Annotated[Access, authz.on("voice:read")], db: Db) -> Any:
        stored = select(ProviderCredential).where(ProviderCredential.workspace_id == access.principal.workspace)
        return {"items": [{"kind": each.kind, "status": each.status} for each in db.scalars(stored)]}

    @router.post("/api/leaks", status_code=202, dependencies=[authz.public], name="report a leak")
    def leak(key: Annotated[str, Body(embed=True, max_length=300)]) -> Any:
        # Whoever has the whole key could use it, and so may end it; anybody else learns nothing here.
        account.keys.report_leak(key, now=now())
        return {"received": True}


def _closed(router: APIRouter, authz: Authz, account: Account) -> None:
    """What no key may hold is asked for all the same, so that whoever looks for it here is told where it is done."""
    for surface in account.guard.catalog.surfaces.values():
        if "api_key" not in surface.holdable_by:
            for number, permission in enumerate(sorted(surface.permissions, key=lambda each: each != surface.reading)):
                way = "GET" if permission == surface.reading else "POST"
                base = f"/api/{surface.name}"
                paths = [base] * (number < 2) + [f"{base}/{{key}}/{permission.split(':')[1]}"]
                for path in paths:
                    asks = authz.on(permission, ungated=True)
                    router.add_api_route(path, _unreachable, methods=[way], dependencies=[asks])


def _unreachable() -> None:
    """The handler of what no key may do: nobody who asks for it here is allowed it."""
    raise NotFound


def do_operation(
    account: Account, db: Session, access: Access, operation: Operation, row: Any, text: str = ""
) -> dict[str, Any]:
    """Do something about a row, which it was allowed for, within what it may use."""
    with metered(account, db, access, operation.action, row) as work:
        return EFFECTS[operation.does](work, row, text)


def create_record(account: Account, db: Session, access: Access, action: str, row: Any) -> dict[str, Any]:
    """Put a proposed row into the database, which *action* was allowed for. Raises NotFound for what it belongs to."""
    for key in filter(None, (row.agent, row.about)):
        parent = db.get(Record, key)
        if parent is None or parent.workspace_id != row.workspace_id:
            raise NotFound
    with metered(account, db, access, action, row):
        row.id = new_id(row.surface[:3])
        token = {"token": sign(row)} if row.surface == "sessions" else {}
        db.add(row)
        db.flush()
        return {**_shown(row, {}), **token}


def remove_record(account: Account, db: Session, row: Any, create: str) -> None:
    """Delete a row that *create* made."""
    db.delete(row)
    give_back(account, db, row.workspace_id, create)
    db.commit()


def answer(db: Session, content: Mapping[str, Any]) -> Response:
    """*content* as it is, once the database is not needed any more."""
    db.close()
    return Response(to_json(content, inf_nan_mode="null"), media_type="application/json")


def propose(model: type[Any], said: NewRecord, principal: Principal) -> Any:
    """The row that is to be, in the caller's own workspace."""
    return model(workspace_id=principal.workspace, name=said.name, body=said.body, agent=said.agent, about=said.about)


def _proposer(model: type[Any]) -> Callable[..., Any]:
    def proposed(said: NewRecord, principal: Annotated[Principal, Depends(principal_of)]) -> Any:
        return propose(model, said, principal)

    return proposed


def loader(model: type[Any]) -> Callable[..., Any]:
    """What loads a row by the key of a path."""

    def load(key: Key, db: Db) -> Any:
        return db.get(model, key)

    return load


def _come_along(db: Session, account: Account, read: str, rows: Sequence[Any], redact: Sequence[str]) -> Along:
    """By row, what belongs to it of the surfaces that the decision does not redact."""
    surface, action = read.split(":")
    shown = [each for each in account.guard.catalog.surfaces[surface].embeds.get(action, ()) if each not in redact]
    found: dict[str, dict[str, list[Any]]] = {row.id: {each: [] for each in shown} for row in rows}
    if shown and rows:
        of_rows = (Record.about.in_(list(found)), Record.workspace_id == rows[0].workspace_id)
        for each in db.scalars(select(Record).where(*of_rows, Record.surface.in_(shown)).order_by(Record.id)):
            found[each.about or ""][each.surface].append(_shown(each, {}))
    return found


def _shown(row: Any, along: Along) -> dict[str, Any]:
    parent = {"agent": row.agent} if getattr(row, "agent", None) else {}
    created = row.created_at.isoformat()
    return {"id": row.id, "name": row.name, "body": row.body, "created_at": created, **parent, **along.get(row.id, {})}
