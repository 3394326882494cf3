"""Conditions on values: what each operator gives, and what has no value at all."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import Context, Principal, Resource
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import evaluate, outcome
from scopeguard.errors import EvaluationError
from scopeguard.syntax.expression import Expr, Failure
from tests.conditions import condition

NOW = datetime(2026, 1, 2, tzinfo=UTC)
FACTS: Mapping[str, Any] = {
    "n": 3, "x": 1.5, "t": "text", "yes": True, "nothing": None, "list": [1, 2], "names": ["a", "b"], "mixed": [1, "a"],
    "map": {"k": 1, "m": {"deep": True}}, "empty": {}, "when": NOW, "hour": timedelta(hours=1), "bytes": b"ab",
    "most": 2**63 - 1, "least": -(2**63), "huge": 1e308, "far": datetime(9999, 12, 31, tzinfo=UTC),
}  # fmt: skip
ENV = Environment(
    Principal.member("m", workspace="w", roles=["b", "a"]),
    Resource("agents", "a1", "w", {"owner": "m"}),
    Context(channel="server", facts=FACTS, now=NOW),
    RequestedAction("agents.create", "agents:write", "agents", "write", "agents.create"),
    FixedAuthority(7, ("viewer",)),
    Types(
        facts=MappingProxyType(dict.fromkeys([*FACTS, "none"], "dyn") | {"n": "int", "t": "string"}),
        resource=MappingProxyType({"agents": {"owner": "string"}}),
    ),
)


def parsed(text: str) -> Expr:
    """The condition over the names above."""
    return condition(text, ENV.types)


VALUES: list[tuple[str, Any]] = [
    # Names.
    ("principal.kind", "member"),
    ("principal.roles", ("a", "b")),
    ("principal.rank", 7),
    ("principal.assignable_roles", ("viewer",)),
    ("resource.surface + resource.id", "agentsa1"),
    ("resource.owner == principal.id", True),
    ("context.channel", "server"),
    ("action + '/' + permission + '/' + operation", "write/agents:write/agents.create"),
    ("context.facts.map.m.deep", True),
    ("context.facts['n']", 3),
    ("has(context.facts)", True),
    ("has(context.facts.n) && !has(context.facts.none)", True),
    ("has(context.facts.map.k) && !has(context.facts.map.z)", True),
    ("has(resource.id) && !has(principal.revoked)", True),
    # Logic: either side may lack a value where the other decides.
    ("context.facts.none == 1 || true", True),
    ("true || context.facts.none == 1", True),
    ("context.facts.none == 1 && false", False),
    ("false && context.facts.none == 1", False),
    ("context.facts.yes ? 1 : context.facts.none", 1),
    ("!context.facts.yes", False),
    # Equality and order.
    ("1 == 1.0 && 2 != 1.5 && 1u == 1", True),
    ("context.facts.list == [1, 2] && [1] != [1, 2]", True),
    ("context.facts.mixed == [1, 'a']", True),
    ("{'a': 1} == {'a': 1} && {'a': 1} != {'b': 1} && {'a': 1} != {}", True),
    ("context.facts.map == {'k': 1, 'm': {'deep': true}}", True),
    ("{1: 'x', true: 'y'}[1] + {1: 'x', true: 'y'}[true]", "xy"),
    ("{1: 'x'}[1.0]", "x"),
    ("[null] == [null]", True),
    ("1 < 2.5 && 'a' < 'b' && b'a' < b'b' && false < true", True),
    ("context.facts.when - context.facts.hour < context.now", True),
    ("1 <= 1 && 2 >= 2 && 3 > 2 && 2 >= 1.5", True),
    # Membership.
    ("'a' in context.facts.names && !('c' in context.facts.names)", True),
    ("'a' in context.facts.mixed", True),
    ("'k' in context.facts.map && !('z' in context.facts.map)", True),
    ("1 in {1: 'x'} && !(2 in {1: 'x'})", True),
    ("context.facts.n in []", False),
    ("1 in {}", False),
    # Arithmetic.
    ("7 / 2 + 7 % 2 - 1 * 1", 3),
    ("-7 / 2", -3),
    ("-7 % 2", -1),
    ("7 % -2", 1),
    ("1.5 * 2.0 - 1.0 / 2.0", 2.5),
    ("-context.facts.n", -3),
    ("-context.facts.x", -1.5),
    ("'a' + 'b'", "ab"),
    ("[1] + ['a']", [1, "a"]),
    ("b'a' + b'b'", b"ab"),
    ("context.facts.when + context.facts.hour - context.facts.when", timedelta(hours=1)),
    ("context.facts.hour + context.facts.hour", timedelta(hours=2)),
    ("context.facts.hour + context.facts.when == context.facts.when + context.facts.hour", True),
    # Functions.
    ("context.facts.t.startsWith('te') && context.facts.t.endsWith('xt') && context.facts.t.contains('ex')", True),
    ("size('abc') + size([1]) + 'ab'.size() + size(b'abc') + size({'a': 1}) + size({1: 2})", 11),
    ("cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP('11.0.0.1')", True),
    ("cidr('10.0.0.1/8').containsIP('10.9.9.9')", True),
    ("cidr('::/0').containsIP('10.0.0.1')", False),
    # Comprehensions.
    ("context.facts.list.all(x, x > 0) && [].all(x, false)", True),
    ("context.facts.list.exists(x, x == 2) && ![].exists(x, true)", True),
    ("context.facts.mixed.exists(x, x == 1)", True),
    ("context.facts.list.exists_one(x, x > 1)", True),
    ("context.facts.list.filter(x, x > 1)", [2]),
    ("context.facts.list.map(x, x + 1)", [2, 3]),
    ("context.facts.list.map(x, x > 1, x + 1)", [3]),
    ("context.facts.map.exists(k, k == 'm')", True),
    ("{1: 0, 2: 0}.all(k, k > 0)", True),
    ("context.facts.names.map(resource, resource)", ["a", "b"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_values(text: str, expected: object) -> None:
    """Each expression has this value, and exactly this type."""
    found = evaluate(parsed(text), ENV)
    assert found == expected
    assert type(found) is type(expected)


NO_VALUE = [
    # Absent, of another type than declared, or nothing one can select from.
    ("context.facts.none", 'no value for "context.facts.none"'),
    ("resource.size", 'unknown name "resource"'),
    ("context.environment_", 'unknown name "context"'),
    ("context.facts.map.z", "no such key"),
    ("context.facts.n.field", "no such overload"),
    ("has(context.facts.n.field)", "no such overload"),
    ("principal", 'unknown name "principal"'),
    ("unknown", 'unknown name "unknown"'),
    # Comparison across types, and types without an order.
    ("context.facts.n == 'text'", "int cannot be compared with string"),
    ("context.facts.yes == 1", "bool cannot be compared with int"),
    ("null == 1", "null cannot be compared with int"),
    ("[1] == ['a']", "int cannot be compared with string"),
    ("[2, 1] == [1, 'a']", "int cannot be compared with string"),
    ("{'a': 1} == {'a': 'b'}", "int cannot be compared with string"),
    ("[1] < [2]", "no such overload: <(list, list)"),
    ("null <= null", "no such overload: <=(null, null)"),
    ("1 < 'a'", "no such overload: <(int, string)"),
    ("'a' > 1", "no such overload: >(string, int)"),
    # Membership and elements.
    ("'c' in context.facts.mixed", "string cannot be compared with int"),
    ("1 in context.facts.map", "int cannot be compared with string"),
    ("true in {1: 'x'}", "bool cannot be compared with int"),
    ("1 in 'text'", "no such overload: in(int, string)"),
    ("context.facts.list[2]", "index out of range"),
    ("context.facts.list[-1]", "index out of range"),
    ("context.facts.list['0']", "no such overload"),
    ("context.facts.list[true]", "no such overload"),
    ("context.facts.map[1]", "no such key"),
    ("{1: 'x'}[true]", "no such key"),
    ("{1: 'x'}[b'1']", "bytes is not a type of keys"),
    ("{1: 'x', 1: 'y'}", "a map has the same key twice"),
    ("{1: 'x', 1u: 'y'}", "a map has the same key twice"),
    ("{1.5: 'x'}", "double is not a type of keys"),
    # Logic of what is no boolean.
    ("1 && true", "no such overload: int is no bool"),
    ("'a' || false", "no such overload: string is no bool"),
    ("!'a'", "no such overload: !(string)"),
    ("null ? 1 : 2", "no such overload: null is no bool"),
    ("context.facts.none && true", 'no value for "context.facts.none"'),
    # Arithmetic.
    ("context.facts.most + 1", "overflow"),
    ("context.facts.least - 1", "overflow"),
    ("context.facts.most * 2", "overflow"),
    ("context.facts.least / -1", "int overflow"),
    ("-context.facts.least", "int overflow"),
    ("context.facts.huge * 10.0", "not a finite number"),
    ("context.facts.huge + context.facts.huge", "not a finite number"),
    ("1 / 0", "divide by zero"),
    ("1 % 0", "modulus by zero"),
    ("1.0 / 0.0", "not a finite number"),
    ("1 + 1.0", "no such overload: +(int, double)"),
    ("true + true", "no such overload: +(bool, bool)"),
    ("'a' - 'b'", "no such overload: -(string, string)"),
    ("1.5 % 1.0", "no such overload: %(double, double)"),
    ("-'a'", "no such overload: -(string)"),
    ("context.facts.hour - context.facts.when", "no such overload: -(duration, timestamp)"),
    ("context.facts.far + context.facts.hour * 1", "no such overload: *(duration, int)"),
    ("context.facts.far + (context.facts.far - context.facts.when)", "duration out of range"),
    # Functions.
    ("size(1)", "no such overload: size(int)"),
    ("nowhere(1)", "unknown function 'nowhere'"),
    ("'a'.nowhere()", "unknown function 'nowhere'"),
    ("size()", "no such overload: size()"),
    ("context.facts.n.startsWith('a')", "no such overload: startsWith(int, string)"),
    ("'a'.contains(1)", "no such overload: contains(string, int)"),
    ("cidr('10.0.0.1')", "not a cidr"),
    ("cidr(1)", "no such overload: cidr(int)"),
    ("'a'.containsIP('10.0.0.1')", "no such overload: containsIP(string, string)"),
    ("cidr('10.0.0.0/8').containsIP('nowhere')", "not an ip address"),
    # Comprehensions.
    ("context.facts.n.all(x, true)", "no such overload"),
    ("context.facts.list.all(x, x)", "no such overload: int is no bool"),
    ("context.facts.mixed.all(x, x != 2)", "string cannot be compared with int"),
    ("context.facts.mixed.exists_one(x, x == 1)", "string cannot be compared with int"),
]


@pytest.mark.parametrize(("text", "message"), NO_VALUE)
def test_no_value(text: str, message: str) -> None:
    """Each expression has no value, and says why; as a condition it is neither true nor false."""
    tree = parsed(text)
    with pytest.raises(EvaluationError) as caught:
        evaluate(tree, ENV)
    assert message in str(caught.value)
    assert outcome(tree, ENV) is None


def test_a_wrong_type_is_no_value() -> None:
    """A fact of another type than declared cannot be read, though it is there."""
    wrong = Environment(
        ENV.principal, ENV.resource, Context(facts={"n": "3", "t": 1}), ENV.question, ENV.standing, ENV.types
    )
    for text, message in (
        ("context.facts.n", '"context.facts.n" is not of the type int'),
        ("context.facts.t", '"context.facts.t" is not of the type string'),
    ):
        with pytest.raises(EvaluationError, match=message):
            evaluate(parsed(text), wrong)


def test_a_condition_that_is_no_boolean_has_no_outcome() -> None:
    """A value that is neither true nor false settles nothing."""
    assert outcome(parsed("1"), ENV) is None
    assert outcome(parsed("context.facts.yes"), ENV) is True
    assert outcome(parsed("!context.facts.yes"), ENV) is False


def test_failures_fail() -> None:
    """What simplification found to have no value has none."""
    with pytest.raises(EvaluationError, match="gone"):
        evaluate(Failure("gone"), ENV)


def test_the_cost_of_an_evaluation_is_bounded() -> None:
    """Loops within loops stop at a bound instead of holding up the caller, and the condition then has no value."""
    many = ", ".join(["0"] * 60)
    text = f"[{many}].all(a, [{many}].all(b, [{many}].all(c, a + b + c == 0)))"
    with pytest.raises(EvaluationError, match="costs more than"):
        evaluate(parsed(text), ENV)


@pytest.mark.parametrize("body", ["big == big", "0 in big", "big != big", "size(big + big) == 0"])
def test_going_through_a_list_costs_its_length(body: str) -> None:
    """A comparison of long lists within a loop is bounded as the same loops written out are."""
    env = Environment(
        ENV.principal, ENV.resource, Context(facts={"big": [1] * 3000}), ENV.question, ENV.standing, ENV.types
    )
    body = body.replace("big", "context.facts.big")
    with pytest.raises(EvaluationError, match="costs more than"):
        evaluate(parsed(f"context.facts.big.map(x, {body}).all(y, y)"), env)


def test_a_list_of_names_is_a_list() -> None:
    """``in`` on the roles of a principal reads a list, sorted."""
    assert evaluate(parsed("'a' in principal.roles"), ENV) is True
