"""API keys for backend integration credentials."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world


@pytest.mark.parametrize("role", tables.ROLES)
def test_s07_viewing_and_managing_keys_follow_the_permissions(guard: Guard, role: str) -> None:
    """View, create, rotate and revoke, for each role."""
    manages = tables.level("api_keys", role) == "M"
    for permission in tables.KEY_MANAGEMENT:
        for decision in world.both(guard, world.member(role), permission, world.DASHBOARD):
            assert decision.allowed is manages, permission
            assert decision.code == (None if manages else "member_permission_missing")


def test_s07_handing_out_explicit_only_scopes_is_a_right_of_its_own(guard: Guard) -> None:
    """Only the owner has it, and managing keys does not bring it."""
    holders = [role for role in tables.ROLES
               if guard.check(world.member(role), "api_keys:grant_sensitive", context=world.DASHBOARD)]  # fmt: skip
    assert holders == ["owner"]
    held = guard.catalog.member_permissions
    assert held["settings.api_keys.manage"] == {"settings:view", *tables.KEY_MANAGEMENT}
    assert held["settings.api_keys.grant_sensitive"] == {"api_keys:grant_sensitive"}
