"""The entries in force where a layer redefines what a layer below it has.

A layer may add attributes to a surface, and may replace a role, the mode of a gate, and what a code says to people.
Anything else that two layers have is defined twice.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec.structs import replace

from scopeguard.documents.entries import Entry

COMMENTS: Final = frozenset({"id", "replaces", "loosens", "because", "owner", "source"})
"""What every entry that replaces another may say."""

REPLACEABLE: Final[Mapping[str, frozenset[str] | None]] = MappingProxyType({
    "roles": None,
    "gates": COMMENTS | {"mode"},
    "recovery": COMMENTS | {"status", "title", "challenge", "remedy", "remedies"},
})  # fmt: skip
"""By kind, the keys of an entry that replaces one of the layer below; None: it replaces the whole entry."""

ADDED: Final = frozenset({"attributes", "because", "source"})
"""The keys that a layer above may add to a surface."""


def adds_attributes(kind: str, content: Any) -> bool:
    """Whether an entry is about a surface of the layer below: it has no actions of its own."""
    return kind == "surfaces" and not content.actions


def in_force(kind: str, written: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of one *kind*, those of lower layers first, each as the layers above it left it."""
    found: list[Entry] = []
    first: dict[str, int] = {}
    for entry in written:
        below = first.setdefault(entry.name, len(found))
        current = found[below] if below < len(found) else None
        if adds_attributes(kind, entry.content):
            # Without a surface to add to, nothing is added; that is a finding.
            if current is not None:
                found[below] = _with_attributes(current, entry)
            else:
                del first[entry.name]
        elif current is not None and replaces(kind, entry, current):
            found[below] = _replaced(kind, current, entry)
        elif kind == "gates" and not entry.content.on:
            # What its own layer replaced before is defined twice, and is here twice for that to be seen.
            if current is not None and entry.content.replaces is not None:
                found.append(_replaced(kind, current, entry))
        else:
            found.append(entry)
    return tuple(found)


def replaces(kind: str, entry: Entry, other: Entry) -> bool:
    """Whether an entry takes the place of *other*, which is in a layer below its own."""
    return kind in REPLACEABLE and entry.content.replaces is not None and other.document.layer < entry.document.layer


def _with_attributes(current: Entry, entry: Entry) -> Entry:
    attributes = {**(entry.content.attributes or {}), **(current.content.attributes or {})}
    content = current.content.model_copy(update={"attributes": attributes})
    return replace(current, content=content, others=(*current.others, entry))


def _replaced(kind: str, current: Entry, entry: Entry) -> Entry:
    if REPLACEABLE[kind] is None:
        return entry
    said = {key: getattr(entry.content, key) for key in entry.content.model_fields_set}
    return replace(entry, content=current.content.model_copy(update=said), others=(current, *current.others))
