"""The guard's part, whole: who asks, under which circumstances, what gates read, and what every route asks with.

Everything else in this example either is asked for here (``account.authz``), or asks in a transaction of its own what
was asked before (``account.metering``, ``account.members``). No rule, scope, role, limit or price stands in the code.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from starlette.requests import HTTPConnection

from account.billing import Payments, reserved_now
from account.configuration import Configuration
from account.models import Allowance, ApiKey, Membership, ProviderCredential, Record, SignIn, Wallet, Workspace, now
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
    found: Account = connection.app.state.account
    return found


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
    guard.register(
        ProviderCredential, surface="providers", id="kind", workspace="workspace_id", attributes=("rotated_at",)
    )
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


def principal_of(request: Request) -> Principal:
    """Who a request is of: by its bearer token where it has one, and by the cookie of the dashboard else."""
    account = account_of(request)
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, credential = header.partition(" ")
        return _bearer(account, credential.strip(), request) if scheme.lower() == "bearer" else Principal.unrecognized()
    token = request.cookies.get(COOKIE)
    return Principal.anonymous() if token is None else _member(account, token)


def _bearer(account: Account, credential: str, request: Request) -> Principal:
    if credential.startswith(f"{KEY_PREFIX}_"):
        return account.keys.principal(credential, now=now())
    with account.sessions() as db:
        if credential.startswith(SESSION_PREFIX):
            found = db.scalar(select(Record).where(Record.token_digest == digest(credential)))
            if found is not None:
                return Principal.session(found.id, workspace=found.workspace_id, expires_at=found.expires_at)
        elif hmac.compare_digest(credential.encode(), account.configuration.gateway_token.encode()):
            about = db.get(Record, request.path_params.get("key", ""))
            return Principal.system("gateway", workspace=None if about is None else about.workspace_id)
    return Principal.unrecognized()


def _member(account: Account, token: str) -> Principal:
    of_user = (Membership.user_id == SignIn.user_id) & (Membership.workspace_id == SignIn.workspace_id)
    found = select(SignIn, Membership).join(Membership, of_user).where(SignIn.digest == digest(token))
    with account.sessions() as db:
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


def context_of(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> Context:
    """The circumstances that this service knows by itself, or has taken from the path by which it was asked.

    The environment is that of the record which a path names: no caller says that it is only testing.
    """
    path = request.path_params
    known: dict[str, Any] = {name: path[name] for name in ("modality", "distribution") if name in path}
    if not all(_WORD.fullmatch(word) for word in known.values()):
        raise NotFound
    with account_of(request).sessions() as db:
        about = db.get(Record, path["key"]) if "key" in path else None
        workspace = db.get(Workspace, principal.workspace) if principal.kind == "member" else None
    if workspace is not None:
        known["sso_required"] = workspace.sso_required
    if request.client is not None:
        known["ip"] = request.client.host
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
    workspace, at = access.principal.workspace, now()
    facts: dict[str, object] = {"as_of": at}
    if workspace is None:
        return facts
    if needed.quantity and "quantity" not in access.context.facts:
        facts["quantity"] = 1
    if needed.meters or needed.fair_use:
        allowances = {each.meter: each.at(at) for each in db.scalars(_of(Allowance, workspace))}
        reserved = reserved_now(db, workspace)
        known = {name: _limited(found, reserved.get(name, 0)) for name, found in allowances.items()}
        facts["entitlements"] = {name: known[name] for name in needed.meters if name in known}
        # A bucket has no place of its own for what is reserved.
        facts["fair_use"] = {
            name: {**known[name], "used": allowances[name].used + reserved.get(name, 0)}
            for name in needed.fair_use
            if name in known
        }
    if needed.providers:
        stored = {each.kind: each.status for each in db.scalars(_of(ProviderCredential, workspace))}
        facts["providers"] = {kind: stored.get(kind, "missing") for kind in needed.providers}
    if needed.wallet and (wallet := db.get(Wallet, workspace)) is not None:
        status = "empty" if wallet.cents <= 0 else "low" if wallet.cents < wallet.low_cents else "ok"
        facts["wallet"] = {"status": status, "auto_recharge": wallet.auto_recharge}
    if (needed.payment or needed.names) and (row := db.get(Workspace, workspace)) is not None:
        facts["payment"] = _known(status=row.payment_status, grace_until=row.grace_until)
        facts |= {name: read for name in needed.names if (read := _NAMED[name](db, row, about)) is not None}
    return facts


def other_active_owners(db: Session, workspace: Workspace, about: object) -> int | None:
    """Owners who are not suspended, but the member in question."""
    if not isinstance(about, MemberChange):
        return None
    others = select(func.count()).select_from(Membership).where(Membership.workspace_id == workspace.id)
    others = others.where(Membership.role == "owner", Membership.suspended.is_(False))
    return db.scalar(others.where(Membership.user_id != about.user_id))


_NAMED: Final[Mapping[str, Callable[[Session, Workspace, object], object]]] = {
    "sso_available": lambda _, workspace, __: workspace.sso_available,
    "ownership_changed_at": lambda _, workspace, __: workspace.ownership_changed_at,
    "other_active_owners": other_active_owners,
    "owner_count": lambda *_: None,
}
"""The facts that the pack declares, each read as it says."""


def _limited(found: Allowance, reserved: int) -> Mapping[str, object]:
    bound = {"unlimited": True} if found.limit is None else {"limit": found.limit}
    return {**bound, **_known(used=found.used, reserved=reserved, kind=found.kind, resets_at=found.resets_at)}


def _known(**values: object) -> Mapping[str, object]:
    """What there is a value for: in facts None is no value, and not absent either."""
    return {name: value for name, value in values.items() if value is not None}


def _of(model: Any, workspace: str | None) -> Any:
    return select(model).where(model.workspace_id == workspace)


def _roles_of(change: MemberChange) -> Mapping[str, object]:
    held = {"roles": change.role, "new_roles": change.new_role}
    return {name: [role] for name, role in held.items() if role is not None}
