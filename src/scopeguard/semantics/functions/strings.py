"""Functions of strings beyond the core (cel-go's strings extension). Places count code points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from types import MappingProxyType
from typing import Any, Final, TypeVar

from scopeguard.errors import EvaluationError
from scopeguard.limits import MAX_VALUE_SIZE
from scopeguard.semantics.functions.declarations import Declaration, function, method
from scopeguard.semantics.values import NO_OVERLOAD

_Sized = TypeVar("_Sized", bound=Sized)

_WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)  # fmt: skip
"""The characters with the property White_Space (Unicode, PropList); Python's own list is longer."""

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TO_LOWER: Final[Mapping[int, int]] = MappingProxyType(str.maketrans(_UPPER, _UPPER.lower()))
_TO_UPPER: Final[Mapping[int, int]] = MappingProxyType(str.maketrans(_UPPER.lower(), _UPPER))
_QUOTED: Final[Mapping[int, str]] = MappingProxyType(
    str.maketrans({char: "\\" + name for char, name in zip('\a\b\f\n\r\t\v\\"', 'abfnrtv\\"', strict=True)})
)


def bounded(value: _Sized) -> _Sized:
    """*value*, where it is not larger than MAX_VALUE_SIZE. Raises EvaluationError otherwise."""
    if len(value) > MAX_VALUE_SIZE:
        raise EvaluationError(f"a value larger than {MAX_VALUE_SIZE}")
    return value


def _place(text: str, place: int) -> int:
    if not 0 <= place <= len(text):
        raise EvaluationError(f"index out of range: {place}")
    return place


def char_at(text: str, place: int) -> str:
    """The character at *place*; nothing at the end. Raises EvaluationError past it."""
    place = _place(text, place)
    return text[place : place + 1]


def index_of(text: str, part: str, start: int = 0) -> int:
    """The index of the first *part* from *start* on, or -1. Raises EvaluationError for a start outside of *text*."""
    return text.find(part, _place(text, start))


def last_index_of(text: str, part: str, start: int | None = None) -> int:
    """Where *part* last begins, at *start* or before, or -1. Raises EvaluationError for a start outside."""
    return text.rfind(part) if start is None else text.rfind(part, 0, _place(text, start) + len(part))


def join(items: Sequence[Any], separator: str = "") -> str:
    """The strings of a list as one. Raises EvaluationError where an element is no string."""
    if not all(isinstance(item, str) for item in items):
        raise EvaluationError(NO_OVERLOAD)
    if sum(map(len, items)) + len(separator) * len(items) > MAX_VALUE_SIZE:
        raise EvaluationError(f"a value larger than {MAX_VALUE_SIZE}")
    return separator.join(items)


def replace(text: str, old: str, new: str, limit: int = -1) -> str:
    """*text* with *new* for *old*, at most *limit* times where that is not negative."""
    count = text.count(old) if limit < 0 else min(limit, text.count(old))
    if len(text) + count * (len(new) - len(old)) > MAX_VALUE_SIZE:
        raise EvaluationError(f"a value larger than {MAX_VALUE_SIZE}")
    return text.replace(old, new, count)


def split(text: str, separator: str, limit: int = -1) -> list[str]:
    """The parts of *text* between separators, at most *limit* where that is not negative."""
    if limit == 0:
        return []
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    if limit < 0 or limit >= len(text):
        return list(text)
    return [*text[: limit - 1], text[limit - 1 :]]


def substring(text: str, start: int, end: int | None = None) -> str:
    """The characters from *start* up to *end*. Raises EvaluationError for a range outside of *text*."""
    _place(text, start)
    if end is None:
        return text[start:]
    _place(text, end)
    if start > end:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    return text[start:end]


def quote(text: str) -> str:
    """*text* in double quotes, with escapes where a literal needs them."""
    return bounded(f'"{text.translate(_QUOTED)}"')


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    method("charAt", "string, int -> string", char_at),
    method("indexOf", "string, string -> int", index_of),
    method("indexOf", "string, string, int -> int", index_of),
    method("lastIndexOf", "string, string -> int", last_index_of),
    method("lastIndexOf", "string, string, int -> int", last_index_of),
    method("join", "list(string) -> string", join),
    method("join", "list(string), string -> string", join),
    method("lowerAscii", "string -> string", lambda text: text.translate(_TO_LOWER)),
    method("upperAscii", "string -> string", lambda text: text.translate(_TO_UPPER)),
    method("replace", "string, string, string -> string", replace),
    method("replace", "string, string, string, int -> string", replace),
    method("reverse", "string -> string", lambda text: text[::-1]),
    method("split", "string, string -> list(string)", split),
    method("split", "string, string, int -> list(string)", split),
    method("substring", "string, int -> string", substring),
    method("substring", "string, int, int -> string", substring),
    method("trim", "string -> string", lambda text: text.strip(_WHITE_SPACE)),
    function("strings.quote", "string -> string", quote),
)
