"""A FastAPI application with the same route twice, guarded and not; prints the port that uvicorn serves it on.

A request comes with a key, which is looked up in a table. The guarded route has the few lines that a user writes.
"""

import socket
import time
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException

from benchmarks.population import Row, keys
from scopeguard import Context, Guard, Principal, Resource

KEYS = 20_000
app = FastAPI()
guard = Guard.default()
server = Context(channel="server")
table = {row[0]: row for row in keys(KEYS)}


def caller(authorization: Annotated[str, Header()]) -> Row:
    """The row of the key that a request comes with."""
    row = table.get(authorization.removeprefix("Bearer "))
    if row is None:
        raise HTTPException(401)
    return row


Caller = Annotated[Row, Depends(caller)]


@app.get("/open/agents/{agent}")
async def read_open(agent: str, key: Caller) -> dict[str, str]:
    """An agent of the key's workspace."""
    return {"id": agent, "workspace": key[1]}


@app.get("/guarded/agents/{agent}")
async def read_guarded(agent: str, key: Caller) -> dict[str, str]:
    """The same for keys that may read it."""
    name, workspace, scopes = key
    principal = Principal.api_key(name, workspace=workspace, scopes=scopes)
    decision = guard.check(principal, "agents:read", Resource("agents", agent, workspace=workspace), server)
    if not decision:
        raise HTTPException(403, {"code": decision.code, "reason": decision.reason})
    return {"id": agent, "workspace": workspace}


@app.get("/spent")
async def spent() -> int:
    """The nanoseconds that this process has worked."""
    return time.process_time_ns()


with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])
