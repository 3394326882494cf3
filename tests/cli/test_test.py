"""Tests of policies from the command line: what is printed, where, and with which exit status."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import PACK, Run
from tests.conftest import Golden

TESTS = """scopeguard: 1
tests:
  principals:
    reader: {kind: api_key, scopes: "workspace:read"}
    editor: {kind: member, roles: [editor]}
  facts:
    open: {open: true}
  contexts:
    desk: {channel: dashboard, facts: open}
  matrices:
    - id: access
      principals: [reader, editor]
      context: desk
      table:
        notes:read: {reader: allow, editor: allow}
        notes:write: {editor: allow}
        secrets:read: {reader: explicit_grant_required}
"""


@pytest.fixture
def tests(folder: Path) -> Path:
    """A file of tests beside the pack, all of which pass."""
    file = folder / "pack" / "access_test.yaml"
    file.write_text(TESTS, encoding="utf-8")
    return file


def test_all_as_expected(tests: Path, run: Run) -> None:
    """A folder, a file, and both: how many cells there were, once each, and exit status 0."""
    told = "pack/access_test.yaml: 6 cells, all as expected\npassed: 6 cells, 0 not as expected\n"
    for paths in (["pack"], ["pack/access_test.yaml"], ["pack", "pack/access_test.yaml"], ["."]):
        done = run("test", *paths)
        assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


def break_pack(folder: Path) -> None:
    """One line of the policy changes: whoever holds a note's permission may write while the notes are closed only."""
    file = folder / "pack" / "notes.yaml"
    file.write_text(file.read_text("utf-8").replace("unless:", "when:"), "utf-8")


def test_a_change_is_told(folder: Path, tests: Path, run: Run, golden: Golden) -> None:
    """The changed cell of the table, its rule with its place, and exit status 1; in every form."""
    break_pack(folder)
    done = run("test", "pack")
    assert (done.returncode, done.stderr) == (1, "")
    golden("cli/test.txt", done.stdout)
    github = run("test", "pack", "--format", "github")
    assert github.returncode == 1
    golden("cli/test_github.txt", github.stdout)
    data = run("test", "pack", "--format", "json")
    told = json.loads(data.stdout)
    assert (data.returncode, told["passed"], told["cells"], told["failed"]) == (1, False, 6, 1)
    assert [each["id"] for each in told["results"] if not each["passed"]] == [
        "pack/access_test.yaml::access::notes:write[editor]"]  # fmt: skip
    junit = run("test", "pack", "--format", "junit")
    root = ET.fromstring(junit.stdout)  # noqa: S314  # our own
    assert (junit.returncode, root.get("tests"), root.get("failures")) == (1, "6", "1")
    assert [case.get("name") for case in root.iter("testcase") if len(case)] == ["notes:write[editor]"]


def test_chosen_cells(folder: Path, tests: Path, run: Run) -> None:
    """Only cells whose id holds each word are run."""
    break_pack(folder)
    assert run("test", "pack", "-k", "[reader]").returncode == 0
    done = run("test", "pack", "-k", "notes: [editor] access::", "--format", "json")
    assert [each["action"] for each in json.loads(done.stdout)["results"]] == ["notes:read", "notes:write"]


@pytest.mark.parametrize("form", ["pretty", "json", "junit", "github"])
def test_no_tests_fail(tests: Path, run: Run, form: str) -> None:
    """A run that asked nothing has not passed, in whatever form."""
    for arguments in (["pack", "-k", "nothing like this"], ["pack/notes.yaml"]):
        done = run("test", *arguments, "--format", form)
        assert (done.returncode, done.stderr) == (1, "")
    assert run("test", "pack/notes.yaml").stdout == "no tests found\n"


def test_no_tests_are_told_to_programs(tests: Path, run: Run) -> None:
    """A report without a case reads as one of which nothing failed, where only the report is looked at."""
    form = {
        form: run("test", "pack/notes.yaml", "--format", form).stdout for form in ("json", "junit", "github", "sarif")
    }
    assert [(each["file"], each["message"]) for each in json.loads(form["json"])["problems"]] == [
        ("pack/notes.yaml", "no tests found")
    ]
    assert '<testsuites tests="1" failures="0" errors="1" skipped="0">' in form["junit"]
    assert form["github"].startswith("::error file=pack/notes.yaml,line=1,col=1,title=test::no tests found")
    assert [each["message"]["text"] for each in json.loads(form["sarif"])["runs"][0]["results"]] == ["no tests found"]


def test_what_does_not_load(folder: Path, tests: Path, run: Run) -> None:
    """A pack that does not load and a file of tests with a mistake: every finding on the error stream, exit status 3."""
    tests.write_text(TESTS.replace("[reader, editor]", "[raeder, editor]"), encoding="utf-8")
    done = run("test", "pack")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        'pack/access_test.yaml:12:20: SG701 unknown principal "raeder"; did you mean "reader"?',
        "SG701: https://scopeguard-authz.readthedocs.io/en/stable/docs/reference/diagnostics.html#sg701",
        "the tests do not load: 1 error, 0 warnings",
    ]
    assert run("test", "nowhere").returncode == 3
    (folder / "pack" / "more.yaml").write_text("scopeguard: 1\nroles: {x: {holds: ['notes:reed']}}\n", "utf-8")
    tests.write_text(TESTS, encoding="utf-8")
    done = run("test", "pack/access_test.yaml")
    assert (done.returncode, done.stdout) == (3, "")
    assert "pack/more.yaml:2:28: SG403 " in done.stderr
    assert done.stderr.endswith("\nthe pack does not load: 1 error, 0 warnings\n")


@pytest.mark.parametrize("form", ["json", "junit", "github"])
def test_what_does_not_load_is_told_to_machines(folder: Path, tests: Path, run: Run, form: str) -> None:
    """What reads the report is told of the mistake in the form that it reads, and the exit status stays 3."""
    (folder / "pack" / "notes.yaml").write_text(PACK.replace("effect: deny", "effect: dney"), encoding="utf-8")
    done = run("test", "pack", "--format", form)
    assert done.returncode == 3
    assert "SG124" in done.stderr
    match form:
        case "json":
            told = json.loads(done.stdout)
            assert (told["passed"], told["cells"], told["problems"][0]["code"]) == (False, 0, "SG124")
        case "junit":
            root = ET.fromstring(done.stdout)  # noqa: S314  # our own
            assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("1", "1", "0")
            assert [each.get("type") for each in root.iter("error")] == ["SG124"]
        case _:
            assert done.stdout.startswith("::error file=pack/notes.yaml,line=")
            assert done.stdout.endswith("not run: 1 problem\n")


def test_tests_are_linted(tests: Path, run: Run) -> None:
    """Linting a folder, and linting a file of tests, tells what is wrong with it."""
    assert run("lint", "pack").stdout == "0 errors, 0 warnings\n"
    tests.write_text(TESTS.replace("notes:write", "notes:wriet"), encoding="utf-8")
    for path in ("pack", "pack/access_test.yaml"):
        done = run("lint", path)
        assert done.returncode == 1
        assert done.stdout == (
            'pack/access_test.yaml:16:15: SG204 unknown action "wriet" on surface "notes"; did you mean "write"?\n'
            "SG204: https://scopeguard-authz.readthedocs.io/en/stable/docs/reference/diagnostics.html#sg204\n"
            "1 error, 0 warnings\n"
        )


def test_the_shipped_pack(folder: Path, run: Run) -> None:
    """Without a path the shipped pack's own tests are run, and beneath a folder that builds on it when asked for."""
    done = run("test", "-k", "read_only_key")
    assert done.returncode == 0
    assert done.stdout.endswith("passed: 107 cells, 0 not as expected\n")
    (folder / "mine").mkdir()
    (folder / "mine" / "roles.yaml").write_text(
        "scopeguard: 1\nroles: {editor: {holds: ['agents:read'], loosens: they look}}\n", "utf-8"
    )
    text = TESTS.partition("      table:")[0].replace("[reader, editor]", "[editor]").replace(", facts: open", "")
    text = text.replace("  facts:\n    open: {open: true}\n", "")
    (folder / "mine" / "mine_test.yaml").write_text(f"{text}      only: ['agents:write']\n", "utf-8")
    assert run("test", "mine").returncode == 3
    assert run("test", "mine", "--with-default").returncode == 0


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["-k"], ["--pack", "x"]], ids=str)
def test_misspelt(run: Run, arguments: list[str]) -> None:
    """An option that the verb does not have is a usage error."""
    assert run("test", *arguments).returncode == 2


def test_help(run: Run) -> None:
    """The verb has an example that can be copied, and the command lists it."""
    assert "  Example: scopeguard test policies/mine\n" in run("test", "--help").stdout
    assert "  test " in run("-h").stdout
