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

    def environment(principal: Any, resource: Any, context: Any) -> Environment:
        return Environment(principal, resource, context, QUESTION, FixedAuthority(), TYPES)

    expr = condition(text, TYPES)
    emitter = Emitter("member", QUESTION, TYPES, environment, [expr])
    emitter.sure = frozenset({"context.now"})
    function = emitter.whole([ast.Return(emitter.condition(expr))], otherwise=ast.Return(ast.Constant(None)))
    context = Context("server", facts={"at": at}, now=NOW)
    found = function(MEMBER, None, context)
    assert found is outcome(expr, environment(MEMBER, None, context))
    assert (found is None) is (abs(NOW - at) > MOST)
