"""V76: a rule about many surfaces reads what one of them has: it denies all others, or never allows anything there."""

from pathlib import Path

import pytest

from tests.hazards.findings import codes, findings, rule

EVERYWHERE = '"*:*"'


@pytest.mark.parametrize(
    "rest",
    [
        "when: resource.owner != principal.id",
        "unless: resource.owner == principal.id",
        "unless: 'principal.sso || resource.owner == principal.id'",
        "when: 'principal.kind == \"member\" && resource.owner != principal.id'",
        "when: 'resource.surface != \"keys\" && resource.owner != principal.id'",
        "when: size(resource.owner) > 3",
        "when: '!resource.tags.exists(tag, tag == principal.team)'",
        "when: resource.?owner.value() != principal.id",
        "when: 'action != \"create\" && resource.owner != principal.id'",
    ],
)
def test_v76_denials_of_what_lacks_it(rest: str, tmp_path: Path) -> None:
    """Refused, with the surfaces that lack it, and no others."""
    (told,) = findings(tmp_path, rule("deny", rest, on=EVERYWHERE))
    assert told.code == "SG513"
    assert '"files"' in told.message
    assert '"notes"' not in told.message
    assert ('"keys"' in told.message) is ("resource.surface" not in rest and "create" not in rest)


def test_v76_named_surfaces(tmp_path: Path) -> None:
    """The same where the rule names its surfaces, or reaches them by an action."""
    assert codes(tmp_path, rule("deny", "when: resource.size > principal.level", on='"files:*", "notes:write"')) == [
        "SG513"
    ]
    assert codes(tmp_path, rule("deny", "when: resource.owner == principal.id", on='"*:read"')) == ["SG513"]
    assert codes(tmp_path, rule("deny", "when: resource.owner == principal.id", on='"*:write"')) == []


def test_v76_allowances(tmp_path: Path) -> None:
    """An allow that what is lacking decides never allows there; one that something else may decide is fine."""
    own = "kinds: [member], when: resource.owner == principal.id"
    (told,) = findings(tmp_path, rule("allow", own, on='"*:read"'))
    assert (told.code, "never allows" in told.message) == ("SG513", True)
    either = "kinds: [member], when: 'resource.owner == principal.id || principal.sso'"
    assert codes(tmp_path, rule("allow", either, on='"*:read"')) == []


@pytest.mark.parametrize(
    "rest",
    [
        "when: has(resource.owner) && resource.owner != principal.id",
        "unless: '!has(resource.owner) || resource.owner == principal.id'",
        "when: 'resource.surface == \"notes\" && resource.owner != principal.id'",
        'unless: \'resource.surface in ["files", "keys"] || resource.owner == principal.id\'',
        "when: 'has(resource.owner) ? resource.owner != principal.id : principal.sso'",
        "when: 'resource.?owner.orValue(\"x\") != principal.id'",
        "when: resource.label == principal.id",
        "when: 'permission == \"notes:read\" && resource.owner != principal.id'",
        "when: 'operation == \"notes.create\" && resource.owner != principal.id'",
        'when: \'(resource.surface == "notes" ? resource.owner : "x") != principal.id\'',
        'when: \'(resource.surface in ["notes"] ? resource.owner : "x") != principal.id\'',
    ],
)
def test_v76_asked_first(rest: str, tmp_path: Path) -> None:
    """Where the rule asks for the attribute or the surface first, and where every surface has it, all is well."""
    assert codes(tmp_path, rule("deny", rest, on=EVERYWHERE)) == []


def test_v76_through_a_variable(tmp_path: Path) -> None:
    """What a variable reads is read."""
    text = "variables: {own: resource.owner == principal.id}\n" + rule("deny", "unless: variables.own", on=EVERYWHERE)
    assert "SG513" in codes(tmp_path, text)


def test_v76_through_a_role_by_condition(tmp_path: Path) -> None:
    """A denial for whoever has a role by condition is one for every member where its condition cannot be evaluated."""
    roles = 'roles: {mine: {when: resource.owner == principal.id, holds: ["notes:read"]}}\n'
    (told,) = findings(tmp_path, roles + rule("deny", "roles: [editor, mine]", on='"*:read"'))
    assert (told.code, told.line) == ("SG513", 4)
    assert '"a.rule" denies "files", which lack resource.owner' in told.message
    assert codes(tmp_path, roles + rule("deny", "roles: [mine]", on='"notes:*"')) == []
    (told,) = findings(tmp_path, roles + rule("allow", "roles: [mine]", on='"files:read"'))
    assert "never allows anything" in told.message
    assert codes(tmp_path, roles + rule("allow", "roles: [editor, mine]", on='"files:read"')) == []
    asked = roles.replace("resource.owner ==", "has(resource.owner) && resource.owner ==")
    assert codes(tmp_path, asked + rule("deny", "roles: [mine]", on='"*:read"')) == []


TYPES = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, attributes: {size: string, parts: list(string), end: timestamp, of: "list(role)"}}
    files: {actions: [read], coarse: true, attributes: {size: int, parts: list(int), end: timestamp, of: list(string)}}
    plans: {actions: [read], coarse: true}
  attributes: {principal: {team: string}}
roles:
  editor: {holds: ["notes:write"], rank: 20}
"""


@pytest.mark.parametrize(
    "rest",
    [
        "when: resource.size == principal.team",
        "unless: 'resource.size == \"x\"'",
        "unless: 'principal.sso || resource.size == \"x\"'",
        "when: size(resource.size) > 3",
        "when: 'principal.team in resource.parts'",
        "when: 'resource.parts.exists(part, part == principal.team)'",
        "when: 'cel.bind(it, resource.size, it == \"x\")'",
        "when: 'has(resource.size) && resource.size == \"x\"'",
        'when: \'resource.surface != "plans" && resource.size == "x"\'',
    ],
)
def test_v76_an_attribute_of_two_types(rest: str, tmp_path: Path) -> None:
    """What fits the type on one surface alone is refused, with the other surface and its type."""
    (told,) = findings(tmp_path, rule("deny", rest, on='"notes:read", "files:read"'), TYPES)
    assert told.code == "SG513"
    kind = "resource.parts is list(int)" if "parts" in rest else "resource.size is int"
    assert told.message == f'"a.rule" denies "files", where {kind}: its condition takes another type'
    assert told.hint == 'ask first: resource.surface == "notes" && …, or name the surfaces it is about'


@pytest.mark.parametrize(
    "rest",
    [
        "when: string(resource.size) == principal.team",
        "when: has(resource.size)",
        "when: '!has(resource.size) && principal.sso'",
        "when: 'resource.end > context.now'",
        "when: '\"editor\" in resource.of'",
        "when: 'size(resource.parts) > 2'",
        'when: \'string(resource.size) in ["x", "1"]\'',
        'when: \'resource.surface == "notes" && resource.size == "x"\'',
        'when: \'resource.surface == "notes" ? resource.size == "x" : resource.size == 1\'',
        'when: \'cel.bind(it, resource.size, resource.surface == "notes" && it == "x")\'',
        "when: 'type(resource.size) == string && resource.size == \"x\"'",
        "when: 'type(resource.size) == int ? resource.size > 3 : size(resource.size) > 3'",
    ],
)
def test_v76_what_fits_both_types(rest: str, tmp_path: Path) -> None:
    """What takes either type, or asks first for the surface or the type, is no finding."""
    assert codes(tmp_path, rule("deny", rest, on='"notes:read", "files:read"'), TYPES) == []


def test_v76_allowances_of_two_types(tmp_path: Path) -> None:
    """As of what is lacking: an allow that nothing else decides never allows there."""
    own, on = "kinds: [member], when: resource.size == principal.team", '"notes:read", "files:read"'
    (told,) = findings(tmp_path, rule("allow", own, on=on), TYPES)
    assert '"a.rule" never allows anything on "files", where resource.size is int' in told.message
    either = "kinds: [member], when: 'resource.size == principal.team || principal.sso'"
    assert codes(tmp_path, rule("allow", either, on=on), TYPES) == []
    roles = 'roles: {mine: {when: resource.size == principal.team, holds: ["notes:read", "files:read"]}}\n'
    assert codes(tmp_path, roles, TYPES) == ["SG513"]
    (told,) = findings(tmp_path, roles.replace(', "files:read"', "") + rule("deny", "roles: [mine]", on=on), TYPES)
    assert (told.code, told.line, "files" in told.message) == ("SG513", 4, True)


def test_v76_types_and_what_is_lacking(tmp_path: Path) -> None:
    """Both are told, each of its surfaces."""
    found = findings(tmp_path, rule("deny", "when: resource.size == principal.team", on='"*:read"'), TYPES)
    assert sorted((each.code, '"plans"' in each.message, '"files"' in each.message) for each in found) == [
        ("SG513", False, True), ("SG513", True, False)
    ]  # fmt: skip


def test_v76_a_type_that_no_surface_has(tmp_path: Path) -> None:
    """Every surface is told with its type, and none to ask for."""
    (told,) = findings(tmp_path, rule("deny", "when: 'resource.size == [1]'", on='"notes:read", "files:read"'), TYPES)
    assert 'denies "files", where resource.size is int; "notes", where resource.size is string' in told.message


def test_v76_what_fits_no_type_at_all_is_told_once(tmp_path: Path) -> None:
    """As what it is, and not as something to ask for first."""
    text = rule("deny", "when: resource.size.frobs() == 1", on='"notes:read", "files:read"')
    assert codes(tmp_path, text, TYPES) == ["SG212"]


def test_v76_what_no_surface_has_is_told_once(tmp_path: Path) -> None:
    """As a name that there is not here, and not as one to ask for first."""
    assert codes(tmp_path, rule("deny", "when: resource.owner == principal.id", on='"files:read"')) == ["SG211"]


def test_v76_what_lies_below_need_not_fit(tmp_path: Path) -> None:
    """A role by condition that names a surface brings what inherits from it along as far as that has the attribute."""
    below = """
  surfaces:
    notes: {actions: [read], coarse: true, qualifiable: true, attributes: {owner: string}}
    lines: {actions: [read], coarse: true, inherits: true, parent: {surface: notes, attribute: note}, attributes: {note: string}}
"""
    roles = 'roles: {mine: {when: resource.owner == principal.id, holds: ["notes:read"%s]}}\n'
    pack = f"scopeguard: 1\ncatalog:{below}"
    assert codes(tmp_path, roles % "", pack) == []
    assert codes(tmp_path, roles % ', "lines:read"', pack) == ["SG513"]


def test_v76_what_is_built_in_is_no_attribute_of_one_surface(tmp_path: Path) -> None:
    """Declared once more it is a finding of its own, and no rule that reads it is to blame."""
    more = "catalog: {surfaces: {more: {actions: [read], coarse: true, attributes: {workspace: string}}}}\n"
    assert codes(tmp_path, more) == ["SG201"]
