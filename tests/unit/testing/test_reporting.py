"""A run, told: the table of what changed, JUnit's XML, and data."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace as altered

from scopeguard.testing import collect, run_cell
from scopeguard.testing.reporting import Run, run, summary, text_report, to_dict, to_junit
from scopeguard.testing.tables import MAX_DETAILS, failed_matrix
from tests.conftest import Golden
from tests.unit.testing.suites import PACK, write

WRONG = """
    - id: keys
      principals: [reader, editor]
      context: desk
      table:
        notes:read: {reader: deny, editor: allow}
        notes:write: {reader: allow, editor: allow}
      expect:
        secrets:read: {reader: {code: not_permitted, status: 402, also: [scope_missing]}}
        notes.publish: {reader: {needed: ["notes:read"], rules: [notes.closed]}}
    - id: closed
      principals: [editor]
      only: ["notes:*"]
      table:
        "notes:*": {editor: allow}
"""


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What comes of tests with mistakes of every sort."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, WRONG)
    return run(collect(["."]))


def test_for_people(wrong: Run, golden: Golden) -> None:
    """Each matrix with its changed rows and the reason of each changed cell, then the files, then the whole."""
    golden("testing/told.txt", "\n".join(text_report(wrong)) + "\n")


def test_all_as_expected(tmp_path: Path) -> None:
    """A run that passed is told file by file; a run without a cell has not passed."""
    write(tmp_path, "    - {id: none, principals: [reader], only: ['secrets:read']}\n")
    passed = run(collect([tmp_path]))
    assert passed.passed
    assert list(text_report(passed)) == [
        f"{tmp_path.as_posix()}/access_test.yaml: 1 cell, all as expected",
        "passed: 1 cell, 0 not as expected",
    ]
    nothing = run(collect([tmp_path]), ["somewhere else"])
    assert (nothing.passed, summary(nothing), list(text_report(nothing))) == (
        False,
        "no tests found",
        ["no tests found"],
    )


def test_chosen_cells(wrong: Run, tmp_path: Path) -> None:
    """Every word has to stand somewhere in a cell's id."""
    suites = collect(["."])
    chosen = run(suites, ["keys", "[reader]", "notes"]).results
    assert [result.cell.name for _, result in chosen] == [
        "notes:read[reader]", "notes:write[reader]", "notes.publish[reader]"]  # fmt: skip
    assert len(run(suites).results) == len(wrong.results) == 10


def test_as_data(wrong: Run) -> None:
    """Every cell with its answer, and whether it is the one that is expected."""
    data = to_dict(wrong)
    assert (data["passed"], data["cells"], data["failed"]) == (False, 10, 6)
    assert data["results"][0] == {
        "id": "access_test.yaml::keys::notes:read[reader]", "file": "access_test.yaml", "line": 16, "column": 30,
        "matrix": "keys", "principal": "reader", "action": "notes:read", "expected": "deny", "actual": "allow", "passed": False,
        "differences": [{"part": "answer", "expected": "deny", "actual": "allow"}],
        "reason": "granted by scope:notes:read", "rules": ["scope:notes:read"],
    }  # fmt: skip


def test_junit_can_be_read_back(wrong: Run) -> None:
    """A suite for a file, a case for a cell, a failure with what differs; the numbers add up."""
    root = ET.fromstring(to_junit(wrong))  # noqa: S314  # our own
    (suite,) = root
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == ("testsuites", "10", "6", "0")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("access_test.yaml", "10", "6")
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert len(cases) == 10
    right, failed = (cases["access_test.yaml::keys", f"notes:read[{name}]"] for name in ("editor", "reader"))
    assert (right.get("file"), right.get("line"), len(right)) == ("access_test.yaml", "16", 0)
    (failure,) = failed
    assert (failure.tag, failure.get("message")) == ("failure", "expected deny, got allow")
    assert failure.text is not None
    assert failure.text.startswith("access_test.yaml:16:30: notes:read[reader]: expected deny, got allow\n")


def test_junit_holds_no_character_that_xml_has_not(wrong: Run) -> None:
    """What XML cannot say is spelled out, and what it has to escape comes back as it was."""
    guard, result = wrong.failed[0]
    odd = 'a<b>&"\x00\x1b[31m\ud800\ufffe'
    named = replace(result, cell=altered(result.cell, file=odd, matrix=odd, column=odd, location=None))
    root = ET.fromstring(to_junit(Run(((guard, named),))))  # noqa: S314  # our own
    assert root[0].get("name") == 'a<b>&"\\x00\\x1b[31m\\ud800\\ufffe'
    assert "line" not in root[0][0].attrib


def test_a_long_failure_is_cut(wrong: Run) -> None:
    """The table has every changed cell; only so many are told one by one."""
    guard, result = wrong.failed[0]
    many = [replace(result, cell=altered(result.cell, action=f"notes:a{number}")) for number in range(MAX_DETAILS + 5)]
    text = failed_matrix(guard, many)
    assert text.count("deny -> allow") == MAX_DETAILS + 5
    assert text.count("expected deny, got allow") == MAX_DETAILS
    assert text.endswith("\n… and 5 more")


def test_a_changed_policy_is_seen(tmp_path: Path) -> None:
    """The cells that a changed rule touches fail, and no other."""
    file = write(
        tmp_path,
        "    - {id: one, principals: [editor], context: desk, table: {'notes:*': {editor: allow}}}\n",
    )
    assert run(collect([file])).passed
    (tmp_path / "notes.yaml").write_text(
        PACK.replace('on: ["notes:write"]', 'on: ["notes:read"]').replace("unless", "when"), "utf-8"
    )
    (suite,) = collect([file])
    changed = [result for result in (run_cell(suite.guard, cell) for cell in suite.cells) if not result.passed]
    assert [result.cell.name for result in changed] == ["notes:read[editor]"]
    assert "deny notes.closed: denies  (" in failed_matrix(suite.guard, changed)
