"""Mathematics beyond the operators (cel-go's math extension)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.declarations import Declaration, function
from scopeguard.semantics.functions.operators import as_int
from scopeguard.semantics.values import NO_OVERLOAD, NUMERIC_KINDS, UINT_MAX, bounded, comparable, kind_of
from scopeguard.syntax.expression import UInt

_WIDTH: Final = 64


def _whole(apply: Callable[[float], int]) -> Callable[[float], float]:
    # Infinities and NaN are their own nearest whole number, and a zero keeps its sign.
    return lambda value: math.copysign(float(apply(value)), value) if math.isfinite(value) else value


def _rounded(value: float) -> int:
    # Half away from zero; adding a half would be inexact for large values.
    lower = math.floor(abs(value))
    return int(math.copysign(lower + (abs(value) - lower >= 0.5), value))


def sign(value: Any) -> Any:
    """-1, 0 or 1, of the type of *value*; NaN for NaN."""
    if isinstance(value, float):
        return value if value == 0 or math.isnan(value) else math.copysign(1.0, value)
    return type(value)((value > 0) - (value < 0))


def square_root(value: float) -> float:
    """The square root; NaN for a negative number."""
    return math.sqrt(value) if value >= 0 or math.isnan(value) else math.nan


def greatest(values: Sequence[Any]) -> Any:
    """The greatest of *values*, the first of equal ones. Raises EvaluationError for none and for no number."""
    return _most(values, operator.gt)


def least(values: Sequence[Any]) -> Any:
    """The least of *values*, the first of equal ones. Raises EvaluationError for none and for no number."""
    return _most(values, operator.lt)


def _most(values: Sequence[Any], ahead: Callable[[Any, Any], bool]) -> Any:
    if not values:
        raise EvaluationError("an empty list has no greatest and no least number")
    bounded(len(values))
    if any(kind_of(value) not in NUMERIC_KINDS for value in values):
        raise EvaluationError(NO_OVERLOAD)
    best, *others = values
    for value in others:
        # As the operators do, with a double by the nearest double.
        exact = float not in (type(value), type(best))
        if ahead(value, best) if exact else ahead(comparable(value), comparable(best)):
            best = value
    return best


def _shift(value: int, count: int, apply: Callable[[int, int], int]) -> int:
    """*value* as 64 bits, shifted without its sign."""
    if count < 0:
        raise EvaluationError("negative offset")
    return apply(value & UINT_MAX, count) & UINT_MAX if count < _WIDTH else 0


def _signed(bits: int) -> int:
    return bits - (1 << _WIDTH) if bits >> (_WIDTH - 1) else bits


def _of_many(name: str, apply: Callable[[Sequence[Any]], Any]) -> tuple[Declaration, ...]:
    return (
        *(function(name, f"{one} -> {one}", lambda value: value) for one in NUMERIC_KINDS),
        *(
            function(name, f"{one}, {other} -> {one if one == other else 'dyn'}", lambda *values: apply(values))
            for one in NUMERIC_KINDS
            for other in NUMERIC_KINDS
        ),
        *(function(name, f"list({one}) -> {one}", apply) for one in NUMERIC_KINDS),
    )


_BITWISE: Final = (("math.bitAnd", operator.and_), ("math.bitOr", operator.or_), ("math.bitXor", operator.xor))
_SHIFTS: Final = (("math.bitShiftLeft", operator.lshift), ("math.bitShiftRight", operator.rshift))


def _shifting(apply: Callable[[int, int], int], made: Callable[[int], int]) -> Callable[[int, int], int]:
    return lambda value, count: made(_shift(value, count, apply))


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    *_of_many("math.greatest", greatest),
    *_of_many("math.least", least),
    function("math.ceil", "double -> double", _whole(math.ceil)),
    function("math.floor", "double -> double", _whole(math.floor)),
    function("math.round", "double -> double", _whole(_rounded)),
    function("math.trunc", "double -> double", _whole(math.trunc)),
    function("math.abs", "int -> int", lambda value: as_int(abs(value))),
    function("math.abs", "uint -> uint", lambda value: value),
    function("math.abs", "double -> double", abs),
    *(function("math.sign", f"{kind} -> {kind}", sign) for kind in NUMERIC_KINDS),
    *(function("math.sqrt", f"{kind} -> double", lambda value: square_root(float(value))) for kind in NUMERIC_KINDS),
    function("math.isNaN", "double -> bool", math.isnan),
    function("math.isInf", "double -> bool", math.isinf),
    function("math.isFinite", "double -> bool", math.isfinite),
    *(function(name, "int, int -> int", apply) for name, apply in _BITWISE),
    *(
        function(name, "uint, uint -> uint", lambda one, other, apply=apply: UInt(apply(one, other)))
        for name, apply in _BITWISE
    ),
    function("math.bitNot", "int -> int", operator.invert),
    function("math.bitNot", "uint -> uint", lambda value: UInt(value ^ UINT_MAX)),
    *(function(name, "int, int -> int", _shifting(apply, _signed)) for name, apply in _SHIFTS),
    *(function(name, "uint, int -> uint", _shifting(apply, UInt)) for name, apply in _SHIFTS),
)
