"""Settings tabs."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world


def test_s03_the_tabs_are_one_ordered_list(guard: Guard) -> None:
    """The list has an order, and no tab stands in it twice."""
    tabs = [tab.id for tab in guard.catalog.settings["settings"]]
    assert isinstance(guard.catalog.settings["settings"], tuple)
    assert len(tabs) == len(set(tabs)) == len(tables.TABS)


@pytest.mark.parametrize("role", [*tables.ROLES, None])
def test_s03_everybody_sees_them_in_this_order(guard: Guard, role: str | None) -> None:
    """Whatever the states are, none is left out and none moves."""
    tabs = guard.settings_tabs(world.member(*([role] if role else [])), world.DASHBOARD)
    assert isinstance(tabs, tuple)
    assert tuple(tab.id for tab in tabs) == tables.TABS


def test_s03_every_tab_has_its_own_permissions(guard: Guard) -> None:
    """Each tab is viewed, and where there is something to manage managed, by permissions named after it."""
    for tab in guard.catalog.settings["settings"]:
        assert tab.view == f"settings.{tab.id}.view"
        assert tab.manage == (None if tab.id == "audit" else f"settings.{tab.id}.manage")
        assert {tab.view, tab.manage or tab.view} <= set(guard.catalog.member_permissions)
