"""Usage: reservations that are taken before something is done, and what is counted after it.

A reservation is a row with an end. What is reserved is the sum of those that have not ended, so that a process that is
killed in between leaves nothing behind that counts for ever.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from account.billing import charge, recharge
from account.guarding import Account, read_facts
from account.models import Allowance, Reservation, UsageRecord, new_id, now, period_of
from scopeguard import UsageEvent
from scopeguard.integrations.fastapi import Access

RESERVED_FOR: Final = timedelta(minutes=5)
"""How long an operation may take: what it reserved is free again after that."""

# Every operation says these, past the session and its objects: to put them together takes longer than to answer them.
_COUNT: Final = (
    update(Allowance)
    .where(Allowance.workspace_id == bindparam("workspace"), Allowance.meter == bindparam("of"))
    .values(used=Allowance.used + bindparam("quantity"))
    .returning(Allowance.used, Allowance.resets_at, Allowance.period_days)
)
_OVER: Final = (Reservation.workspace_id == bindparam("workspace")) & (Reservation.expires_at <= bindparam("at"))
_RELEASED: Final = delete(Reservation).where(Reservation.id.in_(bindparam("ids")) | _OVER)
"""With those that others left behind."""


class Work:
    """An operation that goes on: what it has reserved, and what happened in it."""

    def __init__(self, account: Account, db: Session, access: Access) -> None:
        self.account: Final = account
        self.db: Final = db
        self.access: Final = access
        self.workspace: Final = access.principal.workspace or ""
        self.reserved: Final[dict[str, tuple[str, int]]] = {}
        """By the ids of reservations, which meter and how much of it."""
        self._records: Final[list[dict[str, Any]]] = []
        self._counted: Final[dict[str, int]] = {}

    def happened(self, event: UsageEvent, quantity: int = 1) -> None:
        """Note a text, or some minutes of audio: the pack says what it counts on."""
        meter, name = self.account.guard.classify(event).meter, f"{event.modality} of {event.sender} on {event.channel}"
        body = {"channel": event.channel, "environment": event.environment}
        record = {"id": new_id("use"), "workspace_id": self.workspace, "name": name, "body": body}
        self._records.append({**record, "meter": meter, "quantity": quantity})
        if meter is not None:
            self._counted[meter] = self._counted.get(meter, 0) + quantity

    def settle(self) -> bool:
        """Count what was used: what events say of a meter, and what was reserved of it where none does.

        Whether the wallet is to be recharged then.
        """
        used = dict(self.reserved.values()) | self._counted
        if self._records:
            self.db.connection().execute(insert(UsageRecord), self._records)
        for meter in sorted(used):
            _count(self.db, self.workspace, meter, used[meter])
        is_low = [charge(self.db, self.workspace, meter, used[meter]) for meter in used]
        self.release()
        return any(is_low)

    def release(self) -> None:
        """Reserve nothing any more."""
        if self.reserved:
            ended = {"ids": list(self.reserved), "workspace": self.workspace, "at": now()}
            self.db.connection().execute(_RELEASED, ended)


@contextmanager
def metered(account: Account, db: Session, access: Access, action: str, about: object) -> Iterator[Work]:
    """Do *action*, which a route was allowed, within what it may use; what the body writes is committed with it.

    What counts is reserved before the body, and is counted after it, in one transaction with what the body wrote.
    Raises AccessDenied where it no longer fits.
    """
    work = Work(account, db, access)
    _reserve(work, action, about)
    try:
        yield work
        is_low = work.settle()
        db.commit()
    except BaseException:
        db.rollback()
        work.release()
        db.commit()
        raise
    if is_low:
        recharge(db, account.payments, work.workspace)


def _reserve(work: Work, action: str, about: object) -> None:
    """Ask once more with the rows locked that others reserve of too: the gates themselves say whether it still fits."""
    account, db, access = work.account, work.db, work.access
    environment = access.context.environment
    operation = account.guard.catalog.operations.get(action)
    meters = () if operation is None else operation.meters(environment)
    if not meters:
        return
    db.rollback()
    at = now()
    for meter in sorted(meters):
        # Written to before it is read: whoever comes second waits here, and then reads what the first one has done.
        found = _count(db, work.workspace, meter, 0)
        if found is not None and (until := period_of(found, at)[1]) != found.resets_at:
            row = update(Allowance).where(Allowance.workspace_id == work.workspace, Allowance.meter == meter)
            db.execute(row.values(used=0, resets_at=until))
    needed = account.guard.facts_for(action, environment=environment)
    decision = access.authorize(action, about, facts=read_facts(db, needed, access, about))
    for duty in decision.obligations:
        if duty.meter is not None and duty.quantity is not None:
            work.reserved[new_id("res")] = (duty.meter, duty.quantity)
    held = {"workspace_id": work.workspace, "expires_at": at + RESERVED_FOR}
    rows = [{"id": key, "meter": meter, "quantity": much, **held} for key, (meter, much) in work.reserved.items()]
    if rows:
        db.connection().execute(insert(Reservation), rows)
    db.commit()


def give_back(account: Account, db: Session, workspace: str, create: str) -> None:
    """Count one less of what *create* makes, where that counts as long as it is there: an agent, a seat."""
    catalog = account.guard.catalog
    operation = catalog.operations.get(create)
    if operation is not None and operation.meter and catalog.meters[operation.meter].kind == "allocation":
        _count(db, workspace, operation.meter, -1)


def _count(db: Session, workspace: str, meter: str, quantity: int) -> Any:
    """Add to what is used of a meter; the row, where there is one."""
    return db.connection().execute(_COUNT, {"workspace": workspace, "of": meter, "quantity": quantity}).one_or_none()
