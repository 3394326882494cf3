"""Conditions as logic over leaves: what is left once some leaves are known, and what follows from what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Final, TypeAlias

from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Literal, conjunction, disjunction

_MAX_LEAVES: Final = 10
"""Leaves of which every combination is looked at."""
_TRUTHS: Final = (False, True)
_VALUES: Final = (False, True, None)

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
    """Whether *other* is true wherever *one* is, whatever their leaves are; of too many leaves only what is plain.

    A leaf may have no value either. That matters where *other* asks for it both ways, as a choice does and
    ``x || !x``, and such a leaf counts as two: elsewhere it is no worse than one of the truths.
    """
    if one in {FALSE, other} or other == TRUE:
        return True
    read = tuple(dict.fromkeys((*_leaves(one), *_leaves(other))))
    asked = set(_asked(other, 1))
    both = {leaf for leaf, sign in asked if (leaf, -sign) in asked}
    if len(read) + len(both) > _MAX_LEAVES:
        return False
    for values in product(*(_VALUES if leaf in both else _TRUTHS for leaf in read)):
        known = dict(zip(read, values, strict=True))
        if _value(one, known) and not _value(other, known):
            return False
    return True


def leaves(expr: Expr) -> frozenset[Expr]:
    """What the logic of a condition is about."""
    return frozenset(_leaves(expr))


def _leaves(expr: Expr) -> Iterator[Expr]:
    for leaf, _ in _asked(expr, 1):
        yield leaf


def _asked(expr: Expr, sign: int) -> Iterator[tuple[Expr, int]]:
    """The leaves of a condition, with 1 where one that is true helps it to be true, with -1 where one that is false."""
    match expr:
        case Call(function=ex.NOT, args=(inner,)):
            yield from _asked(inner, -sign)
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            yield from product(dict.fromkeys(_leaves(test)), (1, -1))
            yield from _asked(then, sign)
            yield from _asked(other, sign)
        case Call(function=ex.AND | ex.OR, args=args):
            for arg in args:
                yield from _asked(arg, sign)
        case _ if expr not in {TRUE, FALSE}:
            yield expr, sign


def _value(expr: Expr, known: Mapping[Expr, bool | None]) -> bool | None:
    match expr:
        case Call(function=ex.AND, args=args):
            return _decided((_value(arg, known) for arg in args), decisive=False)
        case Call(function=ex.OR, args=args):
            return _decided((_value(arg, known) for arg in args), decisive=True)
        case Call(function=ex.NOT, args=(inner,)):
            found = _value(inner, known)
            return None if found is None else not found
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            found = _value(test, known)
            return None if found is None else _value(then if found else other, known)
    return expr == TRUE or known.get(expr, False)


def _decided(values: Iterable[bool | None], *, decisive: bool) -> bool | None:
    seen = set(values)
    if decisive in seen:
        return decisive
    return None if None in seen else not decisive
