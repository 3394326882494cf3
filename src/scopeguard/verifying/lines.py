"""Values of the kinds that have an order, and which of them stand for all others between given points.

All of it is worked out in exact fractions: of numbers they are the numbers themselves, of times nanoseconds. So nothing is
lost where doubles are far apart, and nothing overflows.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import chain, pairwise
from math import ceil, floor, inf, isfinite, nextafter
from sys import float_info
from types import MappingProxyType
from typing import Any, Final

from scopeguard.limits import MAX_SAFE_INTEGER
from scopeguard.semantics.times import EPOCH, SECOND, duration_nanoseconds, nanoseconds, timestamp_of

_HOUR: Final = 3600 * SECOND
_MICROSECOND: Final = 1000
_EXACT_DOUBLES: Final = 2**53
"""From here on there are whole numbers that are no double."""


@dataclass(frozen=True, slots=True)
class Line:
    """The values of one kind, in their order, as fractions.

    *near* is a readable value of the kind close to a point; *above* and *below* are the next ones beyond a point, whether
    readable or not. Readable values are *step* apart. Any of them may be beyond *least* or *greatest*.
    """

    least: Fraction
    greatest: Fraction
    step: int
    near: Callable[[Fraction], Fraction]
    above: Callable[[Fraction], Fraction | None]
    below: Callable[[Fraction], Fraction | None]
    value: Callable[[Fraction], Any]

    def holds(self, point: Fraction) -> bool:
        """Whether a point is a value of the kind."""
        return self.least <= point <= self.greatest and self._at_least(point) == point

    def shared(self, points: Iterable[Fraction]) -> Iterator[Fraction]:
        """For each point the first value that is not below it."""
        found = (self._at_least(max(point, self.least)) for point in points)
        return (each for each in found if each is not None and each <= self.greatest)

    def _at_least(self, point: Fraction) -> Fraction | None:
        below = self.below(point)
        return self.above(point) if below is None else self.above(below)

    def inside(self, low: Fraction | None, high: Fraction | None, count: int) -> list[Fraction]:
        """*count* values between two points, or all where there are fewer; readable ones where there are enough."""
        found = {
            point
            for point in map(self.near, self._readable(low, high, count))
            if self._is_inside(point, low, high)
        }  # fmt: skip
        if len(found) < count:
            found.update(self._next(low, high, count))
        return sorted(found)

    def ends(self, low: Fraction | None, high: Fraction | None) -> set[Fraction]:
        """The lowest and the highest value between two points."""
        lowest = self.least if low is None else next(self._next(low, high, 1), None)
        highest = self.greatest if high is None else next(self._next(None, high, 1), None)
        return {each for each in (lowest, highest) if each is not None and self._is_inside(each, low, high)}

    def _is_inside(self, point: Fraction, low: Fraction | None, high: Fraction | None) -> bool:
        above = point >= self.least if low is None else point > max(low, self.least - 1)
        return above and (point <= self.greatest if high is None else point < high) and self.holds(point)

    def _readable(self, low: Fraction | None, high: Fraction | None, count: int) -> Iterator[Fraction]:
        for number in range(1, count + 1):
            if low is not None:
                yield low + self.step * number
            if high is not None:
                yield high - self.step * number
            if low is not None and high is not None:
                yield low + (high - low) * number / (count + 1)

    def _next(self, low: Fraction | None, high: Fraction | None, count: int) -> Iterator[Fraction]:
        """The *count* values right above *low*; right below *high* where *low* is None."""
        beyond = self.below if low is None else self.above
        point = high if low is None else low
        for _ in range(count):
            point = None if point is None else beyond(point)
            if point is None or not self._is_inside(point, low, high):
                return
            yield point
