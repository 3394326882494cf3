"""Roles over roles in conditions that say who may hand out what: they follow from these, so that they are not put in.

Of two principals this is known: holders of what somebody hands out may hand out no more than that somebody, and no
fewer roles are above them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.semantics.functions import sets
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Macro, rebuilt, walk

SUPERIOR: Final = "principal.superior_roles"
_LISTS: Final[Mapping[str, int]] = MappingProxyType({"principal.assignable_roles": 1, SUPERIOR: -1})
"""The lists, with 1 where who hands out a role has all that its holders have in it, with -1 the other way round."""
_ITEMS: Final[Mapping[str, int]] = MappingProxyType({"exists": 1, "all": -1})
"""Macros, with 1 where another item may make them true, with -1 where it may make them false."""
_SETS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({sets.CONTAINS: (1, -1), sets.INTERSECTS: (1, 1)})
"""Functions of two lists, with the same of each."""
_NONE: Final[frozenset[int]] = frozenset()
_EITHER: Final = frozenset((1, -1))


def without_lists(expr: Expr, sign: int, unknown: Expr) -> Expr:
    """A condition with *unknown* for what asks for roles over roles, unless *sign* is how it compares.

    With 1 what is left is true of who hands out a role wherever it is true of its holders, for all that these lists
    say; with -1 it is true of the holders wherever it is true of who hands out the role.
    """
    match expr:
        case Call(function=ex.AND | ex.OR):
            return rebuilt(expr, lambda part: without_lists(part, sign, unknown))
        case Call(function=ex.NOT):
            return rebuilt(expr, lambda part: without_lists(part, -sign, unknown))
        case Call(function=ex.CONDITIONAL, args=(test, *choices)):
            kept = (without_lists(part, sign, unknown) for part in choices)
            return Call(ex.CONDITIONAL, (without_lists(test, 0, unknown), *kept))
    return expr if _signs(expr) <= {sign} else unknown


def reads_any(expr: Expr, names: frozenset[str] = ROLE_LISTS) -> bool:
    """Whether a condition asks for roles over roles."""
    return any(isinstance(node, Ident) and node.name in names for node in walk(expr))


def _signs(expr: Expr) -> frozenset[int]:
    """With 1 where a condition may be true of who hands out a role alone, with -1 where of its holders alone."""
    match expr:
        case Call(function=ex.AND | ex.OR, args=args):
            return _NONE.union(*map(_signs, args))
        case Call(function=ex.NOT, args=(inner,)):
            return frozenset(-each for each in _signs(inner))
        case Call(function=ex.IN, args=(item, listed)) if not reads_any(item):
            return _of_list(listed, 1)
        case Call(function=function, args=(one, other)) if function in _SETS:
            of_one, of_other = _SETS[function]
            return _of_list(one, of_one) | _of_list(other, of_other)
        case Macro(kind=kind, operand=operand, variables=(_,), body=(body,)) if kind in _ITEMS:
            return _of_list(operand, _ITEMS[kind]) | _signs(body)
    return _EITHER if reads_any(expr) else _NONE


def _of_list(expr: Expr, sign: int) -> frozenset[int]:
    if isinstance(expr, Ident) and expr.name in _LISTS:
        return frozenset((_LISTS[expr.name] * sign,))
    return _EITHER if reads_any(expr) else _NONE
