"""What a compiled pack was made of: all that may be a policy file, by name and by bytes, in a folder or an archive."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scopeguard import Guard, PolicyError
from scopeguard.compiling import pack_file
from scopeguard.compiling.pack_file import load_packed, sources_of
from scopeguard.compiling.pack_writing import pack

FILES = {
    "a.yaml": b"a: 1",
    "b.yml": b"b: 1",
    "C.YAML": b"c: 1",
    "a_test.yaml": b"t: 1",
    "b_test.yml": b"t: 2",
    "d.txt": b"d",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that are policies, tests and neither."""
    made = tmp_path / "pack"
    made.mkdir()
    for name, content in FILES.items():
        (made / name).write_bytes(content)
    return made


def link(folder: Path) -> None:
    """A link to one of the files."""
    (folder / "e.yaml").symlink_to("a.yaml")


CHANGES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "a policy": (lambda folder: (folder / "b.yml").write_bytes(b"b: 2"), True),
    "one in capitals": (lambda folder: (folder / "C.YAML").write_bytes(b"c: 2"), True),
    "a new policy": (lambda folder: (folder / "0.yaml").write_bytes(b""), True),
    "no policy": (lambda folder: (folder / "a.yaml").unlink(), True),
    "another name": (lambda folder: (folder / "a.yaml").rename(folder / "c.yaml"), True),
    "a folder": (lambda folder: (folder / "more").mkdir(), True),
    "a link": (link, True),
    "tests": (lambda folder: (folder / "a_test.yaml").write_bytes(b"t: 3"), False),
    "other tests": (lambda folder: (folder / "b_test.yml").unlink(), False),
    "a text": (lambda folder: (folder / "d.txt").write_bytes(b"e"), False),
}


@pytest.mark.parametrize(("change", "is_another"), CHANGES.values(), ids=CHANGES)
def test_other_policies_are_other_sources(folder: Path, change: Callable[[Path], object], is_another: bool) -> None:
    """Tests and other files are none."""
    before = sources_of(str(folder))
    change(folder)
    assert (sources_of(str(folder)) != before) is is_another


def test_an_archive_has_the_sources_of_the_folder_that_it_was_made_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what was compiled from the folder is taken within the archive, and nothing else is."""
    expected = sources_of(str(folder))
    files = dict(FILES)
    monkeypatch.setattr(pack_file, "archived_names", lambda _: sorted(files))
    monkeypatch.setattr(pack_file, "archived_file", lambda path: files[Path(path).name])
    assert sources_of("nowhere") == expected
    for name, content in FILES.items():
        monkeypatch.setitem(files, name, b"other")
        is_policy = name.lower().endswith((".yaml", ".yml")) and "_test" not in name
        assert (sources_of("nowhere") != expected) is is_policy
        monkeypatch.setitem(files, name, content)


def test_a_compiled_pack_within_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is read from there where no file is, and one that is damaged is refused at once."""
    compiled = pack(Guard.default()._generation.program)
    monkeypatch.setattr(pack_file, "archived_file", lambda _: compiled)
    assert load_packed(tmp_path / "gone.sgpack").digest == Guard.default().digest
    monkeypatch.setattr(pack_file, "archived_file", lambda _: compiled[:-2])
    with pytest.raises(PolicyError, match="damaged"):
        load_packed(tmp_path / "gone.sgpack")


def test_neither_a_folder_nor_a_pipe_is_a_compiled_pack(tmp_path: Path) -> None:
    """Whatever its name; nobody waits for what may come out of a pipe."""
    (tmp_path / "folder.sgpack").mkdir()
    with pytest.raises(PolicyError, match="SG114 cannot be read"):
        Guard.load(tmp_path / "folder.sgpack")
    if sys.platform != "win32" and sys.platform != "emscripten":
        os.mkfifo(tmp_path / "pipe.sgpack")
        with pytest.raises(PolicyError, match="SG114 not a file"):
            Guard.load(tmp_path / "pipe.sgpack")


def test_what_could_not_be_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program beyond the limits is refused by whoever compiles it, and not by whoever needs it."""
    program = Guard.default()._generation.program
    monkeypatch.setattr("scopeguard.compiling.shapes.MAX_COMPILED_NODES", 5)
    with pytest.raises(PolicyError, match="an expression is too large"):
        pack(program)


def test_a_python_without_hashes_of_its_own_reads_the_shipped_pack() -> None:
    """Those of OpenSSL are the same; the compiled form is taken."""
    program = (
        "import sys; sys.modules.update(_sha2=None, _sha256=None); from scopeguard import Guard; Guard.default();"
        "sys.exit(0 if 'hashlib' in sys.modules and 'yaml' not in sys.modules else 1)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
