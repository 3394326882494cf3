"""Which columns of frames and relations hold what, and what is refused."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from scopeguard import AccessDenied, Guard, Principal, RequestError
from scopeguard.integrations import duckdb as by_duckdb
from scopeguard.integrations import polars as by_polars
from scopeguard.integrations.cannot_filter import CannotFilter

PACK = """\
scopeguard: 1
catalog:
  attributes: {principal: {team: string}}
  surfaces:
    docs:
      actions: [read]
      coarse: true
      qualifiable: true
      attributes: {owner: string, size: int, ratio: double, made_at: timestamp, tags: list(string), any: dyn}
rules:
  - {id: docs.owner, effect: deny, code: not_permitted, on: ["docs:read"], when: 'principal.team != resource.owner'}
"""
KEY = Principal.api_key("k", workspace="7", scopes="docs:read", attributes={"team": "red"})


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for documents."""
    file = tmp_path / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(file)


def by(library: str, guard: Guard, frame: pl.DataFrame, **attributes: str) -> Any:
    """The columns of a frame, as it is or as a relation."""
    if library == "Polars":
        return by_polars.map_columns(guard, frame, surface="docs", workspace="space", attributes=attributes)
    return by_duckdb.map_columns(guard, relation(frame), surface="docs", workspace="space", attributes=attributes)


def relation(frame: pl.DataFrame) -> duckdb.DuckDBPyRelation:
    """A frame as a relation."""
    return duckdb.connect().from_arrow(frame.to_arrow())


FRAME = pl.DataFrame({
    "id": [1, 2, 3], "space": [7, 7, 8], "owner": ["red", "Red", "red"], "size": [1, 2, 3], "ratio": [0.5, float("nan"), None],
    "single": pl.Series([1.0, 2.0, 3.0], dtype=pl.Float32), "naive": pl.Series([None] * 3, dtype=pl.Datetime("us")),
    "kind": pl.Series(["red", "blue", None], dtype=pl.Enum(["red", "blue"])),
})  # fmt: skip


def listed(library: str, columns: Any, who: Principal) -> list[int]:
    """The ids of those that somebody may read."""
    if library == "Polars":
        return FRAME.filter(by_polars.permitted(columns, who, "docs:read").where)["id"].to_list()
    where = by_duckdb.permitted(columns, who, "docs:read").where
    return [found for (found,) in relation(FRAME).filter(where).select("id").fetchall()]


@pytest.mark.parametrize("library", ["Polars", "DuckDB"])
def test_keys_that_are_no_texts(library: str, guard: Guard) -> None:
    """Whole numbers stand for their texts, members of an enumeration for theirs."""
    columns = by(library, guard, FRAME, owner="owner")
    columns.verify()
    assert listed(library, columns, KEY) == [1]
    only = Principal.api_key("k", workspace="7", scopes="docs:read/2 docs:read/x", attributes={"team": "Red"})
    assert listed(library, columns, only) == [2]
    assert listed(library, by(library, guard, FRAME, owner="kind"), KEY) == [1]
    nobody = Principal.api_key("k", workspace="07", scopes="docs:read", attributes={"team": "red"})
    assert listed(library, columns, nobody) == []


@pytest.mark.parametrize("library", ["Polars", "DuckDB"])
def test_none_is_a_denial(library: str, guard: Guard) -> None:
    """No row, and the denial with its code to raise."""
    columns = by(library, guard, FRAME, owner="owner")
    nobody = Principal.api_key("k", workspace="7", scopes="", attributes={"team": "red"})
    permitted = by_polars.permitted if library == "Polars" else by_duckdb.permitted
    with pytest.raises(AccessDenied):
        permitted(columns, nobody, "docs:read").authorize()
    assert listed(library, columns, nobody) == []
    assert permitted(columns, KEY, "docs:read").authorize().decision.allowed


@pytest.mark.parametrize("library", ["Polars", "DuckDB"])
@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"ratio": "single"}, CannotFilter),
        ({"made_at": "naive"}, CannotFilter),
        ({"size": "owner"}, CannotFilter),
        ({"tags": "owner"}, CannotFilter),
        ({"any": "owner"}, CannotFilter),
        ({"owner": "nobody"}, RequestError),
        ({"owners": "owner"}, RequestError),
    ],
)
def test_columns_that_hold_something_else(
    library: str, guard: Guard, attributes: dict[str, str], error: type[Exception]
) -> None:
    """Are refused where they are mapped."""
    with pytest.raises(error):
        by(library, guard, FRAME, **attributes)


@pytest.mark.parametrize("library", ["Polars", "DuckDB"])
def test_an_attribute_without_a_column(library: str, guard: Guard) -> None:
    """Is told by name, with the rule that asks for it."""
    with pytest.raises(CannotFilter, match='no column is mapped for the attribute "owner" of docs') as raised:
        by(library, guard, FRAME, size="size").verify()
    assert (raised.value.attribute, raised.value.operator, raised.value.rule) == ("owner", "!=", "docs.owner")


def test_parquet_and_parts_of_it(guard: Guard, tmp_path: Path) -> None:
    """One expression for a file, a lazy scan of it, and a relation over it."""
    file = tmp_path / "docs.parquet"
    FRAME.write_parquet(file)
    scanned = pl.scan_parquet(file)
    columns = by_polars.map_columns(guard, scanned, surface="docs", workspace="space", attributes={"owner": "owner"})
    where = by_polars.permitted(columns, KEY, "docs:read").where
    assert scanned.filter(where).collect()["id"].to_list() == [1]
    whole = duckdb.connect().read_parquet(str(file))
    tables = by_duckdb.map_columns(guard, whole, surface="docs", workspace="space", attributes={"owner": "owner"})
    assert whole.filter(by_duckdb.permitted(tables, KEY, "docs:read").where).select("id").fetchall() == [(1,)]
