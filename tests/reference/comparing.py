"""The compiled engine and the reference interpreter, side by side on one request."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scopeguard import Decision, Guard, PolicyError, RequestError
from scopeguard.model.request import or_left_out
from tests.reference.answers import Answer
from tests.reference.interpreter import Reference
from tests.strategies import Pack, Request, Section

Outcome = Mapping[str, Any]
Load = Callable[[Pack], Guard]

PARTS = ("effect", "code", "rules", "also", "needed", "provided", "errors", "reason", "stage", "status",
         "meter", "providers", "retry_at", "redact")  # fmt: skip
REFUSED: Outcome = {"refused": True}


def by_engine(guard: Guard, request: Request) -> Outcome:
    """What the engine says."""
    try:
        return outcome(guard.check(request.principal, request.action, or_left_out(request.resource), request.context))
    except RequestError:
        return REFUSED


def by_reference(reference: Reference, request: Request) -> Outcome:
    """What the documents say."""
    try:
        answer = reference.decide(request.principal, request.action, request.resource, request.context)
    except RequestError:
        return REFUSED
    told = {"remedy": answer.remedy, "advice": answer.advice, "obligations": answer.obligations}
    return parts(answer) | told


def outcome(decision: Decision) -> Outcome:
    """A decision, as far as the two can be compared."""
    obligations = [(each.kind, dict(each.details)) for each in decision.obligations]
    return parts(decision) | {
        "remedy": decision.remedy and decision.remedy.text,
        "advice": tuple((each.code, each.text) for each in decision.advice),
        "obligations": tuple((kind, more.get("meter", ""), more.get("quantity")) for kind, more in obligations),
    }


def parts(answer: Answer | Decision) -> dict[str, Any]:
    """What an answer and a decision have in common."""
    return {name: getattr(answer, name) for name in PARTS}


def differs(load: Load, pack: Pack, request: Request) -> bool:
    """Whether the two disagree, asked by a guard that has just been loaded."""
    try:
        guard = load(pack)
    except PolicyError:
        return False
    return by_engine(guard, request) != by_reference(Reference(pack.documents()), request)


def report(load: Load, pack: Pack, request: Request) -> str:
    """A disagreement as text, with the smallest pack that still shows it."""
    small = smallest(load, pack, request) if differs(load, pack, request) else pack
    guard, reference = load(small), Reference(small.documents())
    expected, actual = by_reference(reference, request), by_engine(guard, request)
    lines = [f"{name}: the documents say {expected.get(name)!r}, the engine {actual.get(name)!r}"
             for name in sorted({*expected, *actual}) if expected.get(name) != actual.get(name)]  # fmt: skip
    lines = lines or ["only a guard that has answered other requests before disagrees"]
    return "\n".join([*lines, f"request: {request}", f"pack:\n{small}"])


def smallest(load: Load, pack: Pack, request: Request) -> Pack:
    """The pack with every rule and every part of a rule taken off without which the two still disagree."""
    shrunk = True
    while shrunk:
        shrunk = False
        for rules in lesser(pack.rules):
            if differs(load, pack.with_rules(rules), request):
                pack, shrunk = pack.with_rules(rules), True
                break
    return pack


def lesser(rules: list[Section]) -> Iterator[list[Section]]:
    """Every list of rules that is a little less than this one."""
    for position, rule in enumerate(rules):
        before, after = rules[:position], rules[position + 1 :]
        yield [*before, *after]
        for part in ("when", "unless", "requires", "roles", "kinds", "channels", "environments", "because", "stage"):
            if part in rule:
                yield [*before, {key: value for key, value in rule.items() if key != part}, *after]
