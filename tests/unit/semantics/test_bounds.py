"""What an evaluation may cost: a search stops at the limit, and what Python does at once is no search."""

from typing import Any

import pytest

from scopeguard import cel
from scopeguard.limits import MAX_EVALUATION_COST
from scopeguard.semantics.values import CostError

MANY = list(range(1_000_000))
TYPES = {"xs": "list(dyn)", "ys": "list(dyn)", "m": "map(dyn, dyn)", "n": "map(dyn, dyn)"}
VALUES: dict[str, Any] = {"xs": MANY, "ys": list(MANY), "m": dict.fromkeys(MANY, 1), "n": dict.fromkeys(MANY, 1)}

TOO_MUCH = [
    "xs.all(x, x >= 0)", "xs.exists(x, x == 3)", "xs.map(x, x) == []", "xs.exists_one(x, true)", "xs.filter(x, false) == []",
    "m.exists(k, k == 3)", "xs.all(i, x, i == x)", "dyn(1.5) in xs", "dyn(3u) in xs", "m == n", "math.greatest(xs) > 0",
    "true || xs.all(x, x >= 0) ? xs.all(x, x >= 0) : false", "xs.exists(x, x == 3) || true",
    "xs.transformMap(i, x, x) == {}", "xs + [dyn(1.5)] == ys + [dyn(1.5)]",
]  # fmt: skip
AT_ONCE = [("-1 in xs", False), ("999999 in xs", True), ("xs == ys", True), ("xs != ys", False), ("7 in m", True),
           ("size(xs + ys) == 2000000", None), ("size(xs) == 1000000", True), ("[xs] == [ys]", True)]  # fmt: skip


@pytest.mark.parametrize("evaluator", ["evaluate", "reference"])
@pytest.mark.parametrize("source", TOO_MUCH)
def test_a_search_over_a_million_stops(source: str, evaluator: str) -> None:
    """With an error that no logic absorbs."""
    with pytest.raises(CostError, match=f"costs more than {MAX_EVALUATION_COST} steps"):
        getattr(cel.compile(source, variables=TYPES), evaluator)(VALUES)


@pytest.mark.parametrize("evaluator", ["evaluate", "reference"])
@pytest.mark.parametrize(("source", "expected"), AT_ONCE)
def test_what_takes_no_time_is_answered(source: str, expected: bool | None, evaluator: str) -> None:
    """Where all values are of one class, Python finds and compares them at once; sizes have a limit of their own."""
    evaluate = getattr(cel.compile(source, variables=TYPES), evaluator)
    if expected is None:
        with pytest.raises(cel.CelEvaluationError, match="larger than"):
            evaluate(VALUES)
    else:
        assert evaluate(VALUES) is expected


@pytest.mark.parametrize("evaluator", ["evaluate", "reference"])
@pytest.mark.parametrize(
    ("source", "most"),
    [
        ("xs.all(x, x == x)", 3),
        ("xs.all(x, true)", 1),
        ("xs.all(x, string(x) == 'a' || true)", 8),
        ("xs.all(i, x, !(i < 0))", 4),
    ],
)
def test_a_turn_costs_its_parts(source: str, most: int, evaluator: str) -> None:
    """Each part of the body is a step, and a function three; the limit is reached exactly."""
    evaluate = getattr(cel.compile(source, variables={"xs": "list(int)"}), evaluator)
    turns = MAX_EVALUATION_COST // most
    assert evaluate({"xs": MANY[:turns]}) is True
    with pytest.raises(CostError):
        evaluate({"xs": MANY[: turns + 1]})
