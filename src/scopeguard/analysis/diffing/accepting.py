"""Changes that somebody accepts, each by its id and with a reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from scopeguard.analysis.diffing.values import Diff
from scopeguard.documents.text import decode
from scopeguard.documents.yaml import read
from scopeguard.errors import Diagnostic, ScopeguardError, did_you_mean, pass_on_limit, quoted
from scopeguard.limits import MAX_FILE_BYTES
from scopeguard.source import Location, Source

_SECTION: Final = "accepts"
_KEYS: Final = ("id", "because")
_HINT: Final = 'write accepts: [{id: gained-0123456789, because: "why it is right"}]'


class AcceptanceError(ScopeguardError):
    """A file of accepted changes that cannot be used; ``str()`` has the place, what is wrong there, and a hint."""

    def __init__(self, location: Location, message: str, hint: str | None = None) -> None:
        self.location = location
        self.hint = hint
        super().__init__(f"{location}: {message}{f'; {hint}' if hint else ''}")


def accept(diff: Diff, file: Path) -> Diff:
    """*diff* with the changes that *file* accepts marked; its entries that match none are in ``unmatched``.

    Raises AcceptanceError for a malformed file, for an entry without a reason, and where an id is written twice.
    """
    reasons = dict(_entries(file))
    changes = tuple(
        replace(change, accepted=reasons[change.id]) if change.id in reasons else change for change in diff.changes
    )
    known = {change.id for change in diff.changes}
    return replace(diff, changes=changes, unmatched=tuple(name for name in reasons if name not in known))


def _entries(file: Path) -> Iterator[tuple[str, str]]:
    source = _source(file)
    reading = read(source)
    if reading.findings or reading.tree is None:
        first = reading.findings[0]
        raise AcceptanceError(Location(first.file, first.line, first.column), first.message, first.hint)
    tree, content = reading.tree, reading.tree.value()
    if not isinstance(content, dict) or not isinstance(content.get(_SECTION), list):
        raise AcceptanceError(tree.locate(()), "no list of accepted changes", _HINT)
    for key in content:
        if key != _SECTION:
            raise AcceptanceError(tree.locate((key,), key=True), f"unknown key {quoted(str(key))}", _HINT)
    seen: set[str] = set()
    for index, entry in enumerate(content[_SECTION]):
        place = tree.locate((_SECTION, index))
        name, because = _entry(entry, place)
        if name in seen:
            raise AcceptanceError(place, f"{quoted(name)} is accepted twice")
        seen.add(name)
        yield name, because


def _entry(entry: Any, place: Location) -> tuple[str, str]:
    if not isinstance(entry, dict):
        raise AcceptanceError(place, "no entry with an id and a reason", _HINT)
    for key in entry:
        if key not in _KEYS:
            raise AcceptanceError(place, f"unknown key {quoted(str(key))}", str(did_you_mean(str(key), _KEYS) or _HINT))
    for key in _KEYS:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            raise AcceptanceError(place, f"{quoted(key)} is no text", _HINT)
    return entry["id"], entry["because"]


def _source(file: Path) -> Source:
    name = file.as_posix()
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        pass_on_limit(error)
        said = f"cannot be read: {(error.strerror or 'no file').lower()}"
        raise AcceptanceError(Location(name, 1, 1), said) from None
    if len(data) > MAX_FILE_BYTES:
        raise AcceptanceError(Location(name, 1, 1), f"larger than {MAX_FILE_BYTES} bytes")
    found = decode(name, data)
    if isinstance(found, Diagnostic):
        raise AcceptanceError(Location(found.file, found.line, found.column), found.message, found.hint)
    return found
