"""The current Settings page has these tabs."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world


def test_s04_exactly_these_eight_in_this_order(guard: Guard) -> None:
    """General, Members, API keys, Providers, SSO, Privacy, Compliance, Audit."""
    assert [(tab.id, tab.title) for tab in guard.settings_tabs(world.member("owner"), world.DASHBOARD)] == [
        ("general", "General"),
        ("members", "Members"),
        ("api_keys", "API keys"),
        ("providers", "Providers"),
        ("sso", "SSO"),
        ("privacy", "Privacy"),
        ("compliance", "Compliance"),
        ("audit", "Audit"),
    ]


@pytest.mark.parametrize("role", [*tables.ROLES, None])
@pytest.mark.parametrize("tab", tables.TABS)
def test_s04_each_tab_has_a_state_for_any_member(guard: Guard, tab: str, role: str | None) -> None:
    """What the role table says, or else a missing permission, named."""
    who = world.member() if role is None else world.member(role)
    level = "-" if role is None else tables.level(tab, role)
    shown = {state.id: state for state in guard.settings_tabs(who, world.DASHBOARD)}[tab]
    assert shown.state == tables.TAB_STATES[level]
    assert shown.code == (None if level != "-" else "member_permission_missing")
    for permission in tables.VIEWS[tab]:
        decision = guard.check(who, permission, context=world.DASHBOARD)
        assert decision.allowed is (level != "-"), permission
        if level == "-":
            assert decision.code == "member_permission_missing"
            assert decision.needed == (f"settings.{tab}.view",)
            assert decision.remedy is not None
            assert decision.needed[0] in decision.remedy.text
    for permission in tables.MANAGES.get(tab, ()):
        decision = guard.check(who, permission, world.about(permission), world.DASHBOARD)
        assert decision.allowed is (level == "M"), permission
        if level != "M":
            assert decision.code == "member_permission_missing"
            assert decision.needed == (f"settings.{tab}.manage",)
