"""Whom a comparison asks: which of those who hold something are one to the rules."""

from types import MappingProxyType

import pytest

from scopeguard.analysis.diffing.holders import ranks_compared
from scopeguard.compiling.environment import Types
from tests.conditions import condition

NONE = MappingProxyType[str, str]({})
TYPES = Types(NONE, NONE, NONE, MappingProxyType({"docs": MappingProxyType({"level": "int"})}))


@pytest.mark.parametrize(("written", "ranks"), [
    ([], ()),
    (["principal.rank > 50"], (50,)),
    (["principal.rank > 50 && !(principal.rank != 9)", "principal.rank == 5"], (5, 9, 50)),
    (["principal.rank > resource.level"], None),
    (["principal.rank > 50", "principal.rank + 1 > 9"], None),
    (['principal.rank in [5, 9] || "a" in principal.roles'], None),
])  # fmt: skip
def test_numbers_that_ranks_are_compared_with(written: list[str], ranks: tuple[int, ...] | None) -> None:
    """Each of them tells two sides apart; where ranks are read otherwise, each rank is one of its own."""
    assert ranks_compared(condition(text, TYPES) for text in written) == ranks
