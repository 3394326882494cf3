"""V08: a delegated key is wider than the one who delegates: a qualifier is lost on the way (hexpm CVE-2026-21621)."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Context, Guard, Principal

GUARD = Guard.default()
SCOPES = sorted(GUARD.catalog.scopes)
DASHBOARD = Context(channel="dashboard")


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from([*SCOPES, "agents:write/agt_1", "api_keys:create", "collected_data:read"]), max_size=5),
    st.lists(st.sampled_from(sorted(GUARD.catalog.roles)), max_size=2),
)
def test_v08_wider_than_parent(scopes: list[str], roles: list[str]) -> None:
    """Whatever a member is allowed to hand out is within what the member may do."""
    member = Principal.member("usr_1", workspace="ws_1", roles=roles)
    decision = GUARD.mint(member, scopes, DASHBOARD)
    if decision:
        child = GUARD.grants(decision.provided)
        assert sorted(decision.provided) == sorted(set(scopes))
        for grant in child:
            assert GUARD.check(member, grant.partition("/")[0], context=DASHBOARD), grant
    else:
        assert decision.provided == ()


@pytest.mark.parametrize("scope", ["agents:write", "workspace:read", "agents:read/agt_1", "collected_data:read"])
def test_v08_a_narrow_member_hands_out_nothing_wider(tmp_path: Path, scope: str) -> None:
    """Who manages keys and holds schedules alone hands out schedules, and nothing that it does not hold."""
    (tmp_path / "keeper.yaml").write_text(
        'scopeguard: 1\nroles: {keeper: {holds: [settings.api_keys.manage, "schedules:read"]}}\n', encoding="utf-8"
    )
    guard = Guard.default(tmp_path)
    keeper = Principal.member("usr_1", workspace="ws_1", roles=["keeper"])
    assert guard.mint(keeper, "schedules:read", DASHBOARD).provided == ("schedules:read",)
    assert guard.mint(keeper, ["schedules:read", scope], DASHBOARD).code == "grant_exceeds_actor"


def test_v08_a_ceiling_keeps_the_qualifier() -> None:
    """A key under a ceiling that is narrowed to one agent reaches that one agent, though its own scope is wide."""
    key = Principal.api_key("k", workspace="ws_1", scopes="agents:write", ceiling="agents:write/agt_1")
    listed = GUARD.permissions(key, Context(channel="server"))
    assert listed == frozenset()
    assert set(listed.conditional.values()) == {'has(resource.id) && resource.id in ["agt_1"]'}


def test_v08_wildcards_reach_nothing_explicit_for_children() -> None:
    """A key whose ceiling is a coarse scope holds nothing explicit-only through it."""
    key = Principal.api_key("k", workspace="ws_1", scopes="collected_data:read", ceiling="workspace:write")
    assert GUARD.permissions(key, Context(channel="server")) == frozenset()
