"""Functions of numbers, beyond what the conformance suite shows: edges, errors and bounds."""

import math

import pytest

from scopeguard import cel
from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("math.round(0.49999999999999994)", 0.0),
    ("math.round(2.5)", 3.0),
    ("math.round(-2.5)", -3.0),
    ("math.round(4503599627370497.0)", 4503599627370497.0),
    ("math.ceil(1.2)", 2.0),
    ("math.trunc(-1.9)", -1.0),
    ("math.sqrt(16)", 4.0),
    ("math.greatest([1, 2, 3])", 3),
    ("math.least(3, 1.5, 2u)", 1.5),
    ("math.greatest(1, 1.0)", 1),
    ("math.greatest(9007199254740992.0, 9007199254740993)", 2.0**53),
    ("math.least(18446744073709551616.0, 18446744073709551615u)", 2.0**64),
    ("math.sign(-0.0)", -0.0),
    ("math.bitShiftLeft(1, 63)", -(2**63)),
    ("math.bitShiftRight(-1, 63)", 1),
    ("math.bitNot(0u)", cel.UInt(2**64 - 1)),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("math.abs(-9223372036854775808)", "int overflow"),
    ("math.greatest([])", "an empty list has no greatest and no least number"),
    ("math.greatest(dyn(['a']))", "no such overload"),
    ("math.bitShiftLeft(1, -1)", "negative offset"),
)  # fmt: skip


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_a_value(source: str, expected: object, evaluator: str) -> None:
    """Both evaluators give the value, and it has the type expected."""
    check_value(source, expected, evaluator)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("source", "message"), FAILING)
def test_an_error(source: str, message: str, evaluator: str) -> None:
    """Both evaluators refuse with the same words."""
    check_error(source, message, evaluator)


def test_nan_is_not_a_sign() -> None:
    """NaN stays NaN through what has no answer for it."""
    for source in ("math.sign(0.0 / 0.0)", "math.sqrt(-1.0)", "math.round(0.0 / 0.0)", "math.ceil(0.0 / 0.0)"):
        assert math.isnan(cel.compile(source).evaluate({}))
