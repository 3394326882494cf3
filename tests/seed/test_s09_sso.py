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
    assert tab(guard, world.member("admin"), shut).code == "sso_required"
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


SHUT = Context(channel="dashboard", facts={"sso_available": True}, attributes={"sso_required": True})


def member(role: str, *, sso: bool = False, suspended: bool = False) -> Principal:
    """A member of one role."""
    return Principal.member("usr_1", workspace=world.WORKSPACE, roles=[role], sso=sso, suspended=suspended)


@pytest.mark.parametrize("role", tables.ROLES)
def test_s09_an_owner_gets_back_to_it(guard: Guard, role: str) -> None:
    """Single sign-on that is required and does not work: an owner reaches its settings and nothing else, on the record."""
    without, signed_on = (guard.permissions(member(role, sso=sso), SHUT) for sso in (False, True))
    assert set(without) == (set(ACTIONS) if role == "owner" else set())
    assert set(without) <= set(signed_on)
    for action in ACTIONS:
        decision = guard.check(member(role), action, context=SHUT)
        assert [each.kind for each in decision.obligations] == ["audit"]
        if role == "owner":
            assert decision.allowed
            (advice,) = decision.advice
            assert (advice.code, advice.target) == ("sso_break_glass", "settings/sso")
        else:
            assert decision.code in {"sso_required", "member_permission_missing"}
        assert guard.check(member(role, sso=True), action, context=SHUT).advice == ()
        assert guard.check(member(role), action, context=world.DASHBOARD).advice == ()


@pytest.mark.parametrize(
    ("who", "there", "code"),
    [
        (member("owner", suspended=True), SHUT, "member_suspended"),
        (Principal.member("usr_1", workspace=world.ELSEWHERE, roles=["owner"]), SHUT, "workspace_mismatch"),
        (member("owner"), Context("server", facts=SHUT.facts, attributes=SHUT.attributes), "dashboard_only"),
        (member("owner"), Context("dashboard", attributes=SHUT.attributes), "feature_not_available"),
        (member("viewer"), SHUT, "member_permission_missing"),
        (member("admin"), SHUT, "sso_required"),
    ],
)
def test_s09_the_way_back_is_no_way_in(guard: Guard, who: Principal, there: Context, code: str) -> None:
    """Everything else that stands before it does so for an owner too."""
    resource = world.about("sso:view")
    assert guard.check(who, "sso:view", resource, there).code == code


@pytest.mark.parametrize("sso", [False, "yes", 1])
def test_s09_only_true_is_signed_on(guard: Guard, sso: object) -> None:
    """A state that is there and false, or no flag at all, is not single sign-on (V89)."""
    who = Principal("member", "usr_1", world.WORKSPACE, roles=["admin"], attributes={"sso": sso})
    assert guard.check(who, "agents:read", context=SHUT).code == "sso_required"


@pytest.mark.parametrize("required", ["yes", 1])
def test_s09_a_requirement_that_cannot_be_read_is_one(guard: Guard, required: object) -> None:
    """What is no flag cannot be evaluated: nobody comes in without single sign-on, but for the owner's way back."""
    there = Context("dashboard", facts=SHUT.facts, attributes={"sso_required": required})
    assert guard.check(member("owner"), "agents:read", context=there).code == "sso_required"
    assert guard.check(member("owner"), "sso:manage", context=there).allowed
