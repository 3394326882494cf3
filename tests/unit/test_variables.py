"""Variables of a pack: conditions with a name, in rules, explanations and matrices."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, attributes: {owner: string, tags: list(string)}}
  attributes:
    facts: {mode: string}
variables:
  paid: context.facts.mode in ["pro", "team"]
  own: resource.owner == principal.id
  free_to_write: variables.own && variables.paid
rules:
  - {id: write.paid, effect: deny, on: ["notes:write"], unless: variables.free_to_write, code: not_permitted}
  - {id: read.own, effect: deny, on: ["notes:read"], when: "resource.tags.exists(resource, resource == 'secret' && !variables.own)", code: not_permitted}
"""
ME = Principal.member("me", workspace="w", roles=["writer"])
ROLES = 'roles: {writer: {holds: ["notes:*"]}}\n'


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard of the pack above."""
    (tmp_path / "pack.yaml").write_text(PACK + ROLES, encoding="utf-8")
    return Guard.load(tmp_path)


def note(owner: str, *tags: str) -> Resource:
    """Somebody's note."""
    return Resource("notes", "n", "w", {"owner": owner, "tags": tags})


def test_a_variable_means_what_it_says(guard: Guard) -> None:
    """In a rule, through another variable, and below a macro that binds the name it reads."""
    pro, free = Context(facts={"mode": "pro"}), Context(facts={"mode": "free"})
    assert guard.check(ME, "notes:write", note("me"), pro).allowed
    assert guard.check(ME, "notes:write", note("me"), free).rules == ("write.paid",)
    assert guard.check(ME, "notes:write", note("you"), pro).rules == ("write.paid",)
    assert guard.check(ME, "notes:read", note("me", "secret")).allowed
    assert guard.check(ME, "notes:read", note("you", "plain")).allowed
    assert guard.check(ME, "notes:read", note("you", "secret")).rules == ("read.own",)


def test_what_a_variable_cannot_read_closes(guard: Guard) -> None:
    """As if it were written out: the denial denies and says that it could not be evaluated."""
    assert guard.check(ME, "notes:write", note("me")).errors == ("write.paid",)
    assert guard.check(ME, "notes:write", Resource("notes", "n", "w"), Context(facts={"mode": "free"})).errors == ()


def test_explanations_show_the_variable_and_what_it_reads(guard: Guard) -> None:
    """The text as it was written, and the names behind it with their values."""
    told = str(guard.explain(ME, "notes:write", note("you"), Context(facts={"mode": "pro"})))
    assert (
        'unless variables.free_to_write is false  (resource.owner = "you", principal.id = "me", context.facts.mode = "pro")'
        in told
    )


def test_a_matrix_shows_what_is_left_of_it(guard: Guard) -> None:
    """Variables are put in before anything is left out."""
    cell = guard.matrix([ME], ["notes:write"], context=Context(facts={"mode": "pro"}))["me", "notes:write"]
    assert str(cell) == 'when resource.owner == "me"'


def test_variables_of_several_files_are_one_set(tmp_path: Path) -> None:
    """A pack is the union of its files, and a name is defined once."""
    head, _, rules = PACK.partition("rules:")
    (tmp_path / "a.yaml").write_text("scopeguard: 1\nrules:" + rules, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(head + ROLES, encoding="utf-8")
    assert Guard.load(tmp_path).check(ME, "notes:read", note("me", "secret")).allowed
    (tmp_path / "c.yaml").write_text("scopeguard: 1\nvariables: {own: 'true'}\n", encoding="utf-8")
    with pytest.raises(PolicyError, match='SG201 variable "own" is defined twice'):
        Guard.load(tmp_path)


def test_what_grows_too_large_does_not_load(tmp_path: Path) -> None:
    """The bound is on the whole, with everything put in; it is told at the variable and at the rule."""
    grown = "\n".join(f"  v{n}: variables.v{n - 1} && variables.v{n - 1}" for n in range(1, 12))
    text = PACK.replace("rules:", f"  v0: variables.own\n{grown}\nrules:", 1)
    text += (
        '  - {id: a.large, effect: allow, on: ["notes:read"], when: "variables.v7 || variables.v7 || variables.v7"}\n'
    )
    (tmp_path / "pack.yaml").write_text(text + ROLES, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    found = caught.value.diagnostics
    assert {each.code for each in found} == {"SG503"}
    assert [each.line for each in found] == [each.line for each in sorted(found, key=lambda each: each.line)]
    assert found[0].message == "with its variables put in, the condition is too large or too deep"
    assert text.splitlines()[found[-1].line - 1].startswith("  - {id: a.large")


def test_maps_and_lists_have_the_types_that_are_declared(tmp_path: Path) -> None:
    """Each of their values is of the declared type, or the whole cannot be evaluated."""
    text = PACK.replace(
        "facts: {mode: string}", 'facts: {mode: string, seats: "map(string, int)", at: "list(timestamp)"}'
    )
    rule = '{id: a.seats, effect: deny, on: ["notes:read"], when: "context.facts.seats.a > 0", code: not_permitted}'
    (tmp_path / "pack.yaml").write_text(f"{text}  - {rule}\n{ROLES}", encoding="utf-8")
    guard = Guard.load(tmp_path)
    for seats, denied, errors in (
        ({"a": 1}, True, ()),
        ({"a": 0}, False, ()),
        ({"a": 0, "b": "1"}, True, ("a.seats",)),
        (["a"], True, ("a.seats",)),
    ):
        decision = guard.check(ME, "notes:read", note("me"), Context(facts={"seats": seats}))
        assert (not decision.allowed, decision.errors) == (denied, errors)
    (tmp_path / "more.yaml").write_text(
        "scopeguard: 1\nrules: [{id: a.b, effect: allow, on: ['notes:read'], when: 'context.facts.at.exists(t, t > 3)'}]\n",
        encoding="utf-8",
    )
    with pytest.raises(PolicyError, match='SG504 ">" does not take timestamp and int'):
        Guard.load(tmp_path)
