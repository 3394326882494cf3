"""Fields and elements: what ``a.b``, ``a[b]``, ``has(a.b)`` and their optional forms read."""

from __future__ import annotations

from typing import Any

from scopeguard.errors import EvaluationError
from scopeguard.semantics.values import NO_KEY, NO_OVERLOAD, NONE, Optional, kind_of, lookup


def lookup_optional(value: object, key: object) -> Optional:
    """The value of *key* in *value*, if there is one: an entry of a map or an element of a list.

    Raises EvaluationError where *value* is neither, or *key* no key of it.
    """
    match kind_of(value):
        case "map":
            return lookup(value, key)  # type: ignore[arg-type]  # its kind is known
        case "list":
            return _element(value, key)
        case "optional":
            return lookup_optional(value.value, key) if value.has_value else NONE  # type: ignore[attr-defined]  # its kind is known
    raise EvaluationError(NO_OVERLOAD)


def _element(items: Any, key: Any) -> Optional:
    kind = kind_of(key)
    if kind not in ("int", "uint") and not (kind == "double" and key.is_integer()):
        raise EvaluationError(NO_OVERLOAD)
    place = int(key)
    return Optional(True, items[place]) if 0 <= place < len(items) else NONE


def index(value: object, key: object) -> Any:
    """``value[key]``. Within an optional, the answer is an optional. Raises EvaluationError where there is none."""
    result = lookup_optional(value, key)
    if isinstance(value, Optional):
        return result
    if not result.has_value:
        raise EvaluationError(NO_KEY if kind_of(value) == "map" else "index out of range")
    return result.value


def select(value: object, name: str) -> Any:
    """``value.name``. Raises EvaluationError where there is no such field."""
    _selectable(value)
    return index(value, name)


def optional_select(value: object, name: str) -> Optional:
    """``value.?name``."""
    _selectable(value)
    return lookup_optional(value, name)


def has_field(value: object, name: str) -> bool:
    """``has(value.name)``."""
    _selectable(value)
    return lookup_optional(value, name).has_value


def _selectable(value: object) -> None:
    inner = value.value if isinstance(value, Optional) and value.has_value else value
    if kind_of(inner) not in ("map", "optional"):
        raise EvaluationError(NO_OVERLOAD)
