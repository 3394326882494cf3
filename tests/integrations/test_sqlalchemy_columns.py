"""Which columns hold what, and what is refused where a service starts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    DateTime,
    Engine,
    Enum,
    Float,
    Integer,
    Numeric,
    String,
    TypeDecorator,
    Uuid,
    create_engine,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from scopeguard import AccessDenied, Context, Guard, Principal, RequestError
from scopeguard.integrations.sqlalchemy import CannotFilter, Columns, map_columns, permitted

PACK = """\
scopeguard: 1
catalog:
  attributes: {principal: {team: string}}
  surfaces:
    notes: {actions: [read], coarse: true}
    docs:
      actions: [read, write]
      coarse: true
      qualifiable: true
      attributes:
        {owner: string, status: string, size: int, ratio: double, made_at: timestamp, tags: list(string), any: dyn}
rules:
  - {id: docs.owner, effect: deny, code: not_permitted, on: ["docs:read"], when: 'principal.team != resource.owner'}
  - {id: docs.size, effect: deny, code: not_permitted, on: ["docs:write"], when: 'resource.size * 2 > 10'}
"""
KEY = Principal.api_key("k", workspace="7", scopes="docs:read docs:write", attributes={"team": "red"})


class Status(StrEnum):
    """What a document may be."""

    DRAFT = "draft"
    DONE = "done"


class Base(DeclarativeBase):
    """What the tables of these tests are declared on."""


class Doc(Base):
    """A document whose keys are no texts."""

    __tablename__ = "docs_by_key"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    space: Mapped[int] = mapped_column(Integer, index=True)
    owner: Mapped[str | None] = mapped_column(String(20))
    status: Mapped[Status | None] = mapped_column(Enum(Status))
    size: Mapped[int | None] = mapped_column(BigInteger)
    naive: Mapped[datetime | None] = mapped_column(DateTime)
    made_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    folded: Mapped[str | None] = mapped_column(String(collation="NOCASE"))
    decimal: Mapped[Any] = mapped_column(Numeric, nullable=True)
    single: Mapped[Any] = mapped_column(REAL, nullable=True)
    short: Mapped[Any] = mapped_column(Float(precision=24), nullable=True)
    flag: Mapped[Any] = mapped_column(Boolean, nullable=True)


ONE, TWO = UUID(int=1), UUID(int=2)


def guard_of(folder: Path, rules: str = "") -> Guard:
    """A guard for documents."""
    file = folder / "pack.yaml"
    file.write_text(PACK + rules, encoding="utf-8")
    return Guard.load(file)


def columns_of(guard: Guard, **attributes: Any) -> Columns:
    """The columns of a document."""
    found = attributes or {"owner": Doc.owner, "size": Doc.size, "status": Doc.status}
    return map_columns(guard, Doc, surface="docs", workspace=Doc.space, attributes=found)


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A database with two documents of the workspace and one of another."""
    made = create_engine("sqlite://")
    Base.metadata.create_all(made)
    with Session(made) as session:
        session.add(Doc(id=ONE, space=7, owner="red", status=Status.DRAFT, size=1))
        session.add(Doc(id=TWO, space=7, owner="Red", status=Status.DONE, size=2))
        session.add(Doc(id=UUID(int=3), space=8, owner="red"))
        session.commit()
    yield made
    made.dispose()


def listed(engine: Engine, columns: Columns, who: Principal, action: str = "docs:read") -> list[UUID]:
    """The ids of those that somebody may read."""
    with Session(engine) as session:
        found = select(Doc.id).where(permitted(columns, who, action).where)
        return list(session.scalars(found))


def test_keys_that_are_no_texts(engine: Engine, tmp_path: Path) -> None:
    """An int, a UUID and a member of an enumeration are compared as the texts that they stand for, as a whole."""
    guard = guard_of(
        tmp_path,
        "  - {id: draft, effect: deny, code: not_permitted, on: ['docs:read'], when: 'resource.status == \"done\"'}\n",
    )
    columns = columns_of(guard)
    assert listed(engine, columns, KEY) == [ONE]
    only = Principal.api_key("k", workspace="7", scopes=f"docs:read/{TWO}", attributes={"team": "red"})
    assert listed(engine, columns, only) == []
    for space in ("07", "seven", "7 ", "\u0667", "-0", "9" * 30):
        assert (
            listed(
                engine, columns, Principal.api_key("k", workspace=space, scopes="docs:read", attributes={"team": "red"})
            )
            == []
        )
    with Session(engine) as session:
        one = session.get_one(Doc, ONE)
        assert guard.check(KEY, "docs:read", one)
        assert permitted(columns, KEY, "docs:read").filter.matches(one)
        assert not permitted(columns, KEY, "docs:read").filter.matches(session.get_one(Doc, TWO))


def test_none_is_a_denial(engine: Engine, tmp_path: Path) -> None:
    """No row, and the denial with its code to raise."""
    columns = columns_of(guard_of(tmp_path))
    nobody = Principal.api_key("k", workspace="7", scopes="", attributes={"team": "red"})
    found = permitted(columns, nobody, "docs:read")
    assert (found.state, found.decision.code) == ("none", "scope_missing")
    with pytest.raises(AccessDenied):
        found.authorize()
    assert listed(engine, columns, nobody) == []
    assert permitted(columns, KEY, "docs:read").authorize().state == "some"


def test_what_no_query_says_is_refused_at_start(tmp_path: Path) -> None:
    """Over every rule of the surface, with attribute, operator, rule and place."""
    columns = columns_of(guard_of(tmp_path))
    columns.verify("docs:read")
    with pytest.raises(CannotFilter) as raised:
        columns.verify()
    error = raised.value
    assert (error.attribute, error.operator, error.rule) == (None, "resource.size * 2 > 10", "docs.size")
    assert str(error.place).endswith("pack.yaml:14:5")
    assert str(error).startswith("cannot filter by (resource.size * 2 > 10) of docs.size (")
    assert len(columns.problems()) == 1
    with pytest.raises(CannotFilter):
        permitted(columns, KEY, "docs:write")
    with pytest.raises(RequestError, match='no action "docs:reed" in the catalog; did you mean "docs:read"'):
        columns.verify("docs:reed")


def test_an_attribute_without_a_column(tmp_path: Path) -> None:
    """Is told by name."""
    columns = columns_of(guard_of(tmp_path), size=Doc.size)
    with pytest.raises(CannotFilter, match='no column is mapped for the attribute "owner" of docs') as raised:
        columns.verify("docs:read")
    assert (raised.value.attribute, raised.value.operator) == ("owner", "!=")


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"owner": Doc.folded}, "collation 'NOCASE' may take different texts"),
        ({"owner": Doc.size}, None),
        ({"owner": Doc.flag}, "does not hold what is declared as string"),
        ({"size": Doc.owner}, "does not hold what is declared as int"),
        ({"ratio": Doc.decimal}, "does not hold what is declared as double"),
        ({"ratio": Doc.single}, "single precision"),
        ({"ratio": Doc.short}, "single precision"),
        ({"made_at": Doc.naive}, "its times have no zone"),
        ({"made_at": Doc.made_at}, None),
        ({"tags": Doc.owner}, "does not hold what is declared as list"),
        ({"any": Doc.owner}, "does not hold what is declared as dyn"),
    ],
)
def test_columns_that_hold_something_else(tmp_path: Path, attributes: Mapping[str, Any], why: str | None) -> None:
    """Are refused where they are mapped."""
    guard = guard_of(tmp_path)
    if why is None:
        columns_of(guard, **attributes)
        return
    with pytest.raises(CannotFilter, match=why):
        columns_of(guard, **attributes)


def test_mappings_are_checked(tmp_path: Path) -> None:
    """Names, and what they stand for; a class is mapped once."""
    guard = guard_of(tmp_path)
    with pytest.raises(RequestError, match='no attribute "owners" of docs in the catalog; did you mean "owner"'):
        columns_of(guard, owners=Doc.owner)
    with pytest.raises(RequestError, match='no surface "doc" in the catalog; did you mean "docs"'):
        map_columns(guard, Doc, surface="doc", workspace=Doc.space, attributes={})
    with pytest.raises(RequestError, match='what holds "owner" must be an attribute of Doc'):
        columns_of(guard, owner=Doc.__table__.c.owner)
    columns = map_columns(guard, Doc, surface="docs", workspace="space", attributes={"owner": "owner"})
    with pytest.raises(RequestError, match="Doc is registered already"):
        columns_of(guard)
    with pytest.raises(RequestError, match='the columns are of the surface "docs", but notes:read is about "notes"'):
        permitted(columns, KEY, "notes:read")


def test_other_databases_are_refused(tmp_path: Path) -> None:
    """Their comparisons are not known."""
    where = permitted(columns_of(guard_of(tmp_path)), KEY, "docs:read").where
    with pytest.raises(CannotFilter, match="no list is made by mysql"):
        where.compile(dialect=mysql.dialect())
    for dialect in (sqlite.dialect(), postgresql.dialect()):  # type: ignore[no-untyped-call]  # theirs
        assert "space" in str(where.compile(dialect=dialect))


def test_types_of_a_hosts_own(tmp_path: Path) -> None:
    """What only names a type is that type; what changes values on their way is refused."""

    class Plain(TypeDecorator[str]):
        impl = String
        cache_ok = True

    class Reversed(Plain):
        def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002  # theirs
            return value and value[::-1]

    class Own(DeclarativeBase):
        pass

    class Item(Own):
        __tablename__ = "items"
        id: Mapped[str] = mapped_column(primary_key=True)
        space: Mapped[str] = mapped_column(String)
        plain: Mapped[str] = mapped_column(Plain)
        reversed: Mapped[str] = mapped_column(Reversed)
        tags: Mapped[Any] = mapped_column(ARRAY(String))

    guard = guard_of(tmp_path)
    map_columns(guard, Item, surface="docs", workspace=Item.space, attributes={"owner": Item.plain, "tags": Item.tags})
    with pytest.raises(CannotFilter, match="Reversed makes other values"):
        map_columns(guard, Item, surface="docs", workspace=Item.space, attributes={"owner": Item.reversed})


def test_golden_sql(tmp_path: Path) -> None:
    """The expression, as it is sent."""
    guard = guard_of(tmp_path)
    columns = columns_of(guard)
    only = Principal.api_key("k", workspace="7", scopes=f"docs:read/{ONE}", attributes={"team": "red"})
    where = permitted(columns, only, "docs:read", Context(now=datetime(2026, 1, 1, tzinfo=UTC))).where
    found = where.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    assert str(found) == (
        "(docs_by_key.space = 7 AND docs_by_key.owner COLLATE BINARY = 'red' "
        "AND docs_by_key.id IN ('00000000000000000000000000000001'))"
    )
