"""Law 4, errors_close: what cannot be evaluated never opens. An allow does not allow, a deny denies."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given

from scopeguard import Context, Guard, Principal, Resource
from tests.laws.support import allowed, guard_of, law
from tests.strategies import Maker, Pack, packs

FAILING = [
    "context.facts.count > 1", "!(context.facts.count > 1)", "context.facts.count == context.facts.count",
    "context.facts.count != 1", "!(context.facts.count in [3])", "context.facts.more.k == 1",
    "!(context.facts.more.k == 1)", "resource.owner != principal.id", "context.facts.since < context.now",
    "!context.facts.ready", "context.facts.ready || false", "!(context.facts.ready && true)",
    "context.facts.ready ? true : true", "context.facts.list.all(x, x > 0)", "!context.facts.list.exists(x, x > 0)",
    "context.facts.big + 1 > 0", "context.facts.big / 0 == 1",
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
        "excepts": Principal.session("s", workspace="w", scopes="notes:read"),
    }
    for facts in WRONG:
        context = Context(facts=facts, now=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(1))
        for rule, principal in asked.items():
            decision = guard.check(principal, "notes:read", NOTE, context)
            assert not decision, (facts, rule)
            assert decision.errors == (rule,), (facts, rule)


@law()
@given(packs())
def test_what_is_left_out_never_opens(made: tuple[Maker, Pack]) -> None:
    """Where no condition asks by has(…) whether something is there, taking all facts away never turns a denial."""
    maker, pack = made
    plain = [rule for rule in pack.rules
             if not any("has(" in rule.get(part, "") for part in ("when", "unless"))]  # fmt: skip
    only_facts = [rule for rule in plain if all("||" not in rule.get(part, "") for part in ("when", "unless"))]
    guard = guard_of(pack.with_rules(only_facts))
    for request in maker.requests(20):
        bare = Context(channel=request.context.channel, environment=request.context.environment,
                       now=request.context.now, attributes=dict(request.context.attributes))  # fmt: skip
        closed = type(request)(request.principal, request.action, request.resource, bare)
        decision = guard.check(closed.principal, closed.action, closed.resource, closed.context)
        reading = {rule["id"] for rule in only_facts
                   if any("context.facts" in rule.get(part, "") for part in ("when", "unless"))}  # fmt: skip
        assert not allowed(guard, closed) or not reading & set(decision.rules)
