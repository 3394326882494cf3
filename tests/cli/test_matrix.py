"""The matrix: every form says the same, and columns and lines are chosen by name."""

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scopeguard import Context, Guard
from scopeguard.cli import layout, rendering, tabulating
from scopeguard.model.structs import replaced
from scopeguard.runtime.matrix import Matrix, MatrixCell
from tests.cli.conftest import Done, Run
from tests.conftest import Golden


def test_matrix(run: Run, golden: Golden) -> None:
    """Roles and coarse scopes against permissions."""
    table = run("matrix", "pack")
    assert (table.returncode, table.stderr) == (0, "")
    golden("cli/matrix.txt", table.stdout)
    golden("cli/matrix.md", run("matrix", "pack", "--format", "markdown").stdout)


def test_csv_and_json_can_be_read_back(run: Run) -> None:
    """What other programs read, with the code of each denial; of csv each line is a cell."""
    lines = list(
        csv.reader(io.StringIO(run("matrix", "pack", "-r", "editor", "-k", "workspace:read", "--format", "csv").stdout))
    )
    assert lines == [
        ["permission", "column", "answer"],
        ["notes:read", "editor", "allow"],
        ["notes:read", "workspace:read", "allow"],
        ["notes:write", "editor", "when context.facts.open"],
        ["notes:write", "workspace:read", "deny scope_missing"],
        ["secrets:read", "editor", "deny member_permission_missing"],
        ["secrets:read", "workspace:read", "deny explicit_grant_required"],
    ]
    data = json.loads(run("matrix", "pack", "--format", "json").stdout)
    assert data["rows"]["editor"]["notes:read"] == {"state": "allow", "note": None}
    assert data["rows"]["editor"]["notes:write"] == {"state": "conditional", "note": "context.facts.open"}
    assert data["rows"]["workspace:read"]["secrets:read"] == {"state": "deny", "note": "explicit_grant_required"}
    assert data["policy_digest"].startswith("sha256:")


def test_markdown_is_a_table(run: Run) -> None:
    """Every line has as many cells as the first one, and long conditions stand below, each part of them once."""
    done = run("matrix", "pack", "-r", "editor", "-k", "a|b=notes:write/n1 notes:write/n2", "-k", "one=notes:read/n1",
               "--format", "markdown")  # fmt: skip
    assert (
        done.stdout
        == """\
| permission | editor | a\\|b | one |
|---|---|---|---|
| notes:read | allow | deny scope_missing | when resource.id == "n1" |
| notes:write | when context.facts.open | when [1, 2] | deny scope_missing |
| secrets:read | deny member_permission_missing | deny explicit_grant_required | deny explicit_grant_required |

1. `context.facts.open`
2. `resource.id in ["n1", "n2"]`
"""
    )


def test_chosen_columns_and_lines(run: Run) -> None:
    """Columns are roles and keys by name, lines are surfaces and actions, and a channel may be given."""
    done = run("matrix", "pack", "-k", "narrow=notes:read/n1", "-k", "secrets:read", "-k", "none=", "-s", "secrets",
               "-a", "notes:read", "--channel", "server", "--format", "csv")  # fmt: skip
    assert done.stdout.splitlines() == [
        "permission,column,answer",
        'notes:read,narrow,"when resource.id == ""n1"""',
        "notes:read,secrets:read,deny scope_missing",
        "notes:read,none,deny scope_missing",
        "secrets:read,narrow,deny explicit_grant_required",
        "secrets:read,secrets:read,allow",
        "secrets:read,none,deny explicit_grant_required",
    ]
    noted = run("matrix", "pack", "-k", "narrow=notes:read/n1 notes:write/n1", "-s", "notes")
    assert noted.stdout.splitlines() == [
        "permission   narrow",
        'notes:read   when resource.id == "n1"',
        "notes:write  when [1, 2]",
        "[1] context.facts.open",
        '[2] resource.id == "n1"',
    ]


def test_columns_by_the_names_of_the_outside_world(run: Run, folder: Path) -> None:
    """Aliases are read in every option, and what is printed has the names of the pack."""
    (folder / "named").mkdir()
    (folder / "named" / "notes.yaml").write_text(NAMED, encoding="utf-8")
    done = run("matrix", "named", "-r", "Author", "-r", "Author/notes:n1", "-k", "Notes.Read", "-k", "x=Notes.Read/n1",
               "--session", "s=Everything", "-a", "notes:read", "--format", "csv")  # fmt: skip
    assert done.stdout.splitlines() == [
        "permission,column,answer",
        "notes:read,editor,allow",
        'notes:read,editor/notes:n1,"when resource.id == ""n1"""',
        "notes:read,notes:read,allow",
        'notes:read,x,"when resource.id == ""n1"""',
        "notes:read,s,when context.now < principal.expires_at",
    ]
    for whom in ("scope:Notes.Read", "role:Author", "key:x=Everything"):
        done = run("what", whom, "-p", "named")
        assert (done.returncode, "notes: read" in done.stdout) == (0, True)
    assert run("who", "Notes.Read", "-p", "named").returncode == 0


def test_every_kind_has_a_column(run: Run) -> None:
    """Sessions with scopes, and whoever holds nothing: by rules of the base alone they are denied, or not."""
    done = run("matrix", "pack", "--session", "guest=notes:read/n1", "--kind", "session", "--kind", "system",
               "--kind", "anonymous", "--kind", "member", "-a", "notes:read", "--format", "csv")  # fmt: skip
    assert done.stdout.splitlines() == [
        "permission,column,answer",
        'notes:read,guest,"when context.now < principal.expires_at && resource.id == ""n1"""',
        "notes:read,session,deny scope_missing",
        "notes:read,system,deny not_permitted",
        "notes:read,anonymous,deny credential_invalid",
        "notes:read,member,deny member_permission_missing",
    ]
    assert run("matrix", "pack", "--kind", "sesion").returncode == 2
    done = run("matrix", "pack", "-s", "secrets", "--format", "csv")
    assert [line.split(",")[1] for line in done.stdout.splitlines()[1:]] == [
        "editor", "workspace:read", "session", "system", "anonymous",
    ]  # fmt: skip


NAMED = """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, alias: {read: Notes.Read}}
scopes:
  workspace:read: {includes: ["*:read"], alias: Everything}
roles:
  editor: {holds: ["notes:*"], alias: Author}
"""
BOUND = """
scopeguard: 1
catalog:
  surfaces:
    folders: {actions: [read, write], coarse: true, qualifiable: true}
    files: {actions: [read], coarse: true, parent: {surface: folders, attribute: folders}, attributes: {folders: list(string)}}
roles:
  editor: {holds: ["folders:*", "files:read"]}
"""


def test_a_role_on_one_resource(run: Run, folder: Path) -> None:
    """Has a column, as a key has that is narrowed: to the resource itself, and to what lies below it."""
    (folder / "bound.yaml").write_text(BOUND, "utf-8")
    ask = ("matrix", "bound.yaml", "-k", "key=files:read/folders:f1 folders:read/f1")
    done = run(*ask, "-r", "editor/folders:f1", "--format", "csv")
    assert list(csv.reader(io.StringIO(done.stdout)))[1:] == [
        ["folders:read", "editor/folders:f1", 'when resource.id == "f1"'],
        ["folders:read", "key", 'when resource.id == "f1"'],
        ["folders:write", "editor/folders:f1", 'when resource.id == "f1"'],
        ["folders:write", "key", "deny scope_missing"],
        ["files:read", "editor/folders:f1", 'when "f1" in resource.folders'],
        ["files:read", "key", 'when "f1" in resource.folders'],
    ]
    assert (
        run(*ask, "-r", "editer/folders:f1").stderr
        == 'error: no role "editer" in the catalog; did you mean "editor"?\n'
    )
    assert run(*ask, "-r", "editor/files:f1").returncode == 2
    assert run(*ask, "-r", "editor/folder:f1").stderr == (
        'error: no surface of single resources "folder" in the catalog; did you mean "folders"?\n'
    )
    asked = ("check", "folders:read", "-p", "bound.yaml", "--as", "member", "--resource", "f1")
    assert run(*asked, "--role", "editor/folders:f1").returncode == 0
    assert run(*asked, "--role", "editor/folders:f2").returncode == 1
    assert run(*asked, "--role", "editor/folder:f1").returncode == 2


OPEN = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, attributes: {owner: string, team: string}}
  attributes: {principal: {team: string}, context: {ip: string, locked: bool}, facts: {plan: string}}
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"]}
rules:
  - {id: notes.team, effect: deny, on: ["notes:write"], kinds: [member], unless: principal.team == resource.team, code: not_permitted, because: It is of another team}
  - {id: notes.locked, effect: deny, on: ["notes:write"], when: has(context.locked) && context.locked, code: not_permitted, because: It is locked}
  - {id: notes.plan, effect: deny, on: ["notes:write"], unless: has(context.facts.plan) && context.facts.plan == "pro", code: not_permitted, because: It is paid for}
"""

SETTLED = [
    ([], "when !(has(context.locked) && context.locked) && context.facts.plan == ''pro'' && principal.team == resource.team"),
    (["--attribute", "team=red"], "when !(has(context.locked) && context.locked) && context.facts.plan == ''pro'' && resource.team == ''red''"),
    (["--context", "locked=false", "--attribute", "team=red"], "when context.facts.plan == ''pro'' && resource.team == ''red''"),
    (["--context", "locked=null", "--fact", "plan=pro"], "when principal.team == resource.team"),
    (["--context", "locked=true"], "deny not_permitted"),
    (["--fact", "plan=free"], "deny not_permitted"),
    (["--fact", "plan=null"], "deny not_permitted"),
    (["--attribute", "team=null"], "deny not_permitted"),
    (["--attribute", "suspended=true"], "deny member_suspended"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "answer"), SETTLED)
def test_what_is_not_given_is_open(arguments: list[str], answer: str, run: Run, folder: Path) -> None:
    """Facts, attributes and circumstances are unknown until an option tells them; ``null`` tells that one is absent."""
    (folder / "open.yaml").write_text(OPEN, "utf-8")
    done = run("matrix", "open.yaml", "-r", "editor", "-a", "notes:write", "--format", "csv", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(csv.reader(io.StringIO(done.stdout)))[1][2] == answer.replace("''", '"')


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fact", "plam=1"], 'no fact "plam" in the catalog; did you mean "plan"?'),
        (["--fact", "plam=null"], 'no name "context.facts.plam" in the catalog; did you mean "context.facts.plan"?'),
        (["--attribute", "taem=red"], 'no attribute "taem" in the catalog; did you mean "team"?'),
        (["--context", "lokced=null"], 'no name "context.lokced" in the catalog; did you mean "context.locked"?'),
        (["--context", "locked"], '"locked" is not name=value'),
        (["--key", "editor=workspace:read", "-r", "editor"], 'two columns have the name "editor"; name a key as name=scopes'),
    ],
)  # fmt: skip
def test_what_settles_nothing(arguments: list[str], message: str, run: Run, folder: Path) -> None:
    """A misspelt name would leave open what it was to settle: it is refused."""
    (folder / "open.yaml").write_text(OPEN, "utf-8")
    assert run("matrix", "open.yaml", *arguments) == Done(2, "", f"error: {message}\n")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("reader=worksapce:read", 'no scope "worksapce:read" in the catalog; did you mean "workspace:read"?'),
        ("reader=workspace:read notes:raed/n1", 'no scope "notes:raed/n1" in the catalog; did you mean "notes:read"?'),
        ("secrets:read/s1", 'no scope "secrets:read/s1" in the catalog; did you mean "secrets:read"?'),
    ],
)
def test_a_scope_that_does_not_exist(run: Run, key: str, message: str) -> None:
    """A misspelt scope grants nothing, and a column of denials would not tell: it is refused."""
    assert run("matrix", "pack", "-k", key) == Done(2, "", f"error: {message}\n")


def test_the_usual_channel_takes_nothing_away(folder: Path) -> None:
    """Where no channel is given that of a column is put in, and all else of the circumstances stays."""
    given = Context(None, "test", {"open": True}, datetime(2026, 1, 31, tzinfo=UTC), {"ip": "::1"})
    made = tabulating.tabulate(
        Guard.load(folder / "pack"),
        tabulating.ColumnOptions(["editor"], ["notes:read"]),
        ["notes:read"],
        environment="test",
        now="2026-01-31T00:00:00Z",
        facts=["open=true"],
        more=["ip=::1"],
    )
    assert made.askers["editor"].context == replaced(given, channel="dashboard")
    assert made.askers["notes:read"].context == replaced(given, channel="server")


def test_an_action_that_does_not_exist_is_denied(run: Run) -> None:
    """A line of a matrix is a question like any other: what no catalog names is denied, with its code."""
    done = run("matrix", "pack", "-r", "editor", "-a", "notes:reed", "--format", "csv")
    assert (done.returncode, done.stdout) == (0, "permission,column,answer\nnotes:reed,editor,deny unmapped_action\n")


def test_facts_are_told(run: Run) -> None:
    """What depends on facts is decided where the facts are given."""
    ask = ["matrix", "pack", "-r", "editor", "-a", "notes:write", "--format", "csv"]
    assert run(*ask, "-f", "open=true").stdout == "permission,column,answer\nnotes:write,editor,allow\n"
    assert run(*ask, "-f", "open=false").stdout == "permission,column,answer\nnotes:write,editor,deny not_permitted\n"
    assert run(*ask, "--now", "never").returncode == 2


def test_a_pack_without_channels(folder: Path, run: Run) -> None:
    """Where a pack names no channels, the usual ones are not made up."""
    (folder / "plain.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {plain: {actions: [read], coarse: true}}}\nroles: {any: {holds: ['plain:read']}}\n",
        "utf-8",
    )
    done = run("matrix", "plain.yaml", "-r", "any", "--format", "csv")
    assert done.stdout == "permission,column,answer\nplain:read,any,allow\n"
    done = run("matrix", "plain.yaml", "-k", "key=plain:read", "--format", "csv")
    assert done.stdout == "permission,column,answer\nplain:read,key,allow\n"


def wide() -> Matrix:
    """A matrix of four columns: 5, 6, 5 and 15 wide."""
    rows, columns = ("first", "second", "third", "日本"), ("a:read", "a:write")
    cells = {(row, column): MatrixCell("allow") for row in rows for column in columns}
    cells["日本", "a:read"] = MatrixCell("conditional", "x && y")
    return Matrix(rows, columns, cells, "sha256:0", {})


TABLES = {
    200: """\
permission  first  second  third  日本
a:read      allow  allow   allow  when [1]
a:write     allow  allow   allow  allow
[1] x && y
""",
    32: """\
permission  first  second  third
a:read      allow  allow   allow
a:write     allow  allow   allow

permission  日本
a:read      when [1]
a:write     allow
[1] x && y
""",
    5: """\
permission  first
a:read      allow
a:write     allow

permission  second
a:read      allow
a:write     allow

permission  third
a:read      allow
a:write     allow

permission  日本
a:read      when [1]
a:write     allow
[1] x && y
""",
}


@pytest.mark.parametrize("width", TABLES)
def test_a_table_as_wide_as_the_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table that does not fit is printed in parts; nothing is cut off, and nothing stands behind a line."""
    original = rendering.console

    def narrow() -> object:
        console = original()
        console.width = width
        return console

    monkeypatch.setattr(layout, "console", narrow)
    layout.show_matrix(wide())
    assert capsys.readouterr().out == TABLES[width]


def test_it_is_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal its width counts; in a file there is none."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setitem(os.environ, "COLUMNS", "57")
    assert rendering.console(Terminal()).width == 57
    assert rendering.console(io.StringIO()).width == 10_000
