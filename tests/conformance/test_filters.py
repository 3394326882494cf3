"""Conditions of a public corpus for query planners, over rows with NULLs, wildcards and case traps."""

from pathlib import Path

import pytest

from scopeguard import Resource
from tests.conformance.filters import CASES, CONTEXT, PRINCIPAL, guard_of, rows
from tests.rows import OpaqueTest, passes


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_filter_selects_the_rows_of_the_corpus(case: str, tmp_path: Path) -> None:
    """By its condition where that can be said, and by checks always."""
    condition, expected = CASES[case]
    found = guard_of(condition, tmp_path).filter(PRINCIPAL, "docs:read", CONTEXT)
    checked = set()
    for row in rows():
        attributes = {name: value for name, value in row.items() if name not in ("id", "workspace")}
        if found.matches(Resource("docs", row["id"], row["workspace"], attributes)):
            checked.add(row["id"])
    assert checked == expected
    try:
        assert {row["id"] for row in rows() if passes(found.condition, row)} == expected
    except OpaqueTest as error:
        pytest.skip(f"only a check can say: {error}")
