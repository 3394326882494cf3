"""What advice says: the words of the gate that gives it, and of no other."""

from datetime import UTC, datetime
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
    notes.add: {needs: "notes:write", meter: sheets, fair_use: calls}
  facts_max_age: 5m
meters:
  sheets: {kind: allocation, title: Sheets of paper}
  calls: {kind: fair_use, title: Calls a day}
gates:
  - {id: g.payment, on: [notes.add], payment: required, because: It costs}
  - {id: g.sheets, on: [notes.add], entitlement: sheets, because: There are few}
  - {id: g.calls, on: [notes.add], fair_use: calls, mode: advise, because: There were many}
recovery:
  payment_grace: {class: advice, title: Grace, remedy: {text: "Pay until {grace_until}"}}
  limit_exceeded_soft: {class: advice, title: Limit, remedy: {text: "{meter}: more until {resets_at}"}}
  fair_use_exhausted: {class: denial, status: 429, title: Calls, remedy: {text: "No more {meter}"}}
"""
KEY = Principal.api_key("k", workspace="w", scopes="notes:write")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "as_of": NOW,
    "payment": {"status": "grace", "grace_until": datetime(2026, 1, 5, tzinfo=UTC)},
    "entitlements": {"sheets": {"limit": 3, "used": 3, "reserved": 0, "kind": "soft", "resets_at": datetime(2026, 1, 7, tzinfo=UTC)}},
    "fair_use": {"calls": {"limit": 2, "used": 2, "resets_at": datetime(2026, 1, 9, tzinfo=UTC)}},
}  # fmt: skip


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for the pack."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


def test_advice_names_what_its_own_gate_reads(guard: Guard) -> None:
    """Each its own meter and its own time; again, when it is answered by what is remembered."""
    for _ in range(3):
        decision = guard.check(KEY, "notes.add", context=Context(facts=FACTS, now=NOW))
        assert decision.allowed
        assert [(each.code, each.text) for each in decision.advice] == [
            ("payment_grace", "Pay until 2026-01-05T00:00:00Z"),
            ("limit_exceeded_soft", "Sheets of paper: more until 2026-01-07T00:00:00Z"),
            ("fair_use_exhausted", "No more Calls a day"),
        ]


def test_an_advising_gate_without_its_facts_says_so(guard: Guard) -> None:
    """In a decision as in its explanation; advice of a gate that denies too is told by its denial alone."""
    context = Context(facts={name: value for name, value in FACTS.items() if name != "fair_use"}, now=NOW)
    decision = guard.check(KEY, "notes.add", context=context)
    assert [each.code for each in decision.advice] == ["payment_grace", "limit_exceeded_soft", "facts_unavailable"]
    outcomes = {
        (each.id, each.effect): each.outcome for each in guard.explain(KEY, "notes.add", context=context).looked
    }
    assert outcomes["g.calls", "advise"] == "cannot be evaluated, so it advises"
    looked = guard.explain(KEY, "notes.add", context=context).looked
    # The operation counts on the meters of its gates everywhere, and nothing else is asked.
    assert {clause.label for each in looked if each.id.startswith("g.") for clause in each.clauses} == {"facts"}
    none = Context(facts={}, now=NOW)
    outcomes = {(each.id, each.effect): each.outcome for each in guard.explain(KEY, "notes.add", context=none).looked}
    assert outcomes["g.payment", "deny"] == "cannot be evaluated, so it denies"
    assert outcomes["g.payment", "advise"] == "cannot be evaluated, so it does not advise"
    assert guard.check(KEY, "notes.add", context=none).advice == ()
