"""Closure of any ASGI application: nothing is answered that no decision allowed, before the first byte."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from logging import getLogger
from typing import Any, Final, TypeAlias

from scopeguard import ScopeguardError
from scopeguard.http import Answer, Ledger

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

LEDGER: Final = "scopeguard.ledger"
"""Under which name the scope of a request has its ledger."""
DENIAL_RESPONSE: Final = "websocket.http.response"
"""The extension of ASGI by which a server answers the handshake of a websocket with a response."""
_SERVED: Final = frozenset({"http", "websocket"})
_STARTS: Final = frozenset({"http.response.start", f"{DENIAL_RESPONSE}.start"})
_JUDGED: Final = frozenset({*_STARTS, "websocket.accept"})
"""The messages that begin an answer."""
_AT_ANY_TIME: Final = frozenset({"websocket.close", "http.response.debug"})
"""What may come before: the end of a websocket, and what is for clients of tests alone."""
_BODY: Final = "http.response.body"
_SWITCHING: Final = 101
_REDIRECTS: Final = frozenset({301, 307, 308})
_PREFLIGHT: Final = frozenset({b"origin", b"access-control-request-method"})
_NO_CONTENT: Final = 204
_SAYING_NOTHING: Final = frozenset({b"0", b"2"})
"""The lengths of answers to preflights: nothing, or the ``OK`` of Starlette."""
_ENCODING: Final = b"content-encoding"
_OF_A_BODY: Final = frozenset({_ENCODING, b"content-length", b"content-type", b"transfer-encoding"})


class _Refused(Exception):
    """Ends an application whose answer was not sent."""


class Closed:
    """Middleware for the outside of an application: each request gets a ledger, and no answer passes without an allow.

    *start_check* is called once, where the server starts or before the first request, and what it raises keeps the
    application from serving. *undecided* is sent in the place of an answer that nothing allowed; *is_public* says
    whether an endpoint is open by itself. What no route answers passes: redirects to another spelling of a path, and
    answers to preflights of CORS that say nothing but what is in their headers; of compressed ones these alone.
    """

    def __init__(
        self,
        app: App,
        *,
        start_check: Callable[[], None],
        undecided: Answer,
        is_public: Callable[[Any], bool] = lambda _: False,
    ) -> None:
        self._app: Final = app
        self._start_check: Final = start_check
        self._undecided: Final = undecided
        self._is_public: Final = is_public
        self._is_checked = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the start of the server."""
        if scope["type"] not in _SERVED:
            await (self._start if scope["type"] == "lifespan" else self._app)(scope, receive, send)
            return
        if not self._is_checked:
            self._check()
        ledger = scope.setdefault(LEDGER, Ledger())
        is_refused = is_begun = is_emptied = False

        def checked(message: Message) -> Awaitable[None]:
            nonlocal is_refused, is_begun, is_emptied
            if is_emptied:
                return send({"type": _BODY, "body": b"", "more_body": message.get("more_body", False)})
            if not is_refused and _is_compressed_preflight(scope, message):
                # Whatever it says, which nobody has looked at: of a preflight browsers read the headers.
                is_emptied = True
                return send({**message, "headers": _of_no_body(message["headers"])})
            if not is_refused:
                if ledger.is_allowed:
                    return send(message)
                if self._lets_pass(scope, ledger, message, is_begun=is_begun):
                    is_begun = is_begun or message["type"] in _JUDGED
                    return send(message)
            is_first, is_refused = not is_refused, True
            return self._refuse(scope, send, message if is_first else None)

        try:
            await self._app(scope, receive, checked)
        except Exception:
            # It ends because its answer was refused, whatever became of that on the way.
            if not is_refused:
                raise

    async def _start(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._check()
        except ScopeguardError as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await self._app(scope, receive, send)

    def _check(self) -> None:
        self._start_check()
        self._is_checked = True

    async def _refuse(self, scope: Scope, send: Send, message: Message | None) -> None:
        """Answer in the place of *message*, or of nothing where that was done, and end the application."""
        if message is not None:
            getLogger("scopeguard.http").error(
                "%s %r was to be answered by %s, and no decision allowed it",
                scope.get("method", scope["type"]), scope["path"], _status(message),
            )  # fmt: skip
            await send_answer(scope, send, self._undecided)
        raise _Refused

    def _lets_pass(self, scope: Scope, ledger: Ledger, message: Message, *, is_begun: bool) -> bool:
        if message["type"] not in _JUDGED and (is_begun or message["type"] in _AT_ANY_TIME):
            return True
        if ledger.lets_pass(status := _status(message)):
            return True
        if "endpoint" in scope:
            return self._is_public(scope["endpoint"])
        return status in _REDIRECTS or (_is_preflight(scope) and _says_nothing(message))


class PublicApp:
    """An ASGI application that everybody may have, such as static files."""

    def __init__(self, app: App) -> None:
        self.app: Final = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        ledger_of(scope).is_public = True
        await self.app(scope, receive, send)


def ledger_of(scope: Scope) -> Ledger:
    """The ledger of a request. Raises ScopeguardError where the application has none."""
    ledger = scope.get(LEDGER)
    if not isinstance(ledger, Ledger):
        raise ScopeguardError("the application does not keep what was decided: call install(app) of the Authz first")
    return ledger


async def send_answer(scope: Scope, send: Send, answer: Answer) -> None:
    """Send a whole response; in the place of the handshake of a websocket, where the server can, else a refusal."""
    prefix = "http.response"
    if scope["type"] == "websocket":
        if DENIAL_RESPONSE not in scope.get("extensions", ()):
            await send({"type": "websocket.close", "code": 1008})
            return
        prefix = DENIAL_RESPONSE
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": f"{prefix}.start", "status": answer.status, "headers": encoded})
    await send({"type": f"{prefix}.body", "body": b"" if scope.get("method") == "HEAD" else answer.body})


def _status(message: Message) -> int:
    """The status of a message that begins an answer; whatever comes in the place of one is as one that goes on."""
    return int(message["status"]) if message["type"] in _STARTS else _SWITCHING


def _is_preflight(scope: Scope) -> bool:
    return scope.get("method") == "OPTIONS" and {name for name, _ in scope["headers"]} >= _PREFLIGHT


def _is_compressed_preflight(scope: Scope, message: Message) -> bool:
    """Whether *message* begins an answer to a preflight that no route gave, and whose length says nothing of it."""
    return (
        message["type"] == "http.response.start"
        and "endpoint" not in scope
        and _is_preflight(scope)
        and any(name.lower() == _ENCODING for name, _ in message.get("headers", ()))
    )


def _of_no_body(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """*headers*, those of an answer without a body."""
    return [*(each for each in headers if each[0].lower() not in _OF_A_BODY), (b"content-length", b"0")]


def _says_nothing(message: Message) -> bool:
    """Whether the answer that *message* begins has room for no more than a middleware for CORS says."""
    lengths = [value for name, value in message.get("headers", ()) if name.lower() == b"content-length"]
    return _status(message) == _NO_CONTENT or (len(lengths) == 1 and lengths[0] in _SAYING_NOTHING)
