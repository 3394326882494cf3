"""Missing member permissions can make settings unavailable."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from tests.seed import tables, world

EXACT = "".join(
    f"  {tab}_{verb}: {{holds: [settings.{tab}.{verb}], loosens: a test}}\n"
    for tab in tables.TABS
    for verb in ("view", "manage")
    if (tab, verb) != ("audit", "manage")
)
"""A role for each member permission of a tab, and no more in it."""

TARGET = Resource("members", "usr_2", world.WORKSPACE, {"roles": ("audit_view",), "new_roles": ("audit_view",)})


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The shipped pack with such roles on top."""
    folder: Path = tmp_path_factory.mktemp("exact")
    (folder / "roles.yaml").write_text(f"scopeguard: 1\nroles:\n{EXACT}", encoding="utf-8")
    return Guard.default(folder)


def states(guard: Guard, who: Principal, context: Context = world.DASHBOARD) -> dict[str, str]:
    """The state of each tab."""
    return {tab.id: tab.state for tab in guard.settings_tabs(who, context)}


@pytest.mark.parametrize("tab", tables.TABS)
def test_s36_without_its_permission_a_tab_is_unavailable(exact: Guard, tab: str) -> None:
    """Not even all the others together open it; what is needed is named, and the server refuses each operation of it."""
    others = [f"{other}_{verb}" for other in tables.TABS for verb in ("view", "manage") if other != tab]
    for who in (world.member(), world.member(*others)):
        shown = {state.id: state for state in exact.settings_tabs(who, world.DASHBOARD)}[tab]
        assert (shown.state, shown.code) == ("unavailable", "member_permission_missing")
        assert shown.needed == (f"settings.{tab}.view",)
        assert shown.remedy is not None
        assert shown.needed[0] in shown.remedy.text
        assert shown.remedy.action == "ask"
        for permission in (*tables.VIEWS[tab], *tables.MANAGES.get(tab, ())):
            for decision in world.both(exact, who, permission, world.DASHBOARD):
                assert decision.code == "member_permission_missing", permission


@pytest.mark.parametrize("tab", tables.TABS)
def test_s36_it_names_the_roles_that_hold_it(guard: Guard, tab: str) -> None:
    """As the role table has them, sorted: all in the state; in its remedy the first three, and how many more."""
    shown = {state.id: state for state in guard.settings_tabs(world.member(), world.DASHBOARD)}[tab]
    assert shown.roles == tuple(sorted(role for role in tables.ROLES if tables.level(tab, role) != "-"))
    assert shown.remedy is not None
    more = f" and {len(shown.roles) - 3} more" if len(shown.roles) > 3 else ""
    assert f"({', '.join(shown.roles[:3])}{more})" in shown.remedy.text


@pytest.mark.parametrize("tab", tables.TABS)
def test_s36_with_view_it_is_read_only(exact: Guard, tab: str) -> None:
    """That tab and no other; the server lets it be seen, and refuses whatever manages it."""
    who = world.member(f"{tab}_view")
    assert states(exact, who) == {other: "read_only" if other == tab else "unavailable" for other in tables.TABS}
    for permission in tables.VIEWS[tab]:
        assert exact.check(who, permission, context=world.DASHBOARD)
    for permission in tables.MANAGES.get(tab, ()):
        decision = exact.check(who, permission, _about(permission), world.DASHBOARD)
        assert decision.needed == (f"settings.{tab}.manage",)


@pytest.mark.parametrize("tab", [tab for tab in tables.TABS if tab != "audit"])
def test_s36_with_manage_it_is_managed(exact: Guard, tab: str) -> None:
    """That tab and no other; the server lets each of its operations pass."""
    who = world.member(f"{tab}_manage", "audit_view")
    expected = {other: "manage" if other == tab else "unavailable" for other in tables.TABS}
    assert states(exact, who) == expected | {"audit": "read_only"}
    context = Context(channel="dashboard", facts={"sso_available": True, "other_active_owners": 1})
    for permission in (*tables.VIEWS[tab], *tables.MANAGES[tab]):
        assert exact.check(who, permission, _about(permission), context), permission


@pytest.mark.parametrize("role", tables.ROLES)
def test_s36_each_role_sees_what_the_role_table_says(guard: Guard, role: str) -> None:
    """Six roles by eight tabs."""
    assert states(guard, world.member(role)) == {tab: tables.TAB_STATES[tables.level(tab, role)] for tab in tables.TABS}


@pytest.mark.parametrize("role", tables.ROLES)
def test_s36_other_reasons_come_first_and_tell_nothing_of_permissions(guard: Guard, role: str) -> None:
    """A suspended member, another channel, another workspace: each tab with that code, and with nothing needed."""
    suspended = Principal.member("usr_1", workspace=world.WORKSPACE, roles=[role], suspended=True)
    for who, channel, workspace, codes in (
        (suspended, "dashboard", None, {"member_suspended"}),
        (world.member(role), "dashboard", world.ELSEWHERE, {"workspace_mismatch"}),
        (world.member(role), "server", None, {"dashboard_only", "credential_channel_forbidden"}),
        (suspended, "server", world.ELSEWHERE, {"member_suspended"}),
    ):
        context = Context(channel=channel)
        for ask in (guard.settings_tabs, guard.billing_panels):
            for shown in ask(who, context, workspace=workspace):
                assert shown.state == "unavailable"
                assert shown.code in codes
                assert (shown.needed, shown.roles) == ((), ())


def _about(permission: str) -> Resource:
    return TARGET if permission.startswith("members:") else world.about(permission)
