"""No route of an ASGI application is open: where it starts, and for each answer."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import anyio
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, WebSocket
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from scopeguard import AccessDenied, Context, Guard, Principal, RequestError, Resource, ScopeguardError
from scopeguard.http import OpenRoutesError, attach, new_mark
from scopeguard.integrations import fastapi as of_fastapi
from scopeguard.integrations import starlette as of_starlette
from scopeguard.integrations.sqlalchemy import CannotFilter
from scopeguard.keys import browser_signals
from tests.integrations.http_agents import mapped
from tests.integrations.http_cases import CONTEXT, facts_of, who

GUARD = Guard.default()
READER = {"Authorization": "Bearer reader"}
TESTER = {"Authorization": "Bearer tester"}


def principal_of(connection: HTTPConnection) -> Principal:
    """Who a request says that it is."""
    return who(connection.headers.get("authorization"))


def context_of() -> Context:
    """The time of the tests."""
    return CONTEXT


def authz_of_fastapi(**options: Any) -> of_fastapi.Authz:
    """One of FastAPI, on the channel ``server``."""
    return of_fastapi.Authz(GUARD, principal=principal_of, context=context_of, channel="server", **options)


def authz_of_starlette(**options: Any) -> of_starlette.Authz:
    """One of Starlette, on the channel ``server``."""
    return of_starlette.Authz(GUARD, principal=principal_of, channel="server", **options)


def handler(request: Request) -> Response:
    """A handler that nothing guards."""
    return PlainTextResponse("secret")


async def listen(websocket: WebSocket) -> None:
    """A websocket that nothing guards."""
    await websocket.accept()
    await websocket.send_text("secret")
    await websocket.close()


async def answer_in_its_place(websocket: WebSocket) -> None:
    """A websocket that is not accepted, but answered as a page would be."""
    await websocket.send_denial_response(PlainTextResponse("secret"))


class Sockets(WebSocketEndpoint):
    """A class of websockets."""


class Classes(HTTPEndpoint):
    """A class of which one method is guarded."""

    @authz_of_starlette().on("agents:read")
    def get(self, request: Request) -> Response:
        return PlainTextResponse("fine")

    def post(self, request: Request) -> Response:
        return PlainTextResponse("secret")


def planted() -> FastAPI:
    """An application with one guarded route beside an unguarded one of each kind."""
    authz = authz_of_fastapi()
    app, inner, outer, below = FastAPI(), APIRouter(prefix="/inner"), APIRouter(prefix="/outer"), FastAPI()
    app.get("/guarded", dependencies=[authz.on("agents:read")])(handler)
    app.head("/guarded")(handler)
    inner.get("/nested")(handler)
    inner.websocket("/socket")(listen)
    outer.include_router(inner)
    app.include_router(outer)
    below.get("/mounted/{key}")(handler)
    app.mount("/below", below)
    app.mount("/files", StaticFiles(directory="."))
    app.add_route("/plain", handler)
    app.router.routes.append(Route("/classes", Classes))
    app.router.routes.append(WebSocketRoute("/sockets", Sockets))
    app.router.routes.append(Host("files.example.com", Starlette(routes=[Route("/{path:path}", handler)])))
    app.get("/{path:path}")(handler)
    authz.install(app)
    return app


PLANTED = [
    "HEAD /guarded",
    "GET /outer/inner/nested",
    "websocket /outer/inner/socket",
    "GET /below/mounted/{key}",
    "app /files",
    "GET|HEAD /plain",
    "POST /classes",
    "websocket /sockets",
    "GET|HEAD files.example.com/{path}",
    "GET /{path}",
]


def test_each_unmarked_route_is_named_where_the_server_starts() -> None:
    """Whatever kind it is of, all in one error, and nothing is served."""
    with pytest.raises(OpenRoutesError) as caught, TestClient(planted()):
        pass
    named = [str(finding.route).partition(" (")[0].replace(":path}", "}") for finding in caught.value.findings]
    assert named == PLANTED


def test_a_server_without_a_start_refuses_each_request() -> None:
    """Where no lifespan is run."""
    client = TestClient(planted(), raise_server_exceptions=False)
    assert [client.get("/guarded", headers=READER).status_code for _ in range(2)] == [500, 500]


def test_gates_that_a_route_passes_by() -> None:
    """A route that changes something and asks for a permission has to ask for the operation, or say that it does none."""
    authz = authz_of_fastapi()
    app = FastAPI()
    app.post("/agents", dependencies=[authz.on("agents:write")])(handler)
    app.put("/agents", dependencies=[authz.on("agents:write", ungated=True)])(handler)
    authz.install(app)
    with pytest.raises(OpenRoutesError, match=r"1 of the routes .*\n  POST /agents .* agents.create, channel.setup"):
        TestClient(app).get("/agents")


def test_what_is_misspelt_is_told_where_it_is_written() -> None:
    """Actions and channels, with the nearest name."""
    authz = authz_of_fastapi()
    with pytest.raises(RequestError, match='no action "agents:raed" in the catalog; did you mean "agents:read"'):
        authz.on("agents:raed")
    with pytest.raises(RequestError, match='no channel "servr" in the catalog; did you mean "server"'):
        authz.at("servr")
    with pytest.raises(RequestError, match='no channel "sever"'):
        of_starlette.Authz(GUARD, principal=principal_of, channel="sever")


WRONG: dict[str, tuple[str, Callable[[], Any]]] = {
    "a path as the guard": ("the guard must be a Guard, not str", lambda: authz_of("policies")),
    "no principal": ("principal must be a function, not NoneType", lambda: authz_of(principal=None)),
    "a principal": ("principal must be a function, not Principal", lambda: authz_of(principal=who("Bearer reader"))),
    "a context": ("context must be a function, not Context", lambda: authz_of(context=Context("server"))),
    "facts": ("facts must be a function, not dict", lambda: authz_of(facts={})),
    "a list of channels": ("a channel must be a str, not list", lambda: authz_of(channel=["server"])),
    "a realm in two lines": ("a realm .* holds a control character", lambda: authz_of(realm="api\r\nX: y")),
    "bytes before a code": ("type_base must be a str, not bytes", lambda: authz_of(type_base=b"https://example.com/")),
    "no load": ("load must be a function, not NoneType", lambda: authz_of().one("agents:read", None)),
    "a row": ("load must be a function, not Resource", lambda: authz_of().one("agents:read", row_of(None))),
    "no proposal": ("propose must be a function", lambda: authz_of().new("agents.create", None)),
    "columns by name": ("columns are what map_columns", lambda: authz_of().many("agents:read", {"owner": "owner"})),
    "a router": ("takes an application, not APIRouter", lambda: authz_of().install(APIRouter())),
    "nobody": ("must be a Principal, not NoneType", lambda: authz_of().as_(None).__enter__()),
}


def authz_of(guard: Any = GUARD, **options: Any) -> Any:
    """One of FastAPI, whatever it is given."""
    return of_fastapi.Authz(guard, **{"principal": principal_of, "channel": "server", **options})


def row_of(_: Any) -> Resource:
    """The one row."""
    return Resource("agents", "agt_1", "ws_1")


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_of_another_type_is_told_where_it_is_given(wrong: str) -> None:
    """And not by an error 500 for every request, or for every denial."""
    told, make = WRONG[wrong]
    with pytest.raises(RequestError, match=told):
        make()


def giving(connection: HTTPConnection) -> Iterator[Principal]:
    """A principal whose session is closed behind the request."""
    yield principal_of(connection)


async def giving_later(connection: HTTPConnection) -> AsyncIterator[Principal]:
    """The same, asynchronous."""
    yield principal_of(connection)


def by_name(*, connection: HTTPConnection) -> Principal:
    """A principal of a connection that is given by its name."""
    return principal_of(connection)


class Found:
    """A principal that an object finds."""

    def __call__(self, connection: HTTPConnection) -> Principal:
        return principal_of(connection)


class Given(Found):
    """A principal that an object finds, and puts away."""

    def __call__(self, connection: HTTPConnection) -> Any:
        yield principal_of(connection)


FINDING = [principal_of, giving, giving_later, by_name, Found(), Given(), partial(principal_of)]


@pytest.mark.parametrize("finding", FINDING)
def test_a_principal_is_any_dependency(finding: Any) -> None:
    """Also one that gives what it finds and puts it away afterwards; tests override it as any other."""
    authz = authz_of(principal=finding)
    app = FastAPI()
    app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    authz.install(app)
    client = TestClient(app)
    assert [client.get("/agents", headers=each).status_code for each in (READER, TESTER, {})] == [200, 403, 401]

    async def later(connection: HTTPConnection) -> Principal:
        return who("Bearer reader")

    for override in (lambda: who("Bearer reader"), later):
        app.dependency_overrides[finding] = override
        assert client.get("/agents").status_code == 200
    app.dependency_overrides[finding] = lambda: who(None)
    assert client.get("/agents", headers=READER).status_code == 401
    # None is no principal, and not whoever was overridden.
    app.dependency_overrides[finding] = lambda: None
    with pytest.raises(RequestError, match="a principal must be a Principal, not NoneType"):
        client.get("/agents", headers=READER)


def test_a_context_is_overridden_as_a_principal_is() -> None:
    """And what overrides a function of the connection depends on nothing else, or it is told."""

    def context(connection: HTTPConnection) -> Context:
        return Context("dashboard")

    authz = authz_of(context=context, channel=None)
    app = FastAPI()

    @app.get("/channel", dependencies=[authz.on("agents:read")])
    def channel(access: Annotated[of_fastapi.Access, authz.access]) -> str | None:
        return access.context.channel

    authz.install(app)
    client = TestClient(app)
    member = Principal.member("usr_1", workspace="ws_1", roles=["owner"])
    app.dependency_overrides[principal_of] = lambda: member
    assert client.get("/channel").json() == "dashboard"
    app.dependency_overrides[context] = lambda: Context("server")
    assert client.get("/channel").json()["code"] == "credential_channel_forbidden"
    app.dependency_overrides[context] = lambda request: Context("server")
    with pytest.raises(RequestError, match="takes the connection, or nothing"):
        client.get("/channel")


def lies() -> None:
    """Bears a mark, and asks nothing."""


attach(lies, new_mark(GUARD, "on", "agents:read", ungated=True))


def swallowing(request: Request) -> str:
    """A handler that goes on after a denial."""
    with suppress(AccessDenied):
        GUARD.authorize(Principal.anonymous(), "agents:read")
    return "secret"


async def streaming(request: Request) -> Any:
    """A raw file."""
    return FileResponse(__file__)


@pytest.mark.parametrize("endpoint", [handler, swallowing, streaming])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_nothing_allowed(
    endpoint: Callable[..., Any], method: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Becomes a 500 before a byte is sent, and is written to the log."""
    app = FastAPI()
    app.api_route("/lie", methods=[method], dependencies=[Depends(lies)])(endpoint)
    app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    authz_of_fastapi().install(app)
    app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    with caplog.at_level(logging.ERROR, "scopeguard.http"):
        answer = TestClient(app).request(method, "/lie", headers=READER)
    assert answer.status_code == 500
    assert answer.json() == {"type": "about:blank", "title": "Internal Server Error", "status": 500}
    assert [record.getMessage() for record in caplog.records] == [
        f"{method} '/lie' was to be answered by 200, and no decision allowed it"
    ]


@pytest.mark.parametrize(
    "kind", ["http.response.body", "http.response.pathsend", "http.response.push", "http.response.x"]
)
def test_nothing_is_sent_before_an_answer_begins(kind: str) -> None:
    """Whatever a server would make of it: where nothing was allowed, what comes without a beginning is no answer."""

    class Early(Response):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": kind, "body": b"secret", "path": __file__})

    async def early() -> Response:
        return Early()

    app = FastAPI()
    app.get("/early", dependencies=[Depends(lies)])(early)
    authz_of_fastapi().install(app)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/early", "query_string": b"", "headers": []}
    anyio.run(app, scope, receive, send)
    assert [(each["type"], each.get("status")) for each in sent] == [
        ("http.response.start", 500), ("http.response.body", None)]  # fmt: skip
    assert b"secret" not in sent[1]["body"]


async def passing(request: Request, call_next: Callable[[Request], Any]) -> Any:
    """A middleware of the host's, as many write them."""
    return await call_next(request)


def test_a_guard_that_fails_keeps_the_handler_from_being_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises: 500, and no answer of the handler."""
    called: list[str] = []
    guard = Guard.default()
    authz = of_fastapi.Authz(guard, principal=principal_of, channel="server")
    app = FastAPI()

    @app.get("/agents", dependencies=[authz.on("agents:read")])
    def agents() -> str:
        called.append("agents")
        return "secret"

    authz.install(app)
    client = TestClient(app, raise_server_exceptions=False)
    assert client.get("/agents", headers=READER).status_code == 200

    def failing(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Guard, "authorize", failing)
    assert client.get("/agents", headers=READER).status_code == 500
    assert called == ["agents"]


@pytest.mark.parametrize("is_added_first", [True, False])
def test_what_no_route_answers_passes(is_added_first: bool) -> None:
    """A path with a slash too many, and preflights of CORS; a redirect of a route is an answer as any other."""
    authz = authz_of_fastapi()
    app = FastAPI()
    app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    app.get("/away", dependencies=[Depends(lies)])(lambda: RedirectResponse("/secret"))
    if not is_added_first:
        authz.install(app)
    app.add_middleware(CORSMiddleware, allow_origins=["https://example.com"])
    if is_added_first:
        authz.install(app)
    client = TestClient(app, follow_redirects=False)
    assert client.get("/agents/").status_code == 307
    assert client.options("/agents", headers=PREFLIGHT).status_code == 200
    assert client.get("/away", headers=READER).status_code == 500
    denied = client.get("/agents", headers={"Origin": "https://example.com"})
    assert denied.status_code == 401
    assert denied.headers["access-control-allow-origin"] == "https://example.com"


PREFLIGHT = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Response("secret"), 500),
        (Response("", 200), 200),
        (PlainTextResponse("OK"), 200),
        (Response(status_code=204), 204),
        (StreamingResponse(iter(["secret"])), 500),
        (Response("no", 403), 403),
    ],
)
def test_a_preflight_opens_nothing_but_its_headers(answer: Response, status: int) -> None:
    """What answers by itself before the routes says nothing in its body, whatever a caller calls a preflight."""
    app = FastAPI()
    authz_of_fastapi().install(app)

    async def early(_: Request, __: Any) -> Response:
        return answer

    app.add_middleware(BaseHTTPMiddleware, dispatch=early)
    client = TestClient(app, raise_server_exceptions=False)
    assert client.options("/metrics", headers=PREFLIGHT).status_code == status
    assert client.options("/metrics").status_code == (status if status >= 400 else 500)
    assert client.get("/metrics", headers=PREFLIGHT).status_code == (status if status >= 400 else 500)


@pytest.mark.parametrize("answer", [PlainTextResponse("OK"), PlainTextResponse("secret"), FileResponse(__file__)])
def test_a_preflight_that_is_compressed(answer: Response) -> None:
    """Its length says nothing, so that only its headers go out; a route's own answer to one is an answer as any other."""
    authz = authz_of_fastapi()
    app = FastAPI()
    authz.install(app)
    app.options("/route", dependencies=[Depends(lies)])(lambda: answer)

    async def early(request: Request, call_next: Any) -> Response:
        is_late = request.url.path == "/route"
        return await call_next(request) if is_late else answer

    app.add_middleware(BaseHTTPMiddleware, dispatch=early)
    app.add_middleware(GZipMiddleware, minimum_size=1)
    client = TestClient(app, raise_server_exceptions=False)
    headers = {**PREFLIGHT, "Accept-Encoding": "gzip"}
    found = client.options("/metrics", headers=headers)
    assert (found.status_code, found.headers["content-length"], found.content) == (200, "0", b"")
    assert "content-encoding" not in found.headers
    for path, sent in (("/route", headers), ("/metrics", {"Accept-Encoding": "gzip"})):
        assert client.options(path, headers=sent).status_code == 500
    assert client.get("/metrics", headers=headers).status_code == 500


def test_preflights_of_cors_that_are_compressed() -> None:
    """By the middleware of Starlette for both, in either order."""
    for is_outside in (True, False):
        authz = authz_of_fastapi()
        app = FastAPI()
        app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
        authz.install(app)
        if not is_outside:
            app.add_middleware(GZipMiddleware, minimum_size=1)
        app.add_middleware(CORSMiddleware, allow_origins=["*"])
        if is_outside:
            app.add_middleware(GZipMiddleware, minimum_size=1)
        found = TestClient(app).options("/agents", headers={**PREFLIGHT, "Accept-Encoding": "gzip"})
        assert (found.status_code, found.headers["access-control-allow-origin"]) == (200, "*")


def test_mounted_applications_answer_as_the_one_above() -> None:
    """A denial below, a 404 below, static files that are declared public, and documentation."""
    authz = authz_of_fastapi()
    app, below = FastAPI(), FastAPI()
    below.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    app.mount("/below", below)
    app.mount("/files", authz.public_app(StaticFiles(directory=".", check_dir=False)))
    authz.install(app)
    with TestClient(app) as client:
        assert client.get("/below/agents", headers=READER).text == "secret"
        denied = client.get("/below/agents", headers=TESTER)
        assert (denied.status_code, denied.json()["code"]) == (403, "scope_missing")
        missing = [client.get(path).content for path in ("/below/nothing", "/nothing", "/files/nothing")]
        assert missing == [missing[0]] * 3
        assert client.get("/files/pyproject.toml").status_code in {200, 404}
        assert client.get("/docs").status_code == client.get("/openapi.json").status_code == 200


def test_how_it_is_installed() -> None:
    """Once, and before the first request; without it, nothing is asked and nothing answered."""
    authz = authz_of_fastapi()
    app = FastAPI()
    app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    with pytest.raises(ScopeguardError, match=r"call install\(app\) of the Authz first"):
        TestClient(app).get("/agents", headers=READER)
    with pytest.raises(RequestError, match="before the application serves its first request"):
        authz.install(app)
    other = FastAPI()
    authz.install(other)
    with pytest.raises(RequestError, match="was called before"):
        authz.install(other)


@pytest.mark.parametrize("made", [authz_of_fastapi, authz_of_starlette])
def test_a_principal_for_tests(made: Callable[[], Any]) -> None:
    """Every request is of it meanwhile, and of who it says before and after."""
    authz = made()
    if isinstance(authz, of_fastapi.Authz):
        app: Any = FastAPI()
        app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    else:
        app = Starlette(routes=[Route("/agents", authz.on("agents:read")(handler))])
    authz.install(app)
    client = TestClient(app)
    assert client.get("/agents").status_code == 401
    with authz.as_(who("Bearer reader")):
        assert client.get("/agents").status_code == 200
        with authz.as_(who("Bearer tester")):
            assert client.get("/agents").status_code == 403
        assert client.get("/agents").status_code == 200
    assert client.get("/agents").status_code == 401


def test_a_404_of_the_host_stays() -> None:
    """For what is hidden too."""
    authz = authz_of_fastapi()
    app = FastAPI()

    async def own(request: Request, error: Exception) -> Response:
        return PlainTextResponse("nothing to be seen", 404)

    app.add_exception_handler(404, own)
    app.get("/agents/{key}", dependencies=[authz.one("agents:read", lambda key: None)])(handler)
    authz.install(app)
    client = TestClient(app)
    assert {client.get(path, headers=READER).text for path in ("/agents/agt_7", "/nothing")} == {"nothing to be seen"}


# Websockets.


def sockets(authz: Any) -> list[BaseRoute]:
    """Websockets that are guarded, by Starlette."""

    async def later(websocket: WebSocket) -> None:
        await websocket.accept()
        (await authz.access(websocket)).authorize("agents:write")

    async def lying(websocket: WebSocket) -> None:
        await websocket.accept()

    return [
        WebSocketRoute("/guarded", authz.on("agents:read")(listen)),
        WebSocketRoute("/missing", authz.one("agents:read", lambda _: None)(lambda websocket, row: listen(websocket))),
        WebSocketRoute("/later", authz.on("agents:read")(later)),
        WebSocketRoute("/lie", attach(lying, new_mark(GUARD, "on", "agents:read"))),
        WebSocketRoute("/page", attach(answer_in_its_place, new_mark(GUARD, "on", "agents:read"))),
    ]


def of_starlette_app() -> Any:
    """Websockets of Starlette."""
    authz = authz_of_starlette()
    app = Starlette(routes=sockets(authz))
    authz.install(app)
    return app


def of_fastapi_app() -> Any:
    """The same of FastAPI."""
    authz = authz_of_fastapi()
    app, router = FastAPI(), APIRouter()
    router.websocket("/guarded", dependencies=[authz.on("agents:read")])(listen)
    router.websocket("/missing", dependencies=[authz.one("agents:read", lambda: None)])(listen)

    @router.websocket("/later")
    async def later(websocket: WebSocket, access: Annotated[of_fastapi.Access, authz.on("agents:read")]) -> None:
        await websocket.accept()
        access.authorize("agents:write")

    @router.websocket("/lie", dependencies=[Depends(lies)])
    async def lying(websocket: WebSocket) -> None:
        await websocket.accept()

    router.websocket("/page", dependencies=[Depends(lies)])(answer_in_its_place)
    app.include_router(router)
    authz.install(app)
    return app


class WithoutDenials:
    """A server that cannot answer a handshake with a response."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve."""
        if "extensions" in scope:
            scope["extensions"] = {}
        await self.app(scope, receive, send)


@pytest.mark.parametrize("made", [of_starlette_app, of_fastapi_app])
def test_websockets(made: Callable[[], Any]) -> None:
    """Denied before they are accepted, with the whole answer; after that with 1008; nothing is accepted unasked."""
    with TestClient(made()) as client:
        with client.websocket_connect("/guarded", headers=READER) as websocket:
            assert websocket.receive_text() == "secret"
        answers = {}
        for path, headers in (("/guarded", TESTER), ("/missing", READER), ("/lie", READER), ("/page", READER)):
            with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect(path, headers=headers):
                pass
            answers[path] = caught.value
        assert [answer.status_code for answer in answers.values()] == [403, 404, 500, 500]
        assert "secret" not in answers["/page"].text
        assert answers["/guarded"].json()["code"] == "scope_missing"
        with client.websocket_connect("/later", headers=READER) as websocket:
            with pytest.raises(WebSocketDisconnect) as closed:
                websocket.receive_text()
            assert closed.value.code == 1008


@pytest.mark.parametrize("made", [of_starlette_app, of_fastapi_app])
@pytest.mark.parametrize("path", ["/guarded", "/missing", "/lie"])
def test_websockets_of_a_server_that_only_closes(made: Callable[[], Any], path: str) -> None:
    """They are closed before they are accepted."""
    client = TestClient(WithoutDenials(made()))
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect(path, headers=TESTER):
        pass
    assert caught.value.code == 1008


def test_a_mount_that_is_a_list_of_routes() -> None:
    """And one below another."""
    authz = authz_of_starlette()
    inner = Mount("/inner", routes=[Route("/open", handler), Route("/guarded", authz.on("agents:read")(handler))])
    app = Starlette(routes=[Mount("/outer", routes=[inner])])
    authz.install(app)
    with pytest.raises(OpenRoutesError) as caught, TestClient(app):
        pass
    assert [finding.route.path for finding in caught.value.findings] == ["/outer/inner/open"]


@pytest.mark.skipif(not hasattr(FastAPI, "frontend"), reason="a version of FastAPI that serves no frontends")
def test_folders_that_are_served_as_a_frontend(tmp_path: Path) -> None:
    """They come after all routes, and need a mark as those do."""
    (tmp_path / "index.html").write_text("secret")
    authz = authz_of_fastapi()
    app, router = FastAPI(), APIRouter(dependencies=[authz.public])
    router.frontend("/open", directory=tmp_path)
    app.include_router(router, prefix="/pages")
    app.frontend("/", directory=tmp_path)
    authz.install(app)
    with pytest.raises(OpenRoutesError) as caught, TestClient(app):
        pass
    assert [str(finding.route) for finding in caught.value.findings] == ["app / (frontend)"]


CARELESS: dict[str, tuple[dict[str, Any], Callable[[of_fastapi.Authz], Any]]] = {
    "a principal that is none": ({"principal": lambda: None}, lambda authz: authz.on("agents:read")),
    "a principal that is a name": ({"principal": lambda: "ann"}, lambda authz: authz.on("agents:read")),
    "a misspelt channel": ({"context": lambda: Context("servr")}, lambda authz: authz.on("agents:read")),
    "two channels": ({"context": lambda: Context("dashboard")}, lambda authz: authz.on("agents:read")),
    "a row of no known type": ({}, lambda authz: authz.one("agents:read", object)),
    "a row of another surface": ({}, lambda authz: authz.one("agents:read", lambda: Resource("tests", "t", "ws_1"))),
    "no row where one is proposed": ({}, lambda authz: authz.new("agents.create", lambda: None)),
    "facts that are not loaded": ({"facts": lambda *_: 1 / 0}, lambda authz: authz.on("agents.create")),
    "facts that are none": ({"facts": lambda *_: ["agents"]}, lambda authz: authz.on("agents.create")),
}


@pytest.mark.parametrize("careless", CARELESS)
def test_careless_hosts(careless: str) -> None:
    """What is no question is an error of the service: the handler is not called."""
    options, mark = CARELESS[careless]
    writer = {"principal": lambda: who("Bearer writer"), "channel": "server", **options}
    authz = of_fastapi.Authz(GUARD, **writer)
    app = FastAPI()
    app.get("/agents", dependencies=[mark(authz)])(handler)
    authz.install(app)
    answer = TestClient(app, raise_server_exceptions=False).get("/agents")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")


@pytest.mark.parametrize("is_added_first", [True, False])
def test_a_middleware_of_the_host_that_answers_by_itself(is_added_first: bool) -> None:
    """Without asking: that is no answer either, wherever the middleware is."""
    authz = authz_of_fastapi()
    app = FastAPI()
    app.get("/agents", dependencies=[authz.on("agents:read")])(handler)

    async def from_a_cache(request: Request, call_next: Any) -> Response:
        return PlainTextResponse("secret")

    if not is_added_first:
        authz.install(app)
    app.add_middleware(BaseHTTPMiddleware, dispatch=from_a_cache)
    if is_added_first:
        authz.install(app)
    assert TestClient(app).get("/agents", headers=READER).status_code == 500


def test_a_host_that_answers_denials_with_success() -> None:
    """Its handler stays, and what it says is not sent."""
    authz = authz_of_fastapi()
    app = FastAPI()
    app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    app.add_exception_handler(AccessDenied, lambda request, error: PlainTextResponse("secret"))
    authz.install(app)
    assert TestClient(app).get("/agents", headers=TESTER).status_code == 500


@authz_of_starlette().on("agents:read")
class Echo(WebSocketEndpoint):
    """A class of websockets that is guarded."""

    encoding = "text"

    async def on_receive(self, websocket: WebSocket, data: str) -> None:
        await websocket.send_text(data)


class Handlers:
    """Handlers that are methods of an object."""

    @authz_of_starlette().one("agents:read", lambda _: Resource("agents", "agt_1", "ws_1"))
    def row(self, request: Request, agent: Resource) -> Response:
        return PlainTextResponse(agent.id)

    @authz_of_starlette().on("agents:read")
    async def named(self, request: Request, *, text: str) -> Response:
        return PlainTextResponse(text)


@authz_of_starlette().public
class Open(HTTPEndpoint):
    """A class that is public."""

    def get(self, request: Request) -> Response:
        return PlainTextResponse("open")


def test_what_starlette_takes_for_a_handler() -> None:
    """Methods of an object, partial applications, classes of both kinds."""
    handlers, authz = Handlers(), authz_of_starlette()
    routes: list[BaseRoute] = [
        Route("/row", handlers.row),
        Route("/named", partial(handlers.named, text="named")),
        Route("/open", Open),
        WebSocketRoute("/echo", Echo),
        Mount("/files", authz.public_app(PlainTextResponse("file"))),
    ]
    app = Starlette(routes=routes)
    authz.install(app)
    with TestClient(app) as client:
        texts = [client.get(path, headers=READER).text for path in ("/row", "/named", "/open", "/files/any")]
        assert texts == ["agt_1", "named", "open", "file"]
        assert client.get("/row", headers=TESTER).status_code == client.get("/named", headers=TESTER).status_code == 403
        with client.websocket_connect("/echo", headers=READER) as websocket:
            websocket.send_text("hello")
            assert websocket.receive_text() == "hello"
        with pytest.raises(WebSocketDenialResponse), client.websocket_connect("/echo", headers=TESTER):
            pass


@pytest.mark.parametrize("made", [of_fastapi.Authz, of_starlette.Authz])
def test_who_asks_is_found_out_once_by_each(made: Any) -> None:
    """Two that tell callers by other credentials may guard one application, and one route."""
    calls: list[str] = []

    def by_key(connection: HTTPConnection) -> Principal:
        calls.append("key")
        return who("Bearer reader")

    def by_session(connection: HTTPConnection) -> Principal:
        calls.append("session")
        return who("Bearer tester")

    keys, sessions = (made(GUARD, principal=each, channel="server") for each in (by_key, by_session))
    marks = [keys.on("agents:read"), keys.on("knowledge:read"), sessions.on("tests:read")]
    denied = [keys.on("agents:read"), sessions.on("agents:read")]
    app: Any
    if made is of_fastapi.Authz:
        app = FastAPI()
        app.get("/both", dependencies=marks)(handler)
        app.get("/denied", dependencies=denied)(handler)
    else:
        both, second = handler, handler
        for mark in reversed(marks):
            both = mark(both)
        for mark in reversed(denied):
            second = mark(second)
        app = Starlette(routes=[Route("/both", both), Route("/denied", second)])
    keys.install(app)
    client = TestClient(app)
    assert client.get("/both").status_code == 200
    assert calls == ["key", "session"]
    assert client.get("/denied").status_code == 403


def test_facts_are_about_what_is_proposed() -> None:
    """And about nothing where a route asks for its surface."""
    about: list[Any] = []

    def facts(needed: Any, access: Any, proposed: Any) -> Any:
        about.append(proposed)
        return facts_of(access.principal)

    authz = of_fastapi.Authz(GUARD, principal=principal_of, context=context_of, channel="server", facts=facts)
    proposal = Resource("agents", None, "ws_1")
    app = FastAPI()
    app.post("/agents", dependencies=[authz.new("agents.create", lambda: proposal)])(handler)
    app.post("/previews", dependencies=[authz.on("preview.start")])(handler)
    app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    authz.install(app)
    client = TestClient(app, headers={"Authorization": "Bearer writer"})
    assert [client.request(method, path).status_code for method, path in (
        ("POST", "/agents"), ("POST", "/previews"), ("GET", "/agents"),
    )] == [200, 200, 200]  # fmt: skip
    assert about == [proposal, None]


def test_columns_are_looked_at_where_a_list_is_marked(tmp_path: Path) -> None:
    """Those of another guard, and a rule that no query can say, are told at once."""
    authz = authz_of_fastapi()
    with pytest.raises(RequestError, match="the columns are mapped for another guard"):
        authz.many("agents:read", mapped(Guard.default()))
    (tmp_path / "pack.yaml").write_text(
        "scopeguard: 1\n"
        "pack: {name: own, extends: default}\n"
        "catalog: {surfaces: {agents: {attributes: {words: int}}}}\n"
        "rules:\n"
        "  - {id: own.long, effect: deny, on: ['agents:read'], when: resource.words / 100 > 3, code: not_permitted, because: Long}\n"
    )
    guard = Guard.load(tmp_path)
    with pytest.raises(CannotFilter):
        of_fastapi.Authz(guard, principal=principal_of, channel="server").many("agents:read", mapped(guard))


def test_a_channel_that_a_function_tells() -> None:
    """By what the server knows of a request: a key that a browser sends is refused."""

    def channel(connection: HTTPConnection) -> str:
        return "browser" if browser_signals(connection.headers) else "server"

    authz = of_fastapi.Authz(GUARD, principal=principal_of, channel=channel)
    app = FastAPI()
    app.get("/agents", dependencies=[authz.on("agents:read")])(handler)
    authz.install(app)
    client = TestClient(app, headers={**READER, "User-Agent": "curl/8.7.1"})
    assert client.get("/agents").status_code == 200
    denied = client.get("/agents", headers={"Origin": "https://shop.example.org"})
    assert (denied.status_code, denied.json()["code"]) == (403, "credential_channel_forbidden")
