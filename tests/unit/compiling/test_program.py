"""The rules of a pack: their conditions name what the catalog names, and their order is the same in every process."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from scopeguard.compiling.loading import load_program
from scopeguard.compiling.program import Invariant, Program
from scopeguard.source import Location
from scopeguard.syntax.expression import TRUE
from scopeguard.syntax.printer import print_expression
from tests.conditions import condition

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string}, alias: {read: Notes.Read}}
  operations:
    notes.add: {needs: "notes:write", meter: sheets}
    notes.move: {needs: "notes:write"}
  channels: [server, desk]
  environments: [production, test]
  facts_max_age: 5m
meters:
  sheets: {kind: allocation, title: Sheets of paper}
roles:
  editor: {holds: ["notes:*"], rank: 1}
  owner: {when: principal.id == resource.owner, holds: ["notes:write"]}
  on_call: {when: context.channel == "desk", holds: ["notes:read"]}
gates:
  - {id: g.payment, on: [notes.add], payment: required, mode: advise, because: It costs}
  - {id: g.sheets, on: [notes.add], entitlement: sheets, because: There are few}
rules:
  - {id: notes.read, effect: deny, on: ["notes:read"], when: 'holds("notes:write/n_1")', code: not_permitted}
  - id: notes.write
    effect: deny
    on: ["notes:write"]
    kinds: [member]
    roles: [editor]
    channels: [server]
    environments: [test]
    code: not_permitted
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The pack above."""
    return load(tmp_path_factory.mktemp("program"))


def load(folder: Path) -> Program:
    """The pack above, read from a folder."""
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    return load_program(folder)


def test_what_a_rule_lists_is_asked_of_the_request(program: Program) -> None:
    """Kinds, roles, channels and environments; and of a role by condition that the one who asks is a member.

    Who asks what a role by condition holds asks for its condition too, of the one resource.
    """
    conditions = {rule.id: rule.condition for rule in program.rules}
    assert conditions["notes.write"] == condition(
        "principal.kind in ['member'] && 'editor' in principal.roles"
        " && context.channel in ['server'] && context.environment in ['test']",
        program.types,
    )
    on_call = condition("principal.kind == 'member' && context.channel == 'desk'", program.types)
    assert conditions["role:on_call"] == on_call
    assert print_expression(conditions["notes.read"]) == (
        'holds("notes:write/n_1") || .resource.surface == "notes" && @has(.resource.id) && .resource.id == "n_1"'
        ' && (.principal.kind == "member" && .principal.id == .resource.owner)'
    )


def test_rules_of_one_gate_are_in_the_order_of_their_codes(program: Program) -> None:
    """What two of them advise is told in the same order each time."""
    rules = [rule for rule in program.rules if rule.id == "g.payment"]
    assert [rule.code for rule in rules] == ["payment_grace", "payment_interrupted"]
    stage = rules[0].stage
    assert [rule.order for rule in rules] == [
        (stage, "g.payment", "payment_grace"), (stage, "g.payment", "payment_interrupted"),
    ]  # fmt: skip
    (role,) = (rule for rule in program.rules if rule.id == "role:on_call")
    assert role.order == (role.stage, "role:on_call", "")


def test_rules_of_two_packs_are_others(program: Program, tmp_path: Path) -> None:
    """Though they say the same: what follows from one of them depends on the rest of its pack."""
    assert set(program.rules).isdisjoint(load(tmp_path).rules)
    copied = replace(program.rules[0])
    assert copied != program.rules[0]


def test_an_action_is_found_by_its_name_and_by_its_alias(program: Program) -> None:
    """And by nothing else."""
    found = [program.act(name) for name in ("notes:read", "Notes.Read", "notes.add", "notes.none")]
    assert [act and act.question.action for act in found] == ["notes:read", "notes:read", "notes.add", None]


def test_an_operation_without_a_meter_counts_on_none(program: Program) -> None:
    """Nor does a permission."""
    metered = [program.known(name).metered for name in ("notes.add", "notes.move", "notes:write")]
    assert [each and each.name for each in metered] == ["notes.add", None, None]


def test_an_invariant_is_about_no_events_unless_it_says_so() -> None:
    """It is about requests."""
    plain = Invariant("i", True, (), None, None, (), TRUE, Location("pack.yaml", 1, 1))
    assert (plain.of_events, plain.meters, plain.failure) == (False, None, None)
