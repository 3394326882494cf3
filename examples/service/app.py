"""The twelve routes. What each asks stands in its signature."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from examples.service.authorization import agents, authz, dashboard, guard, keys, log, reloader, reserved
from examples.service.tables import Agent, ApiKey, sessions
from scopeguard.integrations.fastapi import Access
from scopeguard.integrations.sqlalchemy import Permitted


class Name(BaseModel):
    """What a new or changed agent is called."""

    name: str


class Scopes(BaseModel):
    """What a new key may do."""

    scopes: str


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    """Look for other policies while the service runs, and write what is to be written before it ends."""
    with reloader:
        yield
    keys.write_uses()
    log.close()


def open_session() -> Any:
    """A session of the database for one request."""
    with sessions() as session:
        yield session


Sql = Annotated[Session, Depends(open_session)]


def load(agent_id: str, session: Sql) -> Agent | None:
    """The agent of a path."""
    return session.get(Agent, agent_id)


def propose(body: Name, access: Annotated[Access, authz.access]) -> Agent:
    """The agent that is to be, of whoever asks."""
    return Agent(
        id=f"agt_{token_hex(8)}", workspace_id=access.principal.workspace, name=body.name, visibility="workspace"
    )


Asking = Annotated[Access, authz.access]
Asked = Annotated[Access, dashboard.access]
Read = Annotated[Agent, authz.one("agents:read", load)]
Changed = Annotated[Agent, authz.one("agents:write", load, ungated=True)]
Published = Annotated[Agent, authz.one("agents.publish", load)]
New = Annotated[Agent, authz.new("agents.create", propose)]
Listed = Annotated[Permitted[Any], authz.many("agents:read", agents)]

app = FastAPI(title="Agents", lifespan=lifespan)
api, account = APIRouter(prefix="/v1"), APIRouter(prefix="/account")


@app.get("/health", dependencies=[authz.public])
def health() -> dict[str, Any]:
    """Whether the newest policies are in force, and the record of decisions is written."""
    return {"policies": reloader.status.error or "ok", "log": log.status.dropped}


@api.get("/agents")
def list_agents(permitted: Listed, session: Sql) -> list[str]:
    """The agents that may be read."""
    return list(session.scalars(select(Agent.id).where(permitted.where).order_by(Agent.id)))


@api.post("/agents", status_code=201)
def create_agent(agent: New, access: Asking, session: Sql) -> dict[str, str]:
    """Make an agent, where there is room for one."""
    reserved(session, access, "agents.create", agent)
    session.add(agent)
    session.commit()
    return {"id": agent.id}


@api.get("/agents/{agent_id}")
def read_agent(agent: Read) -> dict[str, str]:
    """One agent."""
    return {"id": agent.id, "name": agent.name}


@api.patch("/agents/{agent_id}")
def change_agent(agent: Changed, body: Name, session: Sql) -> dict[str, str]:
    """Give it another name."""
    agent.name = body.name
    session.commit()
    return {"id": agent.id, "name": agent.name}


@api.delete("/agents/{agent_id}", status_code=204)
def remove_agent(agent: Changed, session: Sql) -> None:
    """Take it away."""
    session.delete(agent)
    session.commit()


@api.post("/agents/{agent_id}/publish", status_code=204)
def publish_agent(agent: Published, session: Sql) -> None:
    """Put it before visitors."""
    agent.is_published = True
    session.commit()


@api.post("/messages", status_code=202, dependencies=[authz.on("messages.send")])
def send_message(access: Asking, session: Sql) -> dict[str, bool]:
    """Send a message, where there is room for one and it is paid for."""
    reserved(session, access, "messages.send", None)
    session.commit()
    return {"sent": True}


@api.get("/conversations")
def list_conversations(access: Annotated[Access, authz.on("conversations:read")]) -> dict[str, Any]:
    """What was said, without the records that whoever asks may not read."""
    return {"conversations": [], "left_out": access.decision.redact}


@account.get("/keys", dependencies=[dashboard.on("api_keys:view")])
def list_keys(access: Asked, session: Sql) -> list[str]:
    """The keys of the workspace."""
    return list(session.scalars(select(ApiKey.id).where(ApiKey.workspace == access.principal.workspace)))


@account.post("/keys", status_code=201, dependencies=[dashboard.on("api_keys:create")])
def issue_key(body: Scopes, access: Asked) -> dict[str, str]:
    """Make a key, which is shown this once."""
    issued = keys.issue(guard, access.principal, body.scopes, access.context)
    return {"id": issued.id, "secret": issued.secret}


@account.delete("/keys/{key_id}", status_code=204, dependencies=[dashboard.on("api_keys:revoke")])
def revoke_key(key_id: str, access: Asked) -> None:
    """End a key; the guard is asked about this one, too."""
    keys.revoke(guard, access.principal, key_id, access.context)


app.include_router(api)
app.include_router(account)
authz.install(app)
