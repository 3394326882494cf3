"""The operators and functions of the core language (cel-spec, "List of Standard Definitions")."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any, Final, TypeVar

from scopeguard.errors import EvaluationError
from scopeguard.limits import MAX_VALUE_SIZE
from scopeguard.semantics.functions.declarations import Declaration, function, method
from scopeguard.semantics.values import (
    INT_MAX,
    INT_MIN,
    NUMERIC_KINDS,
    UINT_MAX,
    bounded,
    comparable,
    equal,
    is_native,
    lookup,
)
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import UInt

_Text = TypeVar("_Text", str, bytes)

DIVIDE_BY_ZERO: Final = "divide by zero"


def as_int(value: int) -> int:
    """*value* as an int. Raises EvaluationError outside of 64 signed bits."""
    if not INT_MIN <= value <= INT_MAX:
        raise EvaluationError("int overflow")
    return value


def as_uint(value: int) -> UInt:
    """*value* as a uint. Raises EvaluationError outside of 64 unsigned bits."""
    if not 0 <= value <= UINT_MAX:
        raise EvaluationError("uint overflow")
    return UInt(value)


def quotient(left: int, right: int) -> int:
    """``left / right``, rounded towards zero. Raises EvaluationError for a zero divisor."""
    if right == 0:
        raise EvaluationError(DIVIDE_BY_ZERO)
    magnitude = abs(left) // abs(right)
    return magnitude if (left < 0) is (right < 0) else -magnitude


def remainder(left: int, right: int) -> int:
    """``left % right``, with the sign of *left*. Raises EvaluationError for a zero divisor."""
    if right == 0:
        raise EvaluationError("modulus by zero")
    if left == INT_MIN and right == -1:
        raise EvaluationError("int overflow")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def ratio(left: float, right: float) -> float:
    """``left / right`` as IEEE 754 has it: a zero divisor gives an infinity or NaN."""
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _int(apply: Callable[[int, int], int]) -> Callable[[int, int], int]:
    return lambda left, right: as_int(apply(left, right))


def _uint(apply: Callable[[int, int], int]) -> Callable[[UInt, UInt], UInt]:
    return lambda left, right: as_uint(apply(int(left), int(right)))


def _check_size(left: Sized, right: Sized) -> None:
    if len(left) + len(right) > MAX_VALUE_SIZE:
        raise EvaluationError(f"a value larger than {MAX_VALUE_SIZE}")


def concatenated(left: Sequence[Any], right: Sequence[Any]) -> list[Any]:
    """Two lists as one. Raises EvaluationError for one larger than MAX_VALUE_SIZE."""
    _check_size(left, right)
    return [*left, *right]


def contains(item: object, items: Sequence[Any]) -> bool:
    """Whether an element of *items* equals *item*."""
    if is_native(item, items):
        return item in items
    bounded(len(items))
    return any(equal(item, other) for other in items)


def has_key(key: object, mapping: Mapping[Any, Any]) -> bool:
    """Whether *mapping* has *key*."""
    return lookup(mapping, key).has_value


def different(left: object, right: object) -> bool:
    """``left != right``."""
    return not equal(left, right)


def size(value: Sized) -> int:
    """Elements, entries, code points or bytes."""
    return len(value)


def starts_with(text: str, prefix: str) -> bool:
    """Whether *text* begins with *prefix*."""
    return text.startswith(prefix)


def ends_with(text: str, suffix: str) -> bool:
    """Whether *text* ends with *suffix*."""
    return text.endswith(suffix)


def within(text: str, part: str) -> bool:
    """Whether *text* contains *part*."""
    return part in text


def _joined(left: _Text, right: _Text) -> _Text:
    _check_size(left, right)
    return left + right


def _ordered(apply: Callable[[Any, Any], bool], one: str, other: str) -> Callable[[Any, Any], bool]:
    if one != other and "double" in (one, other):
        return lambda left, right: apply(comparable(left), comparable(right))
    return apply


_ORDERS: Final[tuple[tuple[str, Callable[[Any, Any], bool]], ...]] = (
    (ex.LESS, operator.lt),
    (ex.LESS_EQUAL, operator.le),
    (ex.GREATER, operator.gt),
    (ex.GREATER_EQUAL, operator.ge),
)
_ORDERED: Final = (
    *((one, other) for one in NUMERIC_KINDS for other in NUMERIC_KINDS),
    *((one, one) for one in ("bool", "string", "bytes")),
)

DECLARATIONS: Final[tuple[Declaration, ...]] = (
    function(ex.EQUAL, "A, A -> bool", equal),
    function(ex.NOT_EQUAL, "A, A -> bool", different),
    *(
        function(name, f"{one}, {other} -> bool", _ordered(apply, one, other))
        for name, apply in _ORDERS
        for one, other in _ORDERED
    ),
    function(ex.NOT, "bool -> bool", operator.not_),
    function(ex.NEGATE, "int -> int", lambda value: as_int(-value)),
    function(ex.NEGATE, "double -> double", operator.neg),
    function(ex.ADD, "int, int -> int", _int(operator.add)),
    function(ex.ADD, "uint, uint -> uint", _uint(operator.add)),
    function(ex.ADD, "double, double -> double", operator.add),
    function(ex.ADD, "string, string -> string", _joined),
    function(ex.ADD, "bytes, bytes -> bytes", _joined),
    function(ex.ADD, "list(A), list(A) -> list(A)", concatenated),
    function(ex.SUBTRACT, "int, int -> int", _int(operator.sub)),
    function(ex.SUBTRACT, "uint, uint -> uint", _uint(operator.sub)),
    function(ex.SUBTRACT, "double, double -> double", operator.sub),
    function(ex.MULTIPLY, "int, int -> int", _int(operator.mul)),
    function(ex.MULTIPLY, "uint, uint -> uint", _uint(operator.mul)),
    function(ex.MULTIPLY, "double, double -> double", operator.mul),
    function(ex.DIVIDE, "int, int -> int", _int(quotient)),
    function(ex.DIVIDE, "uint, uint -> uint", _uint(quotient)),
    function(ex.DIVIDE, "double, double -> double", ratio),
    function(ex.MODULO, "int, int -> int", remainder),
    function(ex.MODULO, "uint, uint -> uint", _uint(remainder)),
    function(ex.IN, "A, list(A) -> bool", contains),
    function(ex.IN, "A, map(A, B) -> bool", has_key),
    *(
        declare("size", f"{sized} -> int", size)
        for declare in (function, method)
        for sized in ("string", "bytes", "list(A)", "map(A, B)")
    ),
    method("startsWith", "string, string -> bool", starts_with),
    method("endsWith", "string, string -> bool", ends_with),
    method("contains", "string, string -> bool", within),
)
