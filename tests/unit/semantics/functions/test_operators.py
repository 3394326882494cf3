"""Functions of operators, elements, maps and macros, beyond what the conformance suite shows: edges, errors and bounds."""

import pytest

from scopeguard import cel
from scopeguard.limits import MAX_VALUE_SIZE
from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("[1, 2][dyn(1.0)]", 2),
    ("[1, 2][dyn(1u)]", 2),
    ("size({1: 'a', true: 'b', 1.0 == 1.0: 'c'}.map(k, k)) == 2 || true", True),
    ("{1: 'a', true: 'b'}[1]", "a"),
    ("{1: 'a', true: 'b'}[true]", "b"),
    ("{true: 'b', 1: 'a'} == {1: 'a', true: 'b'}", True),
    ("[1, 2].transformMap(i, v, v * 2)", {0: 2, 1: 4}),
    ("{'a': 1}.transformMapEntry(k, v, {v: k})", {1: "a"}),
    ("cel.bind(x, 2, x * x)", 4),
    ("'a1'.matches('^[a-z][0-9]$')", True),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("{'a': 1, 'a': 2}", "a map has the same key twice"),
    ("{dyn(1.5): 1}", "double is not a type of keys"),
    ("[1][1]", "index out of range"),
    ("[1][-1]", "index out of range"),
    ("[1][dyn(1e300)]", "index out of range"),
    ("[1][dyn(0.5)]", "no such overload"),
    ("[1][dyn(0.0 / 0.0)]", "no such overload"),
    ("[1][dyn('a')]", "no such overload"),
    ("{'a': 1}.b", "no such key"),
    ("dyn(1).b", "no such overload"),
    ("5 % 0", "modulus by zero"),
    ("5 / 0", "divide by zero"),
    ("5u - 6u", "uint overflow"),
    ("-9223372036854775808 % -1", "int overflow"),
    ("[1].all(x, dyn(x))", "no such overload: int is no bool"),
    ("{'a': 1, 'b': 2}.transformMapEntry(k, v, {0: v})", "a map has the same key twice"),
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


@pytest.mark.parametrize(
    "source",
    [
        "s + s",
        "s.replace('a', 'aa')",
        "[s, s].join()",
        "'%s%s'.format([s, s])",
        "strings.quote(s + 'a')",
        "size(items + items) > 0",
        "y + y",
    ],
)
def test_nothing_grows_without_an_end(source: str) -> None:
    """What an expression makes is bounded in size, so that doubling cannot exhaust the process."""
    size = MAX_VALUE_SIZE
    given = {"s": "a" * size, "y": b"a" * size, "items": [0] * size}
    with pytest.raises(cel.CelEvaluationError, match=f"a value larger than {size}"):
        cel.compile(source, variables={"s": "string", "y": "bytes", "items": "list(int)"}).evaluate(given)
