"""Generated expressions in number: the language of packs means what the reference interpreter of packs says."""

import os
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest

from scopeguard import Context, RequestError, cel
from scopeguard.errors import EvaluationError
from scopeguard.semantics.codegen.expression_compiler import compiled
from scopeguard.semantics.functions.library import library
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.names import Names
from scopeguard.semantics.type_checker import Checker
from scopeguard.semantics.types import parse_type
from scopeguard.syntax.parser import parse_condition
from tests.expressions import TYPES, VARIABLES, text, values
from tests.reference.conditions import evaluate
from tests.reference.records import inward
from tests.reference.translating import exact, translated
from tests.reference.values import NoValue

EXPRESSIONS = int(os.environ.get("SCOPEGUARD_FUZZ_EXPRESSIONS", "5000"))
FIRST_SEED = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "1"))
SHARES = 8
PER_EXPRESSION = 4
NAMES = Names(library(is_strict=True), {name: parse_type(kind) for name, kind in VARIABLES.items()})
"""The language as packs have it, over the variables that expressions are generated for."""


def evaluator(source: str) -> Callable[[Mapping[str, Any]], Any] | None:
    """What the engine makes of an expression in a pack; None where it refuses it."""
    resolver = Resolver(NAMES)
    tree = resolver.resolve(parse_condition(source))
    checker = Checker(source, NAMES)
    checker.check(tree)
    refused = resolver.problems or checker.problems
    return None if refused else compiled(tree, NAMES, checker, Interpreter(tree, NAMES))


def given(random: Random) -> dict[str, Any]:
    """Values that a host may give: those that it may not are refused before any condition is evaluated."""
    kept: dict[str, Any] = {}
    for name, value in values(random).items():
        try:
            kept |= Context(facts={name: value}).facts
        except RequestError:
            continue
    return kept


def by_engine(function: Callable[[Mapping[str, Any]], Any], told: Mapping[str, Any]) -> object:
    """A value of the engine; None where it has none."""
    try:
        return exact(translated(function(told)))
    except EvaluationError:
        return None


def by_reference(source: str, told: Mapping[str, Any]) -> object:
    """A value of the reference interpreter; None where it has none."""
    try:
        return exact(evaluate(parse_condition(source), {name: inward(value) for name, value in told.items()}))
    except NoValue:
        return None


@pytest.mark.fuzz
@pytest.mark.parametrize("share", range(SHARES))
def test_expressions_mean_what_the_reference_says(share: int) -> None:
    """The same value, or none; and where there is one, the language outside of packs has the same."""
    asked = refused = valued = 0
    seed = FIRST_SEED + share
    while asked * SHARES < EXPRESSIONS:
        random = Random(seed)
        source = text(random, random.choice(TYPES), random.randrange(1, 4))
        function = evaluator(source)
        if function is None:
            refused += 1
        else:
            plain = cel.compile(source, VARIABLES)
            for _ in range(PER_EXPRESSION):
                told = given(random)
                asked += 1
                expected = by_reference(source, told)
                found = by_engine(function, told)
                if found != expected:
                    pytest.fail(f"seed {seed}: {source} with {told}: {found}, not {expected}")
                if expected is not None:
                    valued += 1
                    outside = by_engine(plain.evaluate, told)
                    if outside != expected:
                        pytest.fail(f"seed {seed}: {source} with {told}: outside of packs {outside}, not {expected}")
        seed += SHARES
    # Expressions that are refused or have no value would test little.
    assert refused * 2 < asked
    assert valued * 2 > asked
