"""The database: SQLite or PostgreSQL, brought up to date by Alembic, and a session of it for each request."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from alembic import command
from alembic.config import Config
from fastapi import Depends, Request
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from starlette.concurrency import run_in_threadpool

from account.guarding import account_of


def connect(url: str) -> sessionmaker[Session]:
    """Sessions of the database at *url*."""
    # As many connections as there are threads that serve requests, and some for what they ask on the way.
    engine = create_engine(url, pool_size=20, max_overflow=60)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return sessionmaker(engine, expire_on_commit=False)


def migrate(engine: Engine) -> None:
    """Bring the tables up to date."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Readers do not wait for a writer, and a writer waits for another one instead of failing at once.
    for setting in ("journal_mode=WAL", "busy_timeout=30000", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {setting}")


async def db_of(request: Request) -> AsyncIterator[Session]:
    """The session of a request, of every one: what asks about it reads by it too. What it writes, a handler commits."""
    db = request.state.db = account_of(request).sessions()
    try:
        yield db
    finally:
        # Where a handler is through with it, there is nothing to wait for.
        if db.in_transaction():
            await run_in_threadpool(db.close)


Db: TypeAlias = Annotated[Session, Depends(db_of)]
