"""Facts with some of them changed: what tests of gates share."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

GONE: Final = object()
"""In the place of a fact: the host does not tell it."""

NO_CHANGES: Final[Mapping[str, object]] = MappingProxyType({})


def changed(facts: dict[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    """*facts*, changed in place: by dotted path, the value that goes there or ``GONE``."""
    for path, value in changes.items():
        *parents, last = path.split(".")
        record = facts
        for name in parents:
            record = record.setdefault(name, {})
        if value is GONE:
            del record[last]
        else:
            record[last] = value
    return facts
