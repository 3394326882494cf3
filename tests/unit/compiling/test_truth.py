"""What is told of a condition is true, or false, exactly where the condition is, and holds nothing without a value."""

import pytest
from hypothesis import given, settings

from scopeguard import Context, Principal, Resource
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
]  # fmt: skip


@pytest.mark.parametrize(("condition", "told"), TOLD)
def test_how_it_is_told(condition: str, told: str) -> None:
    """Shortest: nothing stands twice, and nothing is asked that something else answers."""
    expr = Resolver(TYPES.names).resolve(parse_condition(condition.replace("LOST", LOST)))
    assert source_text(true_where(failing(expr))) == told
