"""The table of requests, answered by Django: over HTTP, and by its asynchronous handler."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import AsyncClient, override_settings

from tests.integrations import django_service as service
from tests.integrations.http_cases import CASES, SAME, Case, Reply, verify, verify_same

OPTIONS = {
    "GUARD": service.GUARD,
    "PRINCIPAL": service.principal,
    "CONTEXT": service.context,
    "FACTS": service.facts,
    "REALM": "api",
}
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "scopeguard.integrations.django.ScopeguardMiddleware"]


class Quiet(WSGIRequestHandler):
    """A server that writes no log."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The rows."""
    service.make_database(tmp_path_factory.mktemp("django") / "service.db")
    yield
    connections.close_all()


@pytest.fixture(scope="module", params=["WSGI", "ASGI"])
def send(request: pytest.FixtureRequest) -> Iterator[Callable[[Case], Reply]]:
    """Sends a request of the table."""
    is_async = request.param == "ASGI"
    form, load = (service.awaited, service.load_async) if is_async else (service.as_it_is, service.load_or_raise)
    options: Mapping[str, Any] = {**OPTIONS, "PRINCIPAL": service.principal_async} if is_async else OPTIONS
    routes = tuple(service.routes(form, load))
    with override_settings(
        ROOT_URLCONF=routes, SCOPEGUARD={**options, "CONTEXT": service.context}, MIDDLEWARE=MIDDLEWARE
    ):
        if is_async:
            yield in_process
        else:
            with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet) as server:
                thread = threading.Thread(target=server.serve_forever)
                thread.start()
                yield lambda case: over_http(server.server_port, case)
                server.shutdown()
                thread.join()


def over_http(port: int, case: Case) -> Reply:
    """The answer of a server."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    body = None if case.sends is None else json.dumps(dict(case.sends))
    connection.request(case.method, case.path, body, {**case.headers, "Content-Type": "application/json"})
    response = connection.getresponse()
    found = Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    connection.close()
    return found


def in_process(case: Case) -> Reply:
    """The answer of the asynchronous handler."""
    return async_to_sync(_in_process)(case)


async def _in_process(case: Case) -> Reply:
    client = AsyncClient(raise_request_exception=False)
    body = b"" if case.sends is None else json.dumps(dict(case.sends))
    response: Any = await client.generic(case.method, case.path, body, "application/json", headers=case.headers)
    found = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, found, response.getvalue())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_request(send: Callable[[Case], Reply], case: Case) -> None:
    """Its status, its code, its headers and its body."""
    verify(case, send(case))


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[0])
def test_what_is_answered_alike(send: Callable[[Case], Reply], names: tuple[str, ...]) -> None:
    """Byte for byte."""
    verify_same(names, send)
