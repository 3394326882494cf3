"""API key management itself remains dashboard-only."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Context, Guard, PolicyError, Principal
from tests.seed import tables, world
from tests.seed.thinning import turns

GUARD = Guard.default()


HELD = [(), *((scope,) for scope in tables.SCOPES), tables.SCOPES, tables.KEY_MANAGEMENT, ("api_keys:admin",)]


@pytest.mark.parametrize("channel", tables.CHANNELS_AND_NONE)
def test_s20_no_key_on_any_channel(guard: Guard, channel: str | None) -> None:
    """View, create, rotate and revoke, with each scope, all, none, and scopes that do not exist."""
    for at, scopes, permission in turns(tables.CHANNELS_AND_NONE, HELD, tables.KEY_MANAGEMENT):
        if at == channel:
            for decision in world.both(guard, world.key(*scopes), permission, world.at(channel)):
                assert decision.code == "dashboard_only", (scopes, permission)
                assert decision.rules == ("keys.dashboard-only",)
                assert decision.also == ()


@given(
    st.lists(st.sampled_from((*tables.SCOPES, *tables.KEY_MANAGEMENT)), max_size=12),
    st.sampled_from(tables.CHANNELS_AND_NONE),
    st.sampled_from(("production", "preview", "test")),
    st.sampled_from(tables.KEY_MANAGEMENT),
    st.none() | st.lists(st.sampled_from(tables.PERMISSIONS), max_size=4),
)
def test_s20_no_set_of_scopes(
    scopes: list[str], channel: str | None, environment: str, permission: str, ceiling: list[str] | None
) -> None:
    """Any scopes, channel, environment and ceiling."""
    who = Principal.api_key("key_1", workspace=world.WORKSPACE, scopes=scopes, ceiling=ceiling)
    context = Context(channel=channel, environment=environment)
    assert GUARD.check(who, permission, context=context).code == "dashboard_only"


@pytest.mark.parametrize("permission", tables.KEY_MANAGEMENT)
def test_s20_nor_any_other_kind_but_a_member(guard: Guard, permission: str) -> None:
    """Sessions and jobs are no members, wherever they are."""
    for who in (
        Principal.session("ses_1", workspace=world.WORKSPACE, scopes=tables.SCOPES, expires_at=world.RESETS),
        Principal.system("job_1", workspace=world.WORKSPACE),
    ):
        for channel in tables.CHANNELS_AND_NONE:
            assert world.codes(guard, who, (permission,), world.context(channel)) == {"dashboard_only"}


@pytest.mark.parametrize("scope", tables.KEY_MANAGEMENT)
def test_s20_no_such_scope_exists(guard: Guard, scope: str) -> None:
    """Nobody can mint one."""
    assert scope not in guard.catalog.scopes
    assert guard.mint(world.member("owner"), scope, world.DASHBOARD).code == "scope_not_holdable"
    assert guard.mint(world.member("owner"), f"workspace:read {scope}", world.DASHBOARD).code == "scope_not_holdable"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("scopes: {keys:all: {includes: ['api_keys:create']}}", "SG303"),
        ("scopes: {api_keys:create: {includes: ['*:read']}}", "SG303"),
        (
            "rules: [{id: keys.open, effect: allow, on: ['api_keys:create'], kinds: [api_key], because: a test}]",
            "SG303",
        ),
        ("catalog: {surfaces: {api_keys: {actions: [create], coarse: true}}}", "SG201"),
        (
            "rules: [{id: keys.dashboard-only, effect: deny, on: ['api_keys:view'], code: dashboard_only, because: a test}]",
            "SG201",
        ),
    ],
)
def test_s20_a_policy_that_grants_it_does_not_load(tmp_path: Path, text: str, code: str) -> None:
    """Neither by a scope, nor by a rule, nor by saying the surface or the rule again."""
    (tmp_path / "open.yaml").write_text(f"scopeguard: 1\n{text}\n", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.default(tmp_path)
    assert code in {diagnostic.code for diagnostic in caught.value.diagnostics}
