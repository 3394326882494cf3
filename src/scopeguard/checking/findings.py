"""How a check reports: at a place inside an entry, with a hint that costs a bounded amount of work."""

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias

from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, Hint, Severity, Suggestion, did_you_mean

Path: TypeAlias = tuple[str | int, ...]

_MAX_COMPARISONS: Final = 50_000
"""Words compared for hints in one run: a pack of thousands of typos still answers at once."""
_SHOWN: Final = 5
"""Names that a hint tells of where none is near."""


def finding(
    entry: Entry,
    path: Path,
    code: str,
    message: str,
    hint: Hint = None,
    *,
    key: bool = False,
    offset: int | None = None,
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """A diagnostic at *path* below *entry*: at the value, at its key with *key*, or *offset* characters into it."""
    where = (*entry.path, *path)
    location = entry.document.locate(where, key=key, offset=offset)
    correction = entry.document.correction(where, hint, key=key, offset=offset)
    return Diagnostic.at(location, code, message, hint, severity, correction=correction)


class Hints:
    """Did-you-mean over known words. Remembers what it searched, and gives up where hints would cost too much."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Suggestion | None] = {}
        self._some: dict[str, str] = {}
        self._left = _MAX_COMPARISONS

    def nearest(self, word: str, known: Collection[str]) -> Suggestion | None:
        """As :meth:`near`, for words that have no name as a group."""
        return self.near(word, known, f"{min(known, default='')} {len(known)}")

    def afford(self, count: int) -> bool:
        """Whether *count* more words may be looked at; they count as compared then."""
        if count > self._left:
            return False
        self._left -= count
        return True

    def near(self, word: str, known: Collection[str], group: str) -> Suggestion | None:
        """A hint such as ``did you mean "agents"?``, or None where nothing is near. *group* names what is known."""
        key = (group, word)
        if key in self._found:
            return self._found[key]
        if not self.afford(len(known)):
            return None
        self._found[key] = did_you_mean(word, known)
        return self._found[key]

    def near_or_some(self, word: str, known: Collection[str], group: str) -> Suggestion | str:
        """As :meth:`near`; where nothing is near, some of what is known."""
        if group not in self._some:
            self._some[group] = _some_of(sorted(known))
        return self.near(word, known, group) or self._some[group]


def _some_of(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    if more > 0:
        return f"there are {', '.join(names[:_SHOWN])} and {more} more"
    return f"one of {', '.join(names)}" if names else "none is declared"
