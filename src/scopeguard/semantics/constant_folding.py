"""Expressions that read nothing: what they come to, and those that come to nothing."""

from collections.abc import Iterator
from itertools import product
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from scopeguard.errors import EvaluationError
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.names import Names
from scopeguard.semantics.type_checker import kind_of_term
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Index, ListExpr, Literal, Macro, MapExpr, UInt

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
    "flatten": ListExpr(()),
}
"""By method, a target that takes every argument which has a meaning."""
_OF_TEXTS: Final = frozenset({"substring", "charAt", "indexOf", "lastIndexOf"})
"""Methods of a text that take places in it, and take all that there are in a text which is long enough."""
_LONG_ENOUGH: Final = 1 << 12
_SHIFTS: Final = frozenset({"math.bitShiftLeft", "math.bitShiftRight"})
_FORMAT: Final = "format"
_FORMATTED: Final[tuple[Expr, ...]] = (
    Literal("x"), _ONE, Literal(1.0), Literal(True), Literal(b"x"), ListExpr(()),
    Call("timestamp", (Literal("2000-01-01T00:00:00Z"),)),
)  # fmt: skip
"""A value of each kind that a format may ask for; any two of one kind are taken alike, and a uint as an int."""
_MOST_FORMATTED: Final = 3


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
    is_constant = _is_constant(expr, names, frozenset())
    why = None
    for tried in (expr,) if is_constant else _probed(expr, names):
        try:
            Interpreter(tried, names).evaluate({})
        except EvaluationError as error:
            why = why or str(error)
        else:
            return
    if why is not None:
        yield Valueless(expr if is_constant else _told_at(expr), why)


def _told_at(expr: Expr) -> Expr:
    match expr:
        case Call(function=function, target=target) if function == _FORMAT and target is not None:
            return target
        case Call(args=args):
            return args[-1]
        case Index(index=index):
            return index
    return expr


def _probed(expr: Expr, names: Names) -> Iterator[Expr]:
    """A call with constant arguments, in which something that suits takes the place of what is read.

    Where all of what comes out has no value, nothing that is read would give it one.
    """

    def is_constant(part: Expr) -> bool:
        return _is_constant(part, names, frozenset())

    match expr:
        case Call(function=ex.DIVIDE | ex.MODULO, args=(_, right)) if is_constant(right):
            value = constant_value(right, names)
            one = value and {int: _ONE, UInt: Literal(UInt(1)), float: Literal(1.0)}.get(type(value[0]))
            if one:
                yield replace(expr, args=(one, right))
        case Call(function=function, args=(_, right)) if function in _SHIFTS and is_constant(right):
            yield replace(expr, args=(_ONE, right))
        case Call(function=function, args=(ListExpr(items=items),), target=target) if (
            function == _FORMAT and target is not None
        ):
            open_places = [place for place, item in enumerate(items) if not is_constant(item)]
            if is_constant(target) and len(open_places) <= _MOST_FORMATTED:
                for chosen in product(*(_samples(items[place], names) for place in open_places)):
                    put = dict(zip(open_places, chosen, strict=True))
                    filled = tuple(put.get(place, item) for place, item in enumerate(items))
                    yield replace(expr, args=(ListExpr(filled),))
        case Call(function=function, target=target, args=args) if (
            target is not None and args and all(map(is_constant, args))
        ):
            suits = _PROBES.get(function) or _long_enough(function, args, names)
            if suits is not None:
                yield replace(expr, target=suits)
        case Index(operand=operand, index=index, optional=False) if is_constant(index) and not _makes_map(operand):
            value = constant_value(index, names)
            if value and isinstance(value[0], int) and value[0] < 0:
                # Maps that a host gives have texts for keys, so that it is a place in a list.
                yield replace(expr, operand=ListExpr((_ONE,)))


def _samples(expr: Expr, names: Names) -> tuple[Expr, ...]:
    """Values of the type of *expr*, or of all types."""
    kind = kind_of_term(expr, names)
    return tuple(each for each in _FORMATTED if kind_of_term(each, names) == kind) or _FORMATTED


def _long_enough(function: str, args: tuple[Expr, ...], names: Names) -> Expr | None:
    """A target in which there are all places that constant arguments name, unless these are very far apart."""
    places = [value[0] for arg in args if (value := constant_value(arg, names)) and isinstance(value[0], int)]
    most = max(places, default=0)
    if most > _LONG_ENOUGH:
        return None
    if function in _OF_TEXTS:
        return Literal("x" * (most + 1))
    return Call("lists.range", (Literal(most + 1),)) if function == "slice" else None


def _makes_map(expr: Expr) -> bool:
    return any(isinstance(part, MapExpr) or (isinstance(part, Macro) and "Map" in part.kind) for part in ex.walk(expr))


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
