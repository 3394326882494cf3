"""Generated code of ``a + b > most``: where it says no, that is what the evaluator says."""

import ast
from itertools import product
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import Context, Principal
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import outcome
from tests.conditions import condition

QUESTION = RequestedAction("agents.create", "agents:write", "agents", "write", "agents.create")
TYPES = Types(facts=MappingProxyType(dict.fromkeys("abcd", "int") | {"x": "double"}), resource=MappingProxyType({}))
MOST, LEAST = 2**63 - 1, -(2**63)
NUMBERS = (LEAST, -5, 0, 3, MOST)
MEMBER = Principal.member("m", workspace="w", roles=["a"])


def environment(principal: Any, resource: Any, context: Any) -> Environment:
    """What the evaluator reads."""
    return Environment(principal, resource, context, QUESTION, FixedAuthority(), TYPES)


def answers(text: str, facts: dict[str, object]) -> tuple[bool | None, bool | None]:
    """Whether the code says no, None where it leaves the answer to the evaluator; and what the evaluator says."""
    expr = condition(text, TYPES)
    emitter = Emitter("member", QUESTION, TYPES, environment, [expr])
    test = emitter.condition(expr, exact_when=False)
    body: list[ast.stmt] = [ast.If(test, [ast.Return(ast.Constant(None))], []), ast.Return(ast.Constant(False))]
    function = emitter.whole(body, otherwise=ast.Return(ast.Constant(None)))
    context = Context("server", facts=facts)
    return function(MEMBER, None, context), outcome(expr, environment(MEMBER, None, context))


@pytest.mark.parametrize("text", [
    "context.facts.a + context.facts.b > context.facts.d",
    "context.facts.a + context.facts.b + context.facts.c > context.facts.d",
    "context.facts.a + (context.facts.b + context.facts.c) > context.facts.d",
    "context.facts.a + 1 > context.facts.d",
])  # fmt: skip
def test_a_no_is_exact(text: str) -> None:
    """For numbers on either side of nothing, and at both ends of their range, where a part of the sum may lie outside."""
    said = []
    for numbers in product(NUMBERS, repeat=4):
        no, exact = answers(text, dict(zip("abcd", numbers, strict=True)))
        assert no is None or exact is False, numbers
        said.append((no, exact))
    # It says no where it should, and not only there where nothing else is possible.
    assert {(False, False), (None, True), (None, None)} <= set(said)


@pytest.mark.parametrize("text", [
    "context.facts.a + context.facts.b > context.facts.d",
    "context.facts.a + context.facts.b + context.facts.c > context.facts.d",
    "context.facts.a + (context.facts.b + context.facts.c) > context.facts.d",
])  # fmt: skip
def test_what_has_a_value_is_told_without_the_evaluator(text: str) -> None:
    """And what has none, because a part of the sum lies outside of the range, is left to it."""
    expr = condition(text, TYPES)
    emitter = Emitter("member", QUESTION, TYPES, environment, [expr])
    function = emitter.whole([ast.Return(emitter.condition(expr))], otherwise=ast.Return(ast.Constant(None)))
    said = set()
    for numbers in product(NUMBERS, repeat=4):
        context = Context("server", facts=dict(zip("abcd", numbers, strict=True)))
        found = function(MEMBER, None, context)
        assert found is outcome(expr, environment(MEMBER, None, context)), numbers
        said.add(found)
    assert said == {True, False, None}


@pytest.mark.parametrize("other", [True, 1.0, None, "1", {}], ids=repr)
@pytest.mark.parametrize("name", "abd")
def test_what_is_no_number_is_left_to_the_evaluator(name: str, other: object) -> None:
    """True is 1 to Python."""
    facts: dict[str, object] = {"a": 0, "b": 0, "d": 5, name: other}
    assert answers("context.facts.a + context.facts.b > context.facts.d", facts)[0] is None


def test_sums_of_other_numbers_are_exact_either_way() -> None:
    """They may be less than any part of them, and are added as written."""
    text = "context.facts.x + context.facts.x > 1.0"
    assert answers(text, {"x": 0.5}) == (False, False)
    assert answers(text, {"x": 0.6}) == (None, True)


def test_what_generated_code_does_not_read_is_left_to_the_evaluator() -> None:
    """As anywhere else: the evaluator is asked with the whole sum."""
    text = "principal.rank + context.facts.a > context.facts.d"
    assert answers(text, {"a": 1, "d": 1}) == (False, False)
    assert answers(text, {"a": 2, "d": 1}) == (None, True)
