"""What thins products loses no two that have met."""

from itertools import product

import pytest

from tests.seed.thinning import turns


@pytest.mark.parametrize("sizes", [(3, 3, 3), (5, 4, 3), (4, 7, 2), (6, 5, 1)])
def test_every_two_meet(sizes: tuple[int, int, int]) -> None:
    """Rows with columns, rows with what is turned, columns with what is turned."""
    rows, columns, turned = (range(size) for size in sizes)
    found = list(turns(rows, columns, turned))
    assert {(row, column) for row, column, _ in found} == set(product(rows, columns))
    assert {(row, each) for row, _, each in found} == set(product(rows, turned))
    assert {(column, each) for _, column, each in found} == set(product(columns, turned))
    assert len(found) == sizes[0] * sizes[1]


def test_more_than_can_meet_is_refused() -> None:
    """What is turned must not outnumber rows or columns."""
    with pytest.raises(AssertionError):
        list(turns("ab", "abc", "abc"))
