"""Partial evaluation by the class of a context and by a resource of another workspace: what is left means the same."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Context, Principal, Resource
from scopeguard.compiling.environment import Environment, FixedAuthority, Types
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.partial_evaluation import KnownContext, KnownInputs, WorkspaceRelation, simplify
from scopeguard.model.request import class_of
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Failure, Ident, Literal
from scopeguard.syntax.parser import parse_condition
from tests.expressions import values
from tests.unit.compiling import test_whole_language as whole
from tests.unit.compiling.test_partial_evaluation import (
    CONTEXTS,
    EXPRESSIONS,
    NOW,
    PRINCIPALS,
    RESOURCES,
    TYPES,
    blank,
    environment,
    never,
)

BOUND = PRINCIPALS.filter(lambda one: one.workspace is not None)
"""Those that act within one workspace: of others nobody asks whether a resource is of another one."""
CLASSES = st.builds(
    lambda context, environment, ip: replaced(context, environment=environment, attributes={"ip": ip} if ip else {}),
    CONTEXTS,
    st.sampled_from(["production", "test", "a"]),
    st.sampled_from([None, "a", "b", 7]),
)


def replaced(context: Context, **changes: Any) -> Context:
    """A context like *context* but for *changes*."""
    parts = {name: getattr(context, name) for name in ("channel", "environment", "facts", "now", "attributes")}
    return Context(**{**parts, **changes})


def blank_context(context: Context) -> Context:
    """Another context of the same class: nothing else of it may be read while simplifying."""
    other = Context(
        context.channel,
        context.environment,
        attributes={name: value if isinstance(value, bool) else "" for name, value in context.attributes.items()},
    )
    assert other.group == class_of(context.group)
    return other


def by_class(principal: Principal, context: Context, about: WorkspaceRelation) -> KnownInputs:
    """What is known of a request by its classes."""
    env = environment(blank(principal), None, blank_context(context))
    return KnownInputs(env, never, about, context=KnownContext.CLASS)


def elsewhere(principal: Principal, resource: Resource) -> Resource:
    """The resource in a workspace that is not the principal's own."""
    return replace_workspace(resource, "ws_2" if principal.workspace != "ws_2" else "ws_1")


def replace_workspace(resource: Resource, workspace: str | None) -> Resource:
    """The resource in another workspace."""
    return Resource(resource.surface, resource.id, workspace, resource.attributes)


@settings(max_examples=300)
@given(EXPRESSIONS, PRINCIPALS, RESOURCES, CLASSES)
def test_a_residual_by_the_class_of_a_context(
    expr: Expr, principal: Principal, resource: Resource, context: Context
) -> None:
    """Whatever completes the class, and whatever the resource, the outcome is that of the whole."""
    env = environment(principal, resource, context)
    assert outcome(simplify(expr, by_class(principal, context, WorkspaceRelation.ANY)), env) == outcome(expr, env)


@settings(max_examples=300)
@given(EXPRESSIONS, BOUND, RESOURCES, CLASSES)
def test_a_residual_for_another_workspace(
    expr: Expr, principal: Principal, resource: Resource, context: Context
) -> None:
    """The same for resources of a workspace that is not the principal's."""
    env = environment(principal, elsewhere(principal, resource), context)
    assert outcome(simplify(expr, by_class(principal, context, WorkspaceRelation.OTHER)), env) == outcome(expr, env)


@settings(max_examples=200)
@given(EXPRESSIONS, PRINCIPALS, RESOURCES, CLASSES, st.sampled_from([WorkspaceRelation.OWN, WorkspaceRelation.NONE]))
def test_a_residual_for_the_own_workspace(
    expr: Expr, principal: Principal, resource: Resource, context: Context, about: WorkspaceRelation
) -> None:
    """The same for resources of the own workspace, and for none."""
    own = None if about is WorkspaceRelation.NONE else replace_workspace(resource, principal.workspace)
    env = environment(principal, own, context)
    assert outcome(simplify(expr, by_class(principal, context, about)), env) == outcome(expr, env)


@settings(max_examples=200)
@given(EXPRESSIONS, BOUND, RESOURCES, CLASSES)
def test_step_by_step_is_at_once(expr: Expr, principal: Principal, resource: Resource, context: Context) -> None:
    """First by the principal's class alone, then by that of the context and by the resource: the same outcome."""
    env = environment(principal, elsewhere(principal, resource), context)
    first = simplify(expr, KnownInputs(environment(blank(principal), None, Context()), never))
    assert outcome(simplify(first, by_class(principal, context, WorkspaceRelation.OTHER)), env) == outcome(expr, env)


def test_the_whole_language_by_class() -> None:
    """Conditions of every form, with values of every kind where the class tells that there are any."""
    made = folded = 0
    types = Types(whole.TYPES.principal, whole.TYPES.principal, whole.TYPES.facts, whole.TYPES.resource)
    for seed in range(400):
        random = Random(seed)
        tree = whole.condition(random)
        if tree is None:
            continue
        # What stands below the principal stands below the context here, where values are what is not known.
        moved = below_context(tree)
        made += 1
        given_values = whole.frozen(values(random))
        attributes = {name: value for name, value in given_values.items() if whole.PLACES[name] == "principal"}
        base = whole.environment(given_values)
        context = replaced(base.context, attributes=attributes)
        who = Principal("member", "p", "w")
        env = Environment(
            who,
            Resource("docs", "d", "x", dict(base.resource.attributes) if base.resource else None),
            context,
            whole.QUESTION,
            FixedAuthority(),
            types,
        )
        known = KnownInputs(
            Environment(blank(who), None, blank_context(context), whole.QUESTION, FixedAuthority(), types),
            never, WorkspaceRelation.OTHER, context=KnownContext.CLASS,
        )  # fmt: skip
        left = simplify(moved, known)
        assert outcome(left, env) == outcome(moved, env)
        folded += left != moved
    assert made > 50
    assert folded > 5


def below_context(expr: Expr) -> Expr:
    """An expression in which the principal's attributes are those of the context."""
    if isinstance(expr, Ident) and expr.absolute and expr.name.startswith("principal."):
        return Ident(expr.name.replace("principal.", "context."), absolute=True, span=expr.span)
    return ex.rebuilt(expr, below_context)


WHO = Principal.member("a", workspace="ws_1", roles=["viewer"])
SERVER = Context("server", "test", attributes={"ip": "a"})

LEFT: list[tuple[str, WorkspaceRelation, str | bool | None]] = [
    # What a class tells.
    ("context.channel == 'server'", WorkspaceRelation.ANY, True), ("context.environment in ['preview']", WorkspaceRelation.ANY, False),
    ("has(context.ip)", WorkspaceRelation.ANY, True), ("has(context.channel)", WorkspaceRelation.ANY, True), ("has(context.now)", WorkspaceRelation.ANY, "has(context.now)"),
    ("context.ip == 'a'", WorkspaceRelation.ANY, "context.ip == 'a'"), ("context.facts.count == 1", WorkspaceRelation.ANY, "context.facts.count == 1"),
    ("has(context.facts.count)", WorkspaceRelation.ANY, "has(context.facts.count)"),
    ("context.channel == 'browser' || context.ip == 'a'", WorkspaceRelation.ANY, "context.ip == 'a'"),
    # What another workspace tells.
    ("principal.workspace == resource.workspace", WorkspaceRelation.OTHER, False), ("resource.workspace == principal.workspace", WorkspaceRelation.OTHER, False),
    ("principal.workspace != resource.workspace", WorkspaceRelation.OTHER, "principal.workspace != resource.workspace"),
    ("has(resource.workspace)", WorkspaceRelation.OTHER, True), ("has(resource.id)", WorkspaceRelation.OTHER, "has(resource.id)"),
    ("resource.workspace == 'ws_1'", WorkspaceRelation.OTHER, "resource.workspace == 'ws_1'"),
    ("has(resource.workspace)", WorkspaceRelation.ANY, "has(resource.workspace)"),
    ("principal.workspace == resource.workspace", WorkspaceRelation.ANY, "principal.workspace == resource.workspace"),
    # What the own one tells.
    ("principal.workspace == resource.workspace", WorkspaceRelation.OWN, True), ("principal.workspace == resource.workspace", WorkspaceRelation.NONE, True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "about", "expected"), LEFT)
def test_what_is_left(text: str, about: WorkspaceRelation, expected: str | bool) -> None:  # a row of the table
    """What folds, and what must not: a class tells nothing of values, another workspace not which one it is."""

    def read(source: str) -> Expr:
        return Resolver(TYPES.names).resolve(parse_condition(source))

    left = simplify(read(text), by_class(WHO, SERVER, about))
    assert left == ((TRUE if expected else FALSE) if isinstance(expected, bool) else read(expected))


def test_what_no_context_of_the_class_has() -> None:
    """Without a channel and without the attribute, what asks for them is settled: absent, or without a value."""
    known = by_class(WHO, Context(facts={"count": 1}, now=NOW), WorkspaceRelation.OTHER)
    for name in ("context.channel", "context.ip"):
        variable = Ident(name, absolute=True)
        assert simplify(Call(ex.PRESENT, (variable,)), known) == FALSE
        assert isinstance(simplify(Call(ex.EQUAL, (variable, Literal("a"))), known), Failure)
