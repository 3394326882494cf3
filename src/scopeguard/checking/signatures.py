"""What the operators and functions of conditions take and give: tables for the static types."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.syntax import expression as ex

DYN: Final = "dyn"
BOOL: Final = "bool"
MAP: Final = "map(string, dyn)"
"""A map that the host gives, or one written with texts as keys."""
ANY_MAP: Final = "map(dyn, dyn)"
"""A map that a condition writes with other keys."""

NUMBERS: Final = frozenset({"int", "uint", "double"})
ORDERED: Final = NUMBERS | {"bool", "string", "bytes", "timestamp", "duration"}

WORDS: Final[Mapping[str, str]] = MappingProxyType({
    ex.AND: "&&", ex.OR: "||", ex.NOT: "!", ex.NEGATE: "-", ex.CONDITIONAL: "?:", ex.EQUAL: "==",
    ex.NOT_EQUAL: "!=", ex.LESS: "<", ex.LESS_EQUAL: "<=", ex.GREATER: ">", ex.GREATER_EQUAL: ">=",
    ex.IN: "in", ex.ADD: "+", ex.SUBTRACT: "-", ex.MULTIPLY: "*", ex.DIVIDE: "/", ex.MODULO: "%",
})  # fmt: skip
"""Operators as they are written."""

_ARITHMETIC: Final = (ex.ADD, ex.SUBTRACT, ex.MULTIPLY, ex.DIVIDE)

OPERATORS: Final[Mapping[tuple[str, str, str], str]] = MappingProxyType(
    {(operator, number, number): number for operator in _ARITHMETIC for number in sorted(NUMBERS)}
    | {(ex.MODULO, number, number): number for number in ("int", "uint")}
    | {(ex.ADD, text, text): text for text in ("string", "bytes", "duration")}
    | {
        (ex.ADD, "timestamp", "duration"): "timestamp",
        (ex.ADD, "duration", "timestamp"): "timestamp",
        (ex.SUBTRACT, "timestamp", "timestamp"): "duration",
        (ex.SUBTRACT, "timestamp", "duration"): "timestamp",
        (ex.SUBTRACT, "duration", "duration"): "duration",
    }
)
"""(operator, left, right) to the result; lists join apart from this."""

FUNCTIONS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = MappingProxyType({
    "size": (("sized",), "int"),
    "cidr": (("string",), "network"),
})  # fmt: skip
"""Each function to the types of its arguments and of its result."""

METHODS: Final[Mapping[str, tuple[str, tuple[str, ...], str]]] = MappingProxyType({
    "size": ("sized", (), "int"),
    "startsWith": ("string", ("string",), BOOL),
    "endsWith": ("string", ("string",), BOOL),
    "contains": ("string", ("string",), BOOL),
    "containsIP": ("network", ("string",), BOOL),
})  # fmt: skip
"""Each method to the types of what it is called on, of its arguments and of its result."""

_CONVERSION: Final = "compare values of one type; conversions are not supported yet"
_DATE: Final = "let the host supply the part of the date as a fact"
_PATTERN: Final = "use startsWith, endsWith, contains or =="

UNSUPPORTED: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(
        ("int", "uint", "double", "string", "bool", "bytes", "timestamp", "duration", "type", "dyn"), _CONVERSION
    )
    | dict.fromkeys(
        ("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds",
         "getMinutes", "getMonth", "getSeconds"), _DATE
    )
    | {"matches": _PATTERN, "ip": 'compare with a network: cidr("10.0.0.0/8").containsIP(…)'}
)  # fmt: skip
"""Functions of the language that conditions do not have, with what to write instead."""


def is_list(kind: str) -> bool:
    """Whether *kind* is a type of lists."""
    return kind.startswith("list(")


def is_map(kind: str) -> bool:
    """Whether *kind* is a type of maps."""
    return kind.startswith("map(")


def members_of(kind: str) -> str:
    """The type of what can be ``in`` a value of type *kind* and what macros bind; dyn where that is not known."""
    if is_list(kind):
        return kind.removeprefix("list(")[:-1]
    return "string" if kind == MAP else DYN


def compatible(left: str, right: str) -> bool:
    """Whether a value of one type may equal one of the other."""
    if DYN in (left, right) or left == right or (is_map(left) and is_map(right)):
        return True
    if is_list(left) and is_list(right):
        return compatible(members_of(left), members_of(right))
    return left in NUMBERS and right in NUMBERS


def accepts(wanted: str, given: str) -> bool:
    """Whether an argument of type *given* may stand where *wanted* is asked for."""
    if wanted == "sized":
        return given in (DYN, "string", "bytes") or is_list(given) or is_map(given)
    return given in (wanted, DYN)


def joined(kinds: tuple[str, ...]) -> str:
    """The type of a value that is of one of *kinds*."""
    return kinds[0] if len(set(kinds)) == 1 else DYN


def phrase(kind: str) -> str:
    """A type as messages say it, with its article."""
    return kind if kind == "null" else f"{'an' if kind[0] in 'aio' else 'a'} {kind}"
