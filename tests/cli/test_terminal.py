"""The command and what is around it: terminals, pipes, full disks, encodings, and an installation without its extra."""

import importlib.util
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import scopeguard.cli
from scopeguard.cli import rendering
from tests.cli.conftest import COMMAND, Run
from tests.conftest import Golden

HOSTILE = ["\x1b[31m", "a\x07", "a\nb", "a\u202eb", "a\u200bb", "a\udcff", "--option\x1b]0;title\x07", "x=\x9b2J"]


@pytest.mark.slow
def test_the_installed_command(process: Run, golden: Golden) -> None:
    """The script beside the interpreter is the command: its exit statuses and its streams are these."""
    done = process("check", "secrets:read", "-s", "workspace:read", "-p", "pack", "-c", "server")
    assert (done.returncode, done.stderr) == (1, "")
    golden("cli/check_denied.txt", done.stdout)
    assert process("check", "a:b", "-p", "nowhere").returncode == 3
    assert process("check", "a:b", "-f", "x", "-p", "pack").returncode == 2
    assert process("lint").stdout == "0 errors, 0 warnings\n17 invariants proved\n"


def test_no_colour_away_from_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to a file or a pipe holds no escape sequence, not even where a variable asks for it."""
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"):
        monkeypatch.setenv(name, "1")
    for arguments in (["check", "notes:read", "-p", "pack"], ["matrix", "pack"], ["lint", "pack"], ["lint", "nowhere"]):
        done = run(*arguments)
        assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({}, b"\x1b[31mdeny\x1b[0m this\r\n"),
        ({"NO_COLOR": "1"}, b"deny this\r\n"),
        ({"TERM": "dumb"}, b"deny this\r\n"),
    ],
    ids=["colour", "NO_COLOR", "dumb"],
)
def test_colour_on_a_terminal(variables: dict[str, str], shown: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets colour; with NO_COLOR, and where it knows none, not a single escape sequence."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    leader, follower = pty.openpty()
    try:
        with os.fdopen(follower, "w") as terminal:
            rendering.print_styled("deny this", "bold red" if variables else "red", stream=terminal)
        assert os.read(leader, 1000) == shown
    finally:
        os.close(leader)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize(
    "before", [[], ["check"], ["check", "a:b", "--as"], ["check", "a:b", "--id"], ["lint"]], ids=str
)
def test_a_hostile_argument_is_spelled_out(run: Run, before: list[str], text: str) -> None:
    """No character of an argument steers the terminal that shows the error."""
    done = run(*before, text)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the argument ")
    assert all(char.isprintable() for char in done.stderr.rstrip("\n"))


def test_a_hostile_pack_is_spelled_out(folder: Path, run: Run) -> None:
    """Nor does a character of a policy file, in a finding or in what is printed of it."""
    (folder / "pack" / "more.yaml").write_text('scopeguard: 1\n"\\x1b[31m": 1\n', encoding="utf-8")
    for done in (run("lint", "pack"), run("lint", "pack", "--format", "github"), run("matrix", "pack")):
        assert done.returncode in {1, 3}
        assert all(char.isprintable() or char == "\n" for char in done.stdout + done.stderr)
    assert rendering.printable("a\x1b[31mb\nc\u202e") == "a\\x1b[31mb\nc\\u202e"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["schema"], ["matrix"], ["matrix", "--format", "csv"], ["lint"]], ids=" ".join)
def test_a_closed_pipe_is_quiet(folder: Path, arguments: list[str]) -> None:
    """A reader that goes away, as head does, leaves not a word behind."""
    process = subprocess.Popen([str(COMMAND), *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(timeout=60)
    assert errors in {b"", b"looked at: the shipped pack\n"}
    assert process.returncode != 0


FULL = Path("/dev/full")


@pytest.mark.slow
@pytest.mark.skipif(not FULL.exists(), reason="the system has no device that is always full")
def test_a_full_disk_is_an_error(folder: Path) -> None:
    """An answer that could not be written was not given: neither yes nor no, no traceback, one line."""
    with FULL.open("w") as full:
        done = subprocess.run(
            [str(COMMAND), "check", "notes:read", "-s", "notes:read", "-p", "pack", "--format", "json"],
            cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 2
    looked, error = done.stderr.splitlines()
    assert (looked, error.partition(": No ")[0]) == ("looked at: pack", "error: the answer cannot be given")


def test_an_error_of_the_system_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of the system, or those of the error where it has none."""

    class Full(io.StringIO):
        def __init__(self, *words: object) -> None:
            super().__init__()
            self.words = words

        def write(self, _text: str) -> int:
            raise OSError(*self.words)

    for words, told in (((28, "no space"), "no space"), (("torn",), "torn")):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", Full(*words))
            done = run("schema")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"error: the answer cannot be given: {told}\n"


def test_closed_streams_leave_the_exit_status(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens, the answer is in the exit status."""
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
        monkeypatch.setattr(sys, f"__{name}__", None)
    assert run("check", "notes:read", "-s", "notes:read", "-p", "pack").returncode == 0
    assert run("check", "notes:read", "-p", "pack").returncode == 1
    assert run("chek").returncode == 2
    assert run("check", "notes:read", "-p", "nowhere").returncode == 3


@pytest.mark.slow
def test_a_terminal_that_knows_ascii_only(process: Run, folder: Path) -> None:
    """A character that cannot be shown is spelled out, in the answer and in an error."""
    (folder / "pack" / "more.yaml").write_text(
        "scopeguard: 1\nrules: [{id: a.b, effect: deny, on: ['notes:read'], code: not_permitted, because: Geschlossen für heute}]\n",
        "utf-8",
    )
    done = process("check", "notes:read", "-s", "notes:read", "-p", "pack", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Geschlossen f\\xfcr heute" in done.stdout
    assert "a\\xfc" in process("check", "notes:read", "-s", "aü", "-p", "pack", PYTHONIOENCODING="ascii").stderr


def without_typer(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Import the command anew, with *missing* not installed."""
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "scopeguard.cli.app")
    spec = importlib.util.spec_from_file_location("command_alone", scopeguard.cli.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()


def test_without_its_extra_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without typer, one line says what to install; the exit status is that of wrong usage."""
    with pytest.raises(SystemExit) as left:
        without_typer(monkeypatch, "typer")
    assert left.value.code == 2
    assert capsys.readouterr() == ("", "the command needs its extra: pip install 'scopeguard-authz[cli]'\n")


def test_another_missing_module_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is not taken for one without the extra."""
    with pytest.raises(ModuleNotFoundError, match=r"scopeguard\.documents\.jsonschema"):
        without_typer(monkeypatch, "scopeguard.documents.jsonschema")


@pytest.mark.slow
def test_the_library_works_without_the_extra(tmp_path: Path) -> None:
    """The library neither needs typer and rich nor imports them; only the command does."""
    for name in ("typer", "rich", "click"):
        (tmp_path / f"{name}.py").write_text(
            f"raise ModuleNotFoundError('no {name}', name={name!r})\n", encoding="utf-8"
        )
    code = "import scopeguard; scopeguard.Guard.default(); print('works'); from scopeguard.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "works\n")
    assert done.stderr == "the command needs its extra: pip install 'scopeguard-authz[cli]'\n"
