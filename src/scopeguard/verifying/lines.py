"""Ordered kinds, numbers and times: which of their values stand for all others beside some constants.

Everything is worked out in exact fractions: a number is itself, a time is its nanoseconds. So nothing is lost where
doubles lie far apart, and nothing overflows at the end of a range.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import inf, isfinite, nextafter
from sys import float_info
from types import MappingProxyType
from typing import Any, Final

from scopeguard.limits import MAX_SAFE_INTEGER
from scopeguard.semantics.timestamps import SECOND, duration_nanoseconds, nanoseconds, timestamp_of

_HOUR: Final = 3600 * SECOND
_MICROSECOND: Final = 1000
_SPARSE: Final = 2**53, 2**64
"""Sizes of doubles that stand for several whole numbers in the range of some kind."""


@dataclass(frozen=True, slots=True)
class Line:
    """The values of one kind in their order, as fractions from *least* to *greatest*.

    *beyond* is what is next to a point, above it (1) or below it (-1), be it in the range or not; None where there is
    nothing. *near* is close to a point, and is the point itself where that is a value. Both are values but for the
    range. *steps* are how far apart made-up values are, those that read best first. *made* is the value itself, and
    *middle* where to look when there is no constant.
    """

    least: Fraction
    greatest: Fraction
    steps: tuple[int, ...]
    near: Callable[[Fraction], Fraction]
    beyond: Callable[[Fraction, int], Fraction | None]
    made: Callable[[Fraction], Any]
    middle: Fraction = Fraction(0)

    def around(self, points: Iterable[Fraction], count: int) -> list[Fraction]:
        """The *points* that are values; below, above and in each gap at least *count* others, or all there are."""
        found: set[Fraction] = set()
        for low, high in self._gaps(points):
            found.update(self._inside(low, high, count))
            found.update(point for point in (low, high) if point is not None and self.holds(point))
        return sorted(found)

    def ends(self, points: Iterable[Fraction]) -> set[Fraction]:
        """The lowest and the highest value of each gap."""
        found = {self.least, self.greatest}
        for low, high in self._gaps(points):
            found.update(self._next(low, 1, 1))
            found.update(self._next(high, -1, 1))
        return {point for point in found if self.holds(point)}

    def holds(self, point: Fraction) -> bool:
        """Whether a point is a value."""
        return self.least <= point <= self.greatest and self.near(point) == point

    def _gaps(self, points: Iterable[Fraction]) -> Iterator[tuple[Fraction | None, Fraction | None]]:
        # What lies beyond the range tells none of its values from another.
        known = sorted({point for point in points if self.least <= point <= self.greatest}) or [self.middle]
        return pairwise([None, *known, None])

    def _inside(self, low: Fraction | None, high: Fraction | None, count: int) -> set[Fraction]:
        readable = (map(self.near, _readable(low, high, step, count)) for step in self.steps)
        start, way = (high, -1) if low is None else (low, 1)
        found: set[Fraction] = set()
        for points in (*readable, self._next(start, way, count)):
            between = (point for point in points if (low is None or low < point) and (high is None or point < high))
            found.update(point for point in between if self.holds(point))
            if len(found) >= count:
                break
        return found

    def _next(self, point: Fraction | None, way: int, count: int) -> Iterator[Fraction]:
        for _ in range(count):
            point = None if point is None else self.beyond(point, way)
            if point is not None:
                yield point


def _readable(low: Fraction | None, high: Fraction | None, step: int, count: int) -> Iterator[Fraction]:
    """Points *step* apart from both ends of a gap, and spread over it."""
    for number in range(1, count + 1):
        if low is not None:
            yield low + step * number
        if high is not None:
            yield high - step * number
        if low is not None and high is not None:
            yield low + (high - low) * number / (count + 1)


def _grid(
    low: int,
    high: int,
    made: Callable[[int], Any],
    *,
    unit: int = 1,
    steps: tuple[int, ...] = (1,),
    middle: int = 0,
) -> Line:
    """A line of whole multiples of *unit*."""

    def near(point: Fraction) -> Fraction:
        return Fraction(point // unit * unit)

    def beyond(point: Fraction, way: int) -> Fraction:
        return Fraction((point // unit + 1) * unit if way > 0 else (-(-point // unit) - 1) * unit)

    return Line(Fraction(low), Fraction(high), steps, near, beyond, lambda point: made(int(point)), Fraction(middle))


def _near_double(point: Fraction) -> Fraction:
    return Fraction(float(point))


def _next_double(point: Fraction, way: int) -> Fraction | None:
    found = float(point)
    if (found > point) if way > 0 else (found < point):
        return Fraction(found)
    found = nextafter(found, inf * way)
    return Fraction(found) if isfinite(found) else None


LINES: Final[Mapping[str, Line]] = MappingProxyType({
    "int": _grid(-MAX_SAFE_INTEGER - 1, MAX_SAFE_INTEGER, int),
    # What a host gives is never larger, whatever the language has room for.
    "uint": _grid(0, MAX_SAFE_INTEGER, int),
    "double": Line(Fraction(-float_info.max), Fraction(float_info.max), (1,), _near_double, _next_double, float),
    # Of times a host gives microseconds, though a constant may have nanoseconds.
    "timestamp": _grid(
        nanoseconds(datetime.min.replace(tzinfo=UTC)), nanoseconds(datetime.max.replace(tzinfo=UTC)), timestamp_of,
        unit=_MICROSECOND, steps=(_HOUR, _MICROSECOND), middle=nanoseconds(datetime(2026, 1, 1, 12, tzinfo=UTC)),
    ),
    "duration": _grid(
        duration_nanoseconds(timedelta.min), duration_nanoseconds(timedelta.max),
        lambda count: timedelta(microseconds=count // _MICROSECOND),
        unit=_MICROSECOND, steps=(_HOUR, _MICROSECOND),
    ),
})  # fmt: skip
"""Every ordered kind, with all its values that a request may hold."""


def numbers(kind: str, constants: Iterable[int | float], kinds: Collection[str], count: int) -> list[Any]:
    """Numbers of one kind that stand for all others beside *constants*, for *count* names that are compared.

    Where these names are of several *kinds*, they are two: of each gap they need its ends, and what the kinds share.
    """
    line, points = LINES[kind], frozenset(_points(constants))
    found = line.around(points, count)
    if len(kinds) > 1:
        lines = [LINES[each] for each in sorted(kinds)]
        every = {point for each in lines for point in (*each.around(points, count), *each.ends(points))}
        found += sorted(point for point in every.difference(found) if line.holds(point))
    return [line.made(point) for point in found]


def _points(constants: Iterable[int | float]) -> Iterator[Fraction]:
    for constant in constants:
        if not isfinite(constant):
            continue
        # A whole number is compared with a double as the nearest double: several may be one and the same to it.
        double = float(constant)
        yield from (Fraction(constant), Fraction(double))
        if _SPARSE[0] <= abs(double) <= _SPARSE[1]:
            yield from ((Fraction(double) + Fraction(nextafter(double, way))) / 2 for way in (-inf, inf))


def moments(constants: Iterable[datetime], count: int) -> list[datetime]:
    """Moments that stand for all others beside *constants*, for *count* names together."""
    line = LINES["timestamp"]
    return [line.made(point) for point in line.around({Fraction(nanoseconds(each)) for each in constants}, count)]


def spans(constants: Iterable[timedelta], count: int) -> list[timedelta]:
    """Durations that stand for all others beside *constants*, for *count* names together."""
    line = LINES["duration"]
    return [
        line.made(point) for point in line.around({Fraction(duration_nanoseconds(each)) for each in constants}, count)
    ]
