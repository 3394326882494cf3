"""The meaning of a condition, as a walk over its tree.

Its depth is bounded by its parser, so that plain recursion is safe here. Where a part has no value, only ``&&``,
``||``, ``all`` and ``exists`` may do without it, and only where the rest decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from scopeguard.syntax.expression import Call, Expr, Ident, Index, ListExpr, Literal, Macro, MapExpr, Select
from scopeguard.syntax.parser import parse_condition
from tests.reference.formats import FORMATS
from tests.reference.lists import LISTS
from tests.reference.networks import NETWORKS
from tests.reference.numbers import CONVERSIONS, MATHEMATICS
from tests.reference.operators import OPERATORS, TYPE_NAMES
from tests.reference.optionals import OPTIONALS
from tests.reference.records import Record, plain
from tests.reference.texts import TEXTS
from tests.reference.times import TIMES
from tests.reference.values import (
    Maybe,
    NoValue,
    TypeName,
    boolean,
    decided,
    element,
    found,
    pairs,
    type_of,
    written_map,
)

Names = Mapping[str, Any]

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **OPERATORS, **CONVERSIONS, **TIMES, **TEXTS, **FORMATS, **LISTS, **MATHEMATICS, **OPTIONALS, **NETWORKS,
}  # fmt: skip
"""Functions by their names, methods by their names after a dot."""


@dataclass
class Defined:
    """Variables of a pack: texts, each with the meaning it has in the request, whatever a macro around it binds."""

    texts: Mapping[str, str]
    names: Names

    def value(self, name: str) -> Any:
        """The value of one. Raises NoValue where it has none."""
        return evaluate(parse_condition(self.texts[name]), self.names)


def truth(expr: Expr, names: Names) -> bool | None:
    """True, false, or None where the condition cannot be evaluated or is no boolean."""
    try:
        return boolean(evaluate(expr, names))
    except NoValue:
        return None


def conjunction(parts: Sequence[bool | None]) -> bool | None:
    """False where any part is, else None where any cannot be evaluated."""
    return False if False in parts else None if None in parts else True


def disjunction(parts: Sequence[bool | None]) -> bool | None:
    """True where any part is, else None where any cannot be evaluated."""
    return True if True in parts else None if None in parts else False


def known(value: bool | None) -> bool:
    """A truth. Raises NoValue for what cannot be evaluated."""
    if value is None:
        raise NoValue
    return value


def fitting(names: Names) -> Callable[[str], bool]:
    """Whether a condition is true in a request."""
    return lambda text: bool(truth(parse_condition(text), names))


def evaluate(expr: Expr, names: Names) -> Any:
    """The value of an expression. Raises NoValue where it has none."""
    match expr:
        case Literal(value=value):
            return value
        case Ident() | Select() | Index():
            return plain(reached(expr, names))
        case ListExpr(items=items, optional=optional):
            values = [present(evaluate(item, names), place in optional) for place, item in enumerate(items)]
            return tuple(each for there in values for each in there)
        case MapExpr(entries=entries, optional=optional):
            written = [(evaluate(key, names), present(evaluate(value, names), place in optional))
                       for place, (key, value) in enumerate(entries)]  # fmt: skip
            return written_map((key, each) for key, there in written for each in there)
        case Call(function="_&&_" | "_||_" as function, args=args):
            return decided([partial(evaluate, arg, names) for arg in args], by=function == "_||_")
        case Call(function="_?_:_", args=(test, then, otherwise)):
            return evaluate(then if boolean(evaluate(test, names)) else otherwise, names)
        case Call():
            return called(expr, names)
        case Macro(operand=operand, kind=kind, variables=variables, body=body):
            return comprehension(kind, rows(evaluate(operand, names), len(variables)), body, variables, names)
    raise NoValue


def reached(expr: Expr, names: Names) -> Any:
    """What a name, a field or an element is; of a record a record."""
    match expr:
        case Ident(name=name) if name in names:
            return names[name]
        case Ident() | Select(test=False, optional=False) if dotted(expr, names) in TYPE_NAMES.values():
            return TypeName(dotted(expr, names))
        case Select(operand=Ident(name="variables"), name=name) if isinstance(names.get("variables"), Defined):
            return names["variables"].value(name)
        case Select(operand=operand, name=name, test=test, optional=optional):
            base = reached(operand, names)
            if isinstance(base, Record):
                return name in base.given if test else base.read(name, optional=optional)
            inner = base.items[0] if isinstance(base, Maybe) and base.items else base
            if type_of(inner) not in ("map", "optional"):
                raise NoValue
            return bool(found(base, name).items) if test else element(base, name, optional=optional)
        case Index(operand=operand, index=index, optional=optional):
            base = reached(operand, names)
            if isinstance(base, Record) and isinstance(index, Literal) and index.value in base.types:
                return base.read(str(index.value), optional=optional)
            return element(plain(base), evaluate(index, names), optional=optional)
        case Ident():
            raise NoValue
    return evaluate(expr, names)


def dotted(expr: Expr, names: Names) -> str:
    """The name of a type, such as ``int`` or ``net.IP``; empty for what begins with the name of something else."""
    match expr:
        case Ident(name=name):
            return "" if name in names else name
        case Select(operand=operand, name=name):
            return f"{before}.{name}" if (before := dotted(operand, names)) else ""
    return ""


def present(value: Any, optional: bool) -> tuple[Any, ...]:
    """An element that is written, or after ``?`` what an optional has of it."""
    if not optional:
        return (value,)
    if not isinstance(value, Maybe):
        raise NoValue
    return value.items


def called(expr: Call, names: Names) -> Any:
    """A function, a method, or a macro that binds one value."""
    match expr:
        case Call(target=Ident(name="cel"), function="bind", args=(Ident(name=name), value, body)) if (
            "cel" not in names
        ):
            return evaluate(body, {**names, name: evaluate(value, names)})
        case Call(target=Ident(name=family), function=function, args=args) if (
            family not in names and f"{family}.{function}" in FUNCTIONS
        ):
            return call(f"{family}.{function}", [evaluate(arg, names) for arg in args])
        case Call(target=None, function=function, args=args):
            values = [evaluate(arg, names) for arg in args]
            return names["@holds"](*values) if function == "holds" else call(function, values)
        case Call(target=target, function=function, args=args) if target is not None:
            value = evaluate(target, names)
            match function, args:
                case "optMap" | "optFlatMap", (Ident(name=name), body):
                    return mapped(value, function, name, body, names)
                case "or" | "orValue", (_,) if isinstance(value, Maybe) and value.items:
                    return value if function == "or" else value.items[0]
            return call(f".{function}", [value, *(evaluate(arg, names) for arg in args)])
    raise NoValue


def mapped(value: Any, kind: str, variable: str, body: Expr, names: Names) -> Maybe:
    """``optional.optMap(variable, body)``, and ``optFlatMap``, whose body is an optional itself."""
    if not isinstance(value, Maybe):
        raise NoValue
    made = tuple(evaluate(body, {**names, variable: item}) for item in value.items)
    return Maybe(made) if kind == "optMap" else Maybe(tuple(each for item in made for each in present(item, True)))


def call(function: str, operands: list[Any]) -> Any:
    """A function or operator, with every way in which it fails made one."""
    if function not in FUNCTIONS:
        raise NoValue
    try:
        return FUNCTIONS[function](*operands)
    except (TypeError, ValueError, ArithmeticError):
        raise NoValue from None


def rows(value: Any, variables: int) -> list[tuple[Any, ...]]:
    """What a macro binds, one after the other: elements or keys; with two names also the place or the value."""
    entries = enumerate(value) if isinstance(value, tuple) else pairs(value)
    if variables == 2:
        return list(entries)
    return [(item,) for item in value] if isinstance(value, tuple) else [(key,) for key, _ in entries]


def comprehension(
    kind: str, over: list[tuple[Any, ...]], body: tuple[Expr, ...], variables: tuple[str, ...], names: Names
) -> Any:
    """``over.kind(variables, body)``."""

    def value(part: Expr, row: tuple[Any, ...]) -> Any:
        return evaluate(part, {**names, **dict(zip(variables, row, strict=True))})

    def test(row: tuple[Any, ...]) -> bool:
        return boolean(value(body[0], row))

    kept = over if len(body) == 1 else [row for row in over if test(row)]
    match kind:
        case "all" | "exists":
            return decided([partial(test, row) for row in over], by=kind == "exists")
        case "exists_one" | "existsOne":
            return len([row for row in over if test(row)]) == 1
        case "filter":
            return tuple(row[0] for row in over if test(row))
        case "map" | "transformList":
            return tuple(value(body[-1], row) for row in kept)
        case "transformMap":
            return written_map((row[0], value(body[-1], row)) for row in kept)
        case "transformMapEntry":
            return written_map(entry for row in kept for entry in pairs(value(body[-1], row)))
    raise NoValue
