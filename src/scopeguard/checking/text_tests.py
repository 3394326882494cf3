"""What terms that read the same have to do with each other: at which of their points they never are at once.

Where a term is one text, or one truth, all that is made of it alone has one value. Of what a text begins with, ends
with, contains, and how long it is, one test may imply another, or leave no place for it.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import permutations, product
from math import ceil
from typing import Final, NamedTuple

from scopeguard.checking.formulas import Clash, Domain, Point, Term, Word
from scopeguard.checking.sums import Sum, place_of
from scopeguard.semantics.constant_folding import constant_value
from scopeguard.semantics.names import Names
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Literal

_FAMILIES: Final[tuple[tuple[str, type], ...]] = (("bool", bool), ("text", str))
_FALSE: Final[Point] = ("bool", 1)
_TRUE: Final[Point] = ("bool", 3)
_HAS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "startsWith": str.startswith, "endsWith": str.endswith, "contains": str.__contains__,
}  # fmt: skip
_AT_AN_END: Final = frozenset({"startsWith", "endsWith"})


class _Test(NamedTuple):
    """That a text has a part."""

    term: Expr
    text: Expr
    function: str
    part: str


def clashes(domains: Mapping[Term, Domain], names: Names) -> Iterator[Clash]:
    """Points of two of the terms that exclude each other."""
    for term, domain in domains.items():
        if not isinstance(term, tuple):
            for family, kind in _FAMILIES:
                for value in domain.constants(family):
                    here = (family, domain.places[family, value])
                    for other, there in _of_value(term, Literal(kind(value)), domains, names):
                        yield from ((term, here, other, point) for point in domains[other].points if point != there)
    tests = [test for term in domains for test in _tests(term)]
    for test, another in permutations(tests, 2):
        if test.text == another.text:
            yield from _of_two(test, another)
    sums = [term for term in domains if isinstance(term, Sum)]
    for test, size in product(tests, sums):
        if size.terms in _sizes(test.text):
            yield from ((test.term, _TRUE, size, point) for point in _below(len(test.part), domains[size]))


def _of_value(term: Expr, value: Literal, domains: Mapping[Term, Domain], names: Names) -> Iterator[tuple[Term, Point]]:
    """The points of what is made of *term* alone, where that has this value."""
    for other, domain in domains.items():
        match other:
            case Sum(terms=terms):
                parts = tuple(each for each, _ in terms)
            case Word() | tuple():
                continue
            case _:
                parts = (other,)
        if other == term or not all(term in ex.walk(part) for part in parts):
            continue
        found = [constant_value(_put(part, term, value), names) for part in parts]
        values = [each[0] for each in found if each is not None]
        if len(values) < len(parts):
            continue
        if isinstance(other, Sum):
            if all(type(each) is int for each in values):
                total = sum((Fraction(each) * often for each, (_, often) in zip(values, other.terms, strict=True)))
                yield other, ("number", place_of(total, domain.constants("number")))
            continue
        for family, kind in _FAMILIES:
            if type(values[0]) is kind and (constants := domain.constants(family)):
                yield other, (family, place_of(values[0], constants))


def _put(expr: Expr, part: Expr, value: Expr) -> Expr:
    """*expr* with *value* in the place of each *part*. Recursion is bounded by the depth that the parser admits."""
    return value if expr == part else ex.rebuilt(expr, lambda each: _put(each, part, value))


def _tests(term: Term) -> Iterator[_Test]:
    match term:
        case Call(function=function, target=text, args=(Literal(value=str(part)),)) if text is not None:
            if function in _HAS:
                yield _Test(term, text, function, part)


def _of_two(one: _Test, other: _Test) -> Iterator[Clash]:
    is_same, has = one.function == other.function, _HAS[other.function]
    if (is_same or other.function == "contains") and has(one.part, other.part):
        yield one.term, _TRUE, other.term, _FALSE
    elif is_same and one.function in _AT_AN_END and not has(other.part, one.part):
        yield one.term, _TRUE, other.term, _TRUE


def _sizes(text: Expr) -> tuple[tuple[tuple[Expr, int], ...], ...]:
    return ((Call("size", (text,)), 1),), ((Call("size", (), text), 1),)


def _below(size: int, domain: Domain) -> Iterator[Point]:
    """The points of a size at which all is less than *size*."""
    constants = domain.constants("number")
    for point in domain.points:
        index, is_constant = divmod(point[1], 2)
        if index < len(constants):
            most = constants[index] if is_constant else ceil(constants[index]) - 1
            if most < size:
                yield point
