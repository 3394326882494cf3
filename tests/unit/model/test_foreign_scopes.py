"""Scopes of other services in a token: refused, or ignored and told; what is malformed is refused either way."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, RequestError

MAKE: dict[str, Callable[..., Principal]] = {"key": Principal.api_key, "session": Principal.session}
URL = "https://www.example.com/auth/drive.readonly"
SERVER = Context(channel="server")


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@pytest.mark.parametrize(
    ("scopes", "ours", "others"),
    [
        ("openid profile agents:read", {"agents:read"}, ("openid", "profile")),
        (["openid", "agents:read/agt_1", URL], {"agents:read/agt_1"}, (URL, "openid")),
        ("agents:read", {"agents:read"}, ()),
        ("mail:read openid openid", {"mail:read"}, ("openid",)),
        ("Agents:read agents:* agents:read,write a:b:c offline_access !", set(), ("!", "Agents:read", "a:b:c", "agents:*", "agents:read,write", "offline_access")),
        ("", set(), ()),
        (None, set(), ()),
        (("openid",), set(), ("openid",)),
    ],
)  # fmt: skip
def test_others_are_ignored_and_told(
    make: Callable[..., Principal], scopes: Any, ours: set[str], others: tuple[str, ...]
) -> None:
    """They are in no grant, however much they look like one, and they travel with the principal."""
    who = make("k", workspace="ws_1", scopes=scopes, unknown="ignore")
    assert who.scopes == ours
    assert who.ignored_scopes == others
    for other in (copy.copy(who), pickle.loads(pickle.dumps(who))):  # noqa: S301  # our own
        assert (other, other.ignored_scopes) == (who, others)


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
@pytest.mark.parametrize(
    "scopes",
    ['say"hello"', "back\\slash", "tab\tbed", "line\nbreak", "snowman☃", "nul\0", ["two words"], [""], ["openid", 7], 7, b"openid", {"openid": 1}, "x" * 70_000],
    ids=lambda scopes: repr(scopes)[:20],
)  # fmt: skip
def test_what_is_no_scope_token_is_refused(make: Callable[..., Principal], scopes: Any) -> None:
    """What RFC 6749 section 3.3 does not allow in a token is nobody's scope."""
    for unknown in ("ignore", "refuse"):
        with pytest.raises(RequestError):
            make("k", workspace="ws_1", scopes=scopes, unknown=unknown)


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_nothing_is_ignored_unasked(make: Callable[..., Principal]) -> None:
    """By default what is not of our grammar is refused, and so is another word for what to do."""
    for more in ({}, {"unknown": "refuse"}):
        with pytest.raises(RequestError, match='scope "openid" is not surface:action'):
            make("k", workspace="ws_1", scopes="openid agents:read", **more)
    for unknown in ("ignored", None, True, ["ignore"]):
        with pytest.raises(RequestError, match='unknown must be "refuse" or "ignore"'):
            make("k", workspace="ws_1", scopes="agents:read", unknown=unknown)


def test_what_is_ours_is_answered_as_ever() -> None:
    """The rest of a token grants what it grants alone, and what is ignored nothing."""
    guard = Guard.default()
    who = Principal.api_key("k", workspace="ws_1", scopes="openid agents:read agents:*", unknown="ignore")
    alone = Principal.api_key("k", workspace="ws_1", scopes="agents:read")
    for action in ("agents:read", "agents:write", "collected_data:read", "api_keys:create"):
        for _ in range(2):
            assert guard.check(who, action, context=SERVER) == guard.check(alone, action, context=SERVER)
    assert guard.permissions(who, SERVER) == guard.permissions(alone, SERVER) == frozenset({"agents:read"})


def test_a_credential_that_is_nobodys() -> None:
    """It is told to be invalid; who sends none is told to send one (RFC 6750 section 3.1)."""
    guard = Guard.default()
    for _ in range(2):
        for who, challenge, header in (
            (Principal.anonymous(), "bearer", 'Bearer realm="api"'),
            (Principal.unrecognized(), "invalid_token", 'Bearer realm="api", error="invalid_token", error_description="Send a valid credential."'),
        ):  # fmt: skip
            decision = guard.check(who, "agents:read", context=SERVER)
            assert (decision.code, decision.status, decision.challenge) == ("credential_invalid", 401, challenge)
            assert decision.www_authenticate(realm="api") == header
            assert guard.permissions(who, SERVER) == frozenset()
    assert Principal.unrecognized() != Principal.anonymous()
    assert (Principal.unrecognized().kind, Principal.unrecognized().is_unrecognized) == ("anonymous", True)
    assert not Principal.anonymous().is_unrecognized
    assert pickle.loads(pickle.dumps(Principal.unrecognized())).is_unrecognized  # noqa: S301  # our own
