"""What a plain YAML scalar means: the one table that decides between text, numbers, booleans and a refusal."""

import math
import re
from dataclasses import dataclass
from typing import Final

from scopeguard.errors import quoted
from scopeguard.limits import MAX_SAFE_INTEGER

Value = bool | int | float | str | None
"""What a scalar can be once it is read."""

_TYPED: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_MAX_INTEGER_DIGITS: Final = len(str(MAX_SAFE_INTEGER))
_MAX_DECIMAL_TEXT: Final = 32

YES_NO: Final = {
    "y": "true", "yes": "true", "on": "true", "true": "true",
    "n": "false", "no": "false", "off": "false", "false": "false",
}  # fmt: skip
"""Words that some readers take for a boolean, and what is written for it here."""

_DATE: Final = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t\n].*)?"
# Each repetition can match in one way only, so that a long scalar costs no more than its length.
_READ_ELSEWHERE: Final = tuple(
    (what, re.compile(pattern, re.DOTALL))
    for what, pattern in (
        ("a binary, octal or hexadecimal number", r"[-+]?0[bBoOxX][0-9a-fA-F_]+"),
        ("a date", _DATE),
        ("a number in base 60", r"[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?"),
        ("a number with an exponent", r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]+"),
        ("infinity or not a number", r"[-+]?\.(?:[iI][nN][fF]|[nN][aA][nN])"),
        ("a number", r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)"),
        ("a merge or default key", r"<<|="),
    )
)
_NUMBER_STARTS: Final = frozenset("+-.0123456789<=")
_WORDS: Final = frozenset({*_TYPED, *YES_NO, "~"})
"""Other text that starts like no number has one meaning to every reader."""


@dataclass(frozen=True, slots=True)
class ScalarError:
    """Why a plain scalar is not read: a diagnostic without its place."""

    code: str
    message: str
    hint: str


def read_plain(text: str) -> Value | ScalarError:
    """The value of a plain scalar in the place of a value.

    Only ``true``, ``false``, ``null``, decimal integers of 64 bits and decimals are typed. Text
    that another YAML reader would type differently is refused; everything else is text.
    """
    if text and text[0] not in _NUMBER_STARTS and text.lower() not in _WORDS:
        return text
    if text in _TYPED:
        return _TYPED[text]
    lowered = text.lower()
    if lowered in YES_NO:
        return _ambiguous(text, "a boolean", f"write {YES_NO[lowered]}, or {quoted(text)} in quotes for text")
    if not text:
        return ScalarError("SG109", "empty value", 'leave the key out, or write "" for empty text')
    if lowered in ("~", "null"):
        return _ambiguous(text, "null", f"leave the key out, or write {quoted(text)} in quotes for text")
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _DECIMAL.fullmatch(text):
        return _decimal(text)
    for what, pattern in _READ_ELSEWHERE:
        if pattern.fullmatch(text):
            return _ambiguous(text, what, f"write it in quotes: {quoted(text)}")
    return text


def read_key(text: str) -> str | ScalarError:
    """The text of a plain scalar in the place of a key.

    Keys are never typed, so that words such as ``on`` need no quotes; but a key that looks like a
    number, a boolean of ours or null is refused, for it would read as text only here.
    """
    if text and text[0] not in _NUMBER_STARTS and text.lower() not in _WORDS:
        return text
    if text == "<<":
        return ScalarError("SG104", "merge key", "write the keys out")
    if not text:
        return ScalarError("SG109", "empty key", 'write a name before ":"')
    if text in YES_NO and text not in _TYPED:
        return text
    value = read_plain(text)
    if isinstance(value, ScalarError):
        return value
    if isinstance(value, str):
        return value
    return ScalarError("SG121", f"key {quoted(text)} is not text", f"write it in quotes: {quoted(text)}")


def is_date(text: str) -> bool:
    """Whether some readers take a plain scalar for a date or a time, for which there is nothing but text here."""
    return re.fullmatch(_DATE, text, re.DOTALL) is not None


def _ambiguous(text: str, what: str, hint: str) -> ScalarError:
    return ScalarError("SG109", f"ambiguous plain value {quoted(text)}, {what} to some YAML readers", hint)


def _integer(text: str) -> int | ScalarError:
    # Length first: int() takes quadratic time on long text, and refuses it with an error of its own.
    if len(text.lstrip("-")) <= _MAX_INTEGER_DIGITS:
        value = int(text)
        if -MAX_SAFE_INTEGER - 1 <= value <= MAX_SAFE_INTEGER:
            return value
    return ScalarError("SG113", f"number {quoted(text)} out of range", "integers have 64 bits; write text in quotes")


def _decimal(text: str) -> float | ScalarError:
    if len(text) <= _MAX_DECIMAL_TEXT and math.isfinite(value := float(text)):
        return value
    return ScalarError("SG113", f"number {quoted(text)} out of range", "decimals have at most 32 characters")
