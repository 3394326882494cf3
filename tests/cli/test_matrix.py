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
from scopeguard.runtime.listing import Matrix, MatrixCell
from tests.cli.conftest import Done, Run
from tests.conftest import Golden


def test_matrix(run: Run, golden: Golden) -> None:
    """Roles and coarse scopes against permissions."""
    table = run("matrix", "pack")
    assert (table.returncode, table.stderr) == (0, "")
    golden("cli/matrix.txt", table.stdout)
    golden("cli/matrix.md", run("matrix", "pack", "--format", "markdown").stdout)


def test_csv_and_json_can_be_read_back(run: Run) -> None:
    """What other programs read, with the code of each denial."""
    lines = list(csv.reader(io.StringIO(run("matrix", "pack", "--format", "csv").stdout)))
    assert lines[0] == ["permission", "editor", "workspace:read"]
    assert lines[1] == ["notes:read", "allow", "allow"]
    assert lines[3] == ["secrets:read", "deny member_permission_missing", "deny explicit_grant_required"]
    data = json.loads(run("matrix", "pack", "--format", "json").stdout)
    assert data["rows"]["editor"]["notes:read"] == {"state": "allow", "note": None}
    assert data["rows"]["workspace:read"]["secrets:read"] == {"state": "deny", "note": "explicit_grant_required"}
    assert data["policy_digest"].startswith("sha256:")


def test_markdown_is_a_table(run: Run) -> None:
    """Every line has as many cells as the first one, and the conditions stand below."""
    done = run("matrix", "pack", "-r", "editor", "-k", "a|b=notes:read/n1 notes:read/n2", "--format", "markdown")
    assert (
        done.stdout
        == """\
| permission | editor | a\\|b |
|---|---|---|
| notes:read | allow | conditional [1] |
| notes:write | deny not_permitted | deny not_permitted |
| secrets:read | deny member_permission_missing | deny explicit_grant_required |

1. `has(resource.id) && resource.id in ["n1", "n2"]`
"""
    )


def test_chosen_columns_and_lines(run: Run) -> None:
    """Columns are roles and keys by name, lines are surfaces and actions, and a channel may be given."""
    done = run("matrix", "pack", "-k", "narrow=notes:read/n1", "-k", "secrets:read", "-k", "none=", "-s", "secrets",
               "-a", "notes:read", "--channel", "server", "--format", "csv")  # fmt: skip
    assert done.stdout.splitlines() == [
        "permission,narrow,secrets:read,none",
        'notes:read,"conditional has(resource.id) && resource.id in [""n1""]",deny scope_missing,deny scope_missing',
        "secrets:read,deny explicit_grant_required,allow,deny explicit_grant_required",
    ]
    noted = run("matrix", "pack", "-k", "narrow=notes:read/n1", "-s", "notes")
    assert noted.stdout.splitlines() == [
        "permission   narrow",
        "notes:read   conditional [1]",
        "notes:write  deny",
        '[1] has(resource.id) && resource.id in ["n1"]',
    ]


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
    made = tabulating.tabulate(Guard.load(folder / "pack"), ["editor"], ["notes:read"], ["notes:read"], given)
    assert made.askers["editor"].context == replaced(given, channel="dashboard")
    assert made.askers["notes:read"].context == replaced(given, channel="server")


def test_an_action_that_does_not_exist_is_denied(run: Run) -> None:
    """A line of a matrix is a question like any other: what no catalog names is denied, with its code."""
    done = run("matrix", "pack", "-r", "editor", "-a", "notes:reed", "--format", "csv")
    assert (done.returncode, done.stdout) == (0, "permission,editor\nnotes:reed,deny unmapped_action\n")


def test_facts_are_told(run: Run) -> None:
    """What depends on facts is decided where the facts are given."""
    ask = ["matrix", "pack", "-r", "editor", "-a", "notes:write", "--format", "csv"]
    assert run(*ask, "-f", "open=true").stdout == "permission,editor\nnotes:write,allow\n"
    assert run(*ask, "-f", "open=false").stdout == "permission,editor\nnotes:write,deny not_permitted\n"
    assert run(*ask, "--now", "never").returncode == 2


def test_a_pack_without_channels(folder: Path, run: Run) -> None:
    """Where a pack names no channels, the usual ones are not made up."""
    (folder / "plain.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {plain: {actions: [read], coarse: true}}}\nroles: {any: {holds: ['plain:read']}}\n",
        "utf-8",
    )
    assert run("matrix", "plain.yaml", "--format", "csv").stdout == "permission,any\nplain:read,allow\n"
    done = run("matrix", "plain.yaml", "-k", "key=plain:read", "--format", "csv")
    assert done.stdout == "permission,key\nplain:read,allow\n"


def wide() -> Matrix:
    """A matrix of four columns: 5, 6, 5 and 15 wide."""
    rows, columns = ("first", "second", "third", "日本"), ("a:read", "a:write")
    cells = {(row, column): MatrixCell("allow") for row in rows for column in columns}
    cells["日本", "a:read"] = MatrixCell("conditional", "x")
    return Matrix(rows, columns, cells, "sha256:0", {})


TABLES = {
    200: """\
permission  first  second  third  日本
a:read      allow  allow   allow  conditional [1]
a:write     allow  allow   allow  allow
[1] x
""",
    32: """\
permission  first  second  third
a:read      allow  allow   allow
a:write     allow  allow   allow

permission  日本
a:read      conditional [1]
a:write     allow
[1] x
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
a:read      conditional [1]
a:write     allow
[1] x
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
