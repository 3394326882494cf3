"""V06: a token without a list of scopes is taken for one without limits (Gitea CVE-2026-28699)."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal, RequestError
from tests.hazards.packs import load


def test_v06_absent_scopes(tmp_path: Path) -> None:
    """None, left out or blank: the key holds nothing, and is never taken for a member."""
    guard = load(tmp_path)
    keys = [
        Principal.api_key("k", workspace="ws_1"),
        Principal.api_key("k", workspace="ws_1", scopes=None),
        Principal.api_key("k", workspace="ws_1", scopes=" "),
    ]
    for who in keys:
        assert who.kind == "api_key"
        assert guard.permissions(who) == frozenset()
        assert [guard.check(who, action).code for action in ("notes:read", "secrets:read", "keys:create")] == [
            "scope_missing", "explicit_grant_required", "scope_missing"]  # fmt: skip


@pytest.mark.parametrize("scopes", [0, False, b"notes:read", {"notes:read": 1}, object(), [None], ["notes:read", 7]])
def test_v06_wrong_types_are_refused(scopes: object) -> None:
    """A list of another type makes no principal at all."""
    with pytest.raises(RequestError):
        Principal.api_key("k", workspace="ws_1", scopes=scopes)  # type: ignore[arg-type]


def test_v06_in_the_shipped_pack() -> None:
    """The same for every permission of the shipped pack."""
    guard = Guard.default()
    assert guard.permissions(Principal.api_key("k", workspace="ws_1", scopes=None)) == frozenset()
