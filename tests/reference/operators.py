"""Operators of conditions, and the functions that every type has."""

from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite
from typing import Any

from scopeguard.syntax.expression import UInt
from tests.reference.values import (
    LARGEST,
    NUMBERS,
    Moment,
    NoValue,
    Span,
    TypeName,
    boolean,
    contained,
    equal,
    kind_of,
    numbers,
    pairs,
    text,
    type_of,
)

LONGEST = 315_576_000_000 * 10**9
"""A duration, either way."""
FIRST, LAST = -62_135_596_800 * 10**9, 253_402_300_800 * 10**9 - 1
"""The first and the last moment: of the years 1 and 9999."""
TYPE_NAMES = {
    **{name: name for name in ("bool", "int", "uint", "double", "string", "bytes", "list", "map", "type")},
    "null": "null_type", "timestamp": "google.protobuf.Timestamp", "duration": "google.protobuf.Duration",
    "optional": "optional_type", "ip": "net.IP", "cidr": "net.CIDR",
}  # fmt: skip
"""The name that each type has as a value."""


def less(left: Any, right: Any) -> bool:
    """``left < right``, of one kind that has an order."""
    kind = kind_of(left)
    if kind != kind_of(right) or kind not in ("number", "bool", "string", "bytes", "timestamp", "duration"):
        raise NoValue
    one, other = numbers(left, right) if kind == "number" else (left, right)
    return bool(one < other)


def moment(count: int) -> Moment:
    """A timestamp in range."""
    if not FIRST <= count <= LAST:
        raise NoValue
    return Moment(count)


def span(count: int) -> Span:
    """A duration in range."""
    if abs(count) > LONGEST:
        raise NoValue
    return Span(count)


def number(value: Any) -> Any:
    """A number that its type holds: whole ones are 64 bits wide, and doubles are finite."""
    low, high = {int: (-(2**63), 2**63), UInt: (0, 2**64)}.get(type(value), (0, 0))
    if not (isfinite(value) if type(value) is float else low <= value < high):
        raise NoValue
    return value


def held(value: Any) -> Any:
    """A text or a list that is not too large."""
    if len(value) > LARGEST:
        raise NoValue
    return value


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Numbers of one type; ``+`` also joins, and times are moved by durations."""
    match operator, type_of(left), type_of(right):
        case "+", "timestamp", "duration":
            return moment(left.count + right.count)
        case "+", "duration", "timestamp":
            return moment(left.count + right.count)
        case "-", "timestamp", "duration":
            return moment(left.count - right.count)
        case "-", "timestamp", "timestamp":
            return span(number(left.count - right.count))
        case "+" | "-", "duration", "duration":
            return span(left.count + right.count if operator == "+" else left.count - right.count)
        case "+", "string" | "bytes" | "list" as kind, other if kind == other:
            return held(left + right)
    if type_of(left) != type_of(right) or type_of(left) not in NUMBERS or (operator, type(left)) == ("%", float):
        raise NoValue
    whole = type(left) is not float
    match operator:
        case "+" | "-" | "*":
            result = {"+": left + right, "-": left - right, "*": left * right}[operator]
        case "/":
            result = truncated(left, right) if whole else left / right
        case _:
            # Where the quotient is no int there is no remainder either.
            result = left - number(type(left)(truncated(left, right))) * right
    return number(UInt(result)) if type(left) is UInt else number(result)


def truncated(left: int, right: int) -> int:
    """Integer division towards zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def size(value: Any) -> int:
    """The length of a text, of bytes, of a list or of a map."""
    return len(value) if type_of(value) in ("string", "bytes", "list") else len(pairs(value))


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "!_": lambda value: not boolean(value),
    "-_": lambda value: arithmetic("-", 0, value) if type(value) is int else arithmetic("*", value, -1.0),
    "_==_": equal,
    "_!=_": lambda left, right: not equal(left, right),
    "_<_": less,
    "_<=_": lambda left, right: not less(right, left),
    "_>_": lambda left, right: less(right, left),
    "_>=_": lambda left, right: not less(left, right),
    "@in": contained,
    **{f"_{sign}_": partial(arithmetic, sign) for sign in "+-*/%"},
    "size": size,
    ".size": size,
    ".startsWith": lambda whole, part: text(whole).startswith(text(part)),
    ".endsWith": lambda whole, part: text(whole).endswith(text(part)),
    ".contains": lambda whole, part: text(part) in text(whole),
    "dyn": lambda value: value,
    "type": lambda value: TypeName(TYPE_NAMES[type_of(value)]),
}  # fmt: skip
