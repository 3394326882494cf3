"""What the service stores. Nothing of it is about authorization but the table of keys, whose columns are given."""

import os
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, create_engine, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from scopeguard import Obligation
from scopeguard.keys.sqlalchemy import KeyColumns


class Base(DeclarativeBase):
    """The tables of the service."""


class ApiKey(KeyColumns, Base):
    """A key, of which only a digest is stored."""

    __tablename__ = "api_keys"


class Workspace(Base):
    """A customer, with what is paid for and used up."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    agents_limit: Mapped[int]
    agents: Mapped[int] = mapped_column(default=0)
    messages_limit: Mapped[int] = mapped_column(default=1_000)
    messages: Mapped[int] = mapped_column(default=0)
    payment: Mapped[str] = mapped_column(default="ok")


class Member(Base):
    """Somebody who has signed in: the dashboard sends a token, of which a digest is stored."""

    __tablename__ = "members"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey(Workspace.id))
    role: Mapped[str]
    session: Mapped[bytes] = mapped_column(LargeBinary, unique=True)


class Agent(Base):
    """What a workspace makes. Of an old one it is not known who may see it."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey(Workspace.id), index=True)
    name: Mapped[str]
    visibility: Mapped[str | None]
    is_published: Mapped[bool] = mapped_column(default=False)


engine = create_engine(os.environ.get("SERVICE_DATABASE", "sqlite:///service.db"), connect_args={"timeout": 30})
sessions = sessionmaker(engine, expire_on_commit=False)
Base.metadata.create_all(engine)


METERS: dict[str | None, tuple[Any, Any]] = {
    "agents": (Workspace.agents, Workspace.agents_limit),
    "text_chat_messages": (Workspace.messages, Workspace.messages_limit),
}


def reserve(session: Session, workspace: str | None, duty: Obligation) -> bool:
    """Count what an allow says on its meter, where there is room: in one statement, which no other one races past."""
    if duty.kind != "meter":
        return True
    used, limit = METERS[duty.meter]
    counted = update(Workspace).where(Workspace.id == workspace, used < limit).values({used: used + 1})
    return session.scalar(counted.returning(Workspace.id)) is not None


def facts_about(workspace: str | None) -> dict[str, object]:
    """What the gates of the policies read."""
    now = datetime.now(UTC)
    with sessions() as session:
        found = session.get(Workspace, workspace)
    if found is None:
        return {"as_of": now}
    return {
        "as_of": now,
        "quantity": 1,
        "payment": {"status": found.payment},
        "wallet": {"status": "ok"},
        "providers": {"model": "ready"},
        "entitlements": {
            "agents": {"limit": found.agents_limit, "used": found.agents, "reserved": 0},
            "text_chat_messages": {"limit": found.messages_limit, "used": found.messages, "reserved": 0},
        },
    }
