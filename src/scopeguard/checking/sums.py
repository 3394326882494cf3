"""What terms come to whatever is read: sums that cancel out, what is counted between bounds, types that are declared.

Whole numbers, moments and spans of time are exact, so that a comparison of two sums is one of their difference with a
constant. Doubles are rounded: of them only what an attribute, which is finite, has in common with itself is known, and
between which bounds there are those that are no NaN.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil, floor, gcd, inf
from typing import Any, Final, NamedTuple, TypeAlias

from scopeguard.semantics.constant_folding import constant_value
from scopeguard.semantics.names import Names
from scopeguard.semantics.type_checker import kind_of_term
from scopeguard.semantics.values import NUMERIC_KINDS, RANGES, kind_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr
from scopeguard.syntax.printer import print_expression

Bounds: TypeAlias = tuple[float | None, float | None]
"""The least and the greatest that a number may be; None where there is none."""
_Sum: TypeAlias = tuple[dict[Expr, int], Fraction]
"""How often each term is in a sum, and what is added to that."""

_ANY: Final[Bounds] = (None, None)
_COUNTED: Final[Mapping[str, Bounds]] = {
    **dict.fromkeys(("size", "math.abs"), (0, None)),
    **dict.fromkeys(("indexOf", "lastIndexOf"), (-1, None)),
    "math.sign": (-1, 1),
}
_MOST: Final = frozenset({"math.greatest", "math.least"})
_OF_MOMENTS: Final[Mapping[str, Bounds]] = {
    "getMonth": (0, 11), "getDate": (1, 31), "getDayOfMonth": (0, 30),
    "getDayOfWeek": (0, 6), "getDayOfYear": (0, 365),
    "getHours": (0, 23), "getMinutes": (0, 59), "getSeconds": (0, 59), "getMilliseconds": (0, 999),
}  # fmt: skip
"""Of a span, the same functions tell all of it in one unit."""
_EXACT: Final[Mapping[str, str]] = {"int": "number", "uint": "number", "timestamp": "moment", "duration": "span"}
SETTLING: Final = frozenset({*_COUNTED, *_MOST, *_OF_MOMENTS, "type", ex.MULTIPLY, ex.DIVIDE, ex.MODULO})
"""Functions of which something is known although each name is read once."""
_NOTHING: Final[_Sum] = {}, Fraction(0)
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT: Final = timedelta(microseconds=1)


class Numbers(NamedTuple):
    """The whole numbers that a name may be: those between bounds, or *listed* ones where all of them are known."""

    bounds: Bounds
    listed: tuple[int, ...] = ()


class Sum(NamedTuple):
    """Terms, each with how often it is added: the first one at least once, and no number divides them all."""

    terms: tuple[tuple[Expr, int], ...]
    bounds: Bounds
    is_whole: bool = True
    """Whether it is a whole number, so that it cannot lie between two that follow each other."""
    listed: tuple[int, ...] = ()
    """All that it may be, where that is known."""

    def places(self, constants: list[Any]) -> Iterator[int]:
        """Where it may be among sorted constants: odd places are these, even ones lie between."""
        low, high = self.bounds
        possible = {place_of(number, constants) for number in self.listed} or range(2 * len(constants) + 1)
        for place in sorted(possible):
            is_between = place % 2 == 0
            before, after = constants[: place // 2][-1:], constants[place // 2 :][:1]
            if self.is_whole:
                lows = [floor(each) + 1 for each in before] if is_between else [ceil(each) for each in after]
                highs = [ceil(each) - 1 if is_between else floor(each) for each in after]
            else:
                # What lies between two numbers does not include these.
                lows, highs = before if is_between else after, after
            least, most = max([*lows, *_known(low)], default=-inf), min([*highs, *_known(high)], default=inf)
            if least < most or (least == most and (self.is_whole or not is_between)):
                yield place


def place_of(value: Any, constants: Sequence[Any]) -> int:
    """The place of a value among sorted constants: an odd one where it is one of these."""
    index = bisect_left(constants, value)
    return 2 * index + (list(constants[index : index + 1]) == [value])


def difference(
    left: Expr, right: Expr, names: Names, known: Mapping[str, Numbers]
) -> tuple[Sum | None, Fraction, int] | None:
    """A sum, a constant, and 1 or -1 by which *left* compared with *right* is the sum compared with the constant.

    *known* are the numbers that names may be. The sum is None where all of it cancels out, and is 0 then. None where
    one of the two is no exact number or time.
    """
    families = {_family(each, names) for each in (left, right)}
    if len(families) != 1 or None in families:
        return None
    found, constant = _added(_sum(left, names), _sum(right, names), -1)
    if not found:
        return None, -constant, 1
    terms = sorted(found.items(), key=lambda each: print_expression(each[0]))
    divisor = gcd(*found.values()) * (1 if terms[0][1] > 0 else -1)
    whole = tuple((term, often // divisor) for term, often in terms)
    found_sum = Sum(whole, _bounds_of_sum(whole, names, known), listed=_listed(whole, known))
    return found_sum, -constant / divisor, 1 if divisor > 0 else -1


def bounded(term: Expr, names: Names, known: Mapping[str, Numbers]) -> Sum | None:
    """A number that is between bounds, to compare with a double; None where none are known, or it may be NaN."""
    if kind_of_term(term, names) not in NUMERIC_KINDS or not _is_ordered(term, names):
        return None
    bounds = _bounds(term, names, known)
    alone = ((term, 1),)
    return None if bounds == _ANY else Sum(alone, bounds, is_whole=False, listed=_listed(alone, known))


def _is_ordered(expr: Expr, names: Names) -> bool:
    """Whether a number is no NaN: neither is an attribute, nor what is made of such numbers alone."""
    match expr:
        case Call(function=ex.MULTIPLY, args=(left, right)):
            return left == right and _is_ordered(left, names)
        case Call(function="math.abs" | "math.sign" | "math.greatest" | "math.least", args=args):
            return all(_is_ordered(each, names) for each in _numbers(args))
    value = constant_value(expr, names)
    if value is not None:
        return bool(value[0] == value[0])
    return (isinstance(expr, Ident) and expr.absolute) or kind_of_term(expr, names) in RANGES


def _numbers(args: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The numbers that a function takes, of which there may be a list."""
    match args:
        case (ListExpr(items=items, optional=optional),) if not optional:
            return items
    return args


def _known(end: float | None) -> tuple[float, ...]:
    return () if end is None else (end,)


def _family(expr: Expr, names: Names) -> str | None:
    value = constant_value(expr, names)
    return _EXACT.get(kind_of_term(expr, names) if value is None else kind_of(value[0]))


def _constant(expr: Expr, names: Names) -> Fraction | None:
    """The number that *expr* is, times in microseconds; None where it reads something, or is no exact number."""
    value = constant_value(expr, names)
    match value and value[0]:
        case bool():
            return None
        case int(number):
            return Fraction(number)
        case datetime() as moment:
            return Fraction((moment - _START) // _UNIT)
        case timedelta() as span:
            return Fraction(span // _UNIT)
    return None


def _sum(expr: Expr, names: Names) -> _Sum:
    # Recursion is bounded by the depth that the parser admits.
    constant = _constant(expr, names)
    if constant is not None:
        return {}, constant
    match expr:
        case Call(function=ex.NEGATE, args=(operand,)):
            return _added(_NOTHING, _sum(operand, names), -1)
        case Call(function=ex.MODULO, args=(left, right)) if left == right or _constant(right, names) == 1:
            return _NOTHING
        case Call(function=ex.DIVIDE, args=(left, right)) if left == right:
            return {}, Fraction(1)
        case Call(function=ex.DIVIDE, args=(left, right)) if _constant(right, names) == 1:
            return _sum(left, names)
        case Call(function=ex.ADD | ex.SUBTRACT as function, args=(left, right)):
            return _added(_sum(left, names), _sum(right, names), 1 if function == ex.ADD else -1)
        case Call(function=ex.MULTIPLY, args=(left, right)):
            for factor, rest in ((_sum(left, names), right), (_sum(right, names), left)):
                if not factor[0]:
                    return _added(_NOTHING, _sum(rest, names), int(factor[1]))
    return {expr: 1}, Fraction(0)


def _added(one: _Sum, other: _Sum, times: int) -> _Sum:
    found = {term: one[0].get(term, 0) + times * other[0].get(term, 0) for term in (*one[0], *other[0])}
    return {term: often for term, often in found.items() if often}, one[1] + times * other[1]


def _listed(terms: tuple[tuple[Expr, int], ...], known: Mapping[str, Numbers]) -> tuple[int, ...]:
    match terms:
        case ((Ident(name=name, absolute=True), 1),) if name in known:
            return known[name].listed
    return ()


def _bounds_of_sum(terms: tuple[tuple[Expr, int], ...], names: Names, known: Mapping[str, Numbers]) -> Bounds:
    found = [(often, _bounds(term, names, known)) for term, often in terms]
    ends = [[(bounds if often > 0 else bounds[::-1])[end] for often, bounds in found] for end in (0, 1)]
    low, high = (
        None if None in end else sum(often * (each or 0) for (often, _), each in zip(found, end, strict=True))
        for end in ends
    )
    return low, high


def _bounds(expr: Expr, names: Names, known: Mapping[str, Numbers]) -> Bounds:
    match expr:
        case Ident(name=name, absolute=True) if name in known:
            return known[name].bounds
        case Call(function=function, target=target) if function in _OF_MOMENTS and target is not None:
            return _OF_MOMENTS[function] if kind_of_term(target, names) == "timestamp" else _ANY
        case (
            Call(function="size", args=(Call(function="split", args=args),))
            | Call(function="size", target=Call(function="split", args=args))
        ):
            return _parts_of_text(args, names)
        case Call(function=function) if function in _COUNTED:
            return _COUNTED[function]
        case Call(function=function, args=args) if function in _MOST:
            return _most(function, [_bounds(each, names, known) for each in _numbers(args)])
        case Call(function=ex.MULTIPLY, args=(left, right)) if left == right:
            return 0, None
        case Call(function=ex.MODULO, args=(_, right)) if divisor := _constant(right, names):
            return 1 - abs(int(divisor)), abs(int(divisor)) - 1
    match constant_value(expr, names):
        case (int() | float() as number,):
            return number, number
    return RANGES.get(kind_of_term(expr, names), _ANY)


def _most(function: str, found: list[Bounds]) -> Bounds:
    """The bounds of the greatest or the least of numbers: on one side any of theirs will do, on the other all must."""
    lows, highs = ([end for bounds in found for end in _known(bounds[side])] for side in (0, 1))
    if function == "math.greatest":
        return max(lows, default=None), max(highs) if highs and len(highs) == len(found) else None
    return min(lows) if lows and len(lows) == len(found) else None, min(highs, default=None)


def _parts_of_text(args: tuple[Expr, ...], names: Names) -> Bounds:
    """How many parts there are between separators: one at least, but where a limit or the separator is none."""
    found = [constant_value(each, names) for each in args]
    match found:
        case [(str(separator),)] if separator:
            return 1, None
        case [(str(separator),), (int(limit),)] if separator:
            return min(1, abs(limit)), None if limit < 0 else limit
    return _COUNTED["size"]
