"""Fmt: conditions in their canonical form, in place, or only told."""

import stat
from pathlib import Path

from tests.cli.conftest import Run

UNTIDY = "scopeguard: 1\nvariables: {own: resource.id==principal.id} # kept\n"
TIDY = "scopeguard: 1\nvariables: {own: resource.id == principal.id} # kept\n"


def test_files_are_changed_in_place(folder: Path, run: Run) -> None:
    """What is told is done, once; the rights of the file and its mark stay, and nothing else is left behind."""
    file = folder / "pack" / "more.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + UNTIDY.encode())
    file.chmod(0o640)
    there = sorted((folder / "pack").iterdir())
    done = run("fmt", "pack")
    assert (done.returncode, done.stdout, done.stderr) == (0, "changed pack/more.yaml\n", "")
    assert file.read_bytes() == b"\xef\xbb\xbf" + TIDY.encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted((folder / "pack").iterdir()) == there
    again = run("fmt", "pack")
    assert (again.returncode, again.stdout) == (0, "")


def test_check_changes_nothing(folder: Path, run: Run) -> None:
    """With --check the files that would change are told, and the exit status is 1."""
    file = folder / "pack" / "more.yaml"
    file.write_text(UNTIDY, encoding="utf-8")
    done = run("fmt", "--check", "pack")
    assert (done.returncode, done.stdout) == (1, "would change pack/more.yaml\n")
    assert file.read_text(encoding="utf-8") == UNTIDY
    run("fmt", "pack")
    assert run("fmt", "--check", "pack").returncode == 0


def test_where_one_file_is_malformed_none_is_changed(folder: Path, run: Run) -> None:
    """Every finding is told, and the exit status is that of a pack that does not load."""
    file = folder / "pack" / "more.yaml"
    file.write_text(UNTIDY, encoding="utf-8")
    (folder / "pack" / "wrong.yaml").write_text("scopeguard: 1\nvariables: {a: 'x =='}\n", encoding="utf-8")
    (folder / "pack" / "bytes.yaml").write_bytes(b"\xff")
    done = run("fmt", "pack")
    assert done.returncode == 3
    assert "pack/wrong.yaml:2:21: SG501" in done.stderr
    assert "pack/bytes.yaml:1:1: SG110" in done.stderr
    assert file.read_text(encoding="utf-8") == UNTIDY
    assert run("fmt", "nowhere").returncode == 3


def test_a_path_has_to_be_named(run: Run) -> None:
    """Files are never changed by default."""
    assert run("fmt").returncode == 2
