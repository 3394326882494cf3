"""What follows from what is left of conditions, where their leaves may also have no value."""

from collections.abc import Mapping
from itertools import product
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard.runtime.propositions import implies
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Ident

LEAVES: Final[tuple[Expr, ...]] = (Ident("a"), Ident("b"), Ident("c"))
CONDITIONS: Final = st.recursive(
    st.sampled_from((*LEAVES, TRUE, FALSE)),
    lambda parts: st.one_of(
        st.builds(lambda one, two: Call(ex.AND, (one, two)), parts, parts),
        st.builds(lambda one, two: Call(ex.OR, (one, two)), parts, parts),
        st.builds(lambda one: Call(ex.NOT, (one,)), parts),
        st.builds(lambda *three: Call(ex.CONDITIONAL, three), parts, parts, parts),
    ),
    max_leaves=8,
)


def value(expr: Expr, known: Mapping[Expr, bool | None]) -> bool | None:
    """What CEL says a condition is; None for an error, which the other operand of a conjunction may absorb."""
    if not isinstance(expr, Call):
        return expr == TRUE if expr in {TRUE, FALSE} else known[expr]
    first = value(expr.args[0], known)
    match expr.function:
        case ex.NOT:
            return None if first is None else not first
        case ex.CONDITIONAL:
            return None if first is None else value(expr.args[1 if first else 2], known)
    second = value(expr.args[1], known)
    absorbing = expr.function == ex.OR
    if absorbing in (first, second):
        return absorbing
    return None if first is None or second is None else not absorbing


@settings(deadline=None, max_examples=400)
@given(CONDITIONS, CONDITIONS)
def test_what_follows_is_true_wherever_the_other_is(one: Expr, other: Expr) -> None:
    """As every combination of true, false and no value says."""
    cases = [dict(zip(LEAVES, values, strict=True)) for values in product((True, False, None), repeat=3)]
    follows = all(value(other, known) is True for known in cases if value(one, known) is True)
    assert implies(one, other) is follows


A, B, C = LEAVES
CHOICE: Final = Call(ex.CONDITIONAL, (A, B, B))
EITHER: Final = Call(ex.OR, (A, Call(ex.NOT, (A,))))


@pytest.mark.parametrize("whole", [CHOICE, Call(ex.AND, (B, EITHER))], ids=["a choice", "a tautology"])
def test_what_chooses_may_have_no_value(whole: Expr) -> None:
    """What comes out the same either way does so only where there is a way."""
    assert implies(whole, B)
    assert not implies(B, whole)
    assert implies(Call(ex.AND, (B, A)), whole)


@pytest.mark.parametrize(("count", "plain"), [(10, True), (11, False)])
def test_of_more_than_ten_leaves_only_what_is_plain(count: int, plain: bool) -> None:
    """The combinations of more would be too many to look at."""
    several = tuple(Ident(f"x{number}") for number in range(count))
    assert implies(Call(ex.AND, several), several[0]) is plain
    assert implies(Call(ex.AND, several), Call(ex.AND, several))


@pytest.mark.parametrize(("count", "plain"), [(8, True), (9, False)])
def test_a_leaf_that_is_asked_for_both_ways_counts_as_two(count: int, plain: bool) -> None:
    """There are three cases of it."""
    several = (A, *(Ident(f"x{number}") for number in range(count - 1)), B)
    assert implies(Call(ex.AND, several), CHOICE) is plain
