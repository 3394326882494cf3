"""V10: of many items only the first is checked (Keycloak CVE-2025-14778, CVE-2026-4636)."""

from itertools import permutations
from pathlib import Path

import pytest

from scopeguard import RequestError, Resource
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


@pytest.mark.parametrize("place", [0, 1, 2])
def test_v10_a_malformed_item_is_not_passed_over(tmp_path: Path, place: int) -> None:
    """An item that cannot be asked about stops the whole, wherever it stands; an unknown action is denied in its place."""
    guard = load(tmp_path)
    who = key("notes:read")
    good = ("notes:read", Resource("notes", "n1", "ws_1"))
    items: list[tuple[str, object]] = [good, good]
    with pytest.raises(RequestError):
        guard.check_many(who, [*items[:place], ("notes:read", Resource("notes_x", "n1", "ws_1")), *items[place:]])
    answers = guard.check_many(who, [*items[:place], ("notes:erase", Resource("notes")), *items[place:]])
    codes: list[str | None] = [None, None]
    codes.insert(place, "unmapped_action")
    assert [each.code for each in answers] == codes
