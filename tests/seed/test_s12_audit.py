"""Audit for privileged activity review."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Obligation, Principal, Resource
from tests.hazards.packs import with_secrets
from tests.seed import tables, world
from tests.seed.thinning import turns

AUDIT = (Obligation("audit"),)

CALLERS = {
    "anonymous": Principal.anonymous(),
    "system": Principal.system("job_1", workspace=world.WORKSPACE),
    "session": Principal.session("ses_1", workspace=world.WORKSPACE, expires_at=world.RESETS),
    "key": world.key(*tables.SCOPES),
    "suspended": Principal.member("usr_1", workspace=world.WORKSPACE, roles=["owner"], suspended=True),
    **{role: world.member(role) for role in tables.ROLES},
}


@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_s12_every_decision_on_a_privileged_action_is_recorded(guard: Guard, caller: str) -> None:
    """Allowed or denied, at whatever stage, about a resource or not; and no other decision is."""
    for asker, permission, channel in turns(sorted(CALLERS), tables.PERMISSIONS, tables.CHANNELS_AND_NONE):
        if asker == caller:
            for decision in world.both(guard, CALLERS[caller], permission, world.at(channel)):
                told = AUDIT if permission in tables.AUDITED else ()
                assert decision.obligations == told, (permission, channel)


@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_s12_privileged_operations_are_recorded_too(guard: Guard, caller: str) -> None:
    """Publishing and rolling back are recorded, and so is what changes members; other operations are not."""
    for name in tables.OPERATIONS:
        decision = guard.check(CALLERS[caller], name, context=world.DASHBOARD)
        audits = tuple(each for each in decision.obligations if each.kind == "audit")
        assert audits == (AUDIT if name in tables.AUDITED_OPERATIONS else ()), name
    assert set(guard.catalog.operations) == set(tables.OPERATIONS)


@pytest.mark.parametrize(("operation", "who"), world.ASKED)
@pytest.mark.parametrize("changes", [world.NO_CHANGES, world.BROKEN], ids=["healthy", "broken"])
def test_s12_what_a_gate_says_is_recorded_too(
    guard: Guard, operation: str, who: str, changes: Mapping[str, object]
) -> None:
    """An allowed operation is recorded besides being metered, and one that a gate denies is recorded."""
    decision = world.ask(guard, operation, changes, who=who)
    audits = [each for each in decision.obligations if each.kind == "audit"]
    assert len(audits) == (operation in tables.AUDITED_OPERATIONS)


@pytest.mark.parametrize("permission", sorted(tables.AUDITED))
def test_s12_the_record_has_what_it_takes_and_no_secret(tmp_path: Path, permission: str) -> None:
    """Action, effect, code and policy digest are in the decision, plain for JSON; what the host knows of secrets is not."""
    canary, guard = "sk_live_canary", with_secrets(tmp_path)
    for who in (world.member("owner"), world.member(), world.key(*tables.SCOPES)):
        about = Resource(permission.partition(":")[0], "res_1", world.WORKSPACE, {"secret": canary})
        context = Context(channel="dashboard", facts={"token": canary}, attributes={"token": canary})
        record = guard.check(who, permission, about, context).to_dict()
        assert record["permission"] == permission
        assert record["effect"] in {"allow", "deny"}
        assert (record["code"] is None) is (record["effect"] == "allow")
        assert record["policy_digest"] == guard.digest
        assert {"kind": "audit", "details": {}} in record["obligations"]
        assert canary not in json.dumps(record)


@pytest.mark.parametrize("role", tables.ROLES)
def test_s12_the_log_is_viewed_by_those_who_review(guard: Guard, role: str) -> None:
    """Owner, admin and compliance."""
    decision = guard.check(world.member(role), "audit_logs:read", context=world.DASHBOARD)
    assert decision.allowed is (role in {"owner", "admin", "compliance"})


@pytest.mark.parametrize("action", ["write", "delete", "manage", "create", "update", "admin"])
def test_s12_nothing_writes_or_deletes_the_log(guard: Guard, action: str) -> None:
    """There is no such action, for anybody."""
    assert guard.catalog.surfaces["audit_logs"].actions == ("read",)
    assert f"audit_logs:{action}" not in guard.catalog.scopes
    for caller in CALLERS.values():
        assert guard.check(caller, f"audit_logs:{action}", context=world.DASHBOARD).code == "unmapped_action"
