"""The guard's part, whole: who asks, under which circumstances, what gates read, and what every route asks with.

Everything else in this example either is asked for here (``account.authz``), or asks in a transaction of its own what
was asked before (``account.metering``, ``account.members``). No rule, scope, role, limit or price stands in the code.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from starlette.requests import HTTPConnection

from account.billing import Payments
from account.configuration import Configuration
from account.models import FACTS, ApiKey, Membership, ProviderCredential, Record, SignIn, Workspace, now, period_of
from account.resources import RESOURCES
from scopeguard import Context, FactsNeeded, Guard, Principal
from scopeguard.decisionlog import DecisionLog, FileSink
from scopeguard.integrations.fastapi import Access, Authz, NotFound
from scopeguard.integrations.sqlalchemy import Columns, map_columns
from scopeguard.keys import Keys, browser_signals
from scopeguard.keys.sqlalchemy import SqlalchemyStore

KEY_PREFIX: Final = "acct"
SESSION_PREFIX: Final = "session_"
COOKIE: Final = "__Host-account"
DASHBOARD: Final = "dashboard"
_WORD: Final = re.compile(r"[a-z_]{1,32}")


@dataclass(frozen=True)
class MemberChange:
    """A member as it is, and the role that it is to have: what questions about managing members are about."""

    workspace_id: str
    user_id: str | None = None
    role: str | None = None
    new_role: str | None = None


@dataclass(frozen=True)
class Account:
    """What the service is made of. One for each application, in ``app.state.account``."""

    configuration: Configuration
    sessions: sessionmaker[Session]
    guard: Guard
    keys: Keys
    store: SqlalchemyStore
    log: DecisionLog
    authz: Authz
    columns: Mapping[str, Columns]
    payments: Payments

    @property
    def dashboard(self) -> Authz:
        """What the routes of the dashboard ask with."""
        return self.authz.at(DASHBOARD)


def account_of(connection: HTTPConnection) -> Account:
    """The account that a request is for."""
    return connection.app.state.account  # type: ignore[no-any-return]  # what the application is made with


def make_account(configuration: Configuration, sessions: sessionmaker[Session]) -> Account:
    """Load the policies, say which classes stand for which surfaces, and make what routes ask with.

    Raises PolicyError, and CannotFilter for a rule about lists that the database cannot say.
    """
    guard = Guard.default(*configuration.policies)
    columns = {}
    for resource in RESOURCES:
        surface, model = resource.surface, resource.model
        attributes = {"agent": model.agent} if "agent" in guard.catalog.surfaces[surface].attributes else {}
        workspace = Workspace.id if model is Workspace else model.workspace_id
        columns[surface] = map_columns(guard, model, surface=surface, workspace=workspace, attributes=attributes)
        columns[surface].verify(f"{surface}:{resource.read}")
    guard.register(MemberChange, surface="members", id="user_id", workspace="workspace_id", attributes=_roles_of)
    columns["members"] = map_columns(
        guard, Membership, surface="members", id=Membership.user_id, workspace=Membership.workspace_id, attributes={}
    )
    of_provider = ("rotated_at",)
    guard.register(ProviderCredential, surface="providers", id="kind", workspace="workspace_id", attributes=of_provider)
    guard.register(ApiKey, surface="api_keys", id="id", workspace="workspace")
    store = SqlalchemyStore(sessions, ApiKey)

    def facts(needed: FactsNeeded, access: Access, about: object) -> Mapping[str, object]:
        with sessions() as db:
            return read_facts(db, needed, access, about)

    return Account(
        configuration=configuration,
        sessions=sessions,
        guard=guard,
        keys=Keys(store, prefix=KEY_PREFIX, pepper=[configuration.derived("api keys")]),
        store=store,
        # Denials and audited decisions are always written; of the other allows none is.
        log=DecisionLog(guard, FileSink(configuration.log_folder), allows=0.0),
        authz=Authz(guard, principal=principal_of, context=context_of, facts=facts, realm="account"),
        columns=columns,
        payments=Payments(),
    )


# Who asks.


def principal_of(connection: HTTPConnection) -> Principal:
    """Who a request is of, found out once: by its bearer token where it has one, and by the dashboard's cookie else."""
    if not hasattr(connection.state, "principal"):
        connection.state.principal = _recognized(connection)
    return connection.state.principal  # type: ignore[no-any-return]  # as it was just put there


def _recognized(connection: HTTPConnection) -> Principal:
    header = connection.headers.get("authorization")
    if header is not None:
        scheme, _, credential = header.partition(" ")
        return _bearer(connection, credential.strip()) if scheme.lower() == "bearer" else Principal.unrecognized()
    token = connection.cookies.get(COOKIE)
    return Principal.anonymous() if token is None else _member(connection.state.db, token)


def _bearer(connection: HTTPConnection, credential: str) -> Principal:
    account, db = account_of(connection), connection.state.db
    if credential.startswith(f"{KEY_PREFIX}_"):
        return account.keys.principal(credential, now=now())
    if credential.startswith(SESSION_PREFIX):
        found = db.scalar(select(Record).where(Record.token_digest == digest(credential)))
        if found is not None:
            return Principal.session(found.id, workspace=found.workspace_id, expires_at=found.expires_at)
    elif hmac.compare_digest(credential.encode(), account.configuration.gateway_token.encode()):
        about = db.get(Record, connection.path_params.get("key", ""))
        return Principal.system("gateway", workspace=None if about is None else about.workspace_id)
    return Principal.unrecognized()


def _member(db: Session, token: str) -> Principal:
    of_user = (Membership.user_id == SignIn.user_id) & (Membership.workspace_id == SignIn.workspace_id)
    found = select(SignIn, Membership).join(Membership, of_user).where(SignIn.digest == digest(token))
    row = db.execute(found.where(SignIn.expires_at > now())).one_or_none()
    if row is None:
        return Principal.unrecognized()
    sign_in, member = row
    return Principal.member(
        member.user_id, workspace=member.workspace_id, roles=[member.role], suspended=member.suspended, sso=sign_in.sso
    )


def digest(token: str) -> str:
    """What is stored of a token of 256 random bits; a slow hash would protect nothing more."""
    return sha256(token.encode()).hexdigest()


# Under which circumstances.


def api_channel(connection: HTTPConnection) -> str:
    """The channel of the API: a server's, but for a key that a browser sends."""
    return "browser" if browser_signals(connection.headers.items(), prefix=KEY_PREFIX) else "server"


def context_of(connection: HTTPConnection) -> Context:
    """The circumstances that this service knows by itself, or has taken from the path by which it was asked.

    The environment is that of the record which a path names: no caller says that it is only testing.
    """
    path, db, principal = connection.path_params, connection.state.db, principal_of(connection)
    known: dict[str, Any] = {name: path[name] for name in ("modality", "distribution") if name in path}
    if not all(_WORD.fullmatch(word) for word in known.values()):
        raise NotFound
    about = db.get(Record, path["key"]) if "key" in path else None
    if principal.kind == "member" and (workspace := db.get(Workspace, principal.workspace)) is not None:
        known["sso_required"] = workspace.sso_required
    if connection.client is not None:
        known["ip"] = connection.client.host
    return Context(
        environment="production" if about is None else about.environment,
        facts={"quantity": path["minutes"]} if "minutes" in path else None,
        now=now(),
        attributes=known,
    )


# What gates read.


def read_facts(db: Session, needed: FactsNeeded, access: Access, about: object = None) -> dict[str, object]:
    """What the policies say that an action needs, with the time of reading; what is not stored is left out, and denies.

    *about* is the row that is asked about, or what is to be one.
    """
    facts: dict[str, object] = {"as_of": (at := now())}
    if needed.quantity and "quantity" not in access.context.facts:
        facts["quantity"] = 1
    asked = {"meters": [*needed.meters, *needed.fair_use], "providers": [*needed.providers]}
    rows = db.connection().execute(FACTS, {"workspace": access.principal.workspace, "at": at, **asked}).all()
    known = {each.meter: _limited(each, at) for each in rows if each.meter is not None}
    facts["entitlements"] = {name: known[name] for name in needed.meters if name in known}
    facts["fair_use"] = buckets = {name: known[name] for name in needed.fair_use if name in known}
    for bucket in buckets.values():
        # It has no place of its own for what is reserved.
        bucket["used"] += bucket["reserved"]
    stored = {each.provider: each.status for each in rows}
    facts["providers"] = {kind: stored.get(kind, "missing") for kind in needed.providers}
    for row in rows[:1]:
        facts["payment"] = _known(status=row.payment_status, grace_until=row.grace_until)
        if row.cents is not None:
            status = "empty" if row.cents <= 0 else "low" if row.cents < row.low_cents else "ok"
            facts["wallet"] = {"status": status, "auto_recharge": row.auto_recharge}
        facts |= _known(sso_available=row.sso_available, ownership_changed_at=row.ownership_changed_at)
    if "other_active_owners" in needed.names and isinstance(about, MemberChange):
        facts["other_active_owners"] = _other_active_owners(db, about)
    return facts


def _other_active_owners(db: Session, about: MemberChange) -> object:
    """Owners who are not suspended, but the member in question."""
    others = select(func.count()).select_from(Membership).where(Membership.workspace_id == about.workspace_id)
    others = others.where(Membership.role == "owner", Membership.suspended.is_(False))
    return db.scalar(others.where(Membership.user_id != about.user_id))


def _limited(found: Any, at: datetime) -> dict[str, Any]:
    bound = {"unlimited": True} if found.limit is None else {"limit": found.limit}
    used, resets_at = period_of(found, at)
    return {**bound, **_known(used=used, reserved=found.reserved, kind=found.kind, resets_at=resets_at)}


def _known(**values: object) -> dict[str, object]:
    """What there is a value for: in facts None is no value, and not absent either."""
    return {name: value for name, value in values.items() if value is not None}


def _roles_of(change: MemberChange) -> Mapping[str, object]:
    held = {"roles": change.role, "new_roles": change.new_role}
    return {name: [role] for name, role in held.items() if role is not None}
