"""Functions of values that may be missing, beyond what the conformance suite shows: edges, errors and bounds."""

import pytest

from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("[1, 2].first().value()", 1),
    ("[].last().hasValue()", False),
    ("optional.unwrap([optional.of(1), optional.none()])", [1]),
    ("[optional.of(1), optional.none()].unwrapOpt()", [1]),
    ("optional.ofNonZeroValue(duration('0s')).hasValue()", False),
    ("optional.ofNonZeroValue(timestamp('2024-01-01T00:00:00Z')).hasValue()", True),
    ("optional.of(1).or(optional.of(1 / 0)).value()", 1),
    ("optional.of(1).orValue(1 / 0)", 1),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("optional.none().value()", "the optional has no value"),
    ("dyn([1]).unwrapOpt()", "unwrap takes a list of optionals"),
    ("dyn(1).optMap(x, x)", "no such overload"),
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
