"""Timestamps and durations as texts, and what calendar and clock show, written to be read."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.reference.operators import moment, span
from tests.reference.values import Moment, NoValue, Span, taking

SECOND = 10**9
UNITS = {
    "h": 3600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": 10**6,
    "us": 1000,
    "µs": 1000,
    "μs": 1000,
    "ns": 1,
}  # both letters mu
TIMESTAMP = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
DURATION = r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|μs|ns)"  # as above
START = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(value: str) -> Moment:
    """``timestamp(text)``: RFC 3339, with nine digits after the second at most."""
    found = re.fullmatch(TIMESTAMP, value, re.ASCII)
    if found is None:
        raise NoValue
    clock, fraction, zone = found.groups()
    seconds = (datetime.fromisoformat(f"{clock}+00:00") - START) // timedelta(seconds=1) - offset(zone)
    return moment(seconds * SECOND + int((fraction or "").ljust(9, "0")))


def offset(zone: str) -> int:
    """The seconds that a zone such as ``+01:30`` is ahead."""
    if zone == "Z":
        return 0
    hours, minutes = map(int, zone.lstrip("+-").split(":"))
    return (hours * 3600 + minutes * 60) * (-1 if zone.startswith("-") else 1)


def duration(value: str) -> Span:
    """``duration(text)``: numbers with units, of each of which less than a nanosecond is dropped."""
    unsigned = value[1:] if value[:1] in ("+", "-") else value
    if not re.fullmatch(f"0|({DURATION})+", unsigned, re.ASCII):
        raise NoValue
    count = sum(int(Fraction(f"0{amount}0" if "." in amount else amount) * UNITS[unit])
                for amount, unit in re.findall(DURATION, unsigned, re.ASCII))  # fmt: skip
    return span(-count if value.startswith("-") else count)


def decimals(count: int) -> str:
    """The part of a second, without zeros at its end."""
    return f".{count:09}".rstrip("0") if count else ""


def timestamp_text(value: Moment) -> str:
    """``string(timestamp)``: RFC 3339 in UTC."""
    seconds, rest = divmod(moment(value.count).count, SECOND)
    return f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f"{decimals(rest)}Z"


def duration_text(value: Span) -> str:
    """``string(duration)``: seconds."""
    seconds, rest = divmod(abs(value.count), SECOND)
    return f"{'-' if value.count < 0 else ''}{seconds}{decimals(rest)}s"


def zone_of(name: str) -> tzinfo:
    """A time zone: ahead by so many hours and minutes, or one of the database."""
    if re.fullmatch(r"[+-]?([01]\d|2[0-3]):[0-5]\d", name, re.ASCII):
        return timezone(timedelta(seconds=offset(name)))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoValue from None


PARTS: Mapping[str, Callable[[datetime], int]] = {
    "getFullYear": lambda shown: shown.year,
    "getMonth": lambda shown: shown.month - 1,
    "getDate": lambda shown: shown.day,
    "getDayOfMonth": lambda shown: shown.day - 1,
    "getDayOfWeek": lambda shown: (shown.weekday() + 1) % 7,
    "getDayOfYear": lambda shown: (shown.date() - shown.date().replace(month=1, day=1)).days,
    "getHours": lambda shown: shown.hour,
    "getMinutes": lambda shown: shown.minute,
    "getSeconds": lambda shown: shown.second,
    "getMilliseconds": lambda shown: shown.microsecond // 1000,
}
WHOLES = {"getHours": 3600 * SECOND, "getMinutes": 60 * SECOND, "getSeconds": SECOND}


def getter(name: str) -> Callable[..., Any]:
    """A part of a timestamp, in UTC or in a zone; the whole of a duration in a unit, but for its milliseconds."""

    def part(value: Moment, zone: str = "+00:00") -> int:
        return PARTS[name]((START + timedelta(microseconds=value.count // 1000)).astimezone(zone_of(zone)))

    def whole(value: Span) -> int:
        rest, unit = (abs(value.count), WHOLES[name]) if name in WHOLES else (abs(value.count) % SECOND, 10**6)
        return rest // unit * (-1 if value.count < 0 else 1)

    signatures: dict[str, Callable[..., Any]] = {"timestamp": part, "timestamp string": part}
    return taking(signatures | ({"duration": whole} if name in (*WHOLES, "getMilliseconds") else {}))


TIMES: Mapping[str, Callable[..., Any]] = {f".{name}": getter(name) for name in PARTS}
