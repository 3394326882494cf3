"""Principals and circumstances that the seed tests share."""

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st

from scopeguard import Context, Decision, Guard, Principal, Resource, UsageEvent
from scopeguard.model.request import or_left_out
from scopeguard.shipped import policies
from tests import facts as shared
from tests.seed import tables

WORKSPACE: Final = "ws_1"
ELSEWHERE: Final = "ws_2"

SERVER: Final = Context(channel="server")
DASHBOARD: Final = Context(channel="dashboard", facts={"sso_available": True})

NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
RESETS: Final = NOW + timedelta(days=1)
MAX_AGE: Final = timedelta(minutes=5)
"""How old facts may be."""

GONE: Final = shared.GONE
NO_CHANGES: Final = shared.NO_CHANGES
NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})

BROKEN: Final[Mapping[str, object]] = {
    "payment.status": "interrupted",
    "wallet.status": "empty",
    **{f"providers.{kind}": "missing" for kind in tables.PROVIDERS},
    **{f"entitlements.{meter}.used": 10 for meter in tables.PRODUCTION_METERS},
    **{f"fair_use.{bucket}.used": 10 for bucket in tables.FAIR_USE.values()},
}
"""A workspace in which every gate denies."""


class Asker(NamedTuple):
    """Somebody who may do an operation, and where."""

    principal: Principal
    channel: str
    resource: Resource | None = None


def key(*scopes: str) -> Principal:
    """A key in force of the one workspace."""
    return Principal.api_key("key_1", workspace=WORKSPACE, scopes=scopes)


def member(*roles: str) -> Principal:
    """A member of the one workspace."""
    return Principal.member("usr_1", workspace=WORKSPACE, roles=roles)


def at(channel: str | None) -> Context:
    """A request by a channel, where everything else is as it should be."""
    return Context(channel=channel, facts={"sso_available": True})


def about(permission: str, workspace: str = WORKSPACE) -> Resource:
    """One resource of a permission's surface, with what rules about members want to know of it."""
    surface = permission.partition(":")[0]
    attributes = {"roles": ("viewer",), "new_roles": ("viewer",)} if surface == "members" else {}
    return Resource(surface, "res_1", workspace, attributes)


def allowed(guard: Guard, principal: Principal, context: Context) -> frozenset[str]:
    """The permissions of the whole catalog that are allowed, asked one by one."""
    return frozenset(
        permission
        for permission in tables.PERMISSIONS
        if guard.check(principal, permission, about(permission), context)
    )


def codes(guard: Guard, principal: Principal, permissions: tuple[str, ...], context: Context) -> set[str | None]:
    """The codes of all these permissions, each asked about a resource and about the surface."""
    return {
        decision.code
        for permission in permissions
        for decision in both(guard, principal, permission, context)
    }  # fmt: skip


def events(*environments: str) -> st.SearchStrategy[UsageEvent]:
    """Usage events of some environments, on known channels and on others."""
    return st.builds(
        UsageEvent,
        channel=st.sampled_from((*tables.CHANNELS, "kiosk")),
        modality=st.sampled_from(("text", "audio")),
        sender=st.sampled_from(("user", "agent")),
        environment=st.sampled_from(environments),
    )


def both(guard: Guard, principal: Principal, permission: str, context: Context) -> tuple[Decision, Decision]:
    """The decisions about one resource and about the surface as a whole."""
    return (
        guard.check(principal, permission, about(permission), context),
        guard.check(principal, permission, context=context),
    )


def healthy(changes: Mapping[str, object] = NO_CHANGES) -> dict[str, Any]:
    """Facts that no gate denies by: half used, all ready and paid. *changes* are by path, such as ``payment.status``."""
    facts: dict[str, Any] = {
        "as_of": NOW,
        "quantity": 1,
        "sso_available": True,
        "other_active_owners": 1,
        "providers": dict.fromkeys(tables.PROVIDERS, "ready"),
        "payment": {"status": "ok"},
        "wallet": {"status": "ok"},
        "entitlements": {
            meter: {"limit": 10, "used": 4, "reserved": 1, "resets_at": RESETS} for meter in tables.PRODUCTION_METERS
        },
        "fair_use": {bucket: {"limit": 10, "used": 5, "resets_at": RESETS} for bucket in tables.FAIR_USE.values()},
    }
    return shared.changed(facts, changes)


def context(
    channel: str | None,
    changes: Mapping[str, object] = NO_CHANGES,
    *,
    environment: str = "production",
    attributes: Mapping[str, str] = NO_ATTRIBUTES,
) -> Context:
    """A request in a workspace that is healthy but for *changes*."""
    return Context(channel, environment, healthy(changes), NOW, attributes)


def askers(operation: str) -> dict[str, Asker]:
    """Everybody who may do an operation in a healthy workspace, by who they are."""
    if operation.startswith("members."):
        return {"owner": Asker(member("owner"), "dashboard", about("members:invite"))}
    found = {"key": Asker(key("workspace:write"), "server"), "developer": Asker(member("developer"), "dashboard")}
    if operation in tables.TRAFFIC:
        visitor = Principal.session("ses_1", workspace=WORKSPACE, expires_at=RESETS)
        found["session"] = Asker(visitor, "widget", Resource("sessions", "ses_1", WORKSPACE))
    job = Principal.system("job_1", workspace=WORKSPACE)
    if operation == "whatsapp.reply":
        found["system"] = Asker(job, "whatsapp")
    if operation == "voice.connect":
        found["system"] = Asker(job, "voice")
    return found


ASKED: Final = tuple((operation, who) for operation in tables.OPERATIONS for who in askers(operation))
"""Every operation with everybody who may do it."""


def ask(
    guard: Guard,
    operation: str,
    changes: Mapping[str, object] = NO_CHANGES,
    *,
    who: str | None = None,
    environment: str = "production",
    attributes: Mapping[str, str] = NO_ATTRIBUTES,
) -> Decision:
    """An operation, asked by one who may do it in a workspace that is healthy but for *changes*."""
    found = askers(operation)
    asker = found[who or next(iter(found))]
    circumstances = context(asker.channel, changes, environment=environment, attributes=attributes)
    return guard.check(asker.principal, operation, or_left_out(asker.resource), circumstances)


def switched(folder: Path, gates: Iterable[str], mode: str) -> Guard:
    """The shipped pack with the switch of some gates turned."""
    shutil.copytree(policies() / "workspace", folder, ignore=shutil.ignore_patterns("*_test.yaml", "*.md"))
    file = folder / "gates.yaml"
    text = file.read_text(encoding="utf-8")
    for gate in gates:
        before = f"  - id: {gate}\n"
        assert before in text
        text = text.replace(before, f'{before}    mode: "{mode}"\n')
    file.write_text(text, encoding="utf-8")
    return Guard.load(folder)
