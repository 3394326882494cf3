"""Functions of ``string.format``, beyond what the conformance suite shows: edges, errors and bounds."""

import pytest

from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("'%d%%'.format([7])", "7%"),
    ("'%s'.format([b'a'])", "a"),
    ("'%s'.format([optional_type])", "optional_type"),
    ("'%x'.format([-30])", "-1e"),
    ("'%b'.format([true])", "1"),
    ("'%.0e'.format([1500.0])", "2e+03"),
    ("'%s %s'.format([{'b': 1, 'a': [null]}, 'x'])", "{a: [null], b: 1} x"),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("'%d'.format([1.5])", "%d does not take double"),
    ("'%f'.format([1])", "%f does not take int"),
    ("'%s'.format([ip('::1')])", "%s does not take ip"),
    ("'%q'.format([1])", 'unknown clause "%q"'),
    ("'%'.format([1])", 'unknown clause "%"'),
    ("'%.9999f'.format([1.0])", "a precision over 1000"),
    ("'%d %d'.format([1])", "index 1 out of range"),
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
