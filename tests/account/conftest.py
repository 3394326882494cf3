"""One service for each database, and a workspace in it for each test."""

import os
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
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application on a database."""
    made = make_app(*_folder_and_url(request, tmp_path_factory))
    yield made
    # Where nothing was asked of it over HTTP, its end closes nothing.
    made.state.account.sessions.kw["bind"].dispose()


def _folder_and_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder: Path = tmp_path_factory.mktemp(f"account-{request.param}")
    if request.param == "sqlite":
        return folder, f"sqlite:///{folder / 'account.sqlite'}"
    server: Any = request.getfixturevalue("postgres_server")
    name = f"account_{os.getpid()}_{next(_NUMBERS)}"
    engine = create_engine(server.url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return folder, server.url(database=name)


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
