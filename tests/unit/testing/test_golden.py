"""Golden matrices: what is written reads back, what is no golden matrix is refused, and what differs is told."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.runtime.matrix import Asker, Matrix, MatrixCell
from scopeguard.semantics.source_form import conjoined
from scopeguard.source import Source
from scopeguard.testing import (
    Cell,
    Change,
    Golden,
    GoldenError,
    compare,
    golden_text,
    read_golden,
    summary,
    unpinned,
)
from scopeguard.testing.golden import parse_golden
from tests.laws.support import guard_of, law
from tests.strategies import Maker, Pack, packs

FORMS = ("m.md", "m.csv")
SERVER = Context(channel="server")
ASKER = Asker(Principal.anonymous(), SERVER)

PACK = r"""scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
  channels: [server, dashboard]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor:
    holds: ["notes:*"]
rules:
  - id: notes.own
    effect: deny
    on: ["notes:write"]
    kinds: [member]
    when: resource.owner == 'a|b \\ "c" `d` \n é'
    code: not_permitted
  - id: secrets.never
    effect: deny
    on: ["secrets:*"]
    channels: [dashboard]
    code: dashboard_only
"""


def loaded(folder: Path, text: str = PACK) -> Guard:
    """A guard for a pack of one file, called ``pack.yaml``."""
    file = folder / "pack.yaml"
    file.write_text(text, encoding="utf-8")
    return Guard.load(file)


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for the pack as it is."""
    return loaded(tmp_path_factory.mktemp("golden"))


def asked(guard: Guard) -> Matrix:
    """An editor, a broad key and one narrowed to a note, against every permission."""
    return guard.matrix(
        {
            "editor": Principal.member("ann", workspace="ws_1", roles=["editor"]),
            "broad": Principal.api_key("key", workspace="ws_1", scopes="workspace:read"),
            "one": Principal.api_key("key", workspace="ws_1", scopes="notes:write/n1 secrets:read"),
        },
        None,
        SERVER,
    )


def made(cells: Mapping[tuple[str, str], MatrixCell]) -> Matrix:
    """A matrix of some cells."""
    rows, columns = (tuple(dict.fromkeys(place[part] for place in cells)) for part in (0, 1))
    return Matrix(rows, columns, cells, "sha256:0", dict.fromkeys(rows, ASKER))


MARKDOWN = r"""# Access matrix

`scopeguard matrix --golden` compares this file with the policies; with `--update` it writes it anew.
What a column is not given is open: a cell says `allow` or `deny` where that is so whatever it is, and `when` under
which condition it is allowed. Of the numbered ones below all must be true. A credential is in force unless its column
says more.

    scopeguard matrix --all

| column | asks as |
|---|---|
| editor | member; roles editor; channel server; environment production |
| broad | api_key; scopes workspace:read; channel server; environment production |
| one | api_key; scopes notes:write/n1 secrets:read; channel server; environment production |

| permission | editor | broad | one |
|---|---|---|---|
| notes:read | allow | allow | deny scope_missing |
| notes:write | when [1] | deny scope_missing | when resource.id == "n1" |
| secrets:read | deny member_permission_missing | deny explicit_grant_required | allow |

1. ``resource.owner != "a|b \\ \"c\" `d` \n é"``
"""
CSV = r"""permission,column,answer
written by,,scopeguard matrix --all
asks as,editor,member; roles editor; channel server; environment production
asks as,broad,api_key; scopes workspace:read; channel server; environment production
asks as,one,api_key; scopes notes:write/n1 secrets:read; channel server; environment production
notes:read,editor,allow
notes:read,broad,allow
notes:read,one,deny scope_missing
notes:write,editor,"when resource.owner != ""a|b \\ \""c\"" `d` \n é@@@
notes:write,broad,deny scope_missing
notes:write,one,"when resource.id == ""n1@@@
secrets:read,editor,deny member_permission_missing
secrets:read,broad,deny explicit_grant_required
secrets:read,one,allow
""".replace("@@@", '"' * 3)


def test_what_is_written(tmp_path: Path) -> None:
    """Both forms, whole: who asks, the cells, and the conditions; nothing that an edit of no answer would change."""
    matrix = asked(loaded(tmp_path))
    assert golden_text(matrix, "m.md", "--all") == MARKDOWN
    assert golden_text(matrix, "m.csv", "--all") == CSV
    assert golden_text(asked(loaded(tmp_path, f"{PACK}# more\n")), "m.md", "--all") == MARKDOWN


@pytest.mark.parametrize(("form", "place"), [("m.md", "8:1"), ("m.csv", "2:13")])
def test_the_command_reads_back(form: str, place: str, guard: Guard) -> None:
    """As one text and with its place; a file that tells none has none."""
    for arguments in ("", "--all", "-k 'a \"b\", c=notes:read' 'ä.yaml'"):
        command = parse_golden(Source(form, golden_text(asked(guard), form, arguments))).command
        assert command is not None
        assert (command.arguments, str(command.location)) == (arguments, f"{form}:{place}")
    assert parse_golden(Source(form, golden_text(asked(guard), form))).command is None
    with pytest.raises(RequestError, match="the command of a golden matrix holds what cannot be printed"):
        golden_text(asked(guard), form, "a\nb")


def test_everything_about_who_asks_is_written() -> None:
    """What decides beside ids: kind, what is held, the ceiling, attributes, and the circumstances."""
    key = Principal.api_key(
        "k", workspace="w", scopes="b:c a:b", ceiling="", revoked=True, attributes={"team": "x; y\n"}
    )
    context = Context(None, "test", {"open": True, "count": 2}, None, {"ip": "10.0.0.1"})
    assert str(Asker(key, context)) == (
        'api_key; scopes a:b b:c; ceiling nothing; attributes revoked=true team="x; y\\n"; environment test; '
        'facts count=2 open=true; context ip="10.0.0.1"'
    )


@pytest.mark.parametrize("form", FORMS)
@law(20)
@given(packs())
def test_generated_matrices_read_back(form: str, pack: tuple[Maker, Pack]) -> None:
    """What is read is what was written, for generated packs and principals."""
    maker, files = pack
    guard = guard_of(files)
    requests = {f"who {number}": request for number, request in enumerate(maker.requests(4))}
    try:
        parts = [guard.matrix({name: each.principal}, None, each.context) for name, each in requests.items()]
    except RequestError:
        # Some name what the pack does not have, which is no question.
        assume(False)
        raise
    matrix = Matrix.joined(parts, tuple(requests))
    assert parse_golden(Source(form, golden_text(matrix, form))) == Golden.of(matrix)
    assert compare(parse_golden(Source(form, golden_text(matrix, form))), matrix, guard) == ()


PRINTABLE = st.text(
    st.one_of(st.sampled_from("|\\\"'`,; *_<>[]&~é日-"), st.characters(blacklist_categories=["C", "Z"])), min_size=1
)
NAMES = PRINTABLE.filter(lambda text: text == text.strip() and text.isprintable())
CELLS = st.one_of(
    st.just(MatrixCell("allow")),
    st.just(MatrixCell("deny")),
    st.builds(MatrixCell, st.just("deny"), st.from_regex(r"\A[a-z][a-z0-9_]*\Z")),
    st.builds(MatrixCell, st.just("conditional"), NAMES),
)


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    """Matrices with any printable text for names and conditions."""
    rows, columns = (draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)) for _ in range(2))
    return made({(row, column): draw(CELLS) for row in rows for column in columns})


@pytest.mark.parametrize("form", FORMS)
@law(100)
@given(matrices())
def test_any_text_reads_back(form: str, matrix: Matrix) -> None:
    """Names and conditions may hold whatever is printable: pipes, backslashes, quotation marks, backquotes."""
    text = golden_text(matrix, form)
    assert parse_golden(Source(form, text)) == Golden.of(matrix)
    assert parse_golden(Source(form, text.replace("\n", "\r\n"))) == Golden.of(matrix)


@pytest.mark.parametrize("form", FORMS)
@law(60)
@given(matrices(), st.data())
def test_one_changed_cell_is_told_and_no_other(form: str, guard: Guard, matrix: Matrix, data: st.DataObject) -> None:
    """Whichever cell changes, to whatever: it is told with its line, its column, before and after."""
    column, action = data.draw(st.sampled_from(sorted(matrix.cells)))
    was = matrix[column, action]
    now = data.draw(CELLS.filter(lambda cell: cell != was))
    changed = replace(matrix, cells=MappingProxyType({**matrix.cells, (column, action): now}))
    before = parse_golden(Source(form, golden_text(matrix, form)))
    assert compare(before, changed, guard) == (Change("changed", action, column, str(was), str(now)),)


ALIGNED = """\
| column | asks as               |
| :----- | --------------------- |
| who    | anonymous; channel server; environment production |

|permission   |        who         |
|-------------|:------------------:|
|a:read       |   when [1, 2]      |

1. `x`
2. `y`
"""


def test_an_aligned_table_reads_the_same() -> None:
    """White space around cells and colons between them are what formatters of Markdown put there."""
    golden = parse_golden(Source("m.md", ALIGNED))
    assert golden.cells == {("who", "a:read"): MatrixCell("conditional", "x && y")}
    assert golden.askers == {"who": "anonymous; channel server; environment production"}


TABLES = """\
| column | asks as |
|---|---|
| who | me |

| permission | who |
|---|---|
| a:read | when [1] |
| a:write | allow |

1. `x`
"""

MALFORMED_MARKDOWN = [
    ("a:write | allow |", "a:write | alow |", '8:13: "alow" is no cell; a cell is allow, deny with a code, or when with a condition'),
    ("a:write | allow |", "a:write | allow all |", '8:13: "allow all" is no cell; a cell is'),
    ("a:write | allow |", "a:write | deny Code |", '8:13: "deny Code" is no cell; a cell is'),
    ("a:write | allow |", "a:write |  |", '8:14: "" is no cell; a cell is'),
    ("a:write | allow |", "a:write | when [2] |", '8:13: "when [2]" is no cell; a cell is'),
    ("a:write | allow |", "a:write | when [1, 2] |", '8:13: "when [1, 2]" is no cell; a cell is'),
    ("a:write | allow |", "a:write | when |", '8:13: "when" is no cell; a cell is'),
    ("a:write | allow |", "a:write | allow | allow |", "8:3: this line has 3 cells, not 2"),
    ("a:write | allow |", "a:write |", "8:3: this line has 1 cell, not 2"),
    ("a:write | allow |", "a:write | allow", "8:1: a line of a table begins and ends with |"),
    ("a:write | allow |", "a:write | allow \\", "8:1: a line of a table begins and ends with |"),
    ("a:write | allow |", "a:write | allow \\|", "8:1: a line of a table begins and ends with |"),
    ("| a:write |", "| a:read |", '8:3: "a:read" is here twice'),
    ("| a:write |", "|  |", "8:4: a name is missing"),
    ("| who | me |", "| who | me |\n| who | you |", "6:3: this line has 2 cells, not 3"),
    ("| who | me |", "| who |", "3:3: this line has 1 cell, not 2"),
    ("| who | me |", "| who | me | you |", "3:3: this line has 3 cells, not 2"),
    ("| permission | who |", "| permission | they |", '5:16: "they" is where "who" is expected'),
    ("| permission | who |", "| permissions | who |", '5:3: "permissions" is where "permission" is expected'),
    ("| column | asks as |", "| columns | asks as |", '1:3: "columns" is where "column" is expected'),
    ("|---|---|\n| a:read", "| a:read", "6:1: the line between a table's head and its cells is missing or of another width"),
    ("|---|---|\n| a:read", "|---|\n| a:read", "6:1: the line between a table's head and its cells is missing or of another width"),
    ("|---|---|\n| who", "|---|---|---|\n| who", "2:1: the line between a table's head and its cells is missing or of another width"),
    ("1. `x`", "2. `x`", "10:1: condition 2 is where 1 is expected"),
    ("1. `x`", "1. x", '10:1: "1. x" is no numbered condition, such as 1. `has(resource.id)`'),
    ("1. `x`", "1. ``x``", '10:1: "1. ``x``" is no numbered condition'),
    ("1. `x`", "1. `x` or so", '10:1: "1. `x` or so" is no numbered condition'),
    ("1. `x`", "1. `x`\n2. `y`", "11:1: no cell has this condition"),
    ("1. `x`", "1. `x`\n\nThe end.", '12:1: "The end." is no numbered condition'),
    ("1. `x`", "1. `x`\n\n| a:b | allow |", '12:1: "| a:b | allow |" is no numbered condition'),
    ("\n| permission", "between\n| permission", "4:1: a line of a table begins and ends with |"),
    ("| permission | who |", "<<<<<<< ours\n| permission | who |", "5:1: a line of a table begins and ends with |"),
    (TABLES, "", "1:1: the file ends too early: a golden matrix has a table of columns and a table of permissions"),
    (TABLES, "# Title\n", "2:1: the file ends too early"),
    (TABLES, "| column | asks as |\n|---|---|\n", "3:1: the file ends too early"),
    (TABLES, "| column | asks as |\n\n| permission |\n|---|\n", "1:1: the line between a table's head and its cells is missing"),
]  # fmt: skip

VALUES = """\
permission,column,answer
written by,,scopeguard matrix
asks as,who,me
asks as,"they, too",them
a:read,who,"when ""x"", y"
a:read,"they, too",allow
a:write,who,deny scope_missing
a:write,"they, too",deny
"""

MALFORMED_CSV = [
    ("deny scope_missing", "dney scope_missing", '7:13: "dney scope_missing" is no cell; a cell is'),
    (",allow\n", ",\n", '6:20: "" is no cell; a cell is'),
    (",allow\n", ",when\n", '6:20: "when" is no cell; a cell is'),
    (",allow\n", ",when \n", '6:20: "when " is no cell; a cell is'),
    (",allow\n", "\n", "6:1: this line has 2 cells, not 3"),
    (",allow\n", ",allow,\n", "6:1: this line has 4 cells, not 3"),
    (",allow\n", ',"allow\n', "6:20: a quotation mark is out of place"),
    (",allow\n", ',al"low\n', "6:20: a quotation mark is out of place"),
    (",allow\n", ',"allow"!\n', "6:20: a quotation mark is out of place"),
    ("a:write,who", "a:read,who", '7:1: "a:read" is here twice'),
    ("a:write,who", ",who", "7:1: a name is missing"),
    ("a:write,who", "a:write,we", '7:9: no line says who asks in "we"'),
    ("a:write,who,deny scope_missing\n", "", '8:1: the file ends too early: a golden matrix has a line for "a:write" in "who"'),
    ("permission,column", "action,column", '1:1: "action" is where "permission" is expected'),
    ("asks as,who,me\n", "", '4:8: no line says who asks in "who"'),
    ('asks as,"they, too"', "asks as,who", '4:9: "who" is here twice'),
    ("a:write,who", "\na:write,who", "7:1: this line has 1 cell, not 3"),
    ("written by,,scopeguard matrix", "written by,,scopeguard matrix\nwritten by,,scopeguard matrix", "10:1: the file ends"),
    (VALUES, "", "1:1: this line has 1 cell, not 3"),
    (VALUES, "permission,column,answer\n", "2:1: the file ends too early: a golden matrix has a line for each column that says who asks"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "old", "new", "message"),
    [
        *(("m.md", TABLES, *case) for case in MALFORMED_MARKDOWN),
        *(("m.csv", VALUES, *case) for case in MALFORMED_CSV),
    ],
)
def test_what_is_no_golden_matrix_is_refused(name: str, text: str, old: str, new: str, message: str) -> None:
    """At its line and column; nothing malformed is ever taken for no difference."""
    assert text.count(old) == 1
    parse_golden(Source(name, text))
    with pytest.raises(GoldenError) as caught:
        parse_golden(Source(name, text.replace(old, new)))
    assert str(caught.value).startswith(f"{name}:{message}")
    assert str(caught.value).startswith(f"{caught.value.location}: ")


@pytest.mark.parametrize("form", FORMS)
def test_a_torn_file_is_never_the_whole_one(form: str, guard: Guard) -> None:
    """A file that was cut off anywhere is refused, or differs."""
    matrix = asked(guard)
    text = golden_text(matrix, form)
    for length in range(len(text) - 1):
        try:
            changes = compare(parse_golden(Source(form, text[:length])), matrix, guard)
        except GoldenError:
            continue
        assert changes, text[:length]


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is told by name, with what to do where the file is not there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.md").mkdir()
    Path("latin.csv").write_bytes(b"permission,\xe9\n")
    Path("large.md").write_bytes(b" " * 100)
    monkeypatch.setattr("scopeguard.testing.golden.MAX_GOLDEN_BYTES", 99)
    for name, message in {
        "none.md": "none.md: there is no such golden matrix; --update writes it",
        "folder.md": "folder.md: cannot be read: is a directory",
        "latin.csv": "latin.csv: not UTF-8 at byte 12",
        "large.md": "large.md: larger than 99 bytes",
    }.items():
        with pytest.raises(GoldenError, match=f"^{re.escape(message)}$") as caught:
            read_golden(name)
        assert caught.value.location is None
    with pytest.raises(RequestError, match=r'the name of a golden matrix ends in \.md or \.csv, unlike "m\.txt"'):
        read_golden("m.txt")


def test_what_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that would not read back, another ending, and more than can be read."""
    for name in ("", " a", "a\nb", "a\x85b"):
        with pytest.raises(RequestError, match="a golden matrix cannot name a line or a column"):
            golden_text(made({(name, "a:read"): MatrixCell("allow")}), "m.md")
        with pytest.raises(RequestError, match="a golden matrix cannot name a line or a column"):
            golden_text(made({("who", name): MatrixCell("allow")}), "m.csv")
    fine = made({("who", "a:read"): MatrixCell("allow")})
    with pytest.raises(RequestError, match="the name of a golden matrix ends in"):
        golden_text(fine, "md")
    monkeypatch.setattr("scopeguard.testing.golden.MAX_GOLDEN_BYTES", 99)
    with pytest.raises(RequestError, match="a golden matrix is at most 99 bytes"):
        golden_text(fine, "m.md")


def test_whole_lines_and_columns(guard: Guard) -> None:
    """What is new, what is gone and who is somebody else; the cells of what both have stay comparable."""
    allow, deny = MatrixCell("allow"), MatrixCell("deny", "scope_missing")
    old = made({("a", "x:read"): allow, ("a", "x:write"): deny, ("b", "x:read"): allow, ("b", "x:write"): allow})
    new = made({("c", "x:read"): allow, ("c", "y:read"): deny, ("b", "x:read"): deny, ("b", "y:read"): allow})
    other = Asker(Principal.system("job"), Context())
    changes = compare(old, replace(new, askers={**new.askers, "b": other}), guard)
    assert (
        "\n".join(map(str, changes))
        == """\
column a removed
  was anonymous; channel server; environment production
column c added
  is  anonymous; channel server; environment production
column b changed
  was anonymous; channel server; environment production
  is  system; environment production
line x:write removed
line y:read added
x:read for b
  was allow
  is  deny scope_missing
  nothing grants it"""
    )
    assert (
        summary(changes)
        == "1 column removed, 1 column added, 1 column changed, 1 line removed, 1 line added, 1 cell changed"
    )
    assert summary(()) == "no difference"


def test_order_is_no_difference(guard: Guard) -> None:
    """Lines and columns are compared by name."""
    cells = {("a", "x:read"): MatrixCell("allow"), ("b", "x:read"): MatrixCell("deny"),
             ("a", "x:write"): MatrixCell("deny"), ("b", "x:write"): MatrixCell("allow")}  # fmt: skip
    turned = made(dict(reversed(cells.items())))
    assert turned.rows == ("b", "a")
    assert compare(made(cells), turned, guard) == ()


EDITS = [
    (
        'holds: ["notes:*"]', 'holds: ["notes:write"]',
        "notes:read for editor\n  was allow\n  is  deny member_permission_missing\n  nothing grants it",
    ),
    (
        'holds: ["notes:*"]', 'holds: ["notes:*", "secrets:read"]',
        "secrets:read for editor\n  was deny member_permission_missing\n  is  allow\n  by  role:editor (pack.yaml:10:3)",
    ),
    (
        "kinds: [member]", "kinds: [member, api_key]",
        ("notes:write for one\n"
        '  was when resource.id == "n1"\n'
        '  is  when resource.owner != "a|b \\\\ \\"c\\" `d` \\n é" && resource.id == "n1"\n'
        "  by  notes.own (pack.yaml:13:5)\n"
        "  by  scope:notes:write/n1 (pack.yaml:4:29)"),
    ),
    (
        "channels: [dashboard]", "channels: [server]",
        "secrets:read for one\n  was allow\n  is  deny dashboard_only\n  by  secrets.never (pack.yaml:19:5)",
    ),
    (
        'workspace:read: {includes: ["*:read"]}', 'workspace:read: {includes: ["*:{read,write}"]}',
        "notes:write for broad\n  was deny scope_missing\n  is  allow\n  by  scope:workspace:read (pack.yaml:8:3)",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), EDITS)
def test_what_decides_now(old: str, new: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role, a rule about a condition, a rule, a scope of the section and one of the catalog; each at its place."""
    monkeypatch.chdir(tmp_path)
    before = asked(loaded(Path()))
    assert PACK.count(old) == 1
    guard = loaded(Path(), PACK.replace(old, new))
    changes = compare(before, asked(guard), guard)
    assert told in map(str, changes)


def test_a_change_as_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The JSON twin of what is printed."""
    monkeypatch.chdir(tmp_path)
    before = asked(loaded(Path()))
    guard = loaded(Path(), PACK.replace("channels: [dashboard]", "channels: [server]"))
    changes = {(change.action, change.column): change for change in compare(before, asked(guard), guard)}
    assert changes["secrets:read", "one"].to_dict() == {
        "what": "cell",
        "kind": "changed",
        "action": "secrets:read",
        "column": "one",
        "before": "allow",
        "after": "deny dashboard_only",
        "deciders": [{"id": "secrets.never", "place": "pack.yaml:19:5"}],
    }


def test_what_allows_outright_decides_alone(guard: Guard) -> None:
    """A scope that holds on some resources only decides nothing where another holds on all of them."""
    key = Principal.api_key("key", workspace="ws_1", scopes="workspace:read notes:read/n1 notes:read")
    assert guard.matrix({"key": key})["key", "notes:read"].rules == ("scope:notes:read", "scope:workspace:read")


def test_places_of_what_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the ids of decisions: rules, roles, declared scopes, and scopes that surfaces bring along."""
    monkeypatch.chdir(tmp_path)
    guard = loaded(Path())
    for source, place in {
        "secrets.never": "pack.yaml:19:5",
        "role:editor": "pack.yaml:10:3",
        "scope:workspace:read": "pack.yaml:8:3",
        "scope:notes:read": "pack.yaml:4:23",
        "scope:notes:write/n1": "pack.yaml:4:29",
    }.items():
        assert str(guard.place(source)) == place
    for source in ("role:viewer", "scope:notes:rotate", "secrets", ""):
        assert guard.place(source) is None


def test_cells_that_no_test_pins(guard: Guard) -> None:
    """A test pins what it asks about: the class of the principal, the circumstances and the action; ids are no part."""
    matrix = asked(guard)
    key = Principal.api_key("other", workspace="ws_2", scopes="workspace:read")
    member = Principal.member("bob", workspace="ws_2", roles=["editor"])
    everything = {(row, column) for row in matrix.rows for column in matrix.columns}
    assert set(unpinned(matrix, [])) == everything
    tests = [pin(key, "notes:read"), pin(member, "secrets:read", "deny", resource=Resource("secrets", "s", "ws_2"))]
    assert set(unpinned(matrix, tests)) == everything - {("broad", "notes:read"), ("editor", "secrets:read")}
    others = [
        pin(key, "notes:read", context=Context(channel="dashboard")),
        pin(key, "notes:read", context=Context()),
        pin(key, "notes:read", context=Context(channel="server", environment="test")),
        pin(key, "notes:read", resource=Resource("notes", "n", "ws_1")),
        pin(key, "notes:read", resource=Resource("notes", "n")),
        pin(Principal.api_key("key", workspace="ws_1", scopes="workspace:read", revoked=True), "notes:read"),
        pin(Principal.api_key("key", workspace="ws_1", scopes="workspace:read", ceiling="notes:read"), "notes:read"),
        pin(Principal.session("key", workspace="ws_1", scopes="workspace:read"), "notes:read"),
        pin(Principal.member("ann", workspace="ws_1"), "notes:read"),
    ]
    for other in others:
        assert set(unpinned(matrix, [other])) == everything


@pytest.mark.parametrize(
    ("action", "expected", "is_pinned"),
    [
        ("notes:read", "allow", True),
        ("notes:read", "deny", False),
        ("notes:read", "not_permitted", False),
        ("notes:write", "allow", True),
        ("notes:write", "deny", True),
        ("notes:write", "not_permitted", True),
        ("secrets:read", "allow", False),
        ("secrets:read", "deny", True),
        ("secrets:read", "dashboard_only", True),
    ],
)
def test_a_test_pins_what_it_expects(guard: Guard, action: str, expected: str, is_pinned: bool) -> None:
    """An allow is pinned where a test expects one, a denial where one expects that; a conditional cell by either."""
    matrix = asked(guard)
    states = {each: matrix["editor", each].state for each in ("notes:read", "notes:write", "secrets:read")}
    assert states == {"notes:read": "allow", "notes:write": "conditional", "secrets:read": "deny"}
    editor = Principal.member("bob", workspace="ws_1", roles=["editor"])
    assert (("editor", action) not in unpinned(matrix, [pin(editor, action, expected)])) is is_pinned


def pin(
    principal: Principal,
    action: str,
    expected: str = "allow",
    *,
    context: Context = SERVER,
    resource: Resource | None = None,
) -> Cell:
    """A cell of some test."""
    return Cell("a_test.yaml", "m", action, "who", principal, resource, context, expected)


def test_parts_of_a_condition_side_by_side() -> None:
    """An alternative is put in parentheses beside others, and nothing else is; so is what stands in the file."""
    assert conjoined(["a || b"]) == "a || b"
    assert conjoined(["a || b", "c ? d : e", 'x == " || "', "(a || b).c(d || e)", '["\\" ? "] == [a || b]']) == (
        '(a || b) && (c ? d : e) && x == " || " && (a || b).c(d || e) && ["\\" ? "] == [a || b]'
    )
    cells = {("who", "a:read"): MatrixCell.when(["a || b", "c == d"]), ("who", "a:write"): MatrixCell.when(["a || b"])}
    text = golden_text(made(cells), "m.md")
    assert "\n| a:read | when [1, 2] |\n| a:write | when [1] |\n\n1. `a || b`\n2. `c == d`\n" in text
    assert parse_golden(Source("m.md", text)).cells == cells
