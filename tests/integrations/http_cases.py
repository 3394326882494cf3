"""One small service and the requests to it, each with its answer: the same table for every web framework.

A framework's test builds the service from its integration, and gives a function that sends one request. The routes:

====== ======================= ===================================================== =================================
GET    /health                 public                                                ``{"status": "up"}``
GET    /agents                 many ``agents:read``                                  the ids, in their order
GET    /agents/{id}            one ``agents:read``                                   ``{"id": …, "name": …}``
PATCH  /agents/{id}            one ``agents:write``, ungated                         ``{"id": …, "name": …}``
DELETE /agents/{id}            one ``agents:write``, ungated                         204
POST   /agents                 new ``agents.create``, of ``{"name": …}``             201, ``{"name": …}``
POST   /calls                  on ``voice.connect``                                  ``{"connected": true}``
POST   /previews               on ``preview.start``                                  ``{"started": true}``
GET    /conversations          on ``conversations:read``                             ``decision.redact``, as a list
GET    /dashboard/keys         on ``api_keys:view``, on the channel ``dashboard``    ``{"keys": []}``
POST   /invitations            on ``agents:read``, ungated; the handler itself asks  ``{"invited": true}``
                               for ``agents:write`` with ``access.authorize``
GET    /undecided              a mark (``attach``) and nothing that asks             never
GET    /streamed               the same; the answer is streamed                      never
GET    /broken/{id}            one ``agents:read``, whose load raises LookupError    never
GET    /own-404                public; the handler raises the framework's own 404    never
====== ======================= ===================================================== =================================

The channel is ``server`` but for /dashboard. ``who(word)`` is the principal of ``Authorization: Bearer word``, ``facts_of``
gives its facts, and ``NOW`` is the time. Paths without a route are asked for too.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from scopeguard import Context, Principal

NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
CONTEXT: Final = Context(now=NOW)
"""Without a channel: that is said where routes are made."""
AGENTS: Final = (("agt_1", "ws_1", "one"), ("agt_2", "ws_1", "two"), ("agt_9", "ws_2", "nine"))
"""The rows: ids, workspaces and names."""


def _key(word: str, scopes: str, **more: Any) -> Principal:
    return Principal.api_key(f"key_{word}", workspace=more.pop("workspace", "ws_1"), scopes=scopes, **more)


_WRITE: Final = "workspace:read workspace:write"
_HOUR: Final = timedelta(hours=1)
_PRINCIPALS: Final = MappingProxyType({
    "reader": _key("reader", "workspace:read"),
    "writer": _key("writer", _WRITE),
    "narrow": _key("narrow", "agents:read/agt_1"),
    "tester": _key("tester", "tests:read"),
    "empty": _key("empty", ""),
    "other": _key("other", _WRITE, workspace="ws_2"),
    "revoked": _key("revoked", _WRITE, revoked=True),
    "leaked": _key("leaked", _WRITE, leaked=True),
    "expired": _key("expired", _WRITE, expires_at=NOW - _HOUR),
    "early": _key("early", _WRITE, not_before=NOW + _HOUR),
    "spent": _key("spent", _WRITE),
    "tired": _key("tired", _WRITE),
    "unready": _key("unready", _WRITE),
    "unpaid": _key("unpaid", _WRITE),
    "blind": _key("blind", _WRITE),
    "session": Principal.session("ses_1", workspace="ws_1", expires_at=NOW + _HOUR),
    "ann": Principal.member("usr_ann", workspace="ws_1", roles=["admin"]),
    "suspended": Principal.member("usr_sue", workspace="ws_1", roles=["admin"], suspended=True),
})  # fmt: skip


def who(authorization: str | None) -> Principal:
    """Who a request says that it is, by its header ``Authorization``."""
    if authorization is None:
        return Principal.anonymous()
    return _PRINCIPALS.get(authorization.removeprefix("Bearer "), Principal.unrecognized())


_RESETS: Final = NOW + timedelta(minutes=2)
_ROOM: Final = MappingProxyType({"limit": 100, "used": 10, "reserved": 0, "resets_at": _RESETS})
_FULL: Final = MappingProxyType({"limit": 100, "used": 100, "reserved": 0, "resets_at": _RESETS})
_READY: Final = MappingProxyType(dict.fromkeys(("model", "speech", "telephony"), "ready"))
_FINE: Final[Mapping[str, Any]] = MappingProxyType({
    "as_of": NOW,
    "providers": _READY,
    "payment": {"status": "ok"},
    "wallet": {"status": "ok"},
    "entitlements": {"agents": _ROOM, "voice_minutes": _ROOM},
    "fair_use": {"fair_use_preview": _ROOM},
    "quantity": 1,
})  # fmt: skip
_FACTS: Final[Mapping[str | None, Mapping[str, Any]]] = MappingProxyType({
    "key_spent": {"entitlements": {"agents": _FULL, "voice_minutes": _FULL}},
    "key_tired": {"fair_use": {"fair_use_preview": _FULL}},
    "key_unready": {"providers": {**_READY, "speech": "missing"}},
    "key_unpaid": {"payment": {"status": "interrupted"}},
    "key_blind": {"entitlements": {}, "fair_use": {}},
})  # fmt: skip


def facts_of(principal: Principal) -> Mapping[str, Any]:
    """The facts about whoever asks, all of them."""
    return {**_FINE, **_FACTS.get(principal.id, {})}


class Reply(NamedTuple):
    """A response as it came over; *headers* by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Case(NamedTuple):
    """A request, and what is answered: *code* of a problem or *body* of anything else, and headers.

    *key* is the word of its credential. *challenge* is how ``WWW-Authenticate`` begins, and None where there is none.
    """

    name: str
    method: str
    path: str
    key: str | None
    status: int
    code: str | None = None
    body: Any = None
    challenge: str | None = None
    retry_after: str | None = None
    sends: Any = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        return {} if self.key is None else {"Authorization": f"Bearer {self.key}"}


_INVALID: Final = 'Bearer realm="api", error="invalid_token"'
_SCOPE: Final = 'Bearer realm="api", error="insufficient_scope"'
_NEW: Final = MappingProxyType({"name": "three"})
_SECRET: Final = ["collected_data", "post_session_records", "sensitive_memory"]

CASES: Final = (
    Case("public", "GET", "/health", None, 200, body={"status": "up"}),
    Case("public, with what is nobody's key", "GET", "/health", "whoever", 200, body={"status": "up"}),
    Case("no credential", "GET", "/agents/agt_1", None, 401, "credential_invalid", challenge='Bearer realm="api"'),
    Case("nobody's credential", "GET", "/agents/agt_1", "whoever", 401, "credential_invalid", challenge=_INVALID),
    Case("a row", "GET", "/agents/agt_1", "reader", 200, body={"id": "agt_1", "name": "one"}),
    Case("the head of a row", "HEAD", "/agents/agt_1", "reader", 200),
    Case("the head of a row, denied", "HEAD", "/agents/agt_1", "tester", 403, challenge=_SCOPE),
    Case("a row, revoked", "GET", "/agents/agt_1", "revoked", 401, "credential_revoked", challenge=_INVALID),
    Case("a row, leaked", "GET", "/agents/agt_1", "leaked", 401, "credential_leaked", challenge=_INVALID),
    Case("a row, expired", "GET", "/agents/agt_1", "expired", 401, "credential_expired", challenge=_INVALID),
    Case("a row, too early", "GET", "/agents/agt_1", "early", 401, "credential_not_yet_valid", challenge=_INVALID),
    Case("a row, without the scope", "GET", "/agents/agt_1", "tester", 403, "scope_missing", challenge=_SCOPE),
    Case("a row, without any scope", "GET", "/agents/agt_1", "empty", 403, "scope_missing", challenge=_SCOPE),
    Case("a row, by a scope narrowed to it", "GET", "/agents/agt_1", "narrow", 200, body={"id": "agt_1", "name": "one"}),
    Case("a row, by a scope narrowed to another", "GET", "/agents/agt_2", "narrow", 403, "scope_missing", challenge=_SCOPE),
    Case("a missing row, by a scope narrowed to another", "GET", "/agents/agt_7", "narrow", 403, "scope_missing", challenge=_SCOPE),
    Case("a missing row", "GET", "/agents/agt_7", "reader", 404),
    Case("a row of another workspace", "GET", "/agents/agt_9", "reader", 404),
    Case("a missing row, without the scope", "GET", "/agents/agt_7", "tester", 403, "scope_missing", challenge=_SCOPE),
    Case("a row of another workspace, without the scope", "GET", "/agents/agt_9", "tester", 403, "scope_missing", challenge=_SCOPE),
    Case("a row of another workspace, revoked", "GET", "/agents/agt_9", "revoked", 401, "credential_revoked", challenge=_INVALID),
    Case("a change", "PATCH", "/agents/agt_1", "writer", 200, body={"id": "agt_1", "name": "one"}),
    Case("a change, by a reader", "PATCH", "/agents/agt_1", "reader", 403, "scope_missing", challenge=_SCOPE),
    Case("a change of a missing row", "PATCH", "/agents/agt_7", "writer", 404),
    Case("a change in another workspace", "PATCH", "/agents/agt_9", "writer", 404),
    Case("a removal", "DELETE", "/agents/agt_2", "writer", 204),
    Case("a removal in another workspace", "DELETE", "/agents/agt_9", "writer", 404),
    Case("a list", "GET", "/agents", "reader", 200, body=["agt_1", "agt_2"]),
    Case("a list, of another workspace", "GET", "/agents", "other", 200, body=["agt_9"]),
    Case("a list, by a narrowed scope", "GET", "/agents", "narrow", 200, body=["agt_1"]),
    Case("a list, without a credential", "GET", "/agents", None, 401, "credential_invalid", challenge='Bearer realm="api"'),
    Case("a list, revoked", "GET", "/agents", "revoked", 401, "credential_revoked", challenge=_INVALID),
    Case("a list, without the scope", "GET", "/agents", "tester", 403, "scope_missing", challenge=_SCOPE),
    Case("a new row", "POST", "/agents", "writer", 201, body={"name": "three"}, sends=_NEW),
    Case("a new row, by a reader", "POST", "/agents", "reader", 403, "scope_missing", challenge=_SCOPE, sends=_NEW),
    Case("a new row, at the limit", "POST", "/agents", "spent", 402, "entitlement_limit_reached", retry_after="120", sends=_NEW),
    Case("a new row, without facts", "POST", "/agents", "blind", 503, "facts_unavailable", sends=_NEW),
    Case("a call", "POST", "/calls", "writer", 200, body={"connected": True}),
    Case("a call, unpaid", "POST", "/calls", "unpaid", 402, "payment_interrupted"),
    Case("a call, without provider credentials", "POST", "/calls", "unready", 409, "provider_keys_missing"),
    Case("a call, at the limit", "POST", "/calls", "spent", 402, "entitlement_limit_reached", retry_after="120"),
    Case("a preview", "POST", "/previews", "writer", 200, body={"started": True}),
    Case("a preview, beyond fair use", "POST", "/previews", "tired", 429, "fair_use_exhausted", retry_after="120"),
    Case("what is to be left out", "GET", "/conversations", "reader", 200, body=_SECRET),
    Case("the dashboard, by a member", "GET", "/dashboard/keys", "ann", 200, body={"keys": []}),
    Case("the dashboard, suspended", "GET", "/dashboard/keys", "suspended", 403, "member_suspended"),
    Case("the dashboard, by a key", "GET", "/dashboard/keys", "writer", 403, "dashboard_only"),
    Case("a question of the handler", "POST", "/invitations", "writer", 200, body={"invited": True}),
    Case("a question of the handler, denied", "POST", "/invitations", "reader", 403, "scope_missing", challenge=_SCOPE),
    Case("an answer that nothing decided", "GET", "/undecided", "writer", 500),
    Case("an answer in pieces that nothing decided", "GET", "/streamed", "writer", 500),
    Case("a load that raises", "GET", "/broken/agt_1", "reader", 500),
    Case("no such path", "GET", "/nothing/here", "reader", 404),
    Case("the framework's own 404", "GET", "/own-404", "reader", 404),
)  # fmt: skip

SAME: Final[Sequence[tuple[str, ...]]] = (
    ("a missing row", "a row of another workspace", "no such path", "the framework's own 404"),
    ("a change of a missing row", "a change in another workspace", "a removal in another workspace", "a missing row"),
    (
        "a row, without the scope",
        "a missing row, without the scope",
        "a row of another workspace, without the scope",
        "a row, by a scope narrowed to another",
        "a missing row, by a scope narrowed to another",
    ),
    ("a row, revoked", "a row of another workspace, revoked"),
)
"""Cases whose answers are the same bytes, headers too, so that nobody learns from them what there is."""

_OF_EACH: Final = frozenset({"date", "server", "content-length", "connection"})
_UNSAID: Final = frozenset({"a load that raises"})
"""Cases in which what is answered, but for its status, is up to the framework."""


def verify(case: Case, reply: Reply) -> None:
    """Assert that *reply* is the answer of *case*."""
    assert reply.status == case.status, reply
    if case.name in _UNSAID:
        return
    assert reply.headers.get("www-authenticate", "").startswith(case.challenge or ""), reply
    assert ("www-authenticate" in reply.headers) is (case.challenge is not None), reply
    assert reply.headers.get("retry-after") == case.retry_after, reply
    if case.status >= 400:
        assert reply.headers["content-type"] == "application/problem+json", reply
        assert reply.headers["cache-control"] == "no-store", reply
    if case.method == "HEAD" or case.status == 204:
        assert reply.body == b"", reply
    elif case.status >= 400:
        problem = json.loads(reply.body)
        assert (problem["status"], problem.get("code")) == (case.status, case.code), reply
    else:
        assert json.loads(reply.body) == case.body, reply


def verify_same(names: Sequence[str], send: Callable[[Case], Reply]) -> None:
    """Assert that some cases are answered by the same bytes."""
    cases = {case.name: case for case in CASES}
    found = [
        (reply.status, {name: value for name, value in reply.headers.items() if name not in _OF_EACH}, reply.body)
        for reply in map(send, map(cases.__getitem__, names))
    ]
    assert found == [found[0]] * len(names)
