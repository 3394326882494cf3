"""Comprehensions: each becomes a function of its own, with a loop in it."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping

from scopeguard.limits import MAX_EVALUATION_COST
from scopeguard.semantics.codegen.ast_nodes import call, definition, fail_unless, load, store
from scopeguard.semantics.codegen.code_builder import Code, CodeBuilder
from scopeguard.semantics.names import EXISTS_ONE
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, Macro


class Comprehensions(CodeBuilder, ABC):
    """Writes the loops. Whoever writes expressions says how."""

    @abstractmethod
    def emit(self, expr: Expr, local: Mapping[str, Code]) -> Code:
        """The code of *expr*."""

    @abstractmethod
    def truth(self, expr: Expr, local: Mapping[str, Code]) -> ast.expr:
        """*expr* as a bool."""

    def macro(self, expr: Macro, local: Mapping[str, Code]) -> Code:
        """A comprehension: a function of its own, called with what it reads."""
        operand = self.emit(expr.operand, local)
        kind = self.kind(operand, expr.operand)
        rows = operand.tree if kind not in ("list", "map") else self.guarded(operand, kind)
        text = sought_text(expr)
        if text is not None and kind == "list":
            function = self.new("m")
            found = call("some_text", ast.Constant(text), load("rows"))
            self.functions.append(definition(function, self.parameters(), [*self.charged(expr), ast.Return(found)]))
            return Code(call(function, rows, *map(load, self.parameters()[1:])), "bool")
        bound = [self.new("x") for _ in expr.variables]
        self.locals.update(bound)
        inner = {**local, **{name: Code(load(code)) for name, code in zip(expr.variables, bound, strict=True)}}
        guards: list[ast.stmt] = []
        elements = self.elements(expr)
        for name, code, element in zip(expr.variables, bound, elements, strict=True):
            if element is not None and element in self.guards:
                guards.append(fail_unless(self.check(load(code), element)))
                inner[name] = Code(load(code), element)
        body, result = self.iteration(expr, inner, bound[0])
        iterations, target = self.iterations(kind, bound)
        loop = ast.For(target, iterations, [*guards, *body], [])
        function = self.new("m")
        statements: list[ast.stmt] = [*self.charged(expr), *self.initial(expr), loop, ast.Return(result.tree)]
        names = [node for each in statements for node in ast.walk(each) if isinstance(node, ast.Name)]
        own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        used = sorted({node.id for node in names} & self.locals - own)
        self.functions.append(definition(function, ["rows", *used], statements))
        return Code(call(function, rows, *map(load, used)), result.kind)

    def parameters(self) -> list[str]:
        """What a function that reads nothing but its rows is called with."""
        return ["rows", "spent"] if self.counts else ["rows"]

    def elements(self, expr: Macro) -> list[str | None]:
        """The kinds of the elements, where the checker knows them."""
        if self.checker is None:
            return [None] * len(expr.variables)
        found = self.checker.type_at(expr.operand)
        kinds = [part.name for part in found.parameters]
        if found.name == "list" and len(expr.variables) == 2:
            # The place in a list is counted, and needs no guard.
            return [None, kinds[0]]
        if found.name in ("list", "map"):
            return list(kinds[: len(expr.variables)])
        return [None] * len(expr.variables)

    def iterations(self, kind: str | None, bound: list[str]) -> tuple[ast.expr, ast.expr]:
        """The iterable of the loop, and its target."""
        target: ast.expr = store(bound[0]) if len(bound) == 1 else ast.Tuple(list(map(store, bound)), ast.Store())
        match kind, len(bound):
            case "list" | "map", 1:
                return load("rows"), target
            case "list", _:
                return call("enumerate", load("rows")), target
            case "map", _:
                return ast.Call(ast.Attribute(load("rows"), "items", ast.Load()), [], []), target
        iterations = call("iterations_of", load("rows"), ast.Constant(len(bound)))
        return iterations, ast.Tuple(list(map(store, bound)), ast.Store())

    def iteration(self, expr: Macro, local: Mapping[str, Code], first: str) -> tuple[list[ast.stmt], Code]:
        """The body of the loop, and the result after the last iteration."""
        *tests, last = expr.body
        if expr.kind in ("all", "exists"):
            found = expr.kind == "exists"
            test = self.truth(last, local)
            settled = test if found else ast.UnaryOp(ast.Not(), test)
            leave = ast.If(settled, [ast.Return(ast.Constant(found))], [])
            return [leave], Code(ast.Constant(not found), "bool")
        if expr.kind in EXISTS_ONE:
            count = ast.AugAssign(store("made"), ast.Add(), ast.Constant(1))
            one = ast.Compare(load("made"), [ast.Eq()], [ast.Constant(1)])
            return [ast.If(self.truth(last, local), [count], [])], Code(one, "bool")
        if expr.kind == "filter":
            tests = [last]
        made = load(first) if expr.kind == "filter" else self.emit(last, local).tree
        append = ast.Expr(ast.Call(ast.Attribute(load("made"), "append", ast.Load()), [made], []))
        body: ast.stmt = ast.If(self.truth(tests[0], local), [append], []) if tests else append
        return [body], Code(load("made"), "list")

    def initial(self, expr: Macro) -> list[ast.stmt]:
        """The initial value of the accumulator."""
        if expr.kind in ("all", "exists"):
            return []
        empty: ast.expr = ast.Constant(0) if expr.kind in EXISTS_ONE else ast.List([], ast.Load())
        return [ast.Assign([store("made")], empty)]

    def charged(self, expr: Macro) -> list[ast.stmt]:
        """The cost of a macro, as the reference evaluator counts it."""
        size = self.sizes[id(expr)]
        length = call("len", load("rows"))
        if not self.counts:
            within = ast.Compare(length, [ast.LtE()], [ast.Constant(MAX_EVALUATION_COST // size)])
            return [fail_unless(within)]
        spent = ast.Subscript(load("spent"), ast.Constant(0), ast.Store())
        cost = ast.BinOp(length, ast.Mult(), ast.Constant(size))
        total = ast.Subscript(load("spent"), ast.Constant(0), ast.Load())
        within = ast.Compare(total, [ast.LtE()], [ast.Constant(MAX_EVALUATION_COST)])
        return [ast.AugAssign(spent, ast.Add(), cost), fail_unless(within)]


def sought_text(expr: Macro) -> str | None:
    """The text that ``list.exists(x, x == "text")`` looks for; None for any other macro."""
    match expr:
        case Macro(
            kind="exists",
            variables=(variable,),
            body=(Call(function=ex.EQUAL, args=(Ident(name=name, absolute=False), Literal(value=str() as text))),),
        ) if name == variable:
            return text
    return None
