"""The meaning of an expression: a tree walk. Its depth is bounded by the parser, its cost by the nodes it visits.

Whatever cannot be evaluated raises EvaluationError; ``&&`` and ``||`` absorb it from either side where the
other side already decides (CEL language definition, "Logical Operators").
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from scopeguard.compiling.names import (
    ABSENT,
    PLAIN,
    Environment,
    EvaluationError,
    attributes_of,
    given,
    path,
    read,
)
from scopeguard.limits import MAX_EVALUATION_COST
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Index, ListExpr, Literal, Macro, MapExpr, Select, UInt

Locals: TypeAlias = Mapping[str, Any]
_NO_LOCALS: Final[Locals] = MappingProxyType({})
_INT_RANGE: Final = range(-(2**63), 2**63)
_NUMBERS: Final = (int, float, UInt)


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
            return expr.name in base
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
        return apply(function, *(self.value(part, local) for part in parts))

    def mapping(self, expr: MapExpr, local: Locals) -> Mapping[Any, Any]:
        result: dict[Any, Any] = {}
        for key_expr, value_expr in expr.entries:
            key = self.value(key_expr, local)
            if not isinstance(key, bool | int | str):
                raise EvaluationError(f"a {type_name(key)} cannot be a key")
            if (type(key), key) in {(type(known), known) for known in result}:
                raise EvaluationError("a key stands twice in a map")
            result[key] = self.value(value_expr, local)
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
                return tuple(
                    each[expr.variables[0]] for each in bindings if boolean(self.value(expr.body[0], each))
                )
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


def boolean(value: Any) -> bool:
    """*value* where it is a boolean. Raises EvaluationError otherwise."""
    if value is True or value is False:
        return bool(value)
    raise EvaluationError(f"a {type_name(value)} is no boolean")


def type_name(value: Any) -> str:
    """CEL's name for the type of a value."""
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return type(value).__name__


_TYPE_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"), (UInt, "uint"), (int, "int"), (float, "double"), (str, "string"), (bytes, "bytes"),
    (datetime, "timestamp"), (timedelta, "duration"), (tuple, "list"), (Mapping, "map"), (type(None), "null"),
)  # fmt: skip


def _is_number(value: Any) -> bool:
    return type(value) in _NUMBERS


def equal(left: Any, right: Any) -> bool:
    """CEL equality. Values of different types cannot be compared, but for numbers among each other."""
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    kind = type_name(left)
    if kind != type_name(right):
        raise EvaluationError(f"a {kind} cannot be compared with a {type_name(right)}")
    if kind == "list":
        return len(left) == len(right) and all([equal(a, b) for a, b in zip(left, right, strict=True)])
    if kind == "map":
        return left.keys() == right.keys() and all([equal(left[key], right[key]) for key in left])
    return bool(left == right)


_ORDERED: Final = frozenset({"bool", "string", "bytes", "timestamp", "duration"})


def _comparable(left: Any, right: Any) -> None:
    if _is_number(left) and _is_number(right):
        return
    kind = type_name(left)
    if kind not in _ORDERED or kind != type_name(right):
        raise EvaluationError(f"a {kind} cannot be ordered with a {type_name(right)}")


def less(left: Any, right: Any) -> bool:
    """``left < right``. Raises EvaluationError for types without an order."""
    _comparable(left, right)
    return bool(left < right)


def less_equal(left: Any, right: Any) -> bool:
    """``left <= right``. Raises EvaluationError for types without an order."""
    _comparable(left, right)
    return bool(left <= right)


def member(item: Any, container: Any) -> bool:
    """``item in container``: an element of a list or a key of a map."""
    if isinstance(container, Mapping):
        return any(type_name(key) == type_name(item) and key == item for key in container)
    if not isinstance(container, tuple):
        raise EvaluationError(f"nothing can be in a {type_name(container)}")
    failure: EvaluationError | None = None
    for other in container:
        try:
            if equal(item, other):
                return True
        except EvaluationError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return False


def element(base: Any, index: Any) -> Any:
    """``base[index]``. Raises EvaluationError where there is no such element."""
    if isinstance(base, Mapping):
        for key, value in base.items():
            if type_name(key) == type_name(index) and key == index:
                return value
        raise EvaluationError("no such key")
    if isinstance(base, tuple) and type(index) is int and 0 <= index < len(base):
        return base[index]
    raise EvaluationError("no such element")


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply_to(left: Any, right: Any) -> Any:
        if type(left) is not type(right) or type(left) not in (int, float):
            raise EvaluationError(f"no arithmetic on a {type_name(left)} and a {type_name(right)}")
        result = operation(left, right)
        if type(result) is int and result not in _INT_RANGE:
            raise EvaluationError("integer overflow")
        return result

    return apply_to


def _add(left: Any, right: Any) -> Any:
    if type(left) is type(right) and isinstance(left, str | bytes | tuple):
        return left + right
    if isinstance(left, datetime | timedelta) and isinstance(right, timedelta):
        return left + right
    return _arithmetic(lambda a, b: a + b)(left, right)


def _subtract(left: Any, right: Any) -> Any:
    if isinstance(left, datetime | timedelta) and isinstance(right, datetime | timedelta):
        return left - right  # type: ignore[operator]  # a wrong pair raises TypeError, which cannot be evaluated
    return _arithmetic(lambda a, b: a - b)(left, right)


def _divide(left: Any, right: Any) -> Any:
    if type(left) is int and type(right) is int:
        return _truncated(left, right)[0]
    return _arithmetic(lambda a, b: a / b)(left, right)


def _modulo(left: Any, right: Any) -> Any:
    if type(left) is not int or type(right) is not int:
        raise EvaluationError("modulo needs integers")
    return _truncated(left, right)[1]


def _truncated(left: int, right: int) -> tuple[int, int]:
    quotient, remainder = divmod(abs(left), abs(right))
    quotient = quotient if (left < 0) == (right < 0) else -quotient
    if quotient not in _INT_RANGE:
        raise EvaluationError("integer overflow")
    return quotient, -remainder if left < 0 else remainder


def _negate(value: Any) -> Any:
    if type(value) not in (int, float) or value == _INT_RANGE.start:
        raise EvaluationError(f"a {type_name(value)} cannot be negated")
    return -value


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | tuple | Mapping):
        raise EvaluationError(f"a {type_name(value)} has no size")
    return len(value)


def _text(method: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def apply_to(left: Any, right: Any) -> bool:
        if type(left) is not str or type(right) is not str:
            raise EvaluationError("a string function needs strings")
        return method(left, right)

    return apply_to


def _cidr(text: Any) -> IPv4Network | IPv6Network:
    if type(text) is not str or "/" not in text:
        raise EvaluationError("cidr needs a network such as 10.0.0.0/8")
    return ip_network(text)


def _contains_ip(network: Any, address: Any) -> bool:
    if not isinstance(network, IPv4Network | IPv6Network) or type(address) is not str:
        raise EvaluationError("containsIP needs a network and an address")
    return ip_address(address) in network


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({
    ex.NOT: lambda value: not boolean(value),
    ex.NEGATE: _negate,
    ex.EQUAL: equal,
    ex.NOT_EQUAL: lambda left, right: not equal(left, right),
    ex.LESS: less,
    ex.LESS_EQUAL: less_equal,
    ex.GREATER: lambda left, right: less(right, left),
    ex.GREATER_EQUAL: lambda left, right: less_equal(right, left),
    ex.IN: member,
    ex.ADD: _add,
    ex.SUBTRACT: _subtract,
    ex.MULTIPLY: _arithmetic(lambda left, right: left * right),
    ex.DIVIDE: _divide,
    ex.MODULO: _modulo,
    "size": _size,
    "cidr": _cidr,
})  # fmt: skip

METHODS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({
    "startsWith": _text(str.startswith),
    "endsWith": _text(str.endswith),
    "contains": _text(lambda left, right: right in left),
    "size": _size,
    "containsIP": _contains_ip,
})  # fmt: skip
