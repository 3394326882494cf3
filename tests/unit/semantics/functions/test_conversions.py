"""Conversions between types: text forms, truncation, ranges; values written by hand."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.conversions import DECLARATIONS
from scopeguard.semantics.timestamps import duration_of, parse_duration, parse_timestamp, timestamp_of
from scopeguard.semantics.values import TypeValue, kind_of
from scopeguard.syntax.expression import UInt

MOMENT = parse_timestamp("2001-09-09T01:46:40.000000001Z")


def applied(types: str) -> Callable[[Any], Any]:
    """What applies the conversion with *types*, which is named as its result."""
    (found,) = [declaration.apply for declaration in DECLARATIONS if declaration.types == types]
    return found


VALUES: list[tuple[str, object, object]] = [
    ("uint -> int", UInt(42), 42),
    ("uint -> int", UInt(2**63 - 1), 2**63 - 1),
    ("double -> int", 7.999, 7),
    ("double -> int", -7.999, -7),
    ("double -> int", -0.5, 0),
    ("double -> int", 9223372036854774784.0, 2**63 - 1024),
    ("double -> int", -9223372036854774784.0, -(2**63) + 1024),
    ("string -> int", "12", 12),
    ("string -> int", "+12", 12),
    ("string -> int", "-9223372036854775808", -(2**63)),
    ("string -> int", "9223372036854775807", 2**63 - 1),
    ("string -> int", "0" * 1_000_000 + "7", 7),
    ("timestamp -> int", MOMENT, 1_000_000_000),
    ("timestamp -> int", timestamp_of(-1), -1),
    ("duration -> int", parse_duration("1.5s"), 1_500_000_000),
    ("int -> uint", 0, UInt(0)),
    ("int -> uint", 2**63 - 1, UInt(2**63 - 1)),
    ("double -> uint", 3.99, UInt(3)),
    ("double -> uint", -0.0, UInt(0)),
    ("double -> uint", 18446744073709549568.0, UInt(2**64 - 2048)),
    ("string -> uint", "18446744073709551615", UInt(2**64 - 1)),
    ("int -> double", 3, 3.0),
    ("int -> double", 2**53 + 1, 9007199254740992.0),
    ("uint -> double", UInt(2**64 - 1), 18446744073709551616.0),
    ("bool -> string", True, "true"),
    ("bool -> string", False, "false"),
    ("int -> string", -12, "-12"),
    ("uint -> string", UInt(12), "12"),
    ("bytes -> string", "ж🐱".encode(), "ж🐱"),
    ("timestamp -> string", MOMENT, "2001-09-09T01:46:40.000000001Z"),
    ("duration -> string", parse_duration("1h1ms"), "3600.001s"),
    ("string -> bytes", "ж", b"\xd0\xb6"),
    ("int -> timestamp", -1, timestamp_of(-(10**9))),
    ("string -> timestamp", "1970-01-01T00:00:01Z", timestamp_of(10**9)),
    ("string -> duration", "2ns", duration_of(2)),
    ("int -> duration", 5, duration_of(5)),
    ("A -> dyn", "x", "x"),
    ("A -> type(A)", UInt(1), TypeValue("uint")),
    ("A -> type(A)", MOMENT, TypeValue("google.protobuf.Timestamp")),
    ("A -> type(A)", TypeValue("int"), TypeValue("type")),
]


@pytest.mark.parametrize(("types", "given_value", "expected"), VALUES)
def test_converts(types: str, given_value: object, expected: object) -> None:
    """A value that fits, and its exact kind."""
    result = applied(types)(given_value)
    assert result == expected
    assert kind_of(result) == kind_of(expected)


@pytest.mark.parametrize(
    ("types", "value", "message"),
    [
        ("uint -> int", UInt(2**63), "int overflow"),
        ("double -> int", 9223372036854775808.0, "int overflow"),
        ("double -> int", -9223372036854775808.0, "int overflow"),
        ("double -> int", math.nan, "int overflow"),
        ("double -> int", -math.inf, "int overflow"),
        ("string -> int", "9223372036854775808", "int overflow"),
        ("string -> int", "-9223372036854775809", "int overflow"),
        ("string -> int", "9" * 1_000_000, "int overflow"),
        ("duration -> int", duration_of(2**63), "int overflow"),
        ("int -> uint", -1, "uint overflow"),
        ("double -> uint", -0.1, "uint overflow"),
        ("double -> uint", 18446744073709551616.0, "uint overflow"),
        ("double -> uint", math.nan, "uint overflow"),
        ("string -> uint", "18446744073709551616", "uint overflow"),
        ("string -> double", "1e309", "double out of range"),
        ("string -> double", "-1e999999999999999999999", "double out of range"),
        ("string -> double", "0x1p1024", "double out of range"),
        ("int -> timestamp", 253_402_300_800, "timestamp out of range"),
        ("int -> timestamp", -62_135_596_801, "timestamp out of range"),
        ("bytes -> string", b"a\xff", "invalid utf-8"),
        ("bytes -> string", b"\xed\xa0\x80", "invalid utf-8"),
        ("string -> bytes", "\ud800", "lone surrogate"),
        ("string -> timestamp", "now", '"now" is not a timestamp'),
        ("string -> duration", "1 day", '"1 day" is not a duration'),
    ],
)
def test_refuses_what_does_not_fit(types: str, value: object, message: str) -> None:
    """Beyond a range, or not encodable."""
    with pytest.raises(EvaluationError, match=message):
        applied(types)(value)


@pytest.mark.parametrize(
    "text", ["", "+", "-", "1.0", "1e3", " 1", "1 ", "1\n", "0x1", "1_0", "--1", "\u0661", "true", "1u"]
)
@pytest.mark.parametrize("name", ["int", "uint"])
def test_refuses_what_is_no_whole_number(name: str, text: str) -> None:
    """Only ASCII digits after at most one sign."""
    with pytest.raises(EvaluationError, match=f"is not an? {name}"):
        applied(f"string -> {name}")(text)


@pytest.mark.parametrize("text", ["+1", "-1", "-0"])
def test_a_uint_has_no_sign(text: str) -> None:
    """Not even a plus."""
    with pytest.raises(EvaluationError, match="is not a uint"):
        applied("string -> uint")(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0), ("1", 1.0), ("+1.", 1.0), (".5", 0.5), ("-2.5E-1", -0.25), ("1e40", 1e40), ("1e-400", 0.0),
        ("1_000.5", 1000.5), ("0x1p-2", 0.25), ("0X1.8P+1", 3.0), ("0x_1.8p1", 3.0), ("-0x.8p0", -0.5), ("inf", math.inf),
        ("Inf", math.inf), ("+Infinity", math.inf), ("-INFINITY", -math.inf), ("179769313486231570814527423731704356798070e267", 1.7976931348623157e308),
        ("0." + "0" * 1_000_000 + "1", 0.0), ("1" * 1_000_000 + "e-999999", 1.1111111111111112),
    ],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_reads_doubles(text: str, value: float) -> None:
    """Decimal and hexadecimal forms, underscores between digits, infinities."""
    assert applied("string -> double")(text) == value


def test_reads_signs_of_zero_and_nan() -> None:
    """What ``==`` does not tell."""
    read = applied("string -> double")
    assert math.copysign(1, read("-0.0")) == -1
    assert all(math.isnan(read(text)) for text in ("NaN", "nan", "NAN"))


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "+", "e5", "1e", "1e+", ".e1", " 1", "1 ", "1\n", "1,5", "+NaN", "-nan", "infinit", "Infinity1", "1_", "_1",
        "1__0", "1_.5", "1._5", "1e_5", "0x1", "0x", "0xp1", "0x1p", "1p1", "0x1e1", "1f", "1.0d", "\u0661", "\u0131nf", "1" * 1_000_000 + "x",
        "1_" * 500_000,
    ],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_refuses_what_is_no_double(text: str) -> None:
    """Missing digits, stray underscores, other words."""
    with pytest.raises(EvaluationError, match="is not a double"):
        applied("string -> double")(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (-0.5, "-0.5"), (100000.0, "100000"), (999999.5, "999999.5"), (1e6, "1e+06"),
        (-1234567.0, "-1.234567e+06"), (0.0001, "0.0001"), (0.00001, "1e-05"), (0.00012345, "0.00012345"), (1.5e300, "1.5e+300"),
        (5e-324, "5e-324"), (1e21, "1e+21"), (1 / 3, "0.3333333333333333"), (2.0**63, "9.223372036854776e+18"),
        (math.nan, "NaN"), (math.inf, "+Inf"), (-math.inf, "-Inf"),
    ],
)  # fmt: skip
def test_writes_doubles(value: float, text: str) -> None:
    """Shortest digits; an exponent below -4 and from 6 on."""
    assert applied("double -> string")(value) == text


@pytest.mark.parametrize(
    ("texts", "value"),
    [(("1", "t", "T", "TRUE", "true", "True"), True), (("0", "f", "F", "FALSE", "false", "False"), False)],
)
def test_reads_bools(texts: tuple[str, ...], value: bool) -> None:
    """The six words of each, and no others."""
    assert [applied("string -> bool")(text) for text in texts] == [value] * len(texts)


@pytest.mark.parametrize("text", ["", "tRUE", "yes", "on", "2", " true", "true\n", "FaLsE"])
def test_refuses_what_is_no_bool(text: str) -> None:
    """Other words, spaces, mixed case."""
    with pytest.raises(EvaluationError, match="is not a bool"):
        applied("string -> bool")(text)


@pytest.mark.parametrize("name", ["bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"])
def test_a_value_of_the_type_stays_itself(name: str) -> None:
    """Converting to the same type changes nothing."""
    value = object()
    assert applied(f"{name} -> {name}")(value) is value


def test_each_conversion_is_named_as_its_result() -> None:
    """The name is the type."""
    assert all(each.types.partition(" -> ")[2].partition("(")[0] == each.name for each in DECLARATIONS)


@given(st.floats())
def test_doubles_survive_their_text(value: float) -> None:
    """Every double reads back."""
    read = applied("string -> double")(applied("double -> string")(value))
    assert read == value or (math.isnan(read) and math.isnan(value))


@given(st.integers(-(2**63), 2**63 - 1))
def test_ints_survive_their_text(value: int) -> None:
    """Every int reads back."""
    assert applied("string -> int")(applied("int -> string")(value)) == value


@given(st.integers(0, 2**64 - 1).map(UInt))
def test_uints_survive_their_text(value: UInt) -> None:
    """Every uint reads back."""
    assert applied("string -> uint")(applied("uint -> string")(value)) == value


@given(st.text())
def test_strings_survive_their_bytes(text: str) -> None:
    """Every string without surrogates reads back."""
    assert applied("bytes -> string")(applied("string -> bytes")(text)) == text
