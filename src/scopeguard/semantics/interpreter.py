"""The reference evaluator: it walks the tree and is the meaning of the language.

Each visit is a generator that asks for the values of its operands, so that depth costs no stack
and an error of an operand is absorbed or raised where the specification says so.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from msgspec import Struct

from scopeguard.errors import EvaluationError, quoted
from scopeguard.semantics import access
from scopeguard.semantics.costs import WEIGHED, charge, heavy_calls, iteration_costs, weight
from scopeguard.semantics.functions import optionals
from scopeguard.semantics.names import BIND, EXISTS_ONE, OPT_FLAT_MAP, OPT_MAP, Names
from scopeguard.semantics.values import NO_OVERLOAD, NONE, CostError, Optional, kind_of, mapping_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Index, ListExpr, Literal, Macro, MapExpr, Select


class Bindings(Protocol):
    """The values of variables, by name; reading one may raise EvaluationError."""

    def __contains__(self, name: str, /) -> bool: ...
    def __getitem__(self, name: str, /) -> Any: ...


_Local: TypeAlias = dict[str, Any]
_Visit: TypeAlias = Generator[tuple[Expr, _Local], Any, Any]
_LAZY: Final = frozenset({optionals.OR, optionals.OR_VALUE})


class Costs(Struct, frozen=True, gc=False):
    """What of a tree costs beside its nodes."""

    iterations: Mapping[int, int]
    heavy: frozenset[int]


_FREE: Final = Costs(MappingProxyType({}), frozenset())


def costs_of(expr: Expr) -> Costs:
    """What *expr* costs beside its nodes: most have neither a macro nor a call that is charged."""
    if not any(type(node) is Macro or (type(node) is Call and node.function in WEIGHED) for node in ex.walk(expr)):
        return _FREE
    heavy = heavy_calls(expr)
    iterations = iteration_costs(expr)
    return Costs(iterations, heavy) if iterations or heavy else _FREE


class Interpreter:
    """Evaluates one resolved tree."""

    __slots__ = ("_costs", "_expr", "_names")

    def __init__(self, expr: Expr, names: Names) -> None:
        self._expr = expr
        self._names = names
        self._costs = costs_of(expr)

    def evaluate(self, bindings: Bindings) -> Any:
        """The value of the expression. Raises EvaluationError where it has none."""
        return _Evaluation(self._names, self._costs, bindings).run(self._expr)


class _Evaluation:
    __slots__ = ("_bindings", "_costs", "_names", "_spent")

    def __init__(self, names: Names, costs: Costs, bindings: Bindings) -> None:
        self._names = names
        self._costs = costs
        self._bindings = bindings
        self._spent = 0

    def run(self, expr: Expr) -> Any:
        stack = [self._visit(expr, {})]
        value: Any = None
        error: EvaluationError | None = None
        while stack:
            try:
                wanted = stack[-1].send(value) if error is None else stack[-1].throw(error)
            except StopIteration as finished:
                stack.pop()
                value, error = finished.value, None
            except CostError:
                raise
            except EvaluationError as failure:
                stack.pop()
                value, error = None, failure
            else:
                value, error = None, None
                expr, local = wanted
                # Most operands are leaves, and a visit of its own costs more than what they say.
                if type(expr) is Literal:
                    value = expr.value
                elif type(expr) is Ident and not expr.absolute:
                    value = local[expr.name]
                else:
                    stack.append(self._visit(expr, local))
        if error is not None:
            raise error
        return value

    def _visit(self, expr: Expr, local: _Local) -> _Visit:
        match expr:
            case Literal(value=value):
                return value
            case Ident(name=name, absolute=absolute):
                return named(self._names, self._bindings, name) if absolute else local[name]
            case Select(operand=operand, name=name):
                value = yield operand, local
                if expr.test:
                    return access.has_field(value, name)
                return access.optional_select(value, name) if expr.optional else access.select(value, name)
            case Index(operand=operand, index=index):
                value = yield operand, local
                key = yield index, local
                return access.lookup_optional(value, key) if expr.optional else access.index(value, key)
            case Call(function=ex.AND | ex.OR):
                return (yield from self._logic(expr, local))
            case Call():
                return (yield from self._call(expr, local))
            case ListExpr(items=items, optional=optional):
                return (yield from self._list(items, optional, local))
            case MapExpr():
                return (yield from self._map(expr, local))
            case Macro(kind=kind) if kind in (BIND, OPT_MAP, OPT_FLAT_MAP):
                return (yield from self._binding(expr, local))
            case Macro():
                return (yield from self._macro(expr, local))
            case Failure(message=message):
                raise EvaluationError(message)

    def _logic(self, expr: Call, local: _Local) -> _Visit:
        settles = expr.function == ex.OR
        error: EvaluationError | None = None
        for arg in expr.args:
            try:
                value = _bool((yield arg, local))
            except EvaluationError as failure:
                error = error or failure
                continue
            if value is settles:
                return settles
        if error is not None:
            raise error
        return not settles

    def _call(self, expr: Call, local: _Local) -> _Visit:
        match expr:
            case Call(function=ex.CONDITIONAL, args=(test, then, other)):
                return (yield (then if _bool((yield test, local)) else other), local)
            case Call(function=ex.PRESENT, args=(Ident(name=name),)):
                return name in self._bindings
            case Call(function=ex.GRANTED, args=(Literal(value=str(narrowed)),)):
                return self._bindings[narrowed]
        arguments = []
        if expr.target is not None:
            target = yield expr.target, local
            if expr.function in _LAZY and isinstance(target, Optional) and target.has_value and len(expr.args) == 1:
                return target if expr.function == optionals.OR else target.value
            arguments.append(target)
        for arg in expr.args:
            value = yield arg, local
            arguments.append(value)
        if id(expr) in self._costs.heavy:
            self._spent = charge(self._spent, weight(expr.function, tuple(arguments)))
        return self._names.library.apply(expr.function, arguments, method=expr.target is not None)

    def _list(self, items: Sequence[Expr], optional: frozenset[int], local: _Local) -> _Visit:
        result = []
        for place, item in enumerate(items):
            value = yield item, local
            if place not in optional:
                result.append(value)
            elif _optional(value).has_value:
                result.append(value.value)
        return result

    def _map(self, expr: MapExpr, local: _Local) -> _Visit:
        pairs = []
        for place, (key, item) in enumerate(expr.entries):
            name = yield key, local
            value = yield item, local
            if place not in expr.optional:
                pairs.append((name, value))
            elif _optional(value).has_value:
                pairs.append((name, value.value))
        return mapping_of(pairs)

    def _binding(self, expr: Macro, local: _Local) -> _Visit:
        value = yield expr.operand, local
        if expr.kind == BIND:
            return (yield expr.body[0], {**local, expr.variables[0]: value})
        if not _optional(value).has_value:
            return NONE
        result = yield expr.body[0], {**local, expr.variables[0]: value.value}
        return optionals.some(result) if expr.kind == OPT_MAP else _optional(result)

    def _macro(self, expr: Macro, local: _Local) -> _Visit:
        value = yield expr.operand, local
        iterations = iterations_of(value, len(expr.variables))
        self._spent = charge(self._spent, len(iterations), self._costs.iterations[id(expr)])
        inner = dict(local)
        if expr.kind in ("all", "exists"):
            return (yield from self._search(expr, iterations, inner))
        result: list[Any] = []
        *tests, last = expr.body
        if expr.kind in EXISTS_ONE | {"filter"}:
            tests = [last]
        for iteration in iterations:
            inner.update(zip(expr.variables, iteration, strict=True))
            if tests and not _bool((yield tests[0], inner)):
                continue
            if expr.kind in EXISTS_ONE | {"filter"}:
                result.append(iteration[0])
                continue
            made = yield last, inner
            result.append((iteration[0], made) if expr.kind == "transformMap" else made)
        if expr.kind in EXISTS_ONE:
            return len(result) == 1
        match expr.kind:
            case "transformMap":
                return mapping_of(result)
            case "transformMapEntry":
                return merged(result)
        return result

    def _search(self, expr: Macro, iterations: Sequence[tuple[Any, ...]], inner: _Local) -> _Visit:
        settles = expr.kind == "exists"
        error: EvaluationError | None = None
        for iteration in iterations:
            inner.update(zip(expr.variables, iteration, strict=True))
            try:
                value = _bool((yield expr.body[0], inner))
            except EvaluationError as failure:
                error = error or failure
                continue
            if value is settles:
                return settles
        if error is not None:
            raise error
        return not settles


def named(names: Names, bindings: Bindings, name: str) -> Any:
    """The value of a resolved name. Raises EvaluationError where it is neither a type nor a variable given."""
    value = names.library.type_value(name)
    if names.variables is None:
        return _open(names, bindings, name) if value is None else value
    if name in names.variables:
        if name in bindings:
            return bindings[name]
        raise EvaluationError(f"no value for {quoted(name)}")
    if value is None:
        raise EvaluationError(f"unknown name {quoted(name)}")
    return value


def _open(names: Names, bindings: Bindings, name: str) -> Any:
    # Nothing is declared, so the longest part of the name that a value is given for is the variable.
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        for candidate in names.candidates(".".join(parts[:count])):
            if candidate in bindings:
                found = bindings[candidate]
                for part in parts[count:]:
                    found = access.select(found, part)
                return found
    raise EvaluationError(f"no value for {quoted(name)}")


def iterations_of(value: Any, variables: int) -> Sequence[tuple[Any, ...]]:
    """What a macro binds in each iteration over *value*. Raises EvaluationError for no list and no map."""
    match kind_of(value), variables:
        case "list", 1:
            return [(item,) for item in value]
        case "list", _:
            return list(enumerate(value))
        case "map", 1:
            return [(key,) for key in value]
        case "map", _:
            return list(value.items())
    raise EvaluationError(NO_OVERLOAD)


def merged(maps: Sequence[Any]) -> Mapping[Any, Any]:
    """The entries of *maps* in one. Raises EvaluationError where one is no map, and for a key that is there twice."""
    if any(kind_of(part) != "map" for part in maps):
        raise EvaluationError(NO_OVERLOAD)
    return mapping_of([entry for part in maps for entry in part.items()])


def _bool(value: Any) -> bool:
    if value is True or value is False:
        return value
    raise EvaluationError(f"{NO_OVERLOAD}: {kind_of(value)} is no bool")


def _optional(value: Any) -> Optional:
    if isinstance(value, Optional):
        return value
    raise EvaluationError(NO_OVERLOAD)
