"""The table of requests, answered by the pieces that know no framework."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from scopeguard import AccessDenied, Guard, Resource
from scopeguard.http import Access, Answers, Ledger, NotFound, on_channel, with_facts
from tests.integrations.http_cases import (
    AGENTS,
    CASES,
    CONTEXT,
    SAME,
    Case,
    Reply,
    facts_of,
    verify,
    verify_same,
    who,
)

GUARD = Guard.default()
ANSWERS = Answers(GUARD, realm="api")
ROWS = {key: Resource("agents", key, workspace) for key, workspace, _ in AGENTS}
NAMES = {key: name for key, _, name in AGENTS}


def one(access: Access, action: str, id: str) -> Any:
    """A row, where it may be had."""
    access.require_row(action, ROWS.get(id))
    return {"id": id, "name": NAMES[id]}


def many(access: Access) -> Any:
    """The ids of a list."""
    found = access.filter("agents:read")
    return [key for key, row in ROWS.items() if found.matches(row)]


def operation(access: Access, action: str, answer: Any) -> Any:
    """An operation, which is asked with its facts."""
    needed = GUARD.facts_for(action, environment=access.context.environment)
    access.authorize(action, facts=facts_of(access.principal) if needed else None)
    return answer


def asked_twice(access: Access) -> Any:
    """A handler that asks a question of its own."""
    access.authorize("agents:read")
    access.authorize("agents:write")
    return {"invited": True}


def broken() -> Any:
    """A load that raises."""
    raise LookupError


ROUTES: dict[tuple[str, str], Callable[[Access, str, Any], Any]] = {
    ("GET", "agents/"): lambda access, key, _: one(access, "agents:read", key),
    ("HEAD", "agents/"): lambda access, key, _: one(access, "agents:read", key),
    ("PATCH", "agents/"): lambda access, key, _: one(access, "agents:write", key),
    ("DELETE", "agents/"): lambda access, key, _: one(access, "agents:write", key) and None,
    ("GET", "agents"): lambda access, *_: many(access),
    ("POST", "agents"): lambda access, _, sent: operation(access, "agents.create", dict(sent)),
    ("POST", "calls"): lambda access, *_: operation(access, "voice.connect", {"connected": True}),
    ("POST", "previews"): lambda access, *_: operation(access, "preview.start", {"started": True}),
    ("GET", "conversations"): lambda access, *_: list(access.authorize("conversations:read").redact),
    ("GET", "dashboard/"): lambda access, *_: operation(access, "api_keys:view", {"keys": []}),
    ("POST", "invitations"): lambda access, *_: asked_twice(access),
    ("GET", "undecided"): lambda *_: {},
    ("GET", "streamed"): lambda *_: {},
    ("GET", "broken/"): lambda *_: broken(),
}
STATUSES = {("POST", "agents"): 201, ("DELETE", "agents/"): 204}


def send(case: Case) -> Reply:
    """The answer to a request."""
    answer = answered(case)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status, headers, b"" if case.method == "HEAD" else answer.body)


def answered(case: Case) -> Reply:
    """As :func:`send`, as it is before it goes over the wire."""
    ledger = Ledger()
    head, slash, key = case.path.removeprefix("/").partition("/")
    place = (case.method, head + slash)
    if head == "health":
        ledger.is_public = True
        return Reply(200, {}, b'{"status": "up"}')
    if place not in ROUTES:
        return Reply(*plain(ANSWERS.not_found))
    context = on_channel(CONTEXT, "dashboard" if head == "dashboard" else "server")
    access = Access(GUARD, who(case.headers.get("Authorization")), context, ledger)
    try:
        found = ROUTES[place](access, key, case.sends)
    except AccessDenied as denied:
        return Reply(*plain(ANSWERS.denied(denied)))
    except NotFound:
        return Reply(*plain(ANSWERS.not_found))
    except LookupError:
        return Reply(500, {}, b"")
    status = STATUSES.get(place, 200)
    if not ledger.lets_pass(status):
        return Reply(*plain(ANSWERS.undecided))
    return Reply(status, {}, b"" if found is None else json.dumps(found).encode())


def plain(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """An answer as a triple."""
    return answer.status, dict(answer.headers), answer.body


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_request(case: Case) -> None:
    """Its status, its code, its headers and its body."""
    verify(case, send(case))


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[0])
def test_what_is_answered_alike(names: tuple[str, ...]) -> None:
    """Byte for byte."""
    verify_same(names, send)


def test_facts_are_put_beside_those_of_the_context() -> None:
    """The new one counts, and the rest stays."""
    first = with_facts(CONTEXT, {"quantity": 1, "owner_count": 2})
    second = with_facts(first, {"quantity": 5})
    assert dict(second.facts) == {"quantity": 5, "owner_count": 2}
    assert second.now == CONTEXT.now
