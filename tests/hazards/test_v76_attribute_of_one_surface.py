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
