"""The values of CEL's literals, and the literals of values.

Source: CEL language definition, "Numeric Values" and "String and Bytes Values".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf, isfinite, nan
from types import MappingProxyType
from typing import Final

from scopeguard.errors import quoted
from scopeguard.syntax.expression import LiteralValue, UInt
from scopeguard.syntax.parse_errors import ParseError

_INT_RANGE: Final = (-(2**63), 2**63 - 1)
_UINT_RANGE: Final = (0, 2**64 - 1)

_ESCAPE: Final = (
    r"\\(?:(?P<simple>[abfnrtv\\?\"'`])"
    r"|[xX](?P<octet>[0-9A-Fa-f]{2})"
    r"|(?P<octal>[0-3][0-7]{2})"
    r"|u(?P<short>[0-9A-Fa-f]{4})"
    r"|U(?P<long>[0-9A-Fa-f]{8}))"
)
_SIMPLE: Final[Mapping[str, str]] = MappingProxyType(
    {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {char: char for char in "\\?\"'`"}
)
_WRITTEN: Final[Mapping[str, str]] = MappingProxyType(
    {_SIMPLE[letter]: f"\\{letter}" for letter in 'abfnrtv\\"'},
)
_BARE: Final = r"[ !#-\[\]-~]*"
"""Text without escapes."""
_NOT_FINITE: Final[Mapping[str, str]] = MappingProxyType(
    {repr(inf): 'double("Infinity")', repr(-inf): 'double("-Infinity")', repr(nan): 'double("NaN")'}
)


def decode(kind: str, text: str, offset: int) -> LiteralValue:
    """The value of the literal *text*, a token called *kind* by the grammar, which begins at *offset*.

    Raises ParseError where it is out of range or holds an escape that does not exist.
    """
    return _CONSTANTS[kind] if kind in _CONSTANTS else _DECODERS[kind](text, offset)


def _integer(text: str, offset: int) -> int:
    return _ranged(text, offset, "int", _INT_RANGE)


def _unsigned(text: str, offset: int) -> UInt:
    return UInt(_ranged(text[:-1], offset, "uint", _UINT_RANGE))


def _ranged(text: str, offset: int, kind: str, bounds: tuple[int, int]) -> int:
    digits = "".join(text.split())
    value = int(digits, 16 if "x" in digits else 10)
    if not bounds[0] <= value <= bounds[1]:
        raise ParseError("SG501", f"{quoted(text)} is out of the range of {kind}", offset, f"{kind} has 64 bits")
    return value


def _double(text: str, offset: int) -> float:
    value = float("".join(text.split()))
    if not isfinite(value):
        raise ParseError("SG501", f"{quoted(text)} is out of the range of double", offset)
    return value


def _string(text: str, offset: int) -> str:
    body, start, raw = _body(text)
    if raw:
        return body
    pieces = _pieces(body, offset + start, unicode_escapes=True)
    return "".join(part if isinstance(part, str) else chr(part) for part in pieces)


def _bytes(text: str, offset: int) -> bytes:
    body, start, raw = _body(text)
    if raw:
        return body.encode()
    return b"".join(
        part.encode() if isinstance(part, str) else bytes([part])
        for part in _pieces(body, offset + start, unicode_escapes=False)
    )


def _body(text: str) -> tuple[str, int, bool]:
    """The text between the quotes, its offset, and whether it is raw."""
    quote = text[-1]
    opening = text.index(quote)
    width = 3 if text.startswith(3 * quote, opening) else 1
    return text[opening + width : -width], opening + width, "r" in text[:opening].lower()


def _pieces(body: str, offset: int, *, unicode_escapes: bool) -> list[str | int]:
    """*body* cut into plain text (as str) and what escapes denote (as code points or octets)."""
    escape = re.compile(_ESCAPE)
    pieces: list[str | int] = []
    position = 0
    while (slash := body.find("\\", position)) >= 0:
        pieces.append(body[position:slash])
        found = escape.match(body, slash)
        value = None if found is None else _code(found, unicode_escapes=unicode_escapes)
        if value is not None and _is_surrogate(value):
            hint = "a character beyond U+FFFF is written \\U and eight digits"
            raise ParseError("SG501", "half of a surrogate pair is not a character", offset + slash, hint)
        if found is None or value is None:
            hint = "write a backslash as \\\\" if unicode_escapes else "bytes are written \\x00 to \\xff"
            raise ParseError("SG501", f"unknown escape {quoted(body[slash : slash + 2])}", offset + slash, hint)
        pieces.append(value)
        position = found.end()
    pieces.append(body[position:])
    return pieces


def _is_surrogate(code: int) -> bool:
    return 0xD800 <= code <= 0xDFFF


def _code(found: re.Match[str], *, unicode_escapes: bool) -> int | None:
    if found["simple"]:
        return ord(_SIMPLE[found["simple"]])
    if found["octet"]:
        return int(found["octet"], 16)
    if found["octal"]:
        return int(found["octal"], 8)
    code = int(found["short"] or found["long"], 16)
    return code if unicode_escapes and code <= 0x10FFFF else None


_DECODERS: Final[Mapping[str, Callable[[str, int], LiteralValue]]] = MappingProxyType(
    {
        "INT": _integer,
        "NEGATIVE_INT": _integer,
        "UINT": _unsigned,
        "DOUBLE": _double,
        "NEGATIVE_DOUBLE": _double,
        "STRING": _string,
        "BYTES": _bytes,
    }
)
_CONSTANTS: Final[Mapping[str, bool | None]] = MappingProxyType({"TRUE": True, "FALSE": False, "NULL": None})


def encode(value: LiteralValue) -> str:
    """The canonical literal of *value*: it decodes to an equal value of the same type."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case UInt():
            return f"{int(value)}u"
        case int():
            return str(value)
        case float():
            return _NOT_FINITE.get(repr(value), repr(value))
        case str():
            return f'"{value if re.fullmatch(_BARE, value) else "".join(map(_character, value))}"'
        case bytes():
            return f'b"{"".join(map(_octet, value))}"'


def _character(char: str) -> str:
    if char in _WRITTEN:
        return _WRITTEN[char]
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _octet(octet: int) -> str:
    char = chr(octet)
    if char in _WRITTEN:
        return _WRITTEN[char]
    return char if char.isascii() and char.isprintable() else f"\\x{octet:02x}"
