"""V29: a cache knows a credential by a part of it, so that a changed one is taken for the old (Cerbos 0.53)."""

from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

from scopeguard import Context, Guard, Principal, Resource
from tests.hazards.packs import load

END = datetime(2026, 1, 1, tzinfo=UTC)
NOW = Context(channel="server", now=END)
AGENT = Resource("agents", "agt_1", "ws_1")


def test_v29_the_same_id_is_not_the_same_credential(tmp_path: Path) -> None:
    """Keys of one id with other scopes, workspaces or ceilings, asked to and fro, get each its own answer."""
    guard = load(tmp_path, """
        {id: own, effect: deny, stage: workspace, on: ["*:*"], unless: principal.workspace == resource.workspace, code: workspace_mismatch}
    """)  # fmt: skip
    note = Resource("notes", "n1", "ws_1")
    keys = [
        (Principal.api_key("key_1", workspace="ws_1", scopes="notes:read"), None),
        (Principal.api_key("key_1", workspace="ws_1", scopes="notes_x:read"), "scope_missing"),
        (Principal.api_key("key_1", workspace="ws_2", scopes="notes:read"), "workspace_mismatch"),
        (Principal.api_key("key_1", workspace="ws_1", scopes="notes:read", ceiling="notes_x:read"), "scope_missing"),
        (Principal.member("key_1", workspace="ws_1", roles=[]), "member_permission_missing"),
    ]
    for ordered in permutations(keys):
        assert [guard.check(who, "notes:read", note).code for who, _ in ordered] == [code for _, code in ordered]


def test_v29_a_revoked_key_misses() -> None:
    """The state of the key is asked each time, however often the same key was let in before."""
    guard = Guard.default()
    states: list[tuple[Principal, str | None]] = [
        (Principal.api_key("k", workspace="ws_1", scopes="agents:read"), None),
        (Principal.api_key("k", workspace="ws_1", scopes="agents:read", revoked=True), "credential_revoked"),
        (Principal.api_key("k", workspace="ws_1", scopes="agents:read", leaked=True), "credential_leaked"),
        (Principal.api_key("k", workspace="ws_1", scopes="agents:read", expires_at=END), "credential_expired"),
    ]
    for ordered in permutations(states):
        for who, code in (*ordered, *ordered):
            assert guard.check(who, "agents:read", AGENT, NOW).code == code
