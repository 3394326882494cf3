"""``Guard.inputs``: a request with these values and no others gets the same answer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from scopeguard import AccessRequest, Context, Decision, Guard, Principal, RequestError, Resource
from scopeguard.model.input_validation import thaw
from tests.laws.support import guard_of, law
from tests.strategies import Maker, Pack, Request, packs

FACTS = "context.facts"


def nested(inputs: Mapping[str, Any], root: str) -> dict[str, Any]:
    """The values under a root, as a host gives them."""
    found: dict[str, Any] = {}
    for name, value in inputs.items():
        if name == root:
            found.update(value)
        elif name.startswith(f"{root}.") and not (root == "context" and f"{name}.".startswith(f"{FACTS}.")):
            *steps, last = name.removeprefix(f"{root}.").split(".")
            inner = found
            for step in steps:
                inner = inner.setdefault(step, {})
            inner[last] = thaw(value)
    return found


def reduced(asked: AccessRequest, inputs: Mapping[str, Any]) -> AccessRequest:
    """The request with what was read alone."""
    who, about, context = asked.principal, asked.resource, asked.context
    principal = Principal(
        who.kind, who.id, who.workspace, who.scopes, who.roles, who.ceiling, nested(inputs, "principal")
    )
    resource = None
    if about is not None:
        resource = Resource(about.surface, about.id, about.workspace, nested(inputs, "resource"))
    more = nested(inputs, "context")
    now = more.pop("now", None)
    made = Context(context.channel, context.environment, nested(inputs, FACTS), now, more)
    return AccessRequest(principal, asked.action, resource, made)


def check(guard: Guard, asked: AccessRequest) -> Decision:
    """The answer."""
    if asked.resource is None:
        return guard.check(asked.principal, asked.action, context=asked.context)
    return guard.check(asked.principal, asked.action, asked.resource, asked.context)


def said(decision: Decision) -> tuple[object, ...]:
    """What a log has of a decision."""
    return (
        decision.effect,
        decision.code,
        decision.rules,
        decision.also,
        decision.errors,
        decision.obligations,
        decision.redact,
    )


@law(40)
@given(packs())
def test_what_is_not_read_changes_nothing(made: tuple[Maker, Pack]) -> None:
    """Whatever the pack and the request."""
    maker, pack = made
    guard = guard_of(pack)
    for request in maker.requests(20):
        asked = as_asked(request)
        try:
            decision = check(guard, asked)
        except RequestError:
            continue
        found = guard.inputs(asked)
        assert said(check(guard, reduced(asked, found))) == said(decision), (asked, dict(found))


def as_asked(request: Request) -> AccessRequest:
    """A generated request as observers are told of it."""
    return AccessRequest(request.principal, request.action, request.resource, request.context)


def test_what_is_read_of_the_shipped_pack() -> None:
    """A key that creates an agent is judged by its facts, and by nothing else that the host gave along."""
    guard = Guard.default()
    key, revoked = (
        Principal.api_key("k", workspace="w", scopes="agents:write", revoked=revoked) for revoked in (False, True)
    )
    context = Context(
        "server",
        facts={"entitlements": {name: {"kind": "off"} for name in ("agents", "users")}, "other_active_owners": 3},
    )
    asked = AccessRequest(key, "agents.create", None, context)
    assert dict(guard.inputs(asked)) == {"context.facts.entitlements.agents.kind": "off"}
    assert guard.inputs(AccessRequest(revoked, "agents.create", None, context))["principal.revoked"] is True
    assert guard.inputs(AccessRequest(key, "no:such", None, context)) == {}
    with pytest.raises(RequestError, match="AccessRequest"):
        guard.inputs(key)  # type: ignore[arg-type]  # what is refused


def test_what_the_resource_lies_below_is_read() -> None:
    """Where a scope or a role is narrowed to a parent, by one attribute or by a list of ids; its own id is no input."""
    guard = Guard.default()
    below = Resource("conversations", "c", "w", {"agent": "a1"})
    server = Context("server")
    for scope, read in (
        ("conversations:read/agents:a1", {"resource.agent": "a1"}),
        ("conversations:read/c", {}),
        ("conversations:read", {}),
    ):
        key = Principal.api_key("k", workspace="w", scopes=scope)
        assert guard.check(key, "conversations:read", below, server).allowed
        found = guard.inputs(AccessRequest(key, "conversations:read", below, server))
        assert {name: value for name, value in found.items() if name.startswith("resource.")} == read
    member = Principal.member("m", workspace="w", roles=["viewer/agents:a1"])
    asked = AccessRequest(member, "conversations:read", below, Context("dashboard"))
    assert guard.inputs(asked)["resource.agent"] == "a1"


PLACES = """
scopeguard: 1
catalog:
  surfaces: {notes: {actions: [read], coarse: true, attributes: {place: {room: {number: int}}}}}
rules:
  - {id: rooms, effect: deny, on: ["notes:read"], when: has(resource.place.room.number), code: not_permitted}
"""


@pytest.mark.parametrize(
    ("place", "read"),
    [
        ({"room": {"number": 1}}, {"resource.place.room.number": 1}),
        ({"room": (1, 2)}, {"resource.place.room": (1, 2)}),
        ({}, {}),
        ("here", {"resource.place": "here"}),
    ],
)
def test_what_is_no_record_is_read(tmp_path: Path, place: object, read: dict[str, object]) -> None:
    """Where a record is asked for a field, what stands in its place decides."""
    (tmp_path / "pack.yaml").write_text(PLACES, encoding="utf-8")
    guard = Guard.load(tmp_path)
    key = Principal.api_key("k", workspace="w", scopes="notes:read")
    asked = AccessRequest(key, "notes:read", Resource("notes", "n", "w", {"place": place}), Context())
    assert dict(guard.inputs(asked)) == read
    assert said(check(guard, reduced(asked, read))) == said(check(guard, asked))
