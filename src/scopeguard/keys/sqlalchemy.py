"""Keys in a table of the host's, by SQLAlchemy: SQLite and PostgreSQL. Needs the extra ``sqlalchemy``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from scopeguard import RequestError, ScopeguardError
from scopeguard.keys.records import CHANGED, FIELDS, StoredKey

try:
    from sqlalchemy import (
        CursorResult,
        DateTime,
        Dialect,
        Integer,
        Row,
        Select,
        String,
        Table,
        Text,
        Update,
        bindparam,
        insert,
        select,
        update,
    )
    from sqlalchemy.dialects import postgresql, sqlite
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker
    from sqlalchemy.types import TypeDecorator
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "sqlalchemy":
        raise
    needed = "scopeguard.keys.sqlalchemy needs its extra: pip install 'scopeguard-authz[sqlalchemy]'"
    raise ModuleNotFoundError(needed, name="sqlalchemy") from None

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

_UPSERTS: Final[Mapping[str, Callable[[Table], Any]]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, also where the database keeps no offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # theirs
        """As it is written."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # theirs
        """As it was written."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class KeyColumns:
    """The columns of a table of keys, for a declarative class of the host's that may have more of its own."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    workspace: Mapped[str] = mapped_column(String(255), index=True)
    scopes: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner: Mapped[str | None] = mapped_column(String(255), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    environment: Mapped[str | None] = mapped_column(String(16))
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leaked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ip_allow: Mapped[str | None] = mapped_column(Text)
    rotated_to: Mapped[str | None] = mapped_column(String(32))
    rotated_from: Mapped[str | None] = mapped_column(String(32))
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer)


class GenerationColumns:
    """The columns of the table with one row that a cache looks at."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(Integer)


class _Statements:
    """What is said to the database, by threads and tasks alike."""

    def __init__(self, model: type[KeyColumns], generation: type[GenerationColumns] | None) -> None:
        self.table: Final = _table(model)
        absent = [name for name in FIELDS if name not in self.table.c]
        if absent:
            raise RequestError(f"the table of keys lacks the column {absent[0]}; inherit from KeyColumns")
        self._generation: Final = None if generation is None else _table(generation)
        # Made once, for every request asks it: to write it down takes longer than to ask.
        self.one: Final = self._all().where(self.table.c.id == bindparam("key_id"))

    def of_workspace(self, workspace: str) -> Select[Any]:
        columns = self.table.c
        return self._all().where(columns.workspace == workspace).order_by(columns.created_at, columns.id)

    def added(self, key: StoredKey) -> Any:
        values = {name: getattr(key, name) for name in FIELDS}
        values["ip_allow"] = None if key.ip_allow is None else " ".join(key.ip_allow)
        return insert(self.table).values(values)

    def changed(self, key: StoredKey) -> Update:
        columns = self.table.c
        found = update(self.table).where(columns.id == key.id, columns.version == key.version - 1)
        return found.values({name: getattr(key, name) for name in CHANGED})

    def rehashed(self, id: str, old: str, new: str) -> Update:
        columns = self.table.c
        return update(self.table).where(columns.id == id, columns.digest == old).values(digest=new)

    def touched(self, uses: Mapping[str, datetime]) -> tuple[Update, list[dict[str, Any]]]:
        statement = update(self.table).where(self.table.c.id == bindparam("key_id"))
        # In one order for all processes, so that none waits for another in a circle.
        rows = [{"key_id": key_id, "used_at": used_at} for key_id, used_at in sorted(uses.items())]
        return statement.values(last_used_at=bindparam("used_at", type_=UtcDateTime)), rows

    def raised(self, dialect: str) -> Any:
        """The generation goes up; None where there is none."""
        if self._generation is None:
            return None
        upsert = _UPSERTS.get(dialect)
        if upsert is None:
            raise ScopeguardError(f"a generation of keys needs SQLite or PostgreSQL, not {dialect}")
        statement = upsert(self._generation).values(id=1, value=1)
        return statement.on_conflict_do_update(index_elements=["id"], set_={"value": self._generation.c.value + 1})

    def generation(self) -> Select[Any]:
        if self._generation is None:
            raise ScopeguardError("a cache needs a generation: make the store with generation=")
        return select(self._generation.c.value).where(self._generation.c.id == 1)

    def _all(self) -> Select[Any]:
        return select(*(self.table.c[name] for name in FIELDS))


class SqlalchemyStore:
    """Keys in the table of *model*, a declarative class with :class:`KeyColumns`, by sessions of the host's.

    *generation*, a class with :class:`GenerationColumns`, is needed with a cache only. Each method is a transaction of
    its own.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        model: type[KeyColumns],
        *,
        generation: type[GenerationColumns] | None = None,
    ) -> None:
        self._sessions: Final = sessions
        self._statements: Final = _Statements(model, generation)

    def get(self, id: str) -> StoredKey | None:
        """As ``KeyStore.get``."""
        with self._sessions() as session:
            return _stored(session.execute(self._statements.one, {"key_id": id}).one_or_none())

    def add(self, key: StoredKey) -> bool:
        """As ``KeyStore.add``."""
        try:
            with self._sessions.begin() as session:
                session.execute(self._statements.added(key))
        except IntegrityError:
            # Another constraint of the host's is no reason to draw another id.
            if self.get(key.id) is None:
                raise
            return False
        return True

    def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """As ``KeyStore.update``."""
        with self._sessions.begin() as session:
            changed = session.execute(self._statements.changed(key))
            if _count(changed) != 1:
                return False
            if successor is not None:
                session.execute(self._statements.added(successor))
            raised = self._statements.raised(session.get_bind().dialect.name)
            if raised is not None:
                session.execute(raised)
        return True

    def rehash(self, id: str, old: str, new: str) -> None:
        """As ``KeyStore.rehash``."""
        with self._sessions.begin() as session:
            session.execute(self._statements.rehashed(id, old, new))

    def of_workspace(self, workspace: str) -> Sequence[StoredKey]:
        """As ``KeyStore.of_workspace``."""
        with self._sessions() as session:
            rows = session.execute(self._statements.of_workspace(workspace)).all()
        return [_key(row) for row in rows]

    def touch(self, uses: Mapping[str, datetime]) -> None:
        """As ``KeyStore.touch``."""
        with self._sessions.begin() as session:
            session.connection().execute(*self._statements.touched(uses))

    def generation(self) -> int:
        """As ``KeyStore.generation``."""
        with self._sessions() as session:
            return session.execute(self._statements.generation()).scalar() or 0


class AsyncSqlalchemyStore:
    """As :class:`SqlalchemyStore`, to await."""

    def __init__(
        self,
        sessions: "async_sessionmaker[AsyncSession]",
        model: type[KeyColumns],
        *,
        generation: type[GenerationColumns] | None = None,
    ) -> None:
        self._sessions: Final = sessions
        self._statements: Final = _Statements(model, generation)

    async def get(self, id: str) -> StoredKey | None:
        """As ``KeyStore.get``."""
        async with self._sessions() as session:
            return _stored((await session.execute(self._statements.one, {"key_id": id})).one_or_none())

    async def add(self, key: StoredKey) -> bool:
        """As ``KeyStore.add``."""
        try:
            async with self._sessions.begin() as session:
                await session.execute(self._statements.added(key))
        except IntegrityError:
            if await self.get(key.id) is None:
                raise
            return False
        return True

    async def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """As ``KeyStore.update``."""
        async with self._sessions.begin() as session:
            changed = await session.execute(self._statements.changed(key))
            if _count(changed) != 1:
                return False
            if successor is not None:
                await session.execute(self._statements.added(successor))
            raised = self._statements.raised(session.get_bind().dialect.name)
            if raised is not None:
                await session.execute(raised)
        return True

    async def rehash(self, id: str, old: str, new: str) -> None:
        """As ``KeyStore.rehash``."""
        async with self._sessions.begin() as session:
            await session.execute(self._statements.rehashed(id, old, new))

    async def of_workspace(self, workspace: str) -> Sequence[StoredKey]:
        """As ``KeyStore.of_workspace``."""
        async with self._sessions() as session:
            rows = (await session.execute(self._statements.of_workspace(workspace))).all()
        return [_key(row) for row in rows]

    async def touch(self, uses: Mapping[str, datetime]) -> None:
        """As ``KeyStore.touch``."""
        async with self._sessions.begin() as session:
            await (await session.connection()).execute(*self._statements.touched(uses))

    async def generation(self) -> int:
        """As ``KeyStore.generation``."""
        async with self._sessions() as session:
            return (await session.execute(self._statements.generation())).scalar() or 0


def _table(model: type) -> Table:
    table = getattr(model, "__table__", None)
    if not isinstance(table, Table):
        raise RequestError(f"{model.__name__} is no declarative class with a table")
    return table


def _count(changed: Any) -> int:
    return cast("CursorResult[Any]", changed).rowcount


def _stored(row: Row[Any] | None) -> StoredKey | None:
    return None if row is None else _key(row)


def _key(row: Row[Any]) -> StoredKey:
    values = dict(row._mapping)  # noqa: SLF001  # the public name of SQLAlchemy for it
    networks = values.pop("ip_allow")
    return StoredKey(**values, ip_allow=None if networks is None else tuple(networks.split()))
