"""Roles by condition: nobody is assigned one, and whoever meets the condition holds it for that question."""

from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    docs:
      actions: [read, write]
      coarse: true
      qualifiable: true
      implies: {write: [read]}
      attributes: {owner: string}
    logs: {actions: [read, wipe], coarse: true}
    notes: {actions: [read], coarse: true}
    members: {actions: [invite], holdable_by: [member], attributes: {new_roles: list(role)}}
  permissions:
    docs.edit: {grants: ["docs:write"]}
  channels: [server, dashboard]
roles:
  viewer: {holds: ["logs:read", "members:invite"], rank: 1}
  owner_here: {when: principal.id == resource.owner, holds: [docs.edit]}
  on_call: {when: context.channel == "dashboard", holds: ["logs:wipe"]}
  at_desk: {when: context.channel == "dashboard", marker: true}
  beta: {marker: true}
rules:
  - {id: notes.beta, effect: allow, on: ["notes:read"], roles: [beta, at_desk]}
  - {id: logs.editors, effect: allow, on: ["logs:read"], requires: "docs:write"}
  - {id: docs.not-on-call, effect: deny, on: ["docs:write"], when: 'holds("logs:wipe") && holds("docs:write/d_9")', code: not_permitted}
  - {id: invite, effect: deny, on: ["members:invite"], unless: "resource.new_roles.all(r, r in principal.assignable_roles)", code: not_permitted}
"""
DASHBOARD, SERVER, NOWHERE = Context(channel="dashboard"), Context(channel="server"), Context()


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The pack above."""
    return load(tmp_path_factory.mktemp("pack"), PACK)


def load(folder: Path, text: str) -> Guard:
    """A guard of one file."""
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    return Guard.load(folder)


def ann(*roles: str) -> Principal:
    """A member."""
    return Principal.member("ann", workspace="w", roles=roles)


def doc(owner: str | None, id: str = "d_1") -> Resource:
    """A document."""
    return Resource("docs", id, "w", {"owner": owner})


OWN, OTHER, UNSAID = doc("ann"), doc("bob"), doc(None)


@pytest.mark.parametrize(
    ("who", "resource", "rules", "errors"),
    [
        (ann(), OWN, ("role:owner_here",), ()),
        (ann("viewer"), OWN, ("role:owner_here",), ()),
        (ann(), OTHER, (), ()),
        (ann("owner_here"), OTHER, (), ()),
        (ann(), UNSAID, (), ("role:owner_here",)),
        (ann("owner_here"), UNSAID, (), ("role:owner_here",)),
        (Principal.api_key("ann", workspace="w", scopes="docs:read"), OWN, (), ()),
        (Principal.system("ann", workspace="w"), OWN, (), ()),
    ],
)
def test_whoever_meets_the_condition_holds_it(
    guard: Guard, who: Principal, resource: Resource, rules: tuple[str, ...], errors: tuple[str, ...]
) -> None:
    """A member for that question, whatever it claims; and no other kind."""
    decision = guard.check(who, "docs:write", resource, SERVER)
    assert (decision.allowed, decision.rules, decision.errors) == (bool(rules), rules, errors)
    assert guard.check_many(who, [("docs:write", resource)], SERVER)[0].allowed == decision.allowed
    found = guard.filter(who, "docs:write", SERVER)
    assert found.matches(resource) == decision.allowed


def test_it_is_explained_by_the_line_that_begins_with_its_name(guard: Guard) -> None:
    """The role is what let somebody do it: its place is that of the name, not of what it says."""
    told = guard.explain(ann(), "logs:wipe", context=DASHBOARD)
    (looked,) = (each for each in told.looked if each.id == "role:on_call")
    line = PACK.splitlines().index('  on_call: {when: context.channel == "dashboard", holds: ["logs:wipe"]}') + 1
    assert str(looked.place).endswith(f"pack.yaml:{line}:3")


def test_lists_have_it_as_a_condition(guard: Guard) -> None:
    """What is left of it is what is up to the resource; and what the context settles is settled."""
    known = guard.permissions(ann(), DASHBOARD)
    assert set(known) == {"logs:wipe", "notes:read"}
    assert known.conditional["docs:read"] == 'resource.owner == "ann"'
    assert set(guard.permissions(ann(), SERVER)) == set()
    text = str(guard.explain(ann(), "docs:write", OWN))
    assert "allow role:owner_here: allows" in text
    assert "when principal.id == resource.owner is true" in text


@pytest.mark.parametrize(
    ("who", "action", "resource", "context", "rules"),
    [
        # What holds of the resource that is asked about says nothing of one of another surface.
        (ann(), "logs:read", Resource("logs", "l_1", "w"), SERVER, ()),
        (ann("viewer"), "logs:read", None, SERVER, ("role:viewer",)),
        # Of the very resource that is named it does, and of no other.
        (ann(), "docs:write", doc("ann", "d_1"), DASHBOARD, ("role:owner_here",)),
        (ann(), "docs:write", doc("ann", "d_9"), DASHBOARD, ("docs.not-on-call",)),
        (ann(), "docs:write", doc("ann", "d_9"), SERVER, ("role:owner_here",)),
        # The denial that asks for what may be held denies where that cannot be evaluated.
        (ann(), "docs:write", doc("ann", "d_9"), NOWHERE, ("docs.not-on-call",)),
        (ann(), "notes:read", None, DASHBOARD, ("notes.beta",)),
        (ann("beta"), "notes:read", None, SERVER, ("notes.beta",)),
        (ann("at_desk"), "notes:read", None, SERVER, ()),
    ],
)
def test_what_asks_for_grants_and_roles_asks_for_it(
    guard: Guard, who: Principal, action: str, resource: Resource | None, context: Context, rules: tuple[str, ...]
) -> None:
    """``requires``, ``holds`` and the ``roles`` of a rule."""
    about: dict[str, Any] = {} if resource is None else {"resource": resource}
    assert guard.check(who, action, **about, context=context).rules == rules


def test_nobody_is_assigned_it(guard: Guard) -> None:
    """It is no role of the catalog to hand out, and no remedy names it."""
    assert set(guard.catalog.roles) == {"viewer", "beta"}
    assert set(guard.catalog.conditional_roles) == {"owner_here", "on_call", "at_desk"}
    for role, allowed in (("viewer", True), ("beta", False), ("owner_here", False)):
        invited = Resource("members", None, "w", {"new_roles": [role]})
        assert guard.check(ann("viewer"), "members:invite", invited, SERVER).allowed is allowed, role
    remedy = guard.check(ann(), "docs:write", OTHER, SERVER).remedy
    assert remedy is not None
    assert remedy.text == "Ask a member who holds docs.edit (none yet)."


def test_a_marker_is_assigned_by_who_may_do_what_rules_let_it_do(guard: Guard) -> None:
    """Law 13 for a role that holds nothing and lets its holder do something."""
    invited = Resource("members", None, "w", {"new_roles": ["beta"]})
    assert guard.check(ann("viewer", "beta"), "members:invite", invited, SERVER).allowed


def test_a_layer_says_why_it_loosens(tmp_path: Path) -> None:
    """A role by condition gives members something on the layer below."""
    text = 'scopeguard: 1\npack: {name: x, extends: default}\nroles:\n  own: {when: context.channel == "dashboard", holds: ["agents:write"]MORE}\n'
    with pytest.raises(PolicyError, match="SG220"):
        load(tmp_path, text.replace("MORE", ""))
    load(tmp_path, text.replace("MORE", ", loosens: they are here"))
