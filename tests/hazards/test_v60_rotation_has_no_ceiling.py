"""V60: a ceiling on one conferring path only: what minting refuses, rotation hands out (temps#472)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Context, Guard, Principal, RequestError

GUARD = Guard.default()
SCOPES = sorted(GUARD.catalog.scopes)
ROLES = sorted(GUARD.catalog.roles)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DASHBOARD = Context(channel="dashboard", now=NOW)
OWNER = Principal.member("usr_1", workspace="ws_1", roles=["owner"])
DEVELOPER = Principal.member("usr_2", workspace="ws_1", roles=["developer"])


def test_v60_what_minting_refuses_is_not_rotated() -> None:
    """The case: a developer cannot mint these scopes, and gets no new secret for a key that has them."""
    scopes = "collected_data:read workspace:write"
    assert GUARD.mint(DEVELOPER, scopes, DASHBOARD).code == "grant_exceeds_actor"
    decision = GUARD.rotate(DEVELOPER, scopes, DASHBOARD)
    assert (decision.code, decision.provided) == ("grant_exceeds_actor", ())
    assert decision.permission == "api_keys:rotate"
    assert GUARD.rotate(OWNER, scopes, DASHBOARD).provided == ("collected_data:read", "workspace:write")


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from([*SCOPES, "agents:write/agt_1", "api_keys:create", "agents:wrte", ""]), max_size=4),
    st.lists(st.sampled_from(ROLES), max_size=2),
)
def test_v60_the_codes_are_those_of_minting(scopes: list[str], roles: list[str]) -> None:
    """Whoever may create and rotate alike gets the same answer to both, whatever the scopes."""
    member = Principal.member("usr_3", workspace="ws_1", roles=roles)
    minted, rotated = GUARD.mint(member, scopes, DASHBOARD), GUARD.rotate(member, scopes, DASHBOARD)
    assert (rotated.code, rotated.provided, rotated.needed) == (minted.code, minted.provided, minted.needed)


def test_v60_explicit_only_scopes_take_the_right_to_hand_them_out() -> None:
    """An admin reads collected data and rotates keys, and may still not rotate a key that has it."""
    admin = Principal.member("usr_4", workspace="ws_1", roles=["admin"])
    decision = GUARD.rotate(admin, "collected_data:read", DASHBOARD)
    assert (decision.code, decision.needed) == ("sensitive_grant_forbidden", ("settings.api_keys.grant_sensitive",))


def key(workspace: str = "ws_1", **state: object) -> Principal:
    """A key with one scope, in some state."""
    return Principal.api_key("key_1", workspace=workspace, scopes="agents:read", **state)  # type: ignore[arg-type]


STATES = [
    ({}, None), ({"revoked": True}, "credential_revoked"), ({"leaked": True}, "credential_leaked"),
    ({"expires_at": NOW}, "credential_expired"), ({"expires_at": NOW - timedelta(days=1)}, "credential_expired"),
    ({"expires_at": NOW + timedelta(seconds=1)}, None), ({"not_before": NOW + timedelta(days=1)}, "credential_not_yet_valid"),
    ({"not_before": NOW}, None), ({"revoked": True, "expires_at": NOW + timedelta(days=1)}, "credential_revoked"),
    ({"ip_allow": ["192.0.2.0/24"]}, None), ({"workspace": "ws_2"}, "workspace_mismatch"),
    ({"workspace": "ws_2", "revoked": True}, "workspace_mismatch"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "code"), STATES, ids=str)
@pytest.mark.parametrize("actor", [OWNER, DEVELOPER], ids=["owner", "developer"])
def test_v60_the_state_of_the_key_counts(actor: Principal, state: dict[str, object], code: str | None) -> None:
    """A key that is revoked, leaked, out of its time or of another workspace is not rotated."""
    decision = GUARD.rotate(actor, key(**state), DASHBOARD)  # type: ignore[arg-type]
    assert decision.code == code
    assert decision.provided == (("agents:read",) if code is None else ())


def test_v60_a_key_of_another_workspace_is_not_told_of() -> None:
    """The answer is the same whatever is the matter with it, and names no state, scope or remedy of it."""
    plain, leaked = (GUARD.rotate(OWNER, key("ws_2", **state), DASHBOARD) for state in ({}, {"leaked": True}))
    assert plain == leaked
    assert (plain.status, plain.remedy, plain.needed, plain.provided) == (404, None, (), ())
    assert "agents" not in plain.reason


def test_v60_an_end_without_the_time_is_no_rotation() -> None:
    """Nobody knows whether the key has expired: it is not rotated."""
    assert not GUARD.rotate(OWNER, key(expires_at=NOW), Context(channel="dashboard"))


def test_v60_the_scopes_are_those_of_the_key() -> None:
    """With the key itself, its own scopes are judged and have to be kept."""
    wide = Principal.api_key("key_1", workspace="ws_1", scopes="collected_data:read")
    assert GUARD.rotate(DEVELOPER, wide, DASHBOARD).code == "grant_exceeds_actor"
    assert GUARD.rotate(OWNER, wide, DASHBOARD, scopes="agents:read").code == "rotation_changes_grants"
    assert GUARD.rotate(OWNER, wide, DASHBOARD, scopes=["collected_data:read"])
    assert GUARD.rotate(OWNER, Principal.api_key("key_1", workspace="ws_1"), DASHBOARD).code == "scopes_empty"


@pytest.mark.parametrize("held", [OWNER, Principal.session("ses_1", workspace="ws_1"), Principal.anonymous()], ids=repr)
def test_v60_what_is_no_key_is_no_key(held: Principal) -> None:
    """A principal of another kind is a mistake of the host, and is never read as a key without state."""
    with pytest.raises(RequestError, match="api_key"):
        GUARD.rotate(OWNER, held, DASHBOARD)


STANDALONE = """
scopeguard: 1
catalog:
  surfaces:
    notes:    {actions: [read], coarse: true}
    secrets:  {actions: [read], explicit_only: true, because: they are private}
    api_keys: {actions: [ACTIONS], holdable_by: [member]}
roles:
  keeper: {holds: ["notes:read", "secrets:read", "api_keys:*"]}
"""


def test_v60_packs_without_these_actions(tmp_path: Path) -> None:
    """A pack that has no such action mints and rotates nothing, and says that it does not know the action."""
    keeper = Principal.member("usr_1", workspace="ws_1", roles=["keeper"])
    (tmp_path / "pack.yaml").write_text(STANDALONE.replace("ACTIONS", "create, rotate"), encoding="utf-8")
    guard = Guard.load(tmp_path)
    assert guard.mint(keeper, "notes:read")
    assert guard.rotate(keeper, Principal.api_key("k", workspace="ws_1", scopes="notes:read"))
    assert (
        guard.rotate(keeper, Principal.api_key("k", workspace="ws_2", scopes="notes:read")).code == "workspace_mismatch"
    )
    sensitive = guard.mint(keeper, "secrets:read")
    assert (sensitive.code, sensitive.needed) == ("sensitive_grant_forbidden", ())
    (tmp_path / "pack.yaml").write_text(STANDALONE.replace("ACTIONS", "view"), encoding="utf-8")
    guard.reload()
    assert guard.mint(keeper, "notes:read").code == "unmapped_action"
    assert guard.rotate(keeper, "notes:read").code == "unmapped_action"


STAGED = """
scopeguard: 1
catalog:
  surfaces:
    notes:    {actions: [read], coarse: true}
    secrets:  {actions: [read], explicit_only: true, because: they are private}
    api_keys: {actions: [create, rotate], holdable_by: [member]}
  stages: STAGES
roles:
  keeper: {holds: ["notes:read", "api_keys:*"]}
rules:
  - {id: keys.by-members, effect: deny, on: ["api_keys:*"], unless: principal.kind == "member", stage: FIRST, code: dashboard_only}
  - id: keys.secrets-end
    effect: deny
    on: ["*:*"]
    kinds: [api_key]
    when: '"secrets:read" in principal.scopes'
    unless: has(principal.expires_at)
    stage: credential
    code: credential_invalid
"""
ORDERS = {
    "a stage of its own first": ("[own, credential, workspace, permission]", "own"),
    "the permission first": ("[permission, credential, workspace]", "permission"),
    "the workspace first": ("[workspace, permission, credential]", "permission"),
    "the credential left out": ("[own, permission]", "own"),
}


@pytest.mark.parametrize("order", ORDERS)
def test_v60_the_state_of_the_key_counts_whatever_is_asked_first(order: str, tmp_path: Path) -> None:
    """What else denies to a key that it rotates itself, at an earlier stage, does not hide that it is revoked."""
    stages, first = ORDERS[order]
    (tmp_path / "pack.yaml").write_text(STAGED.replace("STAGES", stages).replace("FIRST", first), encoding="utf-8")
    guard = Guard.load(tmp_path)
    keeper = Principal.member("usr_1", workspace="ws_1", roles=["keeper"])
    states: list[tuple[dict[str, Any], str | None]] = [
        ({}, None),
        ({"revoked": True}, "credential_revoked"),
        ({"leaked": True}, "credential_leaked"),
        ({"expires_at": NOW}, "credential_expired"),
        ({"not_before": NOW + timedelta(days=1)}, "credential_not_yet_valid"),
        ({"ip_allow": ["192.0.2.0/24"]}, None),
    ]
    for state, code in states:
        held = Principal.api_key("key_1", workspace="ws_1", scopes="notes:read", **state)
        decision = guard.rotate(keeper, held, Context(now=NOW))
        assert (decision.code, decision.allowed) == (code, code is None)
        assert decision.stage == (None if code is None else "credential")
    # What a pack says of credentials counts as well, of what they hold too.
    secret = Principal.api_key("key_1", workspace="ws_1", scopes="secrets:read")
    assert guard.rotate(keeper, secret, Context(now=NOW)).code == "credential_invalid"
