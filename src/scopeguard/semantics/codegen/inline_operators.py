"""The calls that the compiler writes as Python's own operations: a table from overloads to code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from scopeguard.limits import MAX_SAFE_INTEGER
from scopeguard.semantics.values import NUMBERS
from scopeguard.semantics.values import RANGES as _KIND_RANGES
from scopeguard.syntax import expression as ex

_Template: TypeAlias = Callable[..., ast.expr]
_Key: TypeAlias = tuple[str, tuple[str | None, ...]]

SAME: Final = frozenset({"bool", "int", "uint", "double", "string", "bytes", "null", "timestamp", "duration"})
"""The kinds that Python compares as the language does, within one kind."""

_ORDERED: Final = ("string", "bytes", "timestamp", "duration")
_SIZED: Final = ("string", "bytes", "list", "map")
_ARITHMETIC: Final[Mapping[str, type[ast.operator]]] = MappingProxyType(
    {ex.ADD: ast.Add, ex.SUBTRACT: ast.Sub, ex.MULTIPLY: ast.Mult}
)
_ORDERS: Final[Mapping[str, type[ast.cmpop]]] = MappingProxyType(
    {ex.LESS: ast.Lt, ex.LESS_EQUAL: ast.LtE, ex.GREATER: ast.Gt, ex.GREATER_EQUAL: ast.GtE}
)


def name_of(guard: type) -> str:
    """The name by which generated code knows a class."""
    return f"a_{guard.__name__}"


def _binary(operator: type[ast.operator]) -> _Template:
    return lambda left, right: ast.BinOp(left, operator(), right)


def _compare(operator: type[ast.cmpop]) -> _Template:
    return lambda left, right: ast.Compare(left, [operator()], [right])


def comparison(operator: ast.cmpop, one: str, other: str) -> _Template:
    """How two numbers are compared, each of a kind known."""

    def written(left: ast.expr, right: ast.expr) -> ast.expr:
        if one != other and "double" in (one, other):
            left, right = (_double(side) for side in (left, right))
        return ast.Compare(left, [operator], [right])

    return written


def _double(value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("float", ast.Load()), [value], [])


def _method(name: str) -> _Template:
    return lambda text, part: ast.Call(ast.Attribute(text, name, ast.Load()), [part], [])


def _length(value: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("len", ast.Load()), [value], [])


def _not(value: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), value)


def _within(text: ast.expr, part: ast.expr) -> ast.expr:
    return ast.Compare(part, [ast.In()], [text])


INLINE: Final[Mapping[_Key, _Template]] = MappingProxyType({
    **{(name, (kind, kind)): _binary(operator) for name, operator in _ARITHMETIC.items() for kind in ("int", "double")},
    **{(name, (one, other)): comparison(operator(), one, other) for name, operator in _ORDERS.items()
       for one in NUMBERS for other in NUMBERS},
    **{(name, (kind, kind)): _compare(operator) for name, operator in _ORDERS.items() for kind in _ORDERED},
    **{("size", (kind,)): _length for kind in _SIZED},
    (ex.SUBTRACT, ("timestamp", "timestamp")): _binary(ast.Sub),
    (ex.NOT, ("bool",)): _not,
    ("startsWith", ("string", "string")): _method("startswith"),
    ("endsWith", ("string", "string")): _method("endswith"),
    ("contains", ("string", "string")): _within,
})  # fmt: skip
"""How a call of an overload, by the kinds of its parameters, is written."""

_APART: Final = timedelta(microseconds=MAX_SAFE_INTEGER // 1_000)
"""As far as two times may be apart: 64 bits hold the nanoseconds. Python's own have microseconds."""

RANGES: Final[Mapping[_Key, tuple[Any, Any]]] = MappingProxyType({
    **{(name, ("int", "int")): _KIND_RANGES["int"] for name in _ARITHMETIC},
    (ex.SUBTRACT, ("timestamp", "timestamp")): (-_APART, _APART),
})  # fmt: skip
"""The results that have to be within bounds."""
