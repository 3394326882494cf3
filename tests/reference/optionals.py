"""Optional values, written to be read."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.reference.values import Maybe, NoValue, Span, of, pairs, type_of


def is_zero(value: Any) -> bool:
    """Whether a value is nothing, none, false or empty."""
    match type_of(value):
        case "null":
            return True
        case "bool" | "int" | "uint" | "double" | "string" | "bytes" | "list":
            return not value
        case "map":
            return not pairs(value)
        case "duration":
            return bool(value == Span(0))
        case "optional":
            return not value.items
    return False


def value_of(optional: Maybe) -> Any:
    """What is in an optional."""
    if not optional.items:
        raise NoValue
    return optional.items[0]


def unwrapped(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """What is in the optionals of a list."""
    if not all(isinstance(item, Maybe) for item in items):
        raise NoValue
    return tuple(each for item in items for each in item.items)


def either(one: Any, other: Any) -> Any:
    """``one.or(other)``."""
    if not isinstance(one, Maybe) or not isinstance(other, Maybe):
        raise NoValue
    return one if one.items else other


def value_or(one: Any, other: Any) -> Any:
    """``one.orValue(other)``."""
    if not isinstance(one, Maybe):
        raise NoValue
    return one.items[0] if one.items else other


OPTIONALS: Mapping[str, Callable[..., Any]] = {
    "optional.of": lambda value: Maybe((value,)),
    "optional.ofNonZeroValue": lambda value: Maybe() if is_zero(value) else Maybe((value,)),
    "optional.none": Maybe,
    "optional.unwrap": of(unwrapped, "list"),
    ".unwrapOpt": of(unwrapped, "list"),
    ".hasValue": of(lambda optional: bool(optional.items), "optional"),
    ".value": of(value_of, "optional"),
    ".or": either,
    ".orValue": value_or,
    ".first": of(lambda items: Maybe(items[:1]), "list"),
    ".last": of(lambda items: Maybe(items[-1:]), "list"),
}
