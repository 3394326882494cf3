"""How the functions of a family are tested: by both evaluators, with values and messages written by hand."""

from typing import Any

import pytest

from scopeguard import cel

EVALUATORS = ["evaluate", "reference"]


def check_value(source: str, expected: object, evaluator: str) -> None:
    """The evaluator gives the value, and it has the type expected."""
    value: Any = getattr(cel.compile(source), evaluator)({})
    assert value == expected
    assert type(value) is type(expected)


def check_error(source: str, message: str, evaluator: str) -> None:
    """The evaluator refuses with these words."""
    with pytest.raises(cel.CelEvaluationError) as caught:
        getattr(cel.compile(source), evaluator)({})
    assert str(caught.value) == message
