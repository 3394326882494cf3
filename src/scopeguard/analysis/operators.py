"""What operators and functions of conditions make of values, where the encoding says so; strict, as packs are."""

import operator
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from scopeguard.analysis.logic import Bool, Truth, all_of, any_of, conj, disj, neg, same
from scopeguard.analysis.numbers import Numbers
from scopeguard.analysis.solver import z3
from scopeguard.analysis.text_properties import Property, containing, ending, starting
from scopeguard.analysis.texts import Texts
from scopeguard.analysis.values import Case, Items, Unencodable, Value, defined, joined, pairs
from scopeguard.semantics.functions.sets import CONTAINS, EQUIVALENT, INTERSECTS
from scopeguard.semantics.timestamps import SECOND
from scopeguard.semantics.values import NUMBERS, RANGES
from scopeguard.syntax import expression as ex

_LONGEST: Final = 315_576_000_000 * SECOND
_EARLIEST, _LATEST = -62_135_596_800 * SECOND, 253_402_300_800 * SECOND - 1
_RANGES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({
    **RANGES, "duration": (-_LONGEST, _LONGEST), "timestamp": (_EARLIEST, _LATEST),
})  # fmt: skip
"""Beyond these there is no value."""
ORDERS: Final[Mapping[str, Callable[[Any, Any], Bool]]] = MappingProxyType({
    ex.LESS: operator.lt, ex.LESS_EQUAL: operator.le, ex.GREATER: operator.gt, ex.GREATER_EQUAL: operator.ge,
})  # fmt: skip
_ORDERED: Final = NUMBERS | {"timestamp", "duration"}
_COMPARED: Final = _ORDERED | {"bool", "string", "null"}
OF_TEXTS: Final[Mapping[str, Callable[[str], Property]]] = MappingProxyType({
    "startsWith": starting, "endsWith": ending, "contains": containing,
})  # fmt: skip
OF_SETS: Final = frozenset({CONTAINS, INTERSECTS, EQUIVALENT})
_SUMS: Final[Mapping[tuple[str, str, str], str]] = MappingProxyType({
    **{(sign, kind, kind): kind for sign in (ex.ADD, ex.SUBTRACT) for kind in ("int", "uint", "duration")},
    (ex.MULTIPLY, "int", "int"): "int", (ex.MULTIPLY, "uint", "uint"): "uint",
    (ex.ADD, "timestamp", "duration"): "timestamp", (ex.ADD, "duration", "timestamp"): "timestamp",
    (ex.SUBTRACT, "timestamp", "timestamp"): "duration", (ex.SUBTRACT, "timestamp", "duration"): "timestamp",
})  # fmt: skip
"""By operator and kinds, the kind of a result that is worked out in whole numbers."""
_APPLIED: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType({
    ex.ADD: operator.add, ex.SUBTRACT: operator.sub, ex.MULTIPLY: operator.mul,
})  # fmt: skip
_QUOTIENTS: Final = frozenset({ex.DIVIDE, ex.MODULO})


def equal(one: Value, other: Value, numbers: Numbers) -> Truth:
    """``==``: of different types, but for numbers, there is no answer. Raises Unencodable for lists."""
    true: list[Bool] = []
    false: list[Bool] = []
    for both, first, second in pairs(one, other):
        found = _equal(first, second, numbers)
        if found is not None:
            true.append(conj((both, found)))
            false.append(conj((both, neg(found))))
    return Truth(disj(true), disj(false))


def _equal(one: Case, other: Case, numbers: Numbers) -> Bool | None:
    if {one.kind, other.kind} <= NUMBERS:
        left, right = numbers.beside(one, other)
        return _compared(operator.eq, left, right)
    if one.kind != other.kind:
        return None
    if one.kind not in _COMPARED:
        raise Unencodable("==")
    if one.kind == "null":
        return True
    return same(one.term, other.term) if one.kind == "bool" else _compared(operator.eq, one.term, other.term)


def _compared(test: Callable[[Any, Any], Bool], one: Any, other: Any) -> Bool:
    found = test(one, other)
    if isinstance(found, bool):
        return found
    if z3.is_int_value(one) and z3.is_int_value(other):
        return bool(test(one.as_long(), other.as_long()))
    return found


def ordered(function: str, one: Value, other: Value, numbers: Numbers) -> Truth:
    """``<`` and its kin. Raises Unencodable for what is not ordered as numbers are."""
    true: list[Bool] = []
    false: list[Bool] = []
    for both, first, second in pairs(one, other):
        if {first.kind, second.kind} <= NUMBERS or (first.kind == second.kind and first.kind in _ORDERED):
            found = _compared(ORDERS[function], *numbers.beside(first, second))
            true.append(conj((both, found)))
            false.append(conj((both, neg(found))))
        elif first.kind == second.kind:
            raise Unencodable(function)
    return Truth(disj(true), disj(false))


def among(item: Value, container: Value, numbers: Numbers) -> Truth:
    """``in`` of a list. Raises Unencodable for a map."""
    found: list[Truth] = []
    for case in container:
        if case.kind != "list":
            raise Unencodable("in")
        items: Items = case.term
        held = [_held(there, equal(item, value, numbers)) for there, value in items.slots]
        if items.among is not None:
            held.append(items.among(item))
        inside = any_of(held)
        there = disj(each.when for each in item)
        # Nothing is among nothing, and is none of it either.
        found.append(Truth(conj((case.when, inside.true)), conj((case.when, there, inside.false))))
    return Truth(disj(each.true for each in found), disj(each.false for each in found))


def _held(there: Bool, test: Truth) -> Truth:
    return Truth(conj((there, test.true)), disj((neg(there), test.false)))


def quantified(kind: str, slots: Iterable[tuple[Bool, Value]], body: Callable[[Value], Truth]) -> Truth:
    """``exists`` or ``all`` of the elements of a list."""
    found = []
    for there, value in slots:
        test = body(value)
        if kind == "exists":
            found.append(Truth(conj((there, test.true)), disj((neg(there), test.false))))
        else:
            found.append(Truth(disj((neg(there), test.true)), conj((there, test.false))))
    return any_of(found) if kind == "exists" else all_of(found)


def of_sets(function: str, one: Value, other: Value, numbers: Numbers) -> Truth:
    """A function of two lists as sets, as what it says of each element. Raises Unencodable for lists with others."""
    if function == INTERSECTS and not _is_whole(one):
        one, other = other, one
    parts = {
        CONTAINS: (("all", other, one),),
        INTERSECTS: (("exists", one, other),),
        EQUIVALENT: (("all", one, other), ("all", other, one)),
    }
    found = all_of(_of_each(*part, numbers) for part in parts[function])
    # Where one list is empty, nothing is asked of the other, which need not have a value.
    there = conj((defined(one), defined(other)))
    return Truth(conj((there, found.true)), conj((there, found.false)))


def _is_whole(value: Value) -> bool:
    """Whether it is a list all of whose elements that matter are known."""
    return all(case.kind == "list" and not case.term.begun and case.term.among is None for case in value)


def _of_each(kind: str, items: Value, container: Value, numbers: Numbers) -> Truth:
    """Whether all, or any, elements of a list are among those of another."""
    if not _is_whole(items):
        raise Unencodable(kind)
    found = []
    for case in items:
        test = quantified(kind, case.term.slots, lambda item: among(item, container, numbers))
        found.append(Truth(conj((case.when, test.true)), conj((case.when, test.false))))
    return Truth(disj(each.true for each in found), disj(each.false for each in found))


def size(value: Value, texts: Texts) -> Value:
    """The characters of a text, or the elements of a list. Raises Unencodable for anything else."""
    found = []
    for case in value:
        if case.kind == "string":
            term = texts.size(case.term)
        elif case.kind == "list":
            term = z3.Sum([z3.IntVal(0), *(_count(there) for there, _ in case.term.slots), case.term.more])
        else:
            raise Unencodable("size")
        found.append((Case(case.when, "int", term),))
    return joined(found)


def _count(there: Bool) -> Any:
    return z3.IntVal(int(there)) if isinstance(there, bool) else z3.If(there, 1, 0)


def of_text(function: str, target: Value, argument: str, texts: Texts) -> Truth:
    """``startsWith`` and its kin, with a constant."""
    return of_property(OF_TEXTS[function](argument), target, texts)


def of_property(asked: Property, target: Value, texts: Texts) -> Truth:
    """Whether a text has a property."""
    true, false = [], []
    for case in target:
        if case.kind != "string":
            continue
        found = texts.has(asked, case.term)
        true.append(conj((case.when, found)))
        false.append(conj((case.when, neg(found))))
    return Truth(disj(true), disj(false))


def calculated(function: str, one: Value, other: Value) -> Value:
    """``+`` and its kin of whole numbers and times. Raises Unencodable for anything else."""
    found: list[Value] = []
    for both, first, second in pairs(one, other):
        kinds = (function, first.kind, second.kind)
        if kinds in _SUMS:
            # What is between two moments fits into 64 bits of nanoseconds, or there is none.
            bounds = RANGES["int"] if first.kind == second.kind == "timestamp" else _RANGES[_SUMS[kinds]]
            found.append(_within(both, _SUMS[kinds], _APPLIED[function](first.term, second.term), bounds))
        elif function in _QUOTIENTS and first.kind == second.kind and first.kind in RANGES:
            found.append(_quotient(function, both, first, second))
        elif first.kind == second.kind or {first.kind, second.kind} <= {"timestamp", "duration"}:
            raise Unencodable(function)
    return joined(found)


def _within(when: Bool, kind: str, term: Any, bounds: tuple[int, int]) -> Value:
    low, high = bounds
    inside = z3.simplify(z3.And(term >= low, term <= high))
    known = True if z3.is_true(inside) else False if z3.is_false(inside) else inside
    return (Case(conj((when, known)), kind, z3.simplify(term)),)


def _quotient(function: str, when: Bool, one: Case, other: Case) -> Value:
    left, right = one.term, other.term
    magnitude = z3.If(left < 0, -left, left) / z3.If(right < 0, -right, right)
    towards_zero = z3.If((left < 0) == (right < 0), magnitude, -magnitude)
    term = towards_zero if function == ex.DIVIDE else left - towards_zero * right
    right_is_usual = neg(z3.And(left == RANGES["int"][0], right == -1))
    return _within(conj((when, right != 0, right_is_usual)), one.kind, term, _RANGES[one.kind])


def negated(value: Value) -> Value:
    """``-`` before a number. Raises Unencodable for a double."""
    if any(case.kind == "double" for case in value):
        raise Unencodable("-")
    return joined(_within(case.when, "int", -case.term, RANGES["int"]) for case in value if case.kind == "int")
