"""V72: an allow rule that names no kinds speaks to everybody, and so to nobody in particular."""

from pathlib import Path

import pytest

from tests.hazards.findings import codes, findings, rule

WITHOUT_BASE = "pack: {base: none, because: a test}\n"
REACHING = (
    "channels: [server]",
    'when: context.channel == "server"',
    'unless: principal.kind == "member"',
    "when: context.facts.ready",
    "when: 'principal.kind == \"member\" || context.facts.ready'",
    "when: '!has(principal.id)'",
    "unless: has(principal.workspace)",
    "when: size(principal.roles) == 0",
    "when: principal.rank == 0",
    "when: principal.unrecognized",
    "when: principal.?unrecognized.orValue(false)",
    "when: has(principal.unrecognized) && principal.unrecognized",
    "unless: '!principal.?unrecognized.orValue(false)'",
)
KEPT_OUT = (
    "kinds: [member]",
    "kinds: [api_key, member, session, system]",
    "roles: [editor]",
    'requires: "notes:write"',
    'when: principal.kind == "member"',
    'when: principal.kind != "anonymous"',
    'unless: principal.kind == "anonymous"',
    "when: principal.workspace == resource.workspace",
    "when: principal.id == resource.owner",
    "when: principal.sso",
    "when: principal.unrecognized && principal.sso",
    "when: '!has(principal.id) && principal.?unrecognized.orValue(false) && has(principal.workspace)'",
    "when: has(principal.unrecognized) && !principal.unrecognized",
    "when: 'principal.roles.exists(role, role == \"editor\")'",
    "when: '\"editor\" in principal.roles'",
    "unless: size(principal.scopes) == 0",
)


@pytest.mark.parametrize("rest", REACHING)
def test_v72_a_rule_for_everybody(rest: str, tmp_path: Path) -> None:
    """Told at its id: a warning where the base denies anonymous principals, an error where nothing does."""
    (told,) = findings(tmp_path, rule("allow", rest))
    assert (told.code, told.severity) == ("SG421", "warning")

    (told,) = [each for each in findings(tmp_path, WITHOUT_BASE + rule("allow", rest)) if each.code != "SG219"]
    assert (told.code, told.severity) == ("SG421", "error")


@pytest.mark.parametrize("rest", KEPT_OUT)
def test_v72_a_rule_for_some(rest: str, tmp_path: Path) -> None:
    """Whatever keeps an anonymous principal out is enough."""
    assert codes(tmp_path, rule("allow", rest)) == []


def test_v72_a_surface_that_keeps_them_out(tmp_path: Path) -> None:
    """A rule about what only members may hold reaches members."""
    assert codes(tmp_path, rule("allow", "channels: [server]", on='"keys:create"')) == []


@pytest.mark.parametrize(
    "rest", ["kinds: [anonymous]", "kinds: [anonymous, member]", 'when: principal.kind == "anonymous"']
)
def test_v72_named(rest: str, tmp_path: Path) -> None:
    """Whoever names them means them; above the base that is in vain, and told."""
    assert codes(tmp_path, WITHOUT_BASE + rule("allow", rest)) == ["SG219"]
    (told,) = findings(tmp_path, rule("allow", rest))
    assert (told.code, told.severity) == ("SG424", "warning")


def test_v72_denials_are_for_everybody(tmp_path: Path) -> None:
    """A denial may speak to all there are."""
    assert codes(tmp_path, rule("deny", "channels: [server]")) == []
