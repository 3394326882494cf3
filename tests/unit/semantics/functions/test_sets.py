"""Lists as sets: their values, with values that cannot be compared too."""

import pytest

from scopeguard import cel
from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.library import library
from tests.unit.semantics.functions.evaluating import EVALUATORS, check_value

VALUES: tuple[tuple[str, bool], ...] = (
    ("sets.contains([], [])", True),
    ("sets.contains([], [1])", False),
    ("sets.contains([[1], {'k': 1}], [])", True),
    ("sets.equivalent([{'k': 1}], [])", False),
    ("sets.equivalent([], [{'k': 1}])", False),
    ("sets.intersects([{'k': 1}], [])", False),
    ("sets.contains([1, 2, 3, 4], [2, 3])", True),
    ("sets.contains([1, 2], [2, 3])", False),
    ("sets.contains([1, 2.0, 3u], [1.0, 2u, 3])", True),
    ("sets.contains([[1], [2]], [[dyn(2.0)]])", True),
    ("sets.equivalent([], [])", True),
    ("sets.equivalent([1], [1, 1])", True),
    ("sets.equivalent([1], [1u, 1.0])", True),
    ("sets.equivalent([1, 2, 3], [3u, 2.0, 1])", True),
    ("sets.equivalent([1, 2], [1])", False),
    ("sets.equivalent([1], [1, 2])", False),
    ("sets.equivalent([], [1])", False),
    ("sets.intersects([1], [])", False),
    ("sets.intersects([], [1])", False),
    ("sets.intersects([1], [1, 2])", True),
    ("sets.intersects(['a'], ['b'])", False),
    ("sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]])", True),
    ("sets.intersects([dyn(true)], [dyn(1)])", False),
    ("sets.intersects([dyn('a'), 1], [1])", True),
)  # fmt: skip
STRICT: tuple[tuple[str, tuple[object, object], bool | None], ...] = (
    ("sets.contains", (["a", 1], ["a"]), True),
    ("sets.contains", (["a"], ["b", 1]), False),
    ("sets.contains", (["a"], ["a", 1]), None),
    ("sets.contains", ([], [1]), False),
    ("sets.intersects", (["a", 1], [1]), True),
    ("sets.intersects", (["a", "b"], [1]), None),
    ("sets.intersects", ([None], ["a"]), None),
    ("sets.intersects", ([], ["a"]), False),
    ("sets.equivalent", (["a", "a"], ["a"]), True),
    ("sets.equivalent", (["a"], ["a", 1]), None),
    ("sets.equivalent", ([True], [1]), None),
)  # fmt: skip


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_a_value(source: str, expected: bool, evaluator: str) -> None:
    """Both evaluators give the value."""
    check_value(source, expected, evaluator)


@pytest.mark.parametrize(("function", "given", "expected"), STRICT)
def test_in_a_policy(function: str, given: tuple[object, object], expected: bool | None) -> None:
    """What cannot be compared has no value, but where the rest decides."""
    functions = library(is_strict=True)
    if expected is None:
        with pytest.raises(EvaluationError, match="cannot be compared with"):
            functions.apply(function, given, method=False)
    else:
        assert functions.apply(function, given, method=False) is expected


def test_distinct_in_a_policy() -> None:
    """Whether values of different types are the same nobody knows."""
    with pytest.raises(EvaluationError, match="string cannot be compared with int"):
        library(is_strict=True).apply("distinct", ([1, "b"],), method=True)
    assert library(is_strict=True).apply("distinct", (["b", "a", "b"],), method=True) == ["b", "a"]


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("hasIntersection([1], [2])", "write sets.intersects(a, b)"),
        ("[1].isSubset([2])", "write sets.contains(all, some)"),
        ("[1].except([2])", "write a.filter(x, !(x in b))"),
        ("sets.intersect([1], [2])", 'did you mean "sets.intersects"?'),
        ("sets.contains(['a'], [1])", "there is sets.contains(list(A), list(A))"),
    ],
)
def test_a_mistake(source: str, hint: str) -> None:
    """Functions of other products have a name here."""
    with pytest.raises(cel.CelTypeError) as caught:
        cel.compile(source)
    assert [finding.hint for finding in caught.value.diagnostics] == [hint]
