"""What an evaluation costs, counted alike by both evaluators.

A macro costs the nodes of one turn for each turn, when it begins. A call within a macro costs more
where it goes through what it is given. Outside of macros the size of a text bounds the work.
"""

from collections.abc import Mapping
from typing import Any, Final

from scopeguard.limits import MAX_EVALUATION_COST
from scopeguard.semantics.resolving import BIND
from scopeguard.semantics.values import CostError
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, ListExpr, Literal, Macro

_EQUALITY: Final = frozenset({ex.EQUAL, ex.NOT_EQUAL})
_LIGHT: Final = frozenset({"size", "startsWith", "endsWith", ex.PRESENT, ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL}) | {
    *(ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL),
}
_CONTAINERS: Final = (list, tuple, Mapping)
_TEXTS: Final = (str, bytes)
SIZED_KINDS: Final = frozenset({"string", "bytes", "list", "map", "dyn", "optional"})
CONTAINER_KINDS: Final = frozenset({"list", "map", "dyn", "optional"})
TEXT_PER_STEP: Final = 32
"""Characters or bytes gone through in one step; of a list or a map it is one element."""


_CALL_STEPS: Final = 3
"""A call of a function takes so many steps; an operator, a name or a literal takes one."""


def turn_costs(expr: Expr) -> Mapping[int, int]:
    """For each macro in *expr*, by its ``id``, how many steps one turn of it takes."""
    return {
        id(node): sum(_steps(inner) for part in node.body for inner in ex.walk(part))
        for node in ex.walk(expr)
        if isinstance(node, Macro)
    }


def _steps(node: Expr) -> int:
    return _CALL_STEPS if isinstance(node, Call) and node.function[0].isalpha() else 1


def heavy_calls(expr: Expr) -> frozenset[int]:
    """The calls, by their ``id``, that cost by the size of what they are given."""
    return frozenset(
        id(node)
        for macro in ex.walk(expr)
        if isinstance(macro, Macro) and macro.kind != BIND
        for part in macro.body
        for node in ex.walk(part)
        if isinstance(node, Call) and _is_heavy(node)
    )


def _is_heavy(call: Call) -> bool:
    if call.function in _LIGHT:
        return False
    if call.function in _EQUALITY:
        return not any(isinstance(arg, Literal) for arg in call.args)
    return not (call.function == ex.IN and isinstance(call.args[1], ListExpr))


def weight(function: str, arguments: tuple[Any, ...]) -> int:
    """The steps that a call costs for the size of its arguments. Texts are compared at once, whatever their size."""
    elements = sum(len(argument) for argument in arguments if isinstance(argument, _CONTAINERS))
    if function in _EQUALITY:
        return elements
    return elements + sum(len(argument) for argument in arguments if isinstance(argument, _TEXTS)) // TEXT_PER_STEP


def charge(spent: int, turns: int, size: int = 1) -> int:
    """What is spent after *turns* times *size* steps more. Raises CostError over MAX_EVALUATION_COST."""
    spent += turns * size
    if spent > MAX_EVALUATION_COST:
        raise CostError(f"the evaluation costs more than {MAX_EVALUATION_COST} steps")
    return spent
