"""Partial evaluation: what is left of an expression once part of its environment is known.

The residual of an expression has the same value, or the same lack of one, as the expression itself for
every completion of the known part. ``&&`` and ``||`` keep operands that cannot be evaluated, since another
operand may still decide.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from scopeguard.compiling.evaluate import evaluate
from scopeguard.compiling.names import Environment, EvaluationError, path
from scopeguard.model.principal import WORKSPACE_BOUND, Principal
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

_BY_CLASS: Final = frozenset({"kind", "roles", "scopes", "rank", "assignable_roles"})


class About(StrEnum):
    """What is known of the resource."""

    ANY = "any"
    OWN = "own"
    """Some resource of the principal's own workspace."""
    NONE = "none"
    """The question names none, which means the surface of the principal's own workspace."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known while simplifying: always the principal's class and the question.

    *holds* answers ``@holds(permission)`` with the expression that remains of it. *principal* and *context*
    tell that the whole of them is known, not just the class.
    """

    env: Environment
    holds: Callable[[str], Expr]
    about: About = About.ANY
    principal: bool = False
    context: bool = False

    def knows(self, root: str, name: str) -> bool:
        """Whether the value of a declared name is settled, be it by its absence."""
        match root:
            case "principal":
                return self.principal or name in _BY_CLASS or self._absent(name)
            case "resource":
                if name == "workspace":
                    return self.principal and self.about is not About.ANY
                return name == "surface" or self.about is About.NONE
            case _:
                return self.context

    def _absent(self, name: str) -> bool:
        principal = self.env.principal
        if name == "workspace":
            return False
        return name != "id" and name not in principal.attributes


def simplify(expr: Expr, known: Knowledge) -> Expr:
    """The residual of *expr*."""
    match expr:
        case Literal() | Failure():
            return expr
        case Call(function=ex.HOLDS, args=(Literal(value=permission),)):
            return known.holds(str(permission))
        case Call(function=ex.AND, args=args):
            return _logic(ex.AND, args, known, decisive=FALSE)
        case Call(function=ex.OR, args=args):
            return _logic(ex.OR, args, known, decisive=TRUE)
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            return _conditional(expr, simplify(test, known), then, other, known)
        case Macro(operand=operand):
            return _folded(replace(expr, operand=simplify(operand, known)), known)
    return _folded(_rewritten(expr, known), known)


def _rewritten(expr: Expr, known: Knowledge) -> Expr:
    match expr:
        case Select(test=True) | Ident():
            return expr
        case Select(operand=operand):
            found = path(expr)
            if found == ("resource", "workspace") and known.about is not About.ANY:
                return Select(Ident("principal"), "workspace", span=expr.span)
            return expr if found is not None else replace(expr, operand=simplify(operand, known))
        case Index(operand=operand, index=index):
            return replace(expr, operand=simplify(operand, known), index=simplify(index, known))
        case Call(args=args, target=target):
            return replace(
                expr,
                args=tuple(simplify(arg, known) for arg in args),
                target=None if target is None else simplify(target, known),
            )
        case ListExpr(items=items):
            return replace(expr, items=tuple(simplify(item, known) for item in items))
        case MapExpr(entries=entries):
            return replace(expr, entries=tuple((simplify(k, known), simplify(v, known)) for k, v in entries))
    return expr


def _folded(expr: Expr, known: Knowledge) -> Expr:
    if _own_workspace(expr, known.env.principal):
        return TRUE
    if not _is_known(expr, known, frozenset()):
        return expr
    try:
        value = evaluate(expr, known.env)
    except EvaluationError as error:
        return Failure(str(error), span=expr.span)
    constant = _constant(value)
    return expr if constant is None else replace(constant, span=expr.span)


def _own_workspace(expr: Expr, principal: Principal) -> bool:
    match expr:
        case Call(function=ex.EQUAL, args=(left, right)):
            return left == right and path(left) == ("principal", "workspace") and principal.kind in WORKSPACE_BOUND
        case Select(test=True, operand=Ident(name="principal"), name="workspace"):
            return principal.kind in WORKSPACE_BOUND
    return False


def _constant(value: Any) -> Literal | ListExpr | None:
    if value is None or isinstance(value, bool | int | float | str | bytes):
        return Literal(value)
    if isinstance(value, tuple):
        items = tuple(_constant(item) for item in value)
        return None if None in items else ListExpr(tuple(item for item in items if item is not None))
    return None


def _is_known(expr: Expr, known: Knowledge, bound: frozenset[str]) -> bool:
    match expr:
        case Literal() | Failure():
            return True
        case Ident(name=name):
            return name in bound or name in ("action", "permission", "operation")
        case Select():
            plain = Select(expr.operand, expr.name)
            found = path(plain)
            if found is None:
                return _is_known(expr.operand, known, bound)
            if expr.test and found[0] == "principal":
                return known.principal or found[1] not in ("id", "workspace")
            return known.knows(*found)
        case Macro(operand=operand, body=body, variables=variables):
            inner = bound | frozenset(variables)
            return _is_known(operand, known, bound) and all(_is_known(part, known, inner) for part in body)
    return all(_is_known(child, known, bound) for child in ex.children(expr))


def _logic(operator: str, args: tuple[Expr, ...], known: Knowledge, *, decisive: Literal) -> Expr:
    neutral = TRUE if decisive == FALSE else FALSE
    kept: dict[Expr, None] = {}
    for arg in args:
        part = simplify(arg, known)
        if part == decisive:
            return decisive
        nested = part.args if isinstance(part, Call) and part.function == operator else (part,)
        kept.update(dict.fromkeys(piece for piece in nested if piece != neutral))
    parts = tuple(kept)
    if not parts:
        return neutral
    if all(isinstance(part, Failure) for part in parts):
        return parts[0]
    if len(parts) == 1:
        return parts[0] if is_boolean(parts[0]) else Call(operator, (neutral, parts[0]))
    return Call(operator, parts)


def _conditional(expr: Call, test: Expr, then: Expr, other: Expr, known: Knowledge) -> Expr:
    if isinstance(test, Failure):
        return test
    if test == TRUE:
        return simplify(then, known)
    if test == FALSE:
        return simplify(other, known)
    return replace(expr, args=(test, simplify(then, known), simplify(other, known)))


_BOOLEAN_CALLS: Final = frozenset({
    ex.AND, ex.OR, ex.NOT, ex.EQUAL, ex.NOT_EQUAL, ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL, ex.IN,
    ex.HOLDS, "startsWith", "endsWith", "contains", "containsIP",
})  # fmt: skip


def is_boolean(expr: Expr) -> bool:
    """Whether *expr* is a boolean whenever it has a value."""
    match expr:
        case Literal(value=value):
            return isinstance(value, bool)
        case Failure():
            return True
        case Select(test=test):
            return test
        case Call(function=function):
            return function in _BOOLEAN_CALLS
        case Macro(kind=kind):
            return kind in ("all", "exists", "exists_one")
    return False
