"""Routes of FastAPI: the table of requests, by handlers that wait and by such that do not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.testclient import TestClient

from scopeguard import Context, FactsNeeded, Guard, Principal, Resource
from scopeguard.http import attach, new_mark
from scopeguard.integrations.fastapi import Access, Authz
from tests.integrations.http_agents import Agent, found, listed, mapped
from tests.integrations.http_cases import CASES, CONTEXT, SAME, Case, Reply, facts_of, verify, verify_same, who

GUARD = Guard.default()
COLUMNS = mapped(GUARD)


def principal_of(request: Request) -> Principal:
    """Who a request says that it is."""
    return who(request.headers.get("authorization"))


def context_of() -> Context:
    """The time of the tests."""
    return CONTEXT


def facts(needed: FactsNeeded, access: Access, about: Any) -> Mapping[str, Any]:
    """The facts about whoever asks."""
    assert needed
    assert about is None or isinstance(about, Agent | Resource)
    return facts_of(access.principal)


async def facts_later(needed: FactsNeeded, access: Access, about: Any) -> Mapping[str, Any]:
    """The same, awaited."""
    return facts(needed, access, about)


def load(key: str) -> Agent | None:
    """The agent of a path."""
    return found(key)


async def load_later(key: str) -> Agent | None:
    """The same, awaited."""
    return found(key)


def broken(key: str) -> Agent | None:
    """A load that raises."""
    raise LookupError(key)


def propose(name: Annotated[str, Body(embed=True)]) -> Resource:
    """The agent that is to be."""
    return Resource("agents", None, "ws_1", {})


def lies() -> None:
    """Bears a mark, and asks nothing."""


attach(lies, new_mark(GUARD, "on", "agents:read"))


def sync_service() -> FastAPI:
    """The service, by handlers that are no coroutines."""
    authz = Authz(GUARD, principal=principal_of, context=context_of, channel="server", facts=facts, realm="api")
    app = FastAPI()
    agents = APIRouter(prefix="/agents")
    dashboard = APIRouter(prefix="/dashboard", dependencies=[authz.at("dashboard").on("api_keys:view")])
    read = Annotated[Agent, authz.one("agents:read", load)]
    change = Annotated[Agent, authz.one("agents:write", load, ungated=True)]

    @app.get("/health", dependencies=[authz.public])
    def health() -> Any:
        return {"status": "up"}

    @agents.get("")
    def listing(rows: Annotated[Any, authz.many("agents:read", COLUMNS)]) -> Any:
        return listed(rows)

    @agents.get("/{key}")
    @agents.head("/{key}")
    def one(agent: read) -> Any:
        return {"id": agent.id, "name": agent.name}

    @agents.patch("/{key}")
    def change_one(agent: change) -> Any:
        return {"id": agent.id, "name": agent.name}

    @agents.delete("/{key}", status_code=204)
    def remove(agent: change) -> None:
        assert agent.id

    @agents.post("", status_code=201)
    def create(
        agent: Annotated[Resource, authz.new("agents.create", propose)], name: Annotated[str, Body(embed=True)]
    ) -> Any:
        assert agent.surface == "agents"
        return {"name": name}

    @app.post("/calls", dependencies=[authz.on("voice.connect")])
    def call() -> Any:
        return {"connected": True}

    @app.post("/previews", dependencies=[authz.on("preview.start")])
    def preview() -> Any:
        return {"started": True}

    @app.get("/conversations")
    def conversations(access: Annotated[Access, authz.on("conversations:read")]) -> Any:
        return list(access.decision.redact)

    @dashboard.get("/keys")
    def keys() -> Any:
        return {"keys": []}

    @app.post("/invitations", dependencies=[authz.on("agents:read", ungated=True)])
    def invite(access: Annotated[Access, authz.access]) -> Any:
        access.authorize("agents:write")
        return {"invited": True}

    @app.get("/undecided", dependencies=[Depends(lies)])
    def undecided() -> Any:
        return {"secret": True}

    @app.get("/streamed", dependencies=[Depends(lies)])
    def streamed() -> Any:
        return StreamingResponse(iter(["secret"] * 3))

    @app.get("/broken/{key}")
    def fails(agent: Annotated[Agent, authz.one("agents:read", broken)]) -> Any:
        raise AssertionError("the handler was called")

    @app.get("/own-404", dependencies=[authz.public])
    def missing() -> Any:
        raise HTTPException(404, "there is no such thing as that")

    app.include_router(agents)
    app.include_router(dashboard)
    authz.install(app)
    return app


def async_service() -> FastAPI:
    """The service, by handlers that are coroutines; it is installed before it has routes, which are nested."""
    authz = Authz(GUARD, principal=principal_of, context=context_of, channel="server", facts=facts_later, realm="api")
    app = FastAPI()
    authz.install(app)
    outer, agents = APIRouter(), APIRouter(prefix="/agents")
    dashboard = APIRouter(prefix="/dashboard")
    read = Annotated[Agent, authz.one("agents:read", load_later)]
    change = Annotated[Agent, authz.one("agents:write", load_later, ungated=True)]

    @outer.get("/health", dependencies=[authz.public])
    async def health() -> Any:
        return {"status": "up"}

    @agents.get("")
    async def listing(rows: Annotated[Any, authz.many("agents:read", COLUMNS)]) -> Any:
        return listed(rows)

    @agents.api_route("/{key}", methods=["GET", "HEAD"])
    async def one(agent: read) -> Any:
        return {"id": agent.id, "name": agent.name}

    @agents.patch("/{key}")
    async def change_one(agent: change) -> Any:
        return {"id": agent.id, "name": agent.name}

    @agents.delete("/{key}")
    async def remove(agent: change) -> Any:
        return Response(status_code=204)

    @agents.post("", status_code=201)
    async def create(
        agent: Annotated[Resource, authz.new("agents.create", propose)], name: Annotated[str, Body(embed=True)]
    ) -> Any:
        return {"name": name}

    @outer.post("/calls", dependencies=[authz.on("voice.connect")])
    async def call() -> Any:
        return {"connected": True}

    @outer.post("/previews")
    async def preview(access: Annotated[Access, authz.on("preview.start")]) -> Any:
        return {"started": True}

    @outer.get("/conversations")
    async def conversations(access: Annotated[Access, authz.on("conversations:read")]) -> Any:
        return list(access.decision.redact)

    @dashboard.get("/keys", dependencies=[authz.at("dashboard").on("api_keys:view")])
    async def keys() -> Any:
        return {"keys": []}

    @outer.post("/invitations")
    async def invite(access: Annotated[Access, authz.on("agents:read", ungated=True)]) -> Any:
        access.authorize("agents:write")
        return {"invited": True}

    @outer.get("/undecided", dependencies=[Depends(lies)])
    async def undecided() -> Any:
        return Response("secret")

    @outer.get("/streamed", dependencies=[Depends(lies)])
    async def streamed() -> Any:
        async def forever() -> Any:
            while True:
                yield "secret"

        return StreamingResponse(forever())

    @outer.get("/broken/{key}")
    async def fails(agent: Annotated[Agent, authz.one("agents:read", broken)]) -> Any:
        raise AssertionError("the handler was called")

    @outer.get("/own-404", dependencies=[authz.public])
    async def missing() -> Any:
        raise HTTPException(404)

    outer.include_router(agents)
    app.include_router(outer)
    app.include_router(dashboard)
    return app


Send = Callable[[Case], Reply]


@pytest.fixture(scope="module", params=[sync_service, async_service], ids=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Iterator[Send]:
    """Sends a request to the service."""
    with TestClient(request.param(), raise_server_exceptions=False) as client:

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
