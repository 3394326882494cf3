"""Single tests of a row, as the language compares values: types are settled before any back end sees them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import floor, isfinite
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType, NoneType
from typing import Any, Final

from scopeguard.conditions import (
    NEVER,
    Attribute,
    Compare,
    Condition,
    Function,
    FunctionName,
    Has,
    In,
    Includes,
    Not,
    Operand,
    Operator,
    Origin,
    Test,
    Text,
    TextTest,
    Value,
)
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import UInt

OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType({
    ex.EQUAL: "==", ex.NOT_EQUAL: "!=", ex.LESS: "<", ex.LESS_EQUAL: "<=", ex.GREATER: ">", ex.GREATER_EQUAL: ">=",
})  # fmt: skip
FUNCTIONS: Final[Mapping[str, FunctionName]] = MappingProxyType({
    ex.ADD: "+", ex.SUBTRACT: "-", ex.MULTIPLY: "*", ex.DIVIDE: "/", "size": "size",
})  # fmt: skip
TEXT_TESTS: Final[Mapping[str, TextTest]] = MappingProxyType({
    "startsWith": "startsWith", "endsWith": "endsWith", "contains": "contains",
})  # fmt: skip
_INVERSE: Final[Mapping[Operator, Operator]] = MappingProxyType({
    "==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<",
})  # fmt: skip
_MIRRORED: Final[Mapping[Operator, Operator]] = MappingProxyType({
    "==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
})  # fmt: skip
_APPLIED: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = MappingProxyType({
    "==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
})  # fmt: skip

_NUMBER: Final = "number"
_OTHER: Final = "other"
GROUPS: Final[Mapping[str, str]] = MappingProxyType({
    "int": _NUMBER, "uint": _NUMBER, "double": _NUMBER, "string": "string", "bool": "bool", "bytes": "bytes",
    "timestamp": "timestamp", "duration": "duration",
})  # fmt: skip
"""The declared types of attributes that tests are about, by what is compared with one another."""
_OF_CLASS: Final[Mapping[type, str]] = MappingProxyType({
    bool: "bool", int: _NUMBER, UInt: _NUMBER, float: _NUMBER, str: "string", bytes: "bytes", datetime: "timestamp",
    timedelta: "duration", NoneType: _OTHER, tuple: _OTHER, list: _OTHER, dict: _OTHER, MappingProxyType: _OTHER,
})  # fmt: skip
_OF_VALUE: Final[Mapping[type, str]] = MappingProxyType({float: "double", str: "string"})
_ORDERED: Final = frozenset({_NUMBER, "string", "bytes", "timestamp", "duration"})


class Unsayable(Exception):
    """What no test says: only a check of the row itself answers."""


def settled(result: bool, operand: Operand, *, wanted: bool, origin: Origin) -> Condition:  # noqa: FBT001  # a truth
    """What is *result* for every row in which *operand* has a value. Raises Unsayable where it is no attribute."""
    if result is not wanted:
        return NEVER
    if not isinstance(operand, Attribute):
        raise Unsayable
    return Has(operand, origin=origin)


def compared(function: str, left: Operand, right: Operand, *, wanted: bool, origin: Origin) -> Condition:
    """That a comparison of the language is *wanted*. Raises Unsayable."""
    operator = OPERATORS[function]
    if isinstance(left, Value):
        left, right, operator = right, left, _MIRRORED[operator]
    group = _group(left)
    if group != _group(right):
        # What is of two types has no value.
        return NEVER
    if operator not in ("==", "!=") and group not in _ORDERED:
        raise Unsayable
    if not wanted:
        operator = _INVERSE[operator]
    if group == _NUMBER and not isinstance(left, Value):
        return _of_numbers(operator, left, right, origin)
    return Compare(operator, left, right, origin=origin)


def _group(operand: Operand) -> str:
    found = _OF_CLASS.get(type(operand.value)) if isinstance(operand, Value) else GROUPS.get(operand.type)
    if found is None:
        raise Unsayable
    return found


def _of_numbers(operator: Operator, left: Attribute | Function, right: Operand, origin: Origin) -> Condition:
    """Numbers of two types are compared as doubles, whatever the store does with them."""
    if not isinstance(right, Value):
        if (left.type == "double") is not (right.type == "double"):
            raise Unsayable
        return Compare(operator, left, right, origin=origin)
    value = _as_double(right.value) if left.type == "double" else right.value
    if isinstance(value, float) and left.type != "double":
        below = _whole(value)
        if below != value:
            # Between two whole numbers: none is equal, and the one below is the bound.
            if operator in ("==", "!="):
                return settled(operator == "!=", left, wanted=True, origin=origin)
            operator = "<=" if operator in ("<", "<=") else ">"
        value = below
    if isinstance(value, int) and value >= 2**63:
        return settled(_APPLIED[operator](0, value), left, wanted=True, origin=origin)
    return Compare(operator, left, Value(value), origin=origin)


def _as_double(value: Any) -> float:
    found = float(value)
    if not isfinite(found):
        raise Unsayable
    return found


def _whole(value: float) -> int:
    """The whole number at or below a double. Raises Unsayable where doubles stand for several whole numbers each."""
    if not abs(value) < 2**53:
        raise Unsayable
    return floor(value)


def listed(attribute: Attribute, values: Any, *, wanted: bool, origin: Origin) -> Condition:
    """That an attribute is one of some values of the request. Raises Unsayable."""
    group = _group(attribute)
    if not isinstance(values, list | tuple | Mapping):
        return NEVER
    alike = [value for value in values if _group(Value(value)) == group]
    if not wanted and len(alike) < len(values):
        # Where none is equal, one of another type leaves the whole without a value.
        return NEVER
    found = (_of_type(value, attribute.type) for value in alike)
    test = In(attribute, tuple(dict.fromkeys(value for value in found if value is not None)), origin=origin)
    return test if wanted else Not(test)


def _of_type(value: Any, kind: str) -> Any:
    """A value of an attribute's group as one of its type; None for a number that is none of them."""
    if kind == "double":
        return _as_double(value)
    if isinstance(value, float):
        value = _whole(value) if _whole(value) == value else None
    return int(value) if type(value) is UInt else value


def included(item: Any, attribute: Attribute, *, wanted: bool, origin: Origin) -> Condition:
    """That a value of the request is in an attribute that is a list. Raises Unsayable."""
    if not attribute.type.startswith("list("):
        raise Unsayable
    element = Attribute(attribute.name, attribute.type.removeprefix("list(").removesuffix(")"))
    if _group(element) != _group(Value(item)):
        if wanted:
            return NEVER
        raise Unsayable
    value = _of_type(item, element.type)
    if value is None:
        return settled(False, attribute, wanted=wanted, origin=origin)
    test = Includes(attribute, Value(value), origin=origin)
    return test if wanted else Not(test)


def made_of(name: FunctionName, args: tuple[Operand, ...]) -> Function:
    """What a function makes of attributes and values. Raises Unsayable."""
    types = {_OF_VALUE.get(type(arg.value)) if isinstance(arg, Value) else arg.type for arg in args}
    if name == "size" and types == {"string"}:
        return Function(name, args, "int")
    if types == {"double"}:
        return Function(name, args, "double")
    if name == "+" and types == {"string"}:
        return Function(name, args, "string")
    # Whole numbers may be out of range, of which a store thinks otherwise.
    raise Unsayable


def tested(test: str, subject: Operand, argument: Operand, *, wanted: bool, origin: Origin) -> Condition:
    """That a test of a text is *wanted*. Raises Unsayable."""
    if not _group(subject) == _group(argument) == "string":
        return NEVER
    if argument == Value("") and isinstance(subject, Attribute):
        return settled(True, subject, wanted=wanted, origin=origin)
    found: Test = Text(TEXT_TESTS[test], subject, argument, origin=origin)
    return found if wanted else Not(found)
