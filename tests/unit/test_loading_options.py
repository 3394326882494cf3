"""How a guard is loaded is refused where it is said, and not by the first check that meets it."""

from typing import Any

import pytest

from scopeguard import Guard, RequestError
from scopeguard.shipped import policies

PACK = policies() / "workspace"


@pytest.mark.parametrize("value", ["9", None, 1.5, True, -1])
def test_a_bound_is_a_number(value: Any) -> None:
    """What is kept is bounded by a whole number, 0 for nothing."""
    with pytest.raises(RequestError, match="max_rows must be an int of 0 or more"):
        Guard.load(PACK, max_rows=value)


@pytest.mark.parametrize("value", ["no", "", 1, None])
def test_whether_invariants_are_looked_at_is_a_boolean(value: Any) -> None:
    """A setting that is empty, or that says no as a text, is neither yes nor no."""
    for load in (Guard.load, Guard.default):
        with pytest.raises(RequestError, match="verify must be a bool"):
            load(PACK, verify=value)


def test_the_ends_are_taken() -> None:
    """Nothing is kept with 0."""
    assert Guard.load(PACK, max_rows=0, verify=False).generation == 1
