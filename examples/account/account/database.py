"""The database: SQLite or PostgreSQL, brought up to date by Alembic, and a session of it for each request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from alembic import command
from alembic.config import Config
from fastapi import Depends, Request
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

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


def db_of(request: Request) -> Iterator[Session]:
    """A session for a request; what it writes, a handler commits."""
    with account_of(request).sessions() as db:
        yield db


Db: TypeAlias = Annotated[Session, Depends(db_of)]
