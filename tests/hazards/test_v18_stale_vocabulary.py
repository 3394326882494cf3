"""V18: a grant outlives the word it was made of (OpenFGA CVE-2022-23542)."""

from pathlib import Path

from tests.hazards.packs import PACK, editor, key, load


def test_v18_stale_vocabulary(tmp_path: Path) -> None:
    """After a scope or a role is gone from the pack, who still holds it has nothing by it, and is told as unknown."""
    guard = load(tmp_path)
    who = key("workspace:read", "notes_x:read")
    assert sorted(guard.permissions(who)) == ["notes:read", "notes_x:read"]
    gone = PACK.replace('  workspace:read: {includes: ["*:read"]}', '  other:read: {includes: ["notes:read"]}')
    (tmp_path / "pack.yaml").write_text(gone.replace("  editor:", "  writer:"), encoding="utf-8")
    guard.reload()
    assert sorted(guard.permissions(who)) == ["notes_x:read"]
    assert guard.permissions(editor()) == frozenset()
    assert guard.grants(who.scopes).unknown == ("workspace:read",)
