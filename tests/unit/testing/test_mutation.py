"""Mutation: what tests notice, what they do not, and what is no change at all."""

import json
from collections import Counter
from pathlib import Path

import pytest

from scopeguard import RequestError
from scopeguard.compiling.program import Program
from scopeguard.testing import mutation
from scopeguard.testing.equivalence import first_difference
from scopeguard.testing.mutation import Mutation, mutate

PACK = """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
  channels: [server, dashboard]
roles:
  editor: {holds: ["notes:read", "notes:write"]}
  reader: {holds: ["notes:read"]}
rules:
  - {id: notes.closed, effect: deny, on: ["notes:write"], channels: [dashboard], code: not_permitted, because: It is closed}
"""
TESTS = {
    "scopeguard": 1,
    "tests": {
        "principals": {"e": {"kind": "member", "roles": ["editor"]}, "r": {"kind": "member", "roles": ["reader"]}},
        "contexts": {"in": {"channel": "dashboard"}, "out": {"channel": "server"}},
        "matrices": [
            {"id": "in", "principals": ["e"], "context": "in", "table": {"notes:read": {"e": "allow"}}},
            {"id": "out", "principals": ["e", "r"], "context": "out",
             "table": {"notes:read": {"e": "allow", "r": "allow"}, "notes:write": {"e": "allow"}}},
        ],
    },
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack, and tests that pin all that it decides."""
    (tmp_path / "notes.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "notes_test.yaml").write_text(json.dumps(TESTS), encoding="utf-8")
    return tmp_path


def verdicts(found: Mutation) -> dict[str, str]:
    """What came of each mutant, by what it is."""
    return {f"{each.mutant.subject}: {each.mutant.what}": each.verdict for each in found.outcomes}


EXPECTED = {
    "rule notes.closed: the deny is left out": "killed",
    "rule notes.closed: channels - dashboard": "killed",
    "rule notes.closed: notes:write -> notes:*": "killed",
    # There is no other surface.
    "rule notes.closed: notes:write -> *:write": "equivalent",
    "role editor: notes:read -> notes:*": "equivalent",
    "role editor: notes:read -> *:read": "equivalent",
    "role editor: notes:write -> notes:*": "equivalent",
    "role editor: notes:write -> *:write": "equivalent",
    "role reader: notes:read -> notes:*": "killed",
    "role reader: notes:read -> *:read": "equivalent",
    "role reader: holds + notes:write": "killed",
    "role editor: holds - notes:read": "killed",
    "role editor: holds - notes:write": "killed",
}


def test_good_tests_notice_everything(folder: Path) -> None:
    """Every mutant that decides otherwise is killed, and those that decide alike do not count."""
    found = mutate([str(folder)], processes=1)
    assert verdicts(found) == EXPECTED
    assert (found.score, found.counted) == (100.0, 7)
    killed = next(each for each in found.outcomes if each.mutant.operator == "drop-rule")
    assert killed.by == f"{folder / 'notes_test.yaml'}::in::notes:write[e]"


def test_what_no_test_asks_lives(folder: Path) -> None:
    """Without the matrix about the reader nobody notices what the reader gains."""
    tests = json.loads(json.dumps(TESTS))
    tests["tests"]["matrices"][1]["principals"] = ["e"]
    del tests["tests"]["matrices"][1]["table"]["notes:read"]["r"]
    (folder / "notes_test.yaml").write_text(json.dumps(tests), encoding="utf-8")
    found = mutate([str(folder)], processes=1)
    assert {each.mutant.what for each in found.of("live")} == {"notes:read -> notes:*", "holds + notes:write"}
    assert found.score == pytest.approx(100 * 5 / 7)


def test_an_invariant_notices_too(folder: Path) -> None:
    """What no test asks an invariant may forbid."""
    tests = json.loads(json.dumps(TESTS))
    tests["tests"]["matrices"].pop()
    (folder / "notes_test.yaml").write_text(json.dumps(tests), encoding="utf-8")
    (folder / "claims.yaml").write_text(
        "scopeguard: 1\ninvariants:\n"
        '  - {id: claims.readers-read, never: {principal: {kinds: [member], roles: [reader]}, action: ["notes:write"]}, because: they read}\n',
        encoding="utf-8",
    )
    found = mutate([str(folder)], operators=["add-role-line"], processes=1)
    assert [(each.verdict, each.by) for each in found.outcomes] == [("killed", "invariant claims.readers-read")]


def test_without_the_solver_no_invariant_notices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack with invariants is mutated all the same; that they are not decided is said beside what lives."""

    def missing(_: object) -> tuple[()]:
        raise ModuleNotFoundError("proofs need their extra", name="z3")

    test_an_invariant_notices_too(folder)
    monkeypatch.setattr(mutation, "search", missing)
    (outcome,) = mutate([str(folder)], operators=["add-role-line"], processes=1).outcomes
    assert outcome.verdict == "live"


def test_what_does_not_load_is_noticed(folder: Path) -> None:
    """A condition that became always true is refused by the checks of every pack."""
    others = """{id: notes.others, effect: deny, on: ["notes:read"], when: 'principal.kind != "member" && principal.kind != "system"', code: not_permitted}"""
    (folder / "notes.yaml").write_text(PACK.replace("rules:\n", f"rules:\n  - {others}\n"), encoding="utf-8")
    (outcome,) = mutate([str(folder)], operators=["and-or"], processes=1).outcomes
    assert (outcome.verdict, "SG420" in str(outcome.by)) == ("refused", True)


def no_difference(_: Program, __: Program) -> None:
    """Two packs that are said to decide alike."""


def a_test(_: Program, __: Program) -> str:
    """Two packs that are said to differ."""
    return "table: {}"


def test_equivalent_mutants_are_those_that_compare_alike(folder: Path) -> None:
    """What no test notices is compared; where the packs decide alike it does not count, else there is a test to write."""
    tests = json.loads(json.dumps(TESTS))
    tests["tests"]["matrices"].pop()
    (folder / "notes_test.yaml").write_text(json.dumps(tests), encoding="utf-8")
    alike = mutate([str(folder)], operators=["add-role-line"], processes=1, compare=no_difference)
    assert (alike.score, alike.counted, alike.is_exact) == (100.0, 0, True)
    other = mutate([str(folder)], operators=["add-role-line"], processes=1, compare=a_test)
    assert [(each.verdict, each.test) for each in other.outcomes] == [("live", "table: {}")]


@pytest.mark.slow
def test_two_processes_find_the_same(folder: Path) -> None:
    """Mutants are shared out, and come back in their order."""
    roles = "".join(f'  r{number}: {{holds: ["notes:read"]}}\n' for number in range(5))
    (folder / "notes.yaml").write_text(PACK.replace("rules:\n", f"{roles}rules:\n"), encoding="utf-8")
    one, two = (mutate([str(folder)], processes=number, compare=a_test) for number in (1, 2))
    assert [str(each.mutant) for each in one.outcomes] == [str(each.mutant) for each in two.outcomes]
    assert [(each.verdict, each.by, each.test) for each in one.outcomes] == [
        (each.verdict, each.by, each.test) for each in two.outcomes]  # fmt: skip
    assert Counter(verdicts(one).values())["live"] == 10


def test_nothing_is_told_by_tests_that_fail(folder: Path) -> None:
    """Without tests, and with tests that fail before anything is changed, there is no score."""
    tests = json.loads(json.dumps(TESTS))
    tests["tests"]["matrices"][0]["table"]["notes:write"] = {"e": "allow"}
    (folder / "notes_test.yaml").write_text(json.dumps(tests), encoding="utf-8")
    with pytest.raises(RequestError, match="1 cell not as expected before anything is changed: run scopeguard test"):
        mutate([str(folder)], processes=1)
    (folder / "notes_test.yaml").unlink()
    with pytest.raises(RequestError, match="no tests are about this pack"):
        mutate([str(folder)], processes=1)


def test_unknown_operators(folder: Path) -> None:
    """A misspelt operator would find nothing alive."""
    with pytest.raises(RequestError, match='no operator "drop-rules"; there are drop-rule, '):
        mutate([str(folder)], operators=["drop-rules"], processes=1)


RICH = """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, audited: [write], embeds: {read: [secrets]}, attributes: {owner: string, since: timestamp}}
    secrets: {actions: [read], coarse: true}
  attributes: {facts: {open: bool}, context: {quiet: bool}, principal: {team: string}}
  channels: [server, dashboard]
scopes:
  workspace:read: {includes: ["notes:read"]}
roles:
  editor: {holds: ["notes:*"]}
  reader: {holds: ["secrets:read"]}
rules:
  - id: notes.closed
    effect: deny
    on: ["notes:write"]
    kinds: [member]
    when: '!context.facts.open && context.now > resource.since'
    unless: principal.team == "red" || context.quiet
    code: not_permitted
    because: It is closed
"""


def test_a_survivor_comes_with_a_test_that_kills_it(tmp_path: Path) -> None:
    """The text is a file of tests as it is: the pack passes it, and the mutant does not."""
    (tmp_path / "notes.yaml").write_text(RICH, encoding="utf-8")
    nothing = {
        "principals": {"n": {"kind": "anonymous"}},
        "matrices": [{"id": "n", "principals": ["n"], "only": ["notes:read"]}],
    }
    (tmp_path / "notes_test.yaml").write_text(json.dumps({"scopeguard": 1, "tests": nothing}), encoding="utf-8")
    live = mutate([str(tmp_path)], processes=1, compare=first_difference).of("live")
    for number, outcome in enumerate(live):
        assert outcome.test is not None
        (tmp_path / f"pasted{number}_test.yaml").write_text(outcome.test, encoding="utf-8")
    after = mutate([str(tmp_path)], processes=1, compare=first_difference)
    assert len(live) > 15
    assert (after.of("live"), after.score) == ((), 100.0)


def test_what_tests_cannot_name_is_no_test(tmp_path: Path) -> None:
    """A mutant that reads an attribute on a surface without it lives, and a file of tests cannot ask about it."""
    pack = PACK.replace(
        "coarse: true}", "coarse: true, attributes: {gone: bool}}\n    books: {actions: [write], coarse: true}"
    )
    rule = 'on: ["notes:*"], when: "has(resource.gone) && resource.gone"'
    pack = pack.replace('on: ["notes:write"], channels: [dashboard]', rule).replace(
        '["notes:read", "notes:write"]', '["notes:*", "books:write"]'
    )
    (tmp_path / "notes.yaml").write_text(pack, encoding="utf-8")
    nothing = {
        "principals": {"n": {"kind": "anonymous"}},
        "matrices": [{"id": "n", "principals": ["n"], "only": ["notes:read"]}],
    }
    (tmp_path / "notes_test.yaml").write_text(json.dumps({"scopeguard": 1, "tests": nothing}), encoding="utf-8")
    live = mutate([str(tmp_path)], operators=["widen-pattern"], processes=1, compare=first_difference).of("live")
    tests = {each.mutant.what: each.test or "" for each in live}
    assert tests["notes:* -> *:*"].startswith("# guard.check(")
