"""Each part of a decision that tests can speak of: the same passes, another one is told."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from scopeguard import Context, Decision, Guard, Obligation, Principal, Remedy
from scopeguard.documents.suites import ObligationDoc
from scopeguard.model.decision import Advice
from scopeguard.testing import Cell, Difference, run_cell
from tests.unit.testing.suites import results, write

WHEN = datetime(2026, 2, 1, tzinfo=UTC)
METER = Obligation("meter", (("meter", "calls"), ("quantity", 1), ("reserve", True)))
DENIED = Decision(
    "deny", "notes:write", "payment_due", "because", "sha256:0", ("b.b", "a.a"), needed=("z:z", "y:y"),
    also=("late", "early"), status=402, remedy=Remedy("Pay.", target="billing/wallet"), meter="calls", retry_at=WHEN,
)  # fmt: skip
ALLOWED = Decision(
    "allow", "notes:write", None, "granted", "sha256:0", ("role:editor",), redact=("secrets", "notes"),
    advice=(Advice("soft"), Advice("grace")), obligations=(METER, Obligation("audit")),
)  # fmt: skip


class Answers:
    """A guard with one answer."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision

    def check(self, *_: object) -> Decision:
        """The answer, whatever the question is."""
        return self._decision

    def place(self, rule: str) -> object:
        """Somewhere: there is every rule."""
        return rule


def differences(decision: Decision, expected: str, **more: Any) -> tuple[Difference, ...]:
    """What a cell finds wrong with a decision."""
    cell = Cell("", "", "notes:write", "one", Principal.anonymous(), None, Context(), expected, more)
    return run_cell(cast("Guard", Answers(decision)), cell).differences


@pytest.mark.parametrize(
    ("decision", "expected", "told"),
    [
        (ALLOWED, "allow", None),
        (ALLOWED, "deny", ("deny", "allow")),
        (ALLOWED, "payment_due", ("deny (payment_due)", "allow")),
        (DENIED, "deny", None),
        (DENIED, "payment_due", None),
        (DENIED, "allow", ("allow", "deny (payment_due)")),
        (DENIED, "not_permitted", ("deny (not_permitted)", "deny (payment_due)")),
        (replace(DENIED, code="allow"), "allow", ("allow", "deny (allow)")),
    ],
)
def test_the_answer(decision: Decision, expected: str, told: tuple[str, str] | None) -> None:
    """Allow is an allow, deny any denial, and a code the denial with that code; a code of whatever name is no allow."""
    found = differences(decision, expected)
    assert [(each.part, each.expected, each.actual) for each in found] == ([] if told is None else [("answer", *told)])


PARTS: list[tuple[str, Decision, Any, Any, str, str]] = [
    ("rules", DENIED, ["a.a", "b.b"], ["a.a"], "a.a", "a.a, b.b"),
    ("needed", DENIED, ["z:z", "y:y"], [], "none", "y:y, z:z"),
    ("also", DENIED, ["late", "early"], ["early", "late"], "early, late", "late, early"),
    ("advice", ALLOWED, ["grace", "soft"], ["grace"], "grace", "grace, soft"),
    ("redact", ALLOWED, ["notes", "secrets"], ["notes"], "notes", "notes, secrets"),
    ("meter", DENIED, "calls", "tries", "tries", "calls"),
    ("audited", ALLOWED, True, False, "false", "true"),
    ("audited", DENIED, False, True, "true", "false"),
    ("status", DENIED, 402, 403, "403", "402"),
    ("challenge", replace(DENIED, challenge="bearer"), "bearer", "invalid_token", "invalid_token", "bearer"),
    ("challenge", ALLOWED, "none", "bearer", "bearer", "none"),
    ("target", DENIED, "billing/wallet", "billing", "billing", "billing/wallet"),
    ("retry_at", DENIED, WHEN, WHEN.replace(hour=1), "2026-02-01T01:00:00Z", "2026-02-01T00:00:00Z"),
    ("target", ALLOWED, None, "billing", "billing", "none"),
    ("meter", ALLOWED, None, "calls", "calls", "none"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "decision", "right", "wrong", "expected", "actual"), PARTS, ids=[row[0] for row in PARTS]
)
def test_parts(part: str, decision: Decision, right: Any, wrong: Any, expected: str, actual: str) -> None:
    """A part that is as expected is not told; another one is, as text."""
    effect = decision.effect
    if right is not None:
        assert differences(decision, effect, **{part: right}) == ()
    assert differences(decision, effect, **{part: wrong}) == (Difference(part, expected, actual),)


def doc(kind: str, details: Mapping[str, Any] | None = None) -> ObligationDoc:
    """An obligation as a file expects it."""
    return ObligationDoc(kind=kind, details=None if details is None else dict(details))


WHOLE = {"meter": "calls", "quantity": 1, "reserve": True}


@pytest.mark.parametrize(
    ("expected", "is_right"),
    [
        ([doc("audit"), doc("meter")], True),
        ([doc("meter", WHOLE), doc("audit", {})], True),
        ([doc("audit")], False),
        ([doc("audit"), doc("meter"), doc("meter")], False),
        ([doc("audit"), doc("audit")], False),
        ([doc("audit"), doc("meter", {**WHOLE, "quantity": 2})], False),
        ([doc("audit"), doc("meter", {**WHOLE, "quantity": True})], False),
        ([doc("audit"), doc("meter", {**WHOLE, "reserve": 1})], False),
        ([doc("audit"), doc("meter", {"meter": "calls"})], False),
        ([], False),
    ],
)
def test_obligations(expected: list[ObligationDoc], is_right: bool) -> None:
    """All of them, in whatever order; details count where they are given, with their types."""
    found = differences(ALLOWED, "allow", obligations=expected)
    assert (found == ()) is is_right
    if found:
        assert found[0].actual == "audit, meter (meter calls, quantity 1, reserve true)"


def test_an_obligation_without_details_takes_what_is_left() -> None:
    """Of two obligations of a kind, one of which is told exactly, the order in which they are told means nothing."""
    other = Obligation("meter", (("meter", "tries"), ("quantity", 1), ("reserve", True)))
    decision = replace(ALLOWED, obligations=(METER, other))
    assert differences(decision, "allow", obligations=[doc("meter"), doc("meter", WHOLE)]) == ()


def test_expectations_reach_the_decision(tmp_path: Path) -> None:
    """What a file expects is compared with what its pack decides."""
    file = write(
        tmp_path,
        """
    - id: more
      principals: [reader, editor]
      context: desk
      only: ["notes:write", "secrets:read"]
      table: {notes:write: {editor: allow}}
      expect:
        notes:write: {reader: {code: scope_missing, needed: ["notes:write"], status: 403, rules: [], also: []}}
        secrets:read: {reader: {needed: ["secrets:write"], obligations: [{kind: audit}]}}
""",
    )
    assert [(each.cell.name, [one.part for one in each.differences]) for each in results(file) if not each.passed] == [
        ("secrets:read[reader]", ["needed"])
    ]
