"""What generated code is put together from: pieces with the kind of their value, guards, names and constants."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from scopeguard.semantics.codegen.ast_nodes import call, load, store
from scopeguard.semantics.codegen.inline_operators import name_of
from scopeguard.semantics.names import Names
from scopeguard.semantics.values import EXACT_TYPES, kind_of
from scopeguard.semantics.values import RANGES as KIND_RANGES
from scopeguard.syntax.expression import Expr

if TYPE_CHECKING:
    from scopeguard.semantics.type_checker import Checker

BINDINGS: Final = "v"
"""The parameter of the finished function."""


class Unsupported(Exception):
    """An expression that the compiler leaves to the reference evaluator as a whole."""


class Code(Struct, frozen=True):
    """A piece of generated code: the static *kind* of its value, where it is known, and the value of a *constant*."""

    tree: ast.expr
    kind: str | None = None
    constant: tuple[Any, ...] = ()


class CodeBuilder:
    """Makes names, constants and guards. *guards* are the exact Python types of the kinds."""

    def __init__(
        self,
        names: Names,
        checker: Checker | None,
        sizes: Mapping[int, int],
        heavy: frozenset[int],
        *,
        counts: bool,
        guards: Mapping[str, type] = EXACT_TYPES,
    ) -> None:
        self.names = names
        self.checker = checker
        self.sizes = sizes
        self.heavy = heavy
        self.counts = counts
        self.guards = guards
        self.constants: dict[str, Any] = {}
        self.functions: list[ast.stmt] = []
        self.hoisted: dict[str, Code] = {}
        self.opening: list[ast.stmt] = []
        self.locals = {BINDINGS, "spent"}
        self.made = 0

    def new(self, prefix: str) -> str:
        """A name not used yet."""
        self.made += 1
        return f"{prefix}{self.made}"

    def constant(self, value: Any) -> Code:
        """A value known now."""
        kind = kind_of(value)
        if kind in ("bool", "string", "null", "bytes") or type(value) is int or type(value) is float:
            return Code(ast.Constant(value), kind, (value,))
        # A time finer than Python's own is of a class that Python's operators do not know.
        is_plain = kind not in ("timestamp", "duration") or type(value) is self.guards[kind]
        return Code(self.bound(value), kind if is_plain else None, (value,))

    def bound(self, value: Any) -> ast.expr:
        """A name for a value that generated code cannot spell."""
        name = self.new("k")
        self.constants[name] = value
        return load(name)

    def static_kind(self, expr: Expr) -> str | None:
        """The kind that the type checker inferred."""
        if self.checker is None:
            return None
        found = self.checker.type_at(expr).name
        return None if found == "dyn" else found

    def kind(self, code: Code, expr: Expr) -> str | None:
        """The static kind of a value, or the one that the type checker infers."""
        return code.kind or self.static_kind(expr)

    def guarded(self, code: Code, kind: str) -> ast.expr:
        """*code*, or a bailout where its value is not of *kind*."""
        if code.kind == kind:
            return code.tree
        if kind not in self.guards:
            raise Unsupported
        temporary = self.new("t")
        check = self.check(ast.NamedExpr(store(temporary), code.tree), kind)
        return ast.IfExp(check, load(temporary), call("bail_out"))

    def check(self, tree: ast.NamedExpr | ast.Name, kind: str) -> ast.expr:
        """The test that the value of *tree* is of *kind*."""
        test = self.of_class(tree, kind)
        value = tree.target if isinstance(tree, ast.NamedExpr) else tree
        if kind == "timestamp":
            # Python compares times of one zone by the clock; only in UTC is that their order.
            in_utc = ast.Compare(ast.Attribute(load(value.id), "tzinfo", ast.Load()), [ast.Is()], [load("UTC")])
            return ast.BoolOp(ast.And(), [test, in_utc])
        if kind not in KIND_RANGES:
            return test
        lowest, highest = map(ast.Constant, KIND_RANGES[kind])
        within = ast.Compare(lowest, [ast.LtE(), ast.LtE()], [load(value.id), highest])
        return ast.BoolOp(ast.And(), [test, within])

    def of_class(self, tree: ast.expr, kind: str) -> ast.expr:
        """The test that the value of *tree* is of the class of *kind*, wherever it lies."""
        return ast.Compare(call("type", tree), [ast.Is()], [load(name_of(self.guards[kind]))])

    def bounded(self, tree: ast.expr, lowest: Any, highest: Any) -> ast.expr:
        """A number or a duration, or a bailout where it is out of range."""
        temporary = self.new("t")
        first, last = self.constant(lowest).tree, self.constant(highest).tree
        inside = ast.Compare(first, [ast.LtE(), ast.LtE()], [ast.NamedExpr(store(temporary), tree), last])
        return ast.IfExp(inside, load(temporary), call("bail_out"))
