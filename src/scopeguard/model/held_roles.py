"""The roles of a member: names, some of them held on one resource only (``maintainer/agents:agt_1``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from scopeguard.errors import RequestError, quoted
from scopeguard.limits import MAX_INTERNED
from scopeguard.model.aliases import Inside, inside
from scopeguard.model.grant import RESOURCE_ID, SURFACE, misspelt, start_of
from scopeguard.model.input_validation import names
from scopeguard.model.input_validation import texts as listed_texts

BINDING: Final = f"{SURFACE}/{SURFACE}:{RESOURCE_ID}"
"""A role on one resource; the role and the surface are names of one kind."""
is_binding: Final = re.compile(BINDING).fullmatch

HeldRoles: TypeAlias = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""Roles: all as they are written; those held everywhere; and of the others what is before their ids."""

_NONE: Final[frozenset[str]] = frozenset()

_known: Final[set[str]] = set()
"""Well-formed names that were looked at before, at most MAX_INTERNED of them."""
_ONLY_TEXT: Final = frozenset({str})
_LISTS: Final = frozenset({list, tuple, set, frozenset})


def bindings_in(aliases: Inside, *attributes: Mapping[str, Any]) -> frozenset[str]:
    """The roles on one resource that attributes or facts of a request name, wherever they are, by *aliases* too."""
    texts = (inside(text, aliases) for each in attributes for text in _texts_in(each))
    return frozenset(text for text in texts if is_binding(text) is not None)


def _texts_in(value: Any) -> Iterator[str]:
    # Attributes are nested only so deep.
    if isinstance(value, str):
        if "/" in value:
            yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts_in(item)


def parse_roles(value: object) -> HeldRoles:
    """The roles of a member, from any iterable of str but a str. Raises RequestError for a malformed one."""
    texts: Any = value
    # Only of str itself: a subclass that is equal to a name may be refused.
    if type(value) in _LISTS and _ONLY_TEXT.issuperset(map(type, texts)) and _known.issuperset(texts):
        found = frozenset(texts)
        return found, found, _NONE
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        texts = tuple(value) if type(value) in _LISTS else listed_texts(value, "role")
    try:
        found = names(texts, "role")
    except RequestError:
        # Most have none that is on one resource, and are read at once.
        bound = [text for text in texts if type(text) is str and "/" in text] if type(texts) in _LISTS else ()
        if not bound:
            raise
    else:
        if len(_known) + len(found) > MAX_INTERNED:
            _known.clear()
        if len(found) <= MAX_INTERNED:
            _known.update(found)
        return found, found, _NONE
    plain = names([text for text in texts if type(text) is not str or "/" not in text], "role")
    for text in bound:
        if is_binding(text) is None:
            raise RequestError(misspelt(text, "role") or f"role {quoted(text)} is not role or role/surface:id")
    return plain.union(bound), plain, frozenset(map(start_of, bound))
