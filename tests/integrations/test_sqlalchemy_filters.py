"""Lists by SQLAlchemy equal checks, row by row, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from scopeguard.integrations.sqlalchemy import CannotFilter
from tests.conformance.filters import CASES, CONTEXT, PRINCIPAL, TYPES, guard_of, rows
from tests.integrations.listing import CANNOT, PACKS, compare
from tests.integrations.sqlalchemy_tables import Case, Doc, Store, in_words, sqlite
from tests.row_packs import COLUMNS


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database."""
    if request.param == "SQLite":
        made = sqlite()
        yield made
        made.dispose()
    else:
        yield from in_words(request.getfixturevalue("postgres_server").url())


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_corpus(engine: Engine, case: str, tmp_path: Path) -> None:
    """Each case selects its rows, or is refused with the rule that cannot be said."""
    condition, expected = CASES[case]
    guard = guard_of(condition, tmp_path)
    store = Store(engine, Case, TYPES)
    store.load(rows())
    if case in CANNOT:
        with pytest.raises(CannotFilter) as raised:
            store.ask(guard, PRINCIPAL, "docs:read", CONTEXT)
        assert raised.value.rule == "case"
        return
    assert store.ask(guard, PRINCIPAL, "docs:read", CONTEXT) == expected


@pytest.mark.parametrize("seed", range(2))
def test_random_packs(engine: Engine, seed: int) -> None:
    """Random rules over random rows, of which a third is NULL."""
    store = Store(engine, Doc, COLUMNS)
    answered, refused = compare(seed, store.load, store.ask, packs=PACKS)
    assert answered > refused
