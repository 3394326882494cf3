"""Hints that lead on: what stands in the hint about a condition can be written, and loads."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.compiling.loading import find_problems

PACK = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write], coarse: true, attributes: {owner: string, tags: list(string), rec: {a: string, b: {c: int}}}}
  attributes:
    facts: {ready: bool}
    context: {beta: bool}
roles:
  viewer: {holds: ["agents:read"]}
rules:
  - id: a.rule
    effect: deny
    on: ["agents:read"]
    kinds: [member, api_key]
    code: not_permitted
    when: """
FOLLOWED = [
    ('context.facts.paymnet.status == "interrupted"', 'did you mean "context.facts.payment"?', 'context.facts.payment.status == "interrupted"'),
    ('context.facts.wallte.status == "empty"', 'did you mean "context.facts.wallet"?', 'context.facts.wallet.status == "empty"'),
    ('resource.rec.x == "a"', "there is resource.rec.a or resource.rec.b", 'resource.rec.a == "a"'),
    ("resource.rec.b.x == 1", "there is resource.rec.b.c", "resource.rec.b.c == 1"),
    ('holds("agents:read,agents:write")', 'write holds("agents:read") && holds("agents:write")', None),
    ('holds("agents:read agents:write")', 'write holds("agents:read") && holds("agents:write")', None),
    ('holds("agents:read && agents:write")', 'write holds("agents:read") && holds("agents:write")', None),
    ('holds("agents:read|agents:write")', 'write holds("agents:read") || holds("agents:write")', None),
    ('holds("agents:read OR agents:write")', 'write holds("agents:read") || holds("agents:write")', None),
    ("resource.owner == None", "ask with has(a.b), or !has(a.b), whether a value is there", "!has(resource.owner)"),
    ("resource.owner == undefined", "ask with has(a.b), or !has(a.b), whether a value is there", "!has(resource.owner)"),
    ("context.beta == yes", "write true", "context.beta == true"),
    ("context.beta == OFF", "write false", "context.beta == false"),
    ('resource.owner =~ "a"', "write a.matches(b)", None),
    ('resource.owner ==~ "a"', "write a.matches(b)", None),
    ('resource.owner ~ "a"', "write a.matches(b)", None),
    ('resource.owner !~ "a"', "write !a.matches(b)", None),
    ("list(resource.tags) == []", "leave it out, or write a list as [a, b]", "resource.tags == []"),
    ("context.beta AND context.facts.ready", 'write "&&"', "context.beta && context.facts.ready"),
    ("context.beta OR context.facts.ready", 'write "||"', "context.beta || context.facts.ready"),
    ("NOT context.beta", '"not" is written "!"', "!context.beta"),
    ('resource.owner NOT IN ["a"]', "write !(a in b)", '!(resource.owner in ["a"])'),
]  # fmt: skip
BRACKETS = [
    'context["facts"]["ready"]',
    "context['facts'].ready",
    'context.facts["payment"].status == "interrupted"',
    'context.facts.payment["status"] == "interrupted"',
    'resource.rec["b"]["c"] == 1',
    'resource["rec"].b["c"] == 1',
    'has(resource["rec"]["b"].c)',
    'resource["rec"].?b.c.orValue(2) == 1',
]


def pack(folder: Path, condition: str) -> Path:
    """A pack with one condition."""
    file = folder / "pack.yaml"
    file.write_text(f"{PACK}'{condition.replace(chr(39), chr(39) * 2)}'\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(("condition", "hint", "better"), FOLLOWED)
def test_followed(condition: str, hint: str, better: str | None, tmp_path: Path) -> None:
    """One finding with this hint, and nothing once it is followed."""
    (found,) = find_problems(pack(tmp_path, condition))
    assert found.hint == hint
    follow = better or (hint.removeprefix("write ") if hint.startswith("write holds") else None)
    if follow is not None:
        assert find_problems(pack(tmp_path, follow)) == ()


@pytest.mark.parametrize("condition", BRACKETS)
def test_brackets(condition: str, tmp_path: Path) -> None:
    """A field in brackets is the one after a dot."""
    guard = Guard.load(pack(tmp_path, condition))
    who, now = Principal.member("m", workspace="w", roles=["viewer"]), "2026-01-01T00:00:00Z"
    payment = {"status": "interrupted", "as_of": now}
    met = Context(facts={"ready": True, "payment": payment})
    not_met = Context(facts={"ready": False, "payment": {**payment, "status": "ok"}})
    one, other = ({"rec": {"a": "a", "b": {"c": number}}} for number in (1, 2))
    assert guard.check(who, "agents:read", Resource("agents", "a", "w", one), met).effect == "deny"
    if not condition.startswith("has("):
        assert guard.check(who, "agents:read", Resource("agents", "a", "w", other), not_met).effect == "allow"


def test_what_a_macro_binds_has_fields_of_its_own(tmp_path: Path) -> None:
    """A name that is bound is not the one of every condition, in brackets either."""
    condition = '[{"facts": {"ready": context.beta}}].exists(context, context["facts"]["ready"])'
    assert find_problems(pack(tmp_path, condition)) == ()
