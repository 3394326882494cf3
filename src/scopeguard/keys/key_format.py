"""The form of a key: a fixed prefix finds it in any text, a checksum distinguishes it from what only looks like one.

    key         := prefix "_" [ environment "_" ] id "_" secret checksum
    prefix      := what the host chose, such as hyp
    environment := [a-z][a-z0-9]{0,15}
    id          := [0-9A-Za-z]{1,32}
    secret      := [0-9A-Za-z]{30,128}
    checksum    := the CRC-32 of everything before it, in base 62, six digits

The checksum is no security: anybody can compute it. It keeps a scanner from reporting, and a service from looking up,
what never was a key.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Final
from zlib import crc32

from msgspec import Struct

from scopeguard import Location, RequestError

MAX_SCANNED_TEXT: Final = 1 << 26
"""A text that is searched for keys, in characters."""

BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM: Final = 6
"""62 ** 6 is more than 2 ** 32."""
_PAIRS: Final = tuple(first + second for first in BASE62 for second in BASE62)
"""Two digits at a time."""

_NEW_ID: Final = 16
_NEW_SECRET: Final = 43
"""62 ** 43 is more than 2 ** 256."""

_PREFIX: Final = re.compile(r"(?=.{1,32}\Z)[a-z][a-z0-9]*+(?:_[a-z0-9]++)*+")
_ENVIRONMENT: Final = r"[a-z][a-z0-9]{0,15}"
_ID: Final = r"[0-9A-Za-z]{1,32}"
_SECRET: Final = r"[0-9A-Za-z]{30,128}"  # noqa: S105  # the form of one

_LAST: Final = "[0-9A-Za-z]{36,134}"
"""The secret and its checksum."""

# The last part is the longest run there is, taken whole: no way to match is tried twice.
_REST: Final = re.compile(rf"(?:({_ENVIRONMENT})_)?({_ID})_{_LAST}+(?![0-9A-Za-z])")


class ParsedKey(Struct, frozen=True, gc=False):
    """Which key a text is, by its form alone: nobody has said yet that there is such a key. No secret is in here."""

    id: str
    environment: str | None
    hint: str
    """What may be shown: the prefix, and the last four characters of the checksum."""


class ExposedKey(Struct, frozen=True, gc=False):
    """The position of a key in a text, and which key it is. The key itself is not in here.

    *location* is its file, line and column; *offset* and *length* count characters of the text. *id* and *environment*
    tell which key to revoke. *hint* is what may be shown: the prefix, and the last four characters of the checksum.
    """

    location: Location
    offset: int
    length: int
    id: str
    environment: str | None
    hint: str

    def __str__(self) -> str:
        return f"{self.location}: key {self.hint}"


def find_keys(text: str, prefix: str, *, file: str = "<text>") -> tuple[ExposedKey, ...]:
    """The keys of a *prefix* in *text*, in order: a widget's snippet, a mobile bundle, whatever is in *file*.

    A key with a wrong checksum is no key. Text before a key may touch it, as an escape does (``%20hyp_…``); a
    letter or digit after it is taken for a part of it. Keys that are encoded, or put together from pieces, are not
    found. Takes time in proportion to the text. Decode the bytes of a bundle as latin-1: no key is changed by that.

    Raises RequestError for a text that is no str or too long, and for a malformed *prefix*.
    """
    marker = key_marker(prefix)
    if len(_str(text, "a text")) > MAX_SCANNED_TEXT:
        raise RequestError(f"a text is longer than {MAX_SCANNED_TEXT} characters; search it in parts that overlap")
    found: list[ExposedKey] = []
    line, line_start, seen = 1, 0, 0
    for start, rest in _matches(text, marker):
        breaks = text.count("\n", seen, start)
        if breaks:
            line, line_start = line + breaks, text.rfind("\n", seen, start) + 1
        seen = start
        location = Location(file, line, start - line_start + 1)
        found.append(ExposedKey(location, start, rest.end() - start, rest[2], rest[1], _hint(marker, rest[0])))
    return tuple(found)


def parse_key(text: str, prefix: str) -> ParsedKey | None:
    """Which key *text* is; None for what is no key of *prefix*, as a wrong checksum says too.

    Raises RequestError for a text that is no str, and for a malformed *prefix*.
    """
    marker = key_marker(prefix)
    rest = match_key(_str(text, "a key"), marker)
    return None if rest is None else ParsedKey(rest[2], rest[1], _hint(marker, text))


def match_key(text: str, marker: str) -> re.Match[str] | None:
    """A key by what every key of its prefix begins with: group 1 is its environment, group 2 its id."""
    if not text.startswith(marker):
        return None
    rest = _REST.fullmatch(text, len(marker))
    return rest if rest is not None and _is_whole(text) else None


def key_pattern(prefix: str) -> str:
    """The form of a key as a regular expression of any dialect, for what is before a character of no key.

    The checksum is not in it: no regular expression works one out.
    """
    return f"{key_marker(prefix)}(?:{_ENVIRONMENT}_)?{_ID}_{_LAST}"


def generate_key(prefix: str, environment: str | None = None) -> tuple[str, str]:
    """The id of a new key, and the key: both random."""
    key_id = _random(_NEW_ID)
    return key_id, build_key(prefix, key_id, _random(_NEW_SECRET), environment=environment)


def checksum(body: str) -> str:
    """The six characters that end a key after *body*: its CRC-32 in base 62, padded with 0 on the left.

    The digits are ``0-9A-Za-z``. Raises RequestError for a text that is not ASCII.
    """
    if not _str(body, "the body of a key").isascii():
        raise RequestError("the body of a key must be ASCII")
    number, last = divmod(crc32(body.encode("ascii")), len(_PAIRS))
    first, middle = divmod(number, len(_PAIRS))
    return _PAIRS[first] + _PAIRS[middle] + _PAIRS[last]


def build_key(prefix: str, id: str, secret: str, *, environment: str | None = None) -> str:
    """A key with its checksum: of a *prefix*, an *environment* if any, and an *id* and a *secret* that the caller made.

    For keys in use the secret comes from the module ``secrets``; for tests it may be anything of the right form.
    Raises RequestError for parts that a key cannot have, without spelling them.
    """
    parts = [_part(id, _ID, "id"), _part(secret, _SECRET, "secret")]
    if environment is not None:
        parts.insert(0, _part(environment, _ENVIRONMENT, "environment"))
    body = key_marker(prefix) + "_".join(parts)
    return body + checksum(body)


def key_marker(prefix: str) -> str:
    """What every key of *prefix* begins with. Raises RequestError for a prefix that no key can have."""
    if not _PREFIX.fullmatch(_str(prefix, "a key's prefix")):
        # It is not shown: whoever mixes up the arguments has put a secret here.
        hint = "use at most 32 lower-case letters and digits, with single underscores between them"
        raise RequestError(f"a key's prefix is malformed; {hint}")
    return f"{prefix}_"


def is_key_id(text: str) -> bool:
    """Whether *text* may be the id of a key."""
    return re.fullmatch(_ID, text) is not None


def check_environment(environment: str) -> None:
    """Raises RequestError for an environment that no key can have."""
    _part(environment, _ENVIRONMENT, "environment")


def _matches(text: str, marker: str) -> Iterator[tuple[int, re.Match[str]]]:
    """The offset of each key, and what matched after its marker."""
    start = text.find(marker)
    while start >= 0:
        rest = _REST.match(text, start + len(marker))
        if rest is not None and _is_whole(text[start : rest.end()]):
            yield start, rest
        start = text.find(marker, start + 1)


def _is_whole(key: str) -> bool:
    # A checksum is no secret: comparing it takes no care.
    return checksum(key[:-_CHECKSUM]) == key[-_CHECKSUM:]


def _hint(marker: str, key: str) -> str:
    return f"{marker}...{key[-4:]}"


def _random(length: int) -> str:
    return "".join(secrets.choice(BASE62) for _ in range(length))


def _part(value: object, form: str, what: str) -> str:
    text = _str(value, f"the {what} of a key")
    if not re.fullmatch(form, text):
        raise RequestError(f"the {what} of a key must match {form}")
    return text


def _str(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise RequestError(f"{what} must be a str, not {type(value).__name__}")
    return value
