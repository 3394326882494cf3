"""The partial evaluator and the generated code mean what the evaluator means, errors included."""

import ast
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from scopeguard import Context, Principal, Resource
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.partial_evaluation import KnownContext, KnownInputs, WorkspaceRelation, simplify
from scopeguard.model.principal import representative
from scopeguard.model.structs import replaced
from scopeguard.semantics.codegen.ast_nodes import refuse_open_names
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Failure, Ident, ListExpr, Literal, Macro, Select

QUESTION = RequestedAction("docs:read", "docs:read", "docs", "read", "")
TYPES = Types(
    principal={"team": "string", "level": "int"},
    context={"ip": "string"},
    facts={"count": "int", "ratio": "double"},
    resource={"docs": {"owner": "string", "open": "bool"}},
)
STANDING = FixedAuthority(7, ("viewer",))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def select(root: str, name: str, *, test: bool = False) -> Select:
    """``root.name``, or with *test* ``has(root.name)``."""
    return Select(Ident(root), name, test=test)


TEXTS = st.sampled_from(["api_key", "member", "a", "b", "ws_1", "server", "read"]).map(Literal)
NUMBERS = st.sampled_from([0, 1, 2, 7, -1]).map(Literal)
NAMES = st.sampled_from([
    select("principal", "kind"), select("principal", "id"), select("principal", "workspace"),
    select("principal", "team"), select("principal", "level"), select("principal", "rank"),
    select("principal", "roles"), select("principal", "assignable_roles"), select("principal", "revoked"),
    select("resource", "surface"), select("resource", "id"), select("resource", "workspace"),
    select("resource", "owner"), select("resource", "open"), select("context", "channel"),
    select("context", "environment"), select("context", "now"), select("context", "ip"),
    Select(select("context", "facts"), "count"), Select(select("context", "facts"), "ratio"), Ident("action"),
])  # fmt: skip
PRESENCES = NAMES.map(lambda name: replace(name, test=True) if isinstance(name, Select) else TRUE)
SIMPLE: st.SearchStrategy[Expr] = st.one_of(
    NAMES, TEXTS, NUMBERS, st.sampled_from([TRUE, FALSE, Literal(1.5), Literal(None)])
)
OPERATORS = [ex.EQUAL, ex.NOT_EQUAL, ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL, ex.ADD]


def wider(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Expressions one level above *inner*."""
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.builds(Call, st.sampled_from(OPERATORS), pairs),
        st.builds(Call, st.sampled_from([ex.AND, ex.OR]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Call, st.just(ex.NOT), inner.map(lambda one: (one,))),
        st.builds(Call, st.just(ex.CONDITIONAL), st.tuples(inner, inner, inner)),
        st.builds(
            Call, st.just(ex.IN), st.tuples(inner, st.lists(TEXTS, max_size=3).map(lambda i: ListExpr(tuple(i))))
        ),
        st.builds(Call, st.sampled_from(["startsWith", "endsWith", "contains"]), TEXTS.map(lambda t: (t,)), inner),
        st.builds(
            Macro,
            st.sampled_from(["all", "exists", "exists_one"]),
            st.sampled_from([select("principal", "roles"), select("principal", "assignable_roles")]),
            st.just(("role",)),
            inner.map(lambda body: (Call(ex.OR, (Call(ex.EQUAL, (Ident("role"), Literal("viewer"))), body)),)),
        ),
    )


EXPRESSIONS = st.recursive(st.one_of(SIMPLE, PRESENCES), wider, max_leaves=12).map(Resolver(TYPES.names).resolve)

ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={"team": st.sampled_from(["a", 3]), "level": st.sampled_from([1, True, "x"]), "revoked": st.just(True)},
)
PRINCIPALS = st.one_of(
    st.builds(
        lambda attributes, roles: Principal("member", "a", "ws_1", roles=frozenset(roles), attributes=attributes),
        ATTRIBUTES,
        st.sets(st.sampled_from(["viewer", "owner"])),
    ),
    st.builds(lambda attributes: Principal("api_key", "b", "ws_1", attributes=attributes), ATTRIBUTES),
    st.builds(lambda attributes: Principal("system", "b", None, attributes=attributes), ATTRIBUTES),
)
RESOURCES = st.builds(
    Resource,
    st.just("docs"),
    st.sampled_from([None, "a"]),
    st.sampled_from([None, "ws_1", "ws_2"]),
    st.fixed_dictionaries({}, optional={"owner": st.sampled_from(["a", 1, None]), "open": st.booleans()}),
)
CONTEXTS = st.builds(
    Context,
    channel=st.sampled_from([None, "server", "a"]),
    facts=st.fixed_dictionaries({}, optional={"count": st.sampled_from([0, 2, True]), "ratio": st.just(1.0)}),
    now=st.sampled_from([None, NOW]),
    attributes=st.fixed_dictionaries({}, optional={"ip": st.just("a")}),
)


def never(permission: str) -> Expr:
    """Holds nothing."""
    return FALSE


def environment(principal: Principal, resource: Resource | None, context: Context) -> Environment:
    """The environment of one request."""
    return Environment(principal, resource, context, QUESTION, STANDING, TYPES)


def blank(principal: Principal) -> Principal:
    """Another principal of the same class: nothing else of it may be read while simplifying."""
    return representative(principal.shape, principal.scopes, principal.roles)


def generated(expr: Expr, kind: str, *, exact_when: bool | None) -> Any:
    """*expr* as a generated function that answers ``"asked"`` where it gives up."""
    emitter = Emitter(kind, QUESTION, TYPES, environment, [expr])
    answer = ast.Return(emitter.condition(expr, exact_when=exact_when))
    return emitter.whole([answer], otherwise=ast.Return(ast.Constant("asked")))


@settings(max_examples=400)
@given(EXPRESSIONS, PRINCIPALS, RESOURCES, CONTEXTS)
def test_a_residual_has_the_value_of_the_whole(
    expr: Expr, principal: Principal, resource: Resource, context: Context
) -> None:
    """Simplifying by the class changes no outcome, whatever completes it."""
    known = KnownInputs(environment(blank(principal), None, Context()), never)
    env = environment(principal, resource, context)

    assert outcome(expr, env) == outcome(simplify(expr, known), env)


@settings(max_examples=400)
@given(EXPRESSIONS, PRINCIPALS, CONTEXTS)
def test_a_residual_without_a_resource_has_the_value_of_the_whole(
    expr: Expr, principal: Principal, context: Context
) -> None:
    """The same where the question names no resource."""
    known = KnownInputs(environment(blank(principal), None, Context()), never, WorkspaceRelation.NONE)
    env = environment(principal, None, context)

    assert outcome(expr, env) == outcome(simplify(expr, known), env)


@settings(max_examples=400)
@given(EXPRESSIONS, PRINCIPALS, RESOURCES, CONTEXTS)
def test_a_residual_by_the_whole_of_a_request_has_its_value(
    expr: Expr, principal: Principal, resource: Resource, context: Context
) -> None:
    """The same where the principal and the context are known, for resources of the own workspace."""
    about = replaced(resource, workspace=principal.workspace)
    known = KnownInputs(
        environment(principal, None, context), never, WorkspaceRelation.OWN, principal=True, context=KnownContext.WHOLE
    )
    env = environment(principal, about, context)

    assert outcome(expr, env) == outcome(simplify(expr, known), env)


@pytest.mark.parametrize("workspace", ["ws_1", "ws_2"])
@pytest.mark.parametrize(
    "principal", [Principal.member("a", workspace="ws_1"), Principal.system("a"), Principal.anonymous()], ids=repr
)
def test_a_residual_by_a_workspace_has_it_put_in(principal: Principal, workspace: str) -> None:
    """Where a workspace is given it is that of the resource, be it another one, or the principal without any."""
    known = KnownInputs(
        environment(principal, Resource("docs", workspace=workspace), Context()),
        never,
        WorkspaceRelation.GIVEN,
        principal=True,
        context=KnownContext.WHOLE,
    )
    given_one, own = Ident("resource.workspace", absolute=True), Ident("principal.workspace", absolute=True)

    assert simplify(Call(ex.EQUAL, (given_one, Literal(workspace))), known) == TRUE
    assert simplify(Call(ex.PRESENT, (given_one,)), known) == TRUE
    alike = simplify(Call(ex.EQUAL, (own, given_one)), known)
    assert (alike == TRUE) is (principal.workspace == workspace)
    assert alike != Call(ex.EQUAL, (own, given_one))
    assert simplify(Ident("resource.id", absolute=True), known) == Ident("resource.id", absolute=True)


@settings(max_examples=400)
@given(EXPRESSIONS, PRINCIPALS, RESOURCES, CONTEXTS)
def test_generated_code_is_exact_or_gives_up(
    expr: Expr, principal: Principal, resource: Resource, context: Context
) -> None:
    """What a generated function returns is the outcome; where there is none it gives up."""
    answer = generated(expr, principal.kind, exact_when=None)(principal, resource, context)

    expected = outcome(expr, environment(principal, resource, context))
    assert answer == "asked" or answer is expected


@settings(max_examples=400)
@given(EXPRESSIONS, PRINCIPALS, RESOURCES, CONTEXTS, st.booleans())
def test_half_exact_code_is_exact_on_its_half(
    expr: Expr,
    principal: Principal,
    resource: Resource,
    context: Context,
    half: bool,  # drawn, not passed
) -> None:
    """With ``exact_when`` the function may be wrong, but never where it gives that answer."""
    answer = generated(expr, principal.kind, exact_when=half)(principal, resource, context)

    if answer is half:
        assert outcome(expr, environment(principal, resource, context)) is half


def test_generated_code_is_really_taken() -> None:
    """The common comparisons are generated, not handed to the evaluator."""
    expr = Resolver(TYPES.names).resolve(Call(ex.AND, (
        Call(ex.EQUAL, (select("principal", "workspace"), select("resource", "workspace"))),
        Call(ex.IN, (select("context", "channel"), ListExpr((Literal("server"),)))),
        Call(ex.NOT, (select("principal", "revoked", test=True),)),
    )))  # fmt: skip
    emitter = Emitter("api_key", QUESTION, TYPES, environment, [expr])
    emitter.condition(expr)

    assert [type(value) for value in emitter.constants.values()] == [frozenset]


def test_failures_are_absorbed_from_either_side() -> None:
    """``false && error`` is false and ``error || true`` is true, also while simplifying."""
    known = KnownInputs(environment(Principal("system", "a"), None, Context()), never)
    failure = Failure("broken")

    assert simplify(Call(ex.AND, (failure, FALSE)), known) == FALSE
    assert simplify(Call(ex.OR, (failure, TRUE)), known) == TRUE
    assert simplify(Call(ex.AND, (failure, TRUE)), known) == failure


def test_open_names_are_refused() -> None:
    """A name or attribute beyond the closed table stops code generation."""
    for text in ("principal.__class__", "open", "resource.id.__init__"):
        with pytest.raises(AssertionError, match="generated code"):
            refuse_open_names(ast.parse(text), frozenset({"principal", "resource", "context"}))
