"""Settings and Billing are the Account surfaces for workspace administration."""

import pytest

from scopeguard import Guard, Resource
from tests.seed import tables, world


@pytest.mark.parametrize("role", tables.ROLES)
def test_s02_a_member_gets_nothing_in_another_workspace(guard: Guard, role: str) -> None:
    """Every permission of the catalog, asked in another workspace: denied, and nothing is revealed."""
    for permission in tables.PERMISSIONS:
        decision = guard.check(
            world.member(role), permission, world.about(permission, world.ELSEWHERE), world.DASHBOARD
        )
        assert (decision.code, decision.status, decision.remedy) == ("workspace_mismatch", 404, None), permission
        assert decision.also == ()


@pytest.mark.parametrize("role", tables.ROLES)
def test_s02_the_account_is_administered_in_ones_own_workspace(guard: Guard, role: str) -> None:
    """The pages themselves: every role with a tab or an item opens them at home, and only there."""
    for page in ("settings", "billing"):
        permission = f"{page}:view"
        home = guard.check(world.member(role), permission, Resource(page, workspace=world.WORKSPACE), world.DASHBOARD)
        assert home.allowed is (permission in tables.held_by(role))
        nowhere = guard.check(world.member(role), permission, Resource(page), world.DASHBOARD)
        assert nowhere.code == "workspace_mismatch"


@pytest.mark.parametrize("role", tables.ROLES)
def test_s02_the_pages_of_another_workspace_show_nothing(guard: Guard, role: str) -> None:
    """No tab and no item is open, whatever the role; at home naming one's own workspace changes nothing."""
    who = world.member(role)
    for ask in (guard.settings_tabs, guard.billing_panels):
        for shown in ask(who, world.DASHBOARD, workspace=world.ELSEWHERE):
            assert (shown.state, shown.code, shown.remedy) == ("unavailable", "workspace_mismatch", None)
        assert ask(who, world.DASHBOARD, workspace=world.WORKSPACE) == ask(who, world.DASHBOARD)


def test_s02_billing_is_no_settings_tab(guard: Guard) -> None:
    """The two pages stand side by side."""
    tabs = {tab.id for tab in guard.catalog.settings["settings"]}
    assert tabs.isdisjoint({"billing", *tables.BILLING_ITEMS})
    assert tabs.isdisjoint(item.id for item in guard.catalog.settings["billing"])
