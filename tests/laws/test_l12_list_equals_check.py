"""Law 12, list_equals_check: everything that lists equals checks, one by one."""

import pytest
from hypothesis import given

from scopeguard import Context, Guard, Principal, RequestError, Resource
from tests.laws.support import guard_of, law
from tests.strategies import Maker, Pack, packs


@law(60)
@given(packs())
def test_list_equals_check(made: tuple[Maker, Pack]) -> None:
    """Allowed outright is allowed on every resource of the own workspace; denied is denied on each of them."""
    maker, pack = made
    guard = guard_of(pack)
    for request in maker.requests(6):
        who, context = request.principal, request.context
        try:
            listed = guard.permissions(who, context)
        except RequestError:
            # A name that the pack lacks is refused in lists as in checks.
            continue
        row = guard.matrix({"who": who}, None, context)
        for permission in guard.catalog.permissions:
            state = row["who", permission].state
            assert (state == "allow") == (permission in listed)
            assert (state == "conditional") == (permission in listed.conditional)
            for _ in range(4):
                made_up = maker.resource(permission.partition(":")[0])
                about = Resource(made_up.surface, made_up.id, who.workspace, made_up.attributes)
                if who.workspace is None:
                    continue
                decision = guard.check(who, permission, about, context)
                if state == "allow":
                    assert decision, (permission, about)
                if state == "deny":
                    assert not decision, (permission, about)


def test_list_equals_check_in_the_shipped_pack() -> None:
    """Every role and coarse scope of the shipped pack, through every channel, permission by permission."""
    guard = Guard.default()
    people = [Principal.member("m", workspace="w", roles=[role]) for role in guard.catalog.roles]
    keys = [
        Principal.api_key("k", workspace="w", scopes=[scope])
        for scope in [*sorted(guard.catalog.scopes)[::7], "workspace:write"]
    ]
    for channel in (*guard.catalog.channels, None):
        context = Context(channel=channel)
        for who in (*people, *keys):
            listed = guard.permissions(who, context)
            for permission in guard.catalog.permissions:
                decision = guard.check(who, permission, Resource(permission.partition(":")[0], "x", "w"), context)
                if permission in listed:
                    assert decision, (who, permission, channel)
                elif permission not in listed.conditional:
                    assert not decision, (who, permission, channel)


def test_a_list_of_malformed_things_is_refused() -> None:
    """As a check would refuse them."""
    guard = Guard.default()
    with pytest.raises(RequestError):
        guard.permissions("k")  # type: ignore[arg-type]
    with pytest.raises(RequestError):
        guard.permissions(Principal.anonymous(), {})  # type: ignore[arg-type]


def test_a_scope_and_a_ceiling_for_different_resources_list_nothing() -> None:
    """A key that is narrowed to one resource, under a ceiling for another, may do nothing, and its list says so."""
    guard = Guard.default()
    context = Context(channel="server")
    apart = Principal.api_key("k", workspace="ws_1", scopes="agents:write/a1", ceiling="agents:read/a2")
    assert (set(guard.permissions(apart, context)), dict(guard.permissions(apart, context).conditional)) == (set(), {})
    alike = Principal.api_key("k", workspace="ws_1", scopes="agents:write/a1 agents:write/a2", ceiling="agents:read/a2")
    assert dict(guard.permissions(alike, context).conditional) == {"agents:read": 'resource.id == "a2"'}
    for named, allowed in (("a1", False), ("a2", True)):
        about = Resource("agents", named, "ws_1")
        assert guard.check(alike, "agents:read", about, context).allowed is allowed
