"""Lists by SQLAlchemy equal checks, row by row, on SQLite and PostgreSQL."""

import sys
from collections.abc import Iterator
from math import inf, isfinite, nextafter
from operator import add, mul, sub, truediv
from pathlib import Path

import pytest
from sqlalchemy import Column, Double, Engine, MetaData, Table, literal, select

from scopeguard.integrations.sqlalchemy import CannotFilter
from scopeguard.integrations.sqlalchemy.dialects import ARITHMETIC
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


LARGEST, LEAST = sys.float_info.max, sys.float_info.min * sys.float_info.epsilon
EDGES = (
    *(0.0, 1.0, -1.0, 3.0, -0.75, 1.5, nextafter(1.0, 0.0), nextafter(1.0, inf)),
    *(LARGEST, -LARGEST, LARGEST / 2, 2.0**970, 2.0**969, 2.0**1023, 2.0**512, 2.0**511),
    *(LEAST, -LEAST, 3 * LEAST, sys.float_info.min, 2.0**-1024, 2.0**-1023, 2.0**-537, 0.75 * 2.0**-537, 0.375 * 2.0**-537, 2.0**-512, 2.0**-540),
    *(1e154, -1.4e154, 1e200, 1e-200, -1e-160, 1e300, 1e-300, 7e-320),
)  # fmt: skip
"""Doubles whose sums, products and quotients are just too large, or just so small that they are zero."""


def computed(operator: str, left: float, right: float) -> float | None:
    """What the language makes of two doubles; None where it has no value."""
    if operator == "/" and right == 0:
        return None
    apply = {"+": add, "-": sub, "*": mul, "/": truediv}[operator]
    found: float = apply(left, right)
    return found if isfinite(found) else None


@pytest.mark.parametrize("operator", sorted(ARITHMETIC))
def test_arithmetic_out_of_range(engine: Engine, operator: str) -> None:
    """What is too large has no value, and what is too small is zero: neither fails the statement of the other rows."""
    pairs = [(left, right) for left in EDGES for right in EDGES]
    listed = Table("edges", MetaData(), Column("x", Double), Column("y", Double))
    with engine.connect() as connection:
        listed.create(connection)
        connection.execute(listed.insert(), [{"x": left, "y": right} for left, right in pairs])
        found = connection.execute(select(listed.c.x, listed.c.y, ARITHMETIC[operator](listed.c.x, listed.c.y))).all()
        # A constant is worked out before any row is looked at.
        beside = [
            (left, right, *connection.execute(select(side).where(listed.c.x == left, listed.c.y == right)).one())
            for left, right in pairs[:: len(EDGES) + 2]
            for side in (
                ARITHMETIC[operator](listed.c.x, literal(right, Double())),
                ARITHMETIC[operator](literal(left, Double()), listed.c.y),
            )
        ]
        listed.drop(connection)
        connection.commit()
    assert len(found) == len(pairs)
    assert [(*row[:2], row[2]) for row in (*found, *beside)] == [
        (*row[:2], computed(operator, row[0], row[1])) for row in (*found, *beside)
    ]
