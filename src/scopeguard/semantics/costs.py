"""What an evaluation costs, counted alike by both evaluators.

A macro costs the nodes of its body for each iteration, charged when it begins. A call costs more where it visits the
elements of its arguments: within a macro, and wherever a macro may have made values that share parts, which are visited
as often as they occur. Without a macro the size of the expression bounds the work, but for regular expressions.
"""

from collections.abc import Mapping
from typing import Any, Final

from scopeguard.limits import MAX_EVALUATION_COST
from scopeguard.semantics.functions.regex import match_steps
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
MATCHES: Final = "matches"
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
    matching = frozenset(id(call) for call in calls if call.function == MATCHES)
    # What one costs is bounded by itself.
    return matching if len(matching) > 1 else frozenset()


def _is_heavy(call: Call) -> bool:
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
    if function in _DEEP:
        elements = sum(map(_elements, arguments))
    else:
        elements = sum(len(argument) for argument in arguments if isinstance(argument, _CONTAINERS))
    if function in _EQUALITY:
        return elements
    texts = sum(len(argument) for argument in arguments if isinstance(argument, _TEXTS)) // TEXT_PER_STEP
    return elements + texts + (match_steps(*arguments) if function == MATCHES else 0)


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
        if isinstance(part, Mapping):
            items = [*part, *part.values()]
        elif items and is_native(items[0], items) and not isinstance(items[0], _TEXTS):
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
