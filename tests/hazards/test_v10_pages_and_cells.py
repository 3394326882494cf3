"""V10 and V11 for what lists: each tab, item and cell has its own answer, which is the one of a check."""

from itertools import permutations
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource, TabState
from scopeguard.testing import collect, run_cell
from tests.hazards.gated import DENYING as BROKEN
from tests.hazards.gated import GATES, WRITER, context, load

ROLES = ("owner", "admin", "developer", "billing", "compliance", "viewer")
PAGES = {"general": ("workspace_settings:read", ["workspace_settings:write"]), "members": ("members:view", []),
         "api_keys": ("api_keys:view", ["api_keys:create", "api_keys:rotate", "api_keys:revoke"]),
         "providers": ("providers:view", ["providers:store", "providers:rotate", "providers:delete"]),
         "sso": ("sso:view", ["sso:manage"]), "privacy": ("privacy:view", ["privacy:manage", "user_erasure:request"]),
         "compliance": ("compliance:view", ["compliance:manage", "compliance:export"]), "audit": ("audit_logs:read", []),
         "wallet": ("wallet:view", []), "usage": ("usage:view", []),
         "payment_methods": ("payment_methods:view", ["payment_methods:manage"]),
         "top_ups": ("top_ups:view", ["top_ups:manage"]),
         "auto_recharge": ("auto_recharge:view", ["auto_recharge:manage"])}  # fmt: skip
"""What each entry shows, and what managing it is; of members that depends on the member."""


def entries(guard: Guard, who: Principal, told: Context) -> dict[str, TabState]:
    """Both pages."""
    return {each.id: each for each in (*guard.settings_tabs(who, told), *guard.billing_panels(who, told))}


@pytest.mark.parametrize("channel", ["dashboard", "server", None])
@pytest.mark.parametrize("has_sso", [True, False])
@pytest.mark.parametrize("roles", [(), *((role,) for role in ROLES), ("billing", "viewer"), ROLES])
def test_v11_every_entry_says_what_checks_say(roles: tuple[str, ...], has_sso: bool, channel: str | None) -> None:
    """All thirteen, for each role, two together and all of them: no first or last entry stands for the others."""
    guard = Guard.default()
    who = Principal.member("usr_1", workspace="ws_1", roles=roles)
    told = Context(channel=channel, facts={"sso_available": has_sso})
    shown = entries(guard, who, told)
    assert set(shown) == set(PAGES)
    for name, (view, manages) in PAGES.items():
        seen = guard.check(who, view, context=told)
        assert (shown[name].state in {"manage", "read_only"}) is seen.allowed, name
        if not seen and shown[name].state != "not_offered":
            assert shown[name].code == seen.code
        if manages:
            managed = all(guard.check(who, each, context=told) for each in manages)
            assert (shown[name].state == "manage") is (seen.allowed and managed), name


def test_v10_many_operations_with_gates(tmp_path: Path) -> None:
    """In every order, each operation of a list has the answer of its own gate."""
    guard, notes = load(tmp_path), Resource("notes", workspace=WRITER.workspace)
    for broken in GATES:
        told = context(BROKEN[broken])
        for ordered in permutations(GATES):
            decisions = guard.check_many(WRITER, [(operation, notes) for operation in ordered], told)
            assert [each.code for each in decisions] == [GATES[name][1] if name == broken else None for name in ordered]


SUITE = """
scopeguard: 1
tests:
  principals:
    reader: {kind: api_key, scopes: "notes:read"}
    writer: {kind: api_key, scopes: "notes:write"}
  resources:
    a_note: {surface: notes, id: n_1}
  matrices:
    - id: all
      principals: [reader, writer]
      only: ["notes:read", "notes:write"]
      resources: [a_note]
      table:
        notes:read: {reader: READ, writer: deny}
        notes:write: {reader: deny, writer: WRITE}
"""


@pytest.mark.parametrize("cells", [("allow", "allow"), ("deny", "allow"), ("allow", "deny"), ("deny", "deny")])
def test_v10_every_cell_of_a_file_is_asked(tmp_path: Path, cells: tuple[str, str]) -> None:
    """A wrong cell is found wherever it stands, and each answer is the one of a check."""
    load(tmp_path)
    read, write = cells
    (tmp_path / "all_test.yaml").write_text(SUITE.replace("READ", read).replace("WRITE", write), encoding="utf-8")
    (suite,) = collect([tmp_path])
    guard = Guard.load(tmp_path)
    scopes = {"reader": "notes:read", "writer": "notes:write"}
    about = Resource("notes", "n_1", "ws_1")
    results = [run_cell(suite.guard, cell) for cell in suite.cells]
    assert len(results) == 4
    for result in results:
        asked = Principal.api_key("k", workspace="ws_1", scopes=scopes[result.cell.column])
        assert result.decision.allowed is guard.check(asked, result.cell.action, about).allowed
    failed = {(result.cell.column, result.cell.action) for result in results if not result.passed}
    expected = {("reader", "notes:read")} if read == "deny" else set()
    assert failed == expected | ({("writer", "notes:write")} if write == "deny" else set())
