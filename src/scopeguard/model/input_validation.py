"""What may enter from outside, checked once at the boundary and frozen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from scopeguard.errors import RequestError, quoted
from scopeguard.limits import MAX_IDENTIFIER, MAX_LISTED, MAX_SAFE_INTEGER
from scopeguard.model import addresses
from scopeguard.model.addresses import AddressObject

Value: TypeAlias = (
    bool
    | int
    | float
    | str
    | bytes
    | datetime
    | timedelta
    | AddressObject
    | tuple["Value", ...]
    | Mapping[str, "Value"]
    | None
)
"""A frozen attribute value: what conditions can read."""

EMPTY: Final[Mapping[str, Value]] = MappingProxyType({})

_MAX_DEPTH: Final = 16
_MIN_SAFE_INTEGER: Final = -MAX_SAFE_INTEGER - 1
_MAX_KEY_BITS: Final = 128
_UNLISTED: Final = (str, bytes, Mapping)
_PLAIN: Final = frozenset({list, tuple, set, frozenset})
"""The usual iterables, which need no closer look."""
_CONTROL: Final = r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]"


def identifier(value: object, what: str) -> str:
    """*value* as an id: a non-empty str without control or bidirectional characters.

    Raises RequestError otherwise.
    """
    # Subclasses of str may override equality and hashing, so only str itself is let in.
    if type(value) is not str:
        raise RequestError(f"{what} must be a str, not {type(value).__name__}")
    if not value:
        raise RequestError(f"{what} is empty")
    if len(value) > MAX_IDENTIFIER:
        raise RequestError(f"{what} is longer than {MAX_IDENTIFIER} characters")
    # A printable text holds none of them, and that test is faster.
    if not value.isprintable() and re.search(_CONTROL, value):
        raise RequestError(f"{what} {quoted(value)} holds a control character")
    return value


def text(value: object, what: str) -> str:
    """*value*, where it is a str. Raises RequestError."""
    if not isinstance(value, str):
        raise RequestError(f"{what} must be a str, not {type(value).__name__}")
    return value


def key_text(value: object) -> object:
    """*value*, or its canonical text where it is an int or a UUID, as keys of tables are."""
    if value is None or isinstance(value, str):
        return value
    # Neither true nor a member of an enumeration is a key.
    if type(value) is int and value.bit_length() <= _MAX_KEY_BITS:
        return str(value)
    # Whoever has a UUID has imported this.
    from uuid import UUID  # noqa: PLC0415  # see above

    return UUID.__str__(value) if isinstance(value, UUID) else value


def name(value: object, what: str) -> str:
    """*value* as a lower-case ASCII name. Raises RequestError otherwise."""
    # Only of str itself: a subclass that is equal to a name may be refused.
    if type(value) is str and is_name(value):
        return value
    text = identifier(value, what)
    raise RequestError(f"{what} {quoted(text)} is not a name; use lower-case letters, digits and underscores")


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Whether *text* is ``[a-z][a-z0-9_]*``, and no longer than a name may be."""
    is_word = text.isascii() and text.isidentifier() and text.islower()
    return is_word and text[0] != "_" and len(text) <= MAX_IDENTIFIER


def bounded(value: Iterable[Any], what: str) -> Iterator[Any]:
    """The items of *value*, one after the other; of what is no list, tuple or set, MAX_LISTED at most.

    Raises RequestError where there are more: such an iterable may have no end.
    """
    most = None if type(value) in _PLAIN else MAX_LISTED
    for number, item in enumerate(value):
        if number == most:
            raise RequestError(f"more than {MAX_LISTED} {what}s; give a list")
        yield item


def texts(value: Iterable[Any], what: str) -> tuple[str, ...]:
    """As :func:`bounded`, up to the first item that is no str itself. Raises RequestError there."""
    found = []
    for item in bounded(value, what):
        if type(item) is not str:
            raise RequestError(f"a {what} must be a str, not {type(item).__name__}")
        found.append(item)
    return tuple(found)


def names(value: Any, what: str) -> frozenset[str]:
    """*value* as a set of names, from any iterable but a str. Raises RequestError otherwise."""
    if value is None:
        return frozenset()
    if type(value) in _PLAIN:
        return frozenset([name(item, what) for item in value])
    if isinstance(value, Iterable) and not isinstance(value, _UNLISTED):
        return frozenset([name(item, what) for item in bounded(value, what)])
    raise RequestError(f"{what}s must be an iterable of str, not {type(value).__name__}")


def paths(value: Any, what: str) -> frozenset[str]:
    """As :func:`names`, of names that dots may join."""
    if isinstance(value, Iterable) and not isinstance(value, _UNLISTED):
        found = set()
        for each in bounded(value, what):
            names(each.split(".") if type(each) is str else (each,), what)
            found.add(each)
        return frozenset(found)
    return names(value, what)


def words(value: Any, what: str) -> tuple[str, ...]:
    """*value* as texts without spaces, from any iterable but a str. Raises RequestError otherwise."""
    if not isinstance(value, Iterable) or isinstance(value, _UNLISTED):
        raise RequestError(f"{what}s must be an iterable of str, not {type(value).__name__}")
    found = tuple(identifier(item, f"a {what}") for item in bounded(value, what))
    for item in found:
        if " " in item:
            raise RequestError(f"a {what} {quoted(item)} holds a space")
    return found


def utc_datetime(value: object, what: str) -> datetime | None:
    """*value* as an instant: an aware datetime, in UTC, or None. Raises RequestError otherwise."""
    if value is None:
        return None
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    if not isinstance(value, datetime):
        raise RequestError(f"{what} must be a datetime, not {type(value).__name__}")
    try:
        is_aware = datetime.utcoffset(value) is not None
        there = datetime.astimezone(value, UTC)
    except OverflowError:
        raise RequestError(f"{what} is out of the range of a timestamp") from None
    except ValueError:
        raise RequestError(f"{what} has a time zone without an offset") from None
    if not is_aware:
        raise RequestError(f"{what} must carry a time zone")
    # Subclasses may compare as they like, so only the moment is kept.
    return datetime.combine(datetime.date(there), datetime.time(there), UTC)


def attributes(value: object, what: str, strict: frozenset[str] = frozenset()) -> Mapping[str, Value]:
    """A frozen copy of a mapping of attributes, without those that are None, which are absent.

    The value of a name in *strict* is kept as it is. Raises RequestError for anything a condition cannot read.
    """
    if value is None:
        return EMPTY
    # Most are dicts, of which no abstract class needs to be asked.
    if type(value) is not dict and not isinstance(value, Mapping):
        raise RequestError(f"{what} must be a mapping, not {type(value).__name__}")
    return MappingProxyType(_mapping(value, what, 0, strict=strict)) if value else EMPTY


def _mapping(
    value: Mapping[object, Any], what: str, depth: int, *, whole: bool = False, strict: frozenset[str] = frozenset()
) -> dict[str, Value]:
    if depth == _MAX_DEPTH and value:
        raise RequestError(f"{what} is nested deeper than {_MAX_DEPTH}")
    found: dict[str, Value] = {}
    for key, item in value.items():
        # Names repeat, and plain values are kept as they are: most of what comes in.
        name = key if type(key) is str and is_name(key) else identifier(key, f"a key of {what}")
        kind = type(item)
        if (
            kind is str
            or item is True
            or item is False
            or (kind is int and _MIN_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER)
            or (kind is datetime and item.tzinfo is UTC)
        ):
            found[name] = item
            continue
        # A column without a value is not there: it would be neither present nor absent to a condition.
        kept = whole or name in strict
        if kind is dict:
            found[name] = MappingProxyType(_mapping(item, f"{what}.{key}", depth + 1, whole=kept))
        elif kept or item is not None:
            found[name] = freeze(item, f"{what}.{key}", depth + 1, whole=kept)
    return found


def named_attributes(value: object, what: str, taken: frozenset[str]) -> dict[str, Value]:
    """As :func:`attributes`, whose keys are names, and none of those *taken* by fields. Raises RequestError.

    The dict is of nobody else, and what is within it is frozen.
    """
    if type(value) is dict:
        # Mostly they are texts by names, and are kept as they are. What is looked at is the copy.
        copied = value.copy()
        for key, item in copied.items():
            if type(item) is not str or type(key) is not str or key in taken or not is_name(key):
                break
        else:
            return copied
    found = dict(attributes(value, what))
    for key in found:
        if not is_name(key) or key in taken:
            name(key, "an attribute")
            raise RequestError(f'"{key}" is a field of its own, not an attribute')
    return found


def freeze(value: object, what: str, depth: int = 0, *, whole: bool = False) -> Value:
    """A deep, immutable copy of *value*; what is None in a mapping is left out, but for the *whole* of it.

    Raises RequestError for types, sizes and NaN that cannot be compared.
    """
    if depth > _MAX_DEPTH:
        raise RequestError(f"{what} is nested deeper than {_MAX_DEPTH}")
    _refuse_proxy(value, what)
    match value:
        case None | bool():
            return value
        # Enumerations and other subclasses may override equality and hashing: only their plain value is kept.
        case str():
            return str.__str__(value)
        case bytes():
            return bytes.__getitem__(value, slice(None))
        case int():
            # CEL's int is 64 bits wide; larger ones could also be chosen to collide in a hash table.
            if not _MIN_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
                raise RequestError(f"{what} is out of the range of a 64-bit integer")
            return int.__int__(value)
        case float():
            if not isfinite(value):
                raise RequestError(f"{what} is not a finite number")
            return float.__float__(value)
        case datetime():
            return utc_datetime(value, what)
        case timedelta():
            return timedelta.__add__(value, timedelta(0))
        case Mapping():
            return MappingProxyType(_mapping(value, what, depth, whole=whole))
        case set() | frozenset():
            return tuple(sorted((freeze(item, what, depth + 1, whole=whole) for item in value), key=repr))
        case list() | tuple():
            return tuple(freeze(item, what, depth + 1, whole=whole) for item in value)
        case _:
            return value if isinstance(value, AddressObject) else AddressObject(address_text(value, what))


def _refuse_proxy(value: object, what: str) -> None:
    # It passes for something, which may be something else once it is checked.
    if value.__class__ is not type(value):
        raise RequestError(f"{what} is a {type(value).__name__} in the place of a value; give the value itself")


def address_text(value: object, what: str) -> str:
    """The canonical text of an address or a network of ``ipaddress``. Raises RequestError for anything else."""
    if not isinstance(value, addresses.OBJECTS):
        raise RequestError(f"{what} has the type {type(value).__name__}, which no condition can read")
    try:
        return addresses.text_of(value)
    except ValueError as error:
        raise RequestError(f"{what} is no address: {error}") from None


def thaw(value: Value) -> object:
    """*value* with plain dicts for its mappings, so that it can be copied and pickled; freezing it gives it back."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, AddressObject):
        return value.object
    return tuple(thaw(item) for item in value) if isinstance(value, tuple) else value
