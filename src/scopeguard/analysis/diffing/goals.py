"""What is looked for: ways in which two answers differ, each as a condition and as what two decisions have to show."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from scopeguard.analysis.diffing.answers import Conditions, Reason
from scopeguard.analysis.diffing.registry import difference
from scopeguard.analysis.diffing.remedies import is_of_every_request
from scopeguard.analysis.diffing.replaying import Answered
from scopeguard.analysis.diffing.values import Aspect
from scopeguard.analysis.logic import Bool, conj, neg, same
from scopeguard.analysis.witnesses import Witness
from scopeguard.compiling.program import ActionRules
from scopeguard.runtime.decisions import METER

_NO_WORDS: Final = "no reason of its own"


class Detail(NamedTuple):
    """One way in which answers differ: in which, where, and a request with its answers; else why that is open."""

    aspect: Aspect
    before: str
    after: str
    channels: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    witness: Witness | None = None
    open_because: str = ""
    codes: frozenset[str] = frozenset()
    """Of a gain the codes that denied it, of a loss those that deny it now."""
    reasons: tuple[str, str] = ("", "")
    """The codes before and after, where both deny."""
    shown: tuple[str, str] = ("", "")
    """What both packs answer to the request."""
    unusual: str = ""
    """Where no ordinary request is one of these, what is not ordinary of them, in words."""


class Goal(NamedTuple):
    """What is looked for: a condition, and whether two answers are what was looked for."""

    aspect: Aspect
    before: str
    after: str
    wanted: Bool
    is_so: Callable[[Answered, Answered], bool]
    codes: tuple[str, str] = ("", "")

    def is_implied(self, codes: Mapping[Aspect, frozenset[str]]) -> bool:
        """Whether it only says of a gain or a loss what else may deny: whoever gains hears of that."""
        before, after = self.codes
        return before in codes.get("gained", ()) or after in codes.get("lost", ())


def effect_of(aspect: Aspect, old: Conditions, new: Conditions) -> Goal:
    """A gain or a loss."""
    if aspect == "gained":
        wanted = conj((new.allowed, neg(old.allowed)))
        return Goal(aspect, "", "allow", wanted, lambda was, now: now.allowed and not was.allowed)
    wanted = conj((old.allowed, neg(new.allowed)))
    return Goal(aspect, "allow", "", wanted, lambda was, now: was.allowed and not now.allowed)


def reasons(before: Reason, after: Reason, wanted: Bool) -> Goal:
    """That both deny, for two reasons."""

    def same_code(was: Answered, now: Answered) -> bool:
        return (was.code, now.code) == (before.code, after.code)

    def other_words(was: Answered, now: Answered) -> bool:
        return same_code(was, now) and (is_of_every_request(before, after) or _said(was) != _said(now))

    def other_reason(was: Answered, now: Answered) -> bool:
        said = (_reason(was), _reason(now))
        return same_code(was, now) and said[0] != said[1] and all(map(str.startswith, said, (before.text, after.text)))

    codes = (before.code, after.code)
    if (before.code, before.needed) != (after.code, after.needed):
        return Goal("reason", str(before), str(after), wanted, same_code, codes)
    if before.says != after.says:
        return Goal("remedy", *difference(before.code, before.says, after.says), wanted, other_words, codes)
    return Goal("wording", before.text or _NO_WORDS, after.text or _NO_WORDS, wanted, other_reason, codes)


def brought(aspect: Aspect, name: str, was: Bool, now: Bool, both: Bool) -> Iterator[Goal]:
    """That both allow, and one of them brings advice, or a redaction, along that the other does not."""
    if same(was, now) is True:
        return
    for before, after, more, less in (("", name, now, was), (name, "", was, now)):

        def is_so(one: Answered, other: Answered, after: str = after) -> bool:
            first, second = (_told(each, aspect) for each in (one, other))
            return name in (second - first if after else first - second)

        yield Goal(aspect, before or "nothing", after or "nothing", conj((both, more, neg(less))), is_so)


def _told(answer: Answered, aspect: Aspect) -> frozenset[str]:
    if answer.decision is None:
        return frozenset()
    if aspect == "redaction":
        return frozenset(answer.decision.redact)
    return frozenset(each.code for each in answer.decision.advice)


def metered(act: ActionRules | None, environment: str) -> str:
    """What an action counts on in an environment, in words."""
    metered = None if act is None else act.metered
    if metered is None:
        return "not metered"
    return " and ".join(f"meter {meter}" for meter in metered.meters(environment)) or "not metered"


def metered_otherwise(was: Answered, now: Answered) -> bool:
    """Whether both allow, and the host has to reserve something else."""
    return was.allowed and now.allowed and _reserved(was) != _reserved(now)


def _said(answer: Answered) -> dict[str, object]:
    """All that a decision says but for whose it is."""
    told = {} if answer.decision is None else answer.decision.to_dict()
    return {name: value for name, value in told.items() if name != "policy_digest"}


def _reason(answer: Answered) -> str:
    return "" if answer.decision is None else answer.decision.reason


def _reserved(answer: Answered) -> list[dict[str, object]]:
    told = () if answer.decision is None else answer.decision.obligations
    return [dict(each.details) for each in told if each.kind == METER]
