"""Sets as membership: what is asked of a name and of constants is asked of each constant.

``sets.intersects(xs, ["a", "b"])`` is ``"a" in xs || "b" in xs``, which has the same value wherever it has one: so it
is settled, searched and listed as the latter is. That is so of a name that is declared a list: what is ``dyn`` may be a
map, in which something can be, and which is no set.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.semantics.functions import sets
from scopeguard.semantics.types import DYN, Type
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal

_LOGIC: Final[Mapping[str, str]] = MappingProxyType({sets.INTERSECTS: ex.OR, sets.CONTAINS: ex.AND})
_MAX_CONSTANTS: Final = 16
"""The constants of a list that is not left as it is."""


def membership(expr: Expr, types: Mapping[str, Type]) -> Expr:
    """A resolved tree in which sets of constants are spelled out; *types* are those of the names in it.

    Recursion is bounded by the depth that the parser admits.
    """
    if not any(isinstance(node, Call) and node.function in _LOGIC for node in ex.walk(expr)):
        return expr
    return _spelled(expr, types)


def _spelled(expr: Expr, types: Mapping[str, Type]) -> Expr:
    match expr:
        case Call(function=function, args=(Ident() as name, ListExpr(items=items))) if function in _LOGIC:
            return _of_each(expr, name, items) if _is_list(name, types) else expr
        case Call(function=sets.INTERSECTS, args=(ListExpr(items=items), Ident() as name)):
            return _of_each(expr, name, items) if _is_list(name, types) else expr
    return ex.rebuilt(expr, lambda part: _spelled(part, types))


def _is_list(name: Ident, types: Mapping[str, Type]) -> bool:
    return name.absolute and types.get(name.name, DYN).name == "list"


def _of_each(expr: Call, name: Ident, items: tuple[Expr, ...]) -> Expr:
    if not 1 <= len(items) <= _MAX_CONSTANTS or not all(isinstance(item, Literal) for item in items):
        return expr
    asked = tuple(Call(ex.IN, (item, name), span=expr.span) for item in items)
    return asked[0] if len(asked) == 1 else Call(_LOGIC[expr.function], asked, span=expr.span)
