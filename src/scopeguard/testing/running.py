"""Running cells: the decision, and in what it differs from the one that is expected."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from msgspec.structs import replace

from scopeguard.checking.test_suites.expectations import ALLOW, DENY, Counted
from scopeguard.documents.suites import ObligationDoc
from scopeguard.guard import Guard
from scopeguard.model.codes import FACTS_UNAVAILABLE
from scopeguard.model.decision import Decision, Obligation
from scopeguard.model.request import or_left_out
from scopeguard.runtime.decisions import AUDIT
from scopeguard.semantics.timestamps import timestamp_text
from scopeguard.testing.suites import Cell


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of a decision that is not as expected, both as texts."""

    part: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a cell."""

    cell: Cell
    decision: Decision
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether the decision is as expected."""
        return not self.differences


ANSWER: Final = "answer"
"""The part of a decision that a cell of a table shows."""

_PARTS: Final[Mapping[str, Callable[[Decision], Any]]] = MappingProxyType({
    "rules": lambda decision: sorted(decision.rules),
    "errors": lambda decision: sorted(decision.errors),
    "needed": lambda decision: sorted(decision.needed),
    "also": lambda decision: list(decision.also),
    "advice": lambda decision: sorted(each.code for each in decision.advice),
    "redact": lambda decision: sorted(decision.redact),
    "audited": lambda decision: any(each.kind == AUDIT for each in decision.obligations),
    "meter": lambda decision: decision.meter,
    "status": lambda decision: decision.status,
    "challenge": lambda decision: decision.challenge or "none",
    "target": lambda decision: decision.remedy and decision.remedy.target,
    "retry_at": lambda decision: decision.retry_at,
})  # fmt: skip
ERRORS: Final = "errors"
_SAYS_SO: Final = frozenset({FACTS_UNAVAILABLE})
"""Codes of denials because something could not be evaluated: a test that expects one expects that."""

_IDS: Final = frozenset({"rules", ERRORS})
"""Lists of ids of what decides."""

_IN_ORDER: Final = frozenset({"also"})
"""Lists whose order means something."""


def run_cell(guard: Guard, cell: Cell) -> Result:
    """Ask *guard* the question of *cell*."""
    decision = guard.check(cell.principal, cell.action, or_left_out(cell.resource), cell.context)
    differences = tuple(_differences(guard, cell, decision))
    if cell.accepts is not None:
        word, more = cell.accepts
        if not any(_differences(guard, replace(cell, expected=word, more=more), decision)):
            differences += (Difference("accepts", "another answer", "the one of the layer below, so leave it out"),)
    return Result(cell, decision, differences)


def undecided(decision: Decision) -> tuple[str, ...]:
    """The rules for want of whose value a request is denied: with it, another answer might have come out.

    A denial with a rule that was evaluated holds, whatever the others would have said.
    """
    sure = set(decision.rules) - set(decision.errors)
    return () if decision.allowed or sure or decision.code in _SAYS_SO else decision.errors


def worded(word: str) -> str:
    """An expected word as it is shown: ``allow``, ``deny``, ``deny (scope_missing)``."""
    return word if word in (ALLOW, DENY) else f"{DENY} ({word})"


def answered(decision: Decision) -> str:
    """A decision in the same words."""
    return ALLOW if decision.allowed else f"{DENY} ({decision.code})"


def _differences(guard: Guard, cell: Cell, decision: Decision) -> Iterator[Difference]:
    # A code may be called anything, and is no allow.
    said = {ALLOW} if decision.allowed else {DENY, decision.code} - {ALLOW}
    if cell.expected not in said:
        yield Difference(ANSWER, worded(cell.expected), answered(decision))
    blind = undecided(decision)
    if blind and ERRORS not in cell.more:
        yield Difference(ERRORS, "none", f"{', '.join(blind)} (cannot be evaluated)")
    for part, expected in cell.more.items():
        if part == "obligations":
            if not _same_obligations(expected, decision.obligations):
                yield Difference(part, _list(map(_wanted, expected)), _list(map(_carried, decision.obligations)))
            continue
        if part == "events":
            yield from _miscounted(guard, expected)
            continue
        actual = _PARTS[part](decision)
        wanted = sorted(expected) if isinstance(expected, list) and part not in _IN_ORDER else expected
        if wanted != actual:
            yield Difference(part, _shown(_known(guard, wanted) if part in _IDS else wanted), _shown(actual))


def _known(guard: Guard, ids: Sequence[str]) -> list[str]:
    """Ids of what decides, with a word about those that the pack does not have."""
    return [each if guard.place(each) is not None else f"{each} (which the pack does not have)" for each in ids]


def _miscounted(guard: Guard, expected: Sequence[Counted]) -> Iterator[Difference]:
    for event, meter, row in expected:
        usage = guard.classify(event)
        if usage.meter != meter or row not in (None, usage.row):
            what = f"{event.modality} of the {event.sender} through {event.channel} in {event.environment}"
            wanted = f"{meter or 'nothing'} by {row}" if row is not None else meter or "nothing"
            found = f"{usage.meter or 'nothing'} by {usage.row or 'no row'}"
            yield Difference("events", f"{what} on {wanted}", f"on {found}")


def _same_obligations(expected: Sequence[ObligationDoc], actual: Sequence[Obligation]) -> bool:
    left = list(actual)
    # Those with details first, so that one without does not take what they need.
    for doc in sorted(expected, key=lambda each: each.details is None):
        fitting = [each for each in left if each.kind == doc.kind and _fits(doc, each)]
        if not fitting:
            return False
        left.remove(fitting[0])
    return not left


def _fits(doc: ObligationDoc, obligation: Obligation) -> bool:
    # Compared with their types: true is no 1.
    given = {name: (type(value), value) for name, value in (doc.details or {}).items()}
    return doc.details is None or given == {name: (type(value), value) for name, value in obligation.details}


def _wanted(doc: ObligationDoc) -> str:
    return _obligation(doc.kind, tuple((doc.details or {}).items()))


def _carried(obligation: Obligation) -> str:
    return _obligation(obligation.kind, obligation.details)


def _obligation(kind: str, details: Sequence[tuple[str, Any]]) -> str:
    listed = ", ".join(f"{name} {_shown(value)}" for name, value in sorted(details))
    return f"{kind} ({listed})" if listed else kind


def _list(texts: Iterator[str]) -> str:
    return _shown(sorted(texts))


def _shown(value: object) -> str:
    match value:
        case None | []:
            return "none"
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(map(str, value))
        case datetime():
            return timestamp_text(value)
        case _:
            return str(value)
