"""Arithmetic and order of times, the calendar and clock of any time zone, and the parts of a duration.

Source: the definition of CEL ("Timezones", "List of Standard Definitions").
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from scopeguard.errors import EvaluationError, pass_on_limit, quoted
from scopeguard.semantics.functions.declarations import Declaration, function, method
from scopeguard.semantics.timestamps import (
    CYCLE,
    CYCLE_YEARS,
    EPOCH,
    SECOND,
    between,
    duration_nanoseconds,
    duration_of,
    earlier,
    later,
    nanoseconds,
    timestamp_of,
)
from scopeguard.syntax import expression as ex

# A name is made of words, so that none leads out of the database; "right/" counts leap seconds, and the
# other three are the choices of one machine.
_ZONE_NAME: Final = (
    r"(?a)(?!(?:right|posix)/|(?:localtime|posixrules|Local)\Z)[A-Za-z][\w+-]{0,63}(?:/[\w+-]{1,64}){0,3}"
)
_ZONE_OFFSET: Final = r"(?a)([+-]?)([01]\d|2[0-3]):([0-5]\d)"

EVERYWHERE: Final = "UTC"
"""A zone that no database is without."""

NO_ZONES: Final = "no time zone database is there; install tzdata"


@lru_cache(maxsize=256)
def _zone(text: str) -> tzinfo:
    # Few packs look at a clock.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  # see above

    if found := re.fullmatch(_ZONE_OFFSET, text):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    if re.fullmatch(_ZONE_NAME, text):
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones is an OSError
            pass_on_limit(error)
            raise EvaluationError(f"unknown time zone {quoted(text)}" if _has_zones() else NO_ZONES) from error
    raise EvaluationError(f"unknown time zone {quoted(text)}")


def _has_zones() -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  # as above

    try:
        ZoneInfo(EVERYWHERE)
    except ZoneInfoNotFoundError:
        return False
    return True


class _Civil(Struct, frozen=True, gc=False):
    """What calendar and clock show. Of *shown*, the year is wrong, since *year* may be 0 or 10000."""

    shown: datetime
    year: int


def _civil(moment: datetime, zone: tzinfo) -> _Civil:
    count = nanoseconds(timestamp_of(nanoseconds(moment)))
    plain = EPOCH + timedelta(microseconds=count // 1000)
    # A time zone may lead out of the years that Python has; the same day of another cycle does not.
    cycles = {1: 1, 9999: -1}.get(plain.year, 0)
    shown = (plain + cycles * CYCLE).astimezone(zone)
    return _Civil(shown, shown.year - cycles * CYCLE_YEARS)


_FIELDS: Final[Mapping[str, Callable[[_Civil], int]]] = MappingProxyType({
    "getFullYear": lambda civil: civil.year,
    "getMonth": lambda civil: civil.shown.month - 1,
    "getDate": lambda civil: civil.shown.day,
    "getDayOfMonth": lambda civil: civil.shown.day - 1,
    "getDayOfWeek": lambda civil: civil.shown.isoweekday() % 7,
    "getDayOfYear": lambda civil: civil.shown.timetuple().tm_yday - 1,
    "getHours": lambda civil: civil.shown.hour,
    "getMinutes": lambda civil: civil.shown.minute,
    "getSeconds": lambda civil: civil.shown.second,
    "getMilliseconds": lambda civil: civil.shown.microsecond // 1000,
})  # fmt: skip
_TOTALS: Final[Mapping[str, int]] = MappingProxyType(
    {"getHours": 3600 * SECOND, "getMinutes": 60 * SECOND, "getSeconds": SECOND}
)


ZONED: Final = frozenset(_FIELDS)
"""The methods that take a time zone."""


def check_zone(text: str) -> str | None:
    """Why no clock can be read in the zone *text*, or None: no such zone, or none that this machine knows."""
    try:
        _zone(text)
    except EvaluationError as error:
        return str(error)
    return None


def _in_utc(field: Callable[[_Civil], int]) -> Callable[[datetime], int]:
    return lambda moment: field(_civil(moment, UTC))


def _in_zone(field: Callable[[_Civil], int]) -> Callable[[datetime, str], int]:
    return lambda moment, zone: field(_civil(moment, _zone(zone)))


def _towards_zero(count: int, unit: int) -> int:
    return -(-count // unit) if count < 0 else count // unit


def _total(unit: int) -> Callable[[timedelta], int]:
    return lambda span: _towards_zero(duration_nanoseconds(span), unit)


def _milliseconds(span: timedelta) -> int:
    """The milliseconds beside the whole seconds: the definition of CEL has "milliseconds from duration, 0-999"."""
    count = duration_nanoseconds(span)
    return _towards_zero(count - _towards_zero(count, SECOND) * SECOND, 10**6)


def _summed(sign: int) -> Callable[[timedelta, timedelta], timedelta]:
    return lambda left, right: duration_of(duration_nanoseconds(left) + sign * duration_nanoseconds(right))


def _ordered(test: Callable[[int, int], bool], count: Callable[[Any], int]) -> Callable[[Any, Any], bool]:
    return lambda left, right: test(count(left), count(right))


_ORDERS: Final[tuple[tuple[str, Callable[[int, int], bool]], ...]] = (
    (ex.LESS, operator.lt),
    (ex.LESS_EQUAL, operator.le),
    (ex.GREATER, operator.gt),
    (ex.GREATER_EQUAL, operator.ge),
)

DECLARATIONS: Final[tuple[Declaration, ...]] = (
    *(method(name, "timestamp -> int", _in_utc(field)) for name, field in _FIELDS.items()),
    *(method(name, "timestamp, string -> int", _in_zone(field)) for name, field in _FIELDS.items()),
    *(method(name, "duration -> int", _total(unit)) for name, unit in _TOTALS.items()),
    method("getMilliseconds", "duration -> int", _milliseconds),
    function(ex.ADD, "timestamp, duration -> timestamp", later),
    function(ex.ADD, "duration, timestamp -> timestamp", lambda span, moment: later(moment, span)),
    function(ex.ADD, "duration, duration -> duration", _summed(1)),
    function(ex.SUBTRACT, "timestamp, timestamp -> duration", between),
    function(ex.SUBTRACT, "timestamp, duration -> timestamp", earlier),
    function(ex.SUBTRACT, "duration, duration -> duration", _summed(-1)),
    *(function(name, "timestamp, timestamp -> bool", _ordered(test, nanoseconds)) for name, test in _ORDERS),
    *(function(name, "duration, duration -> bool", _ordered(test, duration_nanoseconds)) for name, test in _ORDERS),
)
