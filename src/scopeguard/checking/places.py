"""Where in a pack patterns and lists of names stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from scopeguard.checking.findings import Path
from scopeguard.documents.pack import Entry, Pack
from scopeguard.errors import PolicyError, RequestError
from scopeguard.model.grant import Grant
from scopeguard.syntax.parsing import parse_pattern
from scopeguard.syntax.scope import Pattern

_DOTTED: Final = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*")
_WORD: Final = "[a-z0-9_]"


class Use(Enum):
    """What a pattern is for; the value says so in messages."""

    SCOPE = "scope"
    MEMBER = "member permission"
    ROLE = "role"
    ALLOW = "allow rule"
    DENY = "deny rule"


@dataclass(frozen=True, slots=True)
class Place:
    """One pattern in a pack."""

    entry: Entry
    path: Path
    text: str
    use: Use

    @property
    def pattern(self) -> Pattern | None:
        """The parsed pattern; None where the text is malformed."""
        try:
            return parse_pattern(self.text)
        except PolicyError:
            return None


def is_name(text: str) -> bool:
    """Whether *text* is a plain or dotted name (an operation, a member permission) and not meant as a pattern."""
    return _DOTTED.fullmatch(text) is not None


def patterns(pack: Pack) -> Iterator[Place]:
    """Every pattern of the pack."""
    declared = {entry.name for entry in pack.entries("scopes")} | pack.broken.get("scopes", frozenset())
    for entry in pack.entries("scopes"):
        for index, text in enumerate(entry.content.includes or ()):
            if text not in declared:
                yield Place(entry, ("includes", index), text, Use.SCOPE)
    for entry in pack.entries("permissions"):
        for index, text in enumerate(entry.content.grants):
            yield Place(entry, ("grants", index), text, Use.MEMBER)
    for entry in pack.entries("roles"):
        for index, text in enumerate(entry.content.holds):
            if not is_name(text):
                yield Place(entry, ("holds", index), text, Use.ROLE)
    for entry in pack.entries("rules"):
        use = Use.ALLOW if entry.content.effect == "allow" else Use.DENY
        for index, text in enumerate(entry.content.on):
            if not is_name(text):
                yield Place(entry, ("on", index), text, use)


def as_grant(text: str) -> Grant | None:
    """The grant that *text* spells, qualified or not; None where it spells none."""
    try:
        return Grant.parse(text)
    except RequestError:
        return None


def qualified(text: str) -> Grant | None:
    """The grant that *text* spells where it is narrowed to one resource."""
    grant = as_grant(text)
    return None if grant is None or grant.resource_id is None else grant


def offset_of(text: str, word: str, start: int = 0) -> int:
    """Where *word* stands as a word of its own in *text*, from *start*; *start* where it does not."""
    found = re.compile(f"(?<!{_WORD}){re.escape(word)}(?!{_WORD})").search(text, start)
    return start if found is None else found.start()
