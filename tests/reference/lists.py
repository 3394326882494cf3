"""Functions of lists, and of lists as sets, written to be read."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from scopeguard.syntax.expression import UInt
from tests.reference.values import Moment, NoValue, Span, boolean, contained, decided, kind_of

ORDERED = (int, UInt, float, str, bool, bytes, Moment, Span)
STEPS = 50_000


def items(value: Any) -> tuple[Any, ...]:
    """The elements of a list, and of nothing else."""
    if not isinstance(value, tuple):
        raise NoValue
    return value


def number(value: Any) -> int:
    """A value that has to be an int."""
    if type(value) is not int:
        raise NoValue
    return value


def ordered(value: Any) -> tuple[Any, ...]:
    """``list.sort()``: values of one type that has an order."""
    types = set(map(type, items(value)))
    if len(types) > 1 or not types <= set(ORDERED):
        raise NoValue
    return tuple(sorted(value))


def sliced(value: Any, start: Any, end: Any) -> tuple[Any, ...]:
    """``list.slice(start, end)``, of which both are places of the list or its end."""
    if not 0 <= number(start) <= number(end) <= len(items(value)):
        raise NoValue
    return items(value)[start:end]


def flattened(value: Any, depth: Any = 1) -> tuple[Any, ...]:
    """``list.flatten(depth)``."""
    if number(depth) < 0:
        raise NoValue
    if depth == 0:
        return items(value)
    within = [flattened(item, depth - 1) if isinstance(item, tuple) else (item,) for item in items(value)]
    return tuple(part for parts in within for part in parts)


def distinct(value: Any) -> tuple[Any, ...]:
    """``list.distinct()``: each the first time that it stands there."""
    return tuple(item for place, item in enumerate(items(value)) if not boolean(contained(item, value[:place])))


def places(count: Any) -> tuple[int, ...]:
    """``lists.range(count)``, which costs a step for each."""
    if not 0 <= number(count) <= STEPS:
        raise NoValue
    return tuple(range(count))


def includes(whole: Any, part: Any) -> bool:
    """``sets.contains(whole, part)``."""
    within = items(whole)
    return decided([partial(contained, item, within) for item in items(part)], by=False)


def intersects(one: Any, other: Any) -> bool:
    """``sets.intersects(one, other)``."""
    within = items(other)
    return decided([partial(contained, item, within) for item in items(one)], by=True)


LISTS: Mapping[str, Callable[..., Any]] = {
    ".sort": ordered,
    ".slice": sliced,
    ".flatten": flattened,
    ".distinct": distinct,
    ".reverse": lambda value: value[::-1] if kind_of(value) == "string" else items(value)[::-1],
    "lists.range": places,
    "sets.contains": includes,
    "sets.intersects": intersects,
    "sets.equivalent": lambda one, other: includes(one, other) and includes(other, one),
}
