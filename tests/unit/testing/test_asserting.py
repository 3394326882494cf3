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
    assert assert_denied(guard, EDITOR, "notes:write", context=Context(facts={"open": False})).code == "not_permitted"
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
        {"by": "role:editor"},
        {"by": ["notes.closed", "role:editor"]},
        {"code": "scope_missing"},
        {"code": "scope_missing", "by": "notes.closed"},
    ],
    ids=str,
)
def test_denied_otherwise(guard: Guard, more: dict[str, Any]) -> None:
    """A denial by another rule, or with another code, is not the one that was expected."""
    with pytest.raises(AssertionError, match=r"^expected deny"):
        assert_denied(guard, EDITOR, "notes:write", **more)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"action": "nots:write"}, 'no permission or operation "nots:write"; did you mean "notes:write"?'),
        ({"code": "scope_mising"}, 'no code "scope_mising"; did you mean "scope_missing"?'),
        ({"by": "notes.closd"}, 'no rule "notes.closd" in the pack'),
        (
            {"principal": Principal.member("x", workspace="ws_1", roles=["editr"])},
            'no role "editr"; did you mean "editor"?',
        ),
        (
            {"principal": Principal.api_key("x", workspace="ws_1", scopes="notes:reed")},
            'no scope "notes:reed"; did you mean "notes:read"?',
        ),
        (
            {"principal": Principal.api_key("x", workspace="ws_1", scopes="notes:read", ceiling="notes:reed")},
            'no scope "notes:reed"; did you mean "notes:read"?',
        ),
        (
            {"resource": Resource("notes", "n_1", "ws_1", {"ownr": "me"})},
            'no attribute of notes "ownr" in the catalog; did you mean "owner"?',
        ),
        ({"context": Context(facts={"opne": True})}, 'no fact "opne" in the catalog; did you mean "open"?'),
        (
            {"context": Context(facts={"wallet": {"statsu": "ok"}})},
            'no fact "wallet.statsu" in the catalog; did you mean "wallet.status"?',
        ),
    ],
    ids=str,
)
def test_what_the_catalog_lacks_is_no_denial(guard: Guard, question: dict[str, Any], message: str) -> None:
    """A misspelt name would be denied whatever the policies say, so that it is refused."""
    asked = {"principal": READER, "action": "notes:write", "context": DESK, **question}
    with pytest.raises(RequestError) as refused:
        assert_denied(guard, **asked)
    assert str(refused.value) == message


def test_a_denial_for_want_of_a_value(guard: Guard) -> None:
    """Without the fact that a rule reads it denies; a test that does not expect that fails, and one that names it passes."""
    with pytest.raises(AssertionError, match=r"^expected deny, and not for want of what notes\.closed reads\n"):
        assert_denied(guard, EDITOR, "notes:write")
    assert assert_denied(guard, EDITOR, "notes:write", by="notes.closed").errors == ("notes.closed",)
    with pytest.raises(AssertionError, match=r"errors: expected none, got notes\.closed \(cannot be evaluated\)"):
        assert_matrix(guard, {"editor": EDITOR}, {"notes:write": {"editor": "deny"}})


def test_the_traceback_ends_at_the_test(guard: Guard) -> None:
    """What is shown is the line of the test, and no line of the library."""
    for check in (assert_allowed, assert_denied, assert_matrix):
        assert "__tracebackhide__" in check.__code__.co_varnames


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
    contexts = {"narrow": DESK, "editor": Context(facts={"open": False})}
    assert_matrix(guard, {"narrow": narrow, "editor": EDITOR}, table, contexts, resources=[note])
    with pytest.raises(AssertionError):
        assert_matrix(guard, {"narrow": narrow, "editor": EDITOR}, table, contexts)


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
        ({"resources": [Resource("notes", "n_1", "ws_1", {"ownr": "me"})]}, 'did you mean "owner"?'),
        ({"context": Context(facts={"wallet": {"statsu": "ok"}})}, 'did you mean "wallet.status"?'),
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
