"""Members for workspace access."""

import pytest

from scopeguard import Context, Guard, Principal, Resource
from tests.seed import tables, world

MANAGING = ("change_role", "remove", "suspend")
SURFACE = Resource("members", workspace=world.WORKSPACE)
"""Nobody in particular."""


def _target(
    roles: tuple[str, ...] | None = None, new_roles: tuple[str, ...] | None = None, workspace: str = world.WORKSPACE
) -> Resource:
    given = {"roles": roles, "new_roles": new_roles}
    return Resource("members", "usr_2", workspace, {name: value for name, value in given.items() if value is not None})


def _dashboard(other_owners: int | None = 1) -> Context:
    told = {"other_active_owners": world.GONE if other_owners is None else other_owners}
    return Context(channel="dashboard", facts=world.healthy(told), now=world.NOW)


@pytest.mark.parametrize("role", tables.ROLES)
def test_s06_access_is_given_and_taken_by_managers_only(guard: Guard, role: str) -> None:
    """Every verb on members, on a viewer: who lacks the permission is told so, and nothing else."""
    level = tables.level("members", role)
    for action in ("invite", *MANAGING):
        for resource in (_target(("viewer",), ("viewer",)), SURFACE):
            decision = guard.check(world.member(role), f"members:{action}", resource, _dashboard())
            if level != "M":
                assert decision.code == "member_permission_missing"
                assert decision.needed == ("settings.members.manage",)
            else:
                assert decision.allowed is (resource is not SURFACE)
    assert guard.check(world.member(role), "members:view", context=_dashboard()).allowed is (level != "-")


@pytest.mark.parametrize("actor", sorted(tables.ASSIGNABLE))
@pytest.mark.parametrize("target", tables.ROLES)
@pytest.mark.parametrize("new", tables.ROLES)
def test_s06_nobody_changes_or_hands_out_more_than_they_hold(guard: Guard, actor: str, target: str, new: str) -> None:
    """All pairs of a role that a member has and one that the member is to have."""
    mine = tables.ASSIGNABLE[actor]
    who = world.member(actor)
    denied = {"rank_too_low": target not in mine, "grant_exceeds_actor": new not in mine}
    wrong = [code for code, is_so in denied.items() if is_so]
    for action in ("members:change_role", "members.assign_role"):
        decision = guard.check(who, action, _target((target,), (new,)), _dashboard())
        assert ([] if decision else [decision.code, *decision.also]) == wrong
    for action in ("members:remove", "members:suspend", "members.remove", "members.suspend"):
        above = "rank_too_low" if target not in mine else None
        assert guard.check(who, action, _target((target,)), _dashboard()).code == above
    for action in ("members:invite", "members.invite"):
        over = "grant_exceeds_actor" if new not in mine else None
        assert guard.check(who, action, _target(new_roles=(new,)), _dashboard()).code == over


def test_s06_one_role_too_many_is_enough(guard: Guard) -> None:
    """Among several roles each one counts."""
    admin = world.member("admin")
    assert guard.check(admin, "members:remove", _target(("viewer", "owner")), _dashboard()).code == "rank_too_low"
    invite = guard.check(admin, "members:invite", _target(new_roles=("viewer", "billing")), _dashboard())
    assert invite.code == "grant_exceeds_actor"
    assert guard.check(admin, "members:invite", _target(new_roles=("viewer", "developer")), _dashboard())


@pytest.mark.parametrize("actor", sorted(tables.ASSIGNABLE))
def test_s06_an_unknown_role_is_nobodys_to_give_and_no_ones_shield(guard: Guard, actor: str) -> None:
    """A role that the pack does not have is assignable by no one; it holds nothing, so that its holder may be removed."""
    who = world.member(actor)
    invite = guard.check(who, "members:invite", _target(new_roles=("root",)), _dashboard())
    assert invite.code == "grant_exceeds_actor"
    for action in ("members:remove", "members:suspend"):
        assert guard.check(who, action, _target(("root",)), _dashboard())


@pytest.mark.parametrize("other_owners", [0, 1, 2, None])
@pytest.mark.parametrize("action", MANAGING)
@pytest.mark.parametrize("new", tables.ROLES)
def test_s06_the_last_owner_stays(guard: Guard, action: str, new: str, other_owners: int | None) -> None:
    """Whatever takes ownership away from the last owner is denied, and where nobody counted too."""
    keeps = action == "change_role" and new == "owner"
    safe = other_owners is not None and other_owners > 0
    decision = guard.check(
        world.member("owner"), f"members:{action}", _target(("owner",), (new,)), _dashboard(other_owners)
    )
    assert decision.code == (None if keeps or safe else "last_owner")
    assert decision.status == (200 if keeps or safe else 409)
    assert decision.errors == (("members.last-owner",) if other_owners is None and not keeps else ())


@pytest.mark.parametrize("action", ["invite", *MANAGING])
def test_s06_a_question_without_the_roles_is_denied(guard: Guard, action: str) -> None:
    """What the host does not tell is never taken for harmless."""
    for resource in (SURFACE, _target(), _target(workspace=world.WORKSPACE)):
        decision = guard.check(world.member("owner"), f"members:{action}", resource, _dashboard())
        assert not decision
        assert decision.errors


@pytest.mark.parametrize("role", tables.ROLES)
def test_s06_nobody_raises_themselves(guard: Guard, role: str) -> None:
    """One's own role is a member's role like any other."""
    me = Resource("members", "usr_1", world.WORKSPACE, {"roles": (role,), "new_roles": ("owner",)})
    assert guard.check(world.member(role), "members:change_role", me, _dashboard()).allowed is (role == "owner")


@pytest.mark.parametrize("role", tables.ROLES)
def test_s06_a_suspended_member_has_no_permissions(guard: Guard, role: str) -> None:
    """Whatever the role, every permission is denied at the first stage."""
    who = Principal.member("usr_1", workspace=world.WORKSPACE, roles=[role], suspended=True)
    assert world.codes(guard, who, tables.PERMISSIONS, world.DASHBOARD) == {"member_suspended"}
