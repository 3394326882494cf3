"""Where a condition is true, for people to read.

The residual of a rule keeps every way to have no value, for another operand may still decide. A reader wants to know
when it is true, and to be true it needs a value: here what never has one is gone, and with it what only guards it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from scopeguard.semantics.names import BIND
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import (
    FALSE,
    TRUE,
    Call,
    Expr,
    Failure,
    Ident,
    Index,
    ListExpr,
    Literal,
    Macro,
    MapExpr,
    Select,
    children,
    conjunction,
    disjunction,
    rebuilt,
    walk,
)

_BOOLEANS: Final = (TRUE, FALSE)
QUANTIFIERS: Final = frozenset({"all", "exists"})
"""Macros that ask of each item by itself, so that one without a value decides nothing where another does."""
_LAZY: Final = frozenset({ex.AND, ex.OR, ex.CONDITIONAL, ex.PRESENT, ex.HOLDS, ex.GRANTED})
"""Calls that may have a value though an operand has none."""
_TURNED: Final[Mapping[str, str]] = MappingProxyType({
    ex.LESS: ex.GREATER_EQUAL, ex.LESS_EQUAL: ex.GREATER, ex.GREATER: ex.LESS_EQUAL, ex.GREATER_EQUAL: ex.LESS,
})  # fmt: skip
_NOW: Final = Ident("context.now", absolute=True)


def negated(expr: Expr) -> Expr:
    """The opposite of a condition."""
    match expr:
        case Literal(value=bool() as value):
            return FALSE if value else TRUE
        case Call(function=ex.NOT, args=(inner,)):
            return inner
    return Call(ex.NOT, (expr,))


def true_where(expr: Expr) -> Expr:
    """A condition that is true exactly where *expr* is: ``true`` and ``false`` where it always or never is."""
    match expr:
        case Literal():
            return TRUE if expr == TRUE else FALSE
        case Call(function=ex.NOT, args=(inner,)):
            return false_where(inner)
        case Call(function=ex.AND, args=args):
            return _all_of(map(true_where, args))
        case Call(function=ex.OR, args=args):
            return _any_of(map(true_where, args))
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            return _either(test, true_where(then), true_where(other))
        case Macro(kind=kind, operand=operand, body=(body,)) if kind in QUANTIFIERS and _fails(body):
            return FALSE if _never_has_a_value(operand) else replace(expr, body=(true_where(body),))
    return _with_a_value(expr, lambda left: left)


def false_where(expr: Expr) -> Expr:
    """A condition that is true exactly where *expr* is false."""
    match expr:
        case Literal():
            return TRUE if expr == FALSE else FALSE
        case Call(function=ex.NOT, args=(inner,)):
            return true_where(inner)
        case Call(function=ex.OR, args=args):
            return _all_of(map(false_where, args))
        case Call(function=ex.AND, args=args):
            return _not_all_of(tuple(part for part in _flat(ex.AND, args) if part != TRUE))
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            return _either(test, false_where(then), false_where(other))
        case Macro(kind=kind, operand=operand, body=(body,)) if kind in QUANTIFIERS and _fails(body):
            if _never_has_a_value(operand):
                return FALSE
            return replace(expr, kind="exists" if kind == "all" else "all", body=(false_where(body),))
        case Call(function=ex.EQUAL | ex.NOT_EQUAL) if not _fails(expr):
            return _opposite(expr)
    return _with_a_value(expr, negated)


def _all_of(parts: Iterable[Expr]) -> Expr:
    """All of some conditions, each as the others leave it: where it matters they are true."""
    found = list(dict.fromkeys(_flat(ex.AND, parts)))
    at = 0
    while at < len(found):
        part = found[at]
        others = [*found[:at], *found[at + 1 :]]
        left = _granted(part, others)
        if left == FALSE:
            return FALSE
        if left == part:
            at += 1
        else:
            left = true_where(left)
            found = list(dict.fromkeys([*found[:at], *_flat(ex.AND, (left,)), *found[at + 1 :]]))
            at = 0
        found = [each for each in found if each != TRUE]
    return conjunction(tuple(found))


def _granted(expr: Expr, others: Sequence[Expr]) -> Expr:
    """What is left of a condition where *others* are true."""
    known = dict.fromkeys(others, TRUE)
    known.update((_opposite(other), FALSE) for other in others)

    def left(part: Expr) -> Expr:
        settled = known.get(part)
        if settled is not None:
            return settled
        match part:
            case Call(function=ex.PRESENT, args=(Ident() as variable,)):
                # Whether it is there is no question of its own where its value is asked for.
                return TRUE if any(_needs(other, variable) for other in others) else part
            case Call(function=ex.IN, args=(item, ListExpr(items=items, optional=optional))) if not optional:
                if any(known.get(Call(ex.EQUAL, (item, each))) == TRUE for each in items):
                    return TRUE
            case Macro():
                # What it binds may have the name of something else.
                return part
        return rebuilt(part, left)

    return left(expr)


def _opposite(expr: Expr) -> Expr:
    match expr:
        case Call(function=ex.NOT, args=(inner,)):
            return inner
        case Call(function=ex.NOT_EQUAL):
            return replace(expr, function=ex.EQUAL)
        case Call(function=ex.EQUAL):
            return replace(expr, function=ex.NOT_EQUAL)
    return Call(ex.NOT, (expr,))


def _not_all_of(parts: tuple[Expr, ...]) -> Expr:
    if FALSE in parts:
        return TRUE
    negations = sum(isinstance(part, Call) and part.function in {ex.NOT, ex.NOT_EQUAL} for part in parts)
    # Of two ways to say it the one with fewer negations is read.
    if len(parts) < 2 or 2 * negations >= len(parts) or any(map(_fails, parts)):
        return _any_of(map(false_where, parts))
    return negated(conjunction(parts))


def _any_of(parts: Iterable[Expr]) -> Expr:
    found = dict.fromkeys(_flat(ex.OR, parts))
    if TRUE in found:
        return TRUE
    kept = [part for part in found if part != FALSE]
    kept = [part for part in kept if not any(_contains(part, other) for other in kept)]
    return disjunction(tuple(_joined(kept)))


def _joined(parts: Sequence[Expr]) -> Iterator[Expr]:
    """With one list of values in the place of several of one attribute of the resource."""
    listed: dict[Expr, list[tuple[Literal, ...]]] = {}
    for part in parts:
        name, values = _values(part)
        if name is not None:
            listed.setdefault(name, []).append(values)
    told: set[Expr] = set()
    for part in parts:
        name, _ = _values(part)
        if name is None or len(listed[name]) == 1:
            yield part
        elif name not in told:
            told.add(name)
            yield Call(
                ex.IN, (name, ListExpr(tuple(dict.fromkeys(each for several in listed[name] for each in several))))
            )


def _values(expr: Expr) -> tuple[Ident | None, tuple[Literal, ...]]:
    """The attribute of the resource and the values that it may have, where a condition says nothing else."""
    match expr:
        case Call(function=ex.EQUAL, args=(Ident() as name, Literal() as only)) if _is_of_resource(name):
            return name, (only,)
        case Call(function=ex.IN, args=(Ident() as name, ListExpr(items=items))) if _is_of_resource(name):
            literals = tuple(each for each in items if isinstance(each, Literal))
            return (name, literals) if len(literals) == len(items) else (None, ())
    return None, ()


def _is_of_resource(name: Ident) -> bool:
    return name.name.startswith("resource.")


def _flat(operator: str, parts: Iterable[Expr]) -> Iterator[Expr]:
    for part in parts:
        if isinstance(part, Call) and part.function == operator:
            yield from part.args
        else:
            yield part


def _contains(whole: Expr, part: Expr) -> bool:
    """Whether a conjunction has another condition among its parts, and so is true only where that is."""
    return isinstance(whole, Call) and whole.function == ex.AND and set(_flat(ex.AND, (part,))) < set(whole.args)


def _needs(expr: Expr, variable: Ident) -> bool:
    """Whether an expression surely has no value where the variable has none."""
    match expr:
        case Ident():
            return expr == variable
        case Call(function=function) if function in _LAZY:
            return False
        case Macro(kind=kind, operand=operand):
            return kind != BIND and _needs(operand, variable)
        case Select(operand=operand, test=False, optional=False):
            return _needs(operand, variable)
        case Call() | Index(optional=False):
            return any(_needs(child, variable) for child in children(expr))
        case ListExpr(optional=optional) | MapExpr(optional=optional) if not optional:
            return any(_needs(child, variable) for child in children(expr))
    return False


def _short(expr: Expr) -> Expr:
    match expr:
        case Call(function=ex.NOT, args=(Call(function=function, args=args) as compared,)) if _NOW in args:
            # Of two moments one is not before the other, or before it.
            return replace(compared, function=_TURNED[function]) if function in _TURNED else expr
        case Call(function=ex.IN, args=(Ident() as name, ListExpr(items=(Literal() as only,)))) if _is_of_resource(
            name
        ):
            return replace(expr, function=ex.EQUAL, args=(name, only))
        case Macro(kind=kind) if kind in QUANTIFIERS and _asks_for_nothing(expr):
            return FALSE if kind == "exists" else replace(expr, body=(FALSE,))
        case Call(function=ex.NOT, args=(Macro(kind=kind) as asked,)) if kind in QUANTIFIERS and _asks_for_nothing(
            asked
        ):
            # That it is a list remains, for without one there is no value.
            return replace(asked, kind="all" if kind == "exists" else "exists", body=(TRUE,))
        case Macro(
            kind="exists",
            operand=operand,
            variables=(one,),
            body=(Call(function=ex.IN, args=(Ident() as item, ListExpr(items=(Literal() as only,)))),),
        ) if item == Ident(one):
            return Call(ex.IN, (only, operand))
        case Call(function=ex.EQUAL | ex.NOT_EQUAL, args=(Literal() as value, other)) if not isinstance(other, Literal):
            return replace(expr, args=(other, value))
    return expr


def _asks_for_nothing(asked: Macro) -> bool:
    """Whether a macro asks of each item whether it is in an empty list, which none is."""
    return asked.body == (Call(ex.IN, (Ident(asked.variables[0]), ListExpr(()))),)


def _either(test: Expr, then: Expr, other: Expr) -> Expr:
    if test in _BOOLEANS:
        return then if test == TRUE else other
    if other == FALSE:
        return _all_of((true_where(test), then))
    if then == FALSE:
        return _all_of((false_where(test), other))
    if not _fails(test):
        return Call(ex.CONDITIONAL, (test, then, other))
    return _any_of((_all_of((true_where(test), then)), _all_of((false_where(test), other))))


def _with_a_value(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """*change* of an expression where it has a value."""
    if not _fails(expr):
        return _short(change(expr))
    undecided = next(_undecided(expr), None)
    if undecided is not None:
        # It is true, or it is false; of either all else is asked.
        return _any_of(
            _all_of((where(undecided), _with_a_value(_in_place(expr, undecided, value), change)))
            for where, value in ((true_where, TRUE), (false_where, FALSE))
        )
    guards: list[Expr] = []
    left = _lifted(expr, guards)
    return FALSE if _never_has_a_value(left) else _all_of((*guards, _short(change(left))))


def _undecided(expr: Expr) -> Iterator[Expr]:
    """The logic within an operand, outermost first, that has no value where something in it has none."""
    match expr:
        case Call(function=ex.AND | ex.OR):
            yield from (expr,) if _fails(expr) else ()
        case Macro(kind=kind, body=(body,)) if kind in QUANTIFIERS and _fails(body):
            yield expr
        case Macro(kind=kind, operand=operand) if kind != BIND:
            yield from _undecided(operand)
        case Call(function=function) if function in _LAZY:
            pass
        case Call() | Select(test=False, optional=False) | Index(optional=False):
            for child in children(expr):
                yield from _undecided(child)


def _in_place(expr: Expr, part: Expr, value: Literal) -> Expr:
    found = value if expr == part else rebuilt(expr, lambda each: _in_place(each, part, value))
    match found:
        case Call(function=ex.EQUAL | ex.NOT_EQUAL as function, args=(Literal() as one, Literal() as two)):
            alike = (one == two) == (function == ex.EQUAL)
            return (TRUE if alike else FALSE) if {type(one.value), type(two.value)} == {bool} else found
        case Call(function=ex.NOT, args=(Literal() as only,)) if only in _BOOLEANS:
            return negated(only)
    return found


def _lifted(expr: Expr, guards: list[Expr]) -> Expr:
    """*expr* without the branches that have no value; *guards* get what keeps out of them."""
    match expr:
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            if _never_has_a_value(other):
                guards.append(true_where(test))
                return _lifted(then, guards)
            if _never_has_a_value(then):
                guards.append(false_where(test))
                return _lifted(other, guards)
        case Call(function=function) if function not in _LAZY:
            return rebuilt(expr, lambda part: _lifted(part, guards))
        case Select(test=False, optional=False) | Index(optional=False):
            return rebuilt(expr, lambda part: _lifted(part, guards))
    return expr


def _never_has_a_value(expr: Expr) -> bool:
    match expr:
        case Failure():
            return True
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            return _never_has_a_value(test) or (_never_has_a_value(then) and _never_has_a_value(other))
        case Call(function=function) if function in _LAZY:
            return False
        case Macro(kind=kind, operand=operand):
            return kind != BIND and _never_has_a_value(operand)
        case ListExpr(optional=optional) | MapExpr(optional=optional) if optional:
            return False
    return any(map(_never_has_a_value, children(expr)))


def _fails(expr: Expr) -> bool:
    return any(isinstance(node, Failure) for node in walk(expr))
