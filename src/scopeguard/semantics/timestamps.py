"""Timestamps and durations: exact to the nanosecond, whatever Python's types can hold.

Python counts microseconds. A value that needs more is a ``Timestamp`` or a ``Duration``; every other
one is a plain ``datetime`` or ``timedelta``. All arithmetic is done on whole nanoseconds.

Sources: the definition of CEL ("Timezones", "Overflow", "List of Standard Definitions"), the ranges of
google.protobuf.Timestamp and google.protobuf.Duration, RFC 3339, and the syntax of Go's durations.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Self

from scopeguard.errors import EvaluationError, quoted
from scopeguard.limits import MAX_SAFE_INTEGER

SECOND: Final = 10**9
"""In nanoseconds, as every count of this module."""

TIMESTAMP_RANGE: Final = "timestamp out of range"
DURATION_RANGE: Final = "duration out of range"

_DAY: Final = 86_400 * SECOND
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIMESTAMP_MIN: Final = -62_135_596_800 * SECOND
_TIMESTAMP_MAX: Final = 253_402_300_800 * SECOND - 1
_DURATION_MAX: Final = 315_576_000_000 * SECOND
# The calendar, with its days of the week, repeats itself after so many days.
CYCLE_YEARS: Final = 400
CYCLE: Final = timedelta(days=146_097)


class _Exact:
    """Comparison by nanoseconds, for a subclass of a type that compares by microseconds."""

    __slots__ = ()

    def _counts(self, other: object) -> tuple[int, int] | None:
        raise NotImplementedError

    def _compared(self, other: object, test: Callable[[int, int], bool]) -> bool:
        counts = self._counts(other)
        return NotImplemented if counts is None else test(*counts)

    def __eq__(self, other: object) -> bool:
        return self._compared(other, operator.eq)

    def __ne__(self, other: object) -> bool:
        return self._compared(other, operator.ne)

    def __lt__(self, other: Any) -> bool:
        return self._compared(other, operator.lt)

    def __le__(self, other: Any) -> bool:
        return self._compared(other, operator.le)

    def __gt__(self, other: Any) -> bool:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Any) -> bool:
        return self._compared(other, operator.ge)

    def __hash__(self) -> int:
        raise NotImplementedError


def _checked(nanosecond: int) -> int:
    if not 0 <= nanosecond <= 999:
        raise ValueError("nanosecond must be in 0..999")
    return nanosecond


class Timestamp(_Exact, datetime):
    """An aware ``datetime`` and *nanosecond* more, 0 to 999. Made by ``timestamp_of``.

    Comparing, hashing and copying are exact; the arithmetic of ``datetime`` drops the nanoseconds.
    """

    __slots__ = ("nanosecond",)
    nanosecond: int

    def __new__(cls, *parts: Any, nanosecond: int = 0, **named: Any) -> Self:
        """As the base class has it; ValueError for a *nanosecond* out of 0 to 999."""
        made = super().__new__(cls, *parts, **named)
        made.nanosecond = _checked(nanosecond)
        return made

    def _counts(self, other: object) -> tuple[int, int] | None:
        aware = isinstance(other, datetime) and other.utcoffset() is not None
        return (nanoseconds(self), nanoseconds(other)) if aware else None  # type: ignore[arg-type]  # just tested

    def __hash__(self) -> int:
        return hash(nanoseconds(self)) if self.nanosecond else datetime.__hash__(self)

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[[int], datetime], tuple[int]]:
        return timestamp_of, (nanoseconds(self),)

    def __repr__(self) -> str:
        return f"Timestamp({timestamp_text(self)})"


class Duration(_Exact, timedelta):
    """A ``timedelta`` and *nanosecond* more, 0 to 999. Made by ``duration_of``.

    Comparing, hashing and copying are exact; the arithmetic of ``timedelta`` drops the nanoseconds.
    """

    __slots__ = ("nanosecond",)
    nanosecond: int

    def __new__(cls, *parts: Any, nanosecond: int = 0, **named: Any) -> Self:
        """As the base class has it; ValueError for a *nanosecond* out of 0 to 999."""
        made = super().__new__(cls, *parts, **named)
        made.nanosecond = _checked(nanosecond)
        return made

    def _counts(self, other: object) -> tuple[int, int] | None:
        return (duration_nanoseconds(self), duration_nanoseconds(other)) if isinstance(other, timedelta) else None

    def __hash__(self) -> int:
        return hash(duration_nanoseconds(self)) if self.nanosecond else timedelta.__hash__(self)

    def __bool__(self) -> bool:
        return duration_nanoseconds(self) != 0

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[[int], timedelta], tuple[int]]:
        return duration_of, (duration_nanoseconds(self),)

    def __repr__(self) -> str:
        return f"Duration({duration_text(self)})"


def nanoseconds(moment: datetime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z. Raises EvaluationError for a datetime without a time zone."""
    if moment.utcoffset() is None:
        raise EvaluationError("a timestamp without a time zone")
    return duration_nanoseconds(moment - EPOCH) + (moment.nanosecond if isinstance(moment, Timestamp) else 0)


def timestamp_of(count: int) -> datetime:
    """The timestamp *count* nanoseconds after 1970-01-01T00:00:00Z, in UTC.

    Raises EvaluationError before 0001-01-01T00:00:00Z and after 9999-12-31T23:59:59.999999999Z.
    """
    if not _TIMESTAMP_MIN <= count <= _TIMESTAMP_MAX:
        raise EvaluationError(TIMESTAMP_RANGE)
    microseconds, rest = divmod(count, 1000)
    plain = EPOCH + timedelta(microseconds=microseconds)
    if not rest:
        return plain
    date, time = (plain.year, plain.month, plain.day), (plain.hour, plain.minute, plain.second, plain.microsecond)
    return Timestamp(*date, *time, UTC, nanosecond=rest)


def duration_nanoseconds(span: timedelta) -> int:
    """The whole of *span* in nanoseconds."""
    count = span.days * _DAY + span.seconds * SECOND + span.microseconds * 1000
    return count + (span.nanosecond if isinstance(span, Duration) else 0)


def duration_of(count: int) -> timedelta:
    """The duration of *count* nanoseconds. Raises EvaluationError beyond 315,576,000,000 s either way."""
    if abs(count) > _DURATION_MAX:
        raise EvaluationError(DURATION_RANGE)
    microseconds, rest = divmod(count, 1000)
    plain = timedelta(microseconds=microseconds)
    return Duration(plain.days, plain.seconds, plain.microseconds, nanosecond=rest) if rest else plain


_TIMESTAMP_TEXT: Final = (
    r"(?a)(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))"
)
# One letter of each pair of look-alikes: U+00B5 MICRO SIGN and U+03BC GREEK SMALL LETTER MU.
_UNITS: Final[Mapping[str, int]] = MappingProxyType({
    "ns": 1,
    "us": 1000,
    "\u00b5s": 1000,
    "\u03bcs": 1000,
    "ms": 10**6,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
})  # fmt: skip
_DURATION_PART: Final = rf"(?a)(\d*+)(?:\.(\d*+))?+({'|'.join(_UNITS)})"
_WHOLE_DIGITS: Final = len(str(_DURATION_MAX))
_FRACTION_DIGITS: Final = 30


def parse_timestamp(text: str) -> datetime:
    """The timestamp that *text* names as RFC 3339 has it, with up to nine digits after the second.

    As in Go, ``T`` and ``Z`` are capitals and no minute has a second 60. Raises EvaluationError.
    """
    found = re.fullmatch(_TIMESTAMP_TEXT, text)
    if found is None:
        raise EvaluationError(f"{quoted(text)} is not a timestamp")
    year, *rest = (int(part) for part in found.groups()[:6])
    try:
        # Python has no year 0, where an offset can still lead to a moment of year 1.
        plain = datetime(year or CYCLE_YEARS, *rest, tzinfo=UTC)  # type: ignore[arg-type, misc]  # five numbers
    except ValueError as error:
        raise EvaluationError(f"{quoted(text)} is not a timestamp") from error
    count = nanoseconds(plain) + int((found[7] or "").ljust(9, "0"))
    if not year:
        count -= duration_nanoseconds(CYCLE)
    if found[8]:
        offset = (int(found[9]) * 60 + int(found[10])) * 60 * SECOND
        count += offset if found[8] == "-" else -offset
    return timestamp_of(count)


def parse_duration(text: str) -> timedelta:
    """The duration that *text* names in Go's syntax: ``1h45m47s``, ``1.5s``, ``-1ns``, ``100us``, ``0``.

    What is less than a nanosecond is dropped from each part, and digits of a fraction after the
    thirtieth do not count. Raises EvaluationError.
    """
    start = 1 if text[:1] in {"+", "-"} else 0
    if text[start:] == "0":
        return timedelta(0)
    part = re.compile(_DURATION_PART)
    count, place = 0, start
    while place < len(text) or place == start:
        found = part.match(text, place)
        if found is None or not (found[1] or found[2]):
            raise EvaluationError(f"{quoted(text)} is not a duration")
        whole, fraction, unit = found[1].lstrip("0"), (found[2] or "")[:_FRACTION_DIGITS], _UNITS[found[3]]
        if len(whole) > _WHOLE_DIGITS:
            raise EvaluationError(DURATION_RANGE)
        count += int(whole or "0") * unit + int(fraction or "0") * unit // 10 ** len(fraction)
        place = found.end()
    return duration_of(-count if text[0] == "-" else count)


def _fraction(count: int) -> str:
    return f".{count:09}".rstrip("0") if count else ""


def timestamp_text(moment: datetime) -> str:
    """*moment* in UTC as RFC 3339 has it, without trailing zeros: ``2009-02-13T23:31:30.5Z``.

    Raises EvaluationError for a moment without a time zone or out of range.
    """
    count = nanoseconds(moment)
    whole = timestamp_of(count - count % SECOND).replace(tzinfo=None)
    return f"{whole.isoformat()}{_fraction(count % SECOND)}Z"


def duration_text(span: timedelta) -> str:
    """*span* in seconds, without trailing zeros: ``6347s``, ``-0.5s``."""
    count = duration_nanoseconds(span)
    whole, rest = divmod(abs(count), SECOND)
    return f"{'-' if count < 0 else ''}{whole}{_fraction(rest)}s"


def later(moment: datetime, span: timedelta) -> datetime:
    """``moment + span``. Raises EvaluationError out of the range of timestamps."""
    return timestamp_of(nanoseconds(moment) + duration_nanoseconds(span))


def earlier(moment: datetime, span: timedelta) -> datetime:
    """``moment - span``. Raises EvaluationError out of the range of timestamps."""
    return timestamp_of(nanoseconds(moment) - duration_nanoseconds(span))


def between(end: datetime, start: datetime) -> timedelta:
    """``end - start``. Raises EvaluationError where 64 bits do not hold its nanoseconds, as in cel-go."""
    count = nanoseconds(end) - nanoseconds(start)
    if not -MAX_SAFE_INTEGER - 1 <= count <= MAX_SAFE_INTEGER:
        raise EvaluationError(DURATION_RANGE)
    return duration_of(count)
