"""What rules take from those who hand out keys, and what of it is the state of the workspace and takes nothing."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true}
    logs: {actions: [read], coarse: true}
    api_keys: {actions: [create, rotate, grant_sensitive], holdable_by: [member]}
  operations:
    notes.publish: {needs: "notes:write"}
  attributes: {principal: {team: string}, context: {ip: string}, facts: {frozen: bool}}
  stages: [workspace, permission, standing, payment]
roles:
  editor: {holds: ["notes:*", "api_keys:*"], rank: 1}
rules:
"""
EDITOR = Principal.member("m", workspace="w", roles=["editor"], attributes={"team": "a"})
FROZEN = Context(facts={"frozen": True}, attributes={"ip": "10.0.0.1"})


def guard(folder: Path, rule: str) -> Guard:
    """A guard for the pack with one rule."""
    (folder / "pack.yaml").write_text(f"{PACK}  - {{id: r, because: It is so, {rule}}}\n", encoding="utf-8")
    return Guard.load(folder)


FACTS, OTHER, WHO = "context.facts.frozen", 'context.ip == "10.0.0.1"', 'principal.team == "a"'
HELD = 'holds("notes:read")'
DENIED: list[tuple[str, str, bool]] = [
    ("workspace", FACTS, True),
    ("permission", FACTS, True),
    ("standing", FACTS, False),
    ("payment", FACTS, False),
    ("payment", OTHER, True),
    ("payment", f"{FACTS} && {OTHER}", False),
    ("standing", f"{FACTS} && {WHO}", True),
    ("payment", f"{FACTS} && {WHO}", True),
    ("payment", f"{FACTS} && {HELD}", True),
    ("payment", WHO, True),
    ("payment", HELD, True),
]


@pytest.mark.parametrize("on", ["notes:write", "notes.publish"])
@pytest.mark.parametrize(("stage", "when", "takes"), DENIED)
def test_what_a_rule_denies_to_the_actor_is_handed_out_only_where_it_binds_everybody(
    tmp_path: Path, on: str, stage: str, when: str, takes: bool
) -> None:
    """After the permission, by facts, and alike for all: such a rule denies to the key what it denies to its maker."""
    made = guard(tmp_path, f"effect: deny, on: ['{on}'], stage: {stage}, code: not_permitted, when: '{when}'")
    assert made.check(EDITOR, on, context=FROZEN).rules == ("r",)
    for decision in (
        made.mint(EDITOR, "notes:write", FROZEN),
        made.mint(EDITOR, "notes:write/n1", FROZEN),
        made.rotate(EDITOR, "notes:write", FROZEN),
    ):
        assert decision.allowed is not takes
        assert (decision.code, decision.rules) == (("grant_exceeds_actor", ("r",)) if takes else (None, decision.rules))
    assert made.mint(EDITOR, "notes:read", FROZEN)


@pytest.mark.parametrize(
    ("kinds", "when", "may_read", "may_write"),
    [
        ("[api_key]", '"notes:read" in principal.scopes', False, True),
        ("[api_key]", 'principal.team == "a"', True, True),
        ("[api_key]", 'has(principal.team) && principal.team == "a"', True, True),
        ("[api_key, member]", '"notes:read" in principal.scopes', False, True),
        ("[api_key, member]", "context.facts.frozen", True, True),
        ("[api_key, member]", 'resource.id == "l1"', True, True),
        ("[member]", 'resource.id == "l1"', True, True),
    ],
)
def test_what_a_rule_gives_to_keys_is_handed_out_by_those_who_have_it(
    tmp_path: Path, kinds: str, when: str, may_read: bool, may_write: bool
) -> None:
    """A rule that no key can meet, or that gives to the actor what it gives to the key, is in nobody's way."""
    made = guard(tmp_path, f"effect: allow, on: ['logs:read'], kinds: {kinds}, when: '{when}'")
    for scope, may in (("notes:read", may_read), ("notes:write", may_write), ("notes:write/n1", may_write)):
        decision = made.mint(EDITOR, scope, FROZEN)
        assert (decision.allowed, decision.code) == (may, None if may else "grant_exceeds_actor")


def test_what_a_rule_gives_to_keys_and_another_denies_to_their_maker_is_not_handed_out(tmp_path: Path) -> None:
    """The refusal names the rule that denies, whatever another one lets both do."""
    made = guard(
        tmp_path,
        "effect: allow, on: ['logs:read'], kinds: [api_key, member]}\n"
        "  - {id: denied, because: It is so, effect: deny, on: ['logs:read'], kinds: [member], code: not_permitted",
    )
    decision = made.mint(EDITOR, "notes:read")
    assert (decision.code, decision.rules) == ("grant_exceeds_actor", ("denied",))


def test_what_allows_only_on_some_resources_is_nothing_that_denies(tmp_path: Path) -> None:
    """A refusal names what denies: never a rule that allows, though it does so where no resource is asked about."""
    made = guard(tmp_path, "effect: allow, on: ['logs:read'], kinds: [member], when: '!has(resource.id)'")
    assert made.check(EDITOR, "logs:read").rules == ("r",)
    decision = made.mint(EDITOR, "logs:read")
    assert (decision.code, decision.rules) == ("grant_exceeds_actor", ())
