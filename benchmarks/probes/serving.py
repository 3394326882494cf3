"""Two FastAPI applications with the same route, guarded in one of them; prints the port that uvicorn serves them on.

A request comes with a key, which is looked up in a table, and a row is loaded. The guarded one has what a user writes
beside: a principal, and ``Authz`` installed, closure and all.
"""

import socket
import time
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from starlette.requests import HTTPConnection

from benchmarks.population import Row, keys
from scopeguard import Guard, Principal, Resource
from scopeguard.integrations.fastapi import Authz

KEYS = 20_000
guard = Guard.default()
table = {row[0]: row for row in keys(KEYS)}


def found(authorization: str) -> Row:
    """The row of the key that a request comes with."""
    row = table.get(authorization.removeprefix("Bearer "))
    if row is None:
        raise HTTPException(401)
    return row


async def caller(authorization: Annotated[str, Header()]) -> Row:
    """The row of the key that a request comes with."""
    return found(authorization)


async def principal_of(connection: HTTPConnection) -> Principal:
    """Who asks."""
    name, workspace, scopes = found(connection.headers["authorization"])
    return Principal.api_key(name, workspace=workspace, scopes=scopes)


async def load(agent: str, authorization: Annotated[str, Header()]) -> Resource | None:
    """The row of an agent, which is one of the key's workspace."""
    return Resource("agents", agent, found(authorization)[1])


authz = Authz(guard, principal=principal_of, channel="server")
unguarded, guarded = FastAPI(), FastAPI()
authz.install(guarded)


@unguarded.get("/open/agents/{agent}")
async def read_open(
    agent: Annotated[Resource | None, Depends(load)], key: Annotated[Row, Depends(caller)]
) -> dict[str, str | None]:
    """An agent, for keys of its workspace."""
    if agent is None or agent.workspace != key[1]:
        raise HTTPException(404)
    return {"id": agent.id, "workspace": agent.workspace}


@guarded.get("/guarded/agents/{agent}")
async def read_guarded(agent: Annotated[Resource, authz.one("agents:read", load)]) -> dict[str, str | None]:
    """The same for keys that may read it."""
    return {"id": agent.id, "workspace": agent.workspace}


@unguarded.get("/spent")
async def spent() -> int:
    """The nanoseconds that this process has worked."""
    return time.process_time_ns()


async def served(scope: Any, receive: Any, send: Any) -> None:
    """The application that a path is of."""
    app = guarded if scope.get("path", "").startswith("/guarded") else unguarded
    await app(scope, receive, send)


with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(served, log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])
