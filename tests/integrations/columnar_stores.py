"""Frames and relations for listings."""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import polars as pl

from scopeguard import Context, Guard, Principal
from scopeguard.integrations import duckdb as by_duckdb
from scopeguard.integrations import polars as by_polars

POLARS_TYPES: Mapping[str, Any] = {
    "string": pl.String, "int": pl.Int64, "double": pl.Float64, "bool": pl.Boolean,
    "timestamp": pl.Datetime("us", "UTC"), "list(string)": pl.List(pl.String),
}  # fmt: skip
DUCKDB_TYPES: Mapping[str, str] = {
    "string": "VARCHAR", "int": "BIGINT", "double": "DOUBLE", "bool": "BOOLEAN", "timestamp": "TIMESTAMPTZ",
    "list(string)": "VARCHAR[]",
}  # fmt: skip
KEYS = {"id": "string", "workspace": "string"}


class PolarsStore:
    """A frame."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.columns = columns
        self.schema = pl.Schema({name: POLARS_TYPES[kind] for name, kind in {**KEYS, **columns}.items()})
        self.frame = pl.DataFrame(schema=self.schema)

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Only these rows."""
        self.frame = pl.DataFrame([dict(row) for row in rows], schema=self.schema)

    def ask(self, guard: Guard, who: Principal, action: str, context: Context) -> set[str]:
        """The ids of the rows that pass, in a frame and in a lazy one."""
        columns = by_polars.map_columns(
            guard, self.frame, surface="docs", workspace="workspace", attributes={name: name for name in self.columns}
        )
        where = by_polars.permitted(columns, who, action, context).where
        found = set(self.frame.filter(where)["id"])
        assert set(self.frame.lazy().filter(where).collect()["id"]) == found
        return found


class DuckdbStore:
    """A relation."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.columns = columns
        self.connection = duckdb.connect()
        self.names = {**KEYS, **columns}
        spelled = ", ".join(f"{name} {DUCKDB_TYPES[kind]}" for name, kind in self.names.items())
        self.connection.execute(f"CREATE TABLE docs ({spelled})")

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Only these rows."""
        self.connection.execute("DELETE FROM docs")
        values = [[_listed(row[name]) for name in self.names] for row in rows]
        places = ", ".join("?" * len(self.names))
        self.connection.executemany(f"INSERT INTO docs VALUES ({places})", values)  # noqa: S608  # question marks

    def ask(self, guard: Guard, who: Principal, action: str, context: Context) -> set[str]:
        """The ids of the rows that pass."""
        relation = self.connection.table("docs")
        columns = by_duckdb.map_columns(
            guard, relation, surface="docs", workspace="workspace", attributes={name: name for name in self.columns}
        )
        where = by_duckdb.permitted(columns, who, action, context).where
        return {found for (found,) in relation.filter(where).select("id").fetchall()}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
