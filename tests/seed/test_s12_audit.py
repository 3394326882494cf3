"""Audit for privileged activity review."""

import pytest

from scopeguard import Guard, Obligation, Principal
from tests.seed import tables, world

AUDIT = (Obligation("audit"),)

CALLERS = {
    "anonymous": Principal.anonymous(),
    "system": Principal.system("job_1", workspace=world.WORKSPACE),
    "session": Principal.session("ses_1", workspace=world.WORKSPACE),
    "key": world.key(*tables.SCOPES),
    "suspended": Principal.member("usr_1", workspace=world.WORKSPACE, roles=["owner"], suspended=True),
    **{role: world.member(role) for role in tables.ROLES},
}


@pytest.mark.parametrize("caller", sorted(CALLERS))
@pytest.mark.parametrize("channel", tables.CHANNELS_AND_NONE)
def test_s12_every_decision_on_a_privileged_action_is_recorded(guard: Guard, caller: str, channel: str | None) -> None:
    """Allowed or denied, at whatever stage, about a resource or not; and no other decision is."""
    for permission in tables.PERMISSIONS:
        for decision in world.both(guard, CALLERS[caller], permission, world.at(channel)):
            assert decision.obligations == (AUDIT if permission in tables.AUDITED else ()), permission


@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_s12_privileged_operations_are_recorded_too(guard: Guard, caller: str) -> None:
    """Publishing and rolling back are recorded, and so is what changes members; other operations are not."""
    for name in guard.catalog.operations:
        decision = guard.check(CALLERS[caller], name, None, world.DASHBOARD)
        assert decision.obligations == (AUDIT if name in tables.AUDITED_OPERATIONS else ()), name
    assert set(guard.catalog.operations) >= tables.AUDITED_OPERATIONS


@pytest.mark.parametrize("role", tables.ROLES)
def test_s12_the_log_is_viewed_by_those_who_review(guard: Guard, role: str) -> None:
    """Owner, admin and compliance."""
    decision = guard.check(world.member(role), "audit_logs:read", None, world.DASHBOARD)
    assert decision.allowed is (role in {"owner", "admin", "compliance"})


@pytest.mark.parametrize("action", ["write", "delete", "manage", "create", "update", "admin"])
def test_s12_nothing_writes_or_deletes_the_log(guard: Guard, action: str) -> None:
    """There is no such action, for anybody."""
    assert guard.catalog.surfaces["audit_logs"].actions == ("read",)
    assert f"audit_logs:{action}" not in guard.catalog.scopes
    for caller in CALLERS.values():
        assert guard.check(caller, f"audit_logs:{action}", None, world.DASHBOARD).code == "unmapped_action"
