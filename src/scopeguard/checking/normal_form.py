"""Conditions in a form in which what means the same is written the same."""

from typing import Final

from scopeguard.semantics.names import Names
from scopeguard.semantics.type_checker import kind_of_term
from scopeguard.semantics.variable_inlining import renamed
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
)
from scopeguard.syntax.printer import print_expression

_NEGATED: Final = {ex.EQUAL: ex.NOT_EQUAL, ex.NOT_EQUAL: ex.EQUAL, ex.AND: ex.OR, ex.OR: ex.AND}
_OPPOSITE: Final = {
    ex.LESS: ex.GREATER_EQUAL, ex.GREATER_EQUAL: ex.LESS, ex.GREATER: ex.LESS_EQUAL, ex.LESS_EQUAL: ex.GREATER,
}  # fmt: skip
_SWAPPED: Final = {ex.EQUAL: ex.EQUAL, ex.NOT_EQUAL: ex.NOT_EQUAL, ex.GREATER: ex.LESS, ex.GREATER_EQUAL: ex.LESS_EQUAL}
_CONVERSIONS: Final = frozenset({"string", "bytes", "bool", "int", "uint", "double", "timestamp", "duration"})
"""Functions that give what they take where it has the type of that name."""
_EMPTY: Final = (Literal(""), Literal(b""), ListExpr(()))
_ZERO: Final = Literal(0.0)


def normal(expr: Expr, names: Names) -> Expr:
    """A resolved *expr*, or what is the same wherever it has a value.

    ``all`` is the negation of ``exists``, ``exists`` of one value is membership, and what these bind has names of
    their own. Recursion is bounded by the depth that the parser admits.
    """
    match expr:
        case Call(function="type", args=(Call(function="dyn"),)):
            # Who asks for that wants to know what the host gives.
            return expr
    expr = ex.rebuilt(expr, lambda part: normal(part, names))
    match expr:
        case Macro(kind="all", body=(body,)):
            return Call(ex.NOT, (_some(expr, _formed(body, _finite(expr), truth=False)),))
        case Macro(kind="exists", body=(body,)):
            return _some(expr, _formed(body, _finite(expr), truth=True))
        case Macro(kind="map", operand=operand, variables=(name,), body=(Ident(name=given, absolute=False),)):
            return operand if name == given and kind_of_term(operand, names) == "list" else expr
        case Macro(kind="filter", operand=operand, body=(body,)):
            return operand if body == TRUE and kind_of_term(operand, names) == "list" else expr
        case Call():
            return _by_parts(expr, names)
        case Index(operand=operand, index=Literal() as index, optional=False):
            return _element(operand, index) or expr
        case Select(operand=operand, name=name, optional=False) if found := _element(operand, Literal(name)):
            return TRUE if expr.test else found
    return expr


def _element(operand: Expr, index: Literal) -> Expr | None:
    """What is at a place in a list, or at a key in a map, that is written out; None where that is not known."""
    if any(isinstance(part, Failure) for part in ex.walk(operand)):
        return None
    match operand:
        case ListExpr(items=items, optional=optional) if not optional:
            place = index.value
            return items[place] if type(place) is int and 0 <= place < len(items) else None
        case MapExpr(entries=entries, optional=optional) if not optional:
            return next((value for key, value in entries if key == index), None)
    return None


def _by_parts(expr: Call, names: Names) -> Expr:
    """What asks about a sum of texts or lists, as it asks about each of them."""
    match expr:
        case (
            Call(function="size", args=(Call(function=ex.ADD, args=parts),), target=None)
            | Call(function="size", args=(), target=Call(function=ex.ADD, args=parts))
        ):
            return Call(ex.ADD, tuple(_by_parts(Call("size", (part,)), names) for part in parts))
        case Call(function=ex.IN, args=(element, Call(function=ex.ADD, args=parts))):
            return ex.disjunction(tuple(_by_parts(Call(ex.IN, (element, part)), names) for part in parts))
        case Call(function=ex.CONDITIONAL, args=(_, one, other)) if one == other:
            return one
    return _same_call(expr, names)


def _same_call(expr: Call, names: Names) -> Expr:
    match expr:
        case Call(function="type", args=(operand,), target=None):
            kind = kind_of_term(operand, names)
            named = (
                name for name, of in names.library.types.items() if [each.name for each in of.parameters] == [kind]
            )
            return next((Ident(name, absolute=True) for name in named), expr)
        case Call(function="dyn", args=(operand,)):
            return operand
        case Call(function="size", args=(operand,), target=None) | Call(function="size", args=(), target=operand) if (
            elements := written_out(operand)
        ) is not None:
            return Literal(len(elements))
        case Call(function="hasValue", args=(), target=Call(function="optional.of")):
            return TRUE
        case Call(function=function, args=(operand,), target=None) if function in _CONVERSIONS:
            return operand if kind_of_term(operand, names) == function else expr
        case Call(function="value" | "orValue", target=Call(function="optional.of", args=(operand,))):
            return operand
        case Call(function="substring", args=(Literal(value=0),), target=Ident() as operand):
            return operand
        case Call(function=ex.ADD, args=(operand, empty) | (empty, operand)) if empty in _EMPTY:
            return operand
        case Call(function=ex.SUBTRACT, args=(Ident() as left, right)) if left == right:
            return _ZERO if kind_of_term(left, names) == "double" else expr
        case Call(function=ex.MULTIPLY, args=(Ident() as left, right) | (right, Ident() as left)) if right == _ZERO:
            return _ZERO if kind_of_term(left, names) == "double" else expr
    return expr


def written_out(expr: Expr | None) -> tuple[Expr, ...] | None:
    """The elements of a list, or the keys of a map, that is written out and has all of them; None for all else."""
    match expr:
        case ListExpr(items=items, optional=optional) if not optional:
            return items
        case MapExpr(entries=entries, optional=optional) if not optional:
            return tuple(key for key, _ in entries)
    return None


def _finite(expr: Macro) -> frozenset[str]:
    """Those of the names that it binds that are no NaN, as no element of an attribute is."""
    return frozenset(expr.variables if isinstance(expr.operand, Ident) and expr.operand.absolute else ())


def _formed(expr: Expr, finite: frozenset[str], *, truth: bool) -> Expr:
    """*expr* or, without *truth*, its negation, in which comparisons alone are negated and lists are spelled out."""
    match expr:
        case Literal(value=bool(value)):
            return Literal(value is truth)
        case Call(function=ex.NOT, args=(operand,)):
            return _formed(operand, finite, truth=not truth)
        case Call(function=ex.AND | ex.OR as function, args=args):
            parts = tuple(_formed(part, finite, truth=truth) for part in args)
            return Call(function if truth else _NEGATED[function], parts)
        case Call(function=ex.IN, args=(left, ListExpr(items=items, optional=optional))) if not optional:
            equal = ex.disjunction(tuple(Call(ex.EQUAL, (left, item)) for item in items))
            return _formed(equal, finite, truth=truth)
        case Call(function=ex.EQUAL | ex.NOT_EQUAL as function, args=args):
            return Call(function if truth else _NEGATED[function], tuple(sorted(args, key=print_expression)))
        case Call(function=function, args=(left, right)) if function in _OPPOSITE:
            if not truth and not all(_is_finite(each, finite) for each in (left, right)):
                return Call(ex.NOT, (_formed(expr, finite, truth=True),))
            function = function if truth else _OPPOSITE[function]
            return Call(_SWAPPED[function], (right, left)) if function in _SWAPPED else Call(function, (left, right))
    return expr if truth else Call(ex.NOT, (expr,))


def _is_finite(expr: Expr, finite: frozenset[str]) -> bool:
    return isinstance(expr, Literal) or (isinstance(expr, Ident) and (expr.absolute or expr.name in finite))


def _some(expr: Macro, body: Expr) -> Expr:
    """That *body* is true of something in the operand of *expr*: one alternative at a time."""
    if isinstance(body, Call) and body.function == ex.OR:
        return ex.disjunction(tuple(_some(expr, part) for part in body.args))
    match body:
        case Literal(value=False):
            return FALSE
        case Call(function=ex.EQUAL, args=(one, other)) if len(expr.variables) == 1:
            bound = Ident(expr.variables[0])
            for left, right in ((one, other), (other, one)):
                if right == bound and bound not in ex.walk(left):
                    return Call(ex.IN, (left, expr.operand))
    # An inner macro binds fewer than the one around it, so that no name hides another one.
    number = sum(isinstance(each, Macro) for each in ex.walk(body))
    own = tuple(f"@{number}.{place}" for place in range(len(expr.variables)))
    for name, new in zip(expr.variables, own, strict=True):
        body = renamed(body, name, Ident(new))
    return Macro("exists", expr.operand, own, (body,))
