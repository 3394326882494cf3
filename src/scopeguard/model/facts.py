"""The facts that gates read: their fields, and which names are misspelt ones.

What is missing, too old or of another type denies, and what reads like a misspelt field is refused. See
``docs/reference/policy-files.md``, Facts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from scopeguard.errors import RequestError, Suggestion, did_you_mean, quoted
from scopeguard.limits import MAX_INTERNED
from scopeguard.model.memo import Memo

AS_OF: Final = "as_of"
"""When facts were read: of all of them, of a record, or of the kinds of providers."""
QUANTITY_FACT: Final = "quantity"
"""The fact that says how much of a meter the request asks for."""

FACT_RECORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "wallet": {"status": "string", "auto_recharge": "string", "as_of": "timestamp"},
    "payment": {"status": "string", "grace_until": "timestamp", "since": "timestamp", "as_of": "timestamp"},
    "entitlements": {
        "limit": "int", "unlimited": "bool", "used": "int", "reserved": "int", "kind": "string", "enabled": "bool",
        "resets_at": "timestamp", "as_of": "timestamp",
    },
    "fair_use": {"limit": "int", "used": "int", "resets_at": "timestamp", "as_of": "timestamp"},
})  # fmt: skip
"""The fields of these facts with their types; entitlements have them for each meter, fair use for each bucket."""

_KINDS: Final = "providers"
"""The fact that has a word for each kind of credentials, and may say beside them when they were looked at."""
_FIELDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({**FACT_RECORDS, _KINDS: {AS_OF: "timestamp"}})

FACTS_OF_GATES: Final = frozenset({*FACT_RECORDS, _KINDS, AS_OF, QUANTITY_FACT})
"""The names of all of them. In them None is no value of its type, and not absent: what is not known must not allow."""

_OF_SEVERAL: Final = frozenset({"entitlements", "fair_use"})
"""Those that have a record for each meter or bucket."""


def misspelt_fields(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields in records of gates, each with the path of its record, that are none of its own and read like one.

    Most fields may be left out, so that a misspelt one, such as ``enabled`` or ``grace_until``, would let more be done.
    A time beside the records of meters is none of theirs, which would then be as fresh as all facts. What reads like
    none of the fields is more than is asked for, and is left alone.
    """
    found: list[tuple[str, str]] = []
    for name, value in facts.items():
        known = _passed.get(name)
        # What is no mapping has no field, and denies where a gate reads it.
        if known is None or type(value) is not MappingProxyType:
            continue
        for key, record in value.items() if name in _OF_SEVERAL else [(None, value)]:
            if type(record) is not MappingProxyType:
                if key is not None and _likely[_KINDS, key]:
                    found.append((name, key))
            elif not known.keys() >= record.keys():
                path = name if key is None else f"{name}.{key}"
                found += [(path, field) for field in record if field not in known and _is_likely(name, field)]
    return found


def refuse_misspelt_fields(facts: Mapping[str, Any], kinds: Collection[str]) -> None:
    """Raise RequestError for a misspelt field, with the one that was meant; *kinds* of credentials are none."""
    for path, field in sorted(misspelt_fields(facts)):
        if path in _OF_SEVERAL:
            raise RequestError(f"no fact {quoted(f'{path}.{field}')} in the catalog; each record within it has its own")
        if path != _KINDS or field not in kinds:
            meant = str(_likely[path.partition(".")[0], field]).replace('"', f'"{path}.', 1)
            raise RequestError(f"no fact {quoted(f'{path}.{field}')} in the catalog; {meant}")


def _is_likely(record: str, field: str) -> bool:
    if _likely[record, field]:
        return True
    if len(_passed[record]) < MAX_INTERNED:
        _passed[record][field] = None
    return False


def _near(place: tuple[str, str]) -> Suggestion | None:
    record, field = place
    return did_you_mean(field, _FIELDS[record])


_likely: Final = Memo(_near, MAX_INTERNED)
"""What each other field may have been meant for: hosts pass the same ones with every request."""

_passed: Final[Mapping[str, dict[str, None]]] = MappingProxyType(
    {name: dict.fromkeys(_FIELDS[name]) for name in _FIELDS}
)
"""What passes in each record: its fields, and other names that hosts have passed and that read like none of them."""
