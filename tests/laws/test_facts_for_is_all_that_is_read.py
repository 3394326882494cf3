"""``Guard.facts_for``: whoever loads these facts and no others gets the same decision, with the same remedy."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given

from scopeguard import Context, Guard
from scopeguard.model.input_validation import thaw
from scopeguard.runtime.facts import FactsNeeded
from tests.laws.support import answer, guard_of, law
from tests.strategies import ADVICES, CODES, Maker, Pack, Request, packs

RECORDS = {"entitlements": "meters", "fair_use": "fair_use", "providers": "providers"}


def loaded(facts: Mapping[str, Any], needed: FactsNeeded) -> dict[str, Any]:
    """Those of some facts that a host gives who reads what is needed; what is no record it gives as it is."""
    if needed.any_name:
        return {name: thaw(value) for name, value in facts.items()}
    single = {name for name in ("payment", "wallet", "quantity") if getattr(needed, name)}
    kept = {*single, *needed.names}
    if single - {"quantity"} or any(getattr(needed, field) for field in RECORDS.values()):
        # Facts that gates read come with the time at which they were read.
        kept.add("as_of")
    found = {name: value for name, value in facts.items() if name in kept}
    for record, field in RECORDS.items():
        names = getattr(needed, field)
        given_record = facts.get(record)
        if isinstance(given_record, Mapping):
            found[record] = {name: value for name, value in given_record.items() if name in (*names, "as_of")}
        elif names and record in facts:
            found[record] = given_record
    return {name: thaw(value) for name, value in found.items()}


def with_facts_needed(guard: Guard, request: Request) -> Request:
    """The request as a host asks it who loads the facts that are needed."""
    context = request.context
    needed = guard.facts_for(request.action, environment=context.environment)
    made = Context(context.channel, context.environment, loaded(context.facts, needed), context.now, context.attributes)
    return Request(request.principal, request.action, request.resource, made)


def with_remedies(maker: Maker, pack: Pack) -> Pack:
    """The pack, in which most of its codes have remedies for some circumstances."""
    words, *rules = pack.files
    recovery = dict(words["recovery"])
    for code in (*CODES, *ADVICES, "wallet_empty", "facts_unavailable", "payment_interrupted"):
        said = {"class": "denial", "remedy": {"text": "x"}} | recovery.get(code, {})
        chosen = (maker.about_gates(), "context.facts.ready", maker.about_context())
        remedies = [{"when": when, "text": f"{number}"} for number, when in enumerate(maker.some(chosen, least=1))]
        recovery[code] = {"remedy": {"text": "x"}} | said | {"remedies": remedies}
    return Pack(({**words, "recovery": recovery}, *rules))


@law(30)
@given(packs())
def test_facts_that_are_not_needed_change_nothing(made: tuple[Maker, Pack]) -> None:
    """Whatever the pack and the request: what is decided, and all that is said of it."""
    maker, pack = made
    guard = guard_of(with_remedies(maker, pack))
    for request in maker.requests(40):
        expected = answer(guard, request)
        if isinstance(expected, str) or expected.code == "unmapped_action":
            continue
        reduced = with_facts_needed(guard, request)
        assert answer(guard, reduced) == expected, (str(request), dict(reduced.context.facts))
