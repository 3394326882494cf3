"""Whether a log is what was written: the first line that was changed, dropped, swapped or doubled is named.

A chain without an outside anchor proves nothing about its end: who can write the files can cut the last lines off, or
write all of it anew. The head of a lane, noted elsewhere, or signed checkpoints are such anchors.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from scopeguard import RequestError
from scopeguard.decisionlog.chain import START, Tree, leaf_hash, line_values
from scopeguard.decisionlog.file_sink import checkpoint

_GOES_ON: Final = "the segment goes on after its closing line"
_SEGMENT: Final = re.compile(r"(\w+\.\d+)\.(\d{6})\.jsonl")


class Verifier(Protocol):
    """Knows whose signature is below a note."""

    def is_signed(self, note: str, text: str) -> bool:
        """Whether *note* is *text* with the signature of the key that is known."""


class Finding(Struct, frozen=True):
    """What is wrong, and where: a file and a line from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Lane(Struct, frozen=True):
    """What one process after the other wrote: *head* is the hash of its last line, to be noted elsewhere.

    *rest* counts the bytes of a last line that was not finished: its process was killed, or is writing still.
    """

    name: str
    segments: int
    lines: int
    head: str
    rest: int = 0

    def __str__(self) -> str:
        torn = f", {self.rest} bytes of an unfinished line" if self.rest else ""
        counts = f"{_counted(self.segments, 'segment')}, {_counted(self.lines, 'line')}"
        return f"{self.name}: {counts}, head {self.head}{torn}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class Verified(Struct, frozen=True):
    """What came of a look at a folder. Its truth is that nothing is wrong."""

    lanes: tuple[Lane, ...]
    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return not self.findings


def verify_log(
    folder: str | os.PathLike[str], *, head: str | None = None, verifier: Verifier | None = None
) -> Verified:
    """Look at every lane of the log in *folder*, and tell the first thing that is wrong in each.

    With *head*, a hash that was noted earlier, one of the lines must have it still: nothing up to there was changed.
    With a *verifier*, each closed segment must have a checkpoint that it signed. Raises RequestError where there is no
    log, and OSError for what cannot be read.
    """
    # Listed before any line is read: a process may close its segment meanwhile.
    noted = sorted(path.with_suffix(".jsonl") for path in Path(folder).glob("*.checkpoint"))
    found: dict[str, list[Path]] = {}
    for path in sorted(Path(folder).glob("*.jsonl")):
        match = _SEGMENT.fullmatch(path.name)
        if match is not None:
            found.setdefault(match[1], []).append(path)
    if not found:
        raise RequestError(f'there is no log in "{folder}"')
    looks = [_Look(name, paths, frozenset(noted), head, verifier) for name, paths in found.items()]
    findings = [finding for look in looks for finding in look.findings()]
    findings += (
        Finding(str(path), 1, "the segment is gone, and its checkpoint is there") for path in noted if not path.exists()
    )
    if head is not None and not any(look.has_head for look in looks):
        last = looks[-1].paths[-1]
        findings.append(Finding(str(last), 1, "no line has the head that was noted: the log was cut or written anew"))
    return Verified(tuple(look.lane for look in looks), tuple(findings))


class _Line(Struct, frozen=True):
    """One line as it is in a file."""

    file: str
    place: int
    hash: str
    values: dict[str, Any] | None
    """None where it is no object with a number and a hash."""

    @property
    def number(self) -> int:
        return -1 if self.values is None else int(self.values["n"])


class _Look:
    """A look at one lane."""

    def __init__(
        self, name: str, paths: list[Path], noted: frozenset[Path], head: str | None, verifier: Verifier | None
    ) -> None:
        self._name = name
        self.paths = paths
        self._noted = noted
        self._wanted = head
        self._verifier = verifier
        self._rest = 0
        self._rests: dict[str, bool] = {}
        self._lines = 0
        self._head = START
        self.has_head = False

    @property
    def lane(self) -> Lane:
        """What there is of it, up to the first thing that is wrong."""
        return Lane(self._name, len(self.paths), self._lines, self._head, self._rest)

    def findings(self) -> Iterator[Finding]:
        """The first thing that is wrong, if anything is."""
        lines = [line for path in self.paths for line in self._read(path)]
        found = next(self._broken(lines), None)
        if found is not None:
            yield found

    def _read(self, path: Path) -> Iterator[_Line]:
        *lines, rest = path.read_bytes().split(b"\n")
        self._rest = len(rest)
        self._rests[str(path)] = bool(rest)
        for place, line in enumerate(lines, 1):
            yield _Line(str(path), place, leaf_hash(line).hex(), line_values(line))

    def _broken(self, lines: list[_Line]) -> Iterator[Finding]:
        before: _Line | None = None
        segment = _Segment()
        closed: set[str] = set()
        for index, line in enumerate(lines):
            after = lines[index + 1] if index + 1 < len(lines) else None
            yield from self._unchained(lines, index, before, line, after)
            yield from segment.take(line, self._verifier)
            if segment.is_closed and self._rests[line.file]:
                # What was killed while it wrote had written no closing line yet.
                yield Finding(line.file, line.place + 1, _GOES_ON)
            self._lines, self._head = self._lines + 1, line.hash
            self.has_head = self.has_head or line.hash == self._wanted
            before = line
            if segment.is_closed:
                closed.add(line.file)
        for path in self.paths:
            # A checkpoint is written once the closing line is there.
            if path in self._noted and str(path) not in closed:
                last = max((line.place for line in lines if line.file == str(path)), default=0)
                yield Finding(str(path), last + 1, "the segment was cut: it has a checkpoint, and no closing line")

    def _unchained(
        self, lines: list[_Line], index: int, before: _Line | None, line: _Line, after: _Line | None
    ) -> Iterator[Finding]:
        """What is wrong between a line and the one before it."""
        if line.values is None:
            yield Finding(line.file, line.place, "the line was changed: it is no line of a log")
            return
        expected, number = (START, 0) if before is None else (before.hash, before.number)
        if line.number == number + 1 and line.values["prev"] == expected:
            return
        if before is not None and line.hash in {each.hash for each in lines[:index]}:
            yield Finding(line.file, line.place, f"line {line.number} is doubled")
        elif line.number > number + 1:
            if any(each.number == number + 1 for each in lines[index + 1 :]):
                yield Finding(line.file, line.place, f"line {line.number} was swapped: line {number + 1} comes later")
            else:
                yield Finding(line.file, line.place, f"a line was dropped before this one: {_missing(number, line)}")
        elif line.number <= number:
            yield Finding(line.file, line.place, f"line {line.number} was changed or moved: it follows line {number}")
        elif before is None or (after is not None and after.values is not None and after.values["prev"] != line.hash):
            # What follows does not know this line either.
            yield Finding(line.file, line.place, "the line was changed")
        else:
            yield Finding(before.file, before.place, "the line was changed: the next one names another")


def _missing(number: int, line: _Line) -> str:
    first, last = number + 1, line.number - 1
    return f"number {first}" if first == last else f"numbers {first} to {last}"


class _Segment:
    """What the lines of a segment say of it."""

    def __init__(self) -> None:
        self._tree = Tree()
        self._file = ""
        self.is_closed = True

    def take(self, line: _Line, verifier: Verifier | None) -> Iterator[Finding]:
        """The next line of the lane."""
        values = line.values or {}
        if line.file != self._file:
            if "open" not in values:
                yield Finding(line.file, line.place, "the segment does not begin with its opening line")
            elif not self.is_closed and not values.get("recovered"):
                yield Finding(line.file, line.place, "the segment before this one was never closed")
            self._file, self._tree, self.is_closed = line.file, Tree(), False
        elif self.is_closed:
            yield Finding(line.file, line.place, _GOES_ON)
        if "close" in values:
            self.is_closed = True
            yield from self._heads(line, values, verifier)
        self._tree.add(bytes.fromhex(line.hash))

    def _heads(self, line: _Line, values: dict[str, Any], verifier: Verifier | None) -> Iterator[Finding]:
        root, size = self._tree.root(), self._tree.size
        if (values.get("root"), values.get("size")) != (root.hex(), size):
            yield Finding(line.file, line.place, "the closing line has another tree head than the lines")
        if verifier is None:
            return
        note = Path(line.file).with_suffix(".checkpoint")
        if not note.is_file():
            yield Finding(line.file, line.place, "the segment has no checkpoint")
        elif not verifier.is_signed(note.read_text("utf-8", "replace"), checkpoint(Path(line.file).name, size, root)):
            yield Finding(line.file, line.place, "the checkpoint is not signed for these lines by the key")
