"""Providers for bring-your-own model, speech, telephony, and related provider credentials."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world


@pytest.mark.parametrize("role", tables.ROLES)
@pytest.mark.parametrize("channel", tables.CHANNELS_AND_NONE)
def test_s08_credentials_are_stored_by_managers_in_the_dashboard(guard: Guard, role: str, channel: str | None) -> None:
    """View, store, rotate and delete, for each role and channel."""
    level = tables.level("providers", role)
    for action in tables.CLOSED["providers"]:
        may = level == "M" or (level == "v" and action == "view")
        expected = "dashboard_only" if channel != "dashboard" else None if may else "member_permission_missing"
        decision = guard.check(world.member(role), f"providers:{action}", context=world.at(channel))
        assert decision.code == expected


@pytest.mark.parametrize("scopes", [(scope,) for scope in tables.SCOPES] + [tables.SCOPES])
def test_s08_no_key_reaches_provider_credentials(guard: Guard, scopes: tuple[str, ...]) -> None:
    """Every scope alone, and all of them together."""
    permissions = tuple(f"providers:{action}" for action in tables.CLOSED["providers"])
    for channel in tables.CHANNELS_AND_NONE:
        assert world.codes(guard, world.key(*scopes), permissions, world.at(channel)) == {"dashboard_only"}


def test_s08_a_stored_secret_is_never_readable_back(guard: Guard) -> None:
    """There is no verb that would read one."""
    assert guard.catalog.surfaces["providers"].actions == ("view", "store", "rotate", "delete")
