"""Names on one resource, whose ids may be any: which texts they are, and which tests of a part of them they pass.

The id is written as ANY, as often as it may have letters. What functions make of such a text is one too, and what
stands for ANY in it is as good as any letters of ids: more is taken for possible than is, and nothing for less.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from scopeguard.checking.vocabulary import Vocabulary
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import MAX_ID
from scopeguard.model.narrowing import is_nameable
from scopeguard.syntax import expression as ex

ANY: Final = "\x1a"
"""The substitute character, which no name and no id has."""
_ID: Final = ANY * MAX_ID
_ids: Final = re.compile(r"[A-Za-z0-9._~-]*").fullmatch
_KEEPING: Final = frozenset({ex.ADD, "lowerAscii", "upperAscii", "reverse", "trim", "string", "bytes"})
"""What does with the letters of an id as with any others."""
_COUNTING: Final = frozenset({"substring", "charAt"})
"""What does too where nothing follows the id, and what is before it is as long as ever."""
_CUTTING: Final = frozenset({"split", "replace"})
"""What does too where it looks for what no id has."""
_BEGINNING: Final = re.compile(r"(\^?)([\w:/-]+)([?*{])?")
"""What a pattern without a choice asks for first, up to a letter that need not be there."""
_MOST: Final = 10_000
_AT_ONCE: Final = 8
"""Texts that are looked at in the time that comparing two words takes."""


def narrowed_names(kind: str, known: Vocabulary, catalog: Catalog) -> tuple[str, ...] | None:
    """The names of a *kind* on one resource; None where they are not known, or too many to be looked at."""
    if kind not in ("scopes", "roles"):
        return ()
    if known.broken["surfaces"]:
        return None
    if kind not in known.narrowed:
        starts = _scopes(catalog) if kind == "scopes" else _roles(catalog)
        known.narrowed[kind] = tuple(f"{start}{_ID}" for start in islice(starts, _MOST + 1))
    found = known.narrowed[kind]
    return found if len(found) <= _MOST and known.hints.afford(len(found) // _AT_ONCE) else None


def _scopes(catalog: Catalog) -> Iterator[str]:
    for surface in catalog.surfaces.values():
        ways = (*([""] if surface.qualifiable else ()), *(f"{parent}:" for parent in surface.parents))
        for action in surface.actions:
            if (scope := f"{surface.name}:{action}") in catalog.scopes:
                yield from (f"{scope}/{way}" for way in ways)


def _roles(catalog: Catalog) -> Iterator[str]:
    named = [name for name in catalog.surfaces if is_nameable(catalog, name)]
    yield from (f"{role}/{name}:" for role in catalog.roles for name in named)


def keeps_ids(text: str, function: str, constants: Sequence[Any]) -> bool:
    """Whether what a function with *constants* makes of *text* tells what it makes of every name on one resource."""
    if function in _COUNTING:
        return text.endswith(ANY)
    if function not in _CUTTING:
        return function in _KEEPING
    old, *others = constants
    # One letter is none of what follows with another one, wherever the id begins and ends.
    is_letter = function == "replace" and len(old) == len(others) == 1 and _ids(others[0])
    return bool(old) and bool(is_letter or all(not _ids(letter) for letter in old))


def may_be(made: str, text: str) -> bool:
    """Whether a text that has ANY in it may be *text*."""
    before, ids, after = _parts(made)
    return made == text if not ids else text.startswith(before) and _follows(text[len(before) :], after)


def _follows(rest: str, after: str) -> bool:
    return rest.endswith(after) and _ids(rest[: len(rest) - len(after)]) is not None


def may_pass(made: str, function: str, text: str, *, of_other: bool) -> bool:
    """Whether a text that has ANY in it may pass a test of a part, or *text* (*of_other*) the test for it."""
    before, _, after = _parts(made)
    if function == "matches":
        found = None if of_other or "|" in text else _BEGINNING.match(text)
        if found is None:
            return True
        function = "startsWith" if found[1] else "contains"
        text = found[2][:-1] if found[3] else found[2]
    if of_other:
        end = r"\Z" if function == "endsWith" else ""
        is_there = re.compile(f"{re.escape(before)}[A-Za-z0-9._~-]*{re.escape(after)}{end}")
        return (is_there.match if function == "startsWith" else is_there.search)(text) is not None
    ends = range(len(text) + 1)
    first = [place for place in ends if before.endswith(text[:place])]
    last = [place for place in ends if after.startswith(text[place:])]
    if function == "startsWith":
        first = [len(before)] if text.startswith(before) else []
        is_beside = before.startswith(text)
    elif function == "endsWith":
        last = [len(text) - len(after)] if text.endswith(after) else []
        is_beside = after.endswith(text)
    else:
        is_beside = text in before or text in after
    return is_beside or any(_ids(text[i:j]) for i in first for j in last if i <= j)


def _parts(made: str) -> tuple[str, str, str]:
    before, ids, rest = made.partition(ANY)
    return before, ids, rest.lstrip(ANY)
