"""The layout of expressions in JSON: constants by their types, and every kind of node."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.shapes import (
    FLAG,
    NUMBER,
    TEXT,
    WORDS,
    MalformedError,
    Reading,
    Shape,
    Writing,
    exactly,
    made,
    many,
    maybe,
    record,
    row,
    some,
)
from scopeguard.limits import MAX_SAFE_INTEGER
from scopeguard.syntax.expression import (
    Call,
    Expr,
    Failure,
    Ident,
    Index,
    ListExpr,
    Literal,
    LiteralValue,
    Macro,
    MapExpr,
    Select,
    UInt,
)


def _within(least: int, most: int) -> Shape:
    def checked(value: int) -> int:
        if not least <= value <= most:
            raise MalformedError(f"a number from {least} to {most} was expected")
        return value

    return made(checked, int, NUMBER)


LITERALS: Final[Mapping[str, tuple[type, Shape]]] = MappingProxyType({
    "string": (str, TEXT),
    "int": (int, _within(-MAX_SAFE_INTEGER - 1, MAX_SAFE_INTEGER)),
    "uint": (UInt, made(UInt, int, _within(0, 2 * MAX_SAFE_INTEGER + 1))),
    "bool": (bool, FLAG),
    "null": (type(None), exactly(type(None), "null")),
    # JSON has no infinity, no NaN, and decimals in place of what the double is.
    "double": (float, made(float.fromhex, float.hex, TEXT)),
    "bytes": (bytes, made(bytes.fromhex, bytes.hex, TEXT)),
})  # fmt: skip
"""The types of constants, by their names in CEL."""

_KINDS: Final = MappingProxyType({kind: name for name, (kind, _) in LITERALS.items()})


def _write_literal(value: LiteralValue, tables: Writing) -> Any:
    name = _KINDS[type(value)]
    return [name, LITERALS[name][1].write(value, tables)]


def _read_literal(value: Any, tables: Reading) -> Any:
    if type(value) is not list or len(value) != 2 or type(value[0]) is not str or value[0] not in LITERALS:
        raise MalformedError("a constant was expected")
    return LITERALS[value[0]][1].read(value[1], tables)


def _write_node(value: Expr, tables: Writing) -> int:
    kind = type(value).__name__
    return tables.node([kind, *NODES[kind].write(value, tables)])


NODE: Final = Shape(_write_node, lambda value, tables: tables.node(value))
_NODES = many(NODE)
_PLACES = some(NUMBER)
NODES: Final[Mapping[str, Shape]] = MappingProxyType({
    "Literal": record(Literal, value=Shape(_write_literal, _read_literal)),
    "Ident": record(Ident, name=TEXT, absolute=FLAG),
    "Select": record(Select, operand=NODE, name=TEXT, test=FLAG, optional=FLAG),
    "Index": record(Index, operand=NODE, index=NODE, optional=FLAG),
    "Call": record(Call, function=TEXT, args=_NODES, target=maybe(NODE)),
    "ListExpr": record(ListExpr, items=_NODES, optional=_PLACES),
    "MapExpr": record(MapExpr, entries=many(row(key=NODE, value=NODE)), optional=_PLACES),
    "Macro": record(Macro, kind=TEXT, operand=NODE, variables=WORDS, body=_NODES),
    "Failure": record(Failure, message=TEXT),
})  # fmt: skip
"""Every kind of expression. Spans are left out: they are offsets into texts that are not there any more."""
