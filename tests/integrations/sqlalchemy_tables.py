"""Tables of SQLAlchemy for listings."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Double,
    Engine,
    String,
    create_engine,
    delete,
    insert,
    select,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

from scopeguard import Context, Guard, Principal
from scopeguard.integrations.sqlalchemy import Columns, map_columns, permitted
from tests.conformance.filters import TYPES
from tests.row_packs import COLUMNS

TYPES_OF_COLUMNS: Mapping[str, Any] = {
    "string": String, "int": BigInteger, "double": Double, "bool": Boolean,
    "timestamp": DateTime(timezone=True), "list(string)": JSON(none_as_null=True),
}  # fmt: skip


class Base(DeclarativeBase):
    """What the tables of tests are declared on."""


def table(name: str, columns: Mapping[str, str]) -> type[Any]:
    """A mapped class with the columns of some types."""
    body = {each: mapped_column(TYPES_OF_COLUMNS[kind], nullable=True) for each, kind in columns.items()}
    key = {"id": mapped_column(String, primary_key=True), "workspace": mapped_column(String, nullable=True, index=True)}
    return type(name, (Base,), {"__tablename__": name.lower(), **key, **body})


Doc: Any = table("Doc", COLUMNS)
Case: Any = table("Case", TYPES)


class Store:
    """A database with the table of one class."""

    def __init__(self, engine: Engine, model: Any, columns: Mapping[str, str]) -> None:
        self.engine = engine
        self.model = model
        self.columns = columns
        self.mapped: tuple[Guard, Columns] | None = None
        Base.metadata.create_all(engine)

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Only these rows."""
        with self.engine.begin() as connection:
            connection.execute(delete(self.model))
            connection.execute(insert(self.model), list(rows))

    def ask(self, guard: Guard, who: Principal, action: str, context: Context) -> set[str]:
        """The ids of the rows that pass."""
        if self.mapped is None or self.mapped[0] is not guard:
            attributes = {name: getattr(self.model, name) for name in self.columns}
            model = self.model
            self.mapped = (
                guard,
                map_columns(guard, model, surface="docs", workspace=model.workspace, attributes=attributes),
            )
        where = permitted(self.mapped[1], who, action, context).where
        with self.engine.connect() as connection:
            return set(connection.scalars(select(self.model.id).where(where)))


def sqlite() -> Engine:
    """A database in memory."""
    return create_engine("sqlite://")


def in_words(url: str) -> Iterator[Engine]:
    """A database of PostgreSQL whose texts are in the order of a dictionary."""
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS words")
        connection.exec_driver_sql(
            "CREATE DATABASE words TEMPLATE template0 ENCODING UTF8 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
        )
    engine = create_engine(url.rpartition("/")[0] + "/words")
    yield engine
    engine.dispose()
    server.dispose()
