"""V61: a shortcut beside the rules: what rules make of roles over roles is handed out all the same (gocd#7266)."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, audit, erase], coarse: true, qualifiable: true, attributes: {keepers: list(role)}}
    members:
      actions: [invite, change_role, remove]
      holdable_by: [member]
      attributes: {roles: list(role), new_roles: list(role)}
      assigns: [roles, new_roles]
  operations: {notes.publish: {needs: "notes:write"}}
variables: {leads: '"hr" in principal.assignable_roles'}
roles:
  hr: {rank: 10, holds: ["members:{invite,change_role}", "notes:{read,write}"]}
  writer: {rank: 10, holds: ["notes:write"]}
  reader: {rank: 10, holds: ["notes:read"]}
rules:
  - id: members.exceeds
    effect: deny
    on: ["members:{invite,change_role}"]
    unless: resource.new_roles.all(r, r in principal.assignable_roles)
    code: grant_exceeds_actor
"""
DENY = "effect: deny, on: ['{}'], code: not_permitted, {}"
ALLOW = "effect: allow, on: ['notes:erase'], kinds: [member], {}"
OWN, ABOVE = '"hr" in principal.assignable_roles', '"hr" in principal.superior_roles'


def member(*roles: str) -> Principal:
    """Somebody with these roles."""
    return Principal.member("usr_1", workspace="ws_1", roles=roles)


def ruled(folder: Path, *rules: str, pack: str = PACK) -> Guard:
    """The pack with some rules more."""
    text = "".join(f"  - {{id: mine.r{number}, {rule}}}\n" for number, rule in enumerate(rules))
    (folder / "pack.yaml").write_text(pack + text, encoding="utf-8")
    return Guard.load(folder)


def gives(guard: Guard, giver: str, role: str, action: str = "members:invite") -> bool:
    """Whether somebody with a role may give another one."""
    target = Resource("members", "usr_2", "ws_1", {"roles": [], "new_roles": [role]})
    decision = guard.check(member(giver), action, target)
    assert decision.errors == ()
    return decision.allowed


BARRING = (
    f"when: '{OWN}'", "when: 'size(principal.assignable_roles) > 1'", f"when: '!({ABOVE})'", f"unless: '{ABOVE}'",
    "when: variables.leads", f"when: '{OWN} ? true : false'", f"unless: '{OWN} ? false : true'",
    "when: 'cel.bind(own, principal.assignable_roles, \"hr\" in own)'", f"when: '!({ABOVE}) && resource.id != \"\"'",
    "when: 'principal.assignable_roles.exists(r, r == \"hr\")'", "when: '[\"hr\"].all(r, r in principal.assignable_roles)'",
    "unless: 'principal.assignable_roles.all(r, r == \"reader\")'", "when: 'principal.assignable_roles != [\"reader\"]'",
    "when: 'principal.assignable_roles.exists_one(r, r == \"hr\")'", "when: 'sets.intersects(principal.assignable_roles, resource.keepers)'",
    "unless: 'sets.contains([\"reader\"], principal.assignable_roles)'", f"when: '({OWN}) == true'",
    "when: 'principal.assignable_roles.exists(i, r, r == \"hr\")'",
)  # fmt: skip
"""What may bar who hands out a role, and spare its holders."""
ALIKE = (
    f"unless: '{OWN}'", f"when: '!({OWN})'", f"when: '{ABOVE}'", "when: 'resource.keepers.exists(r, r in principal.superior_roles)'",
    "unless: 'resource.keepers.all(r, r in principal.assignable_roles)'", f"when: 'has(resource.keepers) ? {ABOVE} : !({OWN})'",
    "when: 'principal.superior_roles.exists(r, r in resource.keepers)'", "unless: 'principal.superior_roles.all(r, r == \"hr\")'",
    "unless: 'sets.contains(principal.assignable_roles, resource.keepers)'",
    "when: 'sets.intersects(resource.keepers, principal.superior_roles)'",
)  # fmt: skip
"""What bars holders of a role wherever it bars who hands it out."""


@pytest.mark.parametrize("on", ["notes:write", "notes.publish"])
@pytest.mark.parametrize("when", BARRING)
def test_v61_what_roles_over_roles_may_deny_to_the_giver_alone_is_not_handed_out(
    tmp_path: Path, when: str, on: str
) -> None:
    """Who may appoint others is denied something: a role that lets its holder do it is within nobody's reach."""
    guard = ruled(tmp_path, DENY.format(on, when))
    for action in ("members:invite", "members:change_role"):
        assert not gives(guard, "hr", "writer", action)
        assert gives(guard, "hr", "reader", action)


@pytest.mark.parametrize("on", ["notes:write", "notes.publish"])
@pytest.mark.parametrize("when", ALIKE)
def test_v61_what_roles_over_roles_deny_to_those_below_too_is_handed_out(tmp_path: Path, when: str, on: str) -> None:
    """Holders of what somebody hands out may hand out no more, and no fewer are above them."""
    guard = ruled(tmp_path, DENY.format(on, when))
    assert gives(guard, "hr", "writer")
    assert gives(guard, "hr", "reader", "members:change_role")


def test_v61_a_role_by_its_rule_barred_whoever_has_it_is_handed_out(tmp_path: Path) -> None:
    """Where the name of the role is enough for the denial, its holders are not spared."""
    guard = ruled(tmp_path, DENY.format("notes:write", f"when: '{OWN} || \"writer\" in principal.roles'"))
    assert gives(guard, "hr", "writer")


LETTING = (
    f"!({OWN})", ABOVE, "size(principal.assignable_roles) < 2", "!variables.leads", f"({OWN} ? false : true)",
    'principal.superior_roles.exists(r, r == "hr")',
)  # fmt: skip
"""What may let holders of a role do something, and not who hands it out."""


@pytest.mark.parametrize("of", ["", '("writer" in principal.roles || "hr" in principal.roles) && '])
@pytest.mark.parametrize("when", LETTING)
def test_v61_what_roles_over_roles_may_allow_to_holders_alone_is_not_handed_out(
    tmp_path: Path, when: str, of: str
) -> None:
    """Who may appoint nobody may do something: it is handed out by those who may do it in another way."""
    rule = ALLOW.format(f"when: '{of}{when}'")
    assert not gives(ruled(tmp_path, rule), "hr", "writer")
    assert gives(ruled(tmp_path, rule, ALLOW.format("roles: [hr]")), "hr", "writer")


@pytest.mark.parametrize("when", [f"!({ABOVE})", OWN, "!(resource.keepers.exists(r, r in principal.superior_roles))"])
def test_v61_what_roles_over_roles_allow_to_those_above_too_is_handed_out(tmp_path: Path, when: str) -> None:
    """Who hands out may hand out all that the holders may, and has no more above it."""
    rule = ALLOW.format(f"when: '{when}'")
    assert gives(ruled(tmp_path, rule), "hr", "writer")


ABOVE_OTHERS = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, audit], coarse: true, qualifiable: true, attributes: {keepers: list(role)}}
    members:
      actions: [invite, remove]
      holdable_by: [member]
      attributes: {roles: list(role), new_roles: list(role)}
      assigns: [roles, new_roles]
recovery: {later: {class: advice, remedy: {text: Later.}}}
roles:
  lead: {rank: 10, holds: ["members:*", "notes:write"]}
  deputy: {rank: 10, holds: ["members:remove", "notes:write"]}
  senior: {rank: 50, holds: ["members:remove", "notes:write"]}
  keeper: {rank: 20, holds: ["notes:audit"]}
  reader: {rank: 10, holds: ["members:remove", "notes:read"]}
rules:
  - id: members.exceeds
    effect: deny
    on: ["members:invite"]
    unless: resource.new_roles.all(r, r in principal.assignable_roles)
    code: grant_exceeds_actor
"""
REMOVE = DENY.format("members:remove", "when: 'resource.roles.exists(r, r in principal.superior_roles)'")
WRITE = DENY.format("notes:write", "when: 'resource.keepers.exists(r, r in principal.superior_roles)'")
ADVISE = "effect: advise, on: ['notes:read'], code: later, when: 'size(principal.superior_roles) > 0'"
READS = "effect: allow, on: ['notes:read'], kinds: [member], roles: [lead]"


def removes(guard: Guard, role: str, other: str) -> bool:
    """Whether somebody with a role may remove somebody with another one."""
    return guard.check(member(role), "members:remove", Resource("members", "usr_2", "ws_1", {"roles": [other]})).allowed


def test_v61_a_rank_above_the_givers_is_not_handed_out(tmp_path: Path) -> None:
    """By it alone its holder acts upon those that the giver does not act upon."""
    guard = ruled(tmp_path, REMOVE, pack=ABOVE_OTHERS)
    assert [removes(guard, role, "keeper") for role in ("lead", "deputy", "senior")] == [False, False, True]
    assert gives(guard, "lead", "deputy")
    assert not gives(guard, "lead", "senior")


def test_v61_what_is_held_by_a_rule_puts_holders_of_a_role_above_the_giver(tmp_path: Path) -> None:
    """Who may do something by a rule does not hold it, so that others who hold it are above."""
    guard = ruled(tmp_path, REMOVE, READS, pack=ABOVE_OTHERS)
    assert [removes(guard, role, "reader") for role in ("lead", "reader")] == [False, True]
    assert not gives(guard, "lead", "reader")


@pytest.mark.parametrize("rules", [(READS,), (READS, ADVISE)])
def test_v61_where_no_rule_asks_who_is_above_neither_matters(tmp_path: Path, rules: tuple[str, ...]) -> None:
    """Nobody is kept from acting upon anybody by it; advice keeps nobody from anything."""
    guard = ruled(tmp_path, *rules, pack=ABOVE_OTHERS)
    assert gives(guard, "lead", "senior")
    assert gives(guard, "lead", "reader")


@pytest.mark.parametrize("by", ["grant", "rule", "nothing"])
def test_v61_who_is_above_matters_to_what_the_giver_may_do(tmp_path: Path, by: str) -> None:
    """Nobody but those who may remove others, by a grant or by a rule, hands out roles with which others do."""
    pack = ABOVE_OTHERS.replace('["members:remove", "notes:write"]', '["notes:write"]')
    if by != "grant":
        pack = pack.replace("members:*", "members:invite").replace('"members:remove", ', "")
    more = ("effect: allow, on: ['members:remove'], kinds: [member], roles: [lead, senior]",) if by == "rule" else ()
    assert gives(ruled(tmp_path, REMOVE, *more, pack=pack), "lead", "deputy")
    assert gives(ruled(tmp_path, REMOVE, *more, pack=pack), "lead", "senior") is (by == "nothing")


def test_v61_a_rank_above_the_givers_on_one_resource_is_not_handed_out(tmp_path: Path) -> None:
    """The same of a role on one note, where the giver may have a rank of its own."""
    guard = ruled(tmp_path, WRITE, pack=ABOVE_OTHERS)
    kept = Resource("notes", "n1", "ws_1", {"keepers": ["keeper/notes:n1"]})
    held = {
        role: guard.check(member(role), "notes:write", kept).allowed
        for role in ("lead", "deputy/notes:n1", "senior/notes:n1")
    }
    assert held == {"lead": False, "deputy/notes:n1": False, "senior/notes:n1": True}
    assert gives(guard, "lead", "deputy/notes:n1")
    assert not gives(guard, "lead", "senior/notes:n1")
    target = Resource("members", "usr_2", "ws_1", {"roles": [], "new_roles": ["senior/notes:n1"]})
    assert guard.check(member("lead", "senior/notes:n1"), "members:invite", target)
    assert not guard.check(member("lead", "senior/notes:n2"), "members:invite", target)
