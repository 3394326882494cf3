"""Billing: what was paid, what was used, and how it goes on."""

from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Form
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from account.billing import replace_payment_method, top_up
from account.database import Db
from account.guarding import Account
from account.models import ALLOWED, Allowance, PaymentMethod, TopUp, Wallet, Workspace, now, period_of
from account.pages import Page, Pages
from account.signing_in import from_its_page

Label: TypeAlias = Annotated[str, Form(min_length=1, max_length=100)]
Cents: TypeAlias = Annotated[int, Form(ge=1, le=10**9)]


def billing_pages(account: Account) -> APIRouter:
    """All routes of Billing."""
    ask = account.dashboard
    router = APIRouter(prefix="/billing")
    changes = APIRouter(dependencies=[Depends(from_its_page)])

    @router.get("", dependencies=[ask.on("billing:view")])
    def billing(page: Pages, db: Db) -> Response:
        return page("billing.html", **_shown(account, page, db))

    @changes.post("/payment_methods", dependencies=[ask.on("payment_methods:manage")])
    def replace(page: Pages, db: Db, label: Label, *, declines: Annotated[bool, Form()] = False) -> Response:
        is_good = replace_payment_method(db, account.payments, page.workspace, label, declines=declines)
        return page.back("/billing", "Payment goes on with this card." if is_good else "This card declines.")

    @changes.post("/top_ups", dependencies=[ask.on("top_ups:manage")])
    def add(page: Pages, db: Db, cents: Cents) -> Response:
        is_paid = top_up(db, account.payments, page.workspace, cents)
        return page.back("/billing", "Topped up." if is_paid else "The payment failed: nothing was added.")

    @changes.post("/auto_recharge", dependencies=[ask.on("auto_recharge:manage")])
    def recharge(page: Pages, db: Db, cents: Cents, *, on: Annotated[bool, Form()] = False) -> Response:
        wallet = update(Wallet).where(Wallet.workspace_id == page.workspace)
        db.execute(wallet.values(auto_recharge="on" if on else "off", recharge_cents=cents))
        return page.back("/billing", "Saved.")

    router.include_router(changes)
    return router


def _shown(account: Account, page: Page, db: Session) -> dict[str, Any]:
    """What the panels show, read now; the template leaves out those that the member may not see."""
    titles = {name: meter.title for name, meter in account.guard.catalog.meters.items()}
    allowances = select(*ALLOWED).where(Allowance.workspace_id == page.workspace).order_by(Allowance.meter)
    top_ups = select(TopUp).where(TopUp.workspace_id == page.workspace).order_by(TopUp.created_at.desc())
    return {
        "as_of": (at := now()),
        "usage": [
            (titles[each.meter], each, *period_of(each, at))
            for each in db.execute(allowances, {"at": at})
            if each.meter in titles
        ],
        "wallet": db.get_one(Wallet, page.workspace),
        "workspace": db.get_one(Workspace, page.workspace),
        "method": db.get(PaymentMethod, page.workspace),
        "top_ups": db.scalars(top_ups.limit(20)).all(),
    }
