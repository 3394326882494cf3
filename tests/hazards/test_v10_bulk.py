"""V10: of many items only the first is checked (Keycloak CVE-2025-14778, CVE-2026-4636)."""

from itertools import permutations
from pathlib import Path

from scopeguard import Resource
from tests.hazards.packs import key, load


def test_v10_bulk(tmp_path: Path) -> None:
    """Each item has its own answer, in every order."""
    guard = load(tmp_path)
    who = key("notes:read/n1", "notes:read/n3")
    items = [("notes:read", Resource("notes", name, "ws_1")) for name in ("n1", "n2", "n3")]
    for ordered in permutations(items):
        decisions = guard.check_many(who, ordered)
        assert [each.allowed for each in decisions] == [item[1].id != "n2" for item in ordered]
        assert decisions == [guard.check(who, *item) for item in ordered]
