"""V70: a word that reads as its opposite: ``requires`` in a deny means "applies to those who hold it"."""

from pathlib import Path
from typing import Final

import pytest

from scopeguard import Guard, PolicyError, Principal, Resource, cel
from scopeguard.compiling.pack_file import unpack
from scopeguard.compiling.pack_writing import pack
from tests.hazards.packs import PACK, editor, key, load

DENY: Final = 'id: a, effect: deny, on: ["notes:read"], code: not_permitted'
ADVISE: Final = 'id: a, effect: advise, on: ["notes:read"], code: payment_grace'
N1: Final = Resource("notes", "n1", "ws_1")


def hint_of(folder: Path, rule: str) -> str:
    """What the one finding about a rule says to write."""
    with pytest.raises(PolicyError) as caught:
        load(folder, rule)
    (found,) = caught.value.diagnostics
    assert found.code == "SG506"
    assert found.hint is not None
    return found.hint


@pytest.mark.parametrize("start", [DENY, ADVISE])
@pytest.mark.parametrize(
    ("rest", "when", "unless"),
    [
        ("requires: secrets:read", 'holds("secrets:read")', 'holds("secrets:read")'),
        ("requires: secrets:read/s1", 'holds("secrets:read/s1")', 'holds("secrets:read/s1")'),
        (
            'requires: "any(secrets:read, all(notes:read, notes:write))"',
            'holds("secrets:read") || holds("notes:read") && holds("notes:write")',
            'holds("secrets:read") || holds("notes:read") && holds("notes:write")',
        ),
        (
            'requires: "any(secrets:read, notes:write)", when: resource.owner == "a", unless: principal.id == "b"',
            '(holds("secrets:read") || holds("notes:write")) && resource.owner == "a"',
            '(holds("secrets:read") || holds("notes:write")) || principal.id == "b"',
        ),
    ],
)
def test_v70_requires_is_an_error_with_both_fixes(
    tmp_path: Path, start: str, rest: str, when: str, unless: str
) -> None:
    """In a rule that denies or advises it does not load, and the hint has what was written and what was meant."""
    hint = hint_of(tmp_path, f"{{{start}, {rest}}}")
    assert hint == f"write when: {when} if this is meant, unless: {unless} for those who do not hold it"


def test_v70_an_allow_requires(tmp_path: Path) -> None:
    """There it reads as it is meant, and stays."""
    guard = load(tmp_path, '{id: a, effect: allow, on: ["notes:read"], requires: "secrets:read"}')
    assert guard.check(key("secrets:read"), "notes:read").rules == ("a",)
    assert not guard.check(key(), "notes:read")


@pytest.mark.parametrize(
    ("who", "resource", "held"),
    [
        (key("notes:read", "secrets:read"), N1, True),
        (key("notes:read"), N1, False),
        (key("notes:read", "secrets:read/s1"), N1, False),
        (Principal.api_key("k", workspace="ws_1", scopes="notes:read secrets:read", ceiling="notes:read"), N1, False),
        (editor(), N1, False),
        (Principal.system("job", workspace="ws_1"), N1, False),
    ],
)
def test_v70_what_another_surface_says(tmp_path: Path, who: Principal, resource: Resource, held: bool) -> None:
    """``unless: holds(…)`` denies whoever does not hold it, ``when: holds(…)`` whoever does; within a ceiling."""
    lacks = load(tmp_path, f'{{{DENY}, unless: holds("secrets:read")}}')
    assert ("a" in lacks.check(who, "notes:read", resource).rules) is not held
    has = load(tmp_path, f'{{{DENY}, when: holds("secrets:read")}}')
    assert ("a" in has.check(who, "notes:read", resource).rules) is held


@pytest.mark.parametrize(
    ("asked", "scopes", "id", "held"),
    [
        ("notes:write", "notes:write/n1", "n1", True),
        ("notes:write", "notes:write/n1", "n2", False),
        ("notes:write", "notes:write/n1", None, False),
        ("notes:write/n1", "notes:write/n1", "n2", True),
        ("notes:write/n1", "notes:write/n2", "n2", False),
        ("notes:write/n1", "notes:write", None, True),
        ("notes:read/n1", "notes:write/n1", "n2", True),
    ],
)
def test_v70_one_resource(tmp_path: Path, asked: str, scopes: str, id: str | None, held: bool) -> None:
    """Without an id it is about the resource that is asked about, with one about that very resource."""
    guard = load(tmp_path, f'{{{DENY}, when: holds("{asked}")}}')
    decision = guard.check(key("notes:read", scopes), "notes:read", Resource("notes", id, "ws_1"))
    assert (not decision) is held


PLACES: Final[dict[str, tuple[str, str]]] = {
    "alone": ('holds("secrets:read")', ""),
    "negated": ('!holds("notes_x:read")', ""),
    "in a variable": ("variables.held", 'variables: {held: holds("secrets:read")}'),
    "in a variable of a variable": ("variables.all", 'variables: {held: holds("secrets:read"), all: variables.held && true}'),
    "in a macro": ('["n"].exists(x, x == "n" && holds("secrets:read"))', ""),
    "in a choice": ('holds("secrets:read") ? true : false', ""),
    "compared": ('holds("secrets:read") != holds("notes_x:read")', ""),
    "bound": ('cel.bind(h, holds("secrets:read"), h || false)', ""),
    "as an element": ('[holds("secrets:read")][0]', ""),
    "with a missing name": ('holds("secrets:read") || principal.level == 1', ""),
}  # fmt: skip


@pytest.mark.parametrize(("condition", "more"), PLACES.values(), ids=PLACES)
def test_v70_wherever_it_stands(tmp_path: Path, condition: str, more: str) -> None:
    """In every part of a condition, from files and compiled, in an explanation too: true of one who holds it."""
    guard = load(tmp_path, f"{{{DENY}, when: '{condition}'}}", f"{PACK}{more}\n")
    data = pack(guard._generation.program)
    for each in (guard, Guard(lambda: unpack(data, "twin.sgpack"))):
        assert each.check(key("notes:read", "secrets:read"), "notes:read", N1).rules == ("a",)
        assert "deny a: denies" in str(each.explain(key("notes:read", "secrets:read"), "notes:read", N1))


GATED: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true}
    secrets: {actions: [read], explicit_only: true, because: they are private}
  operations:
    notes.send: {needs: "notes:write"}
  facts_max_age: 1h
gates:
  - {id: paid, on: [notes.send], payment: required, unless: holds("secrets:read"), because: Pay.}
recovery:
  facts_unavailable:
    remedy: {text: Ask.}
    remedies:
      - {when: holds("notes:read"), text: Read on.}
rules:
  - {id: by-rule, effect: allow, on: ["secrets:read"]}
"""


def test_v70_in_gates_and_remedies(tmp_path: Path) -> None:
    """A gate spares those who hold something, and a remedy is for them. What a rule allows is not held."""
    guard = load(tmp_path, pack=GATED)
    assert guard.check(key("notes:write"), "secrets:read").rules == ("by-rule",)
    writer, reader, free = key("notes:write"), key("notes:write", "notes:read/n1"), key("notes:write", "secrets:read")
    denied = guard.check(writer, "notes.send")
    assert (denied.code, denied.remedy and denied.remedy.text) == ("facts_unavailable", "Ask.")
    assert guard.check(free, "notes.send").allowed
    for name, text in (("n1", "Read on."), ("n2", "Ask.")):
        remedy = guard.check(reader, "notes.send", Resource("notes", name, "ws_1")).remedy
        assert remedy is not None
        assert remedy.text == text


def test_v70_in_invariants(tmp_path: Path) -> None:
    """A claim about those who hold something is searched for among them, and a request that breaks it is shown."""
    claim = "invariants:\n  - {id: i, never: {action: ['notes:read'], when: '%s'}}\n"
    rule = f'{{{DENY}, unless: holds("secrets:read")}}'
    guard = load(tmp_path, rule, PACK + claim % '!holds("secrets:read")')
    assert guard.verify() == ()
    guard = load(tmp_path, rule, PACK + claim % 'holds("secrets:read")')
    (found,) = guard.verify()
    assert found.witness is not None
    assert found.decision is not None
    assert "scope:secrets:read" in str(guard.explain(found.witness.principal, "secrets:read"))


def test_v70_partly_evaluated(tmp_path: Path) -> None:
    """What is left of it is a condition on the resource, and nothing for those who hold all of it or none."""
    guard = load(tmp_path, f'{{{DENY}, when: holds("notes:write")}}')
    assert dict(guard.permissions(key("notes:read", "notes:write/n1")).conditional)["notes:read"] == (
        '!(has(resource.id) && resource.id in ["n1"])'
    )
    assert "notes:read" in guard.permissions(key("notes:read"))
    assert "notes:read" not in guard.permissions(key("workspace:read", "notes:write"))


def test_v70_the_language_alone_does_not_know_it() -> None:
    """Without a pack nobody knows who holds what."""
    with pytest.raises(cel.CelTypeError, match='SG212 unknown function "holds"; only conditions of a pack'):
        cel.compile('holds("notes:read")')
    with pytest.raises(cel.CelEvaluationError):
        cel.compile('holds("notes:read")', check=False).evaluate({})


@pytest.mark.parametrize("contents", ['includes: ["notes:read"]', 'kinds: {session: ["notes:read"]}'])
def test_v70_an_inert_scope_with_contents(tmp_path: Path, contents: str) -> None:
    """It reads as if it stood for them, and grants nothing: a warning."""
    pack = PACK.replace("scopes:\n", f"scopes:\n  notes:old: {{inert: true, {contents}}}\n")
    guard = load(tmp_path, pack=pack)
    assert [each.code for each in guard.warnings] == ["SG312"]
    assert not guard.check(key("notes:old"), "notes:read")
