"""The values of the expression language, and which of them are equal.

Each kind of value has one form in Python.

==========  ==========================================================
bool        ``bool``
int, uint   ``int``, ``UInt``
double      ``float``
string      ``str``
bytes       ``bytes``
null        ``None``
list, map   ``list`` or ``tuple``, ``dict`` or another ``Mapping``
timestamp   ``datetime`` with a time zone
duration    ``timedelta``
type        ``TypeValue``
optional    ``Optional``
ip, cidr    ``IPv4Address`` or ``IPv6Address``, ``Cidr``
==========  ==========================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType, NoneType
from typing import Any, Final

from msgspec import Struct

from scopeguard.errors import EvaluationError
from scopeguard.limits import MAX_EVALUATION_COST, MAX_SAFE_INTEGER
from scopeguard.model.addresses import Cidr
from scopeguard.model.input_validation import text
from scopeguard.semantics.timestamps import nanoseconds
from scopeguard.syntax.expression import UInt

INT_MIN: Final = -MAX_SAFE_INTEGER - 1
INT_MAX: Final = MAX_SAFE_INTEGER
UINT_MAX: Final = 2**64 - 1

RANGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({"int": (INT_MIN, INT_MAX), "uint": (0, UINT_MAX)})
"""The lowest and the highest value of a kind of whole numbers."""

NO_OVERLOAD: Final = "no such overload"
NO_KEY: Final = "no such key"
NATIVE: Final = frozenset({bool, int, str, bytes})
"""The classes of which Python finds and compares values as the language does, at once."""

MAX_NESTING: Final = 1000
"""How deep two values are compared."""


class TypeValue(Struct, frozen=True, gc=False):
    """A type as a value, by its CEL name: ``int``, ``null_type``, ``google.protobuf.Timestamp`` and so on.

    Raises RequestError for a name that is no str.
    """

    name: str

    def __post_init__(self) -> None:
        text(self.name, "the name of a type")

    def __str__(self) -> str:
        return self.name


class Optional(Struct, frozen=True, eq=False):
    """A value that may be missing: ``optional.of(x)`` or ``optional.none()``. Compared by ``equal``."""

    has_value: bool
    value: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Optional) and equal(self, other)

    def __ne__(self, other: object) -> bool:
        # A struct has a __ne__ of its own.
        return not self == other

    def __hash__(self) -> int:
        return hash(self.has_value)


NONE: Final = Optional(has_value=False)


class CostError(EvaluationError):
    """An evaluation that goes on for too long. No logic absorbs it."""


TOO_MUCH: Final = f"the evaluation costs more than {MAX_EVALUATION_COST} steps"


def bounded(count: int) -> None:
    """Raises CostError where so many values are too many to look at one by one."""
    if count > MAX_EVALUATION_COST:
        raise CostError(TOO_MUCH)


def is_native(item: object, items: Collection[Any]) -> bool:
    """Whether *item* and all *items* are of one class of which Python compares values at once."""
    return type(item) in NATIVE and set(map(type, items)) <= {type(item)}


_KINDS: Final[Mapping[type, str]] = MappingProxyType({
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    NoneType: "null",
    list: "list",
    tuple: "list",
    dict: "map",
    Mapping: "map",
    datetime: "timestamp",
    timedelta: "duration",
    TypeValue: "type",
    Optional: "optional",
    IPv4Address: "ip",
    IPv6Address: "ip",
    Cidr: "cidr",
})  # fmt: skip

EXACT_TYPES: Final[Mapping[str, type]] = MappingProxyType({
    "bool": bool,
    "int": int,
    "uint": UInt,
    "double": float,
    "string": str,
    "bytes": bytes,
    "null": NoneType,
    "list": list,
    "map": dict,
    "timestamp": datetime,
    "duration": timedelta,
    "type": TypeValue,
    "optional": Optional,
    "cidr": Cidr,
})  # fmt: skip
"""The class that nearly every value of a kind is an instance of, and nothing else is."""

TYPE_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    **{name: name for name in ("bool", "int", "uint", "double", "string", "bytes", "list", "map", "type")},
    "null": "null_type",
    "timestamp": "google.protobuf.Timestamp",
    "duration": "google.protobuf.Duration",
    "optional": "optional_type",
    "ip": "net.IP",
    "cidr": "net.CIDR",
})  # fmt: skip
"""The name that ``type()`` gives each kind of value."""

_WRITTEN_KEYS: Final = frozenset({"bool", "int", "uint", "string"})
_KEYS: Final = _WRITTEN_KEYS | {"double"}
NUMERIC_KINDS: Final = ("int", "uint", "double")
NUMBERS: Final = frozenset(NUMERIC_KINDS)


def kind_of(value: object) -> str:
    """The kind of *value*, such as ``string``. Raises EvaluationError for a value the language does not know."""
    kind = _KINDS.get(type(value))
    if kind is None:
        kind = next((kind for known, kind in _KINDS.items() if isinstance(value, known)), None)
    if kind is None:
        raise EvaluationError(f"a {type(value).__name__} is not a value of the language")
    bounds = RANGES.get(kind)
    if bounds is not None and not bounds[0] <= value <= bounds[1]:  # type: ignore[operator]  # its kind is known
        raise EvaluationError(f"{kind} out of range")
    return kind


def as_double(value: object) -> float | None:
    """*value* as a double: also a whole number that a double represents exactly; else None."""
    if type(value) is float:
        return value
    if type(value) is not int or not INT_MIN <= value <= INT_MAX or float(value) != value:
        return None
    return float(value)


def type_of(value: object) -> TypeValue:
    """The type of *value*, as ``type()`` gives it."""
    return TypeValue(TYPE_NAMES[kind_of(value)])


def equal(left: object, right: object) -> bool:
    """Whether two values are equal (cel-spec, "Equality").

    Numbers are compared whatever their types; values of other different types are not equal. Raises
    EvaluationError for values that nest deeper than MAX_NESTING, and CostError where too many pairs are compared.
    """
    stack: list[tuple[Any, Any, int]] = [(left, right, 0)]
    compared = 0
    while stack:
        one, other, depth = stack.pop()
        parts = parts_of(one, other)
        if parts is None:
            return False
        if depth > MAX_NESTING:
            raise EvaluationError(f"values nested deeper than {MAX_NESTING} are not compared")
        compared += len(parts)
        bounded(compared)
        stack.extend((first, second, depth + 1) for first, second in parts)
    return True


def parts_of(one: Any, other: Any) -> Sequence[tuple[Any, Any]] | None:
    """The pairs that have to be equal for two values to be so; None where they are not."""
    kind, kind_of_other = kind_of(one), kind_of(other)
    if {kind, kind_of_other} <= NUMBERS:
        if kind != kind_of_other and "double" in (kind, kind_of_other):
            one, other = comparable(one), comparable(other)
        return () if one == other else None
    if kind != kind_of_other:
        return None
    match kind:
        case "list":
            if len(one) != len(other):
                return None
            if one and is_native(one[0], one) and is_native(one[0], other):
                return () if [*one] == [*other] else None
            bounded(len(one))
            return list(zip(one, other, strict=True))
        case "map":
            bounded(len(one))
            found = [(value, lookup(other, key)) for key, value in one.items()]
            there = len(one) == len(other) and all(match.has_value for _, match in found)
            return [(value, match.value) for value, match in found] if there else None
        case "timestamp":
            # Python compares two times of one zone by the clock, which shows some hours twice.
            return () if nanoseconds(one) == nanoseconds(other) else None
        case "optional":
            return [(one.value, other.value)] if one.has_value is other.has_value else None
    return () if one == other else None


def comparable(number: Any) -> float:
    """A number as it is compared with a double: as the nearest double (the specification's conformance suite)."""
    return float(number)


def lookup(mapping: Mapping[Any, Any], key: object) -> Optional:
    """The value under *key*, if there is one. A number finds an equal number of any type, but never a bool.

    Raises EvaluationError for a key of a kind that no map has.
    """
    kind = kind_of(key)
    if kind not in _KEYS:
        raise EvaluationError(f"{kind} is not a type of keys")
    if kind != "string" and key in (0, 1):
        # Python holds True and 1 for one key; so the keys of the dict have to be compared by type.
        found = ((other, value) for other, value in mapping.items() if other == key) if key in mapping else ()
        for other, value in found:
            if (kind_of(other) == "bool") is (kind == "bool"):
                return Optional(True, value)
            if not isinstance(mapping, MixedMap):
                break
        return NONE
    return Optional(True, mapping[key]) if key in mapping else NONE


class MixedMap(Mapping[Any, Any]):
    """A map with keys that Python holds for one, such as ``{1: "a", true: "b"}``. Read it through ``lookup``."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        self._pairs = tuple(pairs)

    def __getitem__(self, key: object) -> Any:
        for other, value in self._pairs:
            if other == key and (type(other) is bool) is (type(key) is bool):
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return f"MixedMap({list(self._pairs)})"

    def __reduce__(self) -> tuple[type[MixedMap], tuple[object]]:
        return MixedMap, (self._pairs,)


def mapping_of(pairs: Sequence[tuple[Any, Any]]) -> Mapping[Any, Any]:
    """The map of *pairs*. Raises EvaluationError for a key of a wrong kind or a duplicate key."""
    seen: set[tuple[bool, Any]] = set()
    for key, _ in pairs:
        kind = kind_of(key)
        if kind not in _WRITTEN_KEYS:
            raise EvaluationError(f"{kind} is not a type of keys")
        mark = (kind == "bool", key)
        if mark in seen:
            raise EvaluationError("a map has the same key twice")
        seen.add(mark)
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else MixedMap(pairs)
