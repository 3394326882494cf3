"""Functions of texts, written to be read. Places count characters, from 0."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

from tests.reference.operators import held
from tests.reference.values import Maybe, NoValue, of

WHITE = "".join(each for each in map(chr, range(0x3001)) if each.isspace() and not "\x1c" <= each <= "\x1f")
"""What Unicode calls white space; Python adds four separators of its own."""
ESCAPES = {each: f"\\{name}" for each, name in zip('\a\b\f\n\r\t\v\\"', 'abfnrtv\\"', strict=True)}
BEYOND = r"\(\?[=!<]|\\[1-9]|[*+?}]\+"
"""What Python has in patterns and RE2 has not."""


def place(whole: str, position: int) -> int:
    """A position in a text, or its end."""
    if not 0 <= position <= len(whole):
        raise NoValue
    return position


def index_of(whole: str, part: str, start: int = 0) -> int:
    """The first place from *start* on where a part begins, or -1."""
    places = range(place(whole, start), len(whole) + 1)
    return next((each for each in places if whole.startswith(part, each)), -1)


def last_index_of(whole: str, part: str, start: int | None = None) -> int:
    """The last place up to *start* where a part begins, or -1."""
    places = range(place(whole, len(whole) if start is None else start) + 1)
    return next((each for each in reversed(places) if whole.startswith(part, each)), -1)


def substring(whole: str, start: int, end: int | None = None) -> str:
    """What is from one place up to another or to the end."""
    stop = len(whole) if end is None else place(whole, end)
    if place(whole, start) > stop:
        raise NoValue
    return whole[start:stop]


def replace(whole: str, old: str, new: str, limit: int = -1) -> str:
    """A text with *new* for *old*, so many times where that is not negative. Nothing is before each character and at the end."""
    made, position, left = "", 0, limit
    while position <= len(whole):
        if left and whole.startswith(old, position):
            made, left = held(made + new), left - 1
            if old:
                position += len(old)
                continue
        made, position = made + whole[position : position + 1], position + 1
    return str(held(made))


def split(whole: str, separator: str, limit: int = -1) -> tuple[str, ...]:
    """The parts between separators, so many where that is not negative: the last one is all that is left."""
    parts: list[str] = []
    rest = whole
    while limit < 0 or len(parts) < limit - 1:
        at = rest.find(separator) if separator else 1 if len(rest) > 1 else -1
        if at < 0:
            break
        parts.append(rest[:at])
        rest = rest[at + len(separator) :]
    return () if limit == 0 or not (whole or separator) else (*parts, rest)


def join(items: tuple[Any, ...], separator: str = "") -> str:
    """Texts as one."""
    if not all(type(item) is str for item in items):
        raise NoValue
    return str(held(separator.join(items)))


def search(whole: str, pattern: str) -> re.Match[str] | None:
    """Where a pattern is found first. Of RE2 it knows what Python writes alike, which is what is drawn."""
    if re.search(BEYOND, pattern):
        raise NoValue
    try:
        return re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), whole, re.ASCII)
    except re.error:
        raise NoValue from None


def extract(whole: str, pattern: str) -> Maybe:
    """``regex.extract``: what the group held, or all that was found where there is none; nothing of an empty group."""
    found = search(whole, pattern)
    groups = re.compile(pattern).groups
    if groups > 1:
        raise NoValue
    if found is None or (groups and not found[1]):
        return Maybe()
    return Maybe((found[groups],))


def ascii_case(change: Callable[[str], str]) -> Callable[[str], str]:
    """Upper or lower letters, of ASCII alone."""
    return lambda whole: "".join(change(each) if each.isascii() else each for each in whole)


def quote(whole: str) -> str:
    """A text as it is written in double quotes."""
    return str(held(f'"{"".join(ESCAPES.get(each, each) for each in whole)}"'))


def decode(whole: str) -> bytes:
    """The bytes of a text in Base64, whose padding may be left out as a whole."""
    return b64decode(whole if "=" in whole else whole + "=" * (-len(whole) % 4), validate=True)


TEXTS: Mapping[str, Callable[..., Any]] = {
    ".charAt": of(lambda whole, position: whole[place(whole, position) :][:1], "string int"),
    ".indexOf": of(index_of, "string string", "string string int"),
    ".lastIndexOf": of(last_index_of, "string string", "string string int"),
    ".join": of(join, "list", "list string"),
    ".lowerAscii": of(ascii_case(str.lower), "string"),
    ".upperAscii": of(ascii_case(str.upper), "string"),
    ".replace": of(replace, "string string string", "string string string int"),
    ".split": of(split, "string string", "string string int"),
    ".substring": of(substring, "string int", "string int int"),
    ".trim": of(lambda whole: whole.strip(WHITE), "string"),
    "strings.quote": of(quote, "string"),
    "matches": of(lambda whole, pattern: search(whole, pattern) is not None, "string string"),
    ".matches": of(lambda whole, pattern: search(whole, pattern) is not None, "string string"),
    "regex.extract": of(extract, "string string"),
    "base64.encode": of(lambda value: b64encode(value).decode(), "bytes"),
    "base64.decode": of(decode, "string"),
}
