"""Values of conditions, written to be read: every way of having no value is one exception, ``NoValue``.

Missing, null where a type is declared, another type than declared, a comparison across types, overflow, division by
zero: none of them is a value. Times are whole nanoseconds from the moment that they are read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import Any

from scopeguard.syntax.expression import UInt

ADDRESS = IPv4Address | IPv6Address
NETWORK = IPv4Interface | IPv6Interface
"""A network keeps the address that it was written with. To Python it is an address as well."""
LARGEST = 2**20


class NoValue(Exception):
    """An expression that cannot be evaluated."""


@dataclass(frozen=True, order=True)
class Moment:
    """A timestamp: nanoseconds since 1970."""

    count: int


@dataclass(frozen=True, order=True)
class Span:
    """A duration in nanoseconds."""

    count: int


@dataclass(frozen=True)
class Maybe:
    """An optional: one item or none."""

    items: tuple[Any, ...] = ()


@dataclass(frozen=True)
class TypeName:
    """What ``type()`` gives."""

    name: str


@dataclass(frozen=True)
class Map:
    """A map that a condition wrote: pairs, for Python's own mappings take ``true`` and ``1`` for one key."""

    pairs: tuple[tuple[Any, Any], ...]


TYPES: tuple[tuple[Any, str], ...] = (
    (bool, "bool"), (UInt, "uint"), (int, "int"), (float, "double"), (str, "string"), (bytes, "bytes"),
    ((datetime, Moment), "timestamp"), ((timedelta, Span), "duration"), (tuple, "list"), ((Mapping, Map), "map"),
    (type(None), "null"), (NETWORK, "cidr"), (ADDRESS, "ip"), (Maybe, "optional"), (TypeName, "type"),
)  # fmt: skip
"""The types of values; the first that fits."""
NUMBERS = ("int", "uint", "double")


def type_of(value: Any) -> str:
    """The type of a value."""
    return next((name for types, name in TYPES if isinstance(value, types)), "unknown")


def kind_of(value: Any) -> str:
    """The type of a value, as far as comparison knows it: numbers are of one kind, and ``true`` is no number."""
    found = type_of(value)
    if found == "unknown":
        raise NoValue
    return "number" if found in NUMBERS else found


def boolean(value: Any) -> bool:
    """The value where it is true or false."""
    if value is True or value is False:
        return bool(value)
    raise NoValue


def text(value: Any) -> str:
    """A value that has to be text."""
    if type(value) is not str:
        raise NoValue
    return value


def taking(signatures: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """A function of several signatures, such as ``string int``: by the types that its operands have, or no value."""

    def apply(*operands: Any) -> Any:
        types = " ".join(map(type_of, operands))
        if types not in signatures:
            raise NoValue
        return signatures[types](*operands)

    return apply


def of(function: Callable[..., Any], *signatures: str) -> Callable[..., Any]:
    """A function that does the same for each of its signatures."""
    return taking(dict.fromkeys(signatures, function))


def none(*, optional: bool) -> Maybe:
    """What an optional has of something that is not there; no value where it was no optional that was asked for."""
    if not optional:
        raise NoValue
    return Maybe()


def pairs(value: Any) -> tuple[tuple[Any, Any], ...]:
    """The entries of a map."""
    if type_of(value) != "map":
        raise NoValue
    return value.pairs if isinstance(value, Map) else tuple(value.items())


def found(base: Any, index: Any) -> Maybe:
    """What is at an index: an element of a list, an entry of a map, either within an optional."""
    if isinstance(base, Maybe):
        return found(base.items[0], index) if base.items else base
    if isinstance(base, tuple):
        if type_of(index) not in ("int", "uint") and not (type_of(index) == "double" and index.is_integer()):
            raise NoValue
        return Maybe((base[int(index)],)) if 0 <= index < len(base) else Maybe()
    if kind_of(index) not in ("bool", "number", "string"):
        raise NoValue
    return Maybe(tuple(value for key, value in pairs(base) if same(key, index)))


def element(base: Any, index: Any, *, optional: bool = False) -> Any:
    """``base[index]``; of an optional ``base`` it is an optional."""
    there = found(base, index)
    if optional or isinstance(base, Maybe):
        return there
    return there.items[0] if there.items else none(optional=False)


def written_map(entries: Iterable[tuple[Any, Any]]) -> Map:
    """A map literal; keys are booleans, integers and strings, and none stands twice."""
    kept = tuple(entries)
    for position, (key, _) in enumerate(kept):
        if type_of(key) not in ("bool", "int", "uint", "string") or any(
            same(key, other) for other, _ in kept[:position]
        ):
            raise NoValue
    return Map(kept)


def same(left: Any, right: Any) -> bool:
    """Whether two keys are one."""
    return kind_of(left) == kind_of(right) and bool(left == right)


def numbers(left: Any, right: Any) -> tuple[Any, Any]:
    """Two numbers as they are compared: with a double the nearest double."""
    return (float(left), float(right)) if float in (type(left), type(right)) else (left, right)


def equal(left: Any, right: Any) -> bool:
    """``left == right``, of one kind only; within lists, maps and optionals likewise."""
    kind = kind_of(left)
    if kind != kind_of(right):
        raise NoValue
    match kind:
        case "number":
            one, other = numbers(left, right)
            return bool(one == other)
        case "list" | "optional":
            ours, others = (left, right) if kind == "list" else (left.items, right.items)
            return len(ours) == len(others) and none_differs(zip(ours, others, strict=True))
        case "map":
            ours, others = pairs(left), pairs(right)
            matched = [(a, b) for key, a in ours for other, b in others if same(key, other)]
            return len(matched) == len(ours) == len(others) and none_differs(matched)
    return bool(left == right)


def none_differs(couples: Iterable[tuple[Any, Any]]) -> bool:
    """Whether the two of each couple are equal; no value where any two cannot be compared."""
    compared = [equal(left, right) for left, right in couples]
    return all(compared)


def decided(parts: Iterable[Callable[[], Any]], *, by: bool) -> bool:
    """*by* where any part is that, whatever the others are; no value where a part has none; else the opposite."""
    unknown = False
    for part in parts:
        try:
            if boolean(part()) is by:
                return by
        except NoValue:
            unknown = True
    if unknown:
        raise NoValue
    return not by


def contained(item: Any, container: Any) -> bool:
    """``item in container``: among the elements of a list, or the keys of a map."""
    if not isinstance(container, tuple) and kind_of(item) not in ("bool", "number", "string"):
        raise NoValue
    items = container if isinstance(container, tuple) else tuple(key for key, _ in pairs(container))
    return decided([partial(equal, item, other) for other in items], by=True)
