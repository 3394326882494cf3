"""V89: ``has(x)`` of a flag where ``has(x) && x`` is meant: who is not signed in counts as signed in."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from tests.hazards.findings import codes, findings, rule

FLAGS = ("principal.sso", "principal.revoked", "principal.suspended", "principal.leaked", "context.facts.ready")


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("field", ["when", "unless"])
@pytest.mark.parametrize(
    "condition",
    [
        "has({})",
        "!has({})",
        'has({}) && principal.team == "x"',
        '(has({}) && principal.team == "x") || ({} && principal.team == "y")',
        "has({}) == has(principal.team)",
        "has({}) || {}",
        '{} || has({}) || principal.team == "x"',
        "!!has({}) || {}",
        "{?}.optMap(v, true).orValue(false)",
    ],
)
def test_v89_a_flag_that_is_there(condition: str, field: str, flag: str, tmp_path: Path) -> None:
    """A warning, which says what to write."""
    optional = f"{flag.rpartition('.')[0]}.?{flag.rpartition('.')[2]}"
    text = rule("deny", f"kinds: [member], {field}: '{condition.replace('{}', flag).replace('{?}', optional)}'")
    (told,) = findings(tmp_path, text)
    assert (told.code, told.severity) == ("SG514", "warning")
    assert f"has({flag}) && {flag}" in str(told.hint)


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize(
    "condition",
    [
        "has({}) && {}",
        "!has({}) || !{}",
        "!has({}) || {}",
        "!!!has({}) || !{}",
        "!(has({}) && {})",
        'has({}) && principal.team == "x" && {}',
        'has({}) && (principal.team == "x" || {})',
        'has({}) ? {} : principal.team == "x"',
        "{}",
        "has(principal.team)",
    ],
)
def test_v89_a_flag_that_is_read(condition: str, flag: str, tmp_path: Path) -> None:
    """No finding where the flag is read beside it."""
    assert codes(tmp_path, rule("deny", f"kinds: [member], when: '{condition.replace('{}', flag)}'")) == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('context.facts.marks.exists(k, k == "vip")', ["SG514"]),
        ('context.facts.marks.exists(k, "vip" == k)', ["SG514"]),
        ('context.facts.marks.exists(k, v, k == "vip" && v)', []),
        ('context.facts.marks.exists(k, k == "vip") && context.facts.marks.vip', []),
        ("context.facts.marks.exists(k, k == principal.team)", []),
        ("context.facts.marks.?vip.optMap(v, v).orValue(false)", []),
        ("context.facts.marks.?vip.optMap(v, true).orValue(false)", ["SG514"]),
        ("context.facts.marks.?vip == optional.none() || !context.facts.marks.vip", []),
        ("context.facts.marks.?vip != optional.none() || context.facts.marks.vip", ["SG514"]),
        ('context.facts.words.exists(k, k == "vip")', []),
    ],
)
def test_v89_in_a_map(condition: str, told: list[str], tmp_path: Path) -> None:
    """By a macro over the keys of a map, and by one that takes no notice of the value, a flag is only asked for."""
    more = 'catalog: {attributes: {facts: {marks: "map(string, bool)", words: list(string)}}}\n'
    assert codes(tmp_path, more + rule("deny", f"kinds: [member], when: '{condition}'")) == told


def test_v89_through_a_variable(tmp_path: Path) -> None:
    """Asked in a variable, told where it is used; read in the other condition of the rule, it is read."""
    variables = "variables: {signed_in: has(principal.sso)}\n"
    assert codes(tmp_path, variables + rule("deny", "kinds: [member], unless: variables.signed_in")) == ["SG514"]
    both = "kinds: [member], when: variables.signed_in, unless: principal.sso"
    assert codes(tmp_path, variables + rule("deny", both)) == []


def test_v89_in_a_role_by_condition(tmp_path: Path) -> None:
    """What a role asks of whoever holds it is a condition like any other."""
    role = 'roles: {signed_in: {when: %s, holds: ["notes:read"]}}\n'
    assert codes(tmp_path, role % "has(principal.sso)") == ["SG514"]
    assert codes(tmp_path, role % "has(principal.sso) && principal.sso") == []


@pytest.mark.parametrize(("sso", "allowed"), [(True, True), (False, False)])
def test_v89_the_shipped_pack(sso: bool, allowed: bool) -> None:
    """A member who is known not to be signed in is not."""
    ann = Principal.member("usr_1", workspace="ws_1", roles=["developer"], sso=sso)
    decision = Guard.default().check(
        ann,
        "agents:read",
        Resource("agents", "agt_1", workspace="ws_1"),
        Context(channel="dashboard", attributes={"sso_required": True}),
    )
    assert decision.allowed is allowed
    assert allowed or decision.code == "sso_required"


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("negated", ["", "!"])
@pytest.mark.parametrize(
    "asks", ["{}.?{}.hasValue()", '{}[?"{}"].hasValue()', "({}.?{} != optional.none())", "(optional.none() != {}.?{})"]
)
def test_v89_an_optional_that_is_there(asks: str, negated: str, flag: str, tmp_path: Path) -> None:
    """The same question in the words of optionals; what takes the value is none, nor what reads it beside."""
    root, _, name = flag.rpartition(".")
    condition = negated + asks.format(root, name)
    (told,) = findings(tmp_path, rule("deny", f"kinds: [member], when: '{condition}'"))
    assert (told.code, told.severity) == ("SG514", "warning")

    for read in (f"{root}.?{name}.orValue(false)", f"{asks.format(root, name)} && {flag}"):
        assert codes(tmp_path, rule("deny", f"kinds: [member], when: '{read}'")) == []
