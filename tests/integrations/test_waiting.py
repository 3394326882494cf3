"""Functions of a host that wait: one way to a thread for all of them, and nothing of theirs ends a question."""

import threading
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scopeguard import Context, FactsNeeded, Guard, Principal
from scopeguard.integrations import fastapi, starlette_waiting
from scopeguard.integrations import starlette as of_starlette
from tests.integrations.http_cases import CONTEXT, facts_of, who

GUARD = Guard.default()
WRITER = {"authorization": "Bearer writer"}


class Host:
    """What a host gives, with what was asked of it and in which thread."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.threads: set[int] = set()

    def note(self, what: str) -> None:
        """Something was asked."""
        self.asked.append(what)
        self.threads.add(threading.get_ident())

    def principal(self, connection: HTTPConnection) -> Principal:
        """Who a request says that it is."""
        self.note("principal")
        return who(connection.headers.get("authorization"))

    def context(self, connection: HTTPConnection) -> Context:
        """The time of the tests."""
        assert connection.headers
        self.note("context")
        return CONTEXT

    def facts(self, needed: FactsNeeded, access: fastapi.Access, about: object) -> Mapping[str, Any]:
        """The facts about whoever asks."""
        assert needed
        assert about is None
        self.note("facts")
        return facts_of(access.principal)

    async def later(self, needed: FactsNeeded, access: fastapi.Access, about: object) -> Mapping[str, Any]:
        """The same, awaited."""
        return self.facts(needed, access, about)


class Later:
    """What is no coroutine function, and gives something to await."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def __call__(self, *asked: Any) -> Any:
        """The facts, later."""
        return self._host.later(*asked)


def called(host: Host, facts: Any, **more: Any) -> Any:
    """The answer of a route that needs all that the host gives."""
    authz = fastapi.Authz(
        GUARD, **{"principal": host.principal, "context": host.context, "facts": facts, "channel": "server", **more}
    )
    app = FastAPI()

    @app.post("/calls", dependencies=[authz.on("voice.connect")])
    async def call(access: Annotated[fastapi.Access, authz.access]) -> Any:
        host.asked.append("handler")
        return {"by": access.principal.id}

    authz.install(app)
    return TestClient(app, raise_server_exceptions=False).post("/calls", headers=WRITER)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What went to a thread."""
    found: list[Any] = []

    def counted(function: Callable[..., Any], *arguments: Any) -> Any:
        found.append(function)
        return run_in_threadpool(function, *arguments)

    monkeypatch.setattr(starlette_waiting, "run_in_threadpool", counted)
    return found


def test_all_of_a_request_goes_to_a_thread_once(ways: list[Any]) -> None:
    """Who asks, the circumstances and the facts, each asked for once, in a thread that is not the server's own."""
    host = Host()

    assert called(host, host.facts).json() == {"by": "key_writer"}
    assert host.asked == ["principal", "context", "facts", "handler"]
    assert len(host.threads) == len(ways) == 1
    assert threading.get_ident() not in host.threads


def test_what_is_awaited_is_awaited_where_the_server_is(ways: list[Any]) -> None:
    """Among functions that are not, by a coroutine function and by what only gives something to await."""
    host = Host()
    assert called(host, host.later).status_code == 200
    assert called(host, Later(host)).status_code == 200
    assert host.asked == ["principal", "context", "facts", "handler"] * 2
    assert len(ways) == 2
    assert len(host.threads) > 1


@pytest.mark.parametrize("name", ["principal", "context", "facts"])
def test_a_function_that_stops_an_iteration_ends_no_question(name: str) -> None:
    """As ``next`` of nothing does in it: the handler is not called."""
    host = Host()

    def stop(*_: Any) -> Any:
        return next(iter(()))

    def of_connection(connection: HTTPConnection) -> Any:
        return stop(connection)

    given = {"facts": host.facts, name: stop if name == "facts" else of_connection}
    assert called(host, given.pop("facts"), **given).status_code == 500
    assert "handler" not in host.asked


def test_who_asks_one_guard_has_not_asked_another() -> None:
    """Two guards, two channels, one host: each question is its own, whatever was asked before it."""
    host = Host()
    other = Guard.default()
    same: Any = {"principal": host.principal, "context": host.context, "channel": "server"}
    of_one, of_other = fastapi.Authz(GUARD, **same), fastapi.Authz(other, **same)
    app = FastAPI()

    @app.get("/both", dependencies=[of_one.on("agents:read")])
    async def both(
        one: Annotated[fastapi.Access, of_one.access],
        another: Annotated[fastapi.Access, of_other.access],
        browser: Annotated[fastapi.Access, of_one.at("browser").access],
    ) -> Any:
        return [one.guard is GUARD, another.guard is other, one.context.channel, browser.context.channel]

    @app.get("/browser", dependencies=[of_one.on("agents:read"), of_one.at("browser").on("agents:read")])
    async def closed() -> Any:
        raise AssertionError("the handler was called")

    of_one.install(app)
    client = TestClient(app)
    assert client.get("/both", headers=WRITER).json() == [True, True, "server", "browser"]
    assert host.asked.count("principal") == 1
    assert client.get("/browser", headers=WRITER).json()["code"] == "credential_channel_forbidden"


def test_what_is_asked_for_days_has_the_time_of_each_question() -> None:
    """Of Starlette, where a handler asks whenever it likes: who it is once, the circumstances each time."""
    host = Host()
    authz = of_starlette.Authz(GUARD, principal=host.principal, context=host.context, channel="server")

    @authz.on("agents:read")
    async def handler(request: HTTPConnection) -> Response:
        await authz.access(request)
        return JSONResponse({})

    app = Starlette(routes=[Route("/", handler)])
    authz.install(app)
    assert TestClient(app).get("/", headers=WRITER).status_code == 200
    assert host.asked == ["principal", "context", "context"]
