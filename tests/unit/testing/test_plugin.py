"""The pytest plugin, in runs of their own: items and their names, failures, other people's files, workers, and its cost."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from scopeguard import PolicyError
from scopeguard.testing import collect
from tests.unit.testing.suites import NAMES as NAMED
from tests.unit.testing.suites import PACK, write, write_tests

pytestmark = pytest.mark.slow

MATRIX = """
    - id: reader-key
      principals: [reader, editor]
      context: desk
      only: ["notes:*"]
      table:
        notes:read: {reader: allow, editor: allow}
        notes:write: {editor: allow}
"""
NAMES = [
    "access_test.yaml::reader-key::notes:read[reader]",
    "access_test.yaml::reader-key::notes:read[editor]",
    "access_test.yaml::reader-key::notes:write[reader]",
    "access_test.yaml::reader-key::notes:write[editor]",
]


@dataclass(frozen=True)
class Done:
    """What came out of a run."""

    status: int
    out: str

    def counts(self) -> str:
        """The last line, without the time."""
        return re.sub(r" in .*", "", self.out.splitlines()[-1].strip("= "))


def run(folder: Path, *arguments: str) -> Done:
    """A run in a folder, with warnings as errors."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *arguments],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
        env={**{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}, "COLUMNS": "150"},
    )  # fmt: skip
    return Done(done.returncode, done.stdout + done.stderr)


def test_one_item_a_cell(tmp_path: Path) -> None:
    """Every cell is an item with a name that can be read, and can be asked for by it."""
    write(tmp_path, MATRIX)
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    pass\n", "utf-8")
    listed = run(tmp_path, "--collect-only", "-q").out.splitlines()
    assert [line for line in listed if "::" in line] == [*NAMES, "test_plain.py::test_plain"]
    assert run(tmp_path, "-q").counts() == "5 passed"
    for arguments in (
        [NAMES[2]],
        ["-k", "write and not editor"],
        ["access_test.yaml::reader-key", "-k", "write and not editor"],
    ):
        done = run(tmp_path, "-v", *arguments)
        assert re.findall(r"^(access\S+) PASSED", done.out, re.MULTILINE) == [NAMES[2]]


def test_a_failure_tells_what_differs(tmp_path: Path) -> None:
    """The place of the cell, what was expected, the answer and its rule; no traceback through the plugin."""
    write(tmp_path, MATRIX, pack=PACK.replace("unless:", "when:"))
    done = run(tmp_path)
    assert (done.status, done.counts()) == (1, "1 failed, 3 passed")
    shown = done.out.split("= FAILURES =")[1]
    assert "_ reader-key notes:write[editor] _" in shown
    assert "access_test.yaml:18:31: notes:write[editor]: expected allow, got deny (not_permitted)\n" in shown
    assert "deny notes.closed: denies  (notes.yaml:21:5)\n" in shown
    assert "scopeguard_pytest" not in shown
    assert "Traceback" not in shown


def test_from_another_folder(tmp_path: Path) -> None:
    """A file is about its own folder from wherever pytest is started, and its place is told from there."""
    write(tmp_path / "policies", MATRIX, pack=PACK.replace("unless:", "when:"))
    assert "\npolicies/access_test.yaml:18:31: " in run(tmp_path).out
    (tmp_path / "elsewhere").mkdir()
    done = run(tmp_path / "elsewhere", "--rootdir", str(tmp_path), str(tmp_path / "policies"))
    assert done.counts() == "1 failed, 3 passed"
    assert f"\n{tmp_path.as_posix()}/policies/access_test.yaml:18:31: " in done.out


OTHERS = {
    "tavern_test.yaml": b"test_name: get\nstages: []\n",
    "text_test.yaml": b"text: |\n  scopeguard: 1\n",
    "inner_test.yaml": b"a:\n  scopeguard: 1\n",
    "similar_test.yaml": b"scopeguarded: 1\n",
    "binary_test.yaml": b"\xff\xfe\x00",
    "empty_test.yaml": b"",
    "commented_test.yml": b"# scopeguard: 1\n",
    "quoted_test.yaml": b'text: "a\nscopeguard: 1"\n',
    "flow_test.yaml": b"a: {\nscopeguard: 1}\n",
    "list_test.yaml": b"- scopeguard: 1\n",
    "escaped_test.yaml": b'a: "\\x41"\n',
}


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    """A file without the key is nothing to the plugin, whatever is in it; neither is a policy file, with tests or not."""
    for name, content in OTHERS.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "notes.yaml").write_text(f"{PACK}tests:{NAMED}  matrices:{MATRIX}", "utf-8")
    assert len(collect([tmp_path / "notes.yaml"])[0].cells) == 4
    (tmp_path / "folder_test.yaml").mkdir()
    done = run(tmp_path)
    assert (done.status, done.counts()) == (5, "no tests ran")


@pytest.mark.parametrize(
    "opening",
    ["\ufeff", "# a comment\n\n  # another\r\n", "---\n", '# yaml-language-server: $schema=x\n"scopeguard": 1\ntests:'],
    ids=ascii,
)
def test_openings(tmp_path: Path, opening: str) -> None:
    """Comments, a byte order mark and the start of a document may stand before the key, which may be in quotes."""
    file = write(tmp_path, MATRIX)
    text = file.read_text("utf-8")
    file.write_text(opening + (text.partition("tests:")[2] if "tests:" in opening else text), "utf-8")
    assert run(tmp_path).counts() == "4 passed"


CLAIMED = (
    "  scopeguard: 1\n  tests: {now: x}\n",
    "  tests: {now: x}\n  scopeguard: 1\n",
    "{tests: {now: x}, scopeguard: 1}",
    "{ # a comment\n  tests: {now: x},\n  'scopeguard' : 1\n}\n",
    "--- {scopeguard: 1, tests: {now: x}}",
    "# a comment\n---\n  scopeguard: 1\n  tests: {now: x}",
    '"scopegu\\u0061rd": 1\ntests: {now: x}\n',
    "? scopeguard\n: 1\n? tests\n: {now: x}\n",
    "!!str scopeguard: 1\n",
    "&a scopeguard: 1\n",
    "%YAML 1.2\n---\nscopeguard: 1\ntests: {now: x}\n",
    "scopeguard\t: 1\n",
    "  scopeguard: 1\n  tests: [",
    "{tests: [}, \n 'scopeguard': 1}",
    "scopeguard: 2\n",
)


def test_every_spelling_of_the_key(tmp_path: Path) -> None:
    """What the command finds a mistake in is a mistake to pytest: no file of tests is passed over in silence."""
    write(tmp_path, MATRIX).unlink()
    texts = {tmp_path / f"access_{number}_test.yaml": text for number, text in enumerate(CLAIMED)}
    for file, text in texts.items():
        file.write_text(text, "utf-8")
    done = run(tmp_path)
    assert done.counts() == f"{len(CLAIMED)} errors"
    for file in texts:
        with pytest.raises(PolicyError) as caught:
            collect([file])
        for finding in caught.value.diagnostics:
            assert f"{Path(finding.file).name}:{finding.line}:{finding.column}: {finding.code}" in done.out


def test_the_key_may_stand_behind_the_tests(tmp_path: Path) -> None:
    """The order of keys has no meaning, to pytest neither; nor how much stands before the one that tells whose it is."""
    file = write(tmp_path, MATRIX)
    tests = file.read_text("utf-8").partition("scopeguard: 1\n")[2]
    comment = f"# {'-' * 1000}\n" * 100
    for text in (f"{tests}scopeguard: 1\n", f"{tests}{comment}'scopeguard' : 1\r\n", f"{tests}scopeguard: 1"):
        file.write_text(text, "utf-8")
        assert run(tmp_path).counts() == "4 passed"
    file.write_text('{"scopeguard": 1, "tests": {"matrices": []}}', "utf-8")
    assert run(tmp_path).counts() == "1 error"


def test_a_mistake_fails_the_collection(tmp_path: Path) -> None:
    """Every finding with its place, and the exit status of a run that was interrupted."""
    write(tmp_path, MATRIX.replace("notes:write", "notes:wriet").replace("context: desk", "context: dekc"))
    done = run(tmp_path)
    assert (done.status, done.counts()) == (2, "1 error")
    assert 'access_test.yaml:14:16: SG701 unknown context "dekc"; did you mean "desk"?\n' in done.out
    assert (
        'access_test.yaml:18:15: SG204 unknown action "wriet" on surface "notes"; did you mean "write"?\n' in done.out
    )
    assert "scopeguard_pytest" not in done.out


def test_turned_off(tmp_path: Path) -> None:
    """Without the plugin the files are nothing to pytest."""
    write(tmp_path, MATRIX)
    assert run(tmp_path, "-p", "no:scopeguard").counts() == "no tests ran"


def test_workers(tmp_path: Path) -> None:
    """Several processes collect the same items and tell the same failures."""
    write(tmp_path, MATRIX, pack=PACK.replace("unless:", "when:"))
    write_tests(tmp_path / "more_test.yaml", MATRIX)
    done = run(tmp_path, "-n", "2")
    assert (done.status, done.counts()) == (1, "2 failed, 6 passed")
    assert "access_test.yaml:18:31: notes:write[editor]: expected allow, got deny (not_permitted)\n" in done.out
    assert "more_test.yaml:18:31: notes:write[editor]: expected allow, got deny (not_permitted)\n" in done.out


IMPORTED = """
import sys

def pytest_sessionfinish():
    print("IMPORTED", sorted(name for name in sys.modules if name.partition(".")[0] in {"scopeguard", "yaml", "pydantic", "lark"}))
"""


def test_who_does_not_use_it_does_not_pay(tmp_path: Path) -> None:
    """Where no file of tests is collected the library is not imported, nor anything that it needs."""
    (tmp_path / "conftest.py").write_text(IMPORTED, "utf-8")
    (tmp_path / "other_test.yaml").write_text("test_name: get\n", "utf-8")
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    pass\n", "utf-8")
    done = run(tmp_path)
    assert "scopeguard-authz" in done.out
    assert "IMPORTED []\n" in done.out
    write(tmp_path, MATRIX)
    assert "'scopeguard.testing.collecting'" in run(tmp_path).out


def test_a_report_for_other_programs(tmp_path: Path) -> None:
    """The report of pytest itself has the cells too."""
    write(tmp_path, MATRIX, pack=PACK.replace("unless:", "when:"))
    run(tmp_path, "--junit-xml", "report.xml")
    text = (tmp_path / "report.xml").read_text("utf-8")
    assert 'tests="4"' in text
    assert 'name="notes:write[editor]"' in text
    assert "expected allow, got deny (not_permitted)" in text
