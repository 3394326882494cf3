"""The table of requests, answered by Django: over HTTP, and by its asynchronous handler."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import AsyncClient, override_settings

from tests.integrations import django_service as service
from tests.integrations import drf_service
from tests.integrations.http_cases import CASES, SAME, Case, Reply, verify, verify_same
from tests.integrations.http_server import over_http, serving

OPTIONS = {
    "GUARD": service.GUARD,
    "PRINCIPAL": service.principal,
    "CONTEXT": service.context,
    "FACTS": service.facts,
    "CHANNEL": "server",
    "REALM": "api",
}
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "scopeguard.integrations.django.ScopeguardMiddleware"]


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The rows."""
    service.make_database(tmp_path_factory.mktemp("django") / "service.db")
    yield
    connections.close_all()


@pytest.fixture(scope="module", params=["WSGI", "ASGI", "DRF by WSGI", "DRF by ASGI"])
def send(request: pytest.FixtureRequest) -> Iterator[Callable[[Case], Reply]]:
    """Sends a request of the table."""
    routes, principal = {
        "WSGI": (service.routes(service.as_it_is, service.load_or_raise), service.principal),
        "ASGI": (service.routes(service.awaited, service.load_async), service.principal_async),
        "DRF by WSGI": (drf_service.routes(), service.principal),
        "DRF by ASGI": (drf_service.routes(), service.principal),
    }[request.param]
    facts = service.facts if principal is service.principal else service.facts_async
    options = {**OPTIONS, "PRINCIPAL": principal, "FACTS": facts}
    with override_settings(ROOT_URLCONF=routes, SCOPEGUARD=options, MIDDLEWARE=MIDDLEWARE):
        if request.param.endswith("ASGI"):
            yield in_process
        else:
            with serving(WSGIHandler()) as port:
                yield lambda case: over_http(port, case)


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
