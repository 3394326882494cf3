"""Grants: permission strings held by a credential, some narrowed to one resource or to what lies below one.

The grammar is ``grammar/scope.lark``; a single grant is a regular language, so that checking a
held scope needs no parser. Sources: RFC 6749 section 3.3 for the list, DESIGN for the names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct

from scopeguard.errors import RequestError, quoted
from scopeguard.limits import MAX_GRANT_TEXT, MAX_INTERNED, MAX_INTERNED_TEXT, MAX_SCOPE_TEXT
from scopeguard.model.input_validation import texts

SURFACE: Final = r"[a-z][a-z0-9_]{0,47}"
ACTION: Final = r"[a-z][a-z0-9_]{0,31}"
MAX_ID: Final = 128
RESOURCE_ID: Final = rf"[A-Za-z0-9._~-]{{1,{MAX_ID}}}"

_FOREIGN: Final = r"[\x21\x23-\x5b\x5d-\x7e]+"
_GRANT: Final = f"({SURFACE}):({ACTION})(?:/(?:({SURFACE}):)?({RESOURCE_ID}))?"
_START: Final = f"{SURFACE}:{ACTION}/(?:{SURFACE}:)?"
_is_permission: Final = re.compile(f"{SURFACE}:{ACTION}").fullmatch
"""What of a narrowed scope is before the id."""
is_id: Final = re.compile(RESOURCE_ID).fullmatch


class Grant(Struct, frozen=True, gc=False):
    """One permission, on every resource of its surface or, with *resource_id*, on one.

    With *parent* too, the id is that of a resource of this surface, and what is meant is what lies below it.
    """

    surface: str
    action: str
    resource_id: str | None = None
    parent: str | None = None

    @property
    def permission(self) -> str:
        """``surface:action``, without the qualifier."""
        return f"{self.surface}:{self.action}"

    @property
    def qualifier(self) -> str | None:
        """What it is narrowed to, as it is written: ``agt_1`` or ``agents:agt_1``; None where it is not."""
        return self.resource_id if self.parent is None else f"{self.parent}:{self.resource_id}"

    # A struct has comparisons of its own, which functools.total_ordering would take for those that are wanted.
    def __lt__(self, other: object) -> bool:
        return self._order < other._order if isinstance(other, Grant) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._order <= other._order if isinstance(other, Grant) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._order > other._order if isinstance(other, Grant) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._order >= other._order if isinstance(other, Grant) else NotImplemented

    @property
    def _order(self) -> tuple[str, str, str]:
        return (self.surface, self.action, self.qualifier or "")

    def __str__(self) -> str:
        return self.permission if self.resource_id is None else f"{self.permission}/{self.qualifier}"

    @classmethod
    def parse(cls, text: object) -> Grant:
        """The grant that *text* spells exactly. Raises RequestError with the position of the first wrong character."""
        if type(text) is not str:
            raise RequestError(f"a scope must be a str, not {type(text).__name__}")
        return _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Grant:
    found = re.fullmatch(_GRANT, text)
    if found is None:
        raise RequestError(_complaint(text))
    surface, action, parent, resource_id = found.groups()
    return Grant(surface, action, resource_id, parent)


def _complaint(text: str) -> str:
    return misspelt(text, "scope") or (
        f"scope {quoted(text)} is not surface:action, surface:action/id or surface:action/parent:id"
    )


_WILDCARDS: Final = "a held scope names one surface and one action; wildcards are for policies only"


def misspelt(text: str, word: str) -> str | None:
    """What is wrong with the length or a letter of a scope or a role, with the column; None where it is neither."""
    if not text:
        return f"a {word} is empty"
    if len(text) > MAX_GRANT_TEXT:
        return f"{word} {quoted(text)} is longer than {MAX_GRANT_TEXT} characters"
    # Of what is narrowed only the id has capital letters: it is what follows the last colon, or else the slash.
    slash = text.find("/")
    last = len(text) if slash < 0 else max(slash, text.rfind(":"))
    for position, char in enumerate(text, start=1):
        ordinary = char.isascii() and (char.isalnum() or char in "._~-:/")
        if ordinary and (not char.isupper() or position > last):
            continue
        hint = {
            ",": f"separate {word}s with one space" if word == "scope" else None,
            "*": _WILDCARDS if word == "scope" else None,
        }.get(char)
        in_id = "an id has letters, digits and . _ ~ -" if position > last else None
        hint = hint or in_id or "use lower-case letters, digits and underscores"
        return f"{word} {quoted(text)} has {quoted(char)} at column {position}; {hint}"
    return None


Scopes: TypeAlias = str | Iterable[str] | None
"""Scopes as a host has them: one text with spaces between, or several."""

HeldScopes: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""Parsed scopes: all in canonical text; and of those that are narrowed what is before their ids."""

_NONE: Final[frozenset[str]] = frozenset()
NO_SCOPES: Final[HeldScopes] = (_NONE, _NONE)

_known: Final[set[str]] = set()
"""Well-formed scopes without an id that were looked at before, at most MAX_INTERNED of them."""
_starts: Final[dict[str, str]] = {}
"""The same of what is before an id, by itself without the ``/`` or ``:`` at its end."""
_Table = TypeVar("_Table", set[str], dict[str, Any])
ONLY_TEXT: Final = frozenset({str})
_LISTS: Final = frozenset({list, tuple, set, frozenset})


def parse_scopes(value: object) -> HeldScopes:
    """The scopes of a credential: from one space-separated str or an iterable of str.

    None and an empty text or iterable hold nothing. Raises RequestError for anything else that is not a
    list of well-formed grants; whether the catalog knows them is decided when the principal is asked about.
    """
    if type(value) is str:
        found = listed.get(value)
        return split_scopes(value) if found is None else found
    if value is None:
        return NO_SCOPES
    return _held(_texts(value))


def split_scopes(text: str) -> HeldScopes:
    """As :func:`parse_scopes`, of a text that is not in ``listed``. Raises RequestError."""
    if len(text) > MAX_SCOPE_TEXT:
        raise RequestError(f"scopes are longer than {MAX_SCOPE_TEXT} characters")
    parts = text.split(" ")
    found = _held(parts if "" not in parts else [part for part in parts if part])
    if len(text) <= MAX_INTERNED_TEXT:
        # Most lists do not come again, and would take the place of those that do.
        if text in _once:
            noted(listed)[text] = found
        else:
            if len(_once) >= MAX_INTERNED:
                _once.clear()
            _once.add(text)
    return found


listed: Final[dict[str, HeldScopes]] = {}
"""Lists of scopes that were parsed twice, by their text: at most MAX_INTERNED, as of all that is noted here."""
_once: Final[set[str]] = set()
"""Those that were parsed once."""


def noted(table: _Table) -> _Table:
    """A table with room for one more."""
    if len(table) >= MAX_INTERNED:
        table.clear()
    return table


def given_scopes(value: object) -> str | Collection[str] | None:
    """Scopes as they are given, whatever the texts spell: one text, several, or None.

    Raises RequestError for what is neither a str nor an iterable of str: the host is wrong, and not who wrote a scope.
    """
    return value if value is None or type(value) is str else _texts(value)


def _texts(value: Any) -> Collection[str]:
    # Only of str itself: a subclass that is equal to a scope may say that it is another one.
    if type(value) in _LISTS:
        return value if ONLY_TEXT.issuperset(map(type, value)) else texts(value, "scope")
    if isinstance(value, str | bytes) or not isinstance(value, Iterable) or hasattr(value, "keys"):
        raise RequestError(f"scopes must be a str or an iterable of str, not {type(value).__name__}")
    return texts(value, "scope")


def _held(texts: Collection[str]) -> HeldScopes:
    # A well-formed scope is its own canonical text.
    every = frozenset(texts)
    others = every - _known
    if not others:
        return every, _NONE
    narrowed: set[str] = set()
    for text in others:
        # Names repeat from key to key, and ids hardly ever do. Most of these are identifiers of Python's.
        before, _, named = text.partition("/")
        if ":" in named:
            before, _, named = text.rpartition(":")
        start = _starts.get(before)
        if start is None or not (named.isidentifier() and named.isascii() and len(named) <= MAX_ID):
            start = _learnt(text)
            if start is None:
                raise RequestError(_complaint(next(each for each in texts if not re.fullmatch(_GRANT, each))))
        if start:
            narrowed.add(start)
    return every, frozenset(narrowed)


def start_of(text: str) -> str:
    """What of a narrowed scope or role is before the id; nothing of one that is not narrowed."""
    end = text.find("/") + 1
    return text[: text.find(":", end) + 1 or end] if end else ""


def _learnt(text: str) -> str | None:
    """As :func:`start_of`, of a scope whose names may be new; None for what is no scope."""
    start = start_of(text)
    if not start:
        if _is_permission(text) is None:
            return None
        noted(_known).add(text)
    elif is_id(text[len(start) :]) is None:
        return None
    elif start[:-1] not in _starts:
        if re.fullmatch(_START, start) is None:
            return None
        noted(_starts)[start[:-1]] = start
    return start


def recognized(value: object) -> tuple[frozenset[str], tuple[str, ...]]:
    """The scopes of ours among those of a token, in canonical text, and the others, sorted.

    The others are of other services (``openid``, a URL): scope tokens by RFC 6749 section 3.3. Raises RequestError for
    what is not even that.
    """
    if type(value) is str and len(value) <= MAX_SCOPE_TEXT:
        parts: Iterable[object] = [part for part in value.split(" ") if part]
    elif value is None or isinstance(value, str):
        return parse_scopes(value)[0], ()
    else:
        parts = _texts(value)
    ours, others = set[str](), set[str]()
    for part in parts:
        if type(part) is not str or len(part) > MAX_SCOPE_TEXT or not re.fullmatch(_FOREIGN, part):
            # It says what is wrong, or it would be one of ours.
            ours.add(str(Grant.parse(part)))
        else:
            (ours if re.fullmatch(_GRANT, part) else others).add(part)
    return frozenset(ours), tuple(sorted(others))
