"""The table of requests, answered by Flask over HTTP."""

from collections.abc import Callable, Iterator

import pytest

from tests.integrations.flask_service import service
from tests.integrations.http_cases import CASES, SAME, Case, Reply, verify, verify_same
from tests.integrations.http_server import over_http, serving


@pytest.fixture(scope="module", params=["views", "views that wait"])
def send(request: pytest.FixtureRequest) -> Iterator[Callable[[Case], Reply]]:
    """Sends a request of the table."""
    with serving(service(is_async=request.param == "views that wait")) as port:
        yield lambda case: over_http(port, case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_request(send: Callable[[Case], Reply], case: Case) -> None:
    """Its status, its code, its headers and its body."""
    verify(case, send(case))


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[0])
def test_what_is_answered_alike(send: Callable[[Case], Reply], names: tuple[str, ...]) -> None:
    """Byte for byte."""
    verify_same(names, send)
