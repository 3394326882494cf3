"""V19: an optimisation assumes an order of ids (OpenFGA CVE-2026-24851)."""

from itertools import permutations
from pathlib import Path

from scopeguard import Resource
from tests.hazards.packs import key, load

IDS = ["a", "Z", "~", "10", "9", "-", "_", ".", "aa", "0"]


def test_v19_order_of_ids(tmp_path: Path) -> None:
    """Whatever the order of the ids in scopes and in questions, exactly the named ones are reached."""
    guard = load(tmp_path)
    for first, second in permutations(IDS, 2):
        who = key(f"notes:read/{first}", f"notes:read/{second}")
        reached = {item for item in IDS if guard.check(who, "notes:read", Resource("notes", item, "ws_1"))}
        assert reached == {first, second}
