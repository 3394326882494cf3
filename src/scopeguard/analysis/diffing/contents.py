"""What an entry says, in the one way in which what it means is written, and as text."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from scopeguard.documents.entries import Entry
from scopeguard.syntax.parser import parse_condition, parse_requirement
from scopeguard.syntax.printer import print_expression

_UNREAD: Final = frozenset({"owner", "source", "replaces"})
"""What people read and no decision does; why a layer loosens is read by whoever accepts that it does."""
_ORDERED: Final = frozenset({"remedies"})
"""Lists whose order means something."""


def content_of(entry: Entry) -> Any:
    """What an entry says, without what only people read and without what it would mean left out."""
    dump = getattr(entry.content, "model_dump", None)
    if dump is None:
        if isinstance(entry.content, list):
            return [_plain("", each.model_dump(mode="json", exclude_defaults=True)) for each in entry.content]
        return _plain("when" if entry.path[0] == "variables" else "", entry.content)
    said = dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True, exclude={"id", *_UNREAD})
    if "explicit_only" in said or "coarse" in said:
        said["coarse"] = said.get("coarse", not said.pop("explicit_only", True))
        said.pop("explicit_only", None)
    return {key: _plain(key, value) for key, value in said.items()}


def _plain(key: str, value: Any) -> Any:
    """*value* in the one way in which what it means is written."""
    if isinstance(value, dict):
        return {name: _plain(name, item) for name, item in value.items() if item is not None and name not in _UNREAD}
    if isinstance(value, list):
        items = [_plain("", item) for item in value]
        return items if key in _ORDERED else [item for item, _ in groupby(sorted(items, key=str))]
    if key in ("when", "unless"):
        return print_expression(parse_condition(value))
    return str(parse_requirement(value)) if key == "requires" else value


def shown(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value)
