"""Which known word a misspelt one can only be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_SHORTEST: Final = 4
"""Letters of the longer word: of shorter ones, a single letter makes another word."""


def only_reading(word: str, known: Iterable[str]) -> str | None:
    """The one among *known* that *word* misspells by a single slip; None for none, and for more than one.

    A slip is a letter too much, too few, another, or two that changed places, or the case or hyphens of the word. A
    digit is none: what is numbered has neighbours. ``unpublish`` is no slip for ``publish``.
    """
    found = [name for name in known if _is_slip(word, name)]
    return found[0] if len(found) == 1 else None


def alike(word: str, known: Iterable[str]) -> list[str]:
    """Those among *known* that have the letters of *word*: case, ``_`` and ``-`` are how it is written elsewhere."""
    letters = _letters(word)
    return sorted(name for name in known if _letters(name) == letters)


def _letters(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "")


def _is_slip(word: str, name: str) -> bool:
    if word == name or abs(len(word) - len(name)) > 1 or max(len(word), len(name)) < _SHORTEST:
        return False
    if _folded(word) == _folded(name):
        return True
    start = next((index for index, (one, other) in enumerate(zip(word, name, strict=False)) if one != other), None)
    if start is None:
        start = min(len(word), len(name))
    one, other = word[start:], name[start:]
    if len(one) != len(other):
        long, short = max(one, other, key=len), min(one, other, key=len)
        return not long[0].isdigit() and long[1:] == short
    if any(char.isdigit() for char in one[:1] + other[:1]):
        return False
    return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])


def _folded(word: str) -> str:
    return word.lower().replace("-", "_")
