"""Gates as rules: where they are, how old their facts may be, and what their denials tell."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
  operations:
    notes.add: {needs: "notes:write", meter: sheets, instead: {test: tests, preview: previews}}
    notes.copy: {needs: "notes:write", meter: sheets}
    notes.draft: {needs: "notes:write", fair_use: drafts, instead: {test: tests}}
    notes.ask: {needs: "notes:write"}
  environments: [production, preview, test]
  providers: [model, speech]
  facts_max_age: 5m
meters:
  sheets: {kind: allocation, title: Sheets}
  drafts: {kind: fair_use, title: Drafts}
  tests: {kind: fair_use, title: Tests}
  previews: {kind: fair_use, title: Previews}
gates:
  - {id: g.sheets, on: [notes.add, notes.copy], entitlement: sheets, because: There are enough}
  - {id: g.drafts, on: [notes.draft], fair_use: drafts, because: There were enough}
  - {id: g.tests, on: [notes.add, notes.draft], fair_use: tests, because: It was tried enough}
  - {id: g.providers, on: [notes.ask], provider: [speech, model], because: It needs both}
"""
KEY = Principal.api_key("k", workspace="w", scopes="notes:write")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
FULL = {"limit": 3, "used": 3, "reserved": 0}


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for the pack."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


def facts(**changed: Any) -> dict[str, Any]:
    """Facts in which everything is used up."""
    return {
        "as_of": NOW, "entitlements": {"sheets": FULL}, "providers": {"model": "ready", "speech": "missing"},
        "fair_use": {"drafts": FULL, "tests": FULL, "previews": FULL}, **changed,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "environment", "gate", "meter"),
    [
        ("notes.add", "production", "g.sheets", "sheets"),
        ("notes.add", "test", "g.tests", "tests"),
        ("notes.add", "preview", None, None),
        ("notes.copy", "production", "g.sheets", "sheets"),
        ("notes.copy", "test", "g.sheets", "sheets"),
        ("notes.copy", "preview", "g.sheets", "sheets"),
        ("notes.draft", "production", "g.drafts", "drafts"),
        ("notes.draft", "preview", "g.drafts", "drafts"),
        ("notes.draft", "test", "g.tests", "tests"),
    ],
)
def test_a_gate_is_where_an_operation_counts_on_its_meter(
    guard: Guard, operation: str, environment: str, gate: str | None, meter: str | None
) -> None:
    """Where it counts on another one, or on one that has no gate, nothing is in the way; the denial names the meter."""
    decision = guard.check(KEY, operation, context=Context(environment=environment, facts=facts(), now=NOW))
    assert decision.allowed is (gate is None)
    assert decision.rules == ((gate,) if gate else ("scope:notes:write",))
    assert decision.meter == meter


def test_a_denial_names_the_credentials_that_are_not_ready(guard: Guard) -> None:
    """Those that the gate asks for, and of them those that are not ready."""
    decision = guard.check(KEY, "notes.ask", context=Context(facts=facts(), now=NOW))
    assert (decision.code, decision.providers) == ("provider_keys_missing", ("speech",))
    ready = facts(providers={"model": "ready", "speech": "ready"})
    assert guard.check(KEY, "notes.ask", context=Context(facts=ready, now=NOW)).allowed


MOST = timedelta(minutes=5)
BIT = timedelta(microseconds=1)


@pytest.mark.parametrize("sign", [1, -1], ids=["past", "future"])
@pytest.mark.parametrize(("age", "is_fresh"), [(MOST, True), (MOST + BIT, False), (timedelta(0), True), (BIT, True)])
def test_facts_are_fresh_up_to_an_age(guard: Guard, sign: int, age: timedelta, is_fresh: bool) -> None:
    """Of the past as of the future; the time of a record comes before the time of all."""
    room = {"limit": 3, "used": 2, "reserved": 0}
    one = facts(as_of=NOW - sign * age, entitlements={"sheets": room})
    other = facts(as_of=NOW - timedelta(days=1), entitlements={"sheets": {**room, "as_of": NOW - sign * age}})
    for told in (one, other):
        decision = guard.check(KEY, "notes.copy", context=Context(facts=told, now=NOW))
        assert decision.code == (None if is_fresh else "facts_unavailable")


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        ("notes.ask", "some of speech, model is not ready"),
        ("notes.copy", "used + reserved + requested > limit of sheets"),
        ("notes.copy", "used + reserved + requested > soft limit of sheets"),
        ("notes.draft", "used + requested > limit of drafts"),
    ],
)
def test_an_explanation_names_what_a_gate_counts(guard: Guard, operation: str, line: str) -> None:
    """Its meter or its kinds of credentials stand in the place of a gap, in what it denies as in what it advises."""
    told = str(guard.explain(KEY, operation, context=Context(facts=facts(), now=NOW)))
    assert line in told
    assert "NAMES" not in told


def test_what_is_left_of_a_gate_is_not_told(tmp_path: Path) -> None:
    """Not of one with a condition of its own either: what it counts on is told in words, and no reader wrote the rest."""
    narrowed = PACK.replace("entitlement: sheets,", 'entitlement: sheets, when: context.channel == "web",')
    narrowed = narrowed.replace("  providers:", "  channels: [web]\n  providers:")
    (tmp_path / "pack.yaml").write_text(narrowed, encoding="utf-8")
    told = Guard.load(tmp_path).explain(KEY, "notes.copy", context=Context("web", facts=facts(), now=NOW))
    gates = [each for each in told.looked if each.id == "g.sheets"]
    assert [each.residual for each in gates] == [None, None]
    assert {clause.label for each in gates for clause in each.clauses} == {"environments", "when", "facts"}
