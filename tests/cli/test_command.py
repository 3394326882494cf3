"""The command: what it prints, where, and with which exit status; in this process mostly, as a process of its own where that matters."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scopeguard.cli import main, rendering
from tests.conftest import Golden

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
  operations:
    notes.publish: {needs: "notes:write"}
  attributes:
    facts: {open: bool, since: timestamp}
  channels: [server, dashboard]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"], rank: 5}
rules:
  - {id: notes.closed, effect: deny, on: ["notes:write"], unless: context.facts.open, code: not_permitted, because: It is closed}
"""
COMMAND = Path(sys.executable).with_name("scopeguard")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the pack in it, the current one of the command."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "notes.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path


@dataclass(frozen=True)
class Done:
    """What came out of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the entry point of the command in the folder; no terminal is near."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["scopeguard", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Done(int(left.value.code or 0), out, err)

    return call


def process(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command as a process."""
    assert COMMAND.exists(), "the package is not installed with its extra"
    return subprocess.run(
        [str(COMMAND), *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


CHECKS: list[tuple[str, list[str], int]] = [
    ("allowed", ["notes:read", "-s", "workspace:read"], 0),
    ("denied", ["secrets:read", "-s", "workspace:read"], 1),
    ("unknown", ["notes:reed", "-s", "workspace:read"], 1),
    ("fact", ["notes:write", "--as", "member", "-r", "editor", "-f", "open=true"], 0),
    ("closed", ["notes:write", "--as", "member", "-r", "editor", "-f", "open=false"], 1),
    ("wrong_fact", ["notes.publish", "--as", "member", "-r", "editor", "-f", "open=maybe"], 1),
    ("narrowed", ["notes:read", "-s", "notes:read/n1", "--resource", "n1"], 0),
    ("elsewhere", ["notes:read", "-s", "notes:read/n1", "--resource", "n2", "--resource-attribute", "owner=me"], 1),
    ("anonymous", ["notes:read", "--as", "anonymous"], 1),
    ("ceiling", ["notes:read", "-s", "workspace:read", "--ceiling", "secrets:read"], 1),
]


@pytest.mark.parametrize(("name", "arguments", "status"), CHECKS, ids=[name for name, _, _ in CHECKS])
def test_check(run: Run, golden: Golden, name: str, arguments: list[str], status: int) -> None:
    """An answer is printed whole, and the exit status is it in short."""
    done = run("check", *arguments, "--pack", "pack", "-c", "server", "--now", "2026-01-31T12:00:00Z")
    assert (done.returncode, done.stderr) == (status, "")
    golden(f"cli/check_{name}.txt", done.stdout)


def test_check_as_json(run: Run) -> None:
    """The same decision as data."""
    done = run("check", "secrets:read", "-s", "workspace:read", "-p", "pack", "--format", "json")
    told = json.loads(done.stdout)
    assert (told["effect"], told["code"], told["needed"]) == ("deny", "explicit_grant_required", ["secrets:read"])
    assert (told["provided"], told["obligations"], told["status"]) == (["workspace:read"], [], 403)
    assert told["remedy"]["text"] == "Grant secrets:read by name; no workspace scope covers it."
    assert done.returncode == 1


def test_explain(run: Run, golden: Golden) -> None:
    """Every rule that was looked at, in short, in full and as data."""
    arguments = ["explain", "notes:write", "-s", "notes:write", "-p", "pack", "-f", "since=@2026-01-31T12:00:00Z"]
    short, full, data = (run(*arguments, "--format", form) for form in ("pretty", "full", "json"))
    assert {short.returncode, full.returncode, data.returncode} == {1}
    golden("cli/explain.txt", short.stdout)
    golden("cli/explain_full.txt", full.stdout)
    assert [item["id"] for item in json.loads(data.stdout)["looked"]] == ["notes.closed", "scope:notes:write"]


def test_matrix(run: Run, golden: Golden) -> None:
    """Roles and coarse scopes against permissions; each form says the same."""
    table = run("matrix", "pack")
    assert (table.returncode, table.stderr) == (0, "")
    golden("cli/matrix.txt", table.stdout)
    golden("cli/matrix.md", run("matrix", "pack", "--format", "markdown").stdout)
    lines = list(csv.reader(io.StringIO(run("matrix", "pack", "--format", "csv").stdout)))
    assert lines[0] == ["permission", "editor", "workspace:read"]
    assert lines[1] == ["notes:read", "allow", "allow"]
    assert lines[3] == ["secrets:read", "deny: member_permission_missing", "deny: explicit_grant_required"]
    data = json.loads(run("matrix", "pack", "--format", "json").stdout)
    assert data["rows"]["editor"]["notes:read"] == {"state": "allow", "note": None}


def test_matrix_of_chosen_rows_and_columns(run: Run) -> None:
    """Rows are roles and keys by name, columns are surfaces and actions, and a channel may be given."""
    done = run("matrix", "pack", "-k", "narrow=notes:read/n1", "-k", "secrets:read", "-s", "secrets",
               "-a", "notes:read", "--channel", "server", "--format", "csv")  # fmt: skip
    assert done.stdout.splitlines() == [
        "permission,narrow,secrets:read",
        'notes:read,"conditional: has(resource.id) && resource.id in [""n1""]",deny: scope_missing',
        "secrets:read,deny: explicit_grant_required,allow",
    ]
    noted = run("matrix", "pack", "-k", "narrow=notes:read/n1", "-s", "notes")
    assert "conditional [1]" in noted.stdout
    assert '[1] has(resource.id) && resource.id in ["n1"]' in noted.stdout


def test_lint(folder: Path, run: Run, golden: Golden) -> None:
    """Findings one a line, with the number of them; as data; and as GitHub reads them."""
    clean = run("lint", "pack")
    assert (clean.returncode, clean.stdout) == (0, "0 errors, 0 warnings\n")
    (folder / "pack" / "more.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {plain: {actions: [read]}}}\nroles: {x: {holds: ['notes:reed']}}\n", "utf-8"
    )
    done = run("lint", "pack")
    assert (done.returncode, done.stderr) == (1, "")
    golden("cli/lint.txt", done.stdout)
    golden("cli/lint_github.txt", run("lint", "pack", "--format", "github").stdout)
    told = json.loads(run("lint", "pack", "--format", "json").stdout)
    assert [(each["code"], each["severity"], each["line"]) for each in told] == [
        ("SG304", "warning", 2), ("SG403", "error", 3)]  # fmt: skip


def test_lint_counts_warnings_when_asked_to(folder: Path, run: Run) -> None:
    """A warning is no finding, but with --strict it is."""
    (folder / "pack" / "more.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {plain: {actions: [read]}}}\n", "utf-8"
    )
    assert run("lint", "pack").returncode == 0
    assert run("lint", "pack", "--strict").returncode == 1


def test_the_shipped_pack_is_the_default(folder: Path, run: Run) -> None:
    """Without a pack every verb speaks of the shipped one; with it beneath, an overlay is complete."""
    assert run("check", "agents:read", "-s", "agents:read", "-c", "server").returncode == 0
    assert run("lint").stdout == "0 errors, 0 warnings\n"
    (folder / "mine.yaml").write_text("scopeguard: 1\nroles: {mine: {holds: ['agents:read']}}\n", encoding="utf-8")
    assert run("lint", "mine.yaml").returncode == 1
    assert run("lint", "--with-default", "mine.yaml").returncode == 0
    done = run("matrix", "mine.yaml", "--with-default", "-r", "mine", "-a", "agents:read", "--format", "csv")
    assert done.stdout == "permission,mine\nagents:read,allow\n"


def test_schema(run: Run) -> None:
    """The JSON Schema of policy files."""
    done = run("schema")
    assert done.returncode == 0
    assert json.loads(done.stdout)["title"] == "scopeguard policy file"


USAGE: list[tuple[list[str], str]] = [
    (["check", "notes:read", "-s", "Notes:read", "-p", "pack"], 'scope "Notes:read" has "N" at column 1'),
    (["check", "notes:read", "-f", "open", "-p", "pack"], '"open" is not name=value'),
    (["check", "notes:read", "-f", "a=1", "-f", "a=2", "-p", "pack"], '"a" is given twice'),
    (["check", "notes:read", "--now", "soon", "-p", "pack"], '"soon" is not an instant'),
    (["check", "notes:read", "--now", "2026-01-31T12:00:00", "-p", "pack"], "now must carry a time zone"),
    (["check", "notes:read\x1b[31m", "-p", "pack"], 'an action "notes:read\\x1b[31m" holds a control character'),
    (["matrix", "pack", "-r", "editors"], 'no role "editors" in the catalog'),
    (["matrix", "pack", "-s", "note"], 'no surface "note" in the catalog'),
    (["matrix", "pack", "-r", "editor", "-k", "editor=notes:read"], "a key has the name of a role"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[message for _, message in USAGE])
def test_usage_errors(run: Run, arguments: list[str], message: str) -> None:
    """A question that makes no sense: one line on the error stream, exit status 2, no traceback."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["chek"], ["check"], ["check", "a:b", "--as", "robot"], ["lint", "--format", "xml"]]
)
def test_misspelt_commands(run: Run, arguments: list[str]) -> None:
    """What the command does not have is refused by its name."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: scopeguard" in done.stderr


def test_a_pack_that_does_not_load(folder: Path, run: Run) -> None:
    """All its findings on the error stream, and exit status 3."""
    (folder / "pack" / "more.yaml").write_text("scopeguard: 1\nroles: {x: {hold: []}}\n", encoding="utf-8")
    done = run("check", "notes:read", "--pack", "pack")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        'pack/more.yaml:2:12: SG122 missing key "holds"',
        'pack/more.yaml:2:13: SG120 unknown key "hold"; did you mean "holds"?',
        "the pack does not load: 2 errors, 0 warnings",
    ]
    assert run("check", "notes:read", "--pack", "nowhere").returncode == 3


@pytest.mark.parametrize("verb", ["check", "explain", "matrix", "lint", "schema"])
def test_help_shows_an_example(run: Run, verb: str) -> None:
    """Each verb has an example, and its name stands in the help of the command."""
    assert f"Example: scopeguard {verb}" in " ".join(run(verb, "--help").stdout.split())
    assert re.search(rf"^  {verb} ", run("--help").stdout, re.MULTILINE)


def test_the_installed_command(folder: Path, golden: Golden) -> None:
    """As a process of its own it answers as it does in this one, whatever the exit status."""
    arguments = ["check", "secrets:read", "-s", "workspace:read", "-c", "server"]
    done = process(folder, *arguments, "-p", "pack")
    assert (done.returncode, done.stderr) == (1, "")
    golden("cli/check_denied.txt", done.stdout)
    assert process(folder, *arguments, "-p", "nowhere").returncode == 3
    assert process(folder, "check", "a:b", "-f", "x", "-p", "pack").returncode == 2
    assert process(folder, "lint").stdout == "0 errors, 0 warnings\n"


def test_no_colour_away_from_a_terminal(run: Run) -> None:
    """What goes to a file or a pipe holds no escape sequence."""
    for arguments in (["check", "notes:read", "-p", "pack"], ["matrix", "pack"], ["lint", "pack"]):
        assert "\x1b" not in run(*arguments).stdout


def test_colour_on_a_terminal() -> None:
    """A terminal gets colour and wrapping at its width, and with NO_COLOR no colour."""
    leader, follower = pty.openpty()
    try:
        with os.fdopen(follower, "w") as terminal:
            rendering.say("deny this", "red", stream=terminal)
        assert os.read(leader, 1000) == b"\x1b[31mdeny\x1b[0m this\r\n"
    finally:
        os.close(leader)


def test_nothing_steers_the_terminal() -> None:
    """Control characters are spelled out."""
    assert rendering.printable("a\x1b[31mb\nc\u202e") == "a\\x1b[31mb\nc\\u202e"


def test_a_closed_pipe_is_quiet(folder: Path) -> None:
    """A reader that goes away, as head does, leaves no traceback behind."""
    process = subprocess.Popen([str(COMMAND), "schema"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.wait(timeout=60)
    process.stderr.close()
    assert "Traceback" not in errors


def test_without_its_extra_the_command_says_so(tmp_path: Path) -> None:
    """The library works without typer and rich; only the command needs them, and says what to install."""
    for name in ("typer", "rich", "click"):
        (tmp_path / f"{name}.py").write_text(
            f"raise ModuleNotFoundError('no {name}', name={name!r})\n", encoding="utf-8"
        )
    code = "import scopeguard; scopeguard.Guard; from scopeguard.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "the command needs its extra: pip install 'scopeguard-authz[cli]'\n"
