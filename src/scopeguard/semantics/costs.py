"""What an evaluation costs, counted alike by both evaluators.

A macro costs the nodes of its body for each iteration, charged when it begins. A call costs more where it visits the
elements of its arguments: within a macro, and wherever a macro may have made values that share parts, which are visited
as often as they occur. Without a macro the size of the expression bounds the work, but for regular expressions and for
what takes more than to go through its arguments once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from scopeguard.limits import MAX_EVALUATION_COST
from scopeguard.semantics.functions import lists, sets
from scopeguard.semantics.functions.regex import EXTRACT, MATCHES, match_steps
from scopeguard.semantics.values import TOO_MUCH, CostError, Optional, is_native
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, ListExpr, Literal, Macro

_EQUALITY: Final = frozenset({ex.EQUAL, ex.NOT_EQUAL})
_LIGHT: Final = frozenset(
    {"size", "startsWith", "endsWith", ex.PRESENT, ex.GRANTED, ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL}
) | {
    *(ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL),
}
_CONTAINERS: Final = (list, tuple, Mapping)
_NESTING: Final = (*_CONTAINERS, Optional)
_TEXTS: Final = (str, bytes)
SIZED_KINDS: Final = frozenset({"string", "bytes", "list", "map", "dyn", "optional"})
CONTAINER_KINDS: Final = frozenset({"list", "map", "dyn", "optional"})
_DEEP: Final = _EQUALITY | {ex.IN, "format"}
"""What goes through the elements of elements, too."""
TEXT_PER_STEP: Final = 32
"""Characters or bytes gone through in one step; of a list or a map it is one element."""


_CALL_STEPS: Final = 3
"""A call of a function takes so many steps; an operator, a name or a literal takes one."""


def iteration_costs(expr: Expr) -> Mapping[int, int]:
    """For each macro in *expr*, by its ``id``, how many steps one iteration takes."""
    return {
        id(node): sum(_steps(inner) for part in node.body for inner in ex.walk(part))
        for node in ex.walk(expr)
        if isinstance(node, Macro)
    }


def _steps(node: Expr) -> int:
    return _CALL_STEPS if isinstance(node, Call) and node.function[0].isalpha() else 1


def heavy_calls(expr: Expr) -> frozenset[int]:
    """The calls, by their ``id``, that cost by the size of what they are given."""
    nodes = list(ex.walk(expr))
    calls = [node for node in nodes if isinstance(node, Call)]
    if any(isinstance(node, Macro) for node in nodes):
        return frozenset(id(call) for call in calls if _is_heavy(call))
    found = [call for call in calls if call.function in WEIGHED]
    # What one match costs is bounded by itself.
    if [call.function for call in found] == [MATCHES]:
        return frozenset()
    return frozenset(map(id, found))


def _is_heavy(call: Call) -> bool:
    if call.function in WEIGHED:
        return True
    if call.function in _LIGHT:
        return False
    if call.function in _EQUALITY:
        return not any(isinstance(arg, Literal) for arg in call.args)
    if call.function == ex.IN and isinstance(call.args[1], ListExpr):
        return not all(isinstance(item, Literal) for item in call.args[1].items)
    return True


def weight(function: str, arguments: tuple[Any, ...]) -> int:
    """The steps that a call costs for the size of its arguments. Texts are compared at once, whatever their size.

    Raises CostError where that alone is over MAX_EVALUATION_COST.
    """
    weigh = _WEIGHTS.get(function)
    if weigh is not None:
        return weigh(*arguments)
    if function in _DEEP:
        elements = sum(map(_elements, arguments))
    else:
        elements = sum(len(argument) for argument in arguments if isinstance(argument, _CONTAINERS))
    return elements if function in _EQUALITY else elements + _texts(arguments)


def _texts(arguments: Sequence[Any]) -> int:
    return sum(len(argument) for argument in arguments if isinstance(argument, _TEXTS)) // TEXT_PER_STEP


def _elements(value: Any) -> int:
    """How many elements there are in *value* and in its elements, with a step for each 32 characters of their texts.

    A part that several values share counts once for each of them, for that is how often it is visited.
    """
    count = 0
    left = [value] if isinstance(value, _NESTING) else []
    while left:
        part = left.pop()
        items = (part.value,) if isinstance(part, Optional) else part
        count += len(items)
        if count > MAX_EVALUATION_COST:
            raise CostError(TOO_MUCH)
        if type(part) is not tuple and isinstance(part, Mapping):
            items = [*part, *part.values()]
        elif items and is_native(items[0], items):
            # There is nothing in any of them.
            if isinstance(items[0], _TEXTS):
                count += sum(len(item) // TEXT_PER_STEP for item in items)
            continue
        count += sum(len(item) // TEXT_PER_STEP for item in items if isinstance(item, _TEXTS))
        left.extend(item for item in items if isinstance(item, _NESTING))
    return count


def charge(spent: int, iterations: int, size: int = 1) -> int:
    """The total after *iterations* times *size* more steps. Raises CostError over MAX_EVALUATION_COST."""
    spent += iterations * size
    if spent > MAX_EVALUATION_COST:
        raise CostError(TOO_MUCH)
    return spent


def _pairs(one: Any, other: Any) -> int:
    """What it takes to look for each element of a list in another one."""
    if not isinstance(one, list | tuple) or not isinstance(other, list | tuple):
        return 0
    once = _elements(one) + _elements(other)
    return once if sets.are_native(one, other) else max(once, len(one) * _elements(other))


def _sorting(items: Any) -> int:
    return _elements(items) * len(items).bit_length() if isinstance(items, list | tuple) else 0


def _matching(function: str) -> Callable[[Any, Any], int]:
    return lambda text, pattern: _texts((text, pattern)) + match_steps(function, text, pattern)


_WEIGHTS: Final[Mapping[str, Callable[..., int]]] = MappingProxyType({
    **dict.fromkeys((sets.CONTAINS, sets.INTERSECTS), _pairs),
    sets.EQUIVALENT: lambda one, other: _pairs(one, other) + _pairs(other, one),
    lists.DISTINCT: lambda items: _pairs(items, items),
    lists.FLATTEN: lambda items, *_: _elements(items),
    lists.RANGE: lambda count: max(count, 0) if isinstance(count, int) else 0,
    lists.SORT: _sorting,
    **{function: _matching(function) for function in (MATCHES, EXTRACT)},
})  # fmt: skip
WEIGHED: Final = frozenset(_WEIGHTS)
"""The functions that are always charged: what they take does not follow from the size of what they are given."""
