"""V63: names of the outside world in attributes that are to hold names of the pack.

An alias that passes for an unknown name holds nothing: whoever is above the asker is acted upon as a stranger.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from scopeguard import AccessRequest, Context, Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    keys:
      actions: [edit]
      holdable_by: [member]
      attributes: {scopes: list(scope), to: role, staff: list(role), may: permission, via: operation, by: {role: role}}
    notes: {actions: [read, wipe], coarse: true, qualifiable: true, alias: {wipe: Notes.Wipe}}
  operations: {notes.burn: {needs: "notes:wipe", alias: Burn}}
  attributes: {principal: {acting: role}, context: {acting: role, device: {role: role}}, facts: {asked: list(role)}}
roles:
  boss: {holds: ["keys:edit"], alias: [Boss, Chief]}
  low: {holds: ["keys:edit"]}
rules:
  - {id: k.scopes, effect: deny, on: ["keys:edit"], when: '"notes:wipe" in resource.scopes', code: not_permitted}
  - {id: k.to, effect: deny, on: ["keys:edit"], when: resource.to == "boss", code: not_permitted}
  - {id: k.staff, effect: deny, on: ["keys:edit"], when: '"boss" in resource.staff', code: not_permitted}
  - {id: k.each, effect: deny, on: ["keys:edit"], when: 'resource.staff.exists(r, r.startsWith("boss/"))', code: not_permitted}
  - {id: k.may, effect: deny, on: ["keys:edit"], when: resource.may == "notes:wipe", code: not_permitted}
  - {id: k.via, effect: deny, on: ["keys:edit"], when: resource.via == "notes.burn", code: not_permitted}
  - {id: k.by, effect: deny, on: ["keys:edit"], when: resource.by.role == "boss", code: not_permitted}
  - {id: k.who, effect: deny, on: ["keys:edit"], when: has(principal.acting) && principal.acting == "boss", code: not_permitted}
  - {id: k.acting, effect: deny, on: ["keys:edit"], when: has(context.acting) && context.acting == "boss", code: not_permitted}
  - {id: k.device, effect: deny, on: ["keys:edit"], when: has(context.device.role) && context.device.role == "boss", code: not_permitted}
  - {id: k.asked, effect: deny, on: ["keys:edit"], when: has(context.facts.asked) && "boss" in context.facts.asked, code: not_permitted}
"""
HARMLESS: dict[str, object] = {
    "scopes": ["notes:read"], "to": "low", "staff": ["low"], "may": "notes:read", "via": "notes:read", "by": {"role": "low"},
}  # fmt: skip
OF_RESOURCES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"scopes": ["notes:wipe"]}, {"scopes": ["Notes.Wipe"]}, "k.scopes"),
    ({"to": "boss"}, {"to": "Boss"}, "k.to"),
    ({"to": "boss"}, {"to": "Chief"}, "k.to"),
    ({"staff": ["low", "boss"]}, {"staff": ["low", "Boss"]}, "k.staff"),
    ({"staff": ["boss/notes:n_1"]}, {"staff": ["Boss/notes:n_1"]}, "k.each"),
    ({"may": "notes:wipe"}, {"may": "Notes.Wipe"}, "k.may"),
    ({"via": "notes.burn"}, {"via": "Burn"}, "k.via"),
    ({"by": {"role": "boss"}}, {"by": {"role": "Boss"}}, "k.by"),
]
OF_CONTEXTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"attributes": {"acting": "boss"}}, {"attributes": {"acting": "Boss"}}, "k.acting"),
    ({"attributes": {"device": {"role": "boss"}}}, {"attributes": {"device": {"role": "Boss"}}}, "k.device"),
    ({"facts": {"asked": ["boss"]}}, {"facts": {"asked": ["Boss"]}}, "k.asked"),
]


class Key:
    """An object of the host."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        self.id, self.workspace, self.attributes = "k_1", "ws_1", attributes


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for the pack."""
    path = tmp_path_factory.mktemp("pack") / "pack.yaml"
    path.write_text(PACK, encoding="utf-8")
    made = Guard.load(path)
    made.register(Key, surface="keys", attributes=lambda key: key.attributes)
    return made


def member(**attributes: str) -> Principal:
    """Who asks."""
    return Principal.member("usr_1", workspace="ws_1", roles=["low"], attributes=attributes)


MAKERS: dict[str, Callable[[Guard, dict[str, Any]], object]] = {
    "of its own": lambda _, values: Resource("keys", "k_1", "ws_1", values),
    "by the guard": lambda guard, values: guard.resource("keys", "k_1", "ws_1", values),
    "of a registered type": lambda _, values: Key(values),
}


@pytest.mark.parametrize("made", MAKERS)
@pytest.mark.parametrize(("named", "outside", "rule"), OF_RESOURCES)
def test_v63_an_alias_in_a_resource(
    guard: Guard, made: str, named: dict[str, Any], outside: dict[str, Any], rule: str
) -> None:
    """It is denied by the rule that denies the name, however often it is asked and whoever made the resource."""
    who = member()
    harmless = MAKERS[made](guard, HARMLESS)
    for values, _ in product((named, outside), range(3)):
        about = MAKERS[made](guard, HARMLESS | values)
        assert guard.check(who, "keys:edit", harmless).allowed
        assert guard.check(who, "keys:edit", about).rules == (rule,)
        assert [each.rules for each in guard.check_many(who, [("keys:edit", about)])] == [(rule,)]
        assert guard.explain(who, "keys:edit", about).decision.rules == (rule,)


@pytest.mark.parametrize("is_checked", [False, True], ids=["of its own", "by the guard"])
@pytest.mark.parametrize(("named", "outside", "rule"), OF_CONTEXTS)
def test_v63_an_alias_in_a_context(
    guard: Guard, is_checked: bool, named: dict[str, Any], outside: dict[str, Any], rule: str
) -> None:
    """Attributes, records and facts alike."""
    who, about = member(), Resource("keys", "k_1", "ws_1", HARMLESS)
    for values, _ in product((named, outside), range(3)):
        context = guard.context(**values) if is_checked else Context(**values)
        assert guard.check(who, "keys:edit", about, context).rules == (rule,)


def test_v63_an_alias_in_a_principal(guard: Guard) -> None:
    """What a principal's attributes name is read the same way."""
    about = Resource("keys", "k_1", "ws_1", HARMLESS)
    for name in ("boss", "Boss", "Chief"):
        assert guard.check(member(acting=name), "keys:edit", about).rules == ("k.who",)
    assert guard.check(member(acting="low"), "keys:edit", about).allowed


def test_v63_behind_the_edge_are_names_of_the_pack(guard: Guard) -> None:
    """What the guard makes has them, so that logs and whoever reads it later have them too."""
    made = guard.resource(
        "keys", "k_1", "ws_1", HARMLESS | {"staff": ["Boss", "Chief/notes:n_1"], "by": {"role": "Boss"}}
    )
    assert made.attributes["staff"] == ("boss", "boss/notes:n_1")
    assert made.attributes["by"] == {"role": "boss"}
    assert guard.resource(Key(HARMLESS | {"to": "Boss"})).attributes["to"] == "boss"
    context = guard.context(attributes={"acting": "Boss"}, facts={"asked": ["Chief"]})
    assert (context.attributes["acting"], context.facts["asked"]) == ("boss", ("boss",))
    asked = AccessRequest(member(), "keys:edit", made, Context())
    assert guard.inputs(asked)["resource.staff"] == ("boss", "boss/notes:n_1")


def test_v63_rows_are_matched_by_names_of_the_pack(guard: Guard) -> None:
    """A filter says of a row what a check says."""
    found = guard.filter(member(), "keys:edit")
    for values in (HARMLESS, *(HARMLESS | outside for _, outside, rule in OF_RESOURCES if rule != "k.each")):
        row = Resource("keys", "k_1", "ws_1", values)
        assert found.matches(row) is guard.check(member(), "keys:edit", row).allowed


DIRECTORY = """
scopeguard: 1
pack: {name: mine, extends: default}
roles:
  owner:
    replaces: default
    because: the directory has another name
    loosens: the directory has another name
    alias: Administrator
    rank: 100
    holds: [HOLDS]
"""


def test_v63_nobody_is_acted_upon_by_their_other_name(tmp_path: Path) -> None:
    """The case: an admin removes an owner whom the directory calls otherwise."""
    shipped = Guard.default().catalog.roles["owner"].member_permissions
    (tmp_path / "pack.yaml").write_text(DIRECTORY.replace("HOLDS", ", ".join(sorted(shipped))), encoding="utf-8")
    guard = Guard.load(tmp_path)
    admin = Principal.member("usr_1", workspace="ws_1", roles=["admin"])
    context = Context("dashboard", facts={"other_active_owners": 1})
    denied = set()
    for role in ("owner", "Administrator"):
        for make in (Resource, guard.resource):
            about = make("members", "usr_2", "ws_1", {"roles": [role], "new_roles": []})
            denied.add(guard.check(admin, "members:remove", about, context).code)
    assert denied == {"rank_too_low"}


ON_ONE = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write], coarse: true, qualifiable: true}
    members: {actions: [suspend], holdable_by: [member], attributes: {roles: list(role)}, assigns: [roles]}
roles:
  boss: {rank: 9, alias: Chief, holds: ["agents:*", "members:suspend"]}
  hand: {rank: 1, holds: ["agents:read", "members:suspend"]}
rules:
  - {id: above, effect: deny, on: ["members:suspend"], stage: permission, code: not_permitted, when: "resource.roles.exists(role, role in principal.superior_roles)"}
"""


@pytest.mark.parametrize(("named", "allowed"), [
    ("hand/agents:agt_1", True), ("boss/agents:agt_1", False), ("Chief/agents:agt_1", False), ("Chief", False),
])  # fmt: skip
def test_v63_a_role_on_one_resource_is_named_by_its_other_name(tmp_path: Path, named: str, allowed: bool) -> None:
    """Such roles are above somebody where a request names them, by whatever name."""
    (tmp_path / "pack.yaml").write_text(ON_ONE, encoding="utf-8")
    guard = Guard.load(tmp_path)
    hand = Principal.member("usr_1", workspace="ws_1", roles=["hand"])
    for make in (Resource, guard.resource):
        about = make("members", "usr_2", "ws_1", {"roles": [named]})
        assert [guard.check(hand, "members:suspend", about).allowed for _ in range(3)] == [allowed] * 3
        assert guard.explain(hand, "members:suspend", about).decision.allowed is allowed
