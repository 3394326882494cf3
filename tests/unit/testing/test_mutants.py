"""Mutants: each operator makes the edits that it says, and each edit changes what the pack answers."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal
from scopeguard.compiling.loading import program_of
from scopeguard.documents.loading import read_pack
from scopeguard.testing.mutants import OPERATORS, Mutant, mutants

PACK = """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, audited: [read, write], embeds: {read: [secrets]}}
    secrets: {actions: [read], explicit_only: true, because: private, holdable_by: [member, system]}
  operations:
    notes.publish: {needs: "notes:write", meter: pages, audited: true}
    notes.print: {needs: "notes:read"}
  permissions:
    product.use: {grants: ["notes:read", "notes:write"]}
  attributes: {facts: {open: bool}, context: {level: int}}
  channels: [server, dashboard]
  environments: [production, test]
  facts_max_age: 90s
meters:
  pages: {kind: consumption}
scopes:
  all:read: {includes: ["*:read", "notes:write"]}
roles:
  editor: {holds: [product.use]}
  reader: {holds: ["notes:read"]}
  star: {marker: true}
variables:
  shut: "!context.facts.open"
rules:
  - id: notes.closed
    effect: deny
    on: ["notes:write", notes.print]
    kinds: [member, api_key]
    channels: [dashboard]
    when: variables.shut && context.level >= 3
    unless: principal.id == "root"
    code: not_permitted
gates:
  - {id: gates.pages, on: [notes.publish], entitlement: pages, because: no pages}
"""

EXPECTED = {
    "drop-rule": ["rule notes.closed: the deny is left out"],
    "gate-off": ["gate gates.pages: mode: block -> off"],
    "swap-when-unless": ["rule notes.closed: when <-> unless"],
    "and-or": ["rule notes.closed: variables.shut && context.level >= 3 -> variables.shut || context.level >= 3"],
    "comparison": [
        "rule notes.closed: context.level >= 3 -> context.level > 3",
        'rule notes.closed: principal.id == "root" -> principal.id != "root"',
    ],
    "drop-narrowing": [
        "rule notes.closed: kinds - member",
        "rule notes.closed: kinds - api_key",
        "rule notes.closed: channels - dashboard",
        "surface secrets: holdable_by - member",
        "surface secrets: holdable_by - system",
    ],
    "drop-target": ["rule notes.closed: on - notes:write", "rule notes.closed: on - notes.print"],
    "widen-pattern": [
        "rule notes.closed: notes:write -> notes:*",
        "rule notes.closed: notes:write -> *:write",
        "role reader: notes:read -> notes:*",
        "role reader: notes:read -> *:read",
        "member permission product.use: notes:read -> notes:*",
        "member permission product.use: notes:read -> *:read",
        "member permission product.use: notes:write -> notes:*",
        "member permission product.use: notes:write -> *:write",
        "scope all:read: *:read -> *:*",
        "scope all:read: notes:write -> notes:*",
        "scope all:read: notes:write -> *:write",
    ],
    "add-role-line": ["role editor: holds + notes:read", "role reader: holds + product.use"],
    "drop-grant": [
        "member permission product.use: grants - notes:read",
        "member permission product.use: grants - notes:write",
        "scope all:read: includes - *:read",
        "scope all:read: includes - notes:write",
    ],
    "drop-audit": [
        "surface notes: audited - read",
        "surface notes: audited - write",
        "operation notes.publish: audited: true -> false",
    ],
    "drop-inclusion": ["surface notes: embeds.read - secrets"],
    "age-facts": ["facts_max_age: 90s -> 5400s"],
}  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The pack in a file."""
    file = tmp_path / "notes.yaml"
    file.write_text(PACK, encoding="utf-8")
    return file


def made(file: Path) -> dict[str, list[Mutant]]:
    """The mutants of a file, by operator."""
    found: dict[str, list[Mutant]] = {}
    for mutant in mutants(read_pack(file)[0]):
        found.setdefault(mutant.operator, []).append(mutant)
    return found


def test_every_operator_makes_its_edits(written: Path) -> None:
    """Each edit is named by what it changes, from what to what; a role that holds nothing gets nothing."""
    found = {name: [f"{each.subject}: {each.what}" for each in edits] for name, edits in made(written).items()}
    assert found == EXPECTED
    assert list(found) == list(OPERATORS)


@pytest.mark.parametrize(
    ("what", "line", "text"),
    [
        ("kinds - api_key", "    kinds: [member, api_key]", "api_key"),
        ("notes:write -> *:write", '    on: ["notes:write", notes.print]', '"notes:write"'),
        ("holds + notes:read", "  editor: {holds: [product.use]}", "holds"),
        ("embeds.read - secrets", "    notes: {actions: [read, write], coarse: true, audited: [read, write], embeds: {read: [secrets]}}", "secrets"),
        ("90s -> 5400s", "  facts_max_age: 90s", "facts_max_age"),
        ("the deny is left out", "  - id: notes.closed", "id"),
    ],
)  # fmt: skip
def test_an_edit_has_its_place(written: Path, what: str, line: str, text: str) -> None:
    """The place is that of what is changed, and not of the entry as a whole."""
    mutant = next(each for edits in made(written).values() for each in edits if each.what == what)
    assert (PACK.splitlines()[mutant.location.line - 1], mutant.location.column - 1) == (line, line.rindex(text))


MEMBER = Principal.member("u", workspace="ws", roles=["editor"])
SHUT = Context(channel="dashboard", facts={"open": False}, attributes={"level": 3})


@pytest.mark.parametrize(
    ("what", "allowed"),
    [
        ("the deny is left out", True),
        ("kinds - member", True),
        ("kinds - api_key", False),
        ("on - notes:write", True),
        ("context.level >= 3 -> context.level > 3", True),
        ('principal.id == "root" -> principal.id != "root"', True),
        ("variables.shut && context.level >= 3 -> variables.shut || context.level >= 3", False),
        ("grants - notes:write", False),
        ("audited - read", False),
    ],
)
def test_an_edit_is_in_force(written: Path, what: str, allowed: bool) -> None:
    """A member who writes where notes are shut is denied by one rule, and allowed without it or beside it."""
    pack, findings = read_pack(written)
    (mutant,) = (each for each in mutants(pack) if each.what == what)
    program = program_of(mutant.pack(pack), findings)
    assert Guard.load(written).check(MEMBER, "notes:write", context=SHUT).allowed is False
    assert Guard(lambda: program).check(MEMBER, "notes:write", context=SHUT).allowed is allowed


def test_only_the_uppermost_layer_is_edited(tmp_path: Path) -> None:
    """Whoever tests a layer does not test the pack beneath it."""
    file = tmp_path / "layer.yaml"
    file.write_text(
        "scopeguard: 1\npack: {extends: default}\n"
        'rules: [{id: mine.none, effect: deny, on: ["agents:write"], code: not_permitted}]\n',
        encoding="utf-8",
    )
    assert [f"{each.operator} {each.subject}" for each in mutants(read_pack(file)[0])] == [
        "drop-rule rule mine.none", "widen-pattern rule mine.none", "widen-pattern rule mine.none"]  # fmt: skip


def test_no_edit_changes_the_pack_that_it_is_made_of(written: Path) -> None:
    """Mutants are packs of their own."""
    pack, _ = read_pack(written)
    before = [document.content.model_dump_json() for document in pack.documents]
    for mutant in mutants(pack):
        mutant.pack(pack)
    assert [document.content.model_dump_json() for document in pack.documents] == before
