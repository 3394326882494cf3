"""Expressions that read rows: which do, and what stands for them with a value or a choice put in."""

from typing import Any

from msgspec.structs import replace

from scopeguard.compiling.grants import FIXED, narrowed_in
from scopeguard.semantics.built_in_variables import root_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, Macro


def reads_rows(expr: Expr) -> bool:
    """Whether the value of an expression depends on the row."""
    for node in ex.walk(expr):
        match node:
            case Ident(name=name, absolute=True) if root_of(name) == "resource" and name != "resource.surface":
                return True
            case Call(function=ex.GRANTED):
                found = narrowed_in(node)
                if found is not None and found.kind != FIXED:
                    return True
    return False


def substituted(expr: Expr, variable: str, value: Expr) -> Expr:
    """*expr* with *value* for a name that a macro binds."""
    match expr:
        case Ident(name=name, absolute=False) if name == variable:
            return value
        case Macro(operand=operand, variables=variables) if variable in variables:
            return replace(expr, operand=substituted(operand, variable, value))
    return ex.rebuilt(expr, lambda part: substituted(part, variable, value))


def as_literal(value: Any) -> Expr | None:
    """A value of the request as an expression; None for what is none."""
    return Literal(value) if isinstance(value, bool | int | float | str | bytes) else None


def is_plain(item: Expr) -> bool:
    """Whether it is a constant or an attribute of the row by itself."""
    return isinstance(item, Literal) or (isinstance(item, Ident) and reads_rows(item))


def is_compound(expr: Expr) -> bool:
    """Whether it is worked out from the row."""
    return reads_rows(expr) and not isinstance(expr, Ident)


def exchanged(expr: Expr, old: Expr, new: Expr) -> Expr:
    """*expr* with *new* for its part *old*."""
    return ex.rebuilt(expr, lambda part: new if part is old else part)


def choice_in(expr: Expr) -> tuple[Expr, Expr, Expr] | None:
    """The test and the branches of an operand; ``resource.?name.orValue(other)`` is one too."""
    match expr:
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            return test, then, other
        case Call(
            function="orValue",
            args=(other,),
            target=Call(
                function=ex.CONDITIONAL,
                args=(
                    Call(function=ex.PRESENT) as test,
                    Call(function="optional.of", args=(then,)),
                    Call(function="optional.none"),
                ),
            ),
        ):
            return test, then, other
    return None
