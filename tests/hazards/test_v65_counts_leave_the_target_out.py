"""V65: a count that includes the target: with one active owner a suspended one cannot be removed (fizzy#3111)."""

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource

GUARD = Guard.default()
OWNER = Principal.member("usr_1", workspace="ws_1", roles=["owner"])
ANOTHER = Resource("members", "usr_2", "ws_1", {"roles": ("owner",), "new_roles": ("admin",)})
ACTIONS = ("members:remove", "members:suspend", "members:change_role", "members.remove", "members.assign_role")


def ask(action: str, **facts: object) -> Decision:
    """An owner does something to another owner."""
    return GUARD.check(OWNER, action, ANOTHER, Context(channel="dashboard", facts=facts))


@pytest.mark.parametrize("action", ACTIONS)
def test_v65_a_suspended_owner_is_removed_beside_one_active_owner(action: str) -> None:
    """The case: of two owners one is suspended, and goes. Beside nobody it stays."""
    assert ask(action, other_active_owners=1)
    assert ask(action, other_active_owners=0).code == "last_owner"


@pytest.mark.parametrize("action", ACTIONS)
def test_v65_the_former_fact_is_read_for_a_while(action: str) -> None:
    """Where a host still counts all active owners the answer is what it was."""
    assert ask(action, owner_count=2)
    assert ask(action, owner_count=1).code == "last_owner"


@pytest.mark.parametrize(("others", "count", "allowed"), [(1, 1, True), (0, 2, False), (1, 0, True), (0, 9, False)])
def test_v65_of_both_the_new_one_counts(others: int, count: int, allowed: bool) -> None:
    """Whatever the former says beside it."""
    assert ask("members:remove", other_active_owners=others, owner_count=count).allowed is allowed


@pytest.mark.parametrize("facts", [{}, {"other_active_owners": "1"}, {"other_active_owners": True}, {"owner_count": 2.0},
                                   {"other_active_owners": "1", "owner_count": 2}, {"other_active_owners": -1}])  # fmt: skip
def test_v65_what_is_no_count_takes_no_owner_away(facts: dict[str, object]) -> None:
    """Where nobody counted, or nobody knows what, the owner stays."""
    decision = ask("members:remove", **facts)
    assert (decision.code, decision.rules) == ("last_owner", ("members.last-owner",))
