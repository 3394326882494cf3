"""Lines in files of a folder, each chained to the one before, in segments that are closed with a tree head.

    decisions.0.000001.jsonl      lane 0, segment 1: an opening line, decisions, a closing line
    decisions.0.000002.jsonl      its opening line names the last line of segment 1
    decisions.0.lock              held by the process that writes lane 0

A line is there once its line feed is. A process that was killed leaves at most one line without, at the very end; what
takes up its lane opens a new segment, which says so.
"""

import json
import os
from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final, Literal, NamedTuple, Protocol

from scopeguard import RequestError
from scopeguard.decisionlog.chain import START, Tree, leaf_hash, line_values
from scopeguard.decisionlog.sinks import numeric

try:
    import fcntl
except ModuleNotFoundError:
    # Windows has none, and neither has WebAssembly.
    fcntl = None  # type: ignore[assignment]  # see above

MAX_LANES: Final = 256
"""Processes that write into one folder at a time."""
_DIGITS: Final = 6
_NO_FILE: Final = -1


class Signer(Protocol):
    """Signs the heads of closed segments."""

    def note(self, text: str) -> str:
        """*text* with a signature below it."""


class FileSink:
    """Files in *folder*, a new one after *max_bytes*; each process that writes there gets a lane of its own.

    *fsync* says when what is written is forced to the disk: ``"never"``, after every ``"batch"``, or after a time. A
    closed segment has a signed checkpoint beside it where there is a *signer*. POSIX only. Raises RequestError.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        name: str = "decisions",
        max_bytes: int = 1 << 26,
        fsync: Literal["never", "batch"] | timedelta = timedelta(seconds=1),
        signer: Signer | None = None,
    ) -> None:
        if fcntl is None:
            raise RequestError("files need the locks of POSIX, which this platform has not")
        if not isinstance(folder, str | os.PathLike):
            raise RequestError(f"the folder must be a path, not {type(folder).__name__}")
        if not str(name).isidentifier():
            raise RequestError("the name of the files must be letters, digits and underscores")
        if numeric(max_bytes, "max_bytes") < 1:
            raise RequestError("max_bytes must be more than nothing")
        if fsync not in ("never", "batch") and not isinstance(fsync, timedelta):
            raise RequestError('fsync must be "never", "batch" or a timedelta')
        self._folder: Final = Path(folder)
        self._name: Final = name
        self._max_bytes: Final = max_bytes
        self._fsync: Final = fsync
        self._signer: Final = signer
        self._process = 0
        self._lane: Lane | None = None

    def write(self, lines: Sequence[bytes]) -> None:
        """As ``Sink.write``."""
        if lines:
            self._own().write(lines)

    def close(self) -> None:
        """Close the segment and give the lane back."""
        if self._lane is not None and self._process == os.getpid():
            self._lane.close()
        self._lane = None

    def _own(self) -> "Lane":
        # A child that was forked writes a lane of its own, and leaves the one of its parent alone.
        if self._lane is None or self._process != os.getpid():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lane = Lane.free(self._folder, self._name, self._max_bytes, self._fsync, self._signer)
            self._process = os.getpid()
        return self._lane


class End(NamedTuple):
    """Where a lane ends: its last segment, the number and the hash of its last whole line, whether it was closed."""

    segment: int
    number: int
    previous: str
    is_closed: bool


class Lane:
    """The segments of one process."""

    def __init__(
        self,
        stem: Path,
        lock: int,
        max_bytes: int,
        fsync: Literal["never", "batch"] | timedelta,
        signer: Signer | None,
    ) -> None:
        self._stem: Final = stem
        self._lock: Final = lock
        self._max_bytes: Final = max_bytes
        self._fsync: Final = fsync
        self._signer: Final = signer
        self._synced_at = monotonic()
        self._file = _NO_FILE
        self._path = stem
        self._length = 0
        self._tree = Tree()
        self._end = _end_of(stem)
        self._open()

    @classmethod
    def free(
        cls,
        folder: Path,
        name: str,
        max_bytes: int,
        fsync: Literal["never", "batch"] | timedelta,
        signer: Signer | None,
    ) -> "Lane":
        """The first lane that no process holds."""
        for number in range(MAX_LANES):
            stem = folder / f"{name}.{number}"
            lock = os.open(f"{stem}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if not _is_taken(lock):
                    return cls(stem, lock, max_bytes, fsync, signer)
            except ValueError:
                # Its end cannot be read, as after a loss of power: it stays as it is, for whoever verifies it.
                pass
            except OSError:
                os.close(lock)
                raise
            os.close(lock)
        raise OSError(f"{MAX_LANES} processes write into {folder} already")

    def write(self, lines: Sequence[bytes]) -> None:
        """Append lines, at once; in a new segment where this one is full, or could not be written to."""
        if self._file == _NO_FILE:
            self._end = _end_of(self._stem)
            self._open()
        elif self._length >= self._max_bytes:
            self._finish()
            self._open()
        self._append(lines)
        if self._fsync == "batch" or (
            isinstance(self._fsync, timedelta) and monotonic() - self._synced_at >= self._fsync.total_seconds()
        ):
            self._sync()

    def close(self) -> None:
        """Close the segment and let go of the lane."""
        if self._file != _NO_FILE:
            self._finish()
        os.close(self._lock)

    def _open(self) -> None:
        segment = self._end.segment + 1
        self._path = self._stem.with_name(f"{self._stem.name}.{segment:0{_DIGITS}}.jsonl")
        opening = {"v": 1, "open": segment, **({} if self._end.is_closed else {"recovered": True})}
        # Nobody else reads it, and one that is there already is never written into.
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._end = self._end._replace(segment=segment, is_closed=False)
        self._length, self._tree = 0, Tree()
        try:
            self._append([json.dumps(opening).encode()])
        except OSError:
            # It says nothing: on a full disk each try would leave one more.
            self._path.unlink()
            raise

    def _finish(self) -> None:
        root, size = self._tree.root(), self._tree.size
        self._append([json.dumps({"v": 1, "close": self._end.segment, "size": size, "root": root.hex()}).encode()])
        self._end = self._end._replace(is_closed=True)
        if self._fsync != "never":
            self._sync()
        self._leave()
        if self._signer is not None:
            note = self._signer.note(checkpoint(self._path.name, size, root))
            self._path.with_suffix(".checkpoint").write_text(note, encoding="utf-8")

    def _append(self, lines: Sequence[bytes]) -> None:
        number, previous = self._end.number, self._end.previous
        text, leaves = bytearray(), []
        for line in lines:
            number += 1
            chained = b'%b,"n":%d,"prev":"%b"}' % (line[:-1], number, previous.encode())
            leaves.append(leaf_hash(chained))
            previous = leaves[-1].hex()
            text += chained + b"\n"
        view = memoryview(text)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError:
            # A part of them may be there, with half a line at its end. They come again, in another segment.
            self._leave()
            raise
        self._length += len(text)
        self._end = self._end._replace(number=number, previous=previous)
        for leaf in leaves:
            self._tree.add(leaf)

    def _sync(self) -> None:
        try:
            os.fsync(self._file)
        except OSError:
            # How much of it is on the disk is unknown, and a second try would not find out.
            self._leave()
            raise
        self._synced_at = monotonic()

    def _leave(self) -> None:
        os.close(self._file)
        self._file = _NO_FILE


def checkpoint(origin: str, size: int, root: bytes) -> str:
    """The head of a segment, as a checkpoint of a log (C2SP tlog-checkpoint)."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def _end_of(stem: Path) -> End:
    """Where a lane ends. A segment without a whole line says nothing, but its number is taken."""
    pattern = f"{stem.name}.{'[0-9]' * _DIGITS}.jsonl"
    paths = sorted(stem.parent.glob(pattern), reverse=True)
    last = int(paths[0].name.split(".")[2]) if paths else 0
    for path in paths:
        *lines, rest = path.read_bytes().split(b"\n")
        if lines:
            values = line_values(lines[-1])
            if values is None:
                raise ValueError(f"{path} ends with no line of a log")
            is_closed = path is paths[0] and not rest and "close" in values
            return End(last, values["n"], leaf_hash(lines[-1]).hex(), is_closed)
    return End(last, 0, START, not paths)


def _is_taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno is None:
            # A host's time limit, which no operating system raised.
            raise
        return True
    return False
