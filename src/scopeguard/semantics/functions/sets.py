"""Lists as sets: what they have in common (cel-go's sets extension). How often an element occurs does not matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.declarations import Declaration, function
from scopeguard.semantics.functions.operators import contains
from scopeguard.semantics.values import CostError, is_native

CONTAINS: Final = "sets.contains"
EQUIVALENT: Final = "sets.equivalent"
INTERSECTS: Final = "sets.intersects"

_Items: TypeAlias = Sequence[Any]
_Has: TypeAlias = Callable[[Any, _Items], bool]


def are_native(one: _Items, other: _Items) -> bool:
    """Whether all elements of both are of one class of which Python finds values at once."""
    return not one or not other or (is_native(one[0], one) and is_native(one[0], other))


def _includes(has: _Has, items: _Items, part: _Items) -> bool:
    if not items or not part:
        return not part
    if are_native(items, part):
        return set(part) <= set(items)
    return not _first(has, items, part, found=False)


def _intersects(has: _Has, one: _Items, other: _Items) -> bool:
    if are_native(one, other):
        return bool(one and other) and not set(one).isdisjoint(other)
    return _first(has, other, one, found=True)


def _first(has: _Has, items: _Items, wanted: _Items, *, found: bool) -> bool:
    # As with the macros `all` and `exists`, one element settles it beside others that cannot be compared.
    failure: EvaluationError | None = None
    for item in wanted:
        try:
            if has(item, items) is found:
                return True
        except CostError:
            raise
        except EvaluationError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return False


def declared(has: _Has) -> tuple[Declaration, ...]:
    """The functions, where *has* says whether an element is among those of a list."""
    lists = "list(A), list(A) -> bool"
    return (
        function(CONTAINS, lists, lambda one, other: _includes(has, one, other)),
        function(INTERSECTS, lists, lambda one, other: _intersects(has, one, other)),
        function(EQUIVALENT, lists, lambda one, other: _includes(has, one, other) and _includes(has, other, one)),
    )


DECLARATIONS: Final[tuple[Declaration, ...]] = declared(contains)
