"""The meaning of an expression: a tree walk. Its depth is bounded by the parser, its cost by the nodes it visits.

Whatever cannot be evaluated raises EvaluationError; ``&&`` and ``||`` absorb it from either side where the
other side already decides (CEL language definition, "Logical Operators").
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from scopeguard.compiling.names import ABSENT, PLAIN, Environment, EvaluationError, attributes_of, given, path, read
from scopeguard.compiling.operators import FUNCTIONS, METHODS, Written, boolean, element, found_in, type_name
from scopeguard.limits import MAX_EVALUATION_COST
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Index, ListExpr, Literal, Macro, MapExpr, Select

Locals: TypeAlias = Mapping[str, Any]
_GOING_THROUGH: Final = frozenset({ex.IN, ex.EQUAL, ex.NOT_EQUAL, ex.ADD})
"""Operators whose work grows with the lists and maps they are given: each element is a step."""
_NO_LOCALS: Final[Locals] = MappingProxyType({})


def evaluate(expr: Expr, env: Environment) -> Any:
    """The value of *expr*. Raises EvaluationError where it has none."""
    return _Walk(env).value(expr, _NO_LOCALS)


def truth(expr: Expr, env: Environment) -> bool:
    """The value of a condition. Raises EvaluationError where it has none or is no boolean."""
    return boolean(evaluate(expr, env))


def outcome(expr: Expr, env: Environment) -> bool | None:
    """Whether a condition is true; None where it cannot be evaluated."""
    try:
        return truth(expr, env)
    except EvaluationError:
        return None


class _Walk:
    __slots__ = ("cost", "env")

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.cost = 0

    def value(self, expr: Expr, local: Locals) -> Any:
        self.cost += 1
        if self.cost > MAX_EVALUATION_COST:
            raise EvaluationError("the evaluation costs too much")
        match expr:
            case Literal(value=value):
                return value
            case Failure(message=message):
                raise EvaluationError(message)
            case Ident(name=name):
                return self.name(name, local)
            case Select():
                return self.select(expr, local)
            case Call(function=ex.AND, args=args):
                return self.logic(args, local, decisive=False)
            case Call(function=ex.OR, args=args):
                return self.logic(args, local, decisive=True)
            case Call(function=ex.CONDITIONAL, args=(test, then, other)):
                return self.value(then if boolean(self.value(test, local)) else other, local)
            case Call():
                return self.call(expr, local)
            case Index(operand=operand, index=index):
                return element(self.value(operand, local), self.value(index, local))
            case ListExpr(items=items):
                return tuple(self.value(item, local) for item in items)
            case MapExpr():
                return self.mapping(expr, local)
            case Macro():
                return self.macro(expr, local)

    def name(self, name: str, local: Locals) -> Any:
        if name in local:
            return local[name]
        if name in PLAIN:
            return PLAIN[name](self.env)
        raise EvaluationError(f"{name} has no value of its own")

    def select(self, expr: Select, local: Locals) -> Any:
        plain = Select(expr.operand, expr.name) if expr.test else expr
        found = None if _root(expr) in local else path(plain)
        if found is not None:
            root, name = found
            if root == "context" and name == "facts":
                return True if expr.test else attributes_of("facts", self.env)
            if expr.test:
                return given(root, name, self.env) is not ABSENT
            return read(root, name, self.env)
        base = self.value(expr.operand, local)
        if not isinstance(base, Mapping):
            raise EvaluationError(f"no field {expr.name} on a {type_name(base)}")
        if expr.test:
            return found_in(base, expr.name) is not ABSENT
        return element(base, expr.name)

    def logic(self, args: tuple[Expr, ...], local: Locals, *, decisive: bool) -> bool:
        failure: EvaluationError | None = None
        for arg in args:
            try:
                if boolean(self.value(arg, local)) is decisive:
                    return decisive
            except EvaluationError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return not decisive

    def call(self, expr: Call, local: Locals) -> Any:
        function = (METHODS if expr.target is not None else FUNCTIONS).get(expr.function)
        if function is None:
            raise EvaluationError(f"no function {expr.function}")
        parts = expr.args if expr.target is None else (expr.target, *expr.args)
        values = [self.value(part, local) for part in parts]
        if expr.function in _GOING_THROUGH:
            self.cost += sum(len(value) for value in values if isinstance(value, tuple | Mapping))
        return apply(function, *values)

    def mapping(self, expr: MapExpr, local: Locals) -> Mapping[Any, Any]:
        result = Written()
        for key, value in expr.entries:
            result.add(self.value(key, local), self.value(value, local))
        return result

    def macro(self, expr: Macro, local: Locals) -> Any:
        base = self.value(expr.operand, local)
        if len(expr.variables) != 1 or expr.kind not in ex.MACROS or not isinstance(base, tuple | Mapping):
            raise EvaluationError(f"{expr.kind} needs a list or a map")
        bindings = [{**local, expr.variables[0]: item} for item in base]
        match expr.kind:
            case "all" | "exists":
                return self.quantify(expr.body[0], bindings, decisive=expr.kind == "exists")
            case "exists_one":
                return sum([boolean(self.value(expr.body[0], each)) for each in bindings]) == 1
            case "filter":
                return tuple(each[expr.variables[0]] for each in bindings if boolean(self.value(expr.body[0], each)))
            case _:
                *tests, transform = expr.body
                kept = [each for each in bindings if all(boolean(self.value(test, each)) for test in tests)]
                return tuple(self.value(transform, each) for each in kept)

    def quantify(self, body: Expr, bindings: list[dict[str, Any]], *, decisive: bool) -> bool:
        failure: EvaluationError | None = None
        for each in bindings:
            try:
                if boolean(self.value(body, each)) is decisive:
                    return decisive
            except EvaluationError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return not decisive


def _root(expr: Expr) -> str:
    while isinstance(expr, Select):
        expr = expr.operand
    return expr.name if isinstance(expr, Ident) else ""


def apply(function: Callable[..., Any], *args: Any) -> Any:
    """Call an operator or function, with every way it can fail turned into EvaluationError."""
    try:
        return function(*args)
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise EvaluationError(str(error)) from None
