"""Formulas over comparisons, and all that they can come to.

A comparison with constants distinguishes a few values of its term: those constants, and what lies between them. All of
that is tried in every combination, of which there are more than requests. What cannot be evaluated is None, and ``&&``,
``||`` and ``?:`` deal with it as the language does.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, NamedTuple, TypeAlias

from scopeguard.checking.sums import Sum, place_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Expr, Ident

Outcome: TypeAlias = bool | None
Point: TypeAlias = tuple[str, int]
"""A kind of values, and a place among the constants of that kind: odd ones are these, even ones lie between."""

_MAX_COMBINATIONS: Final = 4096
ORDERS: Final[Mapping[str, Callable[[int], bool]]] = {
    ex.EQUAL: lambda sign: sign == 0,
    ex.NOT_EQUAL: lambda sign: sign != 0,
    ex.LESS: lambda sign: sign < 0,
    ex.LESS_EQUAL: lambda sign: sign <= 0,
    ex.GREATER: lambda sign: sign > 0,
    ex.GREATER_EQUAL: lambda sign: sign >= 0,
}


class Word(NamedTuple):
    """A name that is one of some texts."""

    name: str
    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """A part whose outcome is known."""

    value: Outcome


@dataclass(frozen=True, slots=True)
class Compared:
    """A term beside a constant, or beside another one (*constant* is None), whose sign is then its value."""

    term: "Term"
    function: str
    constant: tuple[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """``&&``, ``||``, ``!``, ``?:`` and ``==`` of truths."""

    function: str
    parts: "tuple[Formula, ...]"


Formula: TypeAlias = Known | Compared | Joined
Term: TypeAlias = Expr | Sum | Word | tuple[Expr, Expr]


class Domain(NamedTuple):
    """What a term may be: the place of each constant among those of its kind, and all places that it may have."""

    places: Mapping[tuple[str, Any], int]
    points: list[Point]

    def constants(self, family: str) -> list[Any]:
        """The constants of one kind, sorted."""
        return sorted(value for other, value in self.places if other == family)


Clash: TypeAlias = tuple[Term, Point, Term, Point]
"""Two terms that never are at these two points at once."""
Clashes: TypeAlias = Callable[[Mapping[Term, Domain]], Iterable[Clash]]


def no_clashes(_: Mapping[Term, Domain]) -> Iterable[Clash]:
    """Terms that have nothing to do with each other."""
    return ()


def settled(formula: Formula, clashes: Clashes = no_clashes) -> Outcome:
    """The one truth that *formula* has where it has any; None where it may be either."""
    match formula:
        case Known(value=value):
            return value
        case Joined(function=ex.NOT, parts=(part,)):
            inner = settled(part, clashes)
            return None if inner is None else not inner
        case Joined(function=ex.AND | ex.OR as function, parts=parts):
            return _settled_join(function, _flattened(function, parts), clashes)
    return _only(outcomes(formula, clashes))


def _settled_join(function: str, parts: list[Formula], clashes: Clashes) -> Outcome:
    decisive = function == ex.OR
    values = [settled(part, clashes) for part in parts]
    if decisive in values:
        return decisive
    if None not in values:
        return not decisive
    # Parts that share no term say nothing about each other, but for those with terms that clash.
    undecided = [part for part, value in zip(parts, values, strict=True) if value is None]
    for shared in (_terms, _read):
        for group in _groups(undecided, shared):
            whole = Joined(function, tuple(group))
            is_one = len(group) > 1 and (shared is _terms or any(True for _ in clashes(_domains(whole))))
            if is_one and _only(outcomes(whole, clashes)) is decisive:
                return decisive
    return None


def _only(outcomes: frozenset[Outcome] | None) -> Outcome:
    truths = (outcomes or frozenset()) - {None}
    return next(iter(truths)) if len(truths) == 1 else None


def _flattened(function: str, parts: Iterable[Formula]) -> list[Formula]:
    flat: list[Formula] = []
    for part in parts:
        if isinstance(part, Joined) and part.function == function:
            flat.extend(_flattened(function, part.parts))
        else:
            flat.append(part)
    return flat


def _groups(parts: list[Formula], shared: Callable[[Formula], Iterable[Hashable]]) -> Iterator[list[Formula]]:
    groups: list[tuple[set[Hashable], list[Formula]]] = []
    for part in parts:
        terms, members = set(shared(part)), [part]
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


def _terms(formula: Formula) -> Iterator[Term]:
    for comparison in _comparisons(formula):
        yield comparison.term


def _read(formula: Formula) -> Iterator[Hashable]:
    """The terms of a formula, and the names that these read."""
    for term in _terms(formula):
        yield term
        if not isinstance(term, Word):
            exprs = (
                (each for each, _ in term.terms)
                if isinstance(term, Sum)
                else term
                if isinstance(term, tuple)
                else (term,)
            )
            yield from (node for expr in exprs for node in ex.walk(expr) if isinstance(node, Ident))


def _comparisons(formula: Formula) -> Iterator[Compared]:
    stack = [formula]
    while stack:
        part = stack.pop()
        if isinstance(part, Joined):
            stack.extend(part.parts)
        elif isinstance(part, Compared):
            yield part


def outcomes(formula: Formula, clashes: Clashes = no_clashes) -> frozenset[Outcome] | None:
    """All that *formula* can come to; None where that is too much to try."""
    domains = _domains(formula)
    count = 1
    for domain in domains.values():
        count *= max(1, len(domain.points))
        if count > _MAX_COMBINATIONS:
            return None
    combinations = (
        dict(zip(domains, chosen, strict=True)) for chosen in product(*(each.points for each in domains.values()))
    )
    apart = tuple(clashes(domains))
    return frozenset(
        _value(formula, chosen, domains)
        for chosen in combinations
        if not any(chosen[one] == point and chosen[other] == there for one, point, other, there in apart)
    )


def _domains(formula: Formula) -> dict[Term, Domain]:
    constants: dict[Term, set[tuple[str, Any]]] = {}
    for comparison in _comparisons(formula):
        constants.setdefault(comparison.term, set()).update([comparison.constant] if comparison.constant else ())
    return {term: _domain(term, known) for term, known in constants.items()}


def _domain(term: Term, known: set[tuple[str, Any]]) -> Domain:
    if isinstance(term, Sum):
        numbers = sorted(value for _, value in known)
        points = [("number", place) for place in term.places(numbers)]
        return Domain({("number", value): 2 * index + 1 for index, value in enumerate(numbers)}, points)
    if isinstance(term, tuple) and not isinstance(term, Word):
        return Domain({}, [("sign", -1), ("sign", 0), ("sign", 1)])
    if any(family == "bool" for family, _ in known):
        known |= {("bool", False), ("bool", True)}
    places: dict[tuple[str, Any], int] = {}
    points = []
    for family in sorted({family for family, _ in known}):
        ordered = sorted({value for other, value in known if other == family})
        places |= {(family, value): 2 * index + 1 for index, value in enumerate(ordered)}
        possible: Sequence[int] = range(2 * len(ordered) + 1)
        if isinstance(term, Word) and family == "text":
            possible = sorted({place_of(text, ordered) for text in term.texts})
        elif family == "bool":
            possible = (1, 3)
        elif ordered[0] in ("", b""):
            # No text comes before the empty one.
            possible = possible[1:]
        points += [(family, place) for place in possible]
    return Domain(places, points)


def _value(formula: Formula, chosen: Mapping[Term, Point], domains: Mapping[Term, Domain]) -> Outcome:
    match formula:
        case Known(value=value):
            return value
        case Compared(term=term, function=function, constant=constant):
            family, place = chosen[term]
            if constant is None:
                return ORDERS[function](place)
            return ORDERS[function](place - domains[term].places[constant]) if family == constant[0] else None
        case Joined(function=ex.CONDITIONAL, parts=(test, then, other)):
            decided = _value(test, chosen, domains)
            return None if decided is None else _value(then if decided else other, chosen, domains)
    values = [_value(part, chosen, domains) for part in formula.parts]
    match formula.function:
        case ex.NOT:
            return None if values[0] is None else not values[0]
        case ex.EQUAL:
            return None if None in values else values[0] is values[1]
    decisive = formula.function == ex.OR
    return decisive if decisive in values else None if None in values else not decisive
