"""V27: after a change of policy an old answer comes out of a cache (casbin, Cerbos)."""

from pathlib import Path

from scopeguard import Resource
from tests.hazards.packs import key, load


def test_v27_stale_after_change(tmp_path: Path) -> None:
    """Right after each change the new answer is given, for principals that were bound before too."""
    guard = load(tmp_path)
    who = key("notes:read")
    for number in range(6):
        closed = number % 2 == 0
        rule = "scopeguard: 1\nrules:\n  - {id: closed, effect: deny, on: ['notes:read'], code: not_permitted}\n"
        (tmp_path / "more.yaml").write_text(rule if closed else "scopeguard: 1\n", encoding="utf-8")
        guard.reload()
        assert guard.check(who, "notes:read", Resource("notes", "n1", "ws_1")).allowed is not closed
        assert guard.check(who, "notes:read").allowed is not closed
        assert guard.check(key("notes:read"), "notes:read").allowed is not closed
