"""The configuration of the command: found from any folder of a project, read by every verb, wrong in one place at a time."""

import json
from pathlib import Path

import pytest

from scopeguard.cli.configuration import Configuration, ConfigurationError, find_configuration
from tests.cli.conftest import Run

LAYER = """scopeguard: 1
pack: {extends: default}
catalog:
  surfaces:
    tickets: {actions: [read], explicit_only: true, because: they quote what customers said}
"""


def configured(folder: Path, text: str = 'pack = "pack"\n', file: str = "scopeguard.toml") -> None:
    """A configuration in *folder*, which is a repository of its own."""
    (folder / ".git").mkdir(exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("check", "notes:read", "-s", "notes:read"), 0),
        (("explain", "notes:read", "-s", "notes:read"), 0),
        (("matrix", "--surface", "notes"), 0),
        (("lint",), 0),
        (("test",), 1),
        (("fmt", "--check"), 0),
        (("compile", "--output", "notes.sgpack"), 0),
    ],
)
def test_every_verb_reads_it(folder: Path, run: Run, arguments: tuple[str, ...], status: int) -> None:
    """A verb that is given no path is about the configured pack, and says so; one that is given a path is about that."""
    configured(folder)
    done = run(*arguments)
    assert (done.returncode, done.looked) == (status, "pack, by scopeguard.toml")
    given = ("--pack", "pack/notes.yaml") if arguments[0] in {"check", "explain"} else ("pack/notes.yaml",)
    assert run(*arguments, *given).looked == "pack/notes.yaml"


def test_without_one_the_shipped_pack_is_looked_at(run: Run) -> None:
    """And that is said: nobody takes the findings of another pack for those of his own."""
    assert run("lint").looked == "the shipped pack"
    assert run("lint", "pack", "--with-default").looked == "pack on the shipped pack"


def test_nothing_to_look_at(run: Run) -> None:
    """What is written anew, or compiled, is somebody's own: the shipped pack does not stand in for it."""
    told = 'error: nothing to look at: name a path, or write pack = "policies" into scopeguard.toml\n'
    for arguments in (("fmt",), ("fmt", "--check"), ("compile", "--output", "x.sgpack")):
        done = run(*arguments)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_a_layer_needs_no_option(folder: Path, run: Run) -> None:
    """What a pack extends is beneath it in every verb."""
    (folder / "pack" / "notes.yaml").write_text(LAYER, encoding="utf-8")
    configured(folder)
    assert run("lint").returncode == 0
    assert run("check", "agents:write", "-s", "agents:write", "-c", "server").returncode == 0
    assert run("check", "tickets:read", "-s", "workspace:read", "-c", "server").returncode == 1
    assert run("matrix", "-s", "tickets", "-r", "owner").stdout.splitlines()[1].split() == ["tickets:read", "deny"]


def test_it_is_found_from_folders_below(folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Paths of a configuration are relative to its folder, wherever the command is given; a repository ends the search."""
    configured(folder)
    (folder / "web" / "src").mkdir(parents=True)
    monkeypatch.chdir(folder / "web" / "src")
    assert run("lint").looked == "../../pack, by ../../scopeguard.toml"
    (folder / "web" / ".git").mkdir()
    assert run("lint").looked == "the shipped pack"


def test_the_project_file_serves_too(folder: Path, run: Run) -> None:
    """A table of pyproject.toml is a configuration; a project without one is none, and nobody's business if it is broken."""
    configured(
        folder, '[project]\nname = "mine"\n[tool.scopeguard]\npack = ["pack"]\nstrict = true\n', "pyproject.toml"
    )
    assert run("lint").looked == "pack, by pyproject.toml"
    (folder / "pack" / "more.yaml").write_text("scopeguard: 1\ncatalog: {surfaces: {plain: {actions: [read]}}}\n")
    assert run("lint").returncode == 1
    configured(folder, "[project\n", "pyproject.toml")
    assert run("lint").looked == "the shipped pack"


def test_two_in_one_folder_are_refused(folder: Path, run: Run) -> None:
    """Nobody knows which of them was meant."""
    configured(folder)
    configured(folder, '\n[tool.scopeguard]\npack = "pack"\n', "pyproject.toml")
    done = run("lint")
    assert (done.returncode, done.stderr) == (
        2, 'error: pyproject.toml:2:1: a second configuration beside "scopeguard.toml"; keep one of them\n')  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('\npak = "pack"', '2:1: unknown key "pak"; did you mean "pack"?'),
        ("qqq = 1", '1:1: unknown key "qqq"; known are pack, base, golden, accept, keys, strict, coverage'),
        ("pack = 3", '1:1: "pack" is no text; write a path, pack = "policies", or several in brackets'),
        ("pack = []", '1:1: an empty pack: there is nothing to look at; write a path, pack = "policies", or several in brackets'),
        ('pack = ["pack", ""]', '1:1: "pack" is no text; write a path, pack = "policies", or several in brackets'),
        ('strict = true\npack = "nope"', '2:1: no file and no folder "nope"; paths are relative to the folder of this file'),
        ('pack = "pack', "1:13: no valid TOML: "),
        ('pack = "a"\npack = "b"', "2:11: no valid TOML: "),
        ("base = true", '1:1: "base" is no text; write base = "default" for the shipped pack, or a path'),
        ('golden = "a\\u001bb"', '1:1: "golden" is no text; write golden = "access.md"'),
        ('keys = "x"', '1:1: "keys" is no table; write [keys]'),
        ("[keys]\n\nreader = 3", '3:1: "keys.reader" is no text; write name = "scopes" below it, such as reader = "workspace:read"'),
        ("[keys]\nreader = 'Notes:read'", '2:1: scope "Notes:read" has "N" at column 1; use lower-case letters, digits and underscores'),
        ("[keys]\n'a=b' = 'notes:read'", '1:1: "a=b" is no name of a column; write name = "scopes" below it, such as reader = "workspace:read"'),
        ("keys.'' = 'notes:read'", '1:1: "" is no name of a column; write name = "scopes" below it, such as reader = "workspace:read"'),
        ('strict = false\nkeys.a.b = "notes:read"', '2:1: "keys.a" is no text; write name = "scopes" below it, such as reader = "workspace:read"'),
        ('strict = false\n[[keys]]\na = "b"', '2:1: "keys" is no table; write [keys]'),
        (f"strict = {'9' * 5000}", "1:1: no valid TOML: a number is too long"),
        *((f"\n{key} = '{'x' * 300}'", f'2:1: "{key}" is too long for a path') for key in ("pack", "base", "golden", "accept")),
        (f"pack = '{'x/' * 3000}'", '1:1: "pack" is too long for a path'),
        ("strict = 1", '1:1: "strict" is neither true nor false'),
        ("[coverage]\nfail_under = 101", '2:1: "coverage.fail_under" is no percentage; write 0 to 100'),
        ("[coverage]\nfail_under = true", '2:1: "coverage.fail_under" is no percentage; write 0 to 100'),
        ("[coverage]\nunder = 1", '2:1: unknown key "coverage.under"; known are fail_under'),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_place(folder: Path, run: Run, text: str, told: str) -> None:
    """A malformed configuration stops every verb that would read it: its file, its line, and how to fix it."""
    configured(folder, f"{text}\n")
    done = run("check", "notes:read", "-s", "notes:read")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: scopeguard.toml:{told}")


def test_the_error_is_typed(folder: Path) -> None:
    """In Python it is an exception of the library, with its place and its hint."""
    configured(folder, "strict = 1\npak = 2\n")
    with pytest.raises(ConfigurationError) as raised:
        find_configuration(folder)
    assert (raised.value.location.line, raised.value.hint) == (1, None)
    configured(folder, b"\xff".decode("latin-1"))
    (folder / "scopeguard.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="cannot be read: it is no UTF-8"):
        find_configuration(folder)
    (folder / "scopeguard.toml").write_text("\ufeffstrict = true\n", encoding="utf-8")
    assert find_configuration(folder).strict
    (folder / "scopeguard.toml").write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(ConfigurationError, match="larger than"):
        find_configuration(folder)
    (folder / "scopeguard.toml").write_text("", encoding="utf-8")
    assert find_configuration(folder) == Configuration(file="scopeguard.toml")


def test_keys_have_columns(folder: Path, run: Run) -> None:
    """The keys of a configuration stand beside roles and coarse scopes, and belong to its pack alone."""
    configured(folder, 'pack = "pack"\n[keys]\nreader = "notes:read"\n')
    rows = json.loads(run("matrix", "--format", "json").stdout)["rows"]
    assert rows["reader"]["notes:read"] == {"state": "allow", "note": None}
    assert list(rows) == ["editor", "workspace:read", "reader", "session", "system", "anonymous"]
    assert "reader" not in json.loads(run("matrix", "pack", "--format", "json").stdout)["rows"]


def test_the_golden_matrix_has_a_name(folder: Path, run: Run) -> None:
    """--update writes the configured file, and --check compares with it; without one they say what is missing."""
    configured(folder, 'pack = "pack"\ngolden = "access.md"\n')
    assert run("matrix", "--update").stdout.startswith("access.md: 15 cells, all new")
    assert run("matrix", "--check").returncode == 0
    file = folder / "pack" / "notes.yaml"
    file.write_text(file.read_text("utf-8").replace('holds: ["notes:*"]', 'holds: ["notes:read"]'), encoding="utf-8")
    done = run("matrix", "--check")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "notes:write for editor")
    configured(folder)
    for option in ("--check", "--update"):
        assert run("matrix", option).stderr == (
            f'error: {option} goes with --golden, or with golden = "access.md" in scopeguard.toml\n')  # fmt: skip
