"""General for workspace-level configuration."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world


@pytest.mark.parametrize("role", tables.ROLES)
def test_s05_configuration_is_read_by_viewers_and_written_by_managers(guard: Guard, role: str) -> None:
    """Every role reads the configuration; owner and admin write it."""
    who = world.member(role)
    assert guard.check(who, "workspace_settings:read", context=world.DASHBOARD)
    write = guard.check(who, "workspace_settings:write", context=world.DASHBOARD)
    assert write.allowed is (role in {"owner", "admin"})
    assert write.needed == (() if write.allowed else ("settings.general.manage",))


def test_s05_the_permissions_of_the_tab(guard: Guard) -> None:
    """Viewing reads, managing also writes, and either opens the page."""
    held = guard.catalog.member_permissions
    assert held["settings.general.view"] == {"workspace_settings:read", "settings:view"}
    assert held["settings.general.manage"] == held["settings.general.view"] | {"workspace_settings:write"}
