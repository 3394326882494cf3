"""Verdicts: generated code that tells of a condition that it is true, false or has no value, or that it does not know."""

import ast
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment, FixedAuthority, Types
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.partial_evaluation import KnownContext, KnownInputs, WorkspaceRelation, simplify
from scopeguard.compiling.program import Rule
from scopeguard.compiling.three_valued import absence, guarded, verdict, verdict_tree
from scopeguard.semantics.gate_kinds import GATE_KINDS
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Failure, Ident, Literal
from scopeguard.syntax.printer import print_expression
from tests.conditions import condition
from tests.expressions import values
from tests.facts import GONE, changed
from tests.seed.world import NOW, healthy
from tests.unit.compiling import test_codegen as small_types
from tests.unit.compiling import test_partial_evaluation as small
from tests.unit.compiling import test_whole_language as whole

_BROKEN = Failure("broken")


def told(function: Callable[..., Any], *request: object) -> object:
    """What a verdict tells, or that it does not know."""
    try:
        return function(*request)
    except Exception:  # noqa: BLE001  # whatever it raises, the evaluator is asked
        return "asked"


def failing(expr: Expr) -> Iterator[Expr]:
    """*expr* in the forms that conditions of gates have: with branches that fail, beside and below others."""
    yield expr
    yield Call(ex.CONDITIONAL, (expr, expr, _BROKEN))
    if isinstance(expr, Call) and len(expr.args) > 1 and expr.target is None:
        first, second = expr.args[:2]
        yield Call(ex.CONDITIONAL, (first, second, _BROKEN))
        yield Call(ex.CONDITIONAL, (first, Call(ex.CONDITIONAL, (second, first, _BROKEN)), _BROKEN))
        yield Call(ex.AND, (second, Call(ex.CONDITIONAL, (first, second, _BROKEN))))
        yield Call(ex.AND, (Call(ex.CONDITIONAL, (first, second, _BROKEN)), second))


def test_a_verdict_is_the_outcome_over_the_whole_language() -> None:
    """Conditions of every form, with values missing and of other types: true, false and no value are as they should be."""
    seen: Counter[object] = Counter()

    def environment(principal: Principal, resource: Resource | None, context: Context) -> Environment:
        return Environment(principal, resource, context, whole.QUESTION, FixedAuthority(), whole.TYPES)

    for seed in range(250):
        random = Random(seed)
        tree = whole.condition(random)
        for expr in () if tree is None else failing(tree):
            emitter = Emitter("member", whole.QUESTION, whole.TYPES, environment, [expr])
            function = verdict(emitter, expr)
            for _ in range(3):
                given_values = whole.frozen(values(random))
                kept = {name: value for name, value in given_values.items() if random.random() < 0.85}
                env = whole.environment(kept)
                found = told(function, env.principal, env.resource, env.context)
                assert found == "asked" or found is outcome(expr, env), print_expression(expr)
                seen[found] += 1
    # What is never told shows nothing.
    assert min(seen[True], seen[False], seen[None]) > 50, seen


@settings(max_examples=150)
@given(small.EXPRESSIONS, small.PRINCIPALS, small.RESOURCES, small.CONTEXTS)
def test_a_verdict_is_the_outcome(expr: Expr, principal: Principal, resource: Resource, context: Context) -> None:
    """The same for small conditions, in which most of what they read is missing."""
    env = small.environment(principal, resource, context)
    for each in failing(expr):
        emitter = Emitter(principal.kind, small.QUESTION, small.TYPES, small.environment, [each])
        found = told(verdict(emitter, each), principal, resource, context)
        assert found == "asked" or found is outcome(each, env)


# Gates: what is missing, stale or null is told by code.

GUARD = Guard.default()
PROGRAM = GUARD._generation.program
WHO = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:write")
GATES: dict[str, Rule] = {
    rule.gate.kind: rule for rule in reversed(PROGRAM.rules) if rule.gate is not None and rule.effect == "deny"
}
"""The first gate of each kind that the shipped pack has."""


def asked_by(rule: Rule) -> str:
    """An operation that a gate speaks of."""
    return next(target.operation for target in rule.targets if target.operation is not None)


def environment_of(rule: Rule) -> str:
    """Where the operation counts on the gate's meter."""
    return "preview" if rule.gate is not None and rule.gate.kind == "fair_use" else "production"


def at(rule: Rule, changes: Mapping[str, object], **more: Any) -> Context:
    """A healthy workspace but for *changes*, in which a gate speaks."""
    given_all: dict[str, Any] = {"now": NOW, "attributes": {"distribution": "phone", "modality": "audio"}, **more}
    return Context("server", environment_of(rule), changed(healthy(), changes), **given_all)


def verdict_of(rule: Rule) -> tuple[Callable[[Context], object], Callable[[Context], bool | None]]:
    """What code and evaluator tell of a gate, by context: code by what the question and the class leave of it."""
    question = PROGRAM.known(asked_by(rule)).question

    def env(principal: Principal, resource: Resource | None, context: Context) -> Environment:
        return Environment(principal, resource, context, question, FixedAuthority(), PROGRAM.types)

    known = KnownInputs(
        env(WHO, None, at(rule, {})), lambda _: FALSE, WorkspaceRelation.NONE, context=KnownContext.CLASS
    )
    left = simplify(rule.condition, known)
    function = verdict(Emitter("api_key", question, PROGRAM.types, env, [left]), left)
    return lambda context: told(function, WHO, None, context), lambda context: outcome(
        rule.condition, env(WHO, None, context)
    )


def facts_of(rule: Rule) -> list[str]:
    """The facts that a healthy workspace has of what a gate reads, by path, and the record itself."""
    gate = rule.gate
    assert gate is not None
    if gate.kind == "provider":
        return [f"providers.{gate.providers[0]}", "providers"]
    record: Any = healthy()
    for name in gate.record.split("."):
        record = record[name]
    return [*(f"{gate.record}.{field}" for field in record if field != "resets_at"), gate.record]


def test_every_kind_of_gate_is_looked_at() -> None:
    """The shipped pack has one of each."""
    assert GATES.keys() == GATE_KINDS.keys()


@pytest.mark.parametrize("kind", GATE_KINDS)
def test_gates_in_a_healthy_workspace_are_false(kind: str) -> None:
    """Without raising, so that what follows is about what is changed."""
    function, evaluator = verdict_of(GATES[kind])
    assert (function(at(GATES[kind], {})), evaluator(at(GATES[kind], {}))) == (False, False)


MISSING = [(kind, path, value) for kind in GATE_KINDS for path in facts_of(GATES[kind]) for value in (GONE, None)]


@pytest.mark.parametrize(("kind", "path", "value"), MISSING, ids=lambda one: "gone" if one is GONE else str(one))
def test_what_is_missing_or_null(kind: str, path: str, value: object) -> None:
    """Each fact alone that a gate reads: it has no value, and where the fact is missing code tells so by itself."""
    rule = GATES[kind]
    function, evaluator = verdict_of(rule)
    context = at(rule, {path: value})
    assert evaluator(context) is None
    found = function(context)
    assert found is None or (found == "asked" and value is None)


STALE: dict[str, dict[str, object]] = {
    "all of another day": {"as_of": NOW - timedelta(1)},
    "all of tomorrow": {"as_of": NOW + timedelta(1)},
    "no time": {"as_of": GONE},
}


@pytest.mark.parametrize("when", STALE)
@pytest.mark.parametrize("kind", GATE_KINDS)
def test_what_is_stale(kind: str, when: str) -> None:
    """Facts that are too old, of the future, or of no time at all: no value, and code tells so by itself."""
    function, evaluator = verdict_of(GATES[kind])
    context = at(GATES[kind], STALE[when])
    assert (evaluator(context), function(context)) == (None, None)


@pytest.mark.parametrize("kind", GATE_KINDS)
def test_a_record_has_a_time_of_its_own(kind: str) -> None:
    """A stale one counts though all else is fresh, and a fresh one though all else is stale."""
    rule = GATES[kind]
    assert rule.gate is not None
    function, evaluator = verdict_of(rule)
    own = f"{rule.gate.record}.as_of"
    stale, fresh = at(rule, {own: NOW - timedelta(1)}), at(rule, {own: NOW, "as_of": NOW - timedelta(1)})
    assert (evaluator(stale), function(stale)) == (None, None)
    assert (evaluator(fresh), function(fresh)) == (False, False)


FLAGS = ("question", "then", "other")
FLAG_TYPES = Types(facts=dict.fromkeys(FLAGS, "bool") | {"level": "int"})


@pytest.mark.parametrize("values", list(itertools.product((True, False, None), repeat=len(FLAGS))))
@pytest.mark.parametrize("level", [1, 3, None])
def test_a_choice_within_a_guard(values: tuple[bool | None, ...], level: int | None) -> None:
    """What is missing in the question of a choice is not taken for a no: the other branch is not looked at."""
    facts = {name: value for name, value in (*zip(FLAGS, values, strict=True), ("level", level)) if value is not None}
    question, then, other = (
        Call(ex.EQUAL, (Ident(f"context.facts.{name}", absolute=True), Literal(True))) for name in FLAGS
    )
    high = Call(ex.GREATER, (Ident("context.facts.level", absolute=True), Literal(2)))
    guard = Call(ex.AND, (Call(ex.CONDITIONAL, (question, then, other)), high))
    expr = Call(ex.CONDITIONAL, (guard, high, _BROKEN))
    context = Context(facts=facts)

    def environment(principal: Principal, resource: Resource | None, context: Context) -> Environment:
        return Environment(principal, resource, context, small.QUESTION, FixedAuthority(), FLAG_TYPES)

    function = verdict(Emitter("api_key", small.QUESTION, FLAG_TYPES, environment, [expr]), expr)
    named = dict(zip(FLAGS, values, strict=True))
    chosen = named["then" if named["question"] else "other"]
    holds = named["question"] is not None and chosen and level == 3
    assert told(function, WHO, None, context) in (True if holds else None, "asked")
    assert outcome(expr, environment(WHO, None, context)) is (True if holds else None)


@pytest.mark.parametrize("kind", GATE_KINDS)
def test_without_a_time_of_the_request_nothing_is_fresh(kind: str) -> None:
    """No check reads a clock."""
    function, evaluator = verdict_of(GATES[kind])
    context = at(GATES[kind], {}, now=None)
    assert (evaluator(context), function(context)) == (None, None)


UNSOUND: dict[str, tuple[object, ...]] = {
    "provider": ("unknown", 1, True, []), "payment": ("ok", 1, [], {"status": "lost"}), "wallet": ("ok", 1, {"status": 1}),
    "entitlement": (1, {"limit": 1}, {"limit": "1", "used": 0, "reserved": 0}, {"limit": 1.0, "used": 0, "reserved": 0}),
    "fair_use": ("", {"limit": True, "used": 0}, {"limit": -1, "used": 0}, {"used": 0}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, row in UNSOUND.items() for value in row], ids=repr)
def test_what_is_no_such_fact_is_never_told_wrongly(kind: str, value: object) -> None:
    """What is of another type or out of bounds has no value: code tells that, or does not know."""
    rule = GATES[kind]
    function, evaluator = verdict_of(rule)
    context = at(rule, {facts_of(rule)[0] if kind == "provider" else facts_of(rule)[-1]: value})
    assert evaluator(context) is None
    assert function(context) in (None, "asked")


def test_a_disjunction_is_left_to_the_evaluator() -> None:
    """Where a value is missing on one side the other may still decide, so that nothing is told."""
    missing, there = small.select("principal", "team"), small.select("principal", "level")
    texts = [Call(ex.EQUAL, (missing, ex.Literal("a"))), Call(ex.EQUAL, (there, ex.Literal(1)))]
    expr = Resolver(small.TYPES.names).resolve(Call(ex.CONDITIONAL, (Call(ex.OR, tuple(texts)), ex.TRUE, _BROKEN)))
    function = verdict(Emitter("member", small.QUESTION, small.TYPES, small.environment, [expr]), expr)
    for level, expected in ((1, True), (2, None)):
        who = Principal("member", "a", "ws_1", attributes={"level": level})
        assert outcome(expr, small.environment(who, None, Context())) is expected
        assert told(function, who, None, Context()) == "asked"


@pytest.mark.parametrize(("given_level", "expected"), [(GONE, None), (1, True), (2, None)], ids=["gone", "one", "two"])
def test_a_conjunction_before_a_failure_is_told(given_level: object, expected: bool | None) -> None:  # drawn
    """A test that is false or has no value comes to the same where its other branch fails."""
    test = Call(ex.AND, (Call(ex.EQUAL, (small.select("principal", "level"), ex.Literal(1))), ex.TRUE))
    expr = Resolver(small.TYPES.names).resolve(Call(ex.CONDITIONAL, (test, ex.TRUE, _BROKEN)))
    function = verdict(Emitter("member", small.QUESTION, small.TYPES, small.environment, [expr]), expr)
    who = Principal("member", "a", "ws_1", attributes={} if given_level is GONE else {"level": given_level})
    assert outcome(expr, small.environment(who, None, Context())) is expected
    assert told(function, who, None, Context()) is expected


# What follows where a value is not there, and what is asked first.

ABSENCES: dict[str, tuple[str, str | None]] = {
    # For the condition as a whole; and what is asked in its place where all else has no value, None for the same.
    "true": ("NEVER", None),
    "has(context.facts.count)": ("NEVER", None),
    "context.facts.count > 1": ("FAILS", "has(context.facts.count) && context.facts.count > 1"),
    "!(context.facts.count > 1)": ("FAILS", "has(context.facts.count) && !(context.facts.count > 1)"),
    "principal.level > 1": ("FAILS", None),
    "size(context.tags) > 1": ("FAILS", None),
    "context.facts.count > size(context.tags)": ("FAILS", "has(context.facts.count) && context.facts.count > size(context.tags)"),
    "has(context.facts.count) && context.facts.count > 1": ("NEVER", None),
    "context.facts.count > 1 && has(context.facts.count)": (
        "UNTRUE", "has(context.facts.count) && context.facts.count > 1 && has(context.facts.count)",
    ),
    "has(context.facts.count) && context.facts.count > 1 && context.facts.word == 'a'": (
        "UNTRUE", "has(context.facts.count) && context.facts.count > 1 && has(context.facts.word) && context.facts.word == 'a'",
    ),
    "context.facts.count > 1 && true": ("UNTRUE", "has(context.facts.count) && context.facts.count > 1 && true"),
    "context.facts.count > 1 && (true || has(context.channel))": (
        "UNTRUE", "has(context.facts.count) && context.facts.count > 1 && (true || has(context.channel))",
    ),
    "context.facts.count > 1 && (context.facts.word == 'a' || true)": (
        "OPEN", "has(context.facts.count) && context.facts.count > 1 && (context.facts.word == 'a' || true)",
    ),
    "true || has(context.channel)": ("NEVER", None),
    "has(context.channel) || context.facts.count > 1": ("OPEN", None),
    "has(context.facts.count) ? context.facts.count > 1 : false": ("NEVER", None),
    "has(context.channel) ? context.facts.count > 1 : true": (
        "FAILS", "has(context.channel) ? (has(context.facts.count) && context.facts.count > 1) : true",
    ),
    "has(context.channel) ? true : context.facts.count > 1": (
        "FAILS", "has(context.channel) ? true : (has(context.facts.count) && context.facts.count > 1)",
    ),
    "context.facts.count > 1 ? context.facts.word == 'a' : false": (
        "FAILS", "context.facts.count > 1 ? (has(context.facts.word) && context.facts.word == 'a') : false",
    ),
    "(context.facts.count > 1 && context.facts.word == 'a') ? true : false": ("OPEN", None),
    "['a'].exists(each, each == 'a')": ("OPEN", None),
    "[1][0] == 1": ("FAILS", None),
    "[1, 2] == [1]": ("NEVER", None),
    "{'a': 1} == {'a': 1}": ("OPEN", None),
    "[context.facts.count > 1 && context.facts.word == 'a'] == [true]": ("OPEN", None),
    "!(context.facts.count > 1 && context.facts.word == 'a')": ("OPEN", None),
    "context.more.?a.orValue('b') == 'b'": ("OPEN", None),
}  # fmt: skip


@pytest.mark.parametrize("text", ABSENCES)
def test_what_a_missing_value_means(text: str) -> None:
    """Nothing, no value, no value or no, or anything; and a fact without which there is no value is asked for first."""
    expr = condition(text, small_types.TYPES)
    said, first = ABSENCES[text]
    assert absence(expr).name == said
    tests, last = guarded(Call(ex.CONDITIONAL, (expr, TRUE, _BROKEN)))
    assert (tests, last) == ([expr if first is None else condition(first, small_types.TYPES)], TRUE)


def test_what_decides_whether_there_is_a_value_is_asked_in_turn() -> None:
    """A branch that fails within another; a condition that is none has no tests before it."""
    one, two = (condition(f"has(context.{name})", small_types.TYPES) for name in ("channel", "now"))
    inner = Call(ex.CONDITIONAL, (two, _BROKEN, TRUE))
    assert guarded(Call(ex.CONDITIONAL, (one, Call(ex.CONDITIONAL, (two, TRUE, _BROKEN)), _BROKEN))) == (
        [one, two],
        TRUE,
    )
    assert guarded(inner) == ([], inner)
    assert guarded(_BROKEN) == ([], _BROKEN)


def test_no_value_of_a_test_is_no_value_where_the_other_branch_fails() -> None:
    """False or none: nothing comes of it either way."""
    test = condition("context.facts.count > 1 && context.facts.word == 'a'", small_types.TYPES)
    assert absence(Call(ex.CONDITIONAL, (test, TRUE, _BROKEN))).name == "FAILS"


def verdict_of_small(expr: Expr) -> Callable[..., object]:
    """What the verdict of a condition tells of a context."""
    function = verdict(Emitter("api_key", small.QUESTION, small_types.TYPES, unasked, [expr]), expr)
    return lambda context: told(function, small_types.KEY, None, context)


def unasked(*_: object) -> Any:
    """Nobody asks the evaluator here."""
    raise AssertionError


def test_a_part_that_is_false_is_told_before_what_may_have_no_value() -> None:
    """And what has none is told where that part is true."""
    channel, now = (condition(f"has(context.{name})", small_types.TYPES) for name in ("channel", "now"))
    tells = verdict_of_small(Call(ex.AND, (channel, Call(ex.CONDITIONAL, (now, TRUE, _BROKEN)))))
    asked = (Context(None), Context(None, now=NOW), Context("server"), Context("server", now=NOW))
    assert [tells(context) for context in asked] == [False, False, None, True]


def test_what_is_false_although_a_value_is_missing_is_not_told_to_have_none() -> None:
    """Another part of it decides."""
    tells = verdict_of_small(condition("context.facts.count > 1 && context.facts.word == 'a'", small_types.TYPES))
    assert tells(Context("server", facts={"word": "b"})) == "asked"
    assert tells(Context("server", facts={"word": "a", "count": 2})) is True
    assert tells(Context("server", facts={"count": 1})) is False
    one = verdict_of_small(condition("context.facts.count > 1", small_types.TYPES))
    assert one(Context("server")) is None


def test_what_is_not_there_is_not_told_to_be_another_text() -> None:
    """Nobody gave a channel: what hangs on its being another one has no value, and code that cannot tell so says nothing."""
    test = condition("context.channel != 'server'", small_types.TYPES)
    expr = Call(ex.CONDITIONAL, (test, TRUE, _BROKEN))
    emitter = Emitter("api_key", small.QUESTION, small_types.TYPES, unasked, [expr])
    of_tree = emitter.whole([ast.Return(verdict_tree(emitter, expr))], otherwise=ast.Return(ast.Constant("left")))
    asked = (Context(None), Context("server"), Context("web"))
    assert [*map(verdict_of_small(expr), asked)] == [None, None, True]
    assert [told(of_tree, small_types.KEY, None, context) for context in asked] == ["left", None, True]
