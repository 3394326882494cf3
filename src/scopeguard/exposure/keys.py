"""Keys in a text: a fixed prefix finds them, a checksum distinguishes them from what only looks like one.

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
from collections.abc import Iterator
from typing import Final
from zlib import crc32

from msgspec import Struct

from scopeguard.errors import RequestError
from scopeguard.limits import MAX_SCANNED_TEXT
from scopeguard.source import Location, Source

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM: Final = 6
"""62 ** 6 is more than 2 ** 32."""

_PREFIX: Final = re.compile(r"(?=.{1,32}\Z)[a-z][a-z0-9]*+(?:_[a-z0-9]++)*+")
_ENVIRONMENT: Final = r"[a-z][a-z0-9]{0,15}"
_ID: Final = r"[0-9A-Za-z]{1,32}"
_SECRET: Final = r"[0-9A-Za-z]{30,128}"  # noqa: S105  # the form of one

# The last part is the longest run there is, taken whole: no way to match is tried twice.
_REST: Final = re.compile(rf"(?:({_ENVIRONMENT})_)?({_ID})_[0-9A-Za-z]{{36,134}}+(?![0-9A-Za-z])")


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
    """The keys of a *prefix* in *text*, in order: in a widget's snippet, a mobile bundle, a repository.

    A key with a wrong checksum is no key. Text before a key may touch it, as an escape does (``%20hyp_…``); a
    letter or digit after it is taken for a part of it. Keys that are encoded, or put together from pieces, are not
    found. Takes time in proportion to the text. Decode the bytes of a bundle as latin-1: no key is changed by that.

    Raises RequestError for a text that is no str or too long, and for a malformed *prefix*.
    """
    marker = key_marker(prefix)
    if len(_str(text, "a text")) > MAX_SCANNED_TEXT:
        raise RequestError(f"a text is longer than {MAX_SCANNED_TEXT} characters; search it in parts that overlap")
    found = list(_matches(text, marker))
    source = Source(file, text if found else "")
    return tuple(
        ExposedKey(source.location(start), start, rest.end() - start, rest[2], rest[1], f"{marker}...{rest[0][-4:]}")
        for start, rest in found
    )


def checksum(body: str) -> str:
    """The six characters that end a key, for everything before them: CRC-32 in base 62, padded with 0 on the left.

    The digits are ``0-9A-Za-z``. Raises RequestError for a text that is not ASCII.
    """
    if not _str(body, "the body of a key").isascii():
        raise RequestError("the body of a key must be ASCII")
    number, digits = crc32(body.encode("ascii")), ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits


def build_key(prefix: str, id: str, secret: str, *, environment: str | None = None) -> str:
    """A key with its checksum, of an *id* and a *secret* that the caller made.

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


def _part(value: object, form: str, what: str) -> str:
    text = _str(value, f"the {what} of a key")
    if not re.fullmatch(form, text):
        raise RequestError(f"the {what} of a key must match {form}")
    return text


def _str(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise RequestError(f"{what} must be a str, not {type(value).__name__}")
    return value
