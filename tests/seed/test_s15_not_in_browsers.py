"""Do not place them in browser code, mobile apps, public repositories, or copied widget snippets."""

import pytest

from scopeguard import Guard, Principal
from scopeguard.keys import browser_signals, build_key, find_keys
from tests.seed import tables, world
from tests.seed.thinning import turns

ELSEWHERE = (*(channel for channel in tables.CHANNELS if channel != "server"), None)
"""Every channel but the server, and no channel."""
HELD = [(), *((scope,) for scope in tables.SCOPES), tables.SCOPES]

NAMED = ("browser", "mobile", "public_repository", "widget")


@pytest.mark.parametrize("permission", tables.KEY_PERMISSIONS)
def test_s15_a_key_elsewhere_is_refused_whatever_it_holds(guard: Guard, permission: str) -> None:
    """Each scope alone, all together and none: every permission that keys can have is refused for the channel."""
    for asked, scopes, channel in turns(tables.KEY_PERMISSIONS, HELD, ELSEWHERE):
        if asked == permission:
            for decision in world.both(guard, world.key(*scopes), permission, world.at(channel)):
                assert decision.code == "credential_channel_forbidden", (scopes, channel)


@pytest.mark.parametrize("channel", NAMED)
def test_s15_the_refusal_tells_to_rotate_the_key(guard: Guard, channel: str) -> None:
    """A key that was seen where strangers are is a key to replace."""
    decision = guard.check(world.key(*tables.SCOPES), "agents:read", context=world.at(channel))
    assert decision.status == 403
    assert decision.also == ()
    assert decision.remedy is not None
    assert (decision.remedy.action, decision.remedy.target) == ("rotate", "settings/api_keys")


@pytest.mark.parametrize("channel", NAMED)
def test_s15_operations_are_refused_too(guard: Guard, channel: str) -> None:
    """A finer act is no way around the channel."""
    for name, operation in guard.catalog.operations.items():
        closed = operation.permission.partition(":")[0] in tables.CLOSED
        decision = guard.check(world.key(*tables.SCOPES), name, context=world.at(channel))
        assert decision.code == ("dashboard_only" if closed else "credential_channel_forbidden")


KEY = build_key("hyp", "key1", "s3cr3T" * 6, environment="live")

PLACES = {
    "browser code": f'fetch(url,{{headers:{{authorization:"Bearer {KEY}"}}}})',
    "a mobile app": f'<string name="voice_key">{KEY}</string>',
    "a public repository": f"+VOICE_KEY={KEY}\n",
    "a copied widget snippet": f"<script>\n  widget.init({{ key: '{KEY}' }})\n</script>",
}


@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES.keys())
def test_s15_a_key_is_noticed_where_it_was_placed(text: str) -> None:
    """In each of the four places that the sentence names, and without showing it."""
    (found,) = find_keys(text, "hyp")
    assert text[found.offset : found.offset + found.length] == KEY
    assert (found.id, found.hint) == ("key1", f"hyp_...{KEY[-4:]}")
    assert "s3cr3T" not in repr(found)


@pytest.mark.parametrize("headers", [{"Origin": "https://shop.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_s15_a_key_sent_from_a_browser_is_noticed_and_refused(guard: Guard, headers: dict[str, str]) -> None:
    """What the headers say becomes the channel, and the channel is refused."""
    sent = {**headers, "Authorization": f"Bearer {KEY}"}
    assert browser_signals({"Authorization": f"Bearer {KEY}"}, prefix="hyp") == ()
    channel = "browser" if browser_signals(sent, prefix="hyp") else "server"
    assert world.codes(guard, world.key(*tables.SCOPES), tables.KEY_PERMISSIONS, world.at(channel)) == {
        "credential_channel_forbidden"
    }


@pytest.mark.parametrize("channel", tables.CHANNELS_AND_NONE)
def test_s15_a_key_that_was_found_is_to_be_revoked(guard: Guard, channel: str | None) -> None:
    """Once it is reported, from a public repository say, it opens nothing anywhere, whatever it holds."""
    leaked = Principal.api_key("key_1", workspace=world.WORKSPACE, scopes=tables.SCOPES, leaked=True)
    for permission in tables.PERMISSIONS:
        for decision in world.both(guard, leaked, permission, world.at(channel)):
            assert (decision.code, decision.status) == ("credential_leaked", 401)
            assert decision.remedy is not None
            assert (decision.remedy.action, decision.remedy.target) == ("revoke", "settings/api_keys")
            assert "Revoke this key now" in decision.remedy.text
