"""OPA, where its binary is on the path: the module of the Rego in the process, asked over HTTP as a sidecar is."""

import atexit
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any

from benchmarks.domain import Plain
from benchmarks.peers.peer import Answers, Peer, Unavailable
from benchmarks.peers.rego import MODULE, question, tables

PATIENCE = 10.0
"""Seconds until the server has to answer."""


def started(binary: str) -> HTTPConnection:
    """A connection to a server that ends with this process. Raises Unavailable where it does not answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603  # the binary that is on the path
        [binary, "run", "--server", f"--addr=127.0.0.1:{port}", "--log-level=error"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(server.kill)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            ask(connection, "GET", "/health", "")
        except OSError:
            time.sleep(0.05)
        else:
            return connection
    raise Unavailable("the server of the binary opa does not answer")


def ask(connection: HTTPConnection, method: str, path: str, body: str) -> Any:
    """One exchange; the JSON of the answer."""
    connection.request(method, path, body)
    text = connection.getresponse().read()
    return json.loads(text) if text.strip() else None


def prepare(asked: Sequence[Plain]) -> Answers:
    """A server with the module and the tables; each request is one exchange on a connection that is kept open."""
    binary = shutil.which("opa")
    if binary is None:
        raise Unavailable("the binary opa is not on the path")
    connection = started(binary)
    ask(connection, "PUT", "/v1/policies/authz", MODULE)
    for name, table in tables().items():
        ask(connection, "PUT", f"/v1/data/{name}", json.dumps(table))
    bodies = [json.dumps({"input": question(*request)}) for request in asked]
    return lambda: [ask(connection, "POST", "/v1/data/authz/allow", body)["result"] for body in bodies]


PEER = Peer("OPA (server)", "", prepare, 100, time.perf_counter_ns)
