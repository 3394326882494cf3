"""Routes of Starlette: the table of requests, by functions, coroutines and methods of endpoint classes."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from scopeguard import Context, FactsNeeded, Filter, Guard, Principal, RequestError, Resource
from scopeguard.http import attach, new_mark
from scopeguard.integrations.starlette import Access, Authz
from tests.integrations.http_agents import Agent, found, listed, mapped
from tests.integrations.http_cases import (
    AGENTS,
    CASES,
    CONTEXT,
    SAME,
    Case,
    Reply,
    facts_of,
    verify,
    verify_same,
    who,
)

GUARD = Guard.default()
COLUMNS = mapped(GUARD)


def principal_of(connection: HTTPConnection) -> Principal:
    """Who a request says that it is."""
    return who(connection.headers.get("authorization"))


async def context_of(connection: HTTPConnection) -> Context:
    """The time of the tests."""
    return CONTEXT


def facts(needed: FactsNeeded, access: Access, about: Any) -> Mapping[str, Any]:
    """The facts about whoever asks."""
    return facts_of(access.principal)


def load(connection: HTTPConnection) -> Agent | None:
    """The agent of a path."""
    return found(connection.path_params["key"])


def broken(connection: HTTPConnection) -> Agent | None:
    """A load that raises."""
    raise LookupError


async def propose(connection: HTTPConnection) -> Resource:
    """The agent that is to be."""
    assert isinstance(connection, Request)
    assert await connection.json()
    return Resource("agents", None, "ws_1")


def logged(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of a host's own, which stands outside."""

    @functools.wraps(handler)
    async def wrapper(*arguments: Any) -> Any:
        return await handler(*arguments)

    return wrapper


def made(*, install_last: bool) -> Starlette:
    """The service."""
    authz = Authz(
        GUARD, principal=principal_of, context=context_of, channel="server", facts=facts, realm="api",
    )  # fmt: skip

    @authz.public
    def health(request: Request) -> Response:
        return JSONResponse({"status": "up"})

    class Agents(HTTPEndpoint):
        """The methods of a collection."""

        @authz.many("agents:read", COLUMNS)
        async def get(self, request: Request, rows: Any) -> Response:
            return JSONResponse(listed(rows))

        @authz.new("agents.create", propose)
        async def post(self, request: Request, agent: Resource) -> Response:
            assert agent.surface == "agents"
            return JSONResponse({"name": (await request.json())["name"]}, 201)

    @logged
    @authz.one("agents:read", load)
    def one(request: Request, agent: Agent) -> Response:
        return JSONResponse({"id": agent.id, "name": agent.name})

    @authz.one("agents:write", load, ungated=True)
    async def change(request: Request, agent: Agent) -> Response:
        if request.method == "DELETE":
            return Response(status_code=204)
        return JSONResponse({"id": agent.id, "name": agent.name})

    @authz.on("voice.connect")
    class Calls(HTTPEndpoint):
        """A class that asks before any of its methods."""

        def post(self, request: Request) -> Response:
            return JSONResponse({"connected": True})

    @authz.on("preview.start")
    async def preview(request: Request) -> Response:
        return JSONResponse({"started": True})

    @authz.on("conversations:read")
    async def conversations(request: Request) -> Response:
        return JSONResponse(list((await authz.access(request)).decision.redact))

    @authz.at("dashboard").on("api_keys:view")
    def keys(request: Request) -> Response:
        return JSONResponse({"keys": []})

    @authz.on("agents:read", ungated=True)
    async def invite(request: Request) -> Response:
        (await authz.access(request)).authorize("agents:write")
        return JSONResponse({"invited": True})

    async def undecided(request: Request) -> Response:
        return JSONResponse({"secret": True})

    async def streamed(request: Request) -> Response:
        async def forever() -> Any:
            while True:
                yield "secret"

        return StreamingResponse(forever())

    @authz.one("agents:read", broken)
    def fails(request: Request, agent: Agent) -> Response:
        raise AssertionError("the handler was called")

    @authz.public
    def missing(request: Request) -> Response:
        raise HTTPException(404, "there is no such thing as that")

    mark = new_mark(GUARD, "on", "agents:read")
    routes = [
        Route("/health", health),
        Mount("/agents", routes=[Route("/{key}", one), Route("/{key}", change, methods=["PATCH", "DELETE"])]),
        Route("/agents", Agents),
        Route("/calls", Calls),
        Route("/previews", preview, methods=["POST"]),
        Route("/conversations", conversations),
        Mount("/dashboard", app=Starlette(routes=[Route("/keys", keys)])),
        Route("/invitations", invite, methods=["POST"]),
        Route("/undecided", attach(undecided, mark)),
        Route("/streamed", attach(streamed, mark)),
        Route("/broken/{key}", fails),
        Route("/own-404", missing),
    ]
    app = Starlette(routes=routes if install_last else None)
    authz.install(app)
    app.router.routes.extend([] if install_last else routes)
    return app


Send = Callable[[Case], Reply]


@pytest.fixture(scope="module", params=[True, False], ids=["installed last", "installed first"])
def send(request: pytest.FixtureRequest) -> Iterator[Send]:
    """Sends a request to the service."""
    with TestClient(made(install_last=request.param), raise_server_exceptions=False) as client:

        def sent(case: Case) -> Reply:
            answer = client.request(case.method, case.path, headers=case.headers, json=case.sends and dict(case.sends))
            return Reply(answer.status_code, dict(answer.headers), answer.content)

        yield sent


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_request(case: Case, send: Send) -> None:
    """Its status, its code, its headers and its body."""
    verify(case, send(case))


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[0])
def test_what_is_answered_alike(names: tuple[str, ...], send: Send) -> None:
    """Byte for byte."""
    verify_same(names, send)


def test_a_list_without_columns() -> None:
    """Is given the filter, for a store that has no back end."""
    authz = Authz(GUARD, principal=principal_of, channel="server")

    @authz.many("agents:read")
    async def listing(request: Request, rows: Filter) -> Response:
        return JSONResponse([key for key, workspace, _ in AGENTS if rows.matches(Resource("agents", key, workspace))])

    app = Starlette(routes=[Route("/agents", listing)])
    authz.install(app)
    assert TestClient(app).get("/agents", headers={"Authorization": "Bearer narrow"}).json() == ["agt_1"]


def test_a_class_gets_no_second_argument() -> None:
    """It has methods for that."""
    authz = Authz(GUARD, principal=principal_of)
    with pytest.raises(RequestError, match="one agents:read gives a method its second argument"):
        authz.one("agents:read", load)(HTTPEndpoint)
