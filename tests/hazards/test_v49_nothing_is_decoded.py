"""V49: a doubled slash, a dot or an escape leads past a rule that was written for the plain path (CVE-2026-26205)."""

from pathlib import Path

import pytest

from scopeguard import RequestError, Resource
from tests.hazards.packs import editor, key, load

OTHER_SPELLINGS = {
    "slash before": "/n1", "slash after": "n1/", "doubled": "//n1", "here": "./n1", "above": "x/../n1", "escaped": "n%31",
    "escaped slash": "n1%2f", "escaped twice": "n%2531", "plus": "+n1", "space": "n1 ", "semicolon": "n1;v=1",
    "question": "n1?x", "fragment": "n1#x", "backslash": "\\n1", "point": "n1.", "leading zero": "n01", "quotes": '"n1"',
}  # fmt: skip


@pytest.mark.parametrize("spelling", OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS.keys())
def test_v49_nothing_is_decoded(tmp_path: Path, spelling: str) -> None:
    """An id is compared as it stands: a spelling that some router takes for the same neither opens nor escapes a rule."""
    guard = load(
        tmp_path,
        """{id: shut, effect: deny, on: ["notes:write"], when: resource.id == 'n1', code: not_permitted}
           {id: only, effect: deny, on: ["notes:read"], unless: resource.id == 'n1', code: not_permitted}""",
    )
    about = Resource("notes", spelling, "ws_1")
    assert about.id == spelling
    assert guard.check(key("notes:write/n1"), "notes:write", about).code == "scope_missing"
    assert guard.check(editor(), "notes:read", about).rules == ("only",)
    assert guard.check(editor(), "notes:read", Resource("notes", "n1", "ws_1")).allowed
    assert guard.check(editor(), "notes:write", about).allowed
    assert guard.check(editor(), "notes:write", Resource("notes", "n1", "ws_1")).rules == ("shut",)


@pytest.mark.parametrize(
    "action", ["notes/read", "notes::read", "notes:read/", "notes:read/n1", "/notes:read", "notes:read ", " notes:read",
               "notes:%72ead", "./notes:read", "notes:read?", "notes:read;x", "//notes:read"],
)  # fmt: skip
def test_v49_no_other_spelling_of_an_action(tmp_path: Path, action: str) -> None:
    """What is asked is a permission or an operation to the letter; everything else is unknown and denied."""
    decision = load(tmp_path).check(editor(), action)
    assert (decision.allowed, decision.code, decision.permission) == (False, "unmapped_action", action)


@pytest.mark.parametrize("item", ["", "/n1", "n1/", "a/b", "n%31", "n1 ", "n1?", "n1#", "\\n1", "*"])
def test_v49_a_scope_holds_one_segment(item: str) -> None:
    """A scope is narrowed to one plain id: no slash, no escape, no star."""
    with pytest.raises(RequestError):
        key(f"notes:read/{item}")


def test_v49_dots_are_ids_like_others(tmp_path: Path) -> None:
    """Dots lead nowhere: they are the id of a resource of that name, and of no other one."""
    guard = load(tmp_path)
    for item in (".", "..", "..."):
        who = key(f"notes:read/{item}")
        assert guard.check(who, "notes:read", Resource("notes", item, "ws_1")).allowed
        assert not guard.check(who, "notes:read", Resource("notes", "n1", "ws_1"))
        assert not guard.check(who, "notes:read")
