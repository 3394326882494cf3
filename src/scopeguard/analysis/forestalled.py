"""Rules that may apply and never decide: whatever one of them denies is denied before, or what it allows is denied."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from scopeguard.analysis.decisions import Answers, Spoken
from scopeguard.analysis.invariants import Requests
from scopeguard.analysis.logic import Bool, conj, neg
from scopeguard.compiling.program import ActionRules, Rule
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.source import Location

Cases: TypeAlias = Sequence[tuple[Requests, ActionRules]]
"""The actions that a rule is about, each with the requests of a kind of principals that it may concern."""
_HINT: Final = "leave it out, or fix what denies before it"


def forestalled(rule: Rule, cases: Cases, code: str) -> Diagnostic | None:
    """A warning with a *code* where a rule never decides; None where in some request it may."""
    if any(_may_decide(rule, requests, requests.answers(act)) for requests, act in cases):
        return None
    subject = f"rule {quoted(rule.id)} never decides"
    if rule.effect != "deny":
        return _warning(rule, code, f"{subject}: nobody is allowed what it is about")
    others = [{each.rule for each in requests.answers(act).denials} for requests, act in cases]
    common = frozenset[Rule]().union(*others[:1]).intersection(*others)
    covers = (each for each in sorted(common, key=lambda each: each.order) if _is_covered(rule, each, cases))
    cover = next(covers, None)
    if cover is None:
        return _warning(rule, code, f"{subject}: all that it denies is denied before")
    there = ((cover.location, f"rule {quoted(cover.id)}"),)
    return _warning(rule, code, f"{subject}: {quoted(cover.id)} denies all of it before", there)


def _may_decide(rule: Rule, requests: Requests, answers: Answers) -> bool:
    """Whether in one request a rule may be why it is denied; for one that allows or advises, whether it is allowed."""
    truth = answers.condition(rule.condition)
    if rule.effect != "deny":
        applies = neg(truth.false) if rule.failing else truth.true
        return requests.asking.may_be(conj((applies, answers.allowed)))
    # Whoever lacks the permission hears of that, and of nothing after it.
    limit = answers.program.catalog.stages.index(PERMISSION_STAGE)
    granted = answers.granted.true if rule.stage > limit else True
    return requests.asking.may_be(conj((_denies(answers, rule), granted, neg(_earlier(rule, answers.denials)))))


def _is_covered(rule: Rule, other: Rule, cases: Cases) -> bool:
    """Whether *other* alone denies before a rule wherever that does."""
    for requests, act in cases:
        answers = requests.answers(act)
        only = [each for each in answers.denials if each.rule is other]
        if requests.asking.may_be(conj((_denies(answers, rule), neg(_earlier(rule, only))))):
            return False
    return True


def _denies(answers: Answers, rule: Rule) -> Bool:
    return conj((answers.accepted, neg(answers.condition(rule.condition).false)))


def _earlier(rule: Rule, others: Iterable[Spoken]) -> Bool:
    """That one of some rules denies, and decides before *rule* does."""
    return neg(conj(neg(_before(rule, each)) for each in others))


def _before(rule: Rule, other: Spoken) -> Bool:
    if other.rule.stage != rule.stage:
        return other.speaks if other.rule.stage < rule.stage else False
    if other.rule.order >= rule.order:
        return False
    # One with a code of its own for what cannot be evaluated comes last of its stage with that.
    return other.speaks if other.rule.failing is None else other.truth.true


def _warning(rule: Rule, code: str, message: str, related: tuple[tuple[Location, str], ...] = ()) -> Diagnostic:
    return Diagnostic.at(rule.location, code, message, _HINT, Severity.WARNING, related=related)
