"""What kind of text it is, and the offset of a word in it."""

import re
from typing import Final

from scopeguard.errors import RequestError
from scopeguard.model.grant import Grant

_DOTTED: Final = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*")
_PART: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def is_dotted_name(text: str) -> bool:
    """Whether *text* is a plain or dotted name (an operation, a member permission) and not meant as a pattern."""
    return _DOTTED.fullmatch(text) is not None


def as_grant(text: str) -> Grant | None:
    """The grant that *text* spells, qualified or not; None where it spells none."""
    try:
        return Grant.parse(text)
    except RequestError:
        return None


def offset_of(text: str, word: str, start: int = 0) -> int:
    """The offset of *word*, as a whole word, in *text* from *start* on; *start* where it is not there."""
    found = text.find(word, start)
    while found >= 0 and not _PART.isdisjoint((text[found - 1 : found], text[found + len(word) :][:1])):
        found = text.find(word, found + 1)
    return start if found < 0 else found
