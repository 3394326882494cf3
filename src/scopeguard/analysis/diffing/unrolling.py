"""Quantifiers over lists that are known, element by element."""

from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal, Macro, conjunction, disjunction, rebuilt

_JOINED = {"all": conjunction, "exists": disjunction}


def unrolled(expr: Expr) -> Expr:
    """*expr* with each ``all`` and ``exists`` over a list of constants as what it says of each of them."""
    match expr:
        case Literal() | Ident():
            return expr
        case Macro(kind="all" | "exists" as kind, operand=ListExpr(items=items), variables=(name,), body=(body,)) if (
            all(isinstance(item, Literal) for item in items)
        ):
            parts = tuple(unrolled(_with(body, name, item)) for item in items)
            return _boolean(kind, parts)
    return rebuilt(expr, unrolled)


def _boolean(kind: str, parts: tuple[Expr, ...]) -> Expr:
    # One part alone need not be a condition, which it is taken for here.
    found = _JOINED[kind](parts)
    unit = Literal(kind == "all")
    return Call(ex.AND if kind == "all" else ex.OR, (unit, found)) if len(parts) == 1 else found


def _with(expr: Expr, name: str, value: Expr) -> Expr:
    match expr:
        case Ident(name=found, absolute=False) if found == name:
            return value
        case Macro(operand=operand, variables=variables) if name in variables:
            return rebuilt(expr, lambda part: _with(part, name, value) if part is operand else part)
    return rebuilt(expr, lambda part: _with(part, name, value))
