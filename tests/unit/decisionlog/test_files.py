"""Files that show what was changed in them: chained, rotated, closed, taken up again, verified."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scopeguard import RequestError
from scopeguard.decisionlog import FileSink, verify_log
from scopeguard.decisionlog.signing import NoteSigner, NoteVerifier

LINES = [json.dumps({"v": 1, "id": str(number)}).encode() for number in range(8)]


def written(folder: Path, *batches: list[bytes], close: bool = True, **more: Any) -> list[Path]:
    """The files of a log with some batches of lines in it."""
    sink = FileSink(folder, **more)
    for batch in batches:
        sink.write(batch)
    if close:
        sink.close()
    else:
        abandoned(sink)
    return sorted(folder.glob("*.jsonl"))


def abandoned(sink: FileSink) -> None:
    """The end of a process that was killed: what it held is free, and nothing more is written."""
    lane = sink._lane
    assert lane is not None
    os.close(lane._file)
    os.close(lane._lock)
    sink._lane = None


def texts(paths: list[Path]) -> list[dict[str, Any]]:
    """The objects of all lines."""
    return [json.loads(line) for path in paths for line in path.read_bytes().splitlines()]


def test_a_log_is_chained_and_closed(tmp_path: Path) -> None:
    """It opens, holds the lines in order, and closes with its head; every line has a number and names the one before."""
    (path,) = written(tmp_path, LINES[:2], [], LINES[2:3])
    lines = texts([path])
    assert path.name == "decisions.0.000001.jsonl"
    assert [line.get("id") for line in lines] == [None, "0", "1", "2", None]
    assert [line["n"] for line in lines] == [1, 2, 3, 4, 5]
    assert (lines[0]["open"], lines[0]["prev"], lines[4]["close"], lines[4]["size"]) == (1, "0" * 64, 1, 4)
    found = verify_log(tmp_path)
    (lane,) = found.lanes
    assert found
    assert (lane.name, lane.segments, lane.lines, lane.rest) == ("decisions.0", 1, 5, 0)
    assert verify_log(tmp_path, head=lines[4]["prev"])
    assert path.stat().st_mode & 0o777 == 0o600


def test_segments_follow_one_another(tmp_path: Path) -> None:
    """A full file is closed, and the next one names its last line; so does what a later process writes."""
    paths = written(tmp_path, *([line] for line in LINES[:4]), max_bytes=300)
    assert len(paths) == 2
    paths = written(tmp_path, LINES[4:5])
    assert len(paths) == 3
    assert [line["n"] for line in texts(paths)] == list(range(1, len(texts(paths)) + 1))
    assert "recovered" not in texts(paths[2:])[0]
    assert verify_log(tmp_path)


def test_each_process_has_a_lane_of_its_own(tmp_path: Path) -> None:
    """Two sinks at once never write into one file; one that is free again is taken up."""
    first, second = FileSink(tmp_path), FileSink(tmp_path)
    for sink in (first, second):
        sink.write(LINES[:1])
    first.close()
    third = FileSink(tmp_path)
    third.write(LINES[1:2])
    second.close()
    third.close()
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == [
        "decisions.0.000001.jsonl", "decisions.0.000002.jsonl", "decisions.1.000001.jsonl",
    ]  # fmt: skip
    assert [lane.lines for lane in verify_log(tmp_path).lanes] == [6, 3]


@pytest.mark.parametrize("fsync", ["never", "batch", timedelta(0), timedelta(hours=1)])
def test_when_the_disk_is_forced(tmp_path: Path, fsync: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is declared: never, with each batch, or after a time; a file that is closed always, but for never."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    written(tmp_path, LINES[:1], LINES[1:2], fsync=fsync)
    assert len(synced) == {"never": 0, "batch": 3, timedelta(0): 3}.get(fsync, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(min_value=0, max_value=700), again=st.booleans())
def test_a_log_that_was_cut_anywhere_is_taken_up(
    tmp_path_factory: pytest.TempPathFactory, cut: int, again: bool
) -> None:  # drawn
    """Whatever byte a process was killed at, what is there is verified, and what comes later too."""
    folder = tmp_path_factory.mktemp("log")
    (path,) = written(folder, LINES[:4], close=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    complete = whole[:cut].count(b"\n")
    if complete:
        found = verify_log(folder)
        assert found
        assert found.lanes[0].lines == complete
        assert found.lanes[0].rest == len(whole[:cut].rpartition(b"\n")[2])
    if again:
        paths = written(folder, LINES[4:6])
        assert verify_log(folder)
        assert texts(paths[1:])[0]["recovered"] is True
        assert [line["n"] for line in texts(paths[1:])] == list(range(complete + 1, complete + 5))


def lines_of(path: Path) -> list[bytes]:
    """The lines of a file."""
    return path.read_bytes().splitlines(keepends=True)


TAMPERED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int, str]] = {
    "changed": (lambda lines: [*lines[:3], lines[3].replace(b'"id": "2"', b'"id": "9"'), *lines[4:]], 4, "changed"),
    "its number changed": (lambda lines: [*lines[:3], lines[3].replace(b'"n":4', b'"n":7'), *lines[4:]], 4, "dropped"),
    "its link changed": (
        lambda lines: [*lines[:3], lines[3].replace(b'"prev":"', b'"prev":"0'), *lines[4:]],
        4,
        "changed",
    ),
    "made to no line": (lambda lines: [*lines[:3], b"{}\n", *lines[4:]], 4, "no line of a log"),
    "made to lists in lists": (lambda lines: [*lines[:3], b"[" * 100_000 + b"\n", *lines[4:]], 4, "no line of a log"),
    "half a line after the end": (lambda lines: [*lines, b'{"v":1,"eff'], 9, "after its closing line"),
    "made to no text": (lambda lines: [*lines[:3], b"\xff\n", *lines[4:]], 4, "no line of a log"),
    "dropped": (lambda lines: [*lines[:3], *lines[4:]], 4, "number 4"),
    "two dropped": (lambda lines: [*lines[:3], *lines[5:]], 4, "numbers 4 to 5"),
    "the first one dropped": (lambda lines: lines[1:], 1, "number 1"),
    "swapped": (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], 4, "swapped"),
    "doubled": (lambda lines: [*lines[:4], lines[3], *lines[4:]], 5, "doubled"),
    "an earlier one doubled": (lambda lines: [*lines[:4], lines[1], *lines[4:]], 5, "doubled"),
    "the last decision changed": (lambda lines: [*lines[:6], lines[6].replace(b'"5"', b'"6"'), lines[7]], 7, "changed"),
    "after the end": (lambda lines: [*lines, lines[7]], 9, "doubled"),
}


@pytest.mark.parametrize(("tamper", "place", "word"), TAMPERED.values(), ids=TAMPERED.keys())
def test_the_first_line_that_is_wrong_is_named(
    tamper: Callable[[list[bytes]], list[bytes]], place: int, word: str, tmp_path: Path
) -> None:
    """Its file, its line, and what became of it."""
    (path,) = written(tmp_path, LINES[:6])
    path.write_bytes(b"".join(tamper(lines_of(path))))
    found = verify_log(tmp_path)
    assert not found
    assert [(each.file, each.line) for each in found.findings] == [(str(path), place)]
    assert word in found.findings[0].message


def test_what_goes_on_between_files(tmp_path: Path) -> None:
    """A file that is missing, one that was never closed, a closing line with another head."""
    paths = written(tmp_path, *([line] for line in LINES), max_bytes=300)
    assert len(paths) > 3
    second = paths[1].read_bytes()
    paths[1].unlink()
    assert "dropped" in verify_log(tmp_path).findings[0].message
    *lines, closing = second.splitlines(keepends=True)
    paths[1].write_bytes(b"".join(lines))
    assert "dropped" in verify_log(tmp_path).findings[0].message
    paths[1].write_bytes(b"".join(lines) + closing.replace(b'"size": ', b'"size": 1'))
    assert verify_log(tmp_path).findings[0].line == len(lines) + 1


def test_a_head_that_was_noted(tmp_path: Path) -> None:
    """Without an anchor a cut end is not seen; with one it is."""
    (path,) = written(tmp_path, LINES[:4])
    head = verify_log(tmp_path).lanes[0].head
    written(tmp_path, LINES[4:6])
    assert verify_log(tmp_path, head=head)
    (tmp_path / "decisions.0.000002.jsonl").unlink()
    path.write_bytes(b"".join(lines_of(path)[:-2]))
    assert verify_log(tmp_path)
    assert "cut or written anew" in verify_log(tmp_path, head=head).findings[0].message


def test_signed_checkpoints(tmp_path: Path) -> None:
    """A segment that was written anew, chain and all, is not signed by the key; nor is one by another key."""
    signer = NoteSigner("example.com/decisions", Ed25519PrivateKey.generate())
    other = NoteSigner("example.com/decisions", Ed25519PrivateKey.generate())
    verifier = NoteVerifier(signer.verifier_key)
    (path,) = written(tmp_path, LINES[:4], signer=signer)
    note = path.with_suffix(".checkpoint")
    lines = note.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == [path.name, "5"]
    assert verify_log(tmp_path, verifier=verifier)
    assert not verify_log(tmp_path, verifier=NoteVerifier(other.verifier_key))
    for text in ("", note.read_text(encoding="utf-8").replace("5\n", "6\n"), "\n".join(lines[:3]), "a\n\n\u2014 b c\n",
                 note.read_text(encoding="utf-8").replace("\u2014 example.com/decisions", "\u2014 example.com/other")):  # fmt: skip
        note.write_text(text, encoding="utf-8")
        assert "not signed" in verify_log(tmp_path, verifier=verifier).findings[0].message
    note.write_bytes(b"\xff\xfe")
    assert "not signed" in verify_log(tmp_path, verifier=verifier).findings[0].message
    note.unlink()
    assert "no checkpoint" in verify_log(tmp_path, verifier=verifier).findings[0].message
    assert verify_log(tmp_path)


@pytest.mark.parametrize("lines", [0, 1, 2, None])
def test_a_segment_that_is_shorter_than_its_checkpoint(tmp_path: Path, lines: int | None) -> None:
    """Its last lines may be cut, and no line after them tells; the checkpoint that is left does, without a key too."""
    signer = NoteSigner("example.com/log", Ed25519PrivateKey.generate())
    paths = written(tmp_path, LINES[:1], LINES[1:2], max_bytes=1, signer=signer)
    path = paths[-1]
    if lines is None:
        path.unlink()
    else:
        path.write_bytes(b"".join(line + b"\n" for line in path.read_bytes().splitlines()[:lines]))
    (found,) = verify_log(tmp_path).findings
    assert (found.file, found.line) == (str(path), (lines or 0) + 1)
    assert "checkpoint" in found.message
    path.with_suffix(".checkpoint").unlink()
    assert verify_log(tmp_path)


def test_the_repr_of_a_signer_shows_no_private_key() -> None:
    """It shows what verifies."""
    key = Ed25519PrivateKey.generate()
    signer = NoteSigner("example.com/decisions", key)
    assert key.private_bytes_raw().hex() not in repr(signer)
    assert signer.verifier_key in repr(signer)


@pytest.mark.parametrize("text", ["", "a", "a+b+c", "a+00000000+AQ==", "a b+00000000+AQ=="])
def test_verifier_keys_that_are_none(text: str) -> None:
    """They are refused, and so are names with spaces."""
    with pytest.raises(RequestError):
        NoteVerifier(text)
    with pytest.raises(RequestError):
        NoteSigner("a b", Ed25519PrivateKey.generate())


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written is given again, and goes to another file; nothing is there twice, and all is verified."""
    sink = FileSink(tmp_path)
    sink.write(LINES[:2])
    real = os.write
    left = [30]

    def write(file: int, data: Any) -> int:
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        count = real(file, bytes(data)[: left[0]])
        left[0] -= count
        return count

    monkeypatch.setattr(os, "write", write)
    for _ in range(2):
        with pytest.raises(OSError, match="space"):
            sink.write(LINES[2:4])
    monkeypatch.undo()
    sink.write(LINES[2:4])
    sink.close()
    assert verify_log(tmp_path)
    whole = [line for path in sorted(tmp_path.glob("*.jsonl")) for line in path.read_bytes().split(b"\n")[:-1]]
    assert [json.loads(line)["id"] for line in whole if b'"id"' in line] == ["0", "1", "2", "3"]


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be written, as on a disk without room."""

    def write(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", write)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_disk_that_is_full_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_open: bool) -> None:
    """However often it is tried, no file and no lock is left behind, and the log goes on where it was."""
    sink = FileSink(tmp_path)
    if is_open:
        sink.write(LINES[:1])
    full(monkeypatch)
    for _ in range(300):
        with pytest.raises(OSError, match="No space"):
            sink.write(LINES[1:2])
    assert len(list(tmp_path.iterdir())) <= 2
    monkeypatch.undo()
    sink.write(LINES[1:2])
    sink.close()
    assert len(verify_log(tmp_path).lanes) == 1
    assert verify_log(tmp_path)


def test_a_disk_that_fails_to_keep_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on it is not known then: all of it is given again, in another file, where the segment closes too."""
    sink = FileSink(tmp_path, fsync="batch", max_bytes=1)
    sink.write(LINES[:1])

    def fsync(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    for _ in range(2):
        with pytest.raises(OSError, match="Input"):
            sink.write(LINES[1:2])
    monkeypatch.undo()
    sink.write(LINES[1:2])
    sink.close()
    assert verify_log(tmp_path)


@pytest.mark.parametrize("end", [b"\0\0\0\n", b"[" * 100_000 + b"\n", b"[]\n", b'{"v":1}\n', b'{"v":1,"n":"1"}\n'])
def test_an_end_that_cannot_be_read(tmp_path: Path, end: bytes) -> None:
    """As after a loss of power: the log goes on in another lane, and that one is what its verification is about."""
    (path,) = written(tmp_path, LINES[:2], close=False)
    damaged = path.read_bytes() + end
    path.write_bytes(damaged)
    written(tmp_path, LINES[2:3])
    assert path.read_bytes() == damaged
    assert [each.name for each in sorted(tmp_path.glob("*.jsonl"))] == [path.name, "decisions.1.000001.jsonl"]
    assert not verify_log(tmp_path)


@pytest.mark.parametrize(
    "more",
    [
        {"name": "a.b"}, {"name": ""}, {"name": 3}, {"max_bytes": 0}, {"max_bytes": None}, {"fsync": "always"},
        {"fsync": []}, {"folder": None},
    ],
)  # fmt: skip
def test_sinks_that_are_refused(tmp_path: Path, more: Any) -> None:
    """What no files could be made of."""
    with pytest.raises(RequestError):
        FileSink(**{"folder": tmp_path, **more})


def test_where_there_is_no_log(tmp_path: Path) -> None:
    """A folder without one is no log that is well."""
    with pytest.raises(RequestError, match="no log"):
        verify_log(tmp_path)


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    """It prints heads and findings; 0 for a log that is whole, 1 for one that is not, 2 for none or a key that is none."""
    signer = NoteSigner("example.com/decisions", Ed25519PrivateKey.generate())
    (path,) = written(tmp_path / "log", LINES[:2], signer=signer)
    program = Path(sys.executable).with_name("scopeguard")

    def run(*arguments: str) -> Any:
        return subprocess.run(
            [program, "log", "verify", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    whole, as_json = run("log"), run("log", "--format", "json")
    (lane,) = json.loads(as_json.stdout)["lanes"]
    assert whole.stdout == f"decisions.0: 1 segment, 4 lines, head {lane['head']}\n"
    assert (lane["lines"], json.loads(as_json.stdout)["findings"]) == (4, [])
    asked = [whole, as_json, run("log", "--head", lane["head"]), run("log", "--key", signer.verifier_key)]
    assert [each.returncode for each in asked] == [0, 0, 0, 0]
    path.write_bytes(path.read_bytes().replace(b'"id": "0"', b'"id": "1"'))
    broken = run("log")
    assert broken.returncode == 1
    assert "log/decisions.0.000001.jsonl:2: the line was changed" in broken.stdout
    assert [run("log", "--head", "0").returncode, run("none").returncode, run("log", "--key", "x").returncode] == [
        1,
        2,
        2,
    ]
