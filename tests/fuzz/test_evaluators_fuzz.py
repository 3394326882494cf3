"""Generated expressions in number: the compiled function and the reference evaluator never differ."""

import math
import os
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from scopeguard import cel
from scopeguard.errors import EvaluationError
from scopeguard.semantics.values import kind_of
from tests.expressions import TYPES, VARIABLES, text, values

EXPRESSIONS = int(os.environ.get("SCOPEGUARD_FUZZ_EXPRESSIONS", "5000"))
FIRST_SEED = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "1"))
SHARES = 8
PER_EXPRESSION = 4


def outcome(evaluate: Any, given: Mapping[str, Any]) -> object:
    """The value as text that tells types and NaN apart, or the error."""
    try:
        return shown(evaluate(given))
    except EvaluationError as error:
        return ("error", type(error).__name__, str(error))


def shown(value: Any) -> object:
    """A value with the kinds of all its parts."""
    try:
        kind = kind_of(value)
    except EvaluationError:
        return ("alien", id(value))
    if kind == "double":
        return (kind, "NaN" if math.isnan(value) else repr(value))
    if kind == "list":
        return (kind, [shown(item) for item in value])
    if kind == "map":
        return (kind, [(shown(key), shown(item)) for key, item in value.items()])
    if kind == "optional":
        return (kind, value.has_value, shown(value.value))
    return (kind, repr(value))


@pytest.mark.fuzz
@pytest.mark.parametrize("share", range(SHARES))
def test_both_evaluators_agree(share: int) -> None:
    """Value and error are the same, for values that fit the declared types and for values that do not."""
    asked = refused = fast = 0
    seed = FIRST_SEED + share
    while asked * SHARES < EXPRESSIONS:
        random = Random(seed)
        source = text(random, random.choice(TYPES), random.randrange(1, 4))
        check = random.random() < 0.8
        declared = VARIABLES if random.random() < 0.9 else None
        try:
            expression = cel.compile(source, variables=declared, check=check)
        except (cel.CelTypeError, cel.CelSyntaxError):
            refused += 1
        else:
            fast += expression.is_compiled
            for _ in range(PER_EXPRESSION):
                given = values(random)
                asked += 1
                expected = outcome(expression.reference, given)
                found = outcome(expression.evaluate, given)
                if found != expected:
                    pytest.fail(f"seed {seed}: {source} with {given}: {found}, not {expected}")
        seed += SHARES
    # Expressions that are refused, or that the compiler leaves alone, would test nothing.
    assert refused * 2 < asked
    assert fast * PER_EXPRESSION * 10 > asked * 8
