"""Scopes by kind: the same name reaches other permissions in a session than in a key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal

PACK = """
scopeguard: 1
catalog:
  surfaces:
    mail: {actions: [read, write, purge], coarse: true, internal: [purge], implies: {write: [read]}}
    chat: {actions: [read, write], coarse: true}
    api_keys: {actions: [create], holdable_by: [member]}
scopes:
  inbox:all: {includes: ["mail:*", "chat:read"], kinds: {session: ["chat:*"]}}
  inbox:more: {includes: ["inbox:all"]}
  talk:all: {kinds: {session: ["inbox:all", "mail:purge"]}}
  keys:all: {includes: ["chat:read"], kinds: {api_key: ["chat:write"]}}
roles:
  admin: {holds: ["*:*", "api_keys:create"]}
rules:
  - {id: purge, effect: allow, on: ["mail:purge"], roles: [admin]}
"""
NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAIL, CHAT = {"mail:read", "mail:write", "mail:purge"}, {"chat:read", "chat:write"}


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The pack above."""
    folder: Path = tmp_path_factory.mktemp("pack")
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(folder)


def key(scopes: str, ceiling: str | None = None) -> Principal:
    """A key."""
    return Principal.api_key("k", workspace="w", scopes=scopes, ceiling=ceiling)


def session(scopes: str) -> Principal:
    """A session."""
    return Principal.session("s", workspace="w", scopes=scopes, expires_at=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("scopes", "of_key", "of_session"),
    [
        ("inbox:all", MAIL | {"chat:read"}, CHAT),
        ("inbox:more", MAIL | {"chat:read"}, CHAT),
        ("talk:all", set(), CHAT | {"mail:purge"}),
        ("keys:all", {"chat:write"}, {"chat:read"}),
        ("mail:write", {"mail:read", "mail:write"}, {"mail:read", "mail:write"}),
    ],
)
def test_a_scope_is_what_it_is_to_the_kind(guard: Guard, scopes: str, of_key: set[str], of_session: set[str]) -> None:
    """In every check, list and sum of grants, and through what includes it."""
    context = Context(now=NOW)
    assert set(guard.permissions(key(scopes), context)) == of_key
    assert set(guard.permissions(session(scopes), context)) == of_session
    for permission in MAIL | CHAT:
        assert guard.check(key(scopes), permission, context=context).allowed is (permission in of_key)
        assert guard.check(session(scopes), permission, context=context).allowed is (permission in of_session)
    assert set(guard.grants(scopes)) == of_key
    assert set(guard.grants(scopes, kind="session")) == of_session


def test_what_is_needed_is_the_scope_that_helps_the_kind(guard: Guard) -> None:
    """The least that includes what is internal, for a session as for a key."""
    context = Context(now=NOW)
    assert guard.check(key("chat:read"), "mail:purge", context=context).needed == ("inbox:all",)
    assert guard.check(session("chat:read"), "mail:purge", context=context).needed == ("talk:all",)


def test_a_ceiling_is_what_it_is_to_the_kind(guard: Guard) -> None:
    """The key of one whose scope says less to a key."""
    assert set(guard.permissions(key("inbox:all chat:write", "keys:all"))) == {"chat:write"}


def test_minting_is_of_keys(guard: Guard) -> None:
    """What a scope is to a session is not asked."""
    admin = Principal.member("m", workspace="w", roles=["admin"])
    assert guard.mint(admin, "keys:all").allowed
    assert guard.mint(admin, "talk:all").code == "scope_unknown"


def test_a_layer_says_why_a_kind_gains(tmp_path: Path) -> None:
    """A scope that gives sessions alone something of the layer below."""
    text = 'scopeguard: 1\npack: {name: x, extends: default}\nscopes:\n  talk:all: {kinds: {session: ["agents:read"]}MORE}\n'
    (tmp_path / "x.yaml").write_text(text.replace("MORE", ""), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"x.yaml:4:31: SG220"):
        Guard.load(tmp_path)
    (tmp_path / "x.yaml").write_text(text.replace("MORE", ", loosens: they talk"), encoding="utf-8")
    Guard.load(tmp_path)
