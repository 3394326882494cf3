"""What the host must do: write a record, and reserve on the meters that an operation counts on there."""

from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, share], coarse: true, audited: [share], attributes: {owner: string}}
  operations:
    notes.add: {needs: "notes:write", meter: sheets, instead: {test: tests}}
    notes.copy: {needs: "notes:write", meter: sheets, fair_use: calls, audited: true}
    notes.send: {needs: "notes:share", fair_use: calls}
    notes.try: {needs: "notes:write", instead: {test: tests}}
  environments: [production, test]
meters:
  sheets: {kind: allocation, title: Sheets}
  calls: {kind: fair_use, title: Calls}
  tests: {kind: fair_use, title: Tests}
rules:
  - {id: own, effect: allow, on: ["notes:*"], kinds: [member], when: resource.owner == principal.id}
"""
KEY = Principal.api_key("k", workspace="w", scopes="notes:read notes:write notes:share")
MEMBER = Principal.member("m", workspace="w")
AUDIT = ("audit", None, None, False)


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for the pack."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


def told(decision: Decision) -> list[tuple[str, str | None, int | None, bool]]:
    """The obligations in plain parts."""
    return [(each.kind, each.meter, each.quantity, each.reserve) for each in decision.obligations]


@pytest.mark.parametrize(
    ("action", "environment", "expected"),
    [
        ("notes:read", "production", []),
        ("notes:write", "production", []),
        ("notes:share", "production", [AUDIT]),
        ("notes.add", "production", [("meter", "sheets", 1, True)]),
        ("notes.add", "test", [("meter", "tests", 1, True)]),
        ("notes.copy", "production", [AUDIT, ("meter", "sheets", 1, True), ("meter", "calls", 1, True)]),
        ("notes.copy", "test", [AUDIT, ("meter", "sheets", 1, True), ("meter", "calls", 1, True)]),
        ("notes.send", "production", [AUDIT, ("meter", "calls", 1, True)]),
        ("notes.try", "production", []),
        ("notes.try", "test", [("meter", "tests", 1, True)]),
    ],
)
def test_what_an_allow_obliges_to(guard: Guard, action: str, environment: str, expected: list[Any]) -> None:
    """However it is allowed, and however often it is asked; a permission counts on nothing, a denial obliges to less."""
    context = Context(environment=environment)
    mine, others = (Resource("notes", "n", "w", {"owner": owner}) for owner in ("m", "x"))
    for _ in range(3):
        assert told(guard.check(KEY, action, context=context)) == expected
        assert told(guard.check(KEY, action, mine, context)) == expected
        assert [told(each) for each in guard.check_many(KEY, [(action, mine), (action, others)], context)] == [
            expected
        ] * 2
        assert told(guard.check(MEMBER, action, mine, context)) == expected
        denied = guard.check(MEMBER, action, others, context)
        assert not denied.allowed
        assert told(denied) == [each for each in expected if each == AUDIT]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(1, 1), (7, 7), (2**63 - 1, 2**63 - 1), (0, None), (-1, None), (True, None), (1.0, None), ("2", None)],
)
def test_the_quantity_is_what_the_host_says(guard: Guard, quantity: Any, expected: int | None) -> None:
    """One, where it says nothing; and none, where that is no quantity."""
    for _ in range(3):
        for context, found in ((Context(facts={"quantity": quantity}), expected), (Context(), 1)):
            decision = guard.check(KEY, "notes.add", context=context)
            assert told(decision) == [("meter", "sheets", found, True)]


def test_what_was_counted_elsewhere_is_not_counted_here(guard: Guard) -> None:
    """Requests that differ in nothing but the environment and the quantity, one after the other, many times."""
    mine = Resource("notes", "n", "w", {"owner": "m"})
    for turn in range(40):
        environment, meter = [("production", "sheets"), ("test", "tests")][turn % 2]
        quantity = 1 + turn % 3
        context = Context(environment=environment, facts={"quantity": quantity})
        for who in (KEY, MEMBER):
            assert told(guard.check(who, "notes.add", mine, context)) == [("meter", meter, quantity, True)]
            assert told(guard.check(who, "notes.try", mine, context)) == (
                [("meter", "tests", quantity, True)] if environment == "test" else []
            )
