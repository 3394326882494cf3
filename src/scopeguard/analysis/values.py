"""Values as lists of cases: of which kind, under which condition, and what then."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from scopeguard.analysis.logic import Bool, Truth, conj, disj, neg
from scopeguard.analysis.solver import z3
from scopeguard.analysis.texts import Texts
from scopeguard.semantics.timestamps import duration_nanoseconds, nanoseconds
from scopeguard.syntax.expression import UInt


class Unencodable(Exception):
    """Nothing in the encoding says what an expression means."""


class Case(NamedTuple):
    """One case of a value: what it is while *when* is true.

    A number and a time (in nanoseconds) are whole numbers of the solver, and so is the number of a text, which is an
    ``int`` where the text is known; a double is a real number, and a list is an :class:`Items`.
    """

    when: Bool
    kind: str
    term: Any


Value: TypeAlias = tuple[Case, ...]
"""Cases of which at most one is true; where none is, there is no value."""


class Items(NamedTuple):
    """A list: what it may hold, each with the condition that it does, and how much longer it may be.

    *among* answers for what is none of these. *begun* are what it may hold with anything behind it, of which only what
    a text begins with can be asked.
    """

    slots: tuple[tuple[Bool, Value], ...]
    more: Any = 0
    among: Any = None
    begun: tuple[tuple[Bool, str], ...] = ()


NOTHING: Value = ()


def constant(value: Any, texts: Texts) -> Value:
    """A value that is known. Raises Unencodable for what is not encoded."""
    match value:
        case bool():
            return (Case(True, "bool", value),)
        case UInt():
            return (Case(True, "uint", z3.IntVal(int(value))),)
        case int():
            return (Case(True, "int", z3.IntVal(value)),)
        case float():
            return (Case(True, "double", _real(value)),)
        case str():
            return (Case(True, "string", texts.code(value)),)
        case datetime():
            return (Case(True, "timestamp", z3.IntVal(nanoseconds(value))),)
        case timedelta():
            return (Case(True, "duration", z3.IntVal(duration_nanoseconds(value))),)
        case None:
            return (Case(True, "null", None),)
        case list() | tuple():
            return (Case(True, "list", Items(tuple((True, constant(each, texts)) for each in value))),)
    raise Unencodable(type(value).__name__)


def _real(value: float) -> Any:
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  # NaN is what is not itself
        raise Unencodable("not a finite number")
    above, below = value.as_integer_ratio()
    return z3.Q(above, below)


def defined(value: Value) -> Bool:
    """Whether there is a value."""
    return disj(case.when for case in value)


def where(condition: Bool, value: Value) -> Value:
    """*value*, where a condition is true."""
    return tuple(case._replace(when=when) for case in value if (when := conj((condition, case.when))) is not False)


def joined(values: Iterable[Value]) -> Value:
    """Values of which only one is there at once, as one: cases of a kind become one case."""
    by_kind: dict[str, Case] = {}
    others: list[Case] = []
    for case in (each for value in values for each in value):
        known = by_kind.get(case.kind)
        if case.kind == "list" or known is None:
            if case.kind == "list":
                others.append(case)
            else:
                by_kind[case.kind] = case
            continue
        term = None if case.kind == "null" else z3.If(known.when, known.term, case.term)
        by_kind[case.kind] = Case(disj((known.when, case.when)), case.kind, term)
    return (*by_kind.values(), *others)


def pairs(one: Value, other: Value) -> Iterator[tuple[Bool, Case, Case]]:
    """Every case of one with every case of another, and the condition of both."""
    for first in one:
        for second in other:
            both = conj((first.when, second.when))
            if both is not False:
                yield both, first, second


def as_truth(value: Value) -> Truth:
    """A value where a condition is asked for: what is no boolean is none."""
    found = [case for case in value if case.kind == "bool"]
    if any(case.kind == "table" for case in value):
        raise Unencodable("a condition")
    return Truth(
        disj(conj((case.when, case.term)) for case in found), disj(conj((case.when, neg(case.term))) for case in found)
    )
