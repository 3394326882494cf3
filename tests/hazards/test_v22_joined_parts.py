"""V22: parts joined without a safe separator give two principals one key (OpenFGA, Casbin.NET)."""

from pathlib import Path

from scopeguard import Principal, Resource
from tests.hazards.packs import load


def test_v22_joined_parts_do_not_collide(tmp_path: Path) -> None:
    """Scopes, roles, ids and ceilings that read alike when joined are different principals."""
    guard = load(tmp_path)
    look_alikes = [
        (["notes:read", "notes:write"], None), (["notes:write"], None), (["notes:read/a", "notes:read/b"], None),
        (["notes:read/a.b"], None), (["notes:read"], ["notes:write"]), (["notes:read"], []), (["notes:read"], None),
        (["notes:read"], ["secrets:read"]), (["notes:read/a"], ["notes:read/b"]), (["notes:read/b"], ["notes:read/a"]),
    ]  # fmt: skip
    expected = [
        {"a", "b", "a.b"},
        {"a", "b", "a.b"},
        {"a", "b"},
        {"a.b"},
        {"a", "b", "a.b"},
        set(),
        {"a", "b", "a.b"},
        set(),
        set(),
        set(),
    ]
    for _ in range(2):
        for (scopes, ceiling), reached in zip(look_alikes, expected, strict=True):
            who = Principal.api_key("k", workspace="ws_1", scopes=scopes, ceiling=ceiling)
            found = {
                item for item in ("a", "b", "a.b") if guard.check(who, "notes:read", Resource("notes", item, "ws_1"))
            }
            assert found == reached, (scopes, ceiling)
