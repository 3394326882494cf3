"""Who asks, what is logged, and what routes ask with: all that the service says about authorization by itself."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from examples.service.tables import Agent, ApiKey, Member, facts_about, reserve, sessions
from scopeguard import FactsNeeded, Guard, Principal
from scopeguard.decisionlog import DecisionLog, FileSink
from scopeguard.integrations.fastapi import Access, Authz
from scopeguard.integrations.sqlalchemy import map_columns
from scopeguard.keys import Keys, StoredKey
from scopeguard.keys.sqlalchemy import SqlalchemyStore
from scopeguard.reloading import Reloader

settings = os.environ
guard = Guard.default(settings.get("SERVICE_POLICIES", "examples/service/policies"))
agents = map_columns(
    guard, Agent, surface="agents", workspace=Agent.workspace_id, attributes={"visibility": Agent.visibility}
)
pepper = settings["SERVICE_PEPPER"].encode()
keys = Keys(SqlalchemyStore(sessions, ApiKey), prefix="svc", pepper=[pepper], environment="live")
log = DecisionLog(guard, FileSink(settings.get("SERVICE_LOG", "decisions")))
reloader = Reloader(guard, every=float(settings.get("SERVICE_RELOAD_EVERY", "5")), settle=0.2)


def ceiling(key: StoredKey) -> Any:
    """What the owner of a key may do now; nothing, once they have left."""
    with sessions() as session:
        owner = session.get(Member, key.owner)
    return guard.ceiling([owner.role]) if owner is not None else []


def principal_of(connection: HTTPConnection) -> Principal:
    """The member of a session of the dashboard, or the key that a request comes with."""
    token = connection.headers.get("x-session")
    if token is not None:
        with sessions() as session:
            member = session.scalar(select(Member).where(Member.session == sha256(token.encode()).digest()))
        if member is None:
            return Principal.unrecognized()
        return Principal.member(member.id, workspace=member.workspace_id, roles=[member.role])
    text = connection.headers.get("authorization")
    return keys.principal(text and text.removeprefix("Bearer "), now=datetime.now(UTC), ceiling=ceiling)


def reserved(session: Session, access: Access, action: str, about: object) -> None:
    """Reserve what the allow counts on; raises AccessDenied where others took the rest."""
    decision = access.decision
    while not all(reserve(session, access.principal.workspace, duty) for duty in decision.obligations):
        session.rollback()  # somebody was faster: ask again with what is so now
        decision = access.authorize(action, about, facts=facts_about(access.principal.workspace))


def facts(needed: FactsNeeded, access: Access, about: object) -> Mapping[str, object]:
    """What the gates read."""
    return facts_about(access.principal.workspace)


authz = Authz(guard, principal=principal_of, channel="server", facts=facts, realm="service")
dashboard = authz.at("dashboard")
