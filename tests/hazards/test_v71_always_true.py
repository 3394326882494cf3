"""V71: a condition that is always true: an exception that excepts everybody switches a denial off."""

from pathlib import Path

import pytest

from tests.hazards.findings import codes, findings, rule

ALWAYS = (
    "resource.workspace == resource.workspace",
    'principal.team != "x" || principal.team != "y"',
    "principal.team == resource.owner || principal.team != resource.owner",
    "resource.owner == principal.team || principal.team != resource.owner",
    "principal.team in resource.tags || true",
    "size(resource.tags) >= 0",
    "resource.tags.size() > -1",
    "size(resource.tags) != -1",
    "has(principal.team) || !has(principal.team)",
    '!(principal.team == "x" && principal.team == "y")',
    'principal.kind != "member" || principal.kind != "session"',
    'principal.kind in ["api_key", "member", "session", "system", "anonymous"]',
    "principal.level < 5 || principal.level >= 5",
    "principal.level < 5 || 3 < principal.level",
    "principal.id in [principal.id]",
    'principal.team == "x" ? true : principal.team != "x"',
    "principal.sso || !principal.sso",
    "principal.sso == true || principal.sso == false",
    "resource.tags.all(tag, tag == tag)",
    '!resource.tags.exists(tag, tag == "x" && tag == "y")',
    'resource.tags.exists(tag, tag == "x") || !resource.tags.exists(tag, tag == "x")',
    'principal.team.startsWith("")',
    '(principal.team == "x") == (principal.team == "x")',
    "1 + 1 == 2",
    "[1, 2].exists(number, number == 1)",
    '{"x": 1}.exists(key, key == "x") || principal.sso',
    "[[1], [2]].all(each, each.size() == 1)",
    "sets.contains([1, 2], [1])",
    'principal.sso || sets.intersects(["x", "y"], ["y"])',
    '"y" in {"y": 1} || principal.sso',
    '"x" in [principal.team, "x"]',
    'principal.sso || "y" in {"y": principal.team}',
    '!("x" in ["x", principal.team]) || "x" in [resource.owner, "x"]',
    "[principal.team].exists(each, true)",
    "[principal.team, resource.owner].exists(each, size(each) >= 0)",
    '!{"x": principal.team}.all(key, false)',
    "size([principal.team]) == 1",
    '[principal.team, "x"].size() > 1 || principal.sso',
    'size({"x": principal.team}) < 2',
    "optional.of(principal.team).hasValue()",
    'isIP("192.0.2.7")',
    'principal.team == "x" || cidr("192.0.2.0/24").containsIP("192.0.2.7")',
    "cel.bind(mine, principal.team, mine == principal.team)",
    "cel.bind(mine, principal.team, cel.bind(its, resource.owner, mine == its || its != mine))",
    'cel.bind(mine, "x", principal.team == mine || principal.team != "x")',
    'holds("notes:write") || !holds("notes:write")',
    "sets.contains(resource.tags, [])",
    "!sets.intersects([], resource.tags)",
    'sets.intersects(resource.tags, ["x"]) || !("x" in resource.tags)',
    '!sets.contains(resource.tags, ["x", "y"]) || "y" in resource.tags',
    'principal.level == 1 && principal.team == "x" || principal.level != 1 || principal.team != "x"',
    "has(principal.kind)",
    "has(context.environment) && has(principal.roles)",
    "principal.team.startsWith(principal.team)",
    "resource.owner.contains(resource.owner) || principal.sso",
    "sets.contains(resource.tags, resource.tags)",
    "sets.equivalent(resource.tags, resource.tags)",
    'context.now < timestamp("2020-01-01T00:00:00Z") || context.now > timestamp("2019-01-01T00:00:00Z")',
    'context.environment in ["preview", "production"]',
    'context.environment == "production" || "preview" == context.environment',
    'context.environment != "" && context.environment > "p"',
    'context.environment.startsWith("pr")',
    'context.environment in {"production": 1, "preview": 2} || principal.sso',
    '["preview", "production"].exists(each, each == context.environment)',
    '!has(context.channel) || context.channel == "server" || context.channel == "dashboard"',
    'action in ["read", "write", "create"]',
    'resource.surface in ["notes", "files", "keys"]',
    'permission.contains(":")',
    'operation == "" || operation == "notes.create"',
    "principal.rank >= 0",
    "principal.rank < 21",
    "principal.rank + 1 > 0",
    'principal.team >= ""',
    'resource.tags.exists(tag, tag == "x") || resource.tags.all(each, each != "x")',
    'resource.tags.exists(tag, tag in ["x", "y"]) || resource.tags.all(each, each != "y" && "x" != each)',
    '!resource.tags.exists(tag, tag < "x") || resource.tags.exists(each, "x" > each)',
    'resource.tags.exists(tag, tag < "x") || resource.tags.all(tag, tag >= "x")',
    'resource.tags.exists(tag, !tag.startsWith("x")) || resource.tags.all(each, each.startsWith("x"))',
    'resource.tags.exists(at, tag, at > 1 && tag == "x") || resource.tags.all(n, each, n <= 1 || each != "x")',
    'resource.tags.exists(tag, tag == "x") || !("x" in resource.tags)',
    (
        "resource.tags.exists(one, resource.tags.all(two, one != two)) || "
        "resource.tags.all(two, resource.tags.exists(one, two == one))"
    ),
    "string(principal.team) == principal.team",
    "dyn(principal.team) == principal.team",
    'principal.team + "" == principal.team.substring(0)',
    "optional.of(principal.team).value() == principal.team",
    "int(principal.level) == principal.level",
    "timestamp(context.now) >= context.now",
    "resource.tags.map(tag, tag) == resource.tags",
    "resource.tags.filter(tag, true) == resource.tags + []",
    '[principal.team, "x"][1] == "x"',
    '{"x": principal.team, "y": "z"}.y == "z"',
    'principal.team.split(" ").size() >= 1',
    "math.greatest(principal.level, 3) >= 3",
    '"x" in resource.tags + ["x"]',
    'size(principal.team + "x") > 0',
    "principal.rank != 2",
    "!(principal.rank in [1, 2])",
    "!(principal.rank > 0 && principal.rank < 20)",
    "principal.rank <= 0 || principal.rank >= 20",
    "principal.rank < 0.5 || principal.rank > 19.5",
    "principal.rank + 1 != 3",
    '!(principal.team.startsWith("ab") && principal.team == "cd")',
    '!(principal.team.startsWith("ab") && principal.team.startsWith("cd"))',
    '!(principal.team.endsWith("b") && principal.team.endsWith("c"))',
    '!principal.team.startsWith("abc") || principal.team.startsWith("ab")',
    '!principal.team.endsWith("abc") || principal.team.contains("b")',
    'principal.team.contains("b") || !principal.team.contains("abc")',
    '!(principal.team.startsWith("abc") && size(principal.team) < 3)',
    '!(principal.team.contains("abc") && principal.team.size() == 2)',
    '!(size(principal.team) == 3 && principal.team == "admin")',
    '!(principal.team in ["admin", "owner"] && size(principal.team) < 5)',
    'principal.team != "admin" || principal.team.contains("dm")',
    '!(principal.team == "Admin" && principal.team.lowerAscii() == "root")',
    '!(principal.team.indexOf("a") > 0 && principal.team == "admin")',
    '!resource.tags.exists(tag, tag.startsWith("a") && tag == "b")',
    'string(principal.sso) != "True"',
    '!(string(principal.sso) in ["yes", "no"])',
    '!(principal.sso && string(principal.sso) == "false")',
    'string(principal.sso) in ["true", "false"]',
    'principal.team.lowerAscii() != "Admin"',
    'principal.team.upperAscii() != "admin"',
    '!(principal.team.lowerAscii() in ["Admin", "ROOT"])',
)
OPEN = (
    'principal.team.lowerAscii() != "admin-1é"',
    'principal.team.lowerAscii() != "É"',
    'principal.team.upperAscii() != "ADMIN"',
    '!(principal.team.lowerAscii() in ["admin", "root"])',
    "principal.workspace == resource.workspace",
    'principal.team != "x" || principal.level != 1',
    'principal.team == "x" || principal.team == "y"',
    "size(resource.tags) > 0",
    "size(resource.tags) >= 1",
    "has(principal.team) || !has(resource.owner)",
    '!(principal.team == "x" && principal.level == 1)',
    'principal.kind != "member"',
    'principal.kind in ["api_key", "member", "session", "system"]',
    "principal.level < 5 || principal.level > 5",
    "principal.level <= 4 || principal.level >= 6",
    "principal.id in [resource.id]",
    'principal.team == "x" ? principal.level == 1 : principal.team != "x"',
    'resource.tags.all(tag, tag == "x")',
    'resource.tags.exists(tag, tag == "x") || !resource.tags.exists(tag, tag == "y")',
    'principal.team.startsWith("x") || !principal.team.endsWith("x")',
    'principal.level == 1 && principal.team == "x" || principal.level != 1 || principal.team == "y"',
    'context.channel != "server"',
    "resource.owner < principal.team || principal.team < resource.owner",
    "cel.bind(mine, principal.team, mine == resource.owner)",
    'cel.bind(tag, principal.team, resource.tags.exists(tag, tag == "x") || tag != "x")',
    'cel.bind(both, [principal.team], both == ["x"])',
    'holds("notes:write") || !holds("notes:read")',
    'sets.contains(resource.tags, ["x"])',
    'sets.contains(["x"], resource.tags)',
    "sets.intersects(resource.tags, resource.tags)",
    "has(principal.id) && has(context.now)",
    "principal.team.startsWith(resource.owner)",
    'sets.intersects(resource.tags, ["x", "y"]) || !("z" in resource.tags)',
    'context.environment in ["production", resource.owner]',
    'context.environment != "production"',
    'context.environment.startsWith("pre")',
    'context.channel in ["server", "dashboard"]',
    '!(context.channel in ["server", "dashboard"])',
    'has(context.channel) && context.channel in ["server"]',
    "principal.rank > 0",
    "principal.rank < 20",
    '!(principal.team.startsWith("ab") && principal.team == "abcd")',
    '!(principal.team.startsWith("ab") && principal.team.startsWith("abcd"))',
    '!(principal.team.startsWith("ab") && principal.team.endsWith("cd"))',
    '!(principal.team.startsWith("ab") && resource.owner.startsWith("cd"))',
    '!(principal.team.contains("ab") && principal.team.contains("cd"))',
    '!principal.team.startsWith("ab") || principal.team.startsWith("abc")',
    '!principal.team.contains("abc") || principal.team.startsWith("b")',
    '!(principal.team.startsWith("abc") && size(principal.team) < 4)',
    '!(principal.team.startsWith("abc") && size(resource.owner) < 3)',
    '!(size(principal.team) == 5 && principal.team == "admin")',
    '!(size(principal.team) == 3 && resource.owner == "admin")',
    '!(principal.team.startsWith("x" + resource.owner) && principal.team == "y")',
    'string(principal.sso) != "true"',
    'string(principal.level) != "True"',
    "principal.rank != 0",
    "principal.rank != 20",
    "principal.rank >= 2",
    "principal.rank < 2.5",
    "principal.rank - principal.level != 2",
    "principal.rank % 7 != 1",
    'principal.team > ""',
    'resource.tags.exists(tag, tag == "x") || resource.tags.all(each, each != "y")',
    'resource.tags.exists(tag, tag == "x") || resource.tags.exists(tag, tag != "x")',
    'resource.tags.all(tag, tag == "x") || resource.tags.all(tag, tag != "x")',
    'resource.tags.exists(tag, tag < "x") || resource.tags.all(tag, tag > "x")',
    (
        "[principal.level].map(n, double(n) / double(n)).exists(n, n < 1.0) || "
        "[principal.level].map(n, double(n) / double(n)).all(n, n >= 1.0)"
    ),
    "[double(principal.level) / double(principal.level)].exists(n, n == n)",
    '"x" in [principal.team, resource.owner]',
    '"x" in {principal.team: 1}',
    "resource.tags.exists(each, true)",
    'principal.sso || [principal.team].exists(each, each == "x")',
    "[?principal.?team].size() == 1",
    'resource.tags.exists(at, tag, at > 1 && tag == "x") || resource.tags.all(n, each, n < 1 || each != "x")',
    (
        "resource.tags.exists(one, resource.tags.all(two, one != two)) || "
        "resource.tags.all(two, resource.tags.exists(one, one != two))"
    ),
    "string(principal.level) == principal.team",
    'principal.team + "x" == principal.team.substring(1)',
    'resource.tags.map(tag, tag + "x") == resource.tags',
    'resource.tags.filter(tag, tag != "") == resource.tags',
    '[principal.team, "x"][0] == "x"',
    'principal.team.split("").size() >= 1',
    "math.greatest(principal.level, 3) > 3",
    '"x" in resource.tags + ["y"]',
)


def written(condition: str) -> str:
    """A condition in single quotes of YAML."""
    return f"'{condition}'"


@pytest.mark.parametrize("condition", ALWAYS)
def test_v71_an_exception_for_everybody(condition: str, tmp_path: Path) -> None:
    """The rule can never match, in an allow and in a denial."""
    assert codes(tmp_path, rule("deny", f"kinds: [member], unless: {written(condition)}")) == ["SG401"]
    assert codes(tmp_path, rule("allow", f"kinds: [member], unless: {written(condition)}")) == ["SG401"]


@pytest.mark.parametrize("condition", ALWAYS)
def test_v71_a_condition_that_says_nothing(condition: str, tmp_path: Path) -> None:
    """In a rule, through a variable, negated, and in everything else that has a condition."""
    gate = f"gates: [{{id: a.gate, on: [notes.create], payment: required, when: {written(condition)}}}]\n"
    remedies = f"[{{when: {written(condition)}, text: Wait.}}]"
    claim = f"invariants: [{{id: a.claim, never: {{when: {written(condition)}}}}}]\n"

    assert codes(tmp_path, rule("allow", f"kinds: [member], when: {written(condition)}")) == ["SG420"]
    assert codes(tmp_path, rule("deny", f"kinds: [member], when: {written(condition)}")) == ["SG420"]
    named = f"variables: {{mine: {written(condition)}}}\n" + rule("deny", "kinds: [member], when: variables.mine")
    assert codes(tmp_path, named) == ["SG420"]
    assert codes(tmp_path, rule("deny", f"kinds: [member], when: {written(f'!({condition})')}")) == ["SG401"]
    assert codes(tmp_path, rule("deny", f"kinds: [member], unless: {written(f'!({condition})')}")) == ["SG420"]
    assert codes(tmp_path, gate) == ["SG420"]
    assert codes(tmp_path, gate.replace("when", "unless")) == ["SG401"]
    assert codes(tmp_path, f"recovery: {{sso_required: {{remedy: {{text: Wait.}}, remedies: {remedies}}}}}\n") == [
        "SG420"
    ]
    assert codes(tmp_path, claim) == ["SG420"]


@pytest.mark.parametrize("condition", OPEN)
@pytest.mark.parametrize("field", ["when", "unless"])
def test_v71_what_may_be_false(field: str, condition: str, tmp_path: Path) -> None:
    """Conditions that come near to it without being it are no finding."""
    assert codes(tmp_path, rule("deny", f"{field}: {written(condition)}")) == []


@pytest.mark.parametrize(
    ("on", "exception"),
    [
        ('"notes:*"', 'action == "read" || action == "write"'),
        ('"notes:*"', 'permission in ["notes:read", "notes:write", "files:read"]'),
        ('"notes:read", "files:*"', 'action == "read"'),
        ('"*:read"', 'action in ["read"]'),
        ("notes.create", 'permission == "notes:write"'),
        ("notes.create", 'operation == "notes.create"'),
        ("notes.create", 'operation.startsWith("notes.")'),
        ('"notes:*"', 'permission.startsWith("notes:")'),
        ('"notes:*"', 'permission.split(":")[1] in ["read", "write"]'),
        ('"notes:*", "files:*"', '{"read": true, "write": true}[action]'),
        ('"*:read"', 'resource.surface.endsWith("es")'),
    ],
)
def test_v71_every_action_is_excepted(on: str, exception: str, tmp_path: Path) -> None:
    """What a rule is about names its actions: an exception for all of them leaves nothing, one for some does."""
    assert codes(tmp_path, rule("deny", f"unless: {written(exception)}", on)) == ["SG401"]
    assert codes(tmp_path, rule("deny", f"unless: {written(exception)}", f'{on}, "keys:create"')) == []


@pytest.mark.parametrize("clause", ["resource.workspace == resource.workspace", "size(resource.tags) >= 0"])
def test_v71_a_part_of_a_condition(clause: str, tmp_path: Path) -> None:
    """A clause that says nothing is told where it stands; it is superfluous, and so a warning."""
    text = rule("deny", f"kinds: [member], unless: {written(f'principal.sso && {clause}')}")
    assert codes(tmp_path, text) == ["SG420"]


@pytest.mark.parametrize(
    "test",
    [
        "principal.rank in [20, 21]",
        "context.now.getHours() in [23, 24]",
        'principal.team.lowerAscii() in ["a", "B"]',
        '"x" in [principal.team, "y"]',
    ],
)
def test_v71_a_member_of_a_list_that_it_never_is(test: str, tmp_path: Path) -> None:
    """What is in a list for nothing is told where it stands there, as the clause that it is."""
    text = rule("deny", f"kinds: [member], unless: {written(test)}")
    (told,) = findings(tmp_path, text)
    assert (told.code, told.severity, "always" in told.message or "whenever" in told.message) == (
        "SG420",
        "warning",
        True,
    )
    assert told.column == text.splitlines()[1].index(test) + 1 + test.rindex(", ") + 2


def test_v71_a_part_that_says_what_it_is(tmp_path: Path) -> None:
    """Plain ``true`` and ``false`` are what a choice is written with."""
    choice = "'has(principal.sso) ? principal.sso : false'"
    assert codes(tmp_path, rule("deny", f"kinds: [member], unless: {choice}")) == []


def test_v71_an_operation_that_it_is_not_about(tmp_path: Path) -> None:
    """A rule or gate about other operations than its condition names is never there; about the permission it is."""
    named = written('operation == "notes.create"')
    assert codes(tmp_path, rule("deny", f"when: {named}", '"notes:read"')) == ["SG401"]
    assert codes(tmp_path, rule("deny", f"when: {named}", '"notes:write"')) == []
    gate = "gates: [{id: a.gate, on: [notes.create], payment: required, unless: %s}]\n"
    assert codes(tmp_path, gate % written('operation.endsWith("create")')) == ["SG401"]
    assert codes(tmp_path, gate % written('operation.endsWith("create") && principal.sso')) == []
