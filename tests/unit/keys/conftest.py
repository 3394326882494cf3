"""Keys over every store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import sessionmaker

from scopeguard import Guard
from scopeguard.keys import AsyncKeys, Keys, MemoryStore
from scopeguard.keys.sqlalchemy import AsyncSqlalchemyStore, SqlalchemyStore
from tests.django_project import configured
from tests.unit.keys.driving import Counting, Driven
from tests.unit.keys.service import ApiKey, Base, KeyGeneration

configured()

from scopeguard.keys.django import AsyncDjangoStore, DjangoStore, GenerationModel, KeyModel  # noqa: E402  # see above


def made(engine: Engine) -> Engine:
    """The engine, with empty tables."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    return engine


def at_once(url: str) -> tuple[type, Any]:
    """A store of SQLAlchemy."""
    return Keys, SqlalchemyStore(
        sessionmaker(made(create_engine(url, poolclass=NullPool))), ApiKey, generation=KeyGeneration
    )


def to_await(url: str) -> tuple[type, Any]:
    """A store of SQLAlchemy to await. Each question of a test has an event loop of its own: no connection outlives one."""
    made(create_engine(url.replace("+aiosqlite", ""), poolclass=NullPool)).dispose()
    engine = create_async_engine(url, poolclass=NullPool)
    return AsyncKeys, AsyncSqlalchemyStore(async_sessionmaker(engine), ApiKey, generation=KeyGeneration)


class DjangoKey(KeyModel):
    """The model of a project."""

    class Meta:
        """The application that it belongs to."""

        app_label = "tests"


class DjangoGeneration(GenerationModel):
    """The generation of its keys."""

    class Meta:
        """The application that it belongs to."""

        app_label = "tests"


def of_django(request: pytest.FixtureRequest, name: str, database: dict[str, Any]) -> DjangoStore:
    """A store of Django, in a database with empty tables."""
    configured(**{name: database})
    connection = connections[name]
    with connection.schema_editor() as editor:
        for model in (DjangoKey, DjangoGeneration):
            if model._meta.db_table in connection.introspection.table_names():
                editor.delete_model(model)
            editor.create_model(model)
    request.addfinalizer(connections.close_all)
    return DjangoStore(DjangoKey, generation=DjangoGeneration, using=name)


def in_file(request: pytest.FixtureRequest) -> DjangoStore:
    """One in a file."""
    path = sqlite_path(request)
    return of_django(request, f"file{path.parent.name}", {"ENGINE": "django.db.backends.sqlite3", "NAME": path})


def in_postgres(request: pytest.FixtureRequest) -> DjangoStore:
    """One in the server."""
    server = request.getfixturevalue("postgres_server")
    place = {"NAME": "postgres", "USER": "tests", "HOST": "127.0.0.1", "PORT": server.port}
    return of_django(request, "server", {"ENGINE": "django.db.backends.postgresql", **place})


def postgres_url(request: pytest.FixtureRequest) -> str:
    """Where the server is."""
    return str(request.getfixturevalue("postgres_server").url())


def sqlite_path(request: pytest.FixtureRequest) -> Path:
    """A file for a database."""
    return Path(request.getfixturevalue("tmp_path")) / "keys.db"


STORES: dict[str, Callable[[pytest.FixtureRequest], tuple[type, Any]]] = {
    "memory": lambda _: (Keys, MemoryStore()),
    "memory, awaited": lambda _: (AsyncKeys, MemoryStore()),
    "SQLAlchemy, SQLite": lambda request: at_once(f"sqlite:///{sqlite_path(request)}"),
    "SQLAlchemy, SQLite, awaited": lambda request: to_await(f"sqlite+aiosqlite:///{sqlite_path(request)}"),
    "SQLAlchemy, PostgreSQL": lambda request: at_once(postgres_url(request)),
    "SQLAlchemy, PostgreSQL, awaited": lambda request: to_await(postgres_url(request)),
    "Django, SQLite": lambda request: (Keys, in_file(request)),
    "Django, SQLite, awaited": lambda request: (AsyncKeys, AsyncDjangoStore(in_file(request))),
    "Django, PostgreSQL": lambda request: (Keys, in_postgres(request)),
}


@pytest.fixture(scope="session")
def guard() -> Guard:
    """The shipped pack."""
    return Guard.default()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Counting:
    """A store without keys."""
    return Counting(*STORES[request.param](request))


@pytest.fixture
def keys(store: Counting) -> Driven:
    """The keys of a service in it."""
    return store.keys()
