"""From one type to another, and mathematics, written to be read."""

import math
import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from scopeguard.syntax.expression import UInt
from tests.reference.operators import less, moment, number, span
from tests.reference.times import SECOND, duration, duration_text, timestamp, timestamp_text
from tests.reference.values import NUMBERS, NoValue, of, taking, type_of

TRUE = ("1", "t", "T", "true", "TRUE", "True")
FALSE = ("0", "f", "F", "false", "FALSE", "False")
DIGITS = "[0-9](_?[0-9])*"
HEXADECIMAL = "[0-9a-fA-F](_?[0-9a-fA-F])*"
DOUBLE = (
    rf"[+-]?({DIGITS}(\.({DIGITS})?)?|\.{DIGITS})([eE][+-]?{DIGITS})?|"
    rf"[+-]?0[xX](_?{HEXADECIMAL}(\.({HEXADECIMAL})?)?|\.{HEXADECIMAL})[pP][+-]?{DIGITS}"
)
"""What Go reads as a number; one of no end is none here."""


def written(value: str, form: str) -> str:
    """A text that has to be of a form."""
    if re.fullmatch(form, value, re.ASCII) is None:
        raise NoValue
    return value


def double(value: str) -> float:
    """``double(text)``."""
    plain = written(value, DOUBLE).replace("_", "")
    return float(number(float.fromhex(plain) if "x" in plain.lower() else float(plain)))


def cut(value: float, low: float, high: float) -> int:
    """A double without its fraction, where it is from *low* on and below *high*."""
    if not low <= value < high:
        raise NoValue
    return int(value)


def boolean_of(value: str) -> bool:
    """``bool(text)``."""
    if value not in (*TRUE, *FALSE):
        raise NoValue
    return value in TRUE


def double_text(value: float) -> str:
    """The fewest digits that are the same double; a power of ten is written from a million up and below a ten thousandth."""
    places = next(each for each in range(20) if float(f"{value:.{each}e}") == value)
    power = int(f"{value:.{places}e}".partition("e")[2])
    return f"{value:.{max(places - power, 0)}f}" if -4 <= power < 6 else f"{value:.{places}e}"


def half_up(value: float) -> float:
    """The nearest whole number; of two the one that is farther from zero."""
    whole = math.trunc(value)
    return whole + (math.copysign(1, value) if abs(value - whole) >= 0.5 else 0)


def signed(value: float, made: float) -> float:
    """A double with the sign that it was made of: there are two zeros."""
    return math.copysign(made, value)


def sign(value: Any) -> Any:
    """-1, 0 or 1 of the type of a number."""
    return value if value == 0 else type(value)(1 if value > 0 else -1)


def most(ahead: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    """The number that is ahead of all others, and of equal ones the first; of some operands or of a list."""

    def choose(*operands: Any) -> Any:
        values = operands[0] if type_of(operands[0]) == "list" and len(operands) == 1 else operands
        if not values or any(type_of(each) not in NUMBERS for each in values):
            raise NoValue
        return reduce(lambda best, each: each if ahead(each, best) else best, values)

    return choose


def bitwise(apply: Callable[[int, int], int]) -> Callable[..., Any]:
    """An operation on the bits of two numbers of one type."""
    return taking({"int int": apply, "uint uint": lambda one, other: UInt(apply(one, other))})


def shifted(value: int, places: int) -> int:
    """The 64 bits of a number, moved to the left; to the right, without its sign, where *places* are negative."""
    bits, factor = value % 2**64, 1 << min(abs(places), 64)
    return bits * factor % 2**64 if places >= 0 else bits // factor


def shifting(direction: int) -> Callable[..., Any]:
    """``math.bitShiftLeft`` and ``math.bitShiftRight``."""

    def shift(value: int, places: int) -> int:
        if places < 0:
            raise NoValue
        return shifted(value, direction * places)

    def whole(value: int, places: int) -> int:
        bits = shift(value, places)
        return bits - 2**64 if bits >= 2**63 else bits

    return taking({"int int": whole, "uint int": lambda value, places: UInt(shift(value, places))})


def itself(value: Any) -> Any:
    """What is of the type already."""
    return value


CONVERSIONS: Mapping[str, Callable[..., Any]] = {
    "bool": taking({"bool": itself, "string": boolean_of}),
    "bytes": taking({"bytes": itself, "string": str.encode}),
    "double": taking({"double": itself, "int": float, "uint": float, "string": double}),
    "duration": taking({"duration": itself, "string": duration, "int": span}),
    "int": taking({
        "int": itself, "uint": lambda value: number(int(value)), "double": lambda value: cut(value, math.nextafter(-(2.0**63), 0), 2.0**63),
        "string": lambda value: number(int(written(value, "[+-]?[0-9]+"))),
        "timestamp": lambda value: value.count // SECOND, "duration": lambda value: number(value.count),
    }),
    "string": taking({
        "string": itself, "bool": lambda value: "true" if value else "false", "int": str, "uint": lambda value: str(int(value)),
        "double": double_text, "bytes": bytes.decode, "timestamp": timestamp_text, "duration": duration_text,
        "ip": str, "cidr": lambda value: f"{value.ip}/{value.network.prefixlen}",
    }),
    "timestamp": taking({"timestamp": itself, "string": timestamp, "int": lambda value: moment(value * SECOND)}),
    "uint": taking({
        "uint": itself, "int": lambda value: number(UInt(value)), "double": lambda value: UInt(cut(value, 0, 2.0**64)),
        "string": lambda value: number(UInt(written(value, "[0-9]+"))),
    }),
}  # fmt: skip

MATHEMATICS: Mapping[str, Callable[..., Any]] = {
    "math.greatest": most(lambda one, other: less(other, one)),
    "math.least": most(less),
    "math.ceil": of(lambda value: signed(value, math.ceil(value)), "double"),
    "math.floor": of(lambda value: signed(value, math.floor(value)), "double"),
    "math.round": of(lambda value: signed(value, half_up(value)), "double"),
    "math.trunc": of(lambda value: signed(value, math.trunc(value)), "double"),
    "math.abs": of(lambda value: number(type(value)(abs(value))), *NUMBERS),
    "math.sign": of(sign, *NUMBERS),
    "math.sqrt": of(math.sqrt, *NUMBERS),
    "math.isNaN": of(math.isnan, "double"),
    "math.isInf": of(math.isinf, "double"),
    "math.isFinite": of(math.isfinite, "double"),
    "math.bitAnd": bitwise(lambda one, other: one & other),
    "math.bitOr": bitwise(lambda one, other: one | other),
    "math.bitXor": bitwise(lambda one, other: one ^ other),
    "math.bitNot": taking({"int": lambda value: -1 - value, "uint": lambda value: UInt(2**64 - 1 - value)}),
    "math.bitShiftLeft": shifting(1),
    "math.bitShiftRight": shifting(-1),
}
