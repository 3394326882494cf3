"""SSO for workspace single sign-on configuration when available."""

import pytest

from scopeguard import Context, Guard
from tests.seed import tables, world

ACTIONS = ("sso:view", "sso:manage")


@pytest.mark.parametrize("role", tables.ROLES)
def test_s09_where_it_is_available_the_permission_decides(guard: Guard, role: str) -> None:
    """View and manage by the role table."""
    level = tables.level("sso", role)
    view, manage = (guard.check(world.member(role), action, None, world.DASHBOARD) for action in ACTIONS)
    assert view.allowed is (level != "-")
    assert manage.allowed is (level == "M")


@pytest.mark.parametrize("role", tables.ROLES)
@pytest.mark.parametrize("facts", [{}, {"sso_available": False}, {"sso_available": None}, {"sso_available": "yes"}])
def test_s09_where_it_is_not_available_nobody_is_told_to_ask_for_a_permission(
    guard: Guard, role: str, facts: dict[str, object]
) -> None:
    """Even the owner is refused, for the feature and not for a permission. Not knowing is not being available."""
    context = Context(channel="dashboard", facts=facts)  # wrong types are the point
    held = tables.held_by(role)
    for action in ACTIONS:
        decision = guard.check(world.member(role), action, None, context)
        assert decision.code == ("feature_not_available" if action in held else "member_permission_missing")
        if action in held:
            assert decision.needed == ()
            assert decision.stage == "feature"


@pytest.mark.parametrize("role", tables.ROLES)
def test_s09_nothing_else_depends_on_it(guard: Guard, role: str) -> None:
    """The other surfaces are as they were."""
    without = world.allowed(guard, world.member(role), Context(channel="dashboard"))
    assert without == world.allowed(guard, world.member(role), world.DASHBOARD) - set(ACTIONS)
