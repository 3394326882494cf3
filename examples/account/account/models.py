"""The tables."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, LargeBinary, String, Text, bindparam, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from scopeguard.keys.sqlalchemy import KeyColumns, UtcDateTime


def new_id(prefix: str) -> str:
    """An id that nobody guesses."""
    return f"{prefix}_{secrets.token_hex(8)}"


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """All tables."""


class Workspace(Base):
    """What everything belongs to; *body* are its general settings."""

    __tablename__ = "workspaces"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(Integer, default=0)
    sso_available: Mapped[bool] = mapped_column(default=False)
    sso_required: Mapped[bool] = mapped_column(default=False)
    retention_days: Mapped[int] = mapped_column(Integer, default=30)
    payment_status: Mapped[str] = mapped_column(String(16), default="ok")
    grace_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ownership_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class User(Base):
    """A person who signs in."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Membership(Base):
    """A person's access to a workspace."""

    __tablename__ = "memberships"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(64))
    suspended: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SignIn(Base):
    """A session of the dashboard, found by the digest of its cookie."""

    __tablename__ = "sign_ins"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"))
    sso: Mapped[bool] = mapped_column(default=False)
    csrf: Mapped[str] = mapped_column(String(64))
    notices: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What the next page says, once."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiKey(KeyColumns, Base):
    """A key of a workspace."""

    __tablename__ = "api_keys"
    suspected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it came from where no key belongs."""


class ProviderCredential(Base):
    """A credential of another service, encrypted."""

    __tablename__ = "provider_credentials"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(16))
    rotated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Allowance(Base):
    """How much of a meter, or of a fair-use bucket, a workspace may use. No limit is no bound."""

    __tablename__ = "allowances"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    meter: Mapped[str] = mapped_column(String(64), primary_key=True)
    limit: Mapped[int | None] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer, default=0)
    kind: Mapped[str] = mapped_column(String(8), default="hard")
    resets_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    period_days: Mapped[int | None] = mapped_column(Integer)


def period_of(found: Any, moment: datetime) -> tuple[int, datetime | None]:
    """What is used of an allowance in the period of *moment*, and when that ends: nothing is, of one that is over."""
    used, until = found.used, found.resets_at
    while until is not None and found.period_days and until <= moment:
        used, until = 0, until + timedelta(days=found.period_days)
    return used, until


class Reservation(Base):
    """What an operation that goes on may use. It counts until it expires, whatever became of who made it."""

    __tablename__ = "reservations"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    meter: Mapped[str] = mapped_column(String(64))
    quantity: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UsageRecord(Base):
    """Something that happened, and what the pack says that it counts on."""

    __tablename__ = "usage_records"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    name: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    meter: Mapped[str | None] = mapped_column(String(64))
    quantity: Mapped[int] = mapped_column(Integer)


class Wallet(Base):
    """What a workspace has paid in advance."""

    __tablename__ = "wallets"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    cents: Mapped[int] = mapped_column(BigInteger)
    low_cents: Mapped[int] = mapped_column(BigInteger)
    """Below it the balance is low, and recharged where that is switched on."""
    auto_recharge: Mapped[str] = mapped_column(String(8), default="off")
    recharge_cents: Mapped[int] = mapped_column(BigInteger)
    grace_days: Mapped[int] = mapped_column(Integer)
    """How long a recharge may fail before payment is interrupted."""


class Price(Base):
    """What one unit of a meter costs, and how many units a top-up adds to its limit."""

    __tablename__ = "prices"
    meter: Mapped[str] = mapped_column(String(64), primary_key=True)
    cents: Mapped[int] = mapped_column(Integer, default=0)
    units_per_top_up: Mapped[int] = mapped_column(Integer, default=0)


class PaymentMethod(Base):
    """A card on file; one that *declines* pays nothing."""

    __tablename__ = "payment_methods"
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    declines: Mapped[bool] = mapped_column(default=False)


class TopUp(Base):
    """An attempt to add to the wallet."""

    __tablename__ = "top_ups"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    cents: Mapped[int] = mapped_column(BigInteger)
    is_paid: Mapped[bool] = mapped_column()
    is_automatic: Mapped[bool] = mapped_column()


class Export(Base):
    """A compliance export, or a request to erase what is known of a User."""

    __tablename__ = "exports"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    requested_by: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(200))


class Record(Base):
    """A thing of one of the product's surfaces; its classes are made from ``account.resources``."""

    __tablename__ = "records"
    __mapper_args__ = {"polymorphic_on": "surface", "polymorphic_abstract": True}  # noqa: RUF012  # SQLAlchemy's form

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)
    surface: Mapped[str] = mapped_column(String(64), index=True)
    agent: Mapped[str | None] = mapped_column(String(64))
    """The agent that it belongs to."""
    about: Mapped[str | None] = mapped_column(String(64), index=True)
    """The record that it may come along with: what was collected in a conversation, what is remembered of a User."""
    environment: Mapped[str] = mapped_column(String(16), default="production")
    name: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    token_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of a session: whose bearer its User is."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


ALLOWED: Final = (
    Allowance.meter, Allowance.limit, Allowance.used, Allowance.kind, Allowance.resets_at, Allowance.period_days,
    select(func.coalesce(func.sum(Reservation.quantity), 0))
    .where(Reservation.workspace_id == Allowance.workspace_id, Reservation.meter == Allowance.meter)
    .where(Reservation.expires_at > bindparam("at", type_=UtcDateTime))
    .correlate(Allowance).scalar_subquery().label("reserved"),
)  # fmt: skip
"""What is to be known of an allowance, and what is reserved of it at the time ``at``."""

FACTS: Final = (
    select(
        Workspace.id, Workspace.payment_status, Workspace.grace_until, Workspace.sso_available,
        Workspace.ownership_changed_at, Wallet.cents, Wallet.low_cents, Wallet.auto_recharge, *ALLOWED,
        ProviderCredential.kind.label("provider"), ProviderCredential.status,
    )
    .outerjoin(Wallet, Wallet.workspace_id == Workspace.id)
    .outerjoin(Allowance, (Allowance.workspace_id == Workspace.id) & Allowance.meter.in_(bindparam("meters")))
    .outerjoin(
        ProviderCredential,
        (ProviderCredential.workspace_id == Workspace.id) & ProviderCredential.kind.in_(bindparam("providers")),
    )
    .where(Workspace.id == bindparam("workspace"))
)  # fmt: skip
"""What gates read, at once: a row for each meter with each provider that an action needs, which are few."""
