"""Which roles a member may hand out: those that let nobody do what it may not do itself, in the same circumstances."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
    logs: {actions: [read, write], coarse: true}
    members: {actions: [assign], holdable_by: [member, system], attributes: {role: role}}
    meters: {actions: [push], holdable_by: [api_key]}
  attributes: {facts: {FACTS}, context: {who: kind}}
roles:
  boss: {holds: ["notes:*", "members:assign"], rank: 10}
  hand: {holds: ["notes:read"], rank: 1}
  more: {holds: ["logs:write"], rank: 1}
  seer: {holds: ["logs:read"], rank: 1}
rules:
  - {id: assign, effect: deny, on: ["members:assign"], unless: resource.role in principal.assignable_roles, code: not_permitted, because: It is not theirs}
"""
FACTS = [f"f{number}" for number in range(14)]
NAMES = {name: f"context.facts.f{number}" for number, name in enumerate("abcdefghijklmn")}
HAND, BOSS = '"hand" in principal.roles', '"boss" in principal.roles'


def condition(text: str) -> str:
    """Facts by their letters, between spaces."""
    return " ".join(NAMES.get(word, word) for word in text.replace("HAND", HAND).replace("BOSS", BOSS).split())


def may_assign(folder: Path, role: str, *rules: str) -> bool:
    """Whether a boss may hand out a role under some rules."""
    pack = PACK.replace("FACTS", ", ".join(f"{name}: bool" for name in FACTS))
    lines = "".join(f"  - {{id: r{number}, because: It is so, {rule}}}\n" for number, rule in enumerate(rules))
    (folder / "pack.yaml").write_text(pack + lines, encoding="utf-8")
    guard = Guard.load(folder)
    boss = Principal.member("m", workspace="w", roles=["boss"])
    decision = guard.check(boss, "members:assign", Resource("members", "x", "w", {"role": role}), Context())
    assert decision.errors == ()
    return decision.allowed


def test_a_role_within_reach(tmp_path: Path) -> None:
    """Without rules, one that holds no more."""
    assert may_assign(tmp_path, "hand")
    assert may_assign(tmp_path, "boss")
    assert not may_assign(tmp_path, "more")
    assert not may_assign(tmp_path, "gone")


def test_what_a_role_holds_and_is_denied_is_no_more(tmp_path: Path) -> None:
    """Whoever has it may not do it, because of the role itself; where that hangs on anything else, it counts."""
    denied = (
        "effect: deny, on: ['logs:write'], kinds: [member], code: not_permitted, when: '\"more\" in principal.roles"
    )
    assert may_assign(tmp_path, "more", f"{denied}'")
    assert not may_assign(tmp_path, "more", f"{denied} && context.facts.f0'")


ALIKE = "( a && b ) || ( c && ! d )"
MANY = " || ".join("abcdefghijklmn")
GIVEN: list[tuple[str, bool]] = [
    ("HAND", False),
    ("BOSS", True),
    ("HAND || BOSS", True),
    ("HAND && a", False),
    ("( HAND || BOSS ) && a", True),
    ("( HAND && a && b ) || ( BOSS && a )", True),
    ("( HAND && a ) || ( BOSS && a && b )", False),
    ("( HAND && ( a || b ) ) || ( BOSS && a )", False),
    ("( HAND && a ) || ( BOSS && ( b || a ) )", True),
    ("( HAND && ! a ) || ( BOSS && a )", False),
    ("( HAND && ! ( a || b ) ) || ( BOSS && ! a )", True),
    ("( HAND && ! a ) || ( BOSS && ! ( a || b ) )", False),
    ("( HAND && ( a ? b : c ) ) || ( BOSS && ( a ? b : c ) )", True),
    ("( HAND && ( a ? b : c ) ) || ( BOSS && ( a ? c : b ) )", False),
    ("( HAND && ( a ? b : c ) ) || ( BOSS && ( b || c ) )", True),
    ("( HAND && a && b ) || ( BOSS && ( a ? b : c ) )", True),
    ("( HAND && a && c ) || ( BOSS && ( a ? b : c ) )", False),
    ("( HAND && ( b || c ) ) || ( BOSS && ( a ? b : c ) )", False),
    ("( HAND && b ) || ( BOSS && ( a ? b : b ) )", False),
    ("( HAND && a && b ) || ( BOSS && ( a ? b : b ) )", True),
    ("( HAND ? a : b )", False),
    ("( BOSS ? a : a )", True),
    ("( BOSS ? true : HAND && a )", True),
    ("( HAND ? a : BOSS && a )", True),
    ("( HAND ? a : BOSS && b )", False),
    (f"( HAND && {ALIKE} ) || ( BOSS && ( {ALIKE} ) )", True),
    (f"( HAND && ( {ALIKE} ) ) || ( BOSS && ( {ALIKE} ) )", True),
    ('( HAND || BOSS ) && holds ( "logs:read" )', False),
    ('( HAND || BOSS ) && holds ( "notes:write" )', True),
    ('principal.kind == "member" && ( HAND || BOSS )', True),
    ('principal.kind == "member" && HAND', False),
    ('principal.kind == "system" && HAND', True),
    ('principal.kind == "system" || BOSS', True),
    ('principal.kind != "system" && HAND', False),
    ('principal.kind != "member" && HAND', True),
    ('principal.kind in [ "system" , "member" ] && HAND', False),
    ('principal.kind in [ "system" ] && HAND', True),
    ('principal.kind in [ "system" , context.who ] && HAND', False),
    ('principal.roles.exists ( r , r == "boss" )', True),
    ('principal.roles.exists ( r , r == "hand" )', False),
    ('principal.roles.exists ( r , r == "boss" && principal.rank > 5 && principal.kind == "member" )', True),
    (f"( HAND && a ) || ( BOSS && ( {MANY} ) )", False),
    (f"( HAND || BOSS ) && ( {MANY} )", True),
]
"""What lets members write logs, and whether a boss then may hand out the lesser role."""


@pytest.mark.parametrize(("when", "expected"), GIVEN)
def test_what_a_rule_allows_to_a_role_its_giver_may_do_too(tmp_path: Path, when: str, expected: bool) -> None:
    """Wherever the rule lets the one, it has to let the other; of very many circumstances only what is plain is seen."""
    rule = f"effect: allow, on: ['logs:write'], when: '{condition(when)}'"
    assert may_assign(tmp_path, "hand", rule) is expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("( HAND || BOSS ) && a", True),
        ("( HAND && b ) || ( BOSS && ( a ? b : b ) )", False),
        ("( HAND && ( a ? b : b ) ) || ( BOSS && b )", True),
    ],
)
def test_what_cannot_be_told_of_a_denial_denies(tmp_path: Path, when: str, expected: bool) -> None:
    """Where a choice comes to nothing, the giver is denied: the holder of the role has to be so too."""
    rule = f"effect: deny, on: ['notes:read'], kinds: [member], code: not_permitted, when: '{condition(when)}'"
    assert may_assign(tmp_path, "hand", rule) is expected


def test_each_rule_by_which_a_role_gains_has_to_be_its_givers_too(tmp_path: Path) -> None:
    """Whichever comes first."""
    shared, own = (
        f"effect: allow, on: ['logs:write'], when: '{condition(when)}'"
        for when in ("( HAND || BOSS ) && a", "HAND && b")
    )
    assert may_assign(tmp_path, "hand", shared)
    assert not may_assign(tmp_path, "hand", shared, own)
    assert not may_assign(tmp_path, "hand", own, shared)


@pytest.mark.parametrize("when", ['HAND && ! holds ( "notes:read" )', "( a ? b : c )", "( a ? ! b : b ) && c", "a"])
def test_what_a_role_does_not_bring_is_no_matter(tmp_path: Path, when: str) -> None:
    """A rule that a role makes nothing of, though its giver is denied what it is about."""
    allow = f"effect: allow, on: ['logs:write'], when: '{condition(when)}'"
    deny = f"effect: deny, on: ['logs:write'], kinds: [member], code: not_permitted, when: '{BOSS}'"
    assert may_assign(tmp_path, "hand", allow, deny)


def test_what_no_member_may_hold_no_role_brings(tmp_path: Path) -> None:
    """Though a rule about roles allows it."""
    assert may_assign(tmp_path, "hand", f"effect: allow, on: ['meters:push'], when: '{HAND}'")


@pytest.mark.parametrize(
    "words",
    [
        'holds("logs:read")',
        'holds("logs:read") == true',
        '(holds("logs:read") ? 1 : 2) == 1',
        '[1].exists(x, holds("logs:read"))',
        '!(!holds("logs:read"))',
    ],
)
def test_grants_are_asked_about_in_any_words(tmp_path: Path, words: str) -> None:
    """Who may do something by a rule does not hold it, so that a role which does would bring what is for its holders."""
    giver = f"effect: allow, on: ['logs:read'], when: '{BOSS}'"
    assert may_assign(tmp_path, "seer", giver)
    assert not may_assign(
        tmp_path, "seer", giver, f"effect: allow, on: ['logs:write'], kinds: [member], when: '{words}'"
    )


def test_what_a_rule_lets_everybody_do_counts_where_no_rule_looks_at_roles(tmp_path: Path) -> None:
    """The giver may do it by the rule, so that a role which holds it gives nothing more."""
    assert may_assign(tmp_path, "seer", "effect: allow, on: ['logs:read'], kinds: [member]")


def test_a_gate_is_a_state_of_the_workspace_and_takes_nothing_from_the_giver(tmp_path: Path) -> None:
    """Also where it speaks of the giver's role alone."""
    operation = "  operations: {notes.print: {needs: 'notes:read'}}\n  facts_max_age: 5m\n"
    pack = PACK.replace("FACTS", "f0: bool")
    gate = f"gates:\n  - {{id: paid, on: [notes.print], payment: required, when: '{BOSS}', because: It costs}}\n"
    (tmp_path / "pack.yaml").write_text(pack.replace("roles:\n", f"{operation}roles:\n", 1) + gate)
    boss = Principal.member("m", workspace="w", roles=["boss"])
    assert Guard.load(tmp_path).check(boss, "members:assign", Resource("members", "x", "w", {"role": "hand"}))


def test_a_pack_that_only_allows(tmp_path: Path) -> None:
    """What a rule lets a role do counts without any denial, and so does what it lets the giver do."""
    start, _, _ = PACK.replace("FACTS", "f0: bool").partition("rules:")
    pack = start.replace("catalog:", "pack: {base: none, because: It is all there is}\ncatalog:", 1)
    assign = "{id: assign, effect: allow, on: ['members:assign'], when: resource.role in principal.assignable_roles}"
    for role, more, expected in (
        ("hand", "", True),
        ("hand", "  - {id: r0, effect: allow, on: ['logs:write'], when: '\"hand\" in principal.roles'}\n", False),
        ("seer", "", False),
        ("seer", "  - {id: r0, effect: allow, on: ['logs:read'], kinds: [member], when: context.facts.f0}\n", False),
        ("seer", "  - {id: r0, effect: allow, on: ['logs:read'], kinds: [member]}\n", True),
    ):
        text = pack.replace('"members:assign"], rank: 10', "], rank: 10").replace(", ], rank", "], rank")
        (tmp_path / "pack.yaml").write_text(f"{text}rules:\n  - {assign}\n{more}", encoding="utf-8")
        boss = Principal.member("m", workspace="w", roles=["boss"])
        resource = Resource("members", "x", "w", {"role": role})
        assert Guard.load(tmp_path).check(boss, "members:assign", resource).allowed is expected


DENIED: list[tuple[str, bool]] = [
    ('principal.roles.exists ( r , r == "boss" && holds ( "notes:write" ) )', False),
    ('principal.roles.exists ( r , r == "boss" && holds ( "logs:write" ) )', False),
    ("BOSS", False),
    ("BOSS && a", False),
    ("HAND", True),
    ("HAND && a", True),
    ("a", True),
    ("( HAND || BOSS ) && a", True),
    ("( BOSS && a && b ) || ( HAND && a )", True),
    ("( BOSS && a ) || ( HAND && a && b )", False),
    ("! ( HAND )", False),
    ("! ( BOSS )", True),
    ("! ( HAND ) && ! ( BOSS )", True),
    ("principal.rank > 5", False),
    ("principal.rank < 5", True),
    ('! holds ( "notes:write" )', True),
    ('! holds ( "logs:write" )', True),
    ('! holds ( "logs:write" ) && a', True),
    ('holds ( "notes:write" )', False),
]
"""What denies to read notes, which both roles hold."""


@pytest.mark.parametrize(("when", "expected"), DENIED)
def test_what_a_rule_denies_to_the_giver_it_denies_to_the_role(tmp_path: Path, when: str, expected: bool) -> None:
    """A boss that is denied what it holds may not hand it out to others."""
    rule = f"effect: deny, on: ['notes:read'], kinds: [member], code: not_permitted, when: '{condition(when)}'"
    assert may_assign(tmp_path, "hand", rule) is expected


SPARED: list[tuple[str, bool]] = [
    ("a", True),
    ("a && HAND", True),
    ("a && ! ( HAND )", False),
    ("a && ! ( BOSS )", True),
    ("( HAND ? a : false )", True),
    ("( HAND ? false : a )", False),
    ("( ! ( HAND ) ? a : false )", False),
    ("( b ? a && ! ( HAND ) : false )", False),
    ("( b ? false : a && ! ( HAND ) )", False),
    ("( HAND || a ) && ( b || ! ( HAND ) )", False),
    ("principal.rank > 5 && a", False),
]
"""What denies to write notes, which the boss holds and the lesser role does not."""


@pytest.mark.parametrize(("when", "expected"), SPARED)
def test_what_spares_from_a_denial_is_a_right(tmp_path: Path, when: str, expected: bool) -> None:
    """A role that takes a denial away gives what its giver does not have, whoever holds the permission besides."""
    rule = f"effect: deny, on: ['notes:write'], code: not_permitted, when: '{condition(when)}'"
    assert may_assign(tmp_path, "hand", rule) is expected


def test_nothing_is_spared_where_nobody_may(tmp_path: Path) -> None:
    """A denial of everything that spares a role counts by what some role or rule lets members do, and by no more."""
    spared = f"effect: deny, on: ['*:*'], kinds: [member], unless: '{BOSS}', code: not_permitted"
    assert not may_assign(tmp_path, "boss", spared)  # it spares holders of "more" and "seer", who write and read logs
    start, end = PACK.index("  more:"), PACK.index("rules:")
    lonely = PACK[:start] + PACK[end:]
    (tmp_path / "pack.yaml").write_text(
        lonely.replace("FACTS", "f: bool") + f"  - {{id: spared, because: It is so, {spared}}}\n", encoding="utf-8"
    )
    boss = Principal.member("m", workspace="w", roles=["boss"])
    about = Resource("members", "x", "w", {"role": "boss"})
    assert Guard.load(tmp_path).check(boss, "members:assign", about).allowed


def test_a_layer_with_a_surface_leaves_owners_as_they_are(tmp_path: Path) -> None:
    """What nobody holds yet keeps no owner of the shipped pack from appointing another one."""
    (tmp_path / "notes.yaml").write_text(
        "scopeguard: 1\npack: {name: mine, extends: default}\n"
        "catalog: {surfaces: {notes: {actions: [read], explicit_only: true, because: They are private}}}\n",
        encoding="utf-8",
    )
    owner = Principal.member("o", workspace="w", roles=["owner"])
    changed = Resource("members", "m", "w", {"roles": ["developer"], "new_roles": ["owner"]})
    where = Context("dashboard", facts={"other_active_owners": 2})
    for guard in (Guard.default(), Guard.load(tmp_path)):
        assert guard.check(owner, "members:change_role", changed, where).allowed
