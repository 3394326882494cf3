"""A workspace to begin with, from ``seed.json``: members of every role, keys of several sorts, a wallet, records."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from account import providers
from account.guarding import DASHBOARD, Account
from account.models import Allowance, Membership, PaymentMethod, Price, User, Wallet, Workspace, now
from account.resources import MODELS
from scopeguard import Context, Principal

PASSWORD: Final = "correct horse battery staple"  # noqa: S105  # of a demonstration; the sign-in page names it
SUSPENDED: Final = "suspended"


class Seeded(NamedTuple):
    """What a new workspace has: ids of records by their keys in ``seed.json``, and its keys by their scopes."""

    workspace: str
    records: dict[str, str]
    secrets: dict[str, str]

    def user(self, role: str) -> str:
        """The id of the member with a role."""
        return f"{role}_{self.workspace}"

    def email(self, role: str) -> str:
        """The address of the member with a role."""
        return f"{role}@{self.workspace}.example"


def fill(account: Account) -> list[Seeded]:
    """Two workspaces, where there is none yet; the owner of the first one is a viewer of the second."""
    with account.sessions() as db:
        if db.scalar(select(func.count()).select_from(Workspace)):
            return []
    password_hash = PasswordHasher().hash(PASSWORD)
    made = [make_workspace(account, name, password_hash) for name in ("acme", "globex")]
    with account.sessions.begin() as db:
        db.add(Membership(workspace_id="globex", user_id=made[0].user("owner"), role="viewer"))
    return made


def make_workspace(account: Account, workspace: str, password_hash: str, *, with_keys: bool = True) -> Seeded:
    """One workspace, whose members all have one password."""
    seed = json.loads((Path(__file__).parent / "seed.json").read_text(encoding="utf-8"))
    found = Seeded(workspace, {}, {})
    with account.sessions.begin() as db:
        db.add(Workspace(id=workspace, name=workspace.title()))
        for role in (*seed["roles"], SUSPENDED):
            db.add(User(id=found.user(role), email=found.email(role), name=role.title(), password_hash=password_hash))
        db.flush()
        for role in (*seed["roles"], SUSPENDED):
            held = "developer" if role == SUSPENDED else role
            db.add(Membership(workspace_id=workspace, user_id=found.user(role), role=held, suspended=role == SUSPENDED))
        for price in seed["prices"]:
            db.merge(Price(**price))
        _allow(db, found, seed)
        db.add(Wallet(workspace_id=workspace, **seed["wallet"]))
        db.add(PaymentMethod(workspace_id=workspace, label="Card ending in 4242"))
        for kind in seed["providers"]:
            providers.store(account, db, workspace, kind, f"{kind} credential of {workspace}")
        for record in seed["records"]:
            _record(db, found, record)
    owner = Principal.member(found.user("owner"), workspace=workspace, roles=["owner"])
    for key in seed["keys"] if with_keys else ():
        scopes, context = key["scopes"], Context(DASHBOARD, now=now())
        found.secrets[scopes] = account.keys.issue(account.guard, owner, scopes, context, name=key["name"]).secret
    return found


def _allow(db: Session, found: Seeded, seed: dict[str, Any]) -> None:
    used = {"agents": 1, "seats": len(seed["roles"]) + 1}
    for allowance in seed["allowances"]:
        period = allowance.get("period_days")
        resets_at = None if period is None else now() + timedelta(days=period)
        already = used.get(allowance["meter"], 0)
        db.add(Allowance(workspace_id=found.workspace, used=already, resets_at=resets_at, **allowance))


def _record(db: Session, found: Seeded, record: dict[str, Any]) -> None:
    values = {name: value for name, value in record.items() if name not in {"surface", "key"}}
    for parent in ("agent", "about"):
        if parent in values:
            values[parent] = found.records[values[parent]]
    surface, key = record["surface"], record.get("key", record["surface"])
    found.records[key] = f"{surface[:3]}_{key}_{found.workspace}"
    db.add(MODELS[surface](id=found.records[key], workspace_id=found.workspace, **values))
