"""Functions of lists beyond the core (cel-go's lists extension). Places count from 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import isnan
from types import MappingProxyType
from typing import Any, Final

from scopeguard.errors import EvaluationError
from scopeguard.limits import MAX_VALUE_SIZE
from scopeguard.semantics.functions.declarations import Declaration, function, method
from scopeguard.semantics.functions.operators import contains
from scopeguard.semantics.timestamps import duration_nanoseconds, nanoseconds
from scopeguard.semantics.values import MAX_NESTING, is_native, kind_of

DISTINCT: Final = "distinct"
FLATTEN: Final = "flatten"
RANGE: Final = "lists.range"
SORT: Final = "sort"


def _itself(value: Any) -> Any:
    return value


def _ordered(value: float) -> float:
    if isnan(value):
        raise EvaluationError("NaN has no place in an order")
    return value


def _length(value: timedelta) -> int:
    return duration_nanoseconds(value)


_ORDERS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({
    **dict.fromkeys(("int", "uint", "bool", "string", "bytes"), _itself),
    "double": _ordered,
    "timestamp": nanoseconds,
    "duration": _length,
})  # fmt: skip
"""The kinds of values that have an order, and by what each is sorted."""


def ordered(items: Sequence[Any]) -> list[Any]:
    """*items* from the least to the greatest. Raises EvaluationError where they are not of one kind with an order."""
    kinds = sorted(set(map(kind_of, items)))
    if not kinds:
        return []
    if len(kinds) > 1:
        raise EvaluationError(f"{kinds[0]} and {kinds[1]} are not sorted together")
    order = _ORDERS.get(kinds[0])
    if order is None:
        raise EvaluationError(f"{kinds[0]} has no order")
    return sorted(items, key=order)


def sliced(items: Sequence[Any], start: int, end: int) -> list[Any]:
    """The elements from *start* up to *end*. Raises EvaluationError for a range outside of *items*."""
    if not 0 <= start <= end <= len(items):
        raise EvaluationError(f"invalid range of a list of {len(items)}: {start}, {end}")
    return [*items[start:end]]


def flattened(items: Sequence[Any], depth: int = 1) -> list[Any]:
    """*items*, with the elements of lists in the place of those lists, *depth* levels of them.

    Raises EvaluationError for a depth that is negative, and for a result larger than MAX_VALUE_SIZE.
    """
    if depth < 0:
        raise EvaluationError(f"a negative depth: {depth}")
    result: list[Any] = list(items)
    # Deeper than values are compared nobody looks.
    for _ in range(min(depth, MAX_NESTING)):
        if not any(isinstance(item, list | tuple) for item in result):
            break
        if sum(len(item) if isinstance(item, list | tuple) else 1 for item in result) > MAX_VALUE_SIZE:
            raise EvaluationError(f"a value larger than {MAX_VALUE_SIZE}")
        result = [part for item in result for part in (item if isinstance(item, list | tuple) else (item,))]
    return result


def places(count: int) -> list[int]:
    """The whole numbers from 0 up to *count*. Raises EvaluationError for one that is negative or too large."""
    if not 0 <= count <= MAX_VALUE_SIZE:
        raise EvaluationError(f"no list has {count} elements")
    return list(range(count))


def _distinct(has: Callable[[Any, Sequence[Any]], bool], items: Sequence[Any]) -> list[Any]:
    if not items or is_native(items[0], items):
        return list(dict.fromkeys(items))
    kept: list[Any] = []
    for item in items:
        if not has(item, kept):
            kept.append(item)
    return kept


def distinct(has: Callable[[Any, Sequence[Any]], bool]) -> Declaration:
    """The first of all elements that are equal, where *has* says whether one is among those of a list."""
    return method(DISTINCT, "list(A) -> list(A)", lambda items: _distinct(has, items))


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    *(method(SORT, f"list({kind}) -> list({kind})", ordered) for kind in _ORDERS),
    method("slice", "list(A), int, int -> list(A)", sliced),
    method(FLATTEN, "list(list(A)) -> list(A)", flattened),
    method(FLATTEN, "list(dyn), int -> list(dyn)", flattened),
    method("reverse", "list(A) -> list(A)", lambda items: [*items[::-1]]),
    distinct(contains),
    function(RANGE, "int -> list(int)", places),
)
