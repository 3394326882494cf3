"""Lists by Polars and DuckDB equal checks, row by row."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scopeguard.integrations.cannot_filter import CannotFilter
from tests.conformance.filters import CASES, CONTEXT, PRINCIPAL, TYPES, guard_of, rows
from tests.integrations.columnar_stores import DuckdbStore, PolarsStore
from tests.integrations.listing import CANNOT, PACKS, compare
from tests.row_packs import COLUMNS

STORES: dict[str, Callable[[dict[str, str]], PolarsStore | DuckdbStore]] = {
    "Polars": PolarsStore,
    "DuckDB": DuckdbStore,
}


@pytest.mark.parametrize("name", STORES)
@pytest.mark.parametrize("case", sorted(CASES))
def test_the_corpus(name: str, case: str, tmp_path: Path) -> None:
    """Each case selects its rows, or is refused with the rule that cannot be said."""
    condition, expected = CASES[case]
    guard = guard_of(condition, tmp_path)
    store = STORES[name](dict(TYPES))
    store.load(rows())
    if case in CANNOT:
        with pytest.raises(CannotFilter) as raised:
            store.ask(guard, PRINCIPAL, "docs:read", CONTEXT)
        assert raised.value.rule == "case"
        return
    assert store.ask(guard, PRINCIPAL, "docs:read", CONTEXT) == expected


@pytest.mark.parametrize("name", STORES)
@pytest.mark.parametrize("seed", range(2))
def test_random_packs(name: str, seed: int) -> None:
    """Random rules over random rows, of which a third is NULL."""
    store = STORES[name](dict(COLUMNS))
    answered, refused = compare(100 + seed, store.load, store.ask, packs=PACKS)
    assert answered > refused
