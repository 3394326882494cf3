"""A misspelt name is one mistake: what follows from it for the whole condition is not reported beside it."""

from pathlib import Path

import pytest

from scopeguard.compiling.loading import find_problems

PACK = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write], coarse: true, attributes: {lead: role, door: channel}}
    notes: {actions: [read, write], coarse: true}
  operations:
    agents.create: {needs: "agents:write"}
    agents.drop: {needs: "agents:write"}
  attributes:
    facts: {stage: environment}
  channels: [server, browser]
  environments: [production, test]
  providers: [model]
  facts_max_age: 5m

roles:
  owner: {holds: ["agents:*", "notes:*"]}
"""
MISSPELT = {
    "operation": ("SG207", "note"),
    "permission": ("SG204", "agents:raed"),
    "action": ("SG204", "agents:read"),
    "resource.surface": ("SG203", "read"),
    "principal.kind": ("SG211", "kye"),
    "principal.roles[0]": ("SG206", "notes"),
    "context.channel": ("SG213", "sevrer"),
    "context.environment": ("SG214", "server"),
    "context.facts.stage": ("SG214", "prdo"),
    "resource.lead": ("SG206", "ownr"),
    "resource.door": ("SG213", "sevrer"),
}
TESTS = [
    '{name} == "{text}"',
    '{name} != "{text}"',
    '!({name} in ["{text}"])',
    '{name}.startsWith("{text}")',
    '!{name}.endsWith("{text}")',
    '{name} == "{text}" ? false : false',
    '{name} == "{text}" && has(principal.id)',
    '"{text}" == {name}.lowerAscii()',
]
PLACES = [
    'rules: [{{id: a.rule, effect: deny, on: ["agents:*"], code: not_permitted, when: {condition}}}]',
    "rules: [{{id: a.rule, effect: deny, on: [agents.create], code: not_permitted, unless: {condition}}}]",
    'rules: [{{id: a.rule, effect: allow, on: ["agents:*"], kinds: [member], unless: {condition}}}]',
    "gates: [{{id: a.gate, on: [agents.create], mode: block, provider: [model], when: {condition}}}]",
    "gates: [{{id: a.gate, on: [agents.create], mode: block, provider: [model], unless: {condition}}}]",
    "roles: {{mine: {{when: {condition}, holds: ['agents:write']}}}}",
    (
        "recovery: {{late: {{class: recovery, status: 403, remedies: [{{text: Go., when: {condition}}}], remedy: {{text: Stay.}}}}}}\n"
        "rules: [{{id: a.rule, effect: deny, on: ['agents:*'], code: late}}]"
    ),
    "invariants: [{{id: a.claim, never: {{action: ['agents:*'], when: {condition}}}}}]",
]


def found(folder: Path, place: str, condition: str, pack: str = PACK) -> list[str]:
    """The codes of what is found in the pack with a condition in one place."""
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    quoted = "'" + condition.replace("'", "''") + "'"
    (folder / "more.yaml").write_text(f"scopeguard: 1\n{place.format(condition=quoted)}\n", encoding="utf-8")
    return [each.code for each in find_problems(folder)]


@pytest.mark.parametrize("place", PLACES)
def test_it_is_reported_once(tmp_path: Path, place: str) -> None:
    """Whatever the condition comes to by it, wherever the condition stands."""
    for number, (name, (code, text)) in enumerate(MISSPELT.items()):
        for test in (TESTS * 2)[number % len(TESTS) :][:3]:
            condition = test.format(name=name, text=text)

            assert found(tmp_path, place, condition) == [code], condition


def test_it_is_looked_for_by_the_types_that_are_there(tmp_path: Path) -> None:
    """What another surface has by the name of a role hides no misspelt one."""
    pack = PACK.replace("notes: {actions: [read, write]", "notes: {attributes: {lead: string}, actions: [read, write]")

    assert found(tmp_path, PLACES[0], 'resource.lead == "ownr" ? false : false', pack) == ["SG206"]


@pytest.mark.parametrize("condition", ["principal.id != principal.id", "false && principal.id == 'ownr'"])
def test_what_is_spelt_well_is_looked_at(tmp_path: Path, condition: str) -> None:
    """A condition without a misspelt name is found to be false."""
    assert found(tmp_path, PLACES[0], condition) == ["SG401"]
