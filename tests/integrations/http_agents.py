"""The agents of the service of tests in a database: what its lists and its rows come from."""

from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool

from scopeguard import Guard
from scopeguard.integrations.sqlalchemy import Columns, Permitted, map_columns
from tests.integrations.http_cases import AGENTS


class Base(DeclarativeBase):
    """The tables."""


class Agent(Base):
    """An agent."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    workspace_id: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)


_ENGINE = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
Base.metadata.create_all(_ENGINE)
with Session(_ENGINE) as _session:
    _session.add_all(Agent(id=key, workspace_id=workspace, name=name) for key, workspace, name in AGENTS)
    _session.commit()


def mapped(guard: Guard) -> Columns:
    """The columns for lists, which registers the class too."""
    return map_columns(guard, Agent, surface="agents", workspace=Agent.workspace_id, attributes={})


def found(key: str) -> Agent | None:
    """The agent of an id."""
    with Session(_ENGINE) as session:
        return session.get(Agent, key)


def listed(permitted: Permitted) -> list[str]:  # type: ignore[type-arg]  # of whatever expression
    """The ids of the agents that may be listed."""
    with Session(_ENGINE) as session:
        return list(session.scalars(select(Agent.id).where(permitted.where).order_by(Agent.id)))
