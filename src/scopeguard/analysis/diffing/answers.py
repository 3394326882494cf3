"""What one pack answers, as conditions: when it allows, for which reason it denies, and what an allow brings along."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from scopeguard.analysis.logic import Bool, Truth, conj, disj, neg
from scopeguard.compiling.program import Rule
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.principal import Principal
from scopeguard.runtime.decisions import deny
from scopeguard.runtime.residuals import Residual
from scopeguard.runtime.templates import filled
from scopeguard.syntax.expression import Expr

Encode: TypeAlias = Callable[[Expr], Truth]


class Reason(NamedTuple):
    """Why something is denied: the code, what is needed where that is known, what the code says, and the sentence."""

    code: str
    needed: tuple[str, ...] = ()
    text: str = ""
    says: Hashable = None

    def of_any(self, own: tuple[str, ...]) -> "Reason":
        """The same without the name of what is asked for, *own*."""
        return self._replace(needed=("",)) if self.needed == own else self

    def __str__(self) -> str:
        return f"deny {self.code}" + (f" (needs {' '.join(self.needed)})" if self.needed else "")


class _Denial(NamedTuple):
    """A rule that denies, or the want of a grant: in its place among all that may be the reason."""

    place: tuple[int, int]
    """Its stage, and within that whether its condition could be evaluated."""
    reason: Reason
    rule: Rule | None
    residual: Expr | None
    failing: bool

    @property
    def key(self) -> object:
        """All of it that makes a difference, but for its place."""
        return self.reason, self.residual, self.failing, self.rule is not None and self.rule.failing is not None


@dataclass(frozen=True)
class Answer:
    """What is answered to all requests of one principal for one action."""

    rest: Residual
    denials: tuple[_Denial, ...]
    says: Callable[[str, str | None], Hashable]

    @classmethod
    def of(cls, rest: Residual, principal: Principal, says: Callable[[str, str | None], Hashable]) -> "Answer":
        """What is answered by what is left of the rules; *says* tells what a code says to people, of a meter."""
        permission = rest.program.catalog.stages.index(PERMISSION_STAGE)
        found = [each for denial in rest.denials for each in _denials(denial.rule, denial.residual)]
        # Who holds nothing learns that, but of what is before it.
        found.append(_Denial((permission, 2), _missing(rest, principal), None, None, failing=False))
        told = (
            each._replace(reason=each.reason._replace(says=says(each.reason.code, _meter(each.rule)))) for each in found
        )
        return cls(rest, tuple(sorted(told, key=lambda each: each.place)), says)

    @property
    def needed(self) -> tuple[str, ...]:
        """What is said to be needed where nothing grants."""
        return next(each.reason.needed for each in self.denials if each.rule is None)

    def without(self, other: "Answer") -> "Answer":
        """What of it *other* does not say just so, but for what allows."""
        known = {each.key for each in other.denials}
        return replace(self, denials=tuple(each for each in self.denials if each.key not in known))

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its denials."""
        return frozenset(each.reason.code for each in self.denials)

    def order(self, other: "Answer") -> list[object]:
        """The order of those denials that *other* has too."""
        known = {each.key for each in other.denials}
        common = [each for each in self.denials if each.key in known]
        stages = sorted({each.place[0] for each in common})
        return [(stages.index(each.place[0]), each.key) for each in common]

    @property
    def brought(self) -> object:
        """What an allow brings along, but for what the host has to reserve."""
        rest = self.rest
        return (
            tuple((each.rule.code, self.says(each.rule.code or "", _meter(each.rule)), each.rule.failing, each.residual)
                  for each in rest.advises),
            frozenset((each.surface, each.residual) for each in rest.redactions),
        )  # fmt: skip

    @property
    def permits(self) -> frozenset[Expr]:
        """The conditions under which something allows."""
        return frozenset(permit.residual for permit in self.rest.permits)

    def meaning(self, *, tells_needed: bool) -> object:
        """All of it that makes a difference: two answers with equal meanings are the same to every request.

        Without *tells_needed* but for what is said to be needed.
        """
        stages = sorted({each.place[0] for each in self.denials})
        rest = self.rest
        own = (rest.act.question.permission,) if tells_needed else self.needed
        return (
            tuple((stages.index(each.place[0]), each.place[1], each.reason.of_any(own), each.residual, each.failing)
                  for each in self.denials),
            self.permits,
            self.brought,
        )  # fmt: skip


def _meter(rule: Rule | None) -> str | None:
    return None if rule is None or rule.gate is None else rule.gate.meter


def _denials(rule: Rule, residual: Expr) -> Iterator[_Denial]:
    yield _Denial((rule.stage, 0), Reason(rule.code or "", (), rule.because or ""), rule, residual, failing=False)
    if rule.failing is not None:
        yield _Denial((rule.stage, 1), Reason(rule.failing), rule, residual, failing=True)


def _missing(rest: Residual, principal: Principal) -> Reason:
    answer = filled(deny(rest.program, rest.act, principal, (), granted=False, errors=()), principal, None)
    return Reason(answer.code or "", answer.needed)


@dataclass(frozen=True)
class Conditions:
    """An answer as conditions of the solver."""

    allowed: Bool
    denied: Bool
    reasons: Mapping[Reason, Bool]
    advice: Mapping[str, Bool]
    redact: Mapping[str, Bool]


NOBODY: Final = Conditions(False, False, {}, {}, {})
"""The answers of a pack that has no such question."""


def conditions(answer: Answer, encode: Encode, asked: Bool) -> Conditions:
    """An answer as conditions; *asked* is true where the pack takes the question at all."""
    rest = answer.rest
    granted = disj(encode(permit.residual).true for permit in rest.permits)
    speaking = (each.residual for each in answer.denials if each.residual is not None)
    free = conj(encode(residual).false for residual in dict.fromkeys(speaking))
    allowed = conj((asked, granted, free))
    reasons: dict[Reason, Bool] = {}
    before: Bool = asked
    for denial in answer.denials:
        fires = _fires(denial, encode, granted)
        reasons[denial.reason] = disj((reasons.get(denial.reason, False), conj((before, fires))))
        before = conj((before, neg(fires)))
    return Conditions(
        allowed,
        conj((asked, neg(allowed))),
        {reason: when for reason, when in reasons.items() if when is not False},
        _advice(answer, encode),
        {each.surface: neg(encode(each.residual).false) for each in rest.redactions},
    )


def _fires(denial: _Denial, encode: Encode, granted: Bool) -> Bool:
    if denial.residual is None:
        return neg(granted)
    truth = encode(denial.residual)
    if denial.failing:
        return neg(truth.known)
    # A rule that cannot be evaluated denies as one that is true, where it has no code of its own for that.
    return truth.true if denial.rule is not None and denial.rule.failing is not None else neg(truth.false)


def _advice(answer: Answer, encode: Encode) -> dict[str, Bool]:
    found: dict[str, Bool] = {}
    for each in answer.rest.advises:
        truth = encode(each.residual)
        code = each.rule.code or ""
        found[code] = disj((found.get(code, False), truth.true))
        if each.rule.failing is not None:
            failing = each.rule.failing
            found[failing] = disj((found.get(failing, False), neg(truth.known)))
    return found
