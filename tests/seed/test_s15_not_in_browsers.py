"""Do not place them in browser code, mobile apps, public repositories, or copied widget snippets."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world

ELSEWHERE = (*(channel for channel in tables.CHANNELS if channel != "server"), None, "kiosk")
"""Every channel but the server, no channel, and one that the pack does not know."""

NAMED = ("browser", "mobile", "public_repository", "widget")


@pytest.mark.parametrize("channel", ELSEWHERE)
@pytest.mark.parametrize("scopes", [(), *((scope,) for scope in tables.SCOPES), tables.SCOPES])
def test_s15_a_key_elsewhere_is_refused_whatever_it_holds(
    guard: Guard, scopes: tuple[str, ...], channel: str | None
) -> None:
    """Each scope alone, all together and none: every permission that keys can have is refused for the channel."""
    found = world.codes(guard, world.key(*scopes), tables.KEY_PERMISSIONS, world.at(channel))
    assert found == {"credential_channel_forbidden"}


@pytest.mark.parametrize("channel", NAMED)
def test_s15_the_refusal_tells_to_rotate_the_key(guard: Guard, channel: str) -> None:
    """A key that was seen where strangers are is a key to replace."""
    decision = guard.check(world.key(*tables.SCOPES), "agents:read", None, world.at(channel))
    assert decision.status == 403
    assert decision.also == ()
    assert decision.remedy is not None
    assert (decision.remedy.action, decision.remedy.target) == ("rotate", "settings/api_keys")


@pytest.mark.parametrize("channel", NAMED)
def test_s15_operations_are_refused_too(guard: Guard, channel: str) -> None:
    """A finer act is no way around the channel."""
    for name, operation in guard.catalog.operations.items():
        closed = operation.permission.partition(":")[0] in tables.CLOSED
        decision = guard.check(world.key(*tables.SCOPES), name, None, world.at(channel))
        assert decision.code == ("dashboard_only" if closed else "credential_channel_forbidden")
