"""Timestamps and durations: text forms, exact arithmetic, calendar fields, ranges; values written by hand."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import cel
from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions import times
from scopeguard.semantics.timestamps import (
    Duration,
    Timestamp,
    duration_nanoseconds,
    duration_of,
    duration_text,
    nanoseconds,
    parse_duration,
    parse_timestamp,
    timestamp_of,
    timestamp_text,
)

FIRST, LAST = -62_135_596_800 * 10**9, 253_402_300_800 * 10**9 - 1
LONGEST = 315_576_000_000 * 10**9
COUNTS = st.integers(FIRST, LAST)
SPANS = st.integers(-LONGEST, LONGEST)
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def applied(name: str, types: str) -> Callable[..., Any]:
    """What applies the one overload of *name* with *types*."""
    (found,) = [
        declaration.apply
        for declaration in times.DECLARATIONS
        if (declaration.name, declaration.types) == (name, types)
    ]
    return found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2001-09-09T01:46:40Z", 1_000_000_000 * 10**9),
        ("2001-09-09T01:46:40.5Z", 1_000_000_000_500_000_000),
        ("2001-09-09T03:46:40+02:00", 1_000_000_000 * 10**9),
        ("2001-09-08T16:16:40-09:30", 1_000_000_000 * 10**9),
        ("0001-01-01T00:00:00Z", FIRST),
        ("0000-12-31T23:00:00-01:00", FIRST),
        ("9999-12-31T23:59:59.999999999Z", LAST),
        ("2000-02-29T00:00:00Z", 951_782_400 * 10**9),
    ],
)
def test_reads_timestamps(text: str, count: int) -> None:
    """RFC 3339 with fractions and offsets, up to both ends of the range."""
    assert nanoseconds(parse_timestamp(text)) == count


@pytest.mark.parametrize(
    "text",
    [
        "", "2001-09-09", "2001-09-09T01:46:40", "2001-09-09 01:46:40Z", "2001-09-09t01:46:40Z", "2001-09-09T01:46:40z",
        "2001-09-09T1:46:40Z", "2001-09-09T01:46Z", "2001-09-09T01:46:40.Z", "2001-09-09T01:46:40,5Z",
        "2001-09-09T01:46:40.1234567890Z", "2001-02-29T00:00:00Z", "2001-13-01T00:00:00Z", "2001-09-09T24:00:00Z",
        "2001-09-09T23:59:60Z", "2001-09-09T01:46:40+24:00", "2001-09-09T01:46:40+01:60", "2001-09-09T01:46:40+0100",
        "2001-09-09T01:46:40Z\n", "12001-09-09T01:46:40Z", "\uff12001-09-09T01:46:40Z", "2" * 1_000_000,
    ],
)  # fmt: skip
def test_refuses_what_is_no_timestamp(text: str) -> None:
    """Anything else than the exact form, and days or times that do not exist."""
    with pytest.raises(EvaluationError, match="is not a timestamp"):
        parse_timestamp(text)


@pytest.mark.parametrize("text", ["0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
def test_refuses_timestamps_out_of_range(text: str) -> None:
    """A well-formed text of a moment beyond the range."""
    with pytest.raises(EvaluationError, match="timestamp out of range"):
        parse_timestamp(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0), ("+0", 0), ("-0", 0), ("0s", 0), ("1ns", 1), ("-1ns", -1), ("+2us", 2000), ("2\u00b5s", 2000),
        ("2\u03bcs", 2000), ("3ms", 3_000_000), ("1s", 10**9), ("1m", 60 * 10**9), ("1h", 3600 * 10**9),
        ("1h45m47s", 6347 * 10**9), ("1.5s", 1_500_000_000), (".5s", 500_000_000), ("1.s", 10**9), ("-1.5h", -5400 * 10**9),
        ("1m1m", 120 * 10**9), ("0.9ns", 0), ("1.9ns", 1), ("0.1us0.1us", 200), ("000000000000000000000000000001s", 10**9),
        ("315576000000s", LONGEST), ("-315576000000s", -LONGEST), ("0." + "3" * 100_000 + "s", 333_333_333),
    ],
)  # fmt: skip
def test_reads_durations(text: str, count: int) -> None:
    """Go's syntax: units, fractions, sums, signs."""
    assert duration_nanoseconds(parse_duration(text)) == count


@pytest.mark.parametrize(
    "text",
    [
        "", "+", "-", "1", "s", ".s", "1x", "1 s", "1s ", "--1s", "1s-1s", "1d", "1S", "00", "1e3s", "1_0s", "1h2", "\u0661s", "1s\n",
        "1" * 1_000_000, "." * 1_000_000, "1s" * 300_000 + "x",
    ],
)  # fmt: skip
def test_refuses_what_is_no_duration(text: str) -> None:
    """Missing numbers or units, unknown units, signs inside."""
    with pytest.raises(EvaluationError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text", ["315576000000.000000001s", "-315576000001s", "9" * 1_000_000 + "s", "315576000000s1ns"]
)
def test_refuses_durations_out_of_range(text: str) -> None:
    """More than 315,576,000,000 seconds either way."""
    with pytest.raises(EvaluationError, match="duration out of range"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0s"), (1, "0.000000001s"), (-1, "-0.000000001s"), (6347 * 10**9, "6347s"), (1_500_000_000, "1.5s"),
        (-1_500_000_000, "-1.5s"), (10 * 10**9, "10s"),
    ],
)  # fmt: skip
def test_writes_durations(count: int, text: str) -> None:
    """Seconds without trailing zeros."""
    assert duration_text(duration_of(count)) == text


def test_writes_timestamps_in_utc() -> None:
    """Four digits of the year, no trailing zeros, whatever the offset was."""
    assert timestamp_text(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    assert (
        timestamp_text(datetime(2001, 9, 9, 3, 46, 40, 120_000, timezone(timedelta(hours=2))))
        == "2001-09-09T01:46:40.12Z"
    )
    assert timestamp_text(timestamp_of(LAST)) == "9999-12-31T23:59:59.999999999Z"
    assert repr(timestamp_of(1)) == "Timestamp(1970-01-01T00:00:00.000000001Z)"
    assert repr(duration_of(-1)) == "Duration(-0.000000001s)"


def test_a_datetime_without_a_zone_is_no_timestamp() -> None:
    """Nothing guesses the zone."""
    naive = datetime(2001, 9, 9)  # noqa: DTZ001  # that is the point
    for use in (nanoseconds, timestamp_text, applied("getHours", "timestamp -> int")):
        with pytest.raises(EvaluationError, match="a timestamp without a time zone"):
            use(naive)
    assert timestamp_of(1) != naive
    with pytest.raises(TypeError):
        _ = timestamp_of(1) < naive


def test_a_datetime_before_year_one_in_utc_is_out_of_range() -> None:
    """Python holds a few moments that are no timestamps."""
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    for use in (timestamp_text, applied("getFullYear", "timestamp -> int")):
        with pytest.raises(EvaluationError, match="timestamp out of range"):
            use(early)


@given(COUNTS)
def test_timestamps_survive_their_text(count: int) -> None:
    """Count, value and text of a timestamp name one moment."""
    moment = timestamp_of(count)
    assert isinstance(moment, Timestamp) is (count % 1000 != 0)
    assert nanoseconds(moment) == count
    assert nanoseconds(parse_timestamp(timestamp_text(moment))) == count


@given(SPANS)
def test_durations_survive_their_text(count: int) -> None:
    """Count, value and text of a duration name one span."""
    span = duration_of(count)
    assert isinstance(span, Duration) is (count % 1000 != 0)
    assert duration_nanoseconds(span) == count
    assert duration_nanoseconds(parse_duration(duration_text(span))) == count


@pytest.mark.parametrize("make", [timestamp_of, duration_of])
@given(count=st.integers(-(10**18), 10**18), step=st.integers(-2000, 2000))
def test_values_compare_by_their_nanoseconds(make: Callable[[int], Any], count: int, step: int) -> None:
    """Comparing, hashing, truth and copying are those of the count."""
    other = count + step
    left, right = make(count), make(other)
    assert (left == right) is (count == other)
    assert (left != right) is (count != other)
    assert (left < right) is (count < other)
    assert (left <= right) is (count <= other)
    assert (left > right) is (count > other)
    assert (left >= right) is (count >= other)
    assert hash(left) == hash(make(count))
    assert bool(left) is (count != 0 or make is timestamp_of)
    for copied in (copy.deepcopy(left), pickle.loads(pickle.dumps(left))):  # noqa: S301  # our own bytes
        assert copied == left
        assert type(copied) is type(left)


@given(COUNTS, ZONES)
def test_the_offset_of_a_timestamp_does_not_matter(count: int, zone: timezone) -> None:
    """One moment in two offsets is one value."""
    try:
        other = timestamp_of(count - count % 1000).astimezone(zone)
    except OverflowError:
        return
    parts = (other.year, other.month, other.day, other.hour, other.minute, other.second, other.microsecond)
    moment = Timestamp(*parts, zone, nanosecond=count % 1000)
    assert moment == timestamp_of(count)
    assert hash(moment) == hash(timestamp_of(count))
    assert timestamp_text(moment) == timestamp_text(timestamp_of(count))


def test_nanoseconds_of_a_value_are_bounded() -> None:
    """A value takes 0 to 999 nanoseconds, and is equal to nothing of another type."""
    with pytest.raises(ValueError, match="nanosecond"):
        Timestamp(2001, 9, 9, tzinfo=UTC, nanosecond=1000)
    with pytest.raises(ValueError, match="nanosecond"):
        Duration(1, nanosecond=-1)
    assert timestamp_of(1) != "1970"
    assert duration_of(1) != 1


MOMENT = parse_timestamp("2023-12-31T22:58:57.123456789Z")
FIELDS = {
    "getFullYear": (2023, 2024), "getMonth": (11, 0), "getDate": (31, 1), "getDayOfMonth": (30, 0), "getDayOfWeek": (0, 1),
    "getDayOfYear": (364, 0), "getHours": (22, 4), "getMinutes": (58, 28), "getSeconds": (57, 57), "getMilliseconds": (123, 123),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_reads_calendar_and_clock(name: str) -> None:
    """Every field, in UTC, in a named zone and at an offset."""
    utc, kolkata = FIELDS[name]
    in_utc, in_zone = applied(name, "timestamp -> int"), applied(name, "timestamp, string -> int")
    assert in_utc(MOMENT) == utc
    assert (
        in_utc(timestamp_of(nanoseconds(MOMENT)).replace(microsecond=123_000).astimezone(ZoneInfo("Asia/Tokyo"))) == utc
    )
    for zone in ("UTC", "+00:00", "-00:00", "00:00", "Etc/GMT"):
        assert in_zone(MOMENT, zone) == utc
    for zone in ("Asia/Kolkata", "+05:30", "05:30"):
        assert in_zone(MOMENT, zone) == kolkata


@pytest.mark.parametrize(
    ("text", "zone", "hour"),
    [
        ("2023-07-01T12:00:00Z", "America/New_York", 8),
        ("2023-12-01T12:00:00Z", "America/New_York", 7),
        ("2023-11-05T05:30:00Z", "America/New_York", 1),
        ("2023-11-05T06:30:00Z", "America/New_York", 1),
        ("2023-07-01T12:00:00Z", "-09:30", 2),
        ("2023-07-01T12:00:00Z", "America/Argentina/Buenos_Aires", 9),
        ("2023-07-01T12:00:00Z", "Etc/GMT+5", 7),
    ],
)
def test_reads_the_clock_of_a_zone(text: str, zone: str, hour: int) -> None:
    """Summer time, repeated hours, names of three parts."""
    assert applied("getHours", "timestamp, string -> int")(parse_timestamp(text), zone) == hour


@pytest.mark.parametrize(
    ("text", "zone", "year", "weekday", "day"),
    [
        ("9999-12-31T23:00:00Z", "+02:00", 10000, 6, 1),
        ("9999-12-31T23:00:00Z", "-02:00", 9999, 5, 31),
        ("0001-01-01T01:00:00Z", "-02:00", 0, 0, 31),
        ("0001-01-01T01:00:00Z", "America/New_York", 0, 0, 31),
    ],
)
def test_zones_lead_out_of_the_years_of_python(text: str, zone: str, year: int, weekday: int, day: int) -> None:
    """A zone may show year 0 or 10000."""
    moment = parse_timestamp(text)
    assert applied("getFullYear", "timestamp, string -> int")(moment, zone) == year
    assert applied("getDayOfWeek", "timestamp, string -> int")(moment, zone) == weekday
    assert applied("getDate", "timestamp, string -> int")(moment, zone) == day


@pytest.mark.parametrize(
    "zone",
    [
        "", "Mars/Olympus", "America", "../UTC", "/etc/passwd", "America/../UTC", "Europe//Paris", "./UTC", "UTC\0", "UTC\n",
        "right/UTC", "posix/UTC", "localtime", "posixrules", "Local", "zone.tab", "+24:00", "+2:00", "+02:60", "++02:00", "02:00:00",
        "+0200", "+02:", ":", "é", "A" * 1_000_000,
    ],
)  # fmt: skip
def test_refuses_what_is_no_zone(zone: str) -> None:
    """Unknown names, paths, what differs between machines, malformed offsets."""
    with pytest.raises(EvaluationError, match="unknown time zone"):
        applied("getHours", "timestamp, string -> int")(MOMENT, zone)


@pytest.mark.parametrize(
    ("text", "hours", "minutes", "seconds", "milliseconds"),
    [
        ("0s", 0, 0, 0, 0),
        ("7384.5678s", 2, 123, 7384, 567),
        ("-7384.5678s", -2, -123, -7384, -567),
        ("-0.9999999s", 0, 0, 0, -999),
        ("59m59.999999999s", 0, 59, 3599, 999),
    ],
)
def test_reads_durations_in_units(text: str, hours: int, minutes: int, seconds: int, milliseconds: int) -> None:
    """Totals cut towards zero, and the milliseconds beside whole seconds."""
    span = parse_duration(text)
    read = [
        applied(name, "duration -> int")(span) for name in ("getHours", "getMinutes", "getSeconds", "getMilliseconds")
    ]
    assert read == [hours, minutes, seconds, milliseconds]


def test_adds_and_subtracts_exactly() -> None:
    """Not a nanosecond is lost."""
    moment, span = parse_timestamp("2024-02-28T23:59:59.999999999Z"), duration_of(2)
    after = parse_timestamp("2024-02-29T00:00:00.000000001Z")
    assert applied("_+_", "timestamp, duration -> timestamp")(moment, span) == after
    assert applied("_+_", "duration, timestamp -> timestamp")(span, moment) == after
    assert applied("_-_", "timestamp, duration -> timestamp")(after, span) == moment
    assert applied("_-_", "timestamp, timestamp -> duration")(after, moment) == span
    assert applied("_-_", "timestamp, timestamp -> duration")(moment, after) == duration_of(-2)
    assert applied("_+_", "duration, duration -> duration")(span, duration_of(-3)) == duration_of(-1)
    assert applied("_-_", "duration, duration -> duration")(span, duration_of(1003)) == duration_of(-1001)


@pytest.mark.parametrize(
    ("name", "types", "left", "right"),
    [
        ("_+_", "timestamp, duration -> timestamp", timestamp_of(LAST), duration_of(1)),
        ("_+_", "duration, timestamp -> timestamp", duration_of(-1), timestamp_of(FIRST)),
        ("_-_", "timestamp, duration -> timestamp", timestamp_of(FIRST), duration_of(1)),
        ("_-_", "timestamp, timestamp -> duration", timestamp_of(2**63), timestamp_of(0)),
        ("_-_", "timestamp, timestamp -> duration", timestamp_of(-(2**63) - 1), timestamp_of(0)),
        ("_+_", "duration, duration -> duration", duration_of(LONGEST), duration_of(1)),
        ("_-_", "duration, duration -> duration", duration_of(-LONGEST), duration_of(1)),
        ("_+_", "duration, duration -> duration", timedelta.max, timedelta.max),
    ],
)
def test_refuses_results_out_of_range(name: str, types: str, left: object, right: object) -> None:
    """Arithmetic that leaves the range has no value."""
    with pytest.raises(EvaluationError, match="out of range"):
        applied(name, types)(left, right)


def test_the_farthest_timestamps_that_can_be_subtracted() -> None:
    """The difference fits 64 bits of nanoseconds."""
    subtract = applied("_-_", "timestamp, timestamp -> duration")
    assert subtract(timestamp_of(2**63 - 1), timestamp_of(0)) == duration_of(2**63 - 1)
    assert subtract(timestamp_of(-(2**63)), timestamp_of(0)) == duration_of(-(2**63))


@pytest.mark.parametrize(("kind", "make"), [("timestamp", timestamp_of), ("duration", duration_of)])
def test_orders_values(kind: str, make: Callable[[int], Any]) -> None:
    """All four orders, below, at and above."""
    less, same, more = make(-1), make(0), make(1)
    expected = {
        "_<_": (True, False, False),
        "_<=_": (True, True, False),
        "_>_": (False, False, True),
        "_>=_": (False, True, True),
    }
    for name, answers in expected.items():
        test = applied(name, f"{kind}, {kind} -> bool")
        assert (test(less, same), test(same, same), test(more, same)) == answers


def test_orders_the_two_turns_of_a_repeated_hour() -> None:
    """Order follows the moments, not the clocks."""
    # Python compares the clocks of two datetimes in one zone, which show the same here.
    zone = ZoneInfo("America/New_York")
    first, second = datetime(2023, 11, 5, 1, 30, tzinfo=zone), datetime(2023, 11, 5, 1, 30, tzinfo=zone, fold=1)
    assert applied("_<_", "timestamp, timestamp -> bool")(first, second)
    assert applied("_-_", "timestamp, timestamp -> duration")(second, first) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("(at + duration(n)) - at", 7),
        ("at - (at + duration(n))", -7),
        ("(timestamp(n) + duration(n)) - (timestamp(-1) - duration(n))", 8_000_000_014),
        ("cel.bind(later, at + duration(n), later - at)", 7),
        ("(n > 0 ? at + duration(n) : at) - at", 7),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_what_a_call_gives_keeps_its_nanoseconds(source: str, count: int, check: bool) -> None:
    """A timestamp that was calculated is subtracted whole by generated code, which has Python's own operator for most."""
    expression = cel.compile(source, {"at": "timestamp", "n": "int"}, check=check)
    assert expression.is_compiled
    at = datetime(2024, 1, 1, tzinfo=UTC)
    assert expression.evaluate({"at": at, "n": 7}) == Duration(microseconds=count // 1000, nanosecond=count % 1000)
