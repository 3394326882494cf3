"""From one type to another: ``int(x)``, ``string(x)``, ``timestamp(x)`` …, and ``type(x)``.

What a text may look like is what Go's ``strconv`` admits, and the ranges are those of cel-go.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from scopeguard.errors import EvaluationError, quoted
from scopeguard.semantics.functions.declarations import Declaration, function
from scopeguard.semantics.functions.operators import as_int, as_uint
from scopeguard.semantics.timestamps import (
    SECOND,
    duration_nanoseconds,
    duration_of,
    duration_text,
    nanoseconds,
    parse_duration,
    parse_timestamp,
    timestamp_of,
    timestamp_text,
)
from scopeguard.semantics.values import INT_MAX, INT_MIN, UINT_MAX, type_of
from scopeguard.syntax.expression import UInt

_INT_TEXT: Final = r"([+-]?)([0-9]++)"
_UINT_TEXT: Final = r"([0-9]++)"
_DIGITS: Final = r"[0-9](?:_?[0-9])*+"
_HEX_DIGITS: Final = r"[0-9a-f](?:_?[0-9a-f])*+"
_DECIMAL_TEXT: Final = rf"(?ai)[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:e[+-]?{_DIGITS})?"
_HEX_TEXT: Final = rf"(?ai)[+-]?0x(?:_?{_HEX_DIGITS}(?:\.(?:{_HEX_DIGITS})?)?|\.{_HEX_DIGITS})p[+-]?{_DIGITS}"
_SPECIAL_TEXT: Final = r"(?ai)[+-]?inf(?:inity)?|nan"
_MAX_DIGITS: Final = len(str(UINT_MAX))
_DOUBLE_RANGE: Final = "double out of range"
_BOOLS: Final[Mapping[str, bool]] = MappingProxyType({
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
})  # fmt: skip


def int_of_double(value: float) -> int:
    """*value* without its fraction. Raises EvaluationError for NaN and outside of 64 signed bits."""
    # Both bounds are left out: those doubles also represent numbers beyond them.
    if not INT_MIN < value < INT_MAX + 1:
        raise EvaluationError("int overflow")
    return int(value)


def uint_of_double(value: float) -> UInt:
    """*value* without its fraction. Raises EvaluationError for NaN, below zero and from 2**64 on."""
    if not 0 <= value < UINT_MAX + 1:
        raise EvaluationError("uint overflow")
    return UInt(int(value))


def int_of_string(text: str) -> int:
    """The int that *text* writes in decimal digits. Raises EvaluationError."""
    found = re.fullmatch(_INT_TEXT, text)
    if found is None:
        raise EvaluationError(f"{quoted(text)} is not an int")
    magnitude = _magnitude(found[2])
    return as_int(-magnitude if found[1] == "-" else magnitude)


def uint_of_string(text: str) -> UInt:
    """The uint that *text* writes in decimal digits, without a sign. Raises EvaluationError."""
    found = re.fullmatch(_UINT_TEXT, text)
    if found is None:
        raise EvaluationError(f"{quoted(text)} is not a uint")
    return as_uint(_magnitude(found[1]))


def _magnitude(digits: str) -> int:
    # Reading digits takes more than linear time, so a number that is too long for any type is never read.
    counted = digits.lstrip("0")
    return int(counted or "0") if len(counted) <= _MAX_DIGITS else UINT_MAX + 1


def double_of_string(text: str) -> float:
    """The double nearest to what *text* writes: ``1.5``, ``-2e-7``, ``0x1.8p1``, ``Infinity``, ``NaN``.

    Raises EvaluationError for other texts and for a number whose nearest double would be infinite.
    """
    if re.fullmatch(_SPECIAL_TEXT, text):
        return float(text)
    plain = text.replace("_", "")
    if re.fullmatch(_DECIMAL_TEXT, text):
        value = float(plain)
    elif re.fullmatch(_HEX_TEXT, text):
        try:
            value = float.fromhex(plain)
        except OverflowError as error:
            raise EvaluationError(_DOUBLE_RANGE) from error
    else:
        raise EvaluationError(f"{quoted(text)} is not a double")
    if math.isinf(value):
        raise EvaluationError(_DOUBLE_RANGE)
    return value


def double_text(value: float) -> str:
    """The fewest digits that read back as *value*, as Go's ``%g`` writes them: ``0.5``, ``1e+06``, ``+Inf``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    # Few packs write numbers.
    from decimal import Decimal  # noqa: PLC0415  # see above

    shortest = repr(value)
    number = Decimal(shortest)
    if -4 <= number.adjusted() < 6:
        return shortest.removesuffix(".0")
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{'-' if number.is_signed() else ''}{digits[0]}{fraction}e{number.adjusted():+03}"


def string_of_bytes(value: bytes) -> str:
    """The text that *value* encodes. Raises EvaluationError for what is not UTF-8."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EvaluationError("invalid utf-8 in bytes") from error


def bytes_of_string(text: str) -> bytes:
    """*text* in UTF-8. Raises EvaluationError for a lone surrogate."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EvaluationError("a string with a lone surrogate has no utf-8") from error


def bool_of_string(text: str) -> bool:
    """The bool that *text* names, such as ``true``, ``T`` or ``1``. Raises EvaluationError."""
    if text not in _BOOLS:
        raise EvaluationError(f"{quoted(text)} is not a bool")
    return _BOOLS[text]


def int_of_timestamp(moment: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00:00Z, rounded down. Raises EvaluationError without a time zone."""
    return nanoseconds(moment) // SECOND


def int_of_duration(span: timedelta) -> int:
    """Nanoseconds, as in cel-go. Raises EvaluationError where 64 bits do not hold them."""
    return as_int(duration_nanoseconds(span))


def timestamp_of_int(seconds: int) -> datetime:
    """The timestamp *seconds* after 1970-01-01T00:00:00Z. Raises EvaluationError out of range."""
    return timestamp_of(seconds * SECOND)


def _same(value: Any) -> Any:
    return value


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    *(
        function(name, f"{name} -> {name}", _same)
        for name in ("bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint")
    ),
    function("bool", "string -> bool", bool_of_string),
    function("bytes", "string -> bytes", bytes_of_string),
    function("double", "int -> double", float),
    function("double", "uint -> double", float),
    function("double", "string -> double", double_of_string),
    function("duration", "int -> duration", duration_of),
    function("duration", "string -> duration", parse_duration),
    function("int", "uint -> int", lambda value: as_int(int(value))),
    function("int", "double -> int", int_of_double),
    function("int", "string -> int", int_of_string),
    function("int", "timestamp -> int", int_of_timestamp),
    function("int", "duration -> int", int_of_duration),
    function("string", "bool -> string", lambda value: "true" if value else "false"),
    function("string", "int -> string", str),
    function("string", "uint -> string", lambda value: str(int(value))),
    function("string", "double -> string", double_text),
    function("string", "bytes -> string", string_of_bytes),
    function("string", "timestamp -> string", timestamp_text),
    function("string", "duration -> string", duration_text),
    function("timestamp", "int -> timestamp", timestamp_of_int),
    function("timestamp", "string -> timestamp", parse_timestamp),
    function("uint", "int -> uint", as_uint),
    function("uint", "double -> uint", uint_of_double),
    function("uint", "string -> uint", uint_of_string),
    function("dyn", "A -> dyn", _same),
    function("type", "A -> type(A)", type_of),
)
