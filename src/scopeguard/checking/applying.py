"""What operators and functions make of the types of their operands, and which operands cannot fit."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from scopeguard.checking.signatures import (
    BOOL,
    DYN,
    OPERATORS,
    ORDERED,
    WORDS,
    accepts,
    compatible,
    is_list,
    is_map,
    joined,
    members_of,
    phrase,
)
from scopeguard.errors import quoted
from scopeguard.syntax import expression as ex

_WANTED: Final = MappingProxyType({"sized": "something with a size"})


class Complaint(NamedTuple):
    """Why an application can never have a value; *operand* is the one to blame, None the whole of it."""

    message: str
    hint: str | None = None
    operand: int | None = None


class Applied(NamedTuple):
    """The type of an application, and what is wrong with it."""

    type: str
    complaints: tuple[Complaint, ...] = ()


def apply_operator(operator: str, kinds: tuple[str, ...]) -> Applied:
    """An operator (by its CEL name) on operands of the types *kinds*."""
    return _FORMS[operator](operator, kinds)


def apply_function(name: str, wanted: tuple[str, ...], result: str, kinds: tuple[str, ...]) -> Applied:
    """A function that takes *wanted* and gives *result*, on as many operands of the types *kinds*."""
    complaints = tuple(
        Complaint(f"{quoted(name)} needs {_WANTED.get(want) or phrase(want)}, not {phrase(kind)}", operand=place)
        for place, (want, kind) in enumerate(zip(wanted, kinds, strict=True))
        if not accepts(want, kind)
    )
    return Applied(result, complaints)


def needs_bool(what: str, kind: str, operand: int | None = None) -> tuple[Complaint, ...]:
    """The complaint where *kind* is no boolean and *what* takes nothing else."""
    if kind in (BOOL, DYN):
        return ()
    return (Complaint(f"{quoted(what)} needs a bool, not {phrase(kind)}", operand=operand),)


def _logic(operator: str, kinds: tuple[str, ...]) -> Applied:
    complaints = (needs_bool(WORDS[operator], kind, place) for place, kind in enumerate(kinds))
    return Applied(BOOL, tuple(complaint for found in complaints for complaint in found))


def _choice(operator: str, kinds: tuple[str, ...]) -> Applied:
    return Applied(joined(kinds[1:]), needs_bool(WORDS[operator], kinds[0], 0))


def _negation(operator: str, kinds: tuple[str, ...]) -> Applied:
    (kind,) = kinds
    if kind in ("int", "double", DYN):
        return Applied(kind)
    return Applied(DYN, (Complaint(f"{phrase(kind)} cannot be negated"),))


def _equality(operator: str, kinds: tuple[str, ...]) -> Applied:
    left, right = kinds
    if compatible(left, right):
        return Applied(BOOL)
    hint = "ask with has(…) whether a name is there" if "null" in kinds else None
    return Applied(BOOL, (Complaint(f"{phrase(left)} never equals {phrase(right)}", hint),))


def _order(operator: str, kinds: tuple[str, ...]) -> Applied:
    left, right = kinds
    if all(kind in ORDERED or kind == DYN for kind in kinds) and compatible(left, right):
        return Applied(BOOL)
    return Applied(BOOL, (Complaint(f"{quoted(WORDS[operator])} cannot order {phrase(left)} and {phrase(right)}"),))


def _arithmetic(operator: str, kinds: tuple[str, ...]) -> Applied:
    left, right = kinds
    found = OPERATORS.get((operator, left, right))
    if found is not None:
        return Applied(found)
    if operator == ex.ADD and is_list(left) and is_list(right):
        return Applied(left if left == right else "list(dyn)")
    if DYN in kinds:
        return Applied(DYN)
    return Applied(DYN, (Complaint(f"{quoted(WORDS[operator])} does not take {phrase(left)} and {phrase(right)}"),))


def _member(operator: str, kinds: tuple[str, ...]) -> Applied:
    item, container = kinds
    if is_list(container) or is_map(container):
        if compatible(item, members_of(container)):
            return Applied(BOOL)
        return Applied(BOOL, (Complaint(f"{phrase(item)} is never in {phrase(container)}"),))
    if container == DYN:
        return Applied(BOOL)
    hint = "for a part of a text write text.contains(…)" if container == "string" else None
    return Applied(BOOL, (Complaint(f'"in" needs a list or a map, not {phrase(container)}', hint, 1),))


_FORMS: Final[Mapping[str, Callable[[str, tuple[str, ...]], Applied]]] = MappingProxyType(
    dict.fromkeys((ex.AND, ex.OR, ex.NOT), _logic)
    | dict.fromkeys((ex.EQUAL, ex.NOT_EQUAL), _equality)
    | dict.fromkeys((ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL), _order)
    | dict.fromkeys((ex.ADD, ex.SUBTRACT, ex.MULTIPLY, ex.DIVIDE, ex.MODULO), _arithmetic)
    | {ex.CONDITIONAL: _choice, ex.NEGATE: _negation, ex.IN: _member}
)
