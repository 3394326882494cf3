"""The compiler: one checked tree becomes one Python function.

The function is built as ``ast`` from a closed set of names and constants. It takes the course of
an expression in which every operand is of the type that the checker inferred; on anything else
it raises, and the reference evaluator gives the answer or the error.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from scopeguard.errors import EvaluationError
from scopeguard.semantics import access
from scopeguard.semantics.bailout import GENERATED
from scopeguard.semantics.codegen.ast_nodes import (
    call,
    definition,
    fail_unless,
    handlers,
    load,
    refuse_open_names,
    store,
)
from scopeguard.semantics.codegen.code_builder import BINDINGS, Code, Unsupported
from scopeguard.semantics.codegen.comprehensions import Comprehensions
from scopeguard.semantics.codegen.helpers import HELPERS
from scopeguard.semantics.codegen.inline_operators import INLINE, RANGES, SAME, comparison, name_of
from scopeguard.semantics.costs import CONTAINER_KINDS, SIZED_KINDS, WEIGHED, heavy_calls, iteration_costs
from scopeguard.semantics.functions.library import Overload
from scopeguard.semantics.interpreter import Bindings, Interpreter, named
from scopeguard.semantics.names import BIND, OPT_FLAT_MAP, OPT_MAP, Names
from scopeguard.semantics.values import NUMBERS, TypeValue, kind_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Index, ListExpr, Literal, Macro, Select

if TYPE_CHECKING:
    from scopeguard.semantics.type_checker import Checker

_LEFT_TO_THE_REFERENCE: Final = frozenset({OPT_MAP, OPT_FLAT_MAP, "transformMap", "transformMapEntry"})
# A map may have keys that no dict tells apart, and a timestamp be finer than Python's own operators know.
_OF_SEVERAL_CLASSES: Final = frozenset({"dyn", "map", "timestamp"})


class Compiler(Comprehensions):
    """Writes the function of one expression. Recursion is bounded by the depth that the parser admits.

    With *counts* the cost is counted as it goes; one macro alone is bounded by its length.
    """

    def truth(self, expr: Expr, local: Mapping[str, Code]) -> ast.expr:
        """*expr* as a bool."""
        return self.guarded(self.emit(expr, local), "bool")

    def emit(self, expr: Expr, local: Mapping[str, Code]) -> Code:
        """The code of *expr*."""
        match expr:
            case Literal(value=value):
                return self.constant(value)
            case Ident(name=name, absolute=absolute):
                return self.variable(expr) if absolute else local[name]
            case Select() | Index():
                return self.select(expr, local) if isinstance(expr, Select) else self.index(expr, local)
            case Call(function=ex.PRESENT, args=(Ident() as variable,)):
                return Code(self.present(variable), "bool")
            case Call(function=ex.AND | ex.OR):
                operator = ast.And() if expr.function == ex.AND else ast.Or()
                return Code(ast.BoolOp(operator, [self.truth(arg, local) for arg in expr.args]), "bool")
            case Call(function=ex.CONDITIONAL, args=(test, then, other)):
                return self.choice(test, (then, other), local)
            case Call(function=ex.EQUAL | ex.NOT_EQUAL, args=(left, right)):
                return self.equality(expr, left, right, local)
            case Call(function=ex.IN, args=(item, ListExpr(items=items, optional=optional))) if not optional:
                constants = self.inclusion(item, items, local)
                return constants or self.call(expr, local)
            case Call():
                return self.call(expr, local)
            case ListExpr(items=items, optional=optional) if not optional:
                return Code(ast.List([self.emit(item, local).tree for item in items], ast.Load()), "list")
            case Macro(kind=kind) if kind not in _LEFT_TO_THE_REFERENCE:
                return self.binding(expr, local) if kind == BIND else self.macro(expr, local)
        return self.no_value(expr)

    def choice(self, test: Expr, branches: tuple[Expr, Expr], local: Mapping[str, Code]) -> Code:
        """``test ? then : other``."""
        then, other = (self.emit(branch, local) for branch in branches)
        # A branch that bails out has no kind.
        kinds = {
            code.kind for code, branch in zip((then, other), branches, strict=True) if not isinstance(branch, Failure)
        }
        kind = kinds.pop() if len(kinds) == 1 else None
        return Code(ast.IfExp(self.truth(test, local), then.tree, other.tree), kind)

    def no_value(self, expr: Expr) -> Code:
        """A failure bails out where it is reached. Raises Unsupported for everything else."""
        if isinstance(expr, Failure):
            return Code(call("bail_out"))
        raise Unsupported

    def variable(self, expr: Ident) -> Code:
        """A variable, or a type."""
        name = expr.name
        if name in self.hoisted:
            return self.hoisted[name]
        open_world = self.names.variables is None
        if name in self.names.library.types and (open_world or name not in (self.names.variables or ())):
            return self.constant(TypeValue(name))
        if open_world and ("." in name or self.names.container):
            names = self.names
            find = self.bound(lambda bindings: named(names, bindings, name))
            return Code(ast.Call(find, [load(BINDINGS)], []))
        if not open_world and name not in (self.names.variables or ()):
            return Code(call("bail_out"))
        return Code(ast.Subscript(load(BINDINGS), ast.Constant(name), ast.Load()))

    def present(self, expr: Ident) -> ast.expr:
        """Whether a variable is given."""
        return ast.Compare(ast.Constant(expr.name), [ast.In()], [load(BINDINGS)])

    def hoist(self, expr: Ident) -> None:
        """Read a variable once, before anything else."""
        code = self.variable(expr)
        if code.constant:
            return
        name = self.new("x")
        self.locals.add(name)
        self.opening.append(ast.Assign([store(name)], code.tree))
        kind = self.static_kind(expr)
        if kind is None or kind not in self.guards:
            self.hoisted[expr.name] = Code(load(name))
            return
        self.opening.append(fail_unless(self.check(load(name), kind)))
        self.hoisted[expr.name] = Code(load(name), kind)

    def select(self, expr: Select, local: Mapping[str, Code]) -> Code:
        """``a.b``, ``has(a.b)``, ``a.?b``."""
        operand = self.emit(expr.operand, local)
        if expr.optional or self.kind(operand, expr.operand) == "optional":
            reader = access.has_field if expr.test else access.optional_select if expr.optional else access.select
            tree = ast.Call(self.bound(reader), [operand.tree, ast.Constant(expr.name)], [])
            return Code(tree, "bool" if expr.test else "optional")
        mapping = self.guarded(operand, "map")
        if expr.test:
            return Code(ast.Compare(ast.Constant(expr.name), [ast.In()], [mapping]), "bool")
        return Code(ast.Subscript(mapping, ast.Constant(expr.name), ast.Load()))

    def index(self, expr: Index, local: Mapping[str, Code]) -> Code:
        """``a[b]`` and ``a[?b]``."""
        operand, key = self.emit(expr.operand, local), self.emit(expr.index, local)
        if not expr.optional and self.kind(key, expr.index) == "string" and self.kind(operand, expr.operand) == "map":
            tree = ast.Subscript(self.guarded(operand, "map"), self.guarded(key, "string"), ast.Load())
            return Code(tree)
        at_place = key.kind == "int" and key.constant and key.constant[0] >= 0
        if not expr.optional and at_place and self.kind(operand, expr.operand) == "list":
            return Code(ast.Subscript(self.guarded(operand, "list"), key.tree, ast.Load()))
        reader = self.bound(access.lookup_optional if expr.optional else access.index)
        return Code(ast.Call(reader, [operand.tree, key.tree], []), "optional" if expr.optional else None)

    def equality(self, expr: Call, left: Expr, right: Expr, local: Mapping[str, Code]) -> Code:
        """``a == b`` and ``a != b``."""
        first, second = self.emit(left, local), self.emit(right, local)
        one, other = self.kind(first, left), self.kind(second, right)
        negated = expr.function == ex.NOT_EQUAL
        operator: ast.cmpop = ast.NotEq() if negated else ast.Eq()
        if self.is_heavy(expr, (one, other), CONTAINER_KINDS):
            return Code(self.charged_call(expr, self.comparing(expr), [first.tree, second.tree]), "bool")
        if one is not None and other is not None and ((one == other and one in SAME) or {one, other} <= NUMBERS):
            compare = comparison(operator, one, other)
            return Code(compare(self.guarded(first, one), self.guarded(second, other)), "bool")
        if other == second.kind == "string" and one is None:
            # A value that is a string is compared at once; what else it may be, `equal` knows.
            temporary = self.new("t")
            is_text = self.check(ast.NamedExpr(store(temporary), first.tree), "string")
            plain = ast.Compare(load(temporary), [operator], [second.tree])
            otherwise = ast.Call(self.comparing(expr), [load(temporary), second.tree], [])
            return Code(ast.IfExp(is_text, plain, otherwise), "bool")
        return Code(ast.Call(self.comparing(expr), [first.tree, second.tree], []), "bool")

    def comparing(self, expr: Call) -> ast.expr:
        """What compares any two values."""
        (overload,) = self.names.library.named(expr.function, method=False)
        return self.bound(overload.apply)

    def inclusion(self, item: Expr, items: tuple[Expr, ...], local: Mapping[str, Code]) -> Code | None:
        """``item in ["a", "b"]``."""
        code = self.emit(item, local)
        kind = self.kind(code, item)
        values = [part.value for part in items if isinstance(part, Literal) and kind_of(part.value) == kind]
        if kind not in ("string", "int") or len(values) != len(items):
            return None
        return Code(ast.Compare(self.guarded(code, kind), [ast.In()], [self.bound(frozenset(values))]), "bool")

    def call(self, expr: Call, local: Mapping[str, Code]) -> Code:
        """A function, a method or an operator."""
        operands = expr.args if expr.target is None else (expr.target, *expr.args)
        codes = [self.emit(operand, local) for operand in operands]
        kinds = tuple(self.kind(code, operand) for code, operand in zip(codes, operands, strict=True))
        method = expr.target is not None
        overload = self.chosen(expr.function, kinds, method=method)
        if overload is None:
            library, function = self.names.library, expr.function
            dispatch = self.bound(lambda *arguments: library.apply(function, arguments, method=method))
            trees = [code.tree for code in codes]
            if self.is_heavy(expr, kinds, SIZED_KINDS):
                return Code(self.charged_call(expr, dispatch, trees))
            return Code(ast.Call(dispatch, trees, []))
        arguments = [
            self.guarded(code, kind) if kind is not None else code.tree if code.kind else call("known", code.tree)
            for code, kind in zip(codes, overload.kinds, strict=True)
        ]
        result = overload.result.name
        sure = None if result in _OF_SEVERAL_CLASSES or overload.result.is_open else result
        is_heavy = self.is_heavy(expr, kinds, SIZED_KINDS)
        if codes and all(code.constant for code in codes) and not (is_heavy and expr.function in WEIGHED):
            try:
                return self.constant(overload.apply(*(code.constant[0] for code in codes)))
            except EvaluationError:
                return Code(call("bail_out"), sure)
        if is_heavy:
            return Code(self.charged_call(expr, self.bound(overload.apply), arguments), sure)
        # Python's operators on doubles know infinity and NaN, which have no value where the language is strict.
        exact = sure == "double" and self.names.library.is_strict
        inline = None if exact else INLINE.get((expr.function, overload.kinds))
        if inline is not None:
            tree = inline(*arguments)
            bounds = RANGES.get((expr.function, overload.kinds))
            return Code(self.bounded(tree, *bounds) if bounds else tree, sure)
        if expr.function == ex.IN and kinds == ("string", "list"):
            return Code(call("some_text", self.guarded(codes[0], "string"), arguments[1]), "bool")
        if expr.function == ex.IN and kinds == ("string", "map"):
            return Code(ast.Compare(self.guarded(codes[0], "string"), [ast.In()], [arguments[1]]), "bool")
        return Code(ast.Call(self.bound(overload.apply), arguments, []), sure)

    def is_heavy(self, expr: Call, kinds: tuple[str | None, ...], sized: frozenset[str]) -> bool:
        """Whether a call costs by the size of what it is given."""
        if id(expr) not in self.heavy:
            return False
        return expr.function in WEIGHED or any(kind is None or kind in sized for kind in kinds)

    def charged_call(self, expr: Call, apply: ast.expr, arguments: list[ast.expr]) -> ast.expr:
        """A call that is counted."""
        return call("charged", load("spent"), ast.Constant(expr.function), apply, *arguments)

    def chosen(self, name: str, kinds: tuple[str | None, ...], *, method: bool) -> Overload | None:
        """The overload that values of *kinds* will find, where that is known now."""
        for overload in self.names.library.named(name, method=method):
            if len(overload.kinds) != len(kinds):
                continue
            pairs = list(zip(overload.kinds, kinds, strict=True))
            if all(wanted is None or wanted == kind for wanted, kind in pairs):
                return overload
            if all(wanted is None or kind is None or wanted == kind for wanted, kind in pairs):
                return None
        return None

    def binding(self, expr: Macro, local: Mapping[str, Code]) -> Code:
        """``cel.bind(x, value, body)``."""
        value = self.emit(expr.operand, local)
        name = self.new("x")
        self.locals.add(name)
        body = self.emit(expr.body[0], {**local, expr.variables[0]: Code(load(name), value.kind)})
        both = ast.Tuple([ast.NamedExpr(store(name), value.tree), body.tree], ast.Load())
        return Code(ast.Subscript(both, ast.Constant(1), ast.Load()), body.kind)

    def function(self, tree: Expr, reference: Callable[[Bindings], Any]) -> Callable[[Bindings], Any]:
        """The finished function, which asks *reference* where it does not know."""
        for ident in hoistable(tree):
            self.hoist(ident)
        result = self.emit(tree, {})
        body: list[ast.stmt] = list(self.opening)
        if self.counts:
            body.append(ast.Assign([store("spent")], ast.List([ast.Constant(0)], ast.Load())))
        body.append(ast.Return(result.tree))
        is_plain = ast.Compare(call("type", load(BINDINGS)), [ast.Is()], [load(name_of(dict))])
        bail_out_handlers = handlers("Bailout", "BAILOUTS", [ast.Pass()], calls_host=ast.UnaryOp(ast.Not(), is_plain))
        ask = ast.Return(call("reference", load(BINDINGS)))
        main = definition("evaluate", [BINDINGS], [ast.Try(body, bail_out_handlers, [], []), ask])
        module = ast.fix_missing_locations(ast.Module([*self.functions, main], []))
        namespace = {"__builtins__": {}, **HELPERS, **self.constants, "reference": reference}
        refuse_open_names(module, frozenset(namespace))
        exec(compile(module, GENERATED, "exec"), namespace)  # noqa: S102  # from checked ast nodes only
        made: Callable[[Bindings], Any] = namespace["evaluate"]
        return made


def compiled(tree: Expr, names: Names, checker: Checker | None, interpreter: Interpreter) -> Callable[[Bindings], Any]:
    """The function that evaluates the resolved *tree*; the interpreter's own where it cannot be compiled."""
    macros = sum(isinstance(node, Macro) and node.kind != BIND for node in ex.walk(tree))
    heavy = heavy_calls(tree)
    compiler = Compiler(names, checker, iteration_costs(tree), heavy, counts=macros > 1 or bool(heavy))
    try:
        return compiler.function(tree, interpreter.evaluate)
    except Unsupported:
        return interpreter.evaluate


def hoistable(tree: Expr) -> list[Ident]:
    """The variables read more than once, or within a macro, once each; not one that may be left out."""
    found: dict[str, Ident] = {}
    count: Counter[str] = Counter()
    inside = {id(node) for macro in ex.walk(tree) if isinstance(macro, Macro)
              for part in macro.body for node in ex.walk(part)}  # fmt: skip
    asked = {node.args[0] for node in ex.walk(tree) if isinstance(node, Call) and node.function == ex.PRESENT}
    for node in ex.walk(tree):
        if isinstance(node, Ident) and node.absolute and node not in asked:
            found.setdefault(node.name, node)
            count[node.name] += 2 if id(node) in inside else 1
    return [found[name] for name, times in count.items() if times > 1]
