"""Partial evaluation and generated code over the whole language: conditions of every form, on values of every kind."""

import ast
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from scopeguard import Context, Principal, RequestError, Resource
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.partial_evaluation import KnownContext, KnownInputs, WorkspaceRelation, simplify
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.names import Names
from scopeguard.semantics.source_form import unresolve
from scopeguard.semantics.type_checker import Checker
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, Expr, Ident, Literal
from scopeguard.syntax.parser import parse_condition
from scopeguard.syntax.printer import print_expression
from tests.expressions import VARIABLES, text, values

ROOTS = ("principal", "resource", "context.facts")
PLACES = {name: ROOTS[number % 3] for number, name in enumerate(VARIABLES)}
DECLARED = {root: {name: kind for name, kind in VARIABLES.items() if PLACES[name] == root} for root in ROOTS}
TYPES = Types(DECLARED["principal"], {}, DECLARED["context.facts"], {"docs": DECLARED["resource"]})
QUESTION = RequestedAction("docs:read", "docs:read", "docs", "read", "")
KNOWN = TYPES.names.variables or {}
PLAIN = Names(TYPES.names.library, {**KNOWN, **{name: KNOWN[f"{root}.{name}"] for name, root in PLACES.items()}})


def placed(expr: Expr) -> Expr:
    """An expression over plain names, with each of them below its root."""
    if isinstance(expr, Ident) and expr.absolute and expr.name in PLACES:
        return Ident(f"{PLACES[expr.name]}.{expr.name}", absolute=True, span=expr.span)
    return ex.rebuilt(expr, placed)


def condition(random: Random) -> Expr | None:
    """A boolean condition that a pack could hold; None where the checker refuses what was made."""
    source = text(random, "bool", random.randrange(1, 4))
    resolver = Resolver(PLAIN)
    tree = resolver.resolve(parse_condition(source))
    checker = Checker(source, PLAIN)
    kind = str(checker.check(tree))
    return placed(tree) if kind in ("bool", "dyn") and not checker.problems and not resolver.problems else None


def frozen(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a request takes."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        try:
            kept |= Context(facts={name: value}).facts
        except RequestError:
            continue
    return kept


def environment(given: Mapping[str, Any]) -> Environment:
    """A request with *given* where each belongs."""
    by_root = {root: {name: value for name, value in given.items() if PLACES[name] == root} for root in ROOTS}
    return Environment(
        Principal("member", "p", "w", attributes=by_root["principal"]),
        Resource("docs", "d", "w", by_root["resource"]),
        Context(facts=by_root["context.facts"]),
        QUESTION,
        FixedAuthority(),
        TYPES,
    )


@pytest.mark.parametrize("share", range(4))
def test_residuals_and_generated_code_mean_what_the_whole_means(share: int) -> None:
    """What is left of a condition by class, or by principal and context, has its outcome; code has it or gives up."""
    made = taken = settled = folded = 0
    for seed in range(share, 1600, 4):
        random = Random(seed)
        tree = condition(random)
        if tree is None:
            continue
        made += 1
        for _ in range(3):
            env = environment(frozen(values(random)))
            expected = outcome(tree, env)
            settled += expected is not None
            by_class = simplify(tree, KnownInputs(env, lambda _: FALSE))
            known = simplify(
                tree,
                KnownInputs(env, lambda _: FALSE, WorkspaceRelation.OWN, principal=True, context=KnownContext.WHOLE),
            )
            assert (outcome(by_class, env), outcome(known, env)) == (expected, expected), print_expression(
                unresolve(tree)
            )
            folded += known != by_class
            emitter = Emitter("member", QUESTION, TYPES, lambda *_, env=env: env, [tree])
            code = emitter.whole([ast.Return(emitter.condition(tree))], otherwise=ast.Return(ast.Constant("asked")))
            answer = code(env.principal, env.resource, env.context)
            assert answer == "asked" or answer is expected, print_expression(unresolve(tree))
            taken += answer != "asked"
    # Conditions that are refused, have no outcome or are left to the evaluator would test little.
    assert made > 200
    assert settled > made
    assert taken > made
    assert folded > made // 2


def test_what_is_left_can_be_read() -> None:
    """A residual prints as a condition that parses to it again, but for parts that have no value."""
    for seed in range(400):
        random = Random(seed)
        tree = condition(random)
        if tree is None:
            continue
        env = environment(frozen(values(random)))
        left = simplify(
            tree, KnownInputs(env, lambda _: FALSE, WorkspaceRelation.OWN, principal=True, context=KnownContext.WHOLE)
        )
        if any(isinstance(node, ex.Failure | ex.ListExpr | Literal) for node in ex.walk(left)):
            continue
        assert Resolver(TYPES.names).resolve(parse_condition(print_expression(unresolve(left)))) == left
