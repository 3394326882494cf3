"""Denials as responses: how much a caller learns, and what is never told."""

import json
from typing import Any

import pytest

from scopeguard import AccessDenied, Context, Guard, Principal, RequestError, Resource
from scopeguard.http import Answers

GUARD = Guard.default()
SERVER = Context(channel="server")
KEY = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
ELSEWHERE = Resource("agents", "agt_9", "ws_2")


def denial(principal: Principal, action: str, resource: Resource | None = None) -> AccessDenied:
    """What is raised for a question that is denied."""
    with pytest.raises(AccessDenied) as caught:
        GUARD.authorize(principal, action, resource or Resource(action.partition(":")[0], None, "ws_1"), SERVER)
    return caught.value


def test_a_denial_is_a_whole_response() -> None:
    """Its status, the type of its body, the challenge, and nothing that a cache may keep."""
    answer = Answers(GUARD, realm="api", type_base="https://example.com/problems/").denied(denial(KEY, "agents:write"))
    assert answer.status == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="api", error="insufficient_scope"')
    assert json.loads(answer.body)["type"] == "https://example.com/problems/scope_missing"


@pytest.mark.parametrize("level", ["none", "scopes", "full"])
def test_what_is_hidden_is_what_is_missing(level: Any) -> None:
    """At every level, for its own people too: the log knows more."""
    answers = Answers(GUARD, disclosure=level)
    assert answers.denied(denial(KEY, "agents:read", ELSEWHERE)) == answers.not_found


def test_disclosure_by_who_asks() -> None:
    """Sessions learn the status alone, everybody else how to recover; a function of the host says otherwise."""
    session = Principal.session("ses_1", workspace="ws_1")
    assert set(json.loads(Answers(GUARD).denied(denial(session, "agents:write")).body)) == {"type", "title", "status"}
    assert json.loads(Answers(GUARD).denied(denial(KEY, "agents:write")).body)["code"] == "scope_missing"
    full = Answers(GUARD, disclosure=lambda principal: "full" if principal.id == "key_1" else "none")
    assert json.loads(full.denied(denial(KEY, "agents:write")).body)["reason"] == "nothing grants agents:write"


def test_who_is_unknown_learns_nothing() -> None:
    """A denial that a host raises by itself says nobody, unless the host does."""
    bare = AccessDenied(denial(KEY, "agents:write").decision)
    assert "code" not in json.loads(Answers(GUARD).denied(bare).body)
    assert "code" in json.loads(Answers(GUARD).denied(bare, KEY).body)


def test_a_level_that_is_none() -> None:
    """A misspelt one is refused where the answers are made."""
    level: Any = "scope"
    with pytest.raises(RequestError, match="disclosure must be one of full, none, scopes, or a function"):
        Answers(GUARD, disclosure=level)
