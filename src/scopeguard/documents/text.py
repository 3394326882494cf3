"""From bytes to text: strict UTF-8 without characters that a reader cannot see."""

import re
from typing import Final

from scopeguard.errors import Diagnostic
from scopeguard.source import Location, Source

# Controls but tab and line feed, a carriage return that ends no line, the line ends that only some
# readers know, zero-width characters, and those that reorder text on the screen.
_INVISIBLE: Final = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff]|\r(?!\n)"
)
INVISIBLE: Final = re.compile(_INVISIBLE)
"""A character that no value may hold, however it is written."""

# YAML readers do not agree on where a tab is allowed.
_REFUSED: Final = re.compile(f"{_INVISIBLE}|\t")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def decode(name: str, data: bytes) -> Source | Diagnostic:
    """The text of a file named *name*, or a diagnostic where it is not UTF-8. A leading byte order mark is dropped."""
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        before = Source(name, data[: error.start].decode("utf-8"))
        return Diagnostic.at(before.location(len(before.text)), "SG110", "not UTF-8", "save the file as UTF-8")


def invisible_characters(source: Source) -> list[Diagnostic]:
    """A diagnostic for each line of *source* that holds a character that is not allowed in a policy file."""
    first_of_line: dict[int, tuple[Location, str]] = {}
    for match in _REFUSED.finditer(source.text):
        location = source.location(match.start())
        first_of_line.setdefault(location.line, (location, match.group()))
    return [
        Diagnostic.at(location, "SG110", "tab", "use spaces")
        if char == "\t"
        else Diagnostic.at(location, "SG110", f"control character U+{ord(char):04X}", "remove it")
        for location, char in first_of_line.values()
    ]
