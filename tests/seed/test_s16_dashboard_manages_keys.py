"""Use the dashboard to create, rotate, and revoke keys."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world


@pytest.mark.parametrize("role", [*tables.ROLES, None])
@pytest.mark.parametrize("channel", tables.CHANNELS_AND_NONE)
def test_s16_members_with_the_permission_in_the_dashboard_only(
    guard: Guard, role: str | None, channel: str | None
) -> None:
    """Each verb, for each role, on each channel."""
    who = world.member() if role is None else world.member(role)
    may = role in {"owner", "admin", "developer"}
    expected = "dashboard_only" if channel != "dashboard" else None if may else "member_permission_missing"
    for permission in tables.KEY_MANAGEMENT:
        assert world.codes(guard, who, (permission,), world.at(channel)) == {expected}


@pytest.mark.parametrize("role", ["billing", "compliance", "viewer"])
def test_s16_without_the_permission_it_is_named(guard: Guard, role: str) -> None:
    """Who lacks it is told which one, and who has it."""
    for action in ("create", "rotate", "revoke"):
        decision = guard.check(world.member(role), f"api_keys:{action}", context=world.DASHBOARD)
        assert decision.needed == ("settings.api_keys.manage",)
        assert decision.remedy is not None
        assert "admin, developer, owner" in decision.remedy.text


@pytest.mark.parametrize("role", tables.ROLES)
def test_s16_a_scope_is_handed_out_within_ones_own_rights(guard: Guard, role: str) -> None:
    """Every scope alone, for each role: the ceiling, and for explicit-only scopes the right to hand them out."""
    held = tables.held_by(role)
    for scope in tables.SCOPES:
        code = guard.mint(world.member(role), scope, world.DASHBOARD).code
        if "api_keys:create" not in held:
            assert code == "member_permission_missing"
        elif scope in tables.INERT_SCOPES:
            assert code == "scope_unknown"
        elif not tables.granted_by(scope) <= held:
            assert code == "grant_exceeds_actor", scope
        elif scope in tables.EXPLICIT_PERMISSIONS and role != "owner":
            assert code == "sensitive_grant_forbidden", scope
        else:
            assert code is None, scope


@pytest.mark.parametrize(
    ("role", "coarse", "explicit"), [("owner", True, True), ("admin", True, False), ("developer", False, False)]
)
def test_s16_who_hands_out_what(guard: Guard, role: str, coarse: bool, explicit: bool) -> None:
    """Coarse scopes by owner and admin, explicit-only ones by the owner alone."""
    for scope in tables.COARSE_SCOPES:
        assert guard.mint(world.member(role), scope, world.DASHBOARD).allowed is coarse
    for scope in tables.EXPLICIT_PERMISSIONS:
        assert guard.mint(world.member(role), scope, world.DASHBOARD).allowed is explicit


@pytest.mark.parametrize("channel", [channel for channel in tables.CHANNELS_AND_NONE if channel != "dashboard"])
def test_s16_no_key_is_minted_outside_the_dashboard(guard: Guard, channel: str | None) -> None:
    """Nor by a key, wherever it is."""
    assert guard.mint(world.member("owner"), "agents:read", world.at(channel)).code == "dashboard_only"
    assert guard.mint(world.key(*tables.SCOPES), "agents:read", world.at(channel)).code == "dashboard_only"
