"""Conditions about rows, by Python alone: what a store that knows nothing of NULL traps would have to answer."""

from collections.abc import Callable, Mapping
from math import isfinite
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any, Final

from scopeguard import conditions as c

OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
TEXTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "startsWith": str.startswith, "endsWith": str.endswith, "contains": str.__contains__,
}  # fmt: skip

FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {"+": add, "-": sub, "*": mul, "/": truediv, "size": len}


class OpaqueTest(Exception):
    """A condition that cannot be said."""


def passes(condition: c.Condition, row: Mapping[str, Any]) -> bool:
    """Whether a condition is true of a row, where what is None is not there."""
    match condition:
        case c.All(parts=parts):
            # Every part is looked at: what is opaque is told whatever the others say.
            return all([passes(part, row) for part in parts])  # noqa: C419  # see above
        case c.Any(parts=parts):
            return any([passes(part, row) for part in parts])  # noqa: C419  # see above
        case c.Not(test=test):
            return _test(test, row) is False
        case test:
            return _test(test, row) is True


def _test(test: c.Test, row: Mapping[str, Any]) -> bool | None:
    """True, false, or None where an attribute is not there."""
    match test:
        case c.Has(attribute=attribute):
            return row.get(attribute.name) is not None
        case c.Compare(operator=operator, left=left, right=right):
            values = _values(row, left, right)
            return None if values is None else OPERATORS[operator](*values)
        case c.In(attribute=attribute, values=options):
            values = _values(row, attribute)
            return None if values is None else values[0] in options
        case c.Includes(attribute=attribute, item=item):
            values = _values(row, attribute)
            return None if values is None else item.value in values[0]
        case c.Text(test=name, subject=subject, argument=argument):
            values = _values(row, subject, argument)
            return None if values is None else TEXTS[name](*values)
    raise OpaqueTest(str(test))


def _values(row: Mapping[str, Any], *operands: c.Operand) -> list[Any] | None:
    """The values of all operands; None where one is not there."""
    found = [_value(row, each) for each in operands]
    return None if any(value is None for value in found) else found


def _value(row: Mapping[str, Any], operand: c.Operand) -> Any:
    match operand:
        case c.Attribute(name=name):
            return row.get(name)
        case c.Value(value=value):
            return value
    values = _values(row, *operand.args)
    if values is None or (operand.name == "/" and values[1] == 0):
        return None
    found = FUNCTIONS[operand.name](*values)
    return None if isinstance(found, float) and not isfinite(found) else found
