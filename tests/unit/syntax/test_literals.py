"""Literals: every kind, every escape, every bound; values written by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard.syntax.expression import Literal, LiteralValue, UInt
from scopeguard.syntax.literals import encode
from scopeguard.syntax.parser import ExpressionError, parse_condition

VALUES: list[tuple[str, LiteralValue]] = [
    ("null", None),
    ("true", True),
    ("false", False),
    ("0", 0),
    ("007", 7),
    ("9223372036854775807", 2**63 - 1),
    ("-9223372036854775808", -(2**63)),
    ("0x1F", 31),
    ("0xff", 255),
    ("-0x8000000000000000", -(2**63)),
    ("0u", UInt(0)),
    ("12U", UInt(12)),
    ("0xFFu", UInt(255)),
    ("18446744073709551615u", UInt(2**64 - 1)),
    ("1.5", 1.5),
    (".5", 0.5),
    ("1e3", 1000.0),
    ("1.5E-2", 0.015),
    ("-1.5e+2", -150.0),
    ("-0.0", -0.0),
    ("''", ""),
    ('""', ""),
    ("''''''", ""),
    ("'a\"b'", 'a"b'),
    ('"a\'b"', "a'b"),
    ("'''a'b''c'''", "a'b''c"),
    ('"""a"b\n\r\nc"""', 'a"b\n\r\nc'),
    (r"'\a\b\f\n\r\t\v'", "\a\b\f\n\r\t\v"),
    (r"'\\\?\"\'\`'", "\\?\"'`"),
    (r"'\x41\X41\101\u0041\U00000041'", "AAAAA"),
    (r"'\xff\377'", "ÿÿ"),
    (r"'\U0001F62C'", "\U0001f62c"),
    (r"'\uD7FF\uE000'", "\ud7ff\ue000"),
    (r"r'\uD83D'", "\\uD83D"),
    (r"r'\n'", "\\n"),
    (r'R"\"', "\\"),
    ("b'abc'", b"abc"),
    ("b'ÿ'", b"\xc3\xbf"),
    (r"b'\xff\377'", b"\xff\xff"),
    (r"b'\x00\n'", b"\x00\n"),
    ('B"""a"b"""', b'a"b'),
    (r"br'\n'", b"\\n"),
    (r"bR'\xff'", b"\\xff"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: LiteralValue) -> None:
    """A literal has the value, and the type, written beside it."""
    assert parse_condition(text) == Literal(value)


REFUSED = [
    ("9223372036854775808", 0, "out of the range of int"),
    ("a == -9223372036854775809", 5, "out of the range of int"),
    ("0x8000000000000000", 0, "out of the range of int"),
    ("18446744073709551616u", 0, "out of the range of uint"),
    ("1" * 4000, 0, "out of the range of int"),
    ("1e999", 0, "out of the range of double"),
    ("-1e999", 0, "out of the range of double"),
    (r"'a\q'", 2, "unknown escape"),
    (r"'\x4'", 1, "unknown escape"),
    (r"'\8'", 1, "unknown escape"),
    (r"'\400'", 1, "unknown escape"),
    (r"'\u123'", 1, "unknown escape"),
    (r"'\U00110000'", 1, "unknown escape"),
    (r"'''abc\q'''", 6, "unknown escape"),
    (r"b'\u0041'", 2, "unknown escape"),
    (r"b'\U00000041'", 2, "unknown escape"),
    (r"x + '\uD83D'", 5, "surrogate"),
    (r"'a\uD83D\uDE2C'", 2, "surrogate"),
    (r"'\uDE2C'", 1, "surrogate"),
    (r"'\ud800'", 1, "surrogate"),
    (r"'\uDFFF'", 1, "surrogate"),
    (r"'\U0000D800'", 1, "surrogate"),
    (r"'\U0000dfff'", 1, "surrogate"),
    (r"'''\U0000D83D\U0000DE2C'''", 3, "surrogate"),
    (r"b'\uD83D'", 2, "unknown escape"),
    ("'\ud83d'", 1, "surrogate"),
    ("'abc", 0, "not closed"),
    ('a == "abc', 5, "not closed"),
    ('"""abc"', 0, "not closed"),
    ("'a\nb'", 0, "not closed"),
    ("r'abc\r'", 1, "not closed"),
    ("b'abc", 1, "not closed"),
    ("1.", 2, "unexpected end"),
    ("0x", 1, 'unexpected "x"'),
    ("1u2", 2, 'unexpected "2"'),
    ("rb'a'", 2, "unexpected \"'a'\""),
]


@pytest.mark.parametrize(("text", "offset", "message"), REFUSED)
def test_refused(text: str, offset: int, message: str) -> None:
    """What is no literal, or out of range, is refused at its place."""
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text)
    assert (caught.value.code, caught.value.offset) == ("SG501", offset)
    assert message in caught.value.message


def test_raw_strings_keep_their_backslashes_and_end_at_the_first_quote() -> None:
    """A backslash before the closing quote of a raw string does not keep it open."""
    assert parse_condition(r"r'\' + 'b'") == parse_condition(r"'\\' + 'b'")


CANONICAL: list[tuple[LiteralValue, str]] = [
    (None, "null"),
    (True, "true"),
    (-5, "-5"),
    (UInt(7), "7u"),
    (1e16, "1e+16"),
    (-0.0, "-0.0"),
    (float("inf"), 'double("Infinity")'),
    (float("-inf"), 'double("-Infinity")'),
    (float("nan"), 'double("NaN")'),
    ("it's", '"it\'s"'),
    ('a"\\\n\x00', '"a\\"\\\\\\n\\u0000"'),
    ("é\u202e\U000e0001", '"é\\u202e\\U000e0001"'),
    (b'a"\xff', b'b"a\\"\\xff"'.decode()),
]


@pytest.mark.parametrize(("value", "text"), CANONICAL)
def test_canonical_literals(value: LiteralValue, text: str) -> None:
    """A value is written in one way: double quotes, escapes for what cannot be seen."""
    assert encode(value) == text


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300), st.floats(allow_nan=False, allow_infinity=False)))
def test_strings_bytes_and_doubles_come_back(value: LiteralValue) -> None:
    """The literal of any string, bytes or finite double decodes to the same value."""
    assert parse_condition(encode(value)) == Literal(value)


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1c", "\x1e"])
def test_a_comment_ends_at_a_line_feed_only(end: str) -> None:
    """Whatever else Python or an editor takes for the end of a line belongs to the comment."""
    assert parse_condition(f"a // b{end}&& c") == parse_condition("a")
    assert parse_condition(f"a // b{end}\n&& c") == parse_condition("a && c")
    assert parse_condition("a // b\r\n&& c") == parse_condition("a && c")
