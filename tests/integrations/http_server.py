"""A server of WSGI on loopback, and requests of the table to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from tests.integrations.http_cases import Case, Reply


class _Quiet(WSGIRequestHandler):
    """A server that writes no log."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def serving(app: Any) -> Iterator[int]:
    """The port at which *app* answers."""
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def over_http(port: int, case: Case) -> Reply:
    """The answer of a server."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        body = None if case.sends is None else json.dumps(dict(case.sends))
        connection.request(case.method, case.path, body, {**case.headers, "Content-Type": "application/json"})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, headers, response.read())
    finally:
        connection.close()
