"""The canonical text of an expression.

Minimal parentheses, double quotes, one space around operators of two operands. Parsing the text
gives the tree back. It may be longer than the text it was parsed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from scopeguard.syntax import expression as ex
from scopeguard.syntax.keywords import KEYWORDS, is_plain_name
from scopeguard.syntax.literals import encode

# How tightly a form binds; an operand that binds less than its place asks for is put in parentheses.
_ANY: Final = 0
_OR: Final = 1
_AND: Final = 2
_RELATION: Final = 3
_SUM: Final = 4
_PRODUCT: Final = 5
_UNARY: Final = 6
_MEMBER: Final = 7

_Piece: TypeAlias = "str | tuple[ex.Expr, int]"

_BINARY: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        ex.EQUAL: ("==", _RELATION),
        ex.NOT_EQUAL: ("!=", _RELATION),
        ex.LESS: ("<", _RELATION),
        ex.LESS_EQUAL: ("<=", _RELATION),
        ex.GREATER: (">", _RELATION),
        ex.GREATER_EQUAL: (">=", _RELATION),
        ex.IN: ("in", _RELATION),
        ex.ADD: ("+", _SUM),
        ex.SUBTRACT: ("-", _SUM),
        ex.MULTIPLY: ("*", _PRODUCT),
        ex.DIVIDE: ("/", _PRODUCT),
        ex.MODULO: ("%", _PRODUCT),
    }
)
_LOGICAL: Final[Mapping[str, tuple[str, int]]] = MappingProxyType({ex.AND: ("&&", _AND), ex.OR: ("||", _OR)})
_PREFIX: Final[Mapping[str, str]] = MappingProxyType({ex.NOT: "!", ex.NEGATE: "-"})


def print_expression(expr: ex.Expr) -> str:
    """The canonical text of *expr*. Deep trees are no danger: a stack takes the place of recursion."""
    written: list[str] = []
    stack: list[_Piece] = [(expr, _ANY)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            written.append(piece)
        elif isinstance(piece[0], ex.Literal):
            written.append(encode(piece[0].value))
        else:
            node, place = piece
            pieces = list(_pieces(node))
            if _strength(node) < place:
                pieces = ["(", *pieces, ")"]
            stack.extend(reversed(pieces))
    return "".join(written)


def _strength(expr: ex.Expr) -> int:
    if not isinstance(expr, ex.Call):
        return _MEMBER
    if expr.function in _BINARY:
        return _BINARY[expr.function][1]
    if expr.function in _LOGICAL:
        return _LOGICAL[expr.function][1]
    if expr.function in _PREFIX:
        return _UNARY
    return _ANY if expr.function == ex.CONDITIONAL else _MEMBER


def _pieces(expr: ex.Expr) -> Iterator[_Piece]:
    match expr:
        case ex.Ident(name=name, absolute=absolute):
            yield f".{name}" if absolute else name
        case ex.Select(operand=operand, name=name, test=test, optional=optional):
            yield "has(" if test else ""
            yield (operand, _MEMBER)
            yield f".{'?' if optional else ''}{_field(name)}{')' if test else ''}"
        case ex.Index(operand=operand, index=index, optional=optional):
            yield (operand, _MEMBER)
            yield "[?" if optional else "["
            yield (index, _ANY)
            yield "]"
        case ex.Call():
            yield from _call(expr)
        case ex.ListExpr(items=items, optional=chosen):
            yield "["
            yield from _commas(("?" if place in chosen else "", (item, _ANY)) for place, item in enumerate(items))
            yield "]"
        case ex.MapExpr(entries=entries, optional=chosen):
            yield "{"
            yield from _commas(
                ("?" if place in chosen else "", (key, _ANY), ": ", (value, _ANY))
                for place, (key, value) in enumerate(entries)
            )
            yield "}"
        case ex.Macro(kind=kind, operand=operand, variables=variables, body=body):
            yield (operand, _MEMBER)
            yield f".{kind}("
            yield from _commas([*((variable,) for variable in variables), *(((part, _ANY),) for part in body)])
            yield ")"
        case ex.Failure(message=message):
            yield f"error({encode(message)})"


def _call(call: ex.Call) -> Iterator[_Piece]:
    if call.function in _BINARY:
        sign, place = _BINARY[call.function]
        left, right = call.args
        yield from ((left, place), f" {sign} ", (right, place + 1))
    elif call.function in _LOGICAL:
        sign, place = _LOGICAL[call.function]
        for number, arg in enumerate(call.args):
            yield f" {sign} " if number else ""
            yield (arg, place + 1)
    elif call.function in _PREFIX:
        yield from _prefixed(call)
    elif call.function == ex.CONDITIONAL:
        test, then, other = call.args
        yield from ((test, _OR), " ? ", (then, _OR), " : ", (other, _ANY))
    else:
        if call.target is not None:
            yield (call.target, _MEMBER)
            yield "."
        yield f"{call.function}("
        yield from _commas(((arg, _ANY),) for arg in call.args)
        yield ")"


def _prefixed(call: ex.Call) -> Iterator[_Piece]:
    (operand,) = call.args
    yield _PREFIX[call.function]
    if isinstance(operand, ex.Call) and operand.function == call.function:
        yield (operand, _UNARY)
    elif call.function == ex.NEGATE and _starts_with_digit(operand):
        # A sign next to a digit is part of the literal.
        yield from ("(", (operand, _ANY), ")")
    else:
        yield (operand, _MEMBER)


def _starts_with_digit(expr: ex.Expr) -> bool:
    while True:
        match expr:
            case ex.Literal(value=value):
                text = encode(value)
                # Of numbers only those without a suffix take a sign: "-1u" is a negation in any case.
                return text[0].isdigit() and text[-1] != "u"
            case ex.Select(operand=inner, test=False) | ex.Index(operand=inner) | ex.Macro(operand=inner):
                expr = inner
            case ex.Call(target=inner) if inner is not None:
                expr = inner
            case _:
                return False


def _field(name: str) -> str:
    return name if is_plain_name(name) and name not in KEYWORDS else f"`{name}`"


def _commas(groups: Iterable[Iterable[_Piece]]) -> Iterator[_Piece]:
    for number, group in enumerate(groups):
        if number:
            yield ", "
        yield from group
