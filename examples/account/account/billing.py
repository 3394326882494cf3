"""The wallet: what usage costs, top-ups, and recharging by itself. Prices and limits stand in the database alone.

Whoever changes several rows changes the workspace first, then allowances by their names, then the wallet, so that no
two wait for each other.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from account.models import Allowance, PaymentMethod, Price, TopUp, Wallet, Workspace, new_id, now


class Payments:
    """A payment provider that is made up: it pays whatever is asked for, unless the card declines."""

    def pay(self, method: PaymentMethod, cents: int) -> bool:
        """Whether *cents* were paid."""
        return cents > 0 and self.is_good(method)

    def is_good(self, method: PaymentMethod) -> bool:
        """Whether a method of payment may be used."""
        return not method.declines


_PRICE: Final = select(Price.cents).where(Price.meter == bindparam("of")).scalar_subquery()
_CHARGE: Final = (
    update(Wallet)
    .where(Wallet.workspace_id == bindparam("workspace"), _PRICE > 0)
    .values(cents=Wallet.cents - _PRICE * bindparam("units"))
    .returning((Wallet.cents < Wallet.low_cents) & (Wallet.auto_recharge == "on"))
)


def charge(db: Session, workspace: str, meter: str, units: int) -> bool:
    """Take from the wallet what some units of a meter cost; whether it is to be recharged then."""
    return bool(db.connection().scalar(_CHARGE, {"workspace": workspace, "of": meter, "units": units}))


def recharge(db: Session, payments: Payments, workspace: str) -> None:
    """Top up where the balance is low and auto-recharge is on. One that failed is not tried again by itself."""
    low = (Wallet.workspace_id == workspace, Wallet.auto_recharge == "on", Wallet.cents < Wallet.low_cents)
    found = update(Wallet).where(*low).values(auto_recharge="pending").returning(Wallet.recharge_cents)
    # Of several requests that find it low, one recharges.
    cents = db.scalar(found)
    db.commit()
    if cents is None:
        return
    if top_up(db, payments, workspace, cents, is_automatic=True):
        _change(db, workspace, auto_recharge="on")
    else:
        until = now() + timedelta(days=db.get_one(Wallet, workspace).grace_days)
        _set_payment(db, workspace, payment_status="grace", grace_until=until)
        _change(db, workspace, auto_recharge="failed")
    db.commit()


def top_up(db: Session, payments: Payments, workspace: str, cents: int, *, is_automatic: bool = False) -> bool:
    """Try to add to the wallet, and with it to the limits; whether it was paid. Nothing is added before it is."""
    method = db.get(PaymentMethod, workspace)
    is_paid = method is not None and payments.pay(method, cents)
    db.add(TopUp(id=new_id("top"), workspace_id=workspace, cents=cents, is_paid=is_paid, is_automatic=is_automatic))
    if is_paid:
        _set_payment(db, workspace, payment_status="ok", grace_until=None)
        for price in db.scalars(select(Price).where(Price.units_per_top_up > 0).order_by(Price.meter)).all():
            row = update(Allowance).where(Allowance.workspace_id == workspace, Allowance.meter == price.meter)
            db.execute(row.values(limit=Allowance.limit + price.units_per_top_up))
        _change(db, workspace, cents=Wallet.cents + cents)
    db.commit()
    return is_paid


def replace_payment_method(db: Session, payments: Payments, workspace: str, label: str, *, declines: bool) -> bool:
    """Put another card on file; whether it is a good one, with which paying goes on where it was interrupted."""
    is_good = payments.is_good(db.merge(PaymentMethod(workspace_id=workspace, label=label, declines=declines)))
    if is_good:
        _set_payment(db, workspace, payment_status="ok", grace_until=None)
    db.commit()
    return is_good


def _set_payment(db: Session, workspace: str, **values: object) -> None:
    db.execute(update(Workspace).where(Workspace.id == workspace).values(**values))


def _change(db: Session, workspace: str, **values: object) -> None:
    db.execute(update(Wallet).where(Wallet.workspace_id == workspace).values(**values))
