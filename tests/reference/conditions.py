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
from tests.reference.lists import FAMILIES, LISTS
from tests.reference.operators import (
    FUNCTIONS,
    NoValue,
    Record,
    boolean,
    decided,
    element,
    items_of,
    pairs,
    same,
    written_map,
)

Names = Mapping[str, Any]


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
        case Ident(name=name) if name in names:
            return names[name]
        case Select(operand=operand, name=name, test=True):
            base = evaluate(operand, names)
            return name in base.given if isinstance(base, Record) else any(same(key, name) for key, _ in pairs(base))
        case Select(operand=Ident(name="variables"), name=name) if isinstance(names.get("variables"), Defined):
            return names["variables"].value(name)
        case Select(operand=operand, name=name):
            return element(evaluate(operand, names), name)
        case Index(operand=operand, index=index):
            return element(evaluate(operand, names), evaluate(index, names))
        case ListExpr(items=items):
            return tuple(evaluate(item, names) for item in items)
        case MapExpr(entries=entries):
            return written_map([(evaluate(key, names), evaluate(value, names)) for key, value in entries])
        case Call(function="_&&_" | "_||_" as function, args=args):
            return decided([partial(evaluate, arg, names) for arg in args], by=function == "_||_")
        case Call(function="_?_:_", args=(test, then, otherwise)):
            return evaluate(then if boolean(evaluate(test, names)) else otherwise, names)
        case Call(function=function, args=args, target=target):
            family = target.name if isinstance(target, Ident) and target.name in FAMILIES else ""
            operands = args if target is None or family else (target, *args)
            values = [evaluate(each, names) for each in operands]
            full = f"{family}{'.' * bool(target)}{function}"
            return names["@holds"](*values) if function == "holds" else call(full, values)
        case Macro(operand=operand, kind=kind, variables=(variable,), body=body):
            return comprehension(kind, items_of(evaluate(operand, names)), body, variable, names)
    raise NoValue


def call(function: str, operands: list[Any]) -> Any:
    """A function or operator, with every way in which it fails made one."""
    known = LISTS if function in LISTS else FUNCTIONS
    if function not in known:
        raise NoValue
    try:
        return known[function](*operands)
    except (TypeError, ValueError, ArithmeticError):
        raise NoValue from None


def comprehension(kind: str, items: tuple[Any, ...], body: tuple[Expr, ...], variable: str, names: Names) -> Any:
    """``list.kind(variable, body)``."""

    def test(item: Any) -> bool:
        return boolean(evaluate(body[0], {**names, variable: item}))

    match kind:
        case "all" | "exists":
            return decided([partial(test, item) for item in items], by=kind == "exists")
        case "exists_one":
            passed = [item for item in items if test(item)]
            return len(passed) == 1
        case "filter":
            return tuple(item for item in items if test(item))
        case "map":
            kept = items if len(body) == 1 else [item for item in items if test(item)]
            return tuple(evaluate(body[-1], {**names, variable: item}) for item in kept)
    raise NoValue
