"""One service for each database, and a workspace in it for each test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from tests.account.service import House, make_app, make_house

_NUMBERS = count(1)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application on a database."""
    folder: Path = tmp_path_factory.mktemp(f"account-{request.param}")
    if request.param == "sqlite":
        return make_app(folder, f"sqlite:///{folder / 'account.sqlite'}")
    server: Any = request.getfixturevalue("postgres_server")
    engine = create_engine(server.url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE account_{next(_NUMBERS)}"))
        name = connection.scalar(text("SELECT max(datname) FROM pg_database WHERE datname LIKE 'account%'"))
    engine.dispose()
    return make_app(folder, server.url(database=name))


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of it, from loopback."""
    with TestClient(app, base_url="https://testserver", client=("127.0.0.1", 50000)) as found:
        yield found


@pytest.fixture
def house(app: FastAPI, client: TestClient) -> House:
    """A workspace of a test's own."""
    return make_house(app, client, next(_NUMBERS))


@pytest.fixture
def other(app: FastAPI, client: TestClient) -> House:
    """Another workspace of the same service."""
    return make_house(app, client, next(_NUMBERS))
