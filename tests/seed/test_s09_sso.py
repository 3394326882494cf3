"""SSO for workspace single sign-on configuration when available."""

import pytest

from scopeguard import Context, Guard, Principal, TabState
from tests.seed import tables, world

ACTIONS = ("sso:view", "sso:manage")


def tab(guard: Guard, who: Principal, context: Context) -> TabState:
    """The state of the SSO tab."""
    return {shown.id: shown for shown in guard.settings_tabs(who, context)}["sso"]


@pytest.mark.parametrize("role", tables.ROLES)
def test_s09_where_it_is_available_the_permission_decides(guard: Guard, role: str) -> None:
    """View and manage by the role table."""
    level = tables.level("sso", role)
    view, manage = (guard.check(world.member(role), action, context=world.DASHBOARD) for action in ACTIONS)
    assert view.allowed is (level != "-")
    assert manage.allowed is (level == "M")
    shown = tab(guard, world.member(role), world.DASHBOARD)
    assert shown.state == tables.TAB_STATES[level]
    assert shown.needed == (("settings.sso.view",) if level == "-" else ())


@pytest.mark.parametrize("role", tables.ROLES)
@pytest.mark.parametrize("facts", [{}, {"sso_available": False}, {"sso_available": None}, {"sso_available": "yes"}])
def test_s09_where_it_is_not_available_nobody_is_told_to_ask_for_a_permission(
    guard: Guard, role: str, facts: dict[str, object]
) -> None:
    """Even the owner is refused, for the feature and not for a permission. Not knowing is not being available."""
    context = Context(channel="dashboard", facts=facts)  # wrong types are the point
    held = tables.held_by(role)
    for action in ACTIONS:
        decision = guard.check(world.member(role), action, context=context)
        assert decision.code == ("feature_not_available" if action in held else "member_permission_missing")
        if action in held:
            assert decision.needed == ()
            assert decision.stage == "feature"
    shown = tab(guard, world.member(role), context)
    assert (shown.state, shown.code) == ("not_offered", "feature_not_available")
    assert (shown.needed, shown.roles) == ((), ())


@pytest.mark.parametrize("facts", [{}, {"sso_available": False}, {"sso_available": True}])
def test_s09_what_comes_before_the_feature_hides_whether_it_is_there(guard: Guard, facts: dict[str, object]) -> None:
    """Who is suspended, elsewhere or has to sign in first is told that, with the feature and without it."""
    suspended = Principal.member("usr_1", workspace=world.WORKSPACE, roles=["owner"], suspended=True)
    context = Context(channel="dashboard", facts=facts)
    shut = Context(channel="dashboard", facts=facts, attributes={"sso_required": True})
    assert tab(guard, suspended, context).code == "member_suspended"
    assert tab(guard, world.member("owner"), Context(channel="server", facts=facts)).code == "dashboard_only"
    assert tab(guard, world.member("owner"), shut).code == "sso_required"
    assert tab(guard, world.member("viewer"), shut).code == "member_permission_missing"
    elsewhere = guard.settings_tabs(world.member("owner"), context, workspace=world.ELSEWHERE)
    assert {shown.code for shown in elsewhere} == {"workspace_mismatch"}


@pytest.mark.parametrize("role", [*tables.ROLES, None])
def test_s09_no_permission_is_asked_for_what_is_not_there(guard: Guard, role: str | None) -> None:
    """Not even where the permission is missing; and the other tabs are as they were."""
    who = world.member(*([role] if role else []))
    with_it, without = guard.settings_tabs(who, world.DASHBOARD), guard.settings_tabs(who, Context(channel="dashboard"))
    for one, other in zip(with_it, without, strict=True):
        if one.id == "sso":
            assert other.state == "not_offered"
            assert other.remedy is not None
            assert "settings.sso" not in str(other)
        else:
            assert one == other


@pytest.mark.parametrize("role", tables.ROLES)
def test_s09_nothing_else_depends_on_it(guard: Guard, role: str) -> None:
    """The other surfaces are as they were."""
    without = world.allowed(guard, world.member(role), Context(channel="dashboard"))
    assert without == world.allowed(guard, world.member(role), world.DASHBOARD) - set(ACTIONS)
