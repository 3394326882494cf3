"""Functions of bytes as text and back, beyond what the conformance suite shows: edges, errors and bounds."""

import pytest

from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("base64.encode(b'\\xff\\xfe')", "//4="),
    ("base64.decode('//4')", b"\xff\xfe"),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("base64.decode('*')", "not a text in base64"),
    ("base64.decode('é')", "not a text in base64"),
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
