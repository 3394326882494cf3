"""Optional values: a value that may be missing, and how to go on without it (cel-go's optional types)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from scopeguard.errors import EvaluationError
from scopeguard.model.addresses import Cidr
from scopeguard.semantics.functions.declarations import Declaration, function, method
from scopeguard.semantics.values import NONE, Optional, TypeValue, kind_of


def some(value: object) -> Optional:
    """``optional.of(value)``."""
    return Optional(True, value)


def some_unless_zero(value: object) -> Optional:
    """``optional.ofNonZeroValue(value)``: none for a null, zero, false or empty value."""
    return NONE if is_zero(value) else some(value)


def is_zero(value: object) -> bool:
    """Whether *value* is the zero value of its kind."""
    if isinstance(value, Optional):
        return not value.has_value
    kind = kind_of(value)
    if kind in ("timestamp", "ip", "cidr", "type") or isinstance(value, TypeValue | Cidr):
        return False
    return not value


def value_of(optional: Optional) -> Any:
    """``optional.value()``. Raises EvaluationError for an empty optional."""
    if not optional.has_value:
        raise EvaluationError("the optional has no value")
    return optional.value


def first_of(items: Sequence[Any]) -> Optional:
    """``list.first()``."""
    return some(items[0]) if items else NONE


def last_of(items: Sequence[Any]) -> Optional:
    """``list.last()``."""
    return some(items[-1]) if items else NONE


def unwrapped(items: Sequence[Optional]) -> list[Any]:
    """The values of a list of optionals, without those that are empty."""
    if any(kind_of(item) != "optional" for item in items):
        raise EvaluationError("unwrap takes a list of optionals")
    return [item.value for item in items if item.has_value]


def _or(one: Optional, other: Optional) -> Optional:
    return one if one.has_value else other


def _or_value(one: Optional, other: object) -> Any:
    return one.value if one.has_value else other


OR: Final = "or"
OR_VALUE: Final = "orValue"
DECLARATIONS: Final[tuple[Declaration, ...]] = (
    function("optional.of", "A -> optional(A)", some),
    function("optional.ofNonZeroValue", "A -> optional(A)", some_unless_zero),
    function("optional.none", " -> optional(A)", lambda: NONE),
    function("optional.unwrap", "list(optional(A)) -> list(A)", unwrapped),
    method("unwrapOpt", "list(optional(A)) -> list(A)", unwrapped),
    method("hasValue", "optional(A) -> bool", lambda optional: optional.has_value),
    method("value", "optional(A) -> A", value_of),
    method(OR, "optional(A), optional(A) -> optional(A)", _or),
    method(OR_VALUE, "optional(A), A -> A", _or_value),
    method("first", "list(A) -> optional(A)", first_of),
    method("last", "list(A) -> optional(A)", last_of),
)
