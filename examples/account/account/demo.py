"""The four recovery states, each brought about by a button: to be seen, and to be left by following the remedy."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Depends
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from account.database import Db
from account.guarding import DASHBOARD, Account, read_facts
from account.models import Allowance, Membership, PaymentMethod, ProviderCredential, Workspace, now
from account.pages import Page, Pages
from account.signing_in import from_its_page
from scopeguard import Context, Decision, Principal
from scopeguard.http import Access, Ledger


def _lose_credential(db: Session, workspace: str) -> None:
    db.execute(delete(ProviderCredential).where(_of(ProviderCredential, workspace), ProviderCredential.kind == "model"))


def _interrupt_payment(db: Session, workspace: str) -> None:
    db.execute(update(PaymentMethod).where(_of(PaymentMethod, workspace)).values(declines=True))
    db.execute(update(Workspace).where(Workspace.id == workspace).values(payment_status="interrupted"))


def _reach_limit(db: Session, workspace: str) -> None:
    found = update(Allowance).where(_of(Allowance, workspace), Allowance.meter == "agents")
    db.execute(found.values(limit=Allowance.used))


def _demote(db: Session, workspace: str) -> None:
    found = update(Membership).where(_of(Membership, workspace), Membership.role == "developer")
    db.execute(found.values(role="viewer", changed_at=now()))


def _of(model: Any, workspace: str) -> Any:
    return model.workspace_id == workspace


class State(NamedTuple):
    """A recovery state: how it comes about, and an operation that it blocks for members of a role."""

    code: str
    title: str
    bring_about: Callable[[Session, str], None]
    action: str
    role: str = "owner"


STATES: Final = {
    "provider-keys": State("provider_keys_missing", "Delete the model credential", _lose_credential, "preview.start"),
    "payment": State("payment_interrupted", "Interrupt payment", _interrupt_payment, "messages.send"),
    "limit": State("entitlement_limit_reached", "Reach the limit of agents", _reach_limit, "agents.create"),
    "permission": State("member_permission_missing", "Make developers viewers", _demote, "api_keys:view", "viewer"),
}


def demo_pages(account: Account) -> APIRouter:
    """The buttons, for those who manage the workspace."""
    ask = account.dashboard
    router = APIRouter(prefix="/recovery")
    changes = APIRouter(dependencies=[Depends(from_its_page)])

    @router.get("", dependencies=[ask.on("workspace_settings:read")])
    def states(page: Pages, db: Db) -> Response:
        found = [(key, each, _now(account, page, db, each)) for key, each in STATES.items()]
        return page("recovery.html", states=found)

    @changes.post("/{state}", dependencies=[ask.on("workspace_settings:write")])
    def bring_about(page: Pages, db: Db, state: str) -> Response:
        if state in STATES:
            STATES[state].bring_about(db, page.workspace)
        return page.back("/recovery")

    router.include_router(changes)
    return router


def _now(account: Account, page: Page, db: Session, state: State) -> Decision:
    """What a member is answered now who asks for what the state blocks."""
    member = Principal.member("somebody", workspace=page.workspace, roles=[state.role])
    access = Access(account.guard, member, Context(DASHBOARD, now=now(), attributes={"modality": "text"}), Ledger())
    needed = account.guard.facts_for(state.action, environment=access.context.environment)
    # Nobody asks for it here, so that the record of decisions hears nothing.
    context = access.with_facts(read_facts(db, needed, access)).context
    return account.guard.explain(member, state.action, context=context).decision
