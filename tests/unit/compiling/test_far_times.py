"""Times that are too far apart have no difference, to generated code as to the evaluator."""

import ast
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import Context, Principal, cel
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import outcome
from tests.conditions import condition

QUESTION = RequestedAction("agents.create", "agents:write", "agents", "write", "agents.create")
TYPES = Types(facts=MappingProxyType({"at": "timestamp"}), resource=MappingProxyType({}))
MEMBER = Principal.member("m", workspace="w", roles=["a"])
NOW = datetime(2026, 1, 2, tzinfo=UTC)
MOST = timedelta(microseconds=9_223_372_036_854_775)
"""Of whole microseconds, the most that 64 bits hold in nanoseconds."""
BIT = timedelta(microseconds=1)
APART = {MOST: True, -MOST: True, MOST + BIT: False, -MOST - BIT: False, timedelta(0): True}


def environment(principal: Any, resource: Any, context: Any) -> Environment:
    """What the evaluator reads."""
    return Environment(principal, resource, context, QUESTION, FixedAuthority(), TYPES)


@pytest.mark.parametrize("apart", APART, ids=str)
def test_the_difference_of_two_times_is_in_range(apart: timedelta) -> None:
    """Whichever of the two evaluators works it out."""
    expression = cel.compile("a - b", variables={"a": "timestamp", "b": "timestamp"})
    middle = datetime(2000, 1, 1, tzinfo=UTC)
    given = {"a": middle + apart // 2, "b": middle + apart // 2 - apart}
    assert expression.is_compiled
    for evaluate in (expression.reference, expression.evaluate):
        if APART[apart]:
            assert evaluate(given) == apart
        else:
            with pytest.raises(cel.CelEvaluationError, match="duration out of range"):
                evaluate(given)


@pytest.mark.parametrize("text", [
    "context.now - context.facts.at <= duration('5m')",
    "context.now - context.facts.at >= duration('5m')",
    "!(context.now - context.facts.at >= duration('5m'))",
])  # fmt: skip
@pytest.mark.parametrize(
    "at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC), NOW, NOW - BIT * 10**9]
)
def test_an_age_is_told_where_it_has_a_value(text: str, at: datetime) -> None:
    """And where it has none, it is neither more nor less than any other."""
    expr = condition(text, TYPES)
    emitter = Emitter("member", QUESTION, TYPES, environment, [expr])
    emitter.sure = frozenset({"context.now"})
    function = emitter.whole([ast.Return(emitter.condition(expr))], otherwise=ast.Return(ast.Constant(None)))
    context = Context("server", facts={"at": at}, now=NOW)
    found = function(MEMBER, None, context)
    assert found is outcome(expr, environment(MEMBER, None, context))
    assert (found is None) is (abs(NOW - at) > MOST)


NEAR = "context.now - context.facts.at <= duration('5m') && context.now - context.facts.at >= duration('-5m')"
NOT_NEAR = (
    "context.now - context.facts.at <= duration('5m') && context.now - context.facts.other >= duration('-5m')",
    "context.now - context.facts.at >= duration('-5m') && context.now - context.facts.at <= duration('5m')",
    "context.facts.at - context.now <= duration('5m') && context.facts.at - context.now >= duration('-5m')",
    "context.now - context.facts.at <= duration('5m') && context.now - context.facts.at >= duration('6m')",
    "context.now - context.facts.at <= duration('3000000h') && context.now - context.facts.at >= duration('-5m')",
    "context.now - context.facts.at <= duration('5m') && context.now - context.facts.at >= duration('-3000000h')",
    "context.now - context.facts.at <= context.facts.age && context.now - context.facts.at >= duration('-5m')",
)
"""Two facts, another order, another difference, limits that no age is between, beyond all ages, or known only then."""
TIMES = (
    *(NOW + sign * (timedelta(minutes=5) + more) for sign in (1, -1) for more in (-BIT, timedelta(0), BIT)),
    *(datetime(year, 1, 1, tzinfo=UTC) for year in (1, 1726, 2025, 2027, 2326, 9999)),
)


def asked(text: str, at: datetime, *, exact_when: bool | None) -> tuple[bool | None, bool | None]:
    """What code says of a condition, None where it leaves that to the evaluator; and what the evaluator says."""
    names = {"at": "timestamp", "other": "timestamp", "age": "duration"}
    types = Types(facts=MappingProxyType(names), resource=MappingProxyType({}))
    expr = condition(text, types)

    def read(principal: Any, resource: Any, context: Any) -> Environment:
        return Environment(principal, resource, context, QUESTION, FixedAuthority(), types)

    emitter = Emitter("member", QUESTION, types, read, [expr])
    test = emitter.condition(expr, exact_when=exact_when)
    function = emitter.whole([ast.Return(test)], otherwise=ast.Return(ast.Constant(None)))
    context = Context("server", facts={"at": at, "other": NOW, "age": timedelta(minutes=5)}, now=NOW)
    return function(MEMBER, None, context), outcome(expr, read(MEMBER, None, context))


@pytest.mark.parametrize("at", TIMES, ids=str)
def test_a_fact_is_near_where_the_evaluator_says_so(at: datetime) -> None:
    """Where only a yes has to be exact, nothing else is asked: a time that is too far away is not near."""
    found, exact = asked(NEAR, at, exact_when=True)
    assert found is (exact is True)


@pytest.mark.parametrize("text", NOT_NEAR)
@pytest.mark.parametrize("at", TIMES, ids=str)
def test_what_only_looks_like_it_is_asked_as_it_is_written(text: str, at: datetime) -> None:
    """A yes is exact, and so is that it is none; or the evaluator is asked."""
    found, exact = asked(text, at, exact_when=True)
    assert found is None or found is (exact is True)


@pytest.mark.parametrize("text", [NEAR, *NOT_NEAR])
@pytest.mark.parametrize("at", TIMES, ids=str)
@pytest.mark.parametrize("exact_when", [None, False])
def test_where_a_no_has_to_be_exact_it_is_one(text: str, at: datetime, *, exact_when: bool | None) -> None:
    """A time that is too far away is neither near nor not."""
    found, exact = asked(text, at, exact_when=exact_when)
    assert found is None or found is exact
