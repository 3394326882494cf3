"""V07: an empty list of scopes means unrestricted (Capgo CVE-2026-56216)."""

from pathlib import Path

import pytest

from scopeguard import Guard, PolicyError, Principal
from tests.hazards.packs import load


def test_v07_empty_list(tmp_path: Path) -> None:
    """Empty scopes, roles and ceilings allow nothing."""
    guard = load(tmp_path)
    nobody = [
        Principal.api_key("k", workspace="ws_1", scopes=[]),
        Principal.api_key("k", workspace="ws_1", scopes="workspace:read notes:write", ceiling=[]),
        Principal.member("m", workspace="ws_1", roles=[]),
        Principal.session("s", workspace="ws_1", scopes=()),
    ]
    for who in nobody:
        for permission in guard.catalog.permissions:
            assert not guard.check(who, permission)


@pytest.mark.parametrize("part", ["on", "kinds", "roles", "channels", "environments"])
def test_v07_empty_lists_of_a_rule_are_refused(tmp_path: Path, part: str) -> None:
    """In a rule an empty list would be read as all by one and as none by another: it is refused at its place."""
    parts = {"on": '["notes:read"]', part: "[]"}
    written = ", ".join(f"{name}: {value}" for name, value in parts.items())
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, f"{{id: a, effect: allow, {written}}}")
    assert [each.code for each in caught.value.diagnostics] == ["SG123"]


def test_v07_an_empty_list_from_a_store_allows_nothing() -> None:
    """Also with the shipped pack."""
    assert Guard.default().permissions(Principal.api_key("k", workspace="ws_1", scopes=[])) == frozenset()
