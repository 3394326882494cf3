"""V62: a guard that binds only holders: whoever has the right by a rule walks past it (nocturne#617, penpot#11099)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scopeguard import Context, Decision, Guard, PolicyError, Principal, Resource
from scopeguard.shipped import policies

OVERLAY = """
scopeguard: 1
rules:
  - {id: mine.invites, effect: allow, loosens: It is tried, on: ["members:{VERBS}"], ALLOWED}
"""
LAST: dict[str, object] = {"other_active_owners": 0}
OTHERS: dict[str, object] = {"other_active_owners": 1}
ALLOWED = ["roles: [developer]", 'kinds: [member], when: \'"developer" in principal.roles\'', "kinds: [member]",
           'requires: "api_keys:view"']  # fmt: skip


def overlaid(
    folder: Path, allowed: str = "roles: [developer]", verbs: str = "change_role,remove,suspend,invite"
) -> Guard:
    """The shipped pack, where a rule lets developers manage members."""
    text = OVERLAY.replace("VERBS", verbs).replace("ALLOWED", allowed)
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    return Guard.default(folder)


def ask(
    guard: Guard, action: str, roles: tuple[str, ...], new: tuple[str, ...] = (), *, by: str = "developer",
    facts: dict[str, object] = OTHERS,
) -> Decision:  # fmt: skip
    """A question of a member about another."""
    about = Resource("members", "usr_2", "ws_1", {"roles": roles, "new_roles": new})
    who = Principal.member("usr_1", workspace="ws_1", roles=[by])
    return guard.check(who, action, about, Context(channel="dashboard", facts=facts))


@pytest.mark.parametrize("allowed", ALLOWED)
def test_v62_a_right_by_a_rule_makes_no_owner(tmp_path: Path, allowed: str) -> None:
    """The case: an overlay lets developers change roles. They make no owner, and demote none."""
    guard = overlaid(tmp_path, allowed)
    made = ask(guard, "members:change_role", ("viewer",), ("owner",))
    assert (made.code, made.stage, made.rules) == ("grant_exceeds_actor", "standing", ("members.grant-exceeds-actor",))
    for action in ("members:change_role", "members:remove", "members:suspend", "members.remove"):
        decision = ask(guard, action, ("owner",), ("viewer",), facts=LAST)
        assert (decision.code, decision.also) == ("rank_too_low", ("last_owner",))
    assert ask(guard, "members:invite", (), ("admin",)).code == "grant_exceeds_actor"
    assert ask(guard, "members:change_role", ("viewer",), ("developer",))
    assert ask(guard, "members:invite", (), ("viewer",))


def test_v62_the_last_owner_stays_whoever_asks(tmp_path: Path) -> None:
    """Owners are bound too, also where a rule allows it to them besides."""
    guard = overlaid(tmp_path, "roles: [owner]")
    for action in ("members:change_role", "members:remove", "members:suspend"):
        assert ask(guard, action, ("owner",), ("admin",), by="owner", facts=LAST).code == "last_owner"
        assert ask(guard, action, ("owner",), ("admin",), by="owner")


@pytest.mark.parametrize("role", ["developer", "billing", "compliance", "viewer", "nobody"])
@pytest.mark.parametrize("action", ["members:invite", "members:change_role", "members:remove", "members.suspend"])
def test_v62_a_stranger_hears_only_of_the_permission(role: str, action: str) -> None:
    """Who may not manage members learns nothing of ranks and last owners."""
    guard = Guard.default()
    who = Principal.member("usr_1", workspace="ws_1", roles=[] if role == "nobody" else [role])
    for about in (None, Resource("members", "usr_2", "ws_1", {"roles": ("owner",), "new_roles": ("owner",)})):
        here = Context(channel="dashboard", facts=LAST)
        decision = guard.check(who, action, context=here) if about is None else guard.check(who, action, about, here)
        assert (decision.code, decision.rules, decision.also) == ("member_permission_missing", (), ())
        assert decision.needed == ("settings.members.manage",)


def without(rule: str) -> Callable[[str], str]:
    """An edit of members.yaml that takes one rule out."""

    def edit(text: str) -> str:
        start = text.index(f"  - id: {rule}\n")
        end = text.find("  - id: ", start + 1)
        return text[:start] + text[end:]

    return edit


INVARIANTS = {
    "members.above-actor": ("holds.nobody-acts-above",),
    "members.grant-exceeds-actor": ("holds.nobody-hands-out-more",),
    "members.last-owner": ("holds.an-owner-stays",),
}


@pytest.mark.parametrize(("rule", "broken"), INVARIANTS.items())
def test_v62_each_guard_has_an_invariant(tmp_path: Path, rule: str, broken: tuple[str, ...]) -> None:
    """A pack that lost one of the guards is told so."""
    copy = tmp_path / "workspace"
    shutil.copytree(policies() / "workspace", copy, ignore=shutil.ignore_patterns("*_test.yaml", "*.md"))
    file = copy / "members.yaml"
    file.write_text(without(rule)(file.read_text(encoding="utf-8")), encoding="utf-8")
    assert tuple(found.invariant for found in Guard.load(copy).verify()) == broken


def test_v62_the_overlay_is_told_of(tmp_path: Path) -> None:
    """With the guards in place it hands out no power, and still lets others than owner and admin change members."""
    guard = overlaid(tmp_path)
    (violation,) = guard.verify()
    assert (violation.invariant, violation.code) == ("holds.managers-change-members", "SG601")
    assert violation.decision is not None
    assert violation.decision.rules == ("mine.invites",)
    with pytest.raises(PolicyError, match=r"holds\.managers-change-members"):
        Guard.load([policies() / "workspace", tmp_path], verify=True)


def test_v62_the_overlay_over_guards_for_holders_breaks_all(tmp_path: Path) -> None:
    """The pack as it was: guards that speak to holders alone, and the overlay of the case."""
    copy = tmp_path / "workspace"
    shutil.copytree(policies() / "workspace", copy, ignore=shutil.ignore_patterns("*_test.yaml", "*.md"))
    file = copy / "members.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    stage: standing\n", "    roles: [owner, admin]\n"), encoding="utf-8")
    (copy / "mine.yaml").write_text(OVERLAY.replace("VERBS", "change_role").replace("ALLOWED", ALLOWED[0]), "utf-8")
    found = {violation.invariant: violation for violation in Guard.load(copy).verify()}
    assert set(found) == {
        "holds.nobody-hands-out-more", "holds.nobody-acts-above", "holds.an-owner-stays", "holds.managers-change-members",
    }  # fmt: skip
    assert {violation.code for violation in found.values()} == {"SG601"}
