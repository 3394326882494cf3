"""Conditions about rows joined: what is said twice is said once, and what no row or every row meets falls away.

A part that waits for a request makes what it is part of wait too.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from scopeguard.conditions import (
    ALWAYS,
    NEVER,
    All,
    Attribute,
    Compare,
    Condition,
    Has,
    In,
    Includes,
    Not,
    Text,
    attributes,
)
from scopeguard.conditions import Any as AnyOf
from scopeguard.runtime.known_values import FilledRequest

Part: TypeAlias = Condition | Callable[[FilledRequest], Condition]
"""A condition, or what makes it for one request."""

_ID: Final = Attribute("id", "string")


def filled(part: Part, request: FilledRequest) -> Condition:
    """The condition for one request."""
    return part(request) if callable(part) else part


def every(parts: Sequence[Part]) -> Part:
    """That all of *parts* are true."""
    if not any(map(callable, parts)):
        return all_of(part for part in parts if not callable(part))
    if NEVER in parts:
        return NEVER
    return lambda request: all_of(filled(part, request) for part in parts)


def some(parts: Sequence[Part]) -> Part:
    """That one of *parts* is true."""
    if not any(map(callable, parts)):
        return any_of(part for part in parts if not callable(part))
    if ALWAYS in parts:
        return ALWAYS
    return lambda request: any_of(filled(part, request) for part in parts)


def all_of(parts: Iterable[Condition]) -> Condition:
    """The conjunction, without what the other parts say too."""
    parts = tuple(parts)
    if len(parts) == 1:
        return parts[0]
    found: dict[Condition, None] = {}
    ids: In | None = None
    for part in parts:
        for each in part.parts if isinstance(part, All) else (part,):
            if each == NEVER:
                return NEVER
            if isinstance(each, In) and each.attribute == _ID:
                # What a scope and a ceiling both name.
                ids = each if ids is None else _both(ids, each)
            else:
                found[each] = None
    if ids is not None:
        if not ids.values:
            return NEVER
        found[ids] = None
    if len(found) > 1:
        asked = {name for part in found for name in _asked(part)}
        found = {part: None for part in found if not (isinstance(part, Has) and part.attribute.name in asked)}
    return next(iter(found)) if len(found) == 1 else All(tuple(found))


def any_of(parts: Iterable[Condition]) -> Condition:
    """The disjunction."""
    parts = tuple(parts)
    if len(parts) == 1:
        return parts[0]
    found: dict[Condition, None] = {}
    for part in parts:
        for each in part.parts if isinstance(part, AnyOf) else (part,):
            if each == ALWAYS:
                return ALWAYS
            found[each] = None
    return next(iter(found)) if len(found) == 1 else AnyOf(tuple(found))


def _both(one: In, other: In) -> In:
    kept = set(other.values)
    return In(_ID, tuple(value for value in one.values if value in kept), origin=one.origin)


def _asked(part: Condition) -> Iterable[str]:
    """The attributes without which a test is not true."""
    test = part.test if isinstance(part, Not) else part
    match test:
        case Compare(left=left, right=right) | Text(subject=left, argument=right):
            return [each.name for side in (left, right) for each in attributes(side)]
        case In(attribute=attribute) | Includes(attribute=attribute):
            return (attribute.name,)
    return ()
