"""V75: a constant that cannot be evaluated: the condition around it never is, and nobody is told before a request."""

from pathlib import Path

import pytest

from tests.hazards.findings import findings, rule
from tests.hazards.test_v73_comments_in_joined_lines import PLACES

VALUELESS = {
    'duration("1d") > duration("1h")': 'duration("1d")',
    'context.now < timestamp("2026-13-01T00:00:00Z")': 'timestamp("2026-13-01T00:00:00Z")',
    'context.now < timestamp("2026-01-01")': 'timestamp("2026-01-01")',
    'cidr("10.0.0.0/33").containsIP(principal.id)': 'cidr("10.0.0.0/33")',
    'ip("10.0.0.300") == ip(principal.id)': 'ip("10.0.0.300")',
    'cidr("10.0.0.0/8").containsIP("10.0.0.300") && principal.sso': "cidr(",
    'cidr(principal.id).containsIP("10.0.0.300")': '"10.0.0.300"',
    'context.now.getHours("Mars/Phobos") == 1': '"Mars/Phobos"',
    'context.now.getFullYear("Europe/Berln") == 1': '"Europe/Berln"',
    "1 / 0 == principal.level": "1 / 0",
    "1 % 0 == principal.level": "1 % 0",
    "principal.level / 0 == 1": "0",
    "principal.level % (1 - 1) == 1": "1 - 1",
    'int("x") == principal.level': 'int("x")',
    'double("x") > 1.0': 'double("x")',
    "9223372036854775807 + 1 > principal.level": "9223372036854775807 + 1",
    "-9223372036854775808 - 1 < principal.level": "-9223372036854775808 - 1",
    "[1][5] == principal.level": "[1][5]",
    '{"a": 1}["b"] == principal.level': '{"a": 1}["b"]',
    'string(b"\\xff") == principal.id': 'string(b"\\xff")',
    'principal.id.matches("(" + "x")': '"(" + "x"',
    '"abc".substring(5) == principal.id': '"abc".substring(5)',
    "optional.none().value() == principal.level": "optional.none().value()",
    'timestamp("9999-12-31T23:59:59Z") + duration("48h") > context.now': 'timestamp("9999',
    "principal.sso || 1 / 0 == 1": "1 / 0",
    'principal.sso ? true : duration("1d") > duration("1h")': 'duration("1d")',
    "principal.roles.exists(role, [role][1 / 0] == role)": "1 / 0",
    "[0].exists(x, 1 / x == principal.level) || [0].all(x, 1 / x == 1)": "[0].all(",
    "cel.bind(x, 1 / 0, principal.level == x)": "1 / 0",
    'cel.bind(zone, "Mars/Phobos", context.now.getHours(zone) == 1)': '"Mars/Phobos"',
    "cel.bind(x, 0, cel.bind(y, x, principal.level / y == 1))": "0",
    'resource.tags[-1] == "x"': "-1",
    'principal.roles.sort()[0 - 1] == "x"': "0 - 1",
    'principal.id.split(",")[-1] == "x"': "-1",
    'principal.id.substring(-1) == "x"': "-1",
    'principal.id.substring(5, 2) == "x"': "2",
    'principal.id.charAt(-1) == "x"': "-1",
    'principal.id.indexOf("x", -1) == 0': "-1",
    "principal.roles.slice(2, 1).size() > 0": "1",
    "principal.roles.slice(-1, 1).size() > 0": "1",
    "[principal.roles].flatten(-1).size() > 0": "-1",
    "math.bitShiftLeft(principal.level, -1) == 1": "-1",
    '"%s is %s".format([principal.id]) == "x"': '"%s is %s"',
    '"%z".format([principal.id]) == "x"': '"%z"',
}
VALUED = (
    'duration("24h") > duration("1h") || principal.sso',
    'context.now.getHours("Europe/Berlin") == 1',
    'context.now.getHours("-05:30") == 1',
    "principal.level / 2 == 1",
    'cidr("10.0.0.0/8").containsIP(principal.id)',
    'principal.id.matches("^[a-z]+$")',
    'has({"a": 1}.b) || principal.sso',
    'int(principal.level) == int("7")',
    "[1, 2][1] == principal.level",
    'resource.tags[9] == "x" && principal.roles[?-1].orValue("y") == "y"',
    "{-1: principal.level}[-1] == 1",
    "principal.roles.transformMapEntry(i, r, {i - 1: r})[-1] == principal.id",
    'principal.id.substring(3000) == "x" || principal.id.charAt(99999) == "x"',
    "principal.roles.slice(1, 3).size() == 2",
    "math.bitShiftRight(principal.level, 3) == 1",
    '"%d of %s".format([principal.level, principal.roles]) == principal.id',
    '"%s %s %s %s".format([principal.level, principal.level, principal.level, principal.level]) == principal.id',
)


@pytest.mark.parametrize("condition", VALUELESS)
def test_v75_a_constant_without_a_value(condition: str, tmp_path: Path) -> None:
    """Told at the constant, also where it is never evaluated."""
    told = [each for each in findings(tmp_path, f"{PLACES['when']}'{condition}'\n") if each.code == "SG512"]
    assert len(told) == 1
    line = (tmp_path / "more.yaml").read_text(encoding="utf-8").splitlines()[told[0].line - 1]
    assert line[told[0].column - 1 :].startswith(VALUELESS[condition])


@pytest.mark.parametrize("place", PLACES)
def test_v75_wherever_a_condition_stands(place: str, tmp_path: Path) -> None:
    """In variables, gates, remedies and invariants too."""
    text = f"{PLACES[place]}'context.now > timestamp(\"tomorrow\")'\n"
    assert [each.code for each in findings(tmp_path, text)] == ["SG512"]


def test_v75_constants_of_variables(tmp_path: Path) -> None:
    """What a variable names is told where it is read, and what it cannot evaluate itself only where it stands."""
    zone = "variables:\n  zone: '\"Mars/Phobos\"'\n"
    told = findings(tmp_path, zone + rule("deny", "when: context.now.getHours(variables.zone) == 1"))
    assert [(each.code, each.line) for each in told] == [("SG512", 5)]
    span = "variables:\n  span: 'duration(\"1d\")'\n"
    told = findings(tmp_path, span + rule("deny", "when: 'context.now - principal.expires_at > variables.span'"))
    assert [(each.code, each.line) for each in told] == [("SG512", 3)]


@pytest.mark.parametrize("condition", VALUED)
def test_v75_constants_with_a_value(condition: str, tmp_path: Path) -> None:
    """What has a value is none."""
    assert [each for each in findings(tmp_path, f"{PLACES['when']}'{condition}'\n") if each.code == "SG512"] == []
