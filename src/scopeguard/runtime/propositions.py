"""Conditions as logic over leaves: what is left once some leaves are known, and what follows from what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Final, TypeAlias

from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Literal, conjunction, disjunction

_LOGIC: Final = frozenset({ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL})
_MAX_LEAVES: Final = 10
"""Leaves of which every combination is looked at."""

Leaf: TypeAlias = Callable[[Expr], Expr]
"""What is known of a leaf: a truth, or the leaf itself."""


def truth(value: object) -> Literal:
    """The constant for a truth."""
    return TRUE if value else FALSE


def folded(expr: Expr, leaf: Leaf) -> Expr:
    """A condition with what *leaf* knows of its parts put in, and logic worked out."""
    match expr:
        case Call(function=ex.AND, args=args):
            return _joined(args, leaf, FALSE, TRUE)
        case Call(function=ex.OR, args=args):
            return _joined(args, leaf, TRUE, FALSE)
        case Call(function=ex.NOT, args=(inner,)):
            part = folded(inner, leaf)
            return truth(part == FALSE) if part in (TRUE, FALSE) else Call(ex.NOT, (part,))
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            found = folded(test, leaf)
            if found in (TRUE, FALSE):
                return folded(then if found == TRUE else other, leaf)
            return Call(ex.CONDITIONAL, (found, folded(then, leaf), folded(other, leaf)))
    return leaf(expr)


def _joined(args: Iterable[Expr], leaf: Leaf, decisive: Expr, neutral: Expr) -> Expr:
    parts = tuple(dict.fromkeys(part for part in _flat(args, leaf, decisive) if part != neutral))
    if decisive in parts:
        return decisive
    return conjunction(parts) if decisive == FALSE else disjunction(parts)


def _flat(args: Iterable[Expr], leaf: Leaf, decisive: Expr) -> Iterator[Expr]:
    operator = ex.AND if decisive == FALSE else ex.OR
    for arg in args:
        part = folded(arg, leaf)
        if isinstance(part, Call) and part.function == operator:
            yield from part.args
        else:
            yield part


def implies(one: Expr, other: Expr) -> bool:
    """Whether *other* is true wherever *one* is, whatever their leaves are; of too many leaves only what is plain."""
    if one in {FALSE, other} or other == TRUE:
        return True
    leaves = tuple(dict.fromkeys((*_leaves(one), *_leaves(other))))
    if len(leaves) > _MAX_LEAVES:
        return False
    for values in product((False, True), repeat=len(leaves)):
        known = dict(zip(leaves, values, strict=True))
        if _value(one, known) and not _value(other, known):
            return False
    return True


def _leaves(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Call) and expr.function in _LOGIC:
        for arg in expr.args:
            yield from _leaves(arg)
    elif expr not in {TRUE, FALSE}:
        yield expr


def _value(expr: Expr, known: Mapping[Expr, bool]) -> bool:
    match expr:
        case Call(function=ex.AND, args=args):
            return all(_value(arg, known) for arg in args)
        case Call(function=ex.OR, args=args):
            return any(_value(arg, known) for arg in args)
        case Call(function=ex.NOT, args=(inner,)):
            return not _value(inner, known)
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            return _value(then if _value(test, known) else other, known)
    return expr == TRUE or known.get(expr, False)
