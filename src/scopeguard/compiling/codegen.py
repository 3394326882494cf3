"""Generated functions: a residual rule set as one Python function.

The function is built as ``ast`` nodes from a checked tree, never as text. Its only constants are
``ast.Constant`` and its only names come from one closed table, so that nothing a policy or a request
says can become code. It must be exact whenever it returns; whenever anything is out of the ordinary it
raises, and the caller asks the evaluator instead.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.evaluate import evaluate
from scopeguard.compiling.names import FIELDS, EvaluationError, Question, Types, conforms, declared_type, path
from scopeguard.compiling.operators import boolean, equal, less, less_equal
from scopeguard.model.principal import WORKSPACE_BOUND
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, ListExpr, Literal, Select

ARGUMENTS: Final = ("principal", "resource", "context")


def present(value: Any) -> Any:
    """*value* where there is one. Raises EvaluationError for None."""
    if value is None:
        raise EvaluationError("absent")
    return value


def typed(value: Any, expected: str) -> Any:
    """*value* where it is of the declared type. Raises EvaluationError otherwise."""
    if not conforms(value, expected):
        raise EvaluationError("another type than declared")
    return value


HELPERS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({
    "present": present,
    "typed": typed,
    "boolean": boolean,
    "equal": equal,
    "less": less,
    "less_equal": less_equal,
    "Exception": Exception,
})  # fmt: skip
"""The only functions that generated code may call, besides methods of ``str``."""

_SLOTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType({
    ("principal", "id"): "id",
    ("principal", "workspace"): "workspace",
    ("resource", "id"): "id",
    ("resource", "workspace"): "workspace",
    ("context", "channel"): "channel",
    ("context", "environment"): "environment",
    ("context", "now"): "now",
})  # fmt: skip
_ALWAYS_THERE: Final = frozenset({("context", "environment")})

_NATIVE: Final = frozenset({"bool", "int", "double", "string", "timestamp", "duration"})
_ORDER: Final[Mapping[str, tuple[type[ast.cmpop], str, bool]]] = MappingProxyType({
    ex.LESS: (ast.Lt, "less", False),
    ex.LESS_EQUAL: (ast.LtE, "less_equal", False),
    ex.GREATER: (ast.Gt, "less", True),
    ex.GREATER_EQUAL: (ast.GtE, "less_equal", True),
})  # fmt: skip
_STRING_METHODS: Final[Mapping[str, str]] = MappingProxyType({"startsWith": "startswith", "endsWith": "endswith"})
_BOOLEAN: Final = "bool"
_LITERALS: Final[Mapping[type, str]] = MappingProxyType({bool: "bool", int: "int", float: "double", str: "string"})


@dataclass(slots=True)
class Emitter:
    """Turns one residual's expressions into ``ast``; collects the constants it binds."""

    kind: str
    question: Question
    types: Types
    environment: Callable[..., Any]
    """``environment(principal, resource, context)`` for what only the evaluator can do."""
    constants: dict[str, Any] = field(default_factory=dict)

    def constant(self, value: Any) -> ast.expr:
        """A name for a value of this function alone."""
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return ast.Name(name, ast.Load())

    def condition(self, expr: Expr, *, exact_when: bool | None = None) -> ast.expr:
        """*expr* as a Python expression for its truth.

        With *exact_when* the result may be wrong where it is the other one: the caller then asks again for an
        exact answer. That lets ``channel == "server"`` go without a test for an absent channel.
        """
        match expr:
            case Literal(value=bool() as settled):
                return ast.Constant(settled)
            case Call(function=ex.NOT, args=(inner,)):
                flipped = None if exact_when is None else not exact_when
                return ast.UnaryOp(ast.Not(), self.condition(inner, exact_when=flipped))
            case Call(function=ex.AND | ex.OR as function, args=args):
                operator = ast.And() if function == ex.AND else ast.Or()
                return ast.BoolOp(operator, [self.condition(arg, exact_when=exact_when) for arg in args])
            case Call(function=ex.EQUAL | ex.NOT_EQUAL as function, args=(left, right)):
                return self.equality(left, right, negated=function == ex.NOT_EQUAL, exact_when=exact_when)
            case Select(test=True):
                return self.presence(expr)
        value, kind = self.value(expr)
        return value if kind == _BOOLEAN else _call("boolean", value)

    def equality(self, left: Expr, right: Expr, *, negated: bool, exact_when: bool | None) -> ast.expr:
        """``left == right`` or its negation."""
        holds_when = None if exact_when is None else exact_when is not negated
        # Where two values are equal and one of them is surely there, so is the other.
        sure = holds_when is True and (self.surely_there(left) or self.surely_there(right))
        first, first_kind = self.value(left, unchecked=sure)
        second, second_kind = self.value(right, unchecked=sure)
        if first_kind == second_kind and first_kind in _NATIVE:
            return ast.Compare(first, [ast.NotEq() if negated else ast.Eq()], [second])
        result = _call("equal", first, second)
        return ast.UnaryOp(ast.Not(), result) if negated else result

    def surely_there(self, expr: Expr) -> bool:
        """Whether a value cannot be absent."""
        found = path(expr)
        if found == ("principal", "workspace"):
            return self.kind in WORKSPACE_BOUND
        return isinstance(expr, Literal) or found in _ALWAYS_THERE

    def presence(self, expr: Select) -> ast.expr:
        """``has(...)``."""
        found = path(Select(expr.operand, expr.name))
        if found is None or found == ("context", "facts"):
            return self.fallback(expr)[0]
        root, name = found
        if found in _SLOTS:
            return ast.Compare(_attribute(root, _SLOTS[found]), [ast.IsNot()], [ast.Constant(None)])
        if root in FIELDS and name in FIELDS[root]:
            return self.fallback(expr)[0]
        return ast.Compare(ast.Constant(name), [ast.In()], [_container(root)])

    def value(self, expr: Expr, *, unchecked: bool = False) -> tuple[ast.expr, str]:
        """*expr* as a Python expression, and its type (``dyn`` where only the value knows)."""
        match expr:
            case Literal(value=value) if type(value) in _LITERALS:
                return ast.Constant(value), _LITERALS[type(value)]
            case Literal(value=value):
                return self.constant(value), "dyn"
            case Select(test=False) if path(expr) is not None and path(expr) != ("context", "facts"):
                return self.name(expr, unchecked=unchecked)
            case Call(function=ex.IN, args=(item, ListExpr(items=items))):
                return self.inclusion(expr, item, items)
            case Call(function=ex.LESS | ex.LESS_EQUAL | ex.GREATER | ex.GREATER_EQUAL as function, args=(left, right)):
                return self.ordering(function, left, right), _BOOLEAN
            case Call(function="startsWith" | "endsWith" as function, args=(argument,), target=target) if target:
                return self.text_method(expr, function, target, argument)
            case Call(function=ex.AND | ex.OR | ex.NOT | ex.EQUAL | ex.NOT_EQUAL):
                return self.condition(expr), _BOOLEAN
        return self.fallback(expr)

    def name(self, expr: Expr, *, unchecked: bool) -> tuple[ast.expr, str]:
        """A declared name, with the checks that it is there and of its type."""
        found = path(expr)
        if found is None:
            return self.fallback(expr)
        root, name = found
        kind = declared_type(root, name, self.question, self.types)
        if found in _SLOTS:
            slot = _attribute(root, _SLOTS[found])
            return (slot if unchecked or self.surely_there(expr) else _call("present", slot)), kind
        if root in FIELDS and name in FIELDS[root]:
            return self.fallback(expr)
        item = ast.Subscript(_container(root), ast.Constant(name), ast.Load())
        return (item if kind == "dyn" else _call("typed", item, ast.Constant(kind))), kind

    def inclusion(self, expr: Call, item: Expr, items: Sequence[Expr]) -> tuple[ast.expr, str]:
        """``item in [constants]``."""
        texts = [part.value for part in items if isinstance(part, Literal) and isinstance(part.value, str)]
        value, kind = self.value(item)
        if kind != "string" or len(texts) != len(items):
            return self.fallback(expr)
        return ast.Compare(value, [ast.In()], [self.constant(frozenset(texts))]), _BOOLEAN

    def ordering(self, function: str, left: Expr, right: Expr) -> ast.expr:
        """``<``, ``<=``, ``>``, ``>=``."""
        operator, helper, swapped = _ORDER[function]
        first, first_kind = self.value(left)
        second, second_kind = self.value(right)
        if first_kind == second_kind and first_kind in _NATIVE:
            return ast.Compare(first, [operator()], [second])
        return _call(helper, second, first) if swapped else _call(helper, first, second)

    def text_method(self, expr: Call, function: str, target: Expr, argument: Expr) -> tuple[ast.expr, str]:
        """``text.startsWith(text)`` and ``endsWith``."""
        subject, subject_kind = self.value(target)
        part, part_kind = self.value(argument)
        if (subject_kind, part_kind) != ("string", "string"):
            return self.fallback(expr)
        method = ast.Attribute(subject, _STRING_METHODS[function], ast.Load())
        return ast.Call(method, [part], []), _BOOLEAN

    def fallback(self, expr: Expr) -> tuple[ast.expr, str]:
        """What is not worth generating: the evaluator is called with the expression as a constant."""
        environment = self.environment

        def ask(*arguments: Any) -> Any:
            return evaluate(expr, environment(*arguments))

        names = [ast.Name(argument, ast.Load()) for argument in ARGUMENTS]
        return ast.Call(self.constant(ask), list(names), []), "dyn"

    def function(self, body: list[ast.stmt], *, otherwise: ast.stmt) -> Callable[..., Any]:
        """The finished function of ``(principal, resource, context)``; *otherwise* runs where *body* raises."""
        handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [otherwise])
        body = [ast.Try(body, [handler], [], [])]
        bound = [*self.constants, *HELPERS]
        arguments = ast.arguments(
            posonlyargs=[],
            args=[ast.arg(name) for name in (*ARGUMENTS, *bound)],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[ast.Constant(None) for _ in bound],
        )
        definition = ast.FunctionDef("cell", arguments, body, [])
        if "type_params" in ast.FunctionDef._fields:
            definition.type_params = []  # type: ignore[attr-defined,unused-ignore]  # from Python 3.12 on
        module = ast.fix_missing_locations(ast.Module([definition], []))
        refuse_open_names(module, frozenset({*ARGUMENTS, *bound}))
        namespace: dict[str, Any] = {"__builtins__": {}}
        exec(compile(module, "<scopeguard>", "exec"), namespace)  # noqa: S102  # from checked ast nodes only
        made: Callable[..., Any] = namespace["cell"]
        made.__defaults__ = tuple(self.constants.values()) + tuple(HELPERS.values())
        return made


_METHODS: Final = frozenset({*_STRING_METHODS.values(), *_SLOTS.values(), "attributes", "facts"})


def refuse_open_names(module: ast.Module, allowed: frozenset[str]) -> None:
    """Raises AssertionError unless every name and attribute in *module* is of the closed table."""
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and node.id not in allowed:
            raise AssertionError(f"generated code names {node.id!r}")
        if isinstance(node, ast.Attribute) and node.attr not in _METHODS:
            raise AssertionError(f"generated code reads {node.attr!r}")


def _call(helper: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(helper, ast.Load()), list(arguments), [])


def _attribute(root: str, name: str) -> ast.expr:
    return ast.Attribute(ast.Name(root, ast.Load()), name, ast.Load())


def _container(root: str) -> ast.expr:
    return _attribute("context", "facts") if root == "facts" else _attribute(root, "attributes")
