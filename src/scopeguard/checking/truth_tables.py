"""What a condition can come to: truth tables over the comparisons in it.

Each comparison with constants distinguishes a few values of its term: those constants, and what lies between them. Two
terms that are compared with each other are less, equal or greater. Whatever else there is may be true or false. All of
that is tried in every combination, of which there are more than requests: nothing is called settled that is not, and of
what is settled not all is seen. What cannot be evaluated is None, and ``&&``, ``||`` and ``?:`` deal with it as the
language does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Final, TypeAlias

from scopeguard.checking import sums
from scopeguard.checking.sums import Sum, difference, places_of_whole_numbers, simplified
from scopeguard.model.principal import KINDS
from scopeguard.semantics.built_in_variables import ROLE_AUTHORITY
from scopeguard.semantics.constant_folding import constant_value
from scopeguard.semantics.functions import sets
from scopeguard.semantics.name_resolution import Names
from scopeguard.semantics.variable_inlining import unbound
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, ListExpr, Literal, Macro
from scopeguard.syntax.printer import print_expression

Outcome: TypeAlias = bool | None
_Point: TypeAlias = tuple[str, int]
"""A kind of values, and a place among the constants of that kind: odd ones are these, even ones lie between."""

_MAX_COMBINATIONS: Final = 4096
_KIND: Final = "principal.kind"
_ORDERS: Final[Mapping[str, Callable[[int], bool]]] = {
    ex.EQUAL: lambda sign: sign == 0,
    ex.NOT_EQUAL: lambda sign: sign != 0,
    ex.LESS: lambda sign: sign < 0,
    ex.LESS_EQUAL: lambda sign: sign <= 0,
    ex.GREATER: lambda sign: sign > 0,
    ex.GREATER_EQUAL: lambda sign: sign >= 0,
}
_FLIPPED: Final = {
    ex.LESS: ex.GREATER, ex.GREATER: ex.LESS, ex.LESS_EQUAL: ex.GREATER_EQUAL, ex.GREATER_EQUAL: ex.LESS_EQUAL,
}  # fmt: skip
_BOOLEAN: Final = frozenset({*_ORDERS, ex.AND, ex.OR, ex.NOT, ex.IN, ex.PRESENT, ex.HOLDS})
_CONNECTIVES: Final = frozenset({ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL})
_EQUALITIES: Final = frozenset({ex.EQUAL, ex.NOT_EQUAL})
_ALWAYS_FOUND: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("startsWith", "endsWith", "contains"), frozenset({""})),
    "matches": frozenset({"", ".*", "^", "$", "^.*", ".*$"}),
}
"""By method, what there is in every text."""
ALWAYS_THERE: Final = frozenset({
    *ROLE_AUTHORITY, "principal.kind", "principal.roles", "principal.scopes", "resource.surface",
    "context.environment", "context.facts", "action", "permission", "operation",
})  # fmt: skip
"""What every question has, so that nobody need ask for it."""
_SETTLING: Final = sums.SETTLING | _ALWAYS_FOUND.keys()
_FAMILIES: Final[tuple[tuple[str, tuple[type, ...]], ...]] = (
    ("bool", (bool,)), ("number", (int, float)), ("text", (str,)), ("bytes", (bytes,)),
    ("moment", (datetime,)), ("span", (timedelta,)),
)  # fmt: skip


def _family(value: object) -> str | None:
    return next((name for name, types in _FAMILIES if isinstance(value, types)), None)


@dataclass(frozen=True, slots=True)
class _Known:
    """A part whose outcome is known."""

    value: Outcome


@dataclass(frozen=True, slots=True)
class _Compared:
    """A term beside a constant, or beside another one (*constant* is None), whose sign is then its value."""

    term: "_Term"
    function: str
    constant: tuple[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Joined:
    """``&&``, ``||``, ``!``, ``?:`` and ``==`` of truths."""

    function: str
    parts: "tuple[_Formula, ...]"


_Formula: TypeAlias = _Known | _Compared | _Joined
_Term: TypeAlias = Expr | Sum | tuple[Expr, Expr]


@dataclass(slots=True)
class Truths:
    """Truth tables of conditions whose names are resolved and whose variables are put in."""

    names: Names
    _settled: dict[Expr, Outcome] = field(default_factory=dict)

    def settled(self, expr: Expr) -> Outcome:
        """The one truth that *expr* has where it has any; None where it may be either."""
        if not _is_worth_it(expr):
            return None
        if expr not in self._settled:
            self._settled[expr] = _settled(self._read(unbound(expr)))
        return self._settled[expr]

    def outcomes(self, expr: Expr) -> frozenset[Outcome] | None:
        """All that *expr* can come to, None for what cannot be evaluated; None where that is too much to try."""
        return _outcomes(self._read(unbound(expr)))

    def _read(self, expr: Expr) -> _Formula:
        # Recursion is bounded by the depth that the parser admits.
        match expr:
            case Literal(value=bool(value)):
                return _Known(value)
            case Call(function=function, args=args) if function in _CONNECTIVES:
                return _Joined(function, tuple(map(self._read, args)))
            case Call(function=ex.PRESENT, args=(Ident(name=name),)) if name in ALWAYS_THERE:
                return _Known(True)  # a truth
            case Call(function=ex.PRESENT):
                return _opaque(expr)
        if any(isinstance(node, Failure) for node in ex.walk(expr)):
            return _Known(None)
        match expr:
            case Call(function=sets.CONTAINS, args=(_, ListExpr(()))):
                return _Known(True)  # a truth
            case Call(function=sets.INTERSECTS, args=(ListExpr(()), _) | (_, ListExpr(()))):
                return _Known(False)  # a truth
            case (
                Call(function=sets.CONTAINS | sets.EQUIVALENT, args=(one, other))
                | Call(function="startsWith" | "endsWith" | "contains", target=other, args=(one,))
            ) if one == other:
                return _Known(True)  # a truth
            case Call(args=(left, right), target=None):
                return self._of_two(expr, left, right)
            case Call(target=Ident(), args=(Literal(value=str(text)),)) if text in _ALWAYS_FOUND.get(expr.function, ()):
                return _Known(True)  # a truth
            case Macro(kind="all" | "exists", operand=operand, body=(body,)):
                # Over no items the one is true and the other false, whatever their tests say.
                idle = expr.kind == "all"
                return _Known(idle) if operand == ListExpr(()) or self.settled(body) is idle else self._alone(expr)
        return self._alone(expr)

    def _alone(self, expr: Expr) -> _Formula:
        """What is no comparison: it may be either, but for one that reads nothing."""
        found = constant_value(expr, self.names)
        return _Known(found[0]) if found is not None and isinstance(found[0], bool) else _opaque(expr)

    def _of_two(self, expr: Call, left: Expr, right: Expr) -> _Formula:
        if expr.function in _EQUALITIES and _is_truth(left, right):
            same = _Joined(ex.EQUAL, (self._read(left), self._read(right)))
            return same if expr.function == ex.EQUAL else _Joined(ex.NOT, (same,))
        if expr.function in _ORDERS:
            return self._comparison(expr, expr.function, left, right)
        if expr.function == ex.IN and isinstance(right, ListExpr) and not right.optional:
            return _Joined(ex.OR, tuple(self._comparison(expr, ex.EQUAL, left, other) for other in right.items))
        return self._alone(expr)

    def _comparison(self, whole: Expr, function: str, left: Expr, right: Expr) -> _Formula:
        left, right = (simplified(part, self.names) for part in (left, right))
        if left == right:
            return _Known(_ORDERS[function](0))
        exact = difference(left, right, self.names)
        if exact is not None:
            total, number, sign = exact
            if total is None:
                return _Known(_ORDERS[function]((number < 0) - (number > 0)))
            return _Compared(total, function if sign > 0 else _FLIPPED.get(function, function), ("number", number))
        constants = [constant_value(part, self.names) for part in (left, right)]
        match constants:
            case [None, None]:
                first, second = sorted((left, right), key=print_expression)
                return _Compared((first, second), function if first is left else _FLIPPED.get(function, function))
            case [None, (value,)]:
                term = left
            case [(value,), None]:
                term, function = right, _FLIPPED.get(function, function)
            case _:
                return self._alone(Call(function, (left, right)))
        family = _family(value)
        return _opaque(whole) if family is None else _Compared(term, function, (family, value))


def _is_worth_it(expr: Expr) -> bool:
    """Whether *expr* has anything in it that could settle it: most conditions read each name once, and nothing else."""
    read: set[str | Expr] = set()
    for node in ex.walk(expr):
        match node:
            case Ident(name=name):
                if name in read or name == _KIND:
                    return True
                read.add(name)
            case Call(function=ex.PRESENT, args=(Ident(name=name),)) if name in ALWAYS_THERE:
                return True
            case Call(function=ex.HOLDS):
                if node in read:
                    return True
                read.add(node)
            case Literal(value=bool()) | Macro() | ListExpr(items=()) | Failure():
                return True
            case Call(function=function) if function in _SETTLING:
                return True
            case Call(function=function) if function in _ORDERS or function == ex.IN:
                if _reads_nothing(node):
                    return True
    return any(isinstance(part, Call) and _reads_nothing(part) for part in _clauses(expr))


def _clauses(expr: Expr) -> Iterator[Expr]:
    """The parts between connectives."""
    stack = [expr]
    while stack:
        part = stack.pop()
        if isinstance(part, Call) and part.function in _CONNECTIVES:
            stack.extend(part.args)
        else:
            yield part


def _reads_nothing(expr: Expr) -> bool:
    return not any(
        isinstance(part, Ident) or (isinstance(part, Call) and part.function == ex.HOLDS) for part in ex.walk(expr)
    )


def _is_truth(left: Expr, right: Expr) -> bool:
    """Whether one of two terms is a truth by its form, so that both are where the comparison has a value."""
    return any(
        (isinstance(part, Call) and part.function in _BOOLEAN)
        or (isinstance(part, Macro) and part.kind in ("all", "exists"))
        for part in (left, right)
    )


def _opaque(expr: Expr) -> _Compared:
    return _Compared(expr, ex.EQUAL, ("bool", True))


def _settled(formula: _Formula) -> Outcome:
    match formula:
        case _Known(value=value):
            return value
        case _Joined(function=ex.NOT, parts=(part,)):
            inner = _settled(part)
            return None if inner is None else not inner
        case _Joined(function=ex.AND | ex.OR as function, parts=parts):
            return _settled_join(function, _flattened(function, parts))
    return _only(_outcomes(formula))


def _settled_join(function: str, parts: list[_Formula]) -> Outcome:
    decisive = function == ex.OR
    values = [_settled(part) for part in parts]
    if decisive in values:
        return decisive
    if None not in values:
        return not decisive
    # Parts that share no term say nothing about each other.
    for group in _groups([part for part, value in zip(parts, values, strict=True) if value is None]):
        if len(group) > 1 and _only(_outcomes(_Joined(function, tuple(group)))) is decisive:
            return decisive
    return None


def _only(outcomes: frozenset[Outcome] | None) -> Outcome:
    truths = (outcomes or frozenset()) - {None}
    return next(iter(truths)) if len(truths) == 1 else None


def _flattened(function: str, parts: Iterable[_Formula]) -> list[_Formula]:
    flat: list[_Formula] = []
    for part in parts:
        if isinstance(part, _Joined) and part.function == function:
            flat.extend(_flattened(function, part.parts))
        else:
            flat.append(part)
    return flat


def _groups(parts: list[_Formula]) -> Iterator[list[_Formula]]:
    groups: list[tuple[set[_Term], list[_Formula]]] = []
    for part in parts:
        terms, members = set(_terms(part)), [part]
        apart = []
        for group in groups:
            if terms.isdisjoint(group[0]):
                apart.append(group)
            else:
                terms |= group[0]
                members = [*group[1], *members]
        groups = [*apart, (terms, members)]
    for _, members in groups:
        yield members


def _terms(formula: _Formula) -> Iterator[_Term]:
    for comparison in _comparisons(formula):
        yield comparison.term


def _comparisons(formula: _Formula) -> Iterator[_Compared]:
    stack = [formula]
    while stack:
        part = stack.pop()
        if isinstance(part, _Joined):
            stack.extend(part.parts)
        elif isinstance(part, _Compared):
            yield part


def _outcomes(formula: _Formula) -> frozenset[Outcome] | None:
    domains = _domains(formula)
    count = 1
    for _, points in domains.values():
        count *= max(1, len(points))
        if count > _MAX_COMBINATIONS:
            return None
    places = {term: places for term, (places, _) in domains.items()}
    combinations = product(*(points for _, points in domains.values()))
    return frozenset(_value(formula, dict(zip(domains, chosen, strict=True)), places) for chosen in combinations)


_Places: TypeAlias = Mapping[tuple[str, Any], int]


def _domains(formula: _Formula) -> dict[_Term, tuple[_Places, list[_Point]]]:
    constants: dict[_Term, set[tuple[str, Any]]] = {}
    for comparison in _comparisons(formula):
        constants.setdefault(comparison.term, set()).update([comparison.constant] if comparison.constant else ())
    return {term: _domain(term, known) for term, known in constants.items()}


def _domain(term: _Term, known: set[tuple[str, Any]]) -> tuple[_Places, list[_Point]]:
    """The rank of each constant among those of its kind, and all ranks that the term may have."""
    if isinstance(term, Sum):
        numbers = sorted(value for _, value in known)
        points = [("number", place) for place in places_of_whole_numbers(numbers, term.bounds)]
        return {("number", value): 2 * index + 1 for index, value in enumerate(numbers)}, points
    if isinstance(term, tuple):
        return {}, [("sign", -1), ("sign", 0), ("sign", 1)]
    is_kind = isinstance(term, Ident) and term.absolute and term.name == _KIND
    if is_kind:
        known |= {("text", kind) for kind in KINDS}
    if any(family == "bool" for family, _ in known):
        known |= {("bool", False), ("bool", True)}
    places: dict[tuple[str, Any], int] = {}
    points = []
    for family in sorted({family for family, _ in known}):
        ordered = sorted({value for other, value in known if other == family})
        places |= {(family, value): 2 * index + 1 for index, value in enumerate(ordered)}
        possible: Iterable[int] = range(2 * len(ordered) + 1)
        if is_kind:
            possible = (places[family, value] for value in ordered if value in KINDS)
        elif family == "bool":
            possible = (1, 3)
        points += [(family, place) for place in possible]
    return places, points


def _value(formula: _Formula, chosen: Mapping[_Term, _Point], places: Mapping[_Term, _Places]) -> Outcome:
    match formula:
        case _Known(value=value):
            return value
        case _Compared(term=term, function=function, constant=constant):
            family, place = chosen[term]
            if constant is None:
                return _ORDERS[function](place)
            return _ORDERS[function](place - places[term][constant]) if family == constant[0] else None
        case _Joined(function=ex.CONDITIONAL, parts=(test, then, other)):
            decided = _value(test, chosen, places)
            return None if decided is None else _value(then if decided else other, chosen, places)
    values = [_value(part, chosen, places) for part in formula.parts]
    match formula.function:
        case ex.NOT:
            return None if values[0] is None else not values[0]
        case ex.EQUAL:
            return None if None in values else values[0] is values[1]
    decisive = formula.function == ex.OR
    return decisive if decisive in values else None if None in values else not decisive
