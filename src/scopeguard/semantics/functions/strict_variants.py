"""The language as an authorization rule needs it: what cannot be compared or counted has no value.

CEL answers ``"3" == 3`` with false and ``1.0 / 0.0`` with infinity. A denial that is not given for such
an answer would be open, so that these have no value where the language is strict (law 4).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import isfinite
from typing import Any, Final

from msgspec.structs import replace

from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions import lists, network, sets
from scopeguard.semantics.functions.declarations import Declaration
from scopeguard.semantics.values import MAX_NESTING, NUMBERS, CostError, bounded, is_native, kind_of, lookup, parts_of
from scopeguard.syntax import expression as ex


def strict_equal(left: object, right: object) -> bool:
    """Whether two values are equal. Raises EvaluationError where any two parts of them are of different types."""
    answer = True
    stack: list[tuple[Any, Any, int]] = [(left, right, 0)]
    compared = 0
    while stack:
        one, other, depth = stack.pop()
        kinds = (kind_of(one), kind_of(other))
        if kinds[0] != kinds[1] and not NUMBERS.issuperset(kinds):
            raise EvaluationError(f"{kinds[0]} cannot be compared with {kinds[1]}")
        if depth > MAX_NESTING:
            raise EvaluationError(f"values nested deeper than {MAX_NESTING} are not compared")
        parts = parts_of(one, other)
        if parts is None:
            answer = False
        else:
            compared += len(parts)
            bounded(compared)
            stack.extend((first, second, depth + 1) for first, second in parts)
    return answer


def _contains(item: object, items: Sequence[Any]) -> bool:
    return item in items if is_native(item, items) else _among(item, items)


def _has_key(key: object, mapping: Mapping[Any, Any]) -> bool:
    return lookup(mapping, key).has_value or _among(key, mapping)


def _among(item: object, items: Collection[Any]) -> bool:
    bounded(len(items))
    failure: EvaluationError | None = None
    for other in items:
        try:
            if strict_equal(item, other):
                return True
        except EvaluationError as error:
            if isinstance(error, CostError):
                raise
            failure = failure or error
    if failure is not None:
        raise failure
    return False


def _finite(apply: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*arguments: Any) -> Any:
        result = apply(*arguments)
        if not isfinite(result):
            raise EvaluationError("not a finite number")
        return result

    return checked


_INSTEAD: Final[Mapping[tuple[str, str], Callable[..., Any]]] = {
    (ex.EQUAL, "A, A -> bool"): strict_equal,
    (ex.NOT_EQUAL, "A, A -> bool"): lambda left, right: not strict_equal(left, right),
    (ex.IN, "A, list(A) -> bool"): _contains,
    (ex.IN, "A, map(A, B) -> bool"): _has_key,
    **{(each.name, each.types): each.apply for each in (*sets.declared(_contains), lists.distinct(_contains))},
    **network.IN_POLICIES,
}


def strict(declaration: Declaration) -> Declaration:
    """*declaration*, with no value where the language is not to go on with what it makes."""
    apply = _INSTEAD.get((declaration.name, declaration.types), declaration.apply)
    if declaration.types.endswith("-> double"):
        apply = _finite(apply)
    return replace(declaration, apply=apply)
