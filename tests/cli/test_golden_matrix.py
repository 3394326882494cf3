"""The golden matrix: a file beside the policies that says who may do what, and fails where that changes."""

import json
import shutil
import stat
from pathlib import Path

import pytest

from scopeguard import shipped
from tests.cli.conftest import PACK, Done, Run
from tests.conftest import Golden

KEYS = {
    "one agent": "agents:write/agt_1",
    "reader and collected data": "workspace:read collected_data:read",
    "webhooks": "webhooks:admin",
    "nothing": "",
}
"""Keys of the shipped golden matrix, beside those with one coarse scope."""

ROLE = 'editor: {holds: ["notes:*"], rank: 5}'
ASKED = ("matrix", "pack", "-r", "editor", "-k", "workspace:read")
GOLDEN = (*ASKED, "--golden", "access.md")


def edit(folder: Path, old: str, new: str) -> None:
    """Change one line of the pack."""
    assert PACK.count(old) == 1
    (folder / "pack" / "notes.yaml").write_text(PACK.replace(old, new), encoding="utf-8")


@pytest.fixture
def written(run: Run, folder: Path) -> Path:
    """The golden file of the pack as it is."""
    done = run(*GOLDEN, "--update")
    assert done == Done(0, "access.md: 6 cells, all new; 6 pinned by no test\n", "")
    return folder / "access.md"


def test_it_is_written_and_compared(run: Run, written: Path, golden: Golden) -> None:
    """A file of Markdown that the next comparison finds to be the same."""
    golden("cli/golden_matrix.md", written.read_text("utf-8"))
    assert run(*GOLDEN) == Done(0, "access.md: 6 cells, no difference; 6 pinned by no test\n", "")


def test_it_does_not_change_without_an_answer(run: Run, folder: Path, written: Path) -> None:
    """An edit that changes no cell changes neither the comparison nor a byte of the file."""
    before = written.read_bytes()
    edit(folder, "because: It is closed", "because: Closed for today")
    assert run(*GOLDEN).returncode == 0
    assert run(*GOLDEN, "--update").stdout == "access.md: 6 cells, no difference; 6 pinned by no test\n"
    assert written.read_bytes() == before


def test_a_changed_cell_fails(run: Run, folder: Path, written: Path, golden: Golden) -> None:
    """With its line, its column, before and after, and what decides it now; nothing is written."""
    before = written.read_bytes()
    edit(folder, ROLE, 'editor: {holds: ["notes:read", "secrets:read"], rank: 5}')
    edited = run(*GOLDEN)
    assert (edited.returncode, edited.stderr) == (1, "")
    golden("cli/golden_matrix_changed.txt", edited.stdout)
    assert written.read_bytes() == before


def test_update_tells_how_much_has_changed(run: Run, folder: Path, written: Path) -> None:
    """And the file is what a new one would be."""
    edit(folder, ROLE, 'editor: {holds: ["notes:*", "secrets:read"], rank: 5}')
    assert run(*GOLDEN, "--update") == Done(0, "access.md: 6 cells, 1 cell changed; 6 pinned by no test\n", "")
    assert run(*GOLDEN).returncode == 0
    text = written.read_bytes()
    written.unlink()
    run(*GOLDEN, "--update")
    assert written.read_bytes() == text


def test_lines_and_columns_that_come_and_go(run: Run, folder: Path, written: Path) -> None:
    """A new role, a scope and a surface that are gone, and a column that is asked otherwise."""
    edit(folder, ROLE, f"{ROLE}\n  reader: {{holds: ['notes:read']}}")
    done = run(*GOLDEN, "-r", "reader")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "column reader added",
        "  is  member; roles reader; channel dashboard; environment production",
        "access.md: 9 cells, 1 column added; 9 pinned by no test",
        "the same command with --update accepts them",
    ]
    done = run("matrix", "pack", "--golden", "access.md", "-r", "editor", "-s", "notes", "--environment", "test")
    assert done.stdout.splitlines()[:5] == [
        "column workspace:read removed",
        "  was api_key; scopes workspace:read; channel server; environment production",
        "column editor changed",
        "  was member; roles editor; channel dashboard; environment production",
        "  is  member; roles editor; channel dashboard; environment test",
    ]
    assert done.stdout.splitlines()[5:] == [
        "line secrets:read removed",
        "access.md: 2 cells, 1 column removed, 1 column changed, 1 line removed; 2 pinned by no test",
        "the same command with --update accepts them",
    ]


def test_everybody_and_some_more(run: Run, folder: Path) -> None:
    """``--all`` puts named columns beside every role, coarse scope and kind."""
    ask = ["matrix", "pack", "--all", "-k", "workspace:read", "-k", "one=notes:read/n1", "-s", "secrets"]
    assert run(*ask, "--golden", "access.csv", "--update").returncode == 0
    assert (
        (folder / "access.csv").read_text("utf-8")
        == """\
permission,column,answer
written by,,scopeguard matrix pack --key workspace:read --key one=notes:read/n1 --all --surface secrets
asks as,editor,member; roles editor; channel dashboard; environment production
asks as,workspace:read,api_key; scopes workspace:read; channel server; environment production
asks as,one,api_key; scopes notes:read/n1; channel server; environment production
asks as,session,session; environment production
asks as,system,system; environment production
asks as,anonymous,anonymous; environment production
secrets:read,editor,deny member_permission_missing
secrets:read,workspace:read,deny explicit_grant_required
secrets:read,one,deny explicit_grant_required
secrets:read,session,deny explicit_grant_required
secrets:read,system,deny not_permitted
secrets:read,anonymous,deny credential_invalid
"""
    )
    assert run(*ask, "--golden", "access.csv").returncode == 0


def test_the_file_knows_its_command(run: Run, folder: Path, written: Path) -> None:
    """Compared and written anew by the file alone: with the columns, the lines and the circumstances of its command."""
    assert "\n    scopeguard matrix pack --role editor --key workspace:read\n" in written.read_text("utf-8")
    assert run("matrix", "--golden", "access.md").stdout == "access.md: 6 cells, no difference; 6 pinned by no test\n"
    ask = ["-k", "it's=notes:write/n1", "--context", "ip=a b", "--fact", "open=true", "--kind", "system", "--attribute",
           "sso=true", "-c", "server", "-e", "test", "--now", "2026-01-31T12:00:00Z", "-s", "notes"]  # fmt: skip
    assert run("matrix", "pack", *ask, "--golden", "more.csv", "--update").returncode == 0
    before = (folder / "more.csv").read_bytes()
    edit(folder, ROLE, 'editor: {holds: ["notes:read", "secrets:read"], rank: 5}')
    assert run("matrix", "--golden", "more.csv") == Done(
        0, "more.csv: 4 cells, no difference; 4 pinned by no test\n", ""
    )
    assert run("matrix", "--golden", "more.csv", "--update").returncode == 0
    assert (folder / "more.csv").read_bytes() == before
    differing = run("matrix", "--golden", "access.md", "--format", "json")
    assert (differing.returncode, len(json.loads(differing.stdout)["changes"])) == (1, 2)
    assert run("matrix", "--golden", "access.md", "--update").returncode == 0
    assert run("matrix", "--golden", "access.md").returncode == 0


COMMANDS = [
    ("pack --rolle editor", "no such option: --rolle"),
    ("pack --role 'editor", "no closing quotation"),
    ("pack --role editor --update", "--update is no part of it"),
    ("pack --golden other.md", "--golden is no part of it"),
    ("pack --format json", "--format is no part of it"),
    ("pack --help", "--help is no part of it"),
]


@pytest.mark.parametrize(("arguments", "message"), COMMANDS)
def test_a_command_that_does_not_parse(arguments: str, message: str, run: Run, written: Path) -> None:
    """Is an error at its line, and nothing is written."""
    text = written.read_text("utf-8").replace("pack --role editor --key workspace:read", arguments)
    written.write_text(text, "utf-8")
    done = run("matrix", "--golden", "access.md", "--update")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.lower().startswith(f"error: access.md:8:1: the command that made it: {message}")
    assert written.read_text("utf-8") == text


@pytest.mark.parametrize("command", ["", "    scopeguard matrix\n", "    scopeguard matrix --environment production\n"])
def test_a_file_without_a_command(command: str, run: Run, folder: Path, written: Path) -> None:
    """Is compared with what the options say, and gets their command when it is written anew."""
    lines = written.read_text("utf-8").splitlines(keepends=True)
    written.write_text("".join(line if not line.startswith("    ") else command for line in lines), "utf-8")
    assert run(*GOLDEN).returncode == 0
    assert run("matrix", "--golden", "access.md", "-a", "agents:read").returncode == 1
    assert run(*GOLDEN, "--update").returncode == 0
    assert "    scopeguard matrix pack --role editor" in written.read_text("utf-8")


def test_differences_as_data(run: Run, folder: Path, written: Path) -> None:
    """For programs: what changed, how many cells there are, and which of them no test pins."""
    edit(folder, ROLE, 'editor: {holds: ["notes:*", "secrets:read"], rank: 5}')
    done = run(*GOLDEN, "--format", "json")
    data = json.loads(done.stdout)
    assert (done.returncode, data["cells"], len(data["unpinned"])) == (1, 6, 6)
    assert data["unpinned"][0] == {"action": "notes:read", "column": "editor"}
    assert data["changes"] == [
        {
            "what": "cell",
            "kind": "changed",
            "action": "secrets:read",
            "column": "editor",
            "before": "deny member_permission_missing",
            "after": "allow",
            "deciders": [{"id": "role:editor", "place": "pack/notes.yaml:15:3"}],
        }
    ]


def test_differences_beside_the_policy(run: Run, folder: Path, written: Path) -> None:
    """As annotations of a workflow: where the decider stands, and in the golden file where nothing grants."""
    edit(folder, ROLE, 'editor: {holds: ["notes:write", "secrets:read"], rank: 5}')
    done = run(*GOLDEN, "--format", "github")
    assert done.returncode == 1
    assert (
        done.stdout
        == """\
::error file=access.md,line=1,col=1,title=access matrix::notes:read for editor%0A  was allow%0A  is  deny member_permission_missing%0A  nothing grants it
::error file=pack/notes.yaml,line=15,col=3,title=access matrix::secrets:read for editor%0A  was deny member_permission_missing%0A  is  allow%0A  by  role:editor (pack/notes.yaml:15:3)
"""
    )


TESTS = """\
scopeguard: 1
tests:
  principals:
    ann: {kind: member, roles: [editor]}
    key: {kind: api_key, scopes: "workspace:read"}
  contexts:
    desk: {channel: dashboard}
  matrices:
    - id: people
      principals: [ann]
      only: ["notes:*"]
      context: desk
      table:
        notes:read: {ann: allow}
    - id: elsewhere
      principals: [key]
      context: desk
      table:
        notes:read: {key: allow}
"""


def test_cells_that_no_test_pins(run: Run, folder: Path, written: Path) -> None:
    """What the tests beside the policies ask about is pinned; a mistake in them is told."""
    (folder / "pack" / "access_test.yaml").write_text(TESTS, encoding="utf-8")
    assert run(*GOLDEN).stdout == "access.md: 6 cells, no difference; 4 pinned by no test\n"
    unpinned = json.loads(run(*GOLDEN, "--format", "json").stdout)["unpinned"]
    assert [(each["column"], each["action"]) for each in unpinned] == [
        ("editor", "secrets:read"),
        ("workspace:read", "notes:read"),
        ("workspace:read", "notes:write"),
        ("workspace:read", "secrets:read"),
    ]
    (folder / "pack" / "access_test.yaml").write_text(TESTS.replace("[ann]", "[anne]"), encoding="utf-8")
    assert run(*GOLDEN).returncode == 3


UNLIKE = "the file ends too early: a golden matrix has a table of columns and a table of permissions"
USAGE = [
    (["--golden", "none.md"], "none.md: there is no such golden matrix; --update writes it"),
    (["--golden", "access.txt"], 'the name of a golden matrix ends in .md or .csv, unlike "access.txt"'),
    (["--golden", "access.txt", "--update"], 'the name of a golden matrix ends in .md or .csv, unlike "access.txt"'),
    (["--golden", "access.md", "--format", "csv"], "--format csv does not go with --golden; use table, json, github"),
    (["--golden", "nowhere/access.md", "--update"], "the answer cannot be given: nowhere/access.md: No such file or directory"),
    (["--update"], '--update goes with --golden, or with golden = "access.md" in scopeguard.toml'),
    (["--format", "github"], "--format github goes with --golden"),
    (["--golden", "other.md"], f"other.md:3:1: {UNLIKE}"),
    (["--golden", "other.md", "--update"], f"other.md:3:1: {UNLIKE}"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_usage(arguments: list[str], message: str, run: Run, folder: Path, written: Path) -> None:
    """What cannot be compared is no difference and no success; and no other file is written over."""
    (folder / "other.md").write_text("# Notes\n\n", encoding="utf-8")
    assert run(*ASKED, *arguments) == Done(2, "", f"error: {message}\n")
    assert (folder / "other.md").read_text("utf-8") == "# Notes\n\n"
    assert not (folder / "none.md").exists()


def test_a_pack_that_does_not_load(run: Run, folder: Path, written: Path) -> None:
    """Compares nothing and writes nothing."""
    before = written.read_bytes()
    edit(folder, "code: not_permitted", "code: nobody")
    assert run(*GOLDEN).returncode == 3
    assert run(*GOLDEN, "--update").returncode == 3
    assert written.read_bytes() == before


def test_a_file_is_written_whole_or_not(run: Run, folder: Path, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the new file cannot take the place of the old one, that one stays, and nothing else is left behind."""
    before = written.read_bytes()
    edit(folder, ROLE, 'editor: {holds: ["secrets:read"], rank: 5}')

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        done = run(*GOLDEN, "--update")
    assert (done.returncode, done.stderr) == (
        2,
        "error: the answer cannot be given: access.md: No space left on device\n",
    )
    assert written.read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["access.md", "pack"]


def test_a_file_keeps_its_mode_and_a_link_its_target(run: Run, folder: Path, written: Path) -> None:
    """Only what stands in the file is new."""
    written.chmod(0o640)
    (folder / "link.md").symlink_to("access.md")
    edit(folder, ROLE, 'editor: {holds: ["secrets:read"], rank: 5}')
    assert run(*ASKED, "--golden", "link.md", "--update").returncode == 0
    assert stat.S_IMODE(written.stat().st_mode) == 0o640
    assert (folder / "link.md").is_symlink()
    assert run(*GOLDEN).returncode == 0


def shipped_matrix(run: Run, *arguments: str) -> Done:
    """The command that the golden matrix of the shipped pack is written by."""
    keys = [word for name, scopes in KEYS.items() for word in ("--key", f"{name}={scopes}")]
    return run("matrix", *arguments, "--all", *keys, "--context", "sso_required=false", "--fact", "owner_count=null")


@pytest.mark.slow
def test_the_shipped_matrix_is_current(run: Run, request: pytest.FixtureRequest) -> None:
    """Who may do what in the shipped pack stands beside it, for reviewers; ``--regen`` writes it anew."""
    file = shipped.policies() / "workspace" / "matrix.md"
    if request.config.getoption("--regen"):
        assert shipped_matrix(run, "--golden", str(file), "--update").returncode == 0
    done = shipped_matrix(run, "--golden", str(file))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "permission"),
    [("viewer", "billing.usage.view"), ("developer", "billing.payment_methods.view")],
)
def test_one_line_of_the_shipped_pack(name: str, permission: str, run: Run, folder: Path, golden: Golden) -> None:
    """A line more in one role is told as the cells that it changes; that may be cells of who assigns this role."""
    shutil.copytree(shipped.policies() / "workspace", folder / "workspace")
    roles = folder / "workspace" / "roles.yaml"
    before, after = roles.read_text(encoding="utf-8").split(f"  {name}:\n")
    after = after.replace("    holds:\n", f"    holds:\n      - {permission}\n", 1)
    roles.write_text(f"{before}  {name}:\n{after}", encoding="utf-8")
    done = shipped_matrix(run, "workspace", "--golden", "workspace/matrix.md")
    assert done.returncode == 1
    # How many cells no test pins is no matter of this line.
    golden(f"cli/golden_matrix_{name}.txt", told(done))


def told(done: Done) -> str:
    """The differences, without the line that counts cells."""
    return "".join(f"{line}\n" for line in done.stdout.splitlines() if not line.startswith("workspace/matrix.md: "))
