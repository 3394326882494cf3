"""Expressions that read nothing: what they come to, and those that come to nothing."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from scopeguard.errors import EvaluationError
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.name_resolution import Names
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Literal, Macro, UInt

_ONE: Final = Literal(1)
_PROBES: Final[dict[str, Expr]] = {
    **dict.fromkeys(
        (
            *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
            *("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
        ),
        Call("timestamp", (Literal("2000-01-01T00:00:00Z"),)),
    ),
    **dict.fromkeys(("containsIP", "containsCIDR"), Call("cidr", (Literal("0.0.0.0/0"),))),
    "matches": Literal(""),
}
"""By method, a target that takes every argument which has a meaning."""


class Valueless(NamedTuple):
    """A part of an expression that cannot be evaluated, whatever is read, and why."""

    part: Expr
    why: str


def constant_value(expr: Expr, names: Names) -> tuple[Any] | None:
    """The value of an expression that reads nothing, in a tuple; None for any other, and for one without a value."""
    if isinstance(expr, Literal):
        return (expr.value,)
    if not _is_constant(expr, names, frozenset()):
        return None
    try:
        return (Interpreter(expr, names).evaluate({}),)
    except EvaluationError:
        return None


def valueless_parts(expr: Expr, names: Names, bound: frozenset[str] = frozenset()) -> Iterator[Valueless]:
    """The smallest parts of a resolved expression that have no value, though they read nothing, from left to right.

    Parts that are never evaluated are among them. Recursion is bounded by the depth that the parser admits.
    """
    inner = bound | frozenset(expr.variables) if isinstance(expr, Macro) else bound
    failing = [found for part in ex.children(expr) for found in valueless_parts(part, names, inner)]
    if failing or isinstance(expr, Literal | Ident):
        yield from failing
        return
    tried = expr if _is_constant(expr, names, frozenset()) else _probed(expr, names)
    if tried is not None:
        try:
            Interpreter(tried, names).evaluate({})
        except EvaluationError as error:
            yield Valueless(expr if tried is expr or not isinstance(expr, Call) else expr.args[-1], str(error))


def _probed(expr: Expr, names: Names) -> Expr | None:
    """A call with a constant argument, in which something that suits takes the place of what is read."""
    match expr:
        case Call(function=ex.DIVIDE | ex.MODULO, args=(_, right)) if _is_constant(right, names, frozenset()):
            value = constant_value(right, names)
            one = value and {int: _ONE, UInt: Literal(UInt(1)), float: Literal(1.0)}.get(type(value[0]))
            return replace(expr, args=(one, right)) if one else None
        case Call(function=function, target=target, args=args) if target is not None and function in _PROBES and args:
            if all(_is_constant(arg, names, frozenset()) for arg in args):
                return replace(expr, target=_PROBES[function])
    return None


def _is_constant(expr: Expr, names: Names, bound: frozenset[str]) -> bool:
    match expr:
        case Ident(name=name, absolute=absolute):
            return name in names.library.types and name not in (names.variables or ()) if absolute else name in bound
        case Failure() | Call(function=ex.HOLDS | ex.PRESENT):
            return False
        case Macro(operand=operand, body=body, variables=variables):
            inner = bound | frozenset(variables)
            return _is_constant(operand, names, bound) and all(_is_constant(part, names, inner) for part in body)
    return all(_is_constant(part, names, bound) for part in ex.children(expr))
