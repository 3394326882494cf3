"""The shipped pack with a folder of the service's own on top: it adds, and loosens nothing by accident."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal
from scopeguard.shipped import policies
from tests.seed import tables

SERVER = Context(channel="server")
OVERLAY = policies() / "examples" / "overlay"


def with_overlay(folder: Path, text: str) -> Guard:
    """The shipped pack with one more file."""
    (folder / "mine.yaml").write_text(f"scopeguard: 1\n{text}", encoding="utf-8")
    return Guard.default(folder)


def everything(guard: Guard) -> Principal:
    """A key with every scope of a pack."""
    return Principal.api_key("key_1", workspace="ws_1", scopes=sorted(guard.catalog.scopes))


def test_the_example_adds_and_changes_nothing_else() -> None:
    """The example overlay brings a surface, a role and a rule; every answer about the shipped pack stays."""
    plain, more = Guard.default(), Guard.default(OVERLAY)
    assert set(more.catalog.surfaces) - set(plain.catalog.surfaces) == {"tickets"}
    assert set(more.catalog.roles) - set(plain.catalog.roles) == {"support"}
    assert more.warnings == ()
    people = [Principal.member("m", workspace="w", roles=[role]) for role in plain.catalog.roles]
    keys = [Principal.api_key("k", workspace="w", scopes=[scope]) for scope in plain.catalog.scopes]
    for channel in ("server", "dashboard", "browser"):
        context = Context(channel=channel)
        for who in (*people, *keys):
            assert more.permissions(who, context) == plain.permissions(who, context)


ATTEMPTS = {
    "an allow for everybody on everything": 'rules: [{id: mine.all, effect: allow, on: ["*:*"]WHY}]',
    "an allow for keys on everything": 'rules: [{id: mine.all, effect: allow, on: ["*:*"], kinds: [api_key]WHY}]',
    "an allow for everybody on key management": 'rules: [{id: mine.keys, effect: allow, on: ["api_keys:*"]WHY}]',
    "a role with everything": 'roles: {mine: {holds: ["*:*"]WHY}}',
    "a scope with everything": 'scopes: {mine:all: {includes: ["*:*"]WHY}}',
}
"""What a layer may try on everything below it, with WHY where the entry says why it loosens."""


@pytest.mark.parametrize("text", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_what_loosens_says_why_and_opens_nothing_that_is_closed(tmp_path: Path, text: str) -> None:
    """It loads with a reason only. Even so no key manages keys, and what does not spell the explicit-only reaches none."""
    with pytest.raises(PolicyError) as refused:
        with_overlay(tmp_path, text.replace("WHY", ""))
    assert {each.code for each in refused.value.diagnostics if each.severity == "error"} == {"SG220"}

    guard = with_overlay(tmp_path, text.replace("WHY", ", loosens: It is tried"))
    key = everything(guard)
    for permission in tables.KEY_MANAGEMENT:
        assert guard.check(key, permission, context=SERVER).code == "dashboard_only"
    spelled = {scope for scope in guard.catalog.scopes if scope.partition(":")[0] in guard.catalog.explicit_only}
    broad = Principal.api_key("key_2", workspace="ws_1", scopes=sorted(set(guard.catalog.scopes) - spelled))
    mine = Principal.member("usr_1", workspace="ws_1", roles=["mine"])
    for surface in sorted(guard.catalog.explicit_only):
        for permission in guard.catalog.surfaces[surface].permissions:
            assert not guard.check(broad, permission, context=SERVER), permission
            assert not guard.check(mine, permission, context=Context(channel="dashboard")), permission


REFUSED = {
    "a scope that spells an explicit-only surface": (
        'scopes: {mine:all: {includes: ["collected_data:read"]}}',
        {"SG302"},
    ),
    "an allow for keys on key management": (
        'rules: [{id: m.k, effect: allow, on: ["api_keys:create"], kinds: [api_key]}]',
        {"SG303"},
    ),
    "a scope for key management": ('scopes: {mine:all: {includes: ["api_keys:create"]}}', {"SG303"}),
    "the rule once more": ('rules: [{id: keys.dashboard-only, effect: allow, on: ["api_keys:*"]}]', {"SG201"}),
    "the surface once more": ("catalog: {surfaces: {collected_data: {actions: [read], coarse: true}}}", {"SG201"}),
    "the holders of keys once more": ("catalog: {surfaces: {api_keys: {actions: [create], coarse: true}}}", {"SG201"}),
    "the coarse scope once more": ('scopes: {workspace:write: {includes: ["*:*"]}}', {"SG201"}),
    "a role once more": ('roles: {viewer: {holds: ["*:*"]}}', {"SG201"}),
    "the stages once more": ("catalog: {stages: [permission, credential]}", {"SG201"}),
}


@pytest.mark.parametrize(("text", "codes"), REFUSED.values(), ids=REFUSED.keys())
def test_what_would_loosen_does_not_load(tmp_path: Path, text: str, codes: set[str]) -> None:
    """Saying again what the shipped pack says, or reaching what is closed, stops the load with its code."""
    with pytest.raises(PolicyError) as caught:
        with_overlay(tmp_path, text)
    assert codes <= {each.code for each in caught.value.diagnostics}
    assert all(each.file.endswith("mine.yaml") for each in caught.value.diagnostics)


def test_an_overlay_may_close_more(tmp_path: Path) -> None:
    """A denial of the overlay takes back what the shipped pack grants."""
    guard = with_overlay(
        tmp_path,
        'rules: [{id: mine.closed, effect: deny, on: ["agents:write"], code: not_permitted, because: Not here}]',
    )
    assert guard.check(everything(guard), "agents:write", context=SERVER).rules == ("mine.closed",)
    assert guard.check(everything(guard), "agents:read", context=SERVER).allowed
