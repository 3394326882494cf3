"""Law 4, errors_close: what cannot be evaluated never opens. An allow does not allow, a deny denies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.semantics.built_in_variables import CREDENTIAL_TYPES
from tests.laws.support import allowed, answer, guard_of, law
from tests.strategies import Maker, Pack, Request, packs, randoms

FAILING = [
    "context.facts.count > 1", "!(context.facts.count > 1)", "context.facts.count == -context.facts.count",
    "context.facts.count != 1", "!(context.facts.count in [1])", "context.facts.more.k == 1",
    "!(context.facts.more.k == 1)", "resource.owner != principal.id", "context.facts.since < context.now",
    "!context.facts.ready", "context.facts.ready || false", "!(context.facts.ready && true)",
    'context.facts.ready ? true : principal.id == "x"', "context.facts.list.all(x, x > 0)", "!context.facts.list.exists(x, x > 0)",
    "context.facts.big + 1 > 0", "context.facts.big / (context.facts.big - context.facts.big) == 1",
]  # fmt: skip
PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, attributes: {owner: string}}
  attributes:
    facts: {count: int, ready: bool, since: timestamp, more: "map(string, dyn)", list: dyn, big: int}
rules:
  - {id: allows, effect: allow, on: ["notes:read"], kinds: [system], when: 'CONDITION'}
  - {id: denies, effect: deny, on: ["notes:read"], kinds: [api_key], when: 'CONDITION', code: not_permitted}
  - {id: excepts, effect: deny, on: ["notes:read"], kinds: [session], unless: 'CONDITION', code: not_permitted}
"""
WRONG: list[dict[str, object]] = [
    {},
    {"count": None, "ready": None, "since": None, "more": None, "list": None, "big": None},
    {"count": "3", "ready": "true", "since": "2026-01-01", "more": "x", "list": "x", "big": 2**63 - 1},
    {"count": 3.0, "ready": 1, "since": 7, "more": {"k": "x"}, "list": ["x"], "big": "9"},
    {"count": True, "ready": 0, "since": True, "more": {}, "list": [None], "big": 2.0},
]
NOTE = Resource("notes", "n1", "w", {"owner": 3})


@pytest.mark.parametrize("condition", FAILING)
def test_errors_close(tmp_path: Path, condition: str) -> None:
    """Missing, null, of another type or out of range: the allow does not allow, the denials deny, and they say so."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("CONDITION", condition.replace("'", "''")), encoding="utf-8")
    guard = Guard.load(tmp_path)
    asked = {
        "allows": Principal.system("job", workspace="w"),
        "denies": Principal.api_key("k", workspace="w", scopes="notes:read"),
        "excepts": Principal.session(
            "s", workspace="w", scopes="notes:read", expires_at=datetime(2027, 1, 1, tzinfo=UTC)
        ),
    }
    for facts in WRONG:
        context = Context(facts=facts, now=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(1))
        for rule, principal in asked.items():
            decision = guard.check(principal, "notes:read", NOTE, context)
            assert not decision, (facts, rule)
            assert decision.errors == (rule,), (facts, rule)


@law(60)
@given(packs(), randoms())
def test_what_is_left_out_never_opens(made: tuple[Maker, Pack], random: Random) -> None:
    """Where no condition asks by has(…) whether something is there, whoever says less is never allowed more.

    Gates ask: what is counted, where nothing is said, is one. So does the base: what is the matter with a credential has
    to be said.
    """
    maker, pack = made
    plain = pack.with_rules([rule for rule in pack.rules if "has(" not in f"{rule}"])
    guard = guard_of(plain.without("gates"))
    coin = Random(random.randrange(2**32))  # one draw, for an example has only so many
    for request in maker.requests(30):
        less = saying_less(request, coin)
        # A question with a name that the pack lacks is none, so that leaving the name out makes it one.
        refused = isinstance(answer(guard, request), str)
        assert refused or not allowed(guard, less) or allowed(guard, request), less


def saying_less(request: Request, random: Random) -> Request:
    """The same question with some attributes, facts and circumstances left out."""

    def some(given: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in given.items() if random.random() < 0.5}

    who, about, context = request.principal, request.resource, request.context
    state = {name: value for name, value in who.attributes.items() if name in CREDENTIAL_TYPES}
    return replace(
        request,
        principal=Principal(
            who.kind, who.id, who.workspace, who.scopes, who.roles, who.ceiling, some(who.attributes) | state
        ),
        resource=about and Resource(about.surface, about.id, about.workspace, some(about.attributes)),
        context=Context(
            channel=random.choice((context.channel, None)),
            environment=context.environment,
            facts=some(context.facts),
            now=random.choice((context.now, None)),
            attributes=some(context.attributes),
        ),
    )
