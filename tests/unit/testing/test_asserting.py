"""Assertions in Python: what they return, and what they say when they fail."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.testing import assert_allowed, assert_denied, assert_matrix
from tests.conftest import Golden
from tests.unit.testing.suites import PACK

DESK = Context(channel="dashboard", facts={"open": True})
READER = Principal.api_key("reader", workspace="ws_1", scopes="notes:read")
EDITOR = Principal.member("editor", workspace="ws_1", roles=["editor"])
BOTH = {"reader": READER, "editor": EDITOR}


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """A guard for the small pack."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load("notes.yaml")


def test_allowed(guard: Guard, golden: Golden) -> None:
    """The decision where it allows, else the reason, the rules and where they stand."""
    assert assert_allowed(guard, EDITOR, "notes:write", context=DESK).rules == ("role:editor",)
    with pytest.raises(AssertionError) as failed:
        assert_allowed(guard, EDITOR, "notes:write", Resource("notes", "n_1", "ws_1"), Context(facts={"open": False}))
    golden("testing/assert_allowed.txt", f"{failed.value}\n")


def test_denied(guard: Guard, golden: Golden) -> None:
    """The decision where it denies, by these rules and with this code where they are named."""
    assert assert_denied(guard, EDITOR, "notes:write").code == "not_permitted"
    assert assert_denied(guard, EDITOR, "notes:write", by="notes.closed", code="not_permitted").rules == (
        "notes.closed",
    )
    assert assert_denied(guard, READER, "notes:write", context=DESK, by=(), code="scope_missing").rules == ()
    with pytest.raises(AssertionError) as failed:
        assert_denied(guard, EDITOR, "notes:write", context=DESK, by="notes.closed", code="not_permitted")
    golden("testing/assert_denied.txt", f"{failed.value}\n")


@pytest.mark.parametrize(
    "more",
    [
        {"by": "notes.other"},
        {"by": ["notes.closed", "notes.other"]},
        {"code": "scope_missing"},
        {"code": ""},
        {"by": [""]},
    ],
    ids=str,
)
def test_denied_otherwise(guard: Guard, more: dict[str, Any]) -> None:
    """A denial by another rule, or with another code, is not the one that was expected."""
    with pytest.raises(AssertionError, match=r"^expected deny"):
        assert_denied(guard, EDITOR, "notes:write", **more)


TABLE = """
                reader                   editor
    notes:read  allow                    allow
    notes:write scope_missing            allow

    secrets:read explicit_grant_required deny
    notes.publish deny                   allow
"""


def test_matrix(guard: Guard) -> None:
    """A text and a mapping say the same; a corner may have a word, and a cell that is not in a mapping is denied."""
    assert_matrix(guard, BOTH, TABLE, DESK)
    assert_matrix(guard, BOTH, TABLE.replace("            reader", "permission  reader", 1), DESK)
    assert_matrix(
        guard, BOTH, {"notes:read": {"reader": "allow", "editor": "allow"}, "notes:write": {"editor": "allow"}}, DESK
    )
    with pytest.raises(AssertionError):
        assert_matrix(guard, BOTH, {"notes:read": {"reader": "allow"}}, DESK)
    with pytest.raises(AssertionError):
        assert_matrix(guard, BOTH, TABLE.replace("scope_missing", "explicit_grant_required"), DESK)


def test_every_principal_is_asked(guard: Guard) -> None:
    """A principal that the table does not name is expected to be denied."""
    with pytest.raises(AssertionError, match="editor"):
        assert_matrix(guard, BOTH, "reader\nnotes:read allow", DESK)


def test_matrix_with_circumstances(guard: Guard) -> None:
    """A context for each principal, and resources that go with their surface."""
    narrow = Principal.api_key("narrow", workspace="ws_1", scopes="notes:write/n_1")
    note = Resource("notes", "n_1", "ws_1")
    table = "narrow editor\nnotes:write allow not_permitted\nnotes.publish allow not_permitted\nsecrets:read deny deny"
    assert_matrix(guard, {"narrow": narrow, "editor": EDITOR}, table, {"narrow": DESK}, resources=[note])
    with pytest.raises(AssertionError):
        assert_matrix(guard, {"narrow": narrow, "editor": EDITOR}, table, {"narrow": DESK})


def test_a_matrix_that_changed(guard: Guard, golden: Golden) -> None:
    """The rows with a changed cell, before and after, and then each changed cell with its reason."""
    changed = TABLE.replace("scope_missing            allow", "allow            not_permitted")
    with pytest.raises(AssertionError) as failed:
        assert_matrix(guard, BOTH, changed, DESK)
    golden("testing/assert_matrix.txt", f"{failed.value}\n")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "a table without a line asks nothing"),
        ("reader editor", "a table without a line asks nothing"),
        ("reader editor\nnotes:read allow", 'line "notes:read allow" of the table has 1 answers for 2 names'),
        ("reader\nnotes:read allow\nnotes:read deny", '"notes:read" is in the table twice'),
        ("reader reader\nnotes:read allow deny", "a name is in the table twice"),
        ("raeder\nnotes:read allow", 'no principal "raeder"; did you mean "reader"'),
        ("reader\nnotes:raed allow", 'no permission or operation "notes:raed"; did you mean "notes:read"'),
        ("reader\nnotes:read alow", 'no answer "alow"; did you mean "allow"'),
        ({"notes:read": {"raeder": "allow"}}, 'no principal "raeder"'),
        ({}, "a table without a line asks nothing"),
    ],
    ids=str,
)
def test_tables_that_are_none(guard: Guard, table: str | Mapping[str, Mapping[str, str]], message: str) -> None:
    """A mistyped table is refused: it must not pass as a table of denials, nor as one that asks nothing."""
    with pytest.raises(RequestError, match=message):
        assert_matrix(guard, BOTH, table, DESK)


NOTE = Resource("notes", "n_1", "ws_1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"context": {"raeder": DESK}}, 'no principal "raeder"; did you mean "reader"?'),
        ({"context": {"raeder": DESK, "reader": DESK, "editor": DESK}}, 'no principal "raeder"'),
        ({"resources": [NOTE, Resource("notes", "n_2", "ws_1")]}, 'a second resource of surface "notes"; a row asks'),
        ({"resources": [NOTE, NOTE]}, 'a second resource of surface "notes"'),
        ({"resources": [Resource("ntoes", "n_1", "ws_1")]}, 'no surface "ntoes"; did you mean "notes"?'),
        ({"resources": ["notes"]}, "a resource must be a Resource, not str"),
        ({"resources": NOTE}, "resources must be an iterable, not Resource"),
        ({"context": "server"}, "a context must be a Context or a mapping of them, not str"),
        ({"principals": {}}, "a table without a principal asks nothing"),
    ],
    ids=str,
)
def test_what_would_be_asked_of_nobody(guard: Guard, change: dict[str, Any], message: str) -> None:
    """What names nothing is refused: a table of denials would pass without it."""
    question: dict[str, Any] = {"principals": BOTH, "expected": {"notes:write": {}}, **change}
    with pytest.raises(RequestError) as refused:
        assert_matrix(guard, **question)
    assert message in str(refused.value)


def test_a_malformed_question_is_no_denial(guard: Guard) -> None:
    """What is no question raises as it does elsewhere."""
    with pytest.raises(RequestError):
        assert_denied(guard, READER, "notes:read", Resource("secrets"))
    with pytest.raises(RequestError):
        assert_denied(guard, READER, "")
