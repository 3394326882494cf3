"""One mistake is reported once, and what follows from it is not reported beside it: of a misspelt name, or a second entry."""

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


@pytest.mark.parametrize(
    "condition",
    [
        'hasRole("owner")',
        'principal.hasRole("owner")',
        '!context.facts.lookup("stage")',
        'principal.hasRole("owner") && resource.lead == "owner"',
        'has_role(principal, "owner") ? true : false',
    ],
)
@pytest.mark.parametrize("place", PLACES[:2] + PLACES[4:6])
def test_a_function_that_is_not_there(tmp_path: Path, place: str, condition: str) -> None:
    """What it is called with, and on what, is not looked at: nobody who has another function in mind reads ``principal``."""
    assert found(tmp_path, place, condition) == ["SG212"]


@pytest.mark.parametrize(
    ("expression", "code"), [('principal.hasRole("owner")', "SG212"), ('resource.laed == "owner"', "SG211")]
)
def test_a_variable_is_reported_where_it_is_declared(tmp_path: Path, expression: str, code: str) -> None:
    """Rules that read it are right."""
    pack = f"{PACK}variables: {{mine: '{expression}'}}\n"
    assert found(tmp_path, PLACES[0], "variables.mine", pack) == [code]


@pytest.mark.parametrize(
    ("surface", "code"), [("agnets", "SG203"), ("blurred", "SG121")], ids=["misspelt", "left out for its shape"]
)
def test_a_surface_that_is_not_known_has_any_attribute(tmp_path: Path, surface: str, code: str) -> None:
    """A resource of tests on it says nothing else that could be wrong, and no row is missing for it."""
    pack = PACK.replace("  operations:", "    blurred: {actions: [read], coarse: maybe}\n  operations:")
    tests = (
        "tests: {{principals: {{key: {{kind: api_key}}}}, resources: {{it: {{surface: "
        + surface
        + ", attributes: {{lead: owner}}}}}},"
        " matrices: [{{id: all, principals: [key], only: ['notes:read'], resources: [it]}}]}}"
    )
    if surface == "blurred":
        assert found(tmp_path, tests, "", pack) == [code]
    else:
        assert found(tmp_path, tests, "") == [code]


@pytest.mark.parametrize("first", [True, False], ids=["whole first", "whole last"])
@pytest.mark.parametrize(
    ("whole", "half", "effect"),
    [
        ("{class: recovery, remedy: {text: Wait.}}", "{class: recovery}", "deny"),
        ("{class: advice, status: 200}", "{status: 200}", "advise"),
        ("{class: denial, status: 403}", "{class: advice, status: 200}", "deny"),
    ],
)
def test_a_code_in_two_files(tmp_path: Path, whole: str, half: str, effect: str, first: bool) -> None:
    """Of which class it is will be known when one of the two is gone: neither is too little, and no rule is wrong."""
    rule = f'rules: [{{id: a.rule, effect: {effect}, on: ["agents:*"], code: late}}]\n'
    codes = (whole, half) if first else (half, whole)
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    for name, code in zip(("one", "two"), codes, strict=True):
        text = f"scopeguard: 1\nrecovery: {{late: {code}, idle: {{status: 403}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text + rule, encoding="utf-8")
        rule = ""
    assert [each.code for each in find_problems(tmp_path)] == ["SG416", "SG201", "SG201"]
