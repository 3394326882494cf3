"""Where values come from: which of them share a vocabulary, which texts are among them.

Two values are *of one source* where a condition compares them, puts them into one list, or uses one for the
other. A list, an optional or a map has sources for what is in it.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple


class Text(NamedTuple):
    """A text that a condition writes down, *offset* characters into it."""

    value: str
    offset: int


@dataclass(slots=True, eq=False)
class ValueSource:
    """The source of some values. Sources that are found to be one are joined; :func:`root` is what became of them."""

    kinds: dict[str, None] = field(default_factory=dict)
    """The vocabularies that they are of."""
    made: dict[str, str] = field(default_factory=dict)
    """Texts that functions make of names, each with the vocabulary of these."""
    texts: dict[Text, None] = field(default_factory=dict)
    records: dict[str, None] = field(default_factory=dict)
    """The attributes that have fields of which they are the keys."""
    parts: dict[Hashable, "ValueSource"] | None = None
    """The elements of a list that is written out by place, the values of a map by key."""
    element: "ValueSource | None" = None
    key: "ValueSource | None" = None
    is_made: bool = False
    is_open: bool = False
    """Whether functions make texts among them of which nothing is known."""
    is_listed: bool = False
    """Whether they are looked for among roles over roles."""
    joined: "ValueSource | None" = None


def root(source: ValueSource) -> ValueSource:
    """The source that a source was joined to."""
    while source.joined is not None:
        source = source.joined
    return source


def is_bare(source: ValueSource) -> bool:
    """Whether nothing is known of a source: what is compared with one such value says nothing about another."""
    seen: set[int] = set()
    stack = [source]
    while stack:
        found = root(stack.pop())
        if found.kinds or found.texts or found.records or found.is_made or found.parts:
            return False
        if id(found) not in seen:
            seen.add(id(found))
            stack += [each for each in (found.element, found.key) if each is not None]
    return True


def join(one: ValueSource, other: ValueSource) -> ValueSource:
    """Both are one source from now on, and what is in them too."""
    one, other = root(one), root(other)
    if one is other:
        return one
    other.joined = one
    one.kinds |= other.kinds
    one.made |= other.made
    one.texts |= other.texts
    one.records |= other.records
    one.is_made |= other.is_made
    one.is_open |= other.is_open
    one.is_listed |= other.is_listed
    parts, element, key = other.parts, other.element, other.key
    if parts is not None and one.parts is not None and parts.keys() == one.parts.keys():
        for place, part in parts.items():
            join(one.parts[place], part)
    elif parts is not None and one.parts is None and one.element is None:
        one.parts = parts
    elif parts is not None:
        for part in parts.values():
            join(element_of(one), part)
    if element is not None:
        join(element_of(one), element)
    if key is not None:
        join(key_of(one), key)
    return root(one)


def element_of(source: ValueSource) -> ValueSource:
    """The source of everything in a list, or of every value of a map."""
    found = root(source)
    parts, found.parts = found.parts, None
    if found.element is None:
        found.element = ValueSource()
    for part in (parts or {}).values():
        join(found.element, part)
    return root(found.element)


def key_of(source: ValueSource) -> ValueSource:
    """The source of the keys of a map."""
    found = root(source)
    if found.key is None:
        found.key = ValueSource()
    return root(found.key)


def part_of(source: ValueSource, place: Hashable) -> ValueSource:
    """The source of one element or value, as far as it is known apart from the others."""
    found = root(source)
    return element_of(found) if found.parts is None or place not in found.parts else root(found.parts[place])
