"""Roles on one resource that a request names: in conditions of a matrix, and in what two packs say of them."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.analysis import Change, diff
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.text_properties import A_NAME, Property, among, contradicting, ending, starting
from scopeguard.compiling.evaluation import outcome
from scopeguard.model.held_roles import is_binding
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.syntax.parser import parse_condition

PACK = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write], coarse: true, qualifiable: true}
    docs: {actions: [read], coarse: true, qualifiable: true}
    members:
      actions: [invite, view]
      holdable_by: [member]
      attributes: {roles: list(role), new_roles: list(role)}
      assigns: [roles, new_roles]
roles:
  boss: {rank: 9, holds: ["agents:*", "members:*"]}
  hand: {rank: 1, holds: ["agents:read", "members:invite"]}
rules:
  - {id: above, effect: deny, on: ["members:invite"], stage: permission, code: not_permitted, when: "has(resource.roles) && resource.roles.exists(role, role in principal.superior_roles)"}
  - {id: exceeds, effect: deny, on: ["members:invite"], stage: permission, code: not_permitted, unless: "resource.new_roles.all(role, role in principal.assignable_roles)"}
"""
EDITS = (
    ("assigns: [roles, new_roles]", "assigns: [new_roles]"),
    ("assigns: [roles, new_roles]", "assigns: [roles]"),
    ("      assigns: [roles, new_roles]\n", ""),
    ("roles:\n  boss:", "roles:\n  aide: {rank: 5, holds: ['agents:write']}\n  boss:"),
    ('holds: ["agents:read", "members:invite"]', 'holds: ["agents:read"]'),
    ('holds: ["agents:*", "members:*"]', 'holds: ["agents:read", "members:*"]'),
    ("rank: 9", "rank: 1"),
    ('unless: "resource.new_roles.all(', 'unless: "resource.new_roles.exists('),
    ("qualifiable: true}\n    members", "qualifiable: false}\n    members"),
)
INVITE = "members:invite"
HOLDERS = ("boss", "hand", "boss/agents:id_1", "hand/agents:id_1", "boss/docs:id_1", "hand/docs:id_1")
ROLES = (
    *(name for role in ("boss", "hand", "aide", "any") for name in (role, *(f"{role}/{one}" for one in
      ("agents:id_1", "agents:id_2", "docs:id_1", "docs:id_2")))),
)  # fmt: skip


def requests() -> Iterator[Resource]:
    """Questions about members that name at most one role that they have, and one that they are to have."""
    listed = (None, (), *((role,) for role in ROLES), ("any", "hand"), ("boss", "hand"))
    for old, new in product(listed, repeat=2):
        given = {name: value for name, value in (("roles", old), ("new_roles", new)) if value is not None}
        yield Resource("members", None, "ws_1", given)


def loaded(folder: Path, name: str, text: str) -> Guard:
    """A guard of a pack."""
    (folder / name).write_text(text, encoding="utf-8")
    return Guard.load(folder / name)


def names(changes: tuple[Change, ...], action: str) -> set[str]:
    """What those members hold of whom changes tell, one of it."""
    listed = (change for change in changes if action in change.actions)
    return {name for change in listed for who in change.who if not who.is_joint for name in who.holding}


@pytest.mark.parametrize(("find", "put"), EDITS)
def test_who_gains_and_loses_is_who_does_by_checks(tmp_path: Path, find: str, put: str) -> None:
    """Of a role on one resource it is not told again what is told of the whole role; nothing is left open."""
    assert find in PACK
    guards = (loaded(tmp_path, "old.yaml", PACK), loaded(tmp_path, "new.yaml", PACK.replace(find, put, 1)))
    found = diff(tmp_path / "old.yaml", tmp_path / "new.yaml")
    assert found.open == ()
    assert all(change.witness is not None for change in (*found.gained, *found.lost))
    for is_gain, told in ((True, found.gained), (False, found.lost)):
        right = set()
        for holder in HOLDERS:
            who = Principal.member("usr_1", workspace="ws_1", roles=[holder])
            answers = ([guard.check(who, INVITE, each, Context()).allowed for guard in guards] for each in requests())
            if any(now is is_gain and was is not is_gain for was, now in answers):
                right.add(holder)
        listed = names(told, INVITE)
        assert {name for name in listed if name in HOLDERS} <= right
        assert {name for name in right if name not in listed and name.partition("/")[0] not in listed} == set()


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_cell_of_a_matrix_says_what_checks_do(tmp_path: Path, holder: str) -> None:
    """Its condition is true of a request that names roles on one resource just where that is allowed."""
    guard = loaded(tmp_path, "old.yaml", PACK)
    who = Principal.member("usr_1", workspace="ws_1", roles=[holder])
    matrix = guard.matrix({"column": who}, [INVITE], symbolic=True)
    cell = matrix["column", INVITE]
    engine = guard._generation
    act = engine.program.act(INVITE)
    assert act is not None
    condition = Resolver(engine.program.types.names).resolve(
        parse_condition(cell.note or str(cell.state == "allow").lower())
    )
    for about in requests():
        env = engine.environment(who, about, Context(), act)
        allowed = guard.check(who, INVITE, about, Context()).allowed
        assert (outcome(condition, env) is True) is allowed, about


@pytest.mark.parametrize(("scopes", "expected"), [
    ("agents:read", ("hand/agents:", "hand/docs:")),
    ("agents:read/id_1", ("hand/docs:", "=hand/agents:id_1")),
    ("agents:read/id_1 agents:read/id_2", ("hand/docs:", "=hand/agents:id_1", "=hand/agents:id_2")),
])  # fmt: skip
def test_a_key_is_over_roles_on_what_it_is_narrowed_to(tmp_path: Path, scopes: str, expected: tuple[str, ...]) -> None:
    """As a check is: one for all ids, and each id that a scope names by itself."""
    text = PACK.replace("holdable_by: [member]", "holdable_by: [member, api_key]\n      coarse: true")
    text = text.replace('holds: ["agents:read", "members:invite"]', 'holds: ["agents:read"]')
    guard = loaded(tmp_path, "keys.yaml", text)
    who = Principal.api_key("key_1", workspace="ws_1", scopes=f"members:invite {scopes}")
    listed = Side.of(guard).on_one(who)["principal.assignable_roles"]
    assert set(listed) == set(expected)
    for role in filter(is_binding, ROLES):
        about = Resource("members", None, "ws_1", {"roles": [], "new_roles": [role]})
        assert guard.check(who, INVITE, about).allowed is among(listed).holds(role), role


BOSS = among(("boss/agents:", "=boss/agents:id_1", "=hand/docs:id_1"))
HAND = among(("hand/agents:", "boss/agents:"))


def test_what_is_in_a_list() -> None:
    """All that begin so, but for those that are named, which are in it where nothing begins so."""
    texts = (
        "boss/agents:id_2",
        "boss/agents:id_1",
        "hand/docs:id_1",
        "hand/docs:id_2",
        "boss/agents:",
        "boss",
        "boss/agents:a b",
    )
    assert [BOSS.holds(text) for text in texts] == [True, False, True, False, False, False, False]
    assert all(BOSS.holds(text) for text in BOSS.examples if text != "boss/agents:id_1")


@pytest.mark.parametrize(("wanted", "guilty"), [
    ([(BOSS, True), (HAND, True)], []),
    ([(BOSS, True), (HAND, False)], []),
    ([(BOSS, False), (HAND, False)], []),
    ([(BOSS, True), (A_NAME, True), (HAND, False)], [(BOSS, True), (A_NAME, True)]),
    ([(HAND, False), (BOSS, True), (ending("/agents:id_1"), True)], [(BOSS, True), (ending("/agents:id_1"), True)]),
    ([(HAND, True), (ending("/agents:id_1"), True)], []),
    ([(HAND, True), (starting("hand/docs:"), True)], []),
])  # fmt: skip
def test_what_no_text_has_together(wanted: list[tuple[Property, bool]], guilty: list[tuple[Property, bool]]) -> None:
    """By the examples of lists alone, where nothing looks into ids; else nobody knows."""
    assert [(each.name, has) for each, has in contradicting(wanted)] == [(each.name, has) for each, has in guilty]
