"""Sensitive memory, collected data, post-session records, and webhook endpoint management require explicit grants."""

from pathlib import Path

import pytest

from scopeguard import Guard
from tests.seed import tables, world

BROAD = {
    "workspace:read": ("workspace:read",),
    "workspace:write": ("workspace:write",),
    "both": tables.COARSE_SCOPES,
    "all granular": tables.GRANULAR_SCOPES,
    "all granular and both": (*tables.COARSE_SCOPES, *tables.GRANULAR_SCOPES),
    "inert": tables.INERT_SCOPES,
}


@pytest.mark.parametrize("held", sorted(BROAD))
@pytest.mark.parametrize("permission", tables.EXPLICIT_PERMISSIONS)
def test_s19_no_broad_grant_reaches_them(guard: Guard, permission: str, held: str) -> None:
    """Denied, with the one scope that would help."""
    for decision in world.both(guard, world.key(*BROAD[held]), permission, world.SERVER):
        assert decision.code == "explicit_grant_required"
        assert decision.needed == (permission,)
        assert decision.remedy is not None
        assert permission in decision.remedy.text


@pytest.mark.parametrize("permission", tables.EXPLICIT_PERMISSIONS)
def test_s19_its_own_scope_reaches_it_and_nothing_else(guard: Guard, permission: str) -> None:
    """Write does not bring read, and one surface brings no other."""
    who = world.key(permission)
    assert world.allowed(guard, who, world.SERVER) == {permission}
    others = tuple(each for each in tables.EXPLICIT_PERMISSIONS if each != permission)
    assert world.codes(guard, who, others, world.SERVER) == {"explicit_grant_required"}
    assert world.codes(guard, who, tables.GRANULAR_SCOPES, world.SERVER) == {"scope_missing"}


@pytest.mark.parametrize("scope", tables.INERT_SCOPES)
def test_s19_reading_and_writing_webhooks_never_suffice(guard: Guard, scope: str) -> None:
    """The scopes are known and grant nothing, and there is no such permission to ask for."""
    assert guard.catalog.scopes[scope] == frozenset()
    assert guard.check(world.key(*tables.SCOPES), scope, context=world.SERVER).code == "unmapped_action"


def test_s19_no_wildcard_ever_reaches_them(guard: Guard, tmp_path: Path) -> None:
    """A scope, a role, a member permission and an allow rule, each with the widest pattern there is."""
    (tmp_path / "wide.yaml").write_text(
        """\
scopeguard: 1
catalog:
  permissions:
    everything.manage: {grants: ["*:*"]}
scopes:
  everything:all: {includes: ["*:*", workspace:write], loosens: a test}
roles:
  everything: {holds: ["*:*", everything.manage], loosens: a test}
rules:
  - {id: everything.keys, effect: allow, on: ["*:*"], kinds: [api_key], because: a test, loosens: a test}
  - {id: everything.members, effect: allow, on: ["*:*"], kinds: [member], because: a test, loosens: a test}
""",
        encoding="utf-8",
    )
    wide = Guard.default(tmp_path)
    for permission in tables.EXPLICIT_PERMISSIONS:
        key = wide.check(world.key("everything:all"), permission, context=world.SERVER)
        assert key.code == "explicit_grant_required"
        member = wide.check(world.member("everything"), permission, context=world.DASHBOARD)
        assert member.code == "member_permission_missing"
    everything = frozenset((*tables.COARSE_READS, *tables.COARSE_WRITES))
    assert world.allowed(wide, world.key(), world.SERVER) == everything
    assert world.allowed(wide, world.member("everything"), world.DASHBOARD) == everything
    assert guard.digest != wide.digest
