"""Lists: a filter when it is asked for again, and filtered queries beside hand-written ones, as ratios within one run.

    python -m benchmarks.filtering [--quick]

PostgreSQL has a million rows, Polars and DuckDB ten million; with --quick a hundredth of each. Answers are compared
before anything is timed. A PostgreSQL that is not installed is left out.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl
from sqlalchemy import Boolean, Engine, Index, String, create_engine, func, or_, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from scopeguard import Context, Guard, Principal
from scopeguard.integrations import duckdb as by_duckdb
from scopeguard.integrations import polars as by_polars
from scopeguard.integrations.sqlalchemy import map_columns, permitted
from tests import postgres

ROUNDS = 15
WORKSPACES = 1_000
WARM = 2_000
PACK = """\
scopeguard: 1
catalog:
  attributes: {principal: {team: string}}
  surfaces:
    documents:
      actions: [read]
      coarse: true
      qualifiable: true
      attributes: {team: string, secret: bool}
rules:
  - id: documents.secret
    effect: deny
    code: not_permitted
    on: ["documents:read"]
    when: resource.secret && principal.team != resource.team
"""
WHO = Principal.api_key("key_1", workspace="ws_7", scopes="documents:read", attributes={"team": "team_3"})
NARROWED = Principal.api_key("key_2", workspace="ws_7", scopes="documents:read/d_1 documents:read/d_2")
TEAM = {"team": "team", "secret": "secret"}


class Base(DeclarativeBase):
    """What the table is declared on."""


class Document(Base):
    """A document."""

    __tablename__ = "documents"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    workspace: Mapped[str] = mapped_column(String)
    team: Mapped[str | None] = mapped_column(String)
    secret: Mapped[bool] = mapped_column(Boolean)
    __table_args__ = (Index("by_workspace", "workspace"),)


def main() -> None:
    """Print every figure."""
    few = 100 if "--quick" in sys.argv else 1
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pack.yaml"
        file.write_text(PACK, encoding="utf-8")
        guard = Guard.load(file)
    warm(guard)
    if absent := postgres.absent():
        print(f"PostgreSQL is left out: no {absent[0]}")
    else:
        with postgres.running() as server:
            in_postgres(guard, create_engine(server.url()), 1_000_000 // few)
    columnar(guard, 10_000_000 // few)


def warm(guard: Guard) -> None:
    """A filter that was asked for before."""
    shipped = Guard.default()
    desk = Context(channel="dashboard")
    ann = Principal.member("usr_1", workspace="ws_1", roles=["admin"])
    key = Principal.api_key("key_1", workspace="ws_1", scopes="agents:read/a agents:read/b")
    for name, asked in {
        "with a value of the principal": lambda: guard.filter(WHO, "documents:read"),
        "narrowed to two ids": lambda: guard.filter(NARROWED, "documents:read"),
        "shipped pack, members:view": lambda: shipped.filter(ann, "members:view", desk),
        "shipped pack, members:remove": lambda: shipped.filter(ann, "members:remove", desk),
        "shipped pack, narrowed key": lambda: shipped.filter(key, "agents:read", Context(channel="server")),
    }.items():
        for _ in range(100):
            asked()
        started = time.process_time()
        for _ in range(WARM):
            asked()
        print(f"guard.filter, {name}: {(time.process_time() - started) / WARM * 1e6:.1f} us")


def in_postgres(guard: Guard, engine: Engine, rows: int) -> None:
    """A filtered query beside the same with a WHERE by hand, and the plan of it."""
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.execute(
            text(
                "INSERT INTO documents SELECT 'd_' || n, 'ws_' || n % :spaces, 'team_' || n % 7, n % 3 = 0 "
                "FROM generate_series(1, :rows) AS n"
            ),
            {"rows": rows, "spaces": WORKSPACES},
        )
        connection.execute(text("ANALYZE documents"))
        columns = map_columns(
            guard,
            Document,
            surface="documents",
            workspace=Document.workspace,
            attributes={"team": Document.team, "secret": Document.secret},
        )

        def by_hand() -> Any:
            readable = or_(Document.secret.is_(False), Document.team == "team_3")
            return select(Document.id).where(Document.workspace == "ws_7", readable)

        ours = select(Document.id).where(permitted(columns, WHO, "documents:read").where)
        assert set(connection.scalars(ours)) == set(connection.scalars(by_hand()))
        plan = "\n".join(connection.scalars(text("EXPLAIN " + _spelled(ours, engine))))
        assert "by_workspace" in plan, plan
        print(f"PostgreSQL, {rows:,} rows, {plan.count('by_workspace')} use of the index on workspace")

        def filtered() -> object:
            return connection.scalars(select(Document.id).where(permitted(columns, WHO, "documents:read").where)).all()

        ratio("PostgreSQL, a page of a workspace", filtered, lambda: connection.scalars(by_hand()).all(), calls=20)
        total = select(func.count()).select_from(Document)
        everywhere, elsewhere = ours.whereclause, by_hand().whereclause
        assert everywhere is not None
        ratio(
            "PostgreSQL, the database alone",
            lambda: connection.scalar(total.where(everywhere)),
            lambda: connection.scalar(total.where(elsewhere)),
            calls=20,
        )


def columnar(guard: Guard, rows: int) -> None:
    """Filters over a frame and over a relation, beside expressions by hand."""
    numbers = pl.int_range(rows, eager=True)
    frame = pl.DataFrame(
        {
            "id": numbers,
            "workspace": ("ws_" + pl.Series((numbers % 10).cast(pl.String))),
            "team": ("team_" + pl.Series((numbers % 7).cast(pl.String))),
            "secret": numbers % 3 == 0,
        }
    )
    in_frame = by_polars.map_columns(guard, frame, surface="documents", workspace="workspace", attributes=TEAM)
    where = by_polars.permitted(in_frame, WHO, "documents:read").where
    by_hand = (pl.col("workspace") == "ws_7") & (~pl.col("secret") | (pl.col("team") == "team_3"))
    assert frame.filter(where).equals(frame.filter(by_hand))
    ratio(f"Polars, {rows:,} rows", lambda: frame.filter(where).height, lambda: frame.filter(by_hand).height)

    with TemporaryDirectory() as folder:
        file = str(Path(folder) / "documents.parquet")
        frame.write_parquet(file)
        relation = duckdb.connect().read_parquet(file)
        in_relation = by_duckdb.map_columns(
            guard, relation, surface="documents", workspace="workspace", attributes=TEAM
        )
        said = by_duckdb.permitted(in_relation, WHO, "documents:read").where
        hand = "workspace = 'ws_7' AND (NOT secret OR team = 'team_3')"

        def count(filtered: duckdb.DuckDBPyRelation) -> Any:
            return filtered.count("id").fetchall()

        assert count(relation.filter(said)) == count(relation.filter(hand))
        ratio(
            f"DuckDB, {rows:,} rows of Parquet",
            lambda: count(relation.filter(said)),
            lambda: count(relation.filter(hand)),
        )


def ratio(name: str, ours: Callable[[], object], by_hand: Callable[[], object], *, calls: int = 1) -> None:
    """Both in turn, and the median of the ratios within each round."""
    for each in (ours, by_hand):
        each()
    found = sorted(first / second for first, second in _rounds(ours, by_hand, calls))
    low, high = found[len(found) // 4], found[-1 - len(found) // 4]
    print(f"{name}: {statistics.median(found):.2f} ({low:.2f} to {high:.2f}) x by hand")


def _rounds(ours: Callable[[], object], by_hand: Callable[[], object], calls: int) -> Iterator[tuple[float, float]]:
    for number in range(ROUNDS):
        seconds = {}
        for each in (ours, by_hand) if number % 2 else (by_hand, ours):
            started = time.perf_counter()
            for _ in range(calls):
                each()
            seconds[each] = time.perf_counter() - started
        yield seconds[ours], seconds[by_hand]


def _spelled(statement: Any, engine: Engine) -> str:
    return str(statement.compile(engine, compile_kwargs={"literal_binds": True}))


if __name__ == "__main__":
    main()
