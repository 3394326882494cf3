"""Whoever may not ask about a row learns of none whether it exists, however the host says that it is not there."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from flask import Flask, abort
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import WebSocketDenialResponse

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.http import NotFound
from scopeguard.integrations import fastapi as of_fastapi
from scopeguard.integrations import starlette as of_starlette
from scopeguard.integrations.flask import Scopeguard
from tests.integrations.http_cases import CONTEXT, who

GUARD = Guard.default()
OWNERS = {"here": "ws_1", "elsewhere": "ws_2"}
"""The workspaces of rows."""
PATHS = ("here", "elsewhere", "nowhere")
WRITER = Principal.api_key("key_w", workspace="ws_1", scopes="agents:write agents:read")
ASKING = {"writer": None, "tester": "Bearer tester", "nobody": "Bearer nobody", "anonymous": ""}
Ask = Callable[[str, str], Any]
Missing = Callable[[], Exception]


def principal_of(connection: HTTPConnection) -> Principal:
    """Who asks."""
    return known(connection.headers.get("authorization"))


def solved(connection: HTTPConnection, _: Annotated[None, Depends(lambda: None)]) -> Principal:
    """The same, as any other dependency."""
    return principal_of(connection)


def context_of() -> Context:
    """The time of the tests."""
    return CONTEXT


def known(text: str | None) -> Principal:
    """Who has a credential."""
    return WRITER if text == "Bearer writer" else who(text)


def row(key: str, missing: Missing) -> Resource:
    """The row of a path; raises where there is none."""
    if key not in OWNERS:
        raise missing()
    return Resource("agents", key, OWNERS[key])


MISSING: dict[str, Missing] = {"HTTPException": lambda: HTTPException(404, "no such agent"), "NotFound": NotFound}


class NoAgentError(Exception):
    """An error of the host's own, of which it makes a 404."""


def app_of_fastapi(missing: Missing, principal: Any = principal_of, **more: Any) -> FastAPI:
    """Routes that ask about rows, below a router and a mount too, and after a dependency that finds a row itself."""

    def load(key: str) -> Resource:
        return row(key, missing)

    async def load_later(key: str) -> Resource:
        return row(key, missing)

    def find_first(key: str) -> None:
        row(key, missing)

    authz = of_fastapi.Authz(GUARD, principal=principal, channel="server", **more)
    app, router, below = FastAPI(), APIRouter(), FastAPI()
    router.post("/one/{key}", dependencies=[authz.one("agents:write", load, ungated=True)])(answer)
    router.post("/later/{key}", dependencies=[authz.one("agents:write", load_later, ungated=True)])(answer)
    router.post("/new/{key}", dependencies=[authz.new("agents:write", load, ungated=True)])(answer)
    router.websocket("/socket/{key}", dependencies=[authz.one("agents:write", load)])(answer)
    app.include_router(router)
    below.include_router(router)
    app.mount("/below", below)
    authz.install(app)
    return app


def answer() -> str:
    """A handler."""
    return "done"


def statuses(ask: Ask, address: str) -> dict[str, list[int]]:
    """How each of those who ask is answered about each row; what is not there has the bytes of what is hidden."""
    found = {}
    for name in ASKING:
        _, hidden, absent = replies = [ask(name, f"{address}/{path}") for path in PATHS]
        assert (hidden.content, hidden.headers) == (absent.content, absent.headers)
        found[name] = [reply.status_code for reply in replies]
    return found


def headers_of(name: str) -> dict[str, str]:
    """The headers of a request."""
    return {} if name == "anonymous" else {"Authorization": f"Bearer {name}"}


ALIKE = {"writer": [200, 404, 404], "tester": [403] * 3, "nobody": [401] * 3, "anonymous": [401] * 3}


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize("principal", [principal_of, solved])
@pytest.mark.parametrize("more", [{}, {"context": context_of}])
def test_a_load_of_fastapi_that_raises(missing: Missing, principal: Any, more: Any) -> None:
    """Whether who asks is a function of the connection or any dependency; in mounted applications too."""
    client = TestClient(app_of_fastapi(missing, principal, **more))

    def ask(name: str, address: str) -> Any:
        return client.post(address, headers=headers_of(name))

    for address in ("/one", "/later", "/new", "/below/one", "/below/new"):
        assert statuses(ask, address) == ALIKE, address


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize("principal", [principal_of, solved])
def test_a_load_of_a_websocket_that_raises(missing: Missing, principal: Any) -> None:
    """It is denied before it is accepted, as any other."""
    client = TestClient(app_of_fastapi(missing, principal))
    found: dict[str, list[int]] = {}
    for name in ASKING:
        found[name] = []
        for path in PATHS[1:]:
            with (
                pytest.raises(WebSocketDenialResponse) as caught,
                client.websocket_connect(f"/socket/{path}", headers=headers_of(name)),
            ):
                pass
            found[name].append(caught.value.status_code)
    assert found == {name: expected[1:] for name, expected in ALIKE.items()}


def test_a_dependency_before_the_mark_that_raises() -> None:
    """What is found before anything is asked says no more than what is asked about."""
    authz = of_fastapi.Authz(GUARD, principal=principal_of, channel="server")
    app = FastAPI()

    def find_first(key: str) -> None:
        row(key, MISSING["HTTPException"])

    marks = [authz.on("agents:read"), authz.many("agents:read")]
    app.get("/{key}", dependencies=[Depends(find_first), *marks])(answer)
    authz.install(app)
    client = TestClient(app)
    assert [client.get(f"/{path}", headers=headers_of("tester")).status_code for path in PATHS] == [403] * 3
    assert [client.get(f"/{path}").status_code for path in PATHS] == [401] * 3
    assert [client.get(f"/{path}", headers=headers_of("writer")).status_code for path in PATHS] == [200, 200, 404]


@pytest.mark.parametrize("is_before", [True, False])
def test_a_404_of_the_host_says_the_same_of_both(is_before: bool) -> None:
    """Whenever its handler was added: it is not given the words of a load, and is called after the questions."""
    app = FastAPI()
    authz = of_fastapi.Authz(GUARD, principal=principal_of, channel="server")

    async def own(request: Request, error: Any) -> Response:
        return JSONResponse({"error": error.detail}, 404)

    def load(key: str) -> Resource:
        return row(key, MISSING["HTTPException"])

    app.post("/{key}", dependencies=[authz.one("agents:write", load, ungated=True)])(answer)
    if is_before:
        app.add_exception_handler(404, own)
    authz.install(app)
    if not is_before:
        app.add_exception_handler(404, own)
    client = TestClient(app)
    assert statuses(lambda name, address: client.post(address, headers=headers_of(name)), "") == ALIKE
    assert client.post("/nowhere", headers=headers_of("writer")).json() == {"error": "Not Found"}


def test_a_404_of_a_handler_asks_nothing_more() -> None:
    """What a handler does not find, once it was asked for, is not found: also where the surface is denied."""
    authz = of_fastapi.Authz(GUARD, principal=principal_of, channel="server")
    app = FastAPI()
    asked: list[str] = []
    stop = GUARD.observe(lambda decision, _: asked.append(decision.permission))

    def load(key: str) -> Resource:
        return Resource("agents", key, "ws_1")

    def missing() -> None:
        raise HTTPException(404)

    app.get("/{key}", dependencies=[authz.one("agents:read", load)])(missing)
    authz.install(app)
    assert TestClient(app).get("/here", headers=headers_of("writer")).status_code == 404
    stop()
    assert asked == ["agents:read"]


@pytest.mark.parametrize("missing", MISSING.values(), ids=MISSING)
def test_a_load_of_starlette_that_raises(missing: Missing) -> None:
    """Functions, coroutines and methods alike."""
    authz = of_starlette.Authz(GUARD, principal=principal_of, channel="server")

    def load(request: HTTPConnection) -> Resource:
        return row(request.path_params["key"], missing)

    async def load_later(request: HTTPConnection) -> Resource:
        return load(request)

    def handler(request: Request, _: Any) -> Response:
        return JSONResponse("done")

    write = "agents:write"
    app = Starlette(
        routes=[
            Route("/one/{key}", authz.one(write, load, ungated=True)(handler), methods=["POST"]),
            Route("/later/{key}", authz.one(write, load_later, ungated=True)(handler), methods=["POST"]),
            Route("/new/{key}", authz.new(write, load_later, ungated=True)(handler), methods=["POST"]),
        ]
    )
    authz.install(app)
    client = TestClient(app)
    for address in ("/one", "/later", "/new"):
        assert statuses(lambda name, at: client.post(at, headers=headers_of(name)), address) == ALIKE, address


def test_a_proposal_of_flask_that_aborts() -> None:
    """What a new row is to stand beside says nothing either."""
    app = Flask(__name__, static_folder=None)
    authz = Scopeguard(
        guard=GUARD,
        principal=lambda request: known(request.headers.get("authorization")),
        context=lambda _: CONTEXT,
        channel="server",
    )

    def propose(key: str) -> Resource:
        return Resource("agents", None, OWNERS[key]) if key in OWNERS else abort(404)

    app.post("/new/<key>")(authz.new("agents:write", propose, ungated=True)(lambda **_: "done"))
    authz.init_app(app)
    client = app.test_client()

    class Reply:
        def __init__(self, response: Any) -> None:
            self.content, self.headers, self.status_code = response.data, dict(response.headers), response.status_code

    assert statuses(lambda name, at: Reply(client.post(at, headers=headers_of(name))), "/new") == ALIKE


@pytest.mark.parametrize("is_flask", [True, False])
def test_an_error_of_the_host_is_no_answer_either(is_flask: bool) -> None:
    """Where a host makes a 404 of an error of its own, nobody gets it who is denied on the whole surface."""

    def of_flask() -> list[list[int]]:
        app = Flask(__name__, static_folder=None)
        authz = Scopeguard(
            guard=GUARD,
            principal=lambda request: known(request.headers.get("authorization")),
            context=lambda _: CONTEXT,
            channel="server",
        )
        app.register_error_handler(NoAgentError, lambda _: ("none", 404))
        app.get("/<key>")(authz.one("agents:read", lambda key: row(key, NoAgentError))(lambda **_: "done"))
        authz.init_app(app)
        client = app.test_client()
        return [
            [client.get(f"/{path}", headers=headers_of(name)).status_code for path in ("here", "nowhere")]
            for name in ASKING
        ]

    def of_starlette_app() -> list[list[int]]:
        authz = of_starlette.Authz(GUARD, principal=principal_of, channel="server")

        def handler(request: Request, _: Any) -> Response:
            return JSONResponse("done")

        async def none(request: Request, _: Exception) -> Response:
            return JSONResponse("none", 404)

        load = authz.one("agents:read", lambda request: row(request.path_params["key"], NoAgentError))
        app = Starlette(routes=[Route("/{key}", load(handler))], exception_handlers={NoAgentError: none})
        authz.install(app)
        client = TestClient(app)
        return [
            [client.get(f"/{path}", headers=headers_of(name)).status_code for path in ("here", "nowhere")]
            for name in ASKING
        ]

    found = of_flask() if is_flask else of_starlette_app()
    assert found == [[200, 404], [403, 403], [401, 401], [401, 401]]
