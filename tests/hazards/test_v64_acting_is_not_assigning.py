"""V64: "may assign" used for "may act upon": a member whose role nobody can hand out is untouchable (OrchardCore#4319)."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource

DASHBOARD = Context(channel="dashboard", facts={"other_active_owners": 1})
REMOVING = ("members:remove", "members:suspend", "members.remove", "members.suspend")
SUPPORT = """
scopeguard: 1
catalog:
  surfaces:
    tickets: {actions: [read, write], explicit_only: true, because: they quote what Users said}
  permissions:
    support.tickets.manage: {grants: ["tickets:{read,write}"]}
roles:
  support: {holds: [product.view, support.tickets.manage], loosens: Who answers reads, RANK}
"""


def code(guard: Guard, action: str, actor: str, roles: tuple[str, ...], new: tuple[str, ...] = ()) -> str | None:
    """What somebody with a role is told who does this to a member with some roles."""
    who = Principal.member("usr_1", workspace="ws_1", roles=[actor])
    about = Resource("members", "usr_2", "ws_1", {"roles": roles, "new_roles": new})
    return guard.check(who, action, about, DASHBOARD).code


def with_support(folder: Path, rank: str = "rank: 20") -> Guard:
    """The shipped pack with a role that holds what nobody else holds."""
    (folder / "mine.yaml").write_text(SUPPORT.replace(", RANK", f", {rank}" if rank else ""), encoding="utf-8")
    return Guard.default(folder)


@pytest.mark.parametrize("actor", ["owner", "admin"])
@pytest.mark.parametrize("action", REMOVING)
def test_v64_a_role_that_is_gone_holds_nothing(actor: str, action: str) -> None:
    """The case: the pack has dropped the role. Its holder is removed like anybody without a role."""
    guard = Guard.default()
    assert code(guard, action, actor, ("former",)) is None
    assert code(guard, action, actor, ()) is None
    assert code(guard, action, actor, ("former", "viewer")) is None
    assert code(guard, action, "admin", ("former", "owner")) == "rank_too_low"


@pytest.mark.parametrize("actor", ["owner", "admin"])
def test_v64_a_role_that_is_gone_is_still_nobodys_to_give(actor: str) -> None:
    """Its holder gets another role; nobody gets it."""
    guard = Guard.default()
    assert code(guard, "members:change_role", actor, ("former",), ("viewer",)) is None
    assert code(guard, "members:change_role", actor, ("viewer",), ("former",)) == "grant_exceeds_actor"
    assert code(guard, "members:invite", actor, (), ("former",)) == "grant_exceeds_actor"


@pytest.mark.parametrize("rank", ["rank: 20", "", "rank: 99"])
@pytest.mark.parametrize("action", REMOVING)
def test_v64_a_role_of_an_overlay_makes_nobody_untouchable(tmp_path: Path, rank: str, action: str) -> None:
    """The other case: nobody holds what the overlay's role holds. The owner, who stands higher, still acts upon it."""
    guard = with_support(tmp_path, rank)
    assert code(guard, action, "owner", ("support",)) is None
    assert code(guard, action, "owner", ("support", "viewer")) is None
    assert code(guard, action, "viewer", ("support",)) == "member_permission_missing"
    assert code(guard, "members:invite", "owner", (), ("support",)) == "grant_exceeds_actor"
    assert code(guard, "members:change_role", "owner", ("support",), ("viewer",)) is None


def test_v64_a_higher_rank_is_not_acted_upon_from_below(tmp_path: Path) -> None:
    """Who holds something that the actor lacks, and does not stand lower, stays out of reach."""
    guard = with_support(tmp_path, "rank: 100")
    assert code(guard, "members:remove", "owner", ("support",)) == "rank_too_low"
    guard = with_support(tmp_path, "rank: 85")
    assert code(guard, "members:remove", "owner", ("support",)) is None
    assert code(guard, "members:remove", "admin", ("support",)) == "rank_too_low"


@pytest.mark.parametrize("target", ["owner", "billing", "compliance"])
@pytest.mark.parametrize("action", REMOVING)
def test_v64_what_a_higher_role_holds_too_still_counts(tmp_path: Path, action: str, target: str) -> None:
    """A lower rank alone puts nobody within reach: what its holder has is the owner's to watch over."""
    for guard in (Guard.default(), with_support(tmp_path)):
        assert code(guard, action, "admin", (target,)) == "rank_too_low"
        assert code(guard, action, "admin", ("viewer", target)) == "rank_too_low"


def test_v64_without_ranks_holdings_alone_count(tmp_path: Path) -> None:
    """In a pack without ranks nobody acts upon whoever holds something more."""
    (tmp_path / "pack.yaml").write_text("""
scopeguard: 1
catalog:
  surfaces:
    notes:   {actions: [read, write], coarse: true}
    members: {actions: [remove], holdable_by: [member], attributes: {roles: list(string), new_roles: list(string)}}
  attributes: {facts: {other_active_owners: int}}
roles:
  lead:   {holds: ["notes:read", "members:remove"]}
  writer: {holds: ["notes:*"]}
  reader: {holds: ["notes:read"]}
rules:
  - id: members.above
    effect: deny
    on: ["members:remove"]
    when: resource.roles.exists(role, role in principal.superior_roles)
    code: not_permitted
""", encoding="utf-8")  # fmt: skip
    guard = Guard.load(tmp_path)
    assert [code(guard, "members:remove", "lead", (role,)) for role in ("lead", "writer", "reader", "former")] == [
        None, "not_permitted", None, None,
    ]  # fmt: skip
