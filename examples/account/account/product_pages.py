"""Agents in the dashboard, with previews and tests; and, for reviewers, what the policies say."""

from typing import Annotated, Any, Final, TypeAlias

from fastapi import APIRouter, Depends, Form, Query
from sqlalchemy import select
from starlette.responses import Response

from account.api import NewRecord, Rows, create_record, do_operation, loader, propose, remove_record
from account.database import Db
from account.drafts import compared
from account.guarding import DASHBOARD, Account, principal_of
from account.pages import Pages
from account.resources import MODELS, OPERATIONS, Operation
from account.signing_in import from_its_page
from scopeguard import Context, Principal, RequestError

OFFERED: Final = {"preview.start": "Its preview counts on the fair use of previews.", "agents.publish": "Published."}
"""The operations about an agent that its page has a button for, and what is said then."""

Word: TypeAlias = Annotated[str, Query(max_length=64)]


def product_pages(account: Account) -> APIRouter:
    """The routes of agents, and of the reviewer's corner."""
    ask, columns = account.dashboard, account.columns["agents"]
    agents = MODELS["agents"]
    load_agent = loader(agents)
    router = APIRouter()
    changes = APIRouter(dependencies=[Depends(from_its_page)])

    def proposed(
        name: Annotated[str, Form(min_length=1, max_length=200)], asker: Annotated[Principal, Depends(principal_of)]
    ) -> Any:
        return propose(agents, NewRecord(name=name), asker)

    @router.get("/agents")
    def listed(page: Pages, db: Db, rows: Annotated[Rows, ask.many("agents:read", columns)]) -> Response:
        found = select(agents).where(rows.where).order_by(agents.id).limit(100)
        return page("agents.html", agents=db.scalars(found).all())

    @changes.post("/agents")
    def create(page: Pages, db: Db, row: Annotated[Any, ask.new("agents.create", proposed)]) -> Response:
        create_record(account, db, page.access, "agents.create", row)
        return page.back("/agents", "Created.")

    @changes.post("/agents/{key}/deletion")
    def remove(page: Pages, db: Db, row: Annotated[Any, ask.one("agents:write", load_agent, ungated=True)]) -> Response:
        remove_record(account, db, row, "agents.create")
        return page.back("/agents", "Deleted.")

    def operating(operation: Operation) -> None:
        @changes.post(f"/agents/{{key}}/{operation.path}", name=f"{operation.action} in the dashboard")
        def does(page: Pages, db: Db, row: Annotated[Any, ask.one(operation.action, load_agent)]) -> Response:
            do_operation(account, db, page.access, operation, row)
            return page.back("/agents", OFFERED[operation.action])

    for operation in OPERATIONS:
        if operation.action in OFFERED:
            operating(operation)

    @router.get("/review", dependencies=[ask.on("audit_logs:read")])
    def review(page: Pages, role: Word = "", action: Word = "") -> Response:
        return page("review.html", **_reviewed(account, page.workspace, role, action), draft="", compared=None)

    @changes.post("/review", dependencies=[ask.on("audit_logs:read")])
    def compare(page: Pages, draft: Annotated[str, Form()] = "", *, whole: Annotated[bool, Form()] = False) -> Response:
        found = compared(account.configuration.policies, draft, is_whole=whole)
        return page("review.html", **_reviewed(account, page.workspace), draft=draft, whole=whole, compared=found)

    router.include_router(changes)
    return router


def _reviewed(account: Account, workspace: str, role: str = "", action: str = "") -> dict[str, Any]:
    """Who may do what in the dashboard, and why somebody may or may not do one thing."""
    guard = account.guard
    members = {name: Principal.member(name, workspace=workspace, roles=[name]) for name in guard.catalog.roles}
    explained = None
    if role in members and action:
        try:
            explained = str(guard.explain(members[role], action, context=Context(DASHBOARD)))
        except RequestError as error:
            explained = str(error)
    matrix = guard.matrix(members, context=Context(DASHBOARD))
    return {"guard": guard, "matrix": matrix, "role": role, "action": action, "explained": explained}
