"""What is told of a condition is true, or false, exactly where the condition is, and holds nothing without a value."""

import pytest
from hypothesis import given, settings

from scopeguard import Context, Principal, Resource
from scopeguard.compiling.environment import Types
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.truth import false_where, true_where
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.source_form import source_text
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Expr, Failure, Ident, Macro, walk
from scopeguard.syntax.parser import parse_condition
from tests.unit.compiling.test_partial_evaluation import (
    CONTEXTS,
    EXPRESSIONS,
    PRINCIPALS,
    RESOURCES,
    TYPES,
    environment,
)

LOST = "principal.level"
"""A name that stands for something without a value."""


def failing(expr: Expr) -> Expr:
    """*expr* with a failure wherever it reads LOST."""
    if isinstance(expr, Ident) and expr.absolute and expr.name == LOST:
        return Failure("lost")
    if isinstance(expr, ex.Call) and expr.function == ex.PRESENT:
        return expr
    return ex.rebuilt(expr, failing)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, PRINCIPALS, RESOURCES, CONTEXTS)
def test_what_is_told_is_true_where_the_condition_is(
    expr: Expr, principal: Principal, resource: Resource, context: Context
) -> None:
    """Whatever has no value in it, in every request."""
    env = environment(principal, resource, context)
    whole = failing(expr)
    for told, wanted in ((true_where(whole), True), (false_where(whole), False)):
        assert (outcome(told, env) is True) == (outcome(whole, env) is wanted), source_text(told)
        if not any(isinstance(node, Macro) and node.kind == "exists_one" for node in walk(whole)):
            assert not any(isinstance(node, Failure) for node in walk(told)), source_text(told)


DECLARED = Types(
    TYPES.principal,
    TYPES.context,
    TYPES.facts,
    {"docs": {"owner": "string", "open": "bool", "tags": "list(string)", "sizes": "map(string, int)"}},
)
TOLD = [
    # What never has a value.
    ("LOST", "false"),
    ("LOST || principal.team == 'a'", 'principal.team == "a"'),
    ("!(LOST && principal.team == 'a')", 'principal.team != "a"'),
    ("!(LOST || principal.team == 'a')", "false"),
    ("resource.open ? LOST : principal.team == 'a'", '!resource.open && principal.team == "a"'),
    ("!(resource.open ? principal.team == 'a' : LOST)", 'resource.open && principal.team != "a"'),
    ("(resource.open ? context.facts.count : LOST) == 2", "resource.open && context.facts.count == 2"),
    ("(resource.open || LOST) == true", "resource.open"),
    ("(resource.open || LOST) != true", "false"),
    ("principal.roles.exists(r, r == 'x' || LOST)", 'principal.roles.exists(r, r == "x")'),
    ("!principal.roles.exists(r, r == 'x' && LOST)", 'principal.roles.all(r, r != "x")'),
    ("!principal.roles.all(r, r == 'x' || LOST)", "principal.roles.exists(r, false)"),
    ("LOST.all(r, r == 'x')", "false"),
    # What the rest of it says already.
    ("has(resource.owner) && resource.owner == 'a'", 'resource.owner == "a"'),
    ("has(resource.owner) && !(has(resource.owner) && resource.open)", "has(resource.owner) && !resource.open"),
    ("resource.open && !(resource.open && principal.team == 'a')", 'resource.open && principal.team != "a"'),
    ("!resource.open && (resource.open || principal.team == 'a')", '!resource.open && principal.team == "a"'),
    ("resource.owner in ['a', 'b'] && resource.owner == 'a'", 'resource.owner == "a"'),
    ("resource.owner in ['a', 'b'] && resource.owner != 'a'", 'resource.owner in ["a", "b"] && resource.owner != "a"'),
    ("!(!resource.open && principal.team != 'a')", 'resource.open || principal.team == "a"'),
    ("!(resource.open && principal.revoked)", "!(resource.open && principal.revoked)"),
    ("resource.open || resource.open && principal.team == 'a'", "resource.open"),
    ("resource.open && resource.open", "resource.open"),
    ("!(context.now >= timestamp('2026-01-01T00:00:00Z'))", 'context.now < timestamp("2026-01-01T00:00:00Z")'),
    ("!(context.facts.ratio >= 1.0)", "!(context.facts.ratio >= 1.0)"),
    # Which resources.
    ("has(resource.id) && resource.id in ['n1']", 'resource.id == "n1"'),
    ("resource.id in ['n1'] || resource.open || resource.id in ['n2', 'n1']", 'resource.id in ["n1", "n2"] || resource.open'),
    ("resource.owner in ['a'] || resource.owner == 'b'", 'resource.owner in ["a", "b"]'),
    ("principal.roles.exists(id, id in ['a'])", '"a" in principal.roles'),
    ("principal.roles.exists(id, id in ['a', 'b'])", 'principal.roles.exists(id, id in ["a", "b"])'),
    # Nothing is in an empty list.
    ("resource.tags.exists(tag, tag in [])", "false"),
    ("!resource.tags.exists(tag, tag in [])", "resource.tags.all(tag, true)"),
    ("resource.tags.all(tag, tag in [])", "resource.tags.all(tag, false)"),
    ("!resource.tags.all(tag, tag in [])", "resource.tags.exists(tag, true)"),
    ("'a' == resource.owner", 'resource.owner == "a"'),
    ("!!resource.open", "resource.open"),
    # Where what has no value stands.
    ("!LOST.all(r, r == 'x' || LOST)", "false"),
    ("LOST.exists_one(r, r == 'x')", "false"),
    ("LOST.map(r, r) == ['x']", "false"),
    ("[LOST] == ['x']", "false"),
    ("(LOST ? 1 : 2) == 1", "false"),
    ("(resource.open ? LOST : LOST) == 1", "false"),
    ("(resource.open ? 1 : LOST) == context.facts.count", "resource.open && context.facts.count == 1"),
    ("(resource.open ? LOST : context.facts.count) == 2", "!resource.open && context.facts.count == 2"),
    ("(resource.open ? (LOST ? 1 : 2) : context.facts.count) == 1", "!resource.open && context.facts.count == 1"),
    ("(resource.open ? (resource.owner == 'a' ? LOST : LOST) : context.facts.count) == 1", "!resource.open && context.facts.count == 1"),
    (
        "(resource.open ? (resource.owner == 'a' || resource.owner == 'b') : LOST) == (principal.team == 'a')",
        'resource.open && (resource.owner == "a" || resource.owner == "b") == (principal.team == "a")',
    ),
    ("(resource.open ? resource.sizes : LOST).a == 1", "resource.open && resource.sizes.a == 1"),
    ("(resource.open ? resource.sizes : LOST)['a'] == 1", 'resource.open && resource.sizes["a"] == 1'),
    ("!(resource.open || LOST) == false", "resource.open"),
    ("(resource.tags.exists(tag, tag == 'a' && LOST)) == false", 'resource.tags.all(tag, tag != "a")'),
    ("resource.tags.exists(tag, tag == 'x' || LOST) == true", 'resource.tags.exists(tag, tag == "x")'),
    ("(resource.open || LOST).all(tag, tag == 'x')", 'resource.open && true.all(tag, tag == "x")'),
    # What is known beforehand.
    ("!(false && resource.open)", "true"),
    # What needs a value, and what may have one without it.
    ("has(resource.tags) && resource.tags.exists(tag, tag == 'a')", 'resource.tags.exists(tag, tag == "a")'),
    ("has(resource.sizes) && resource.sizes.a == 1", "resource.sizes.a == 1"),
    ("has(resource.sizes) && resource.sizes['a'] == 1", 'resource.sizes["a"] == 1'),
    ("has(resource.sizes) && has(resource.sizes.a)", "has(resource.sizes) && has(resource.sizes.a)"),
    ("has(resource.owner) && [resource.owner, 'b'] == ['a', 'b']", '[resource.owner, "b"] == ["a", "b"]'),
    ("has(resource.owner) && {'a': resource.owner} == {'a': 'b'}", '{"a": resource.owner} == {"a": "b"}'),
    ("has(resource.owner) && [?optional.of(resource.owner)] == ['a']", 'has(resource.owner) && [?optional.of(resource.owner)] == ["a"]'),
    ("has(resource.owner) && cel.bind(one, resource.owner, resource.open)", "has(resource.owner) && cel.bind(one, resource.owner, resource.open)"),
    # One list of values is of resources alone.
    ("principal.team == 'a' || principal.team == 'b'", 'principal.team == "a" || principal.team == "b"'),
]  # fmt: skip

LEFT = [
    ("cel.bind(one, LOST, resource.open)", 'cel.bind(one, error("lost"), resource.open)'),
    ("cel.bind(one, resource.open || LOST, one) == true", 'cel.bind(one, resource.open || error("lost"), one) == true'),
    ("[?LOST] == ['x']", '[?error("lost")] == ["x"]'),
    ("{?'a': LOST} == {'a': 'x'}", '{?"a": error("lost")} == {"a": "x"}'),
    ("resource.tags.map(tag, tag == 'x' || LOST) == [true]", 'resource.tags.map(tag, tag == "x" || error("lost")) == [true]'),
    (
        "(resource.open ? (resource.owner == 'a' ? LOST : 2) : 1) == 1",
        '(resource.open ? (resource.owner == "a" ? error("lost") : 2) : 1) == 1',
    ),
    (
        "(resource.open ? (resource.owner == 'a' ? 2 : LOST) : 1) == 1",
        '(resource.open ? (resource.owner == "a" ? 2 : error("lost")) : 1) == 1',
    ),
]  # fmt: skip
"""What is told as it is, for there is no other way: something in it has no value, which may not matter."""


@pytest.mark.parametrize(("condition", "told"), [*TOLD, *LEFT])
def test_how_it_is_told(condition: str, told: str) -> None:
    """Shortest: nothing stands twice, and nothing is asked that something else answers."""
    expr = Resolver(DECLARED.names).resolve(parse_condition(condition.replace("LOST", LOST)))
    assert source_text(true_where(failing(expr))) == told
