"""Edits that put quotes around what is meant as text and would be read as something else."""

import re
from typing import Final

from scopeguard.errors import Correction, PolicyError
from scopeguard.source import Source
from scopeguard.syntax.parser import parse_condition

_BEFORE_A_VALUE: Final = re.compile(r"(?P<indent>[ ]*(?:-[ ]+)*)[A-Za-z_][\w.-]*:[ ]+")
"""A line up to the value of a key outside of brackets."""
_NEXT_LINE: Final = re.compile(r"\r?\n(?:[ ]*(?:#[^\n]*)?\r?\n)*(?P<indent>[ ]*)(?=[^\s#])")
_ESCAPED: Final = frozenset('"\\')


def in_quotes(source: Source, start: int, end: int) -> Correction:
    """The text from *start* to *end*, which is on one line, in quotes."""
    location = source.location(start)
    written = source.text[start:end]
    inner = "'" + written.replace("'", "''") + "'"
    return Correction(
        location.line, location.column, written, f'"{written}"' if _ESCAPED.isdisjoint(written) else inner
    )


def condition_in_quotes(source: Source, start: int, *, over_comment: bool = False) -> Correction | None:
    """The rest of the line in quotes, where it is a whole condition and the whole value of a key; else None.

    Where a comment may follow there are two readings, and None as well; *over_comment* says that it is a part of it.
    """
    line_start = source.text.rfind("\n", 0, start) + 1
    line_end = source.text.find("\n", start)
    written = source.text[start : line_end if line_end >= 0 else len(source.text)].rstrip()
    before = _BEFORE_A_VALUE.fullmatch(source.text, line_start, start)
    after = _NEXT_LINE.match(source.text, start + len(written))
    if (
        before is None
        or (" #" in written) is not over_comment
        or (after and len(after["indent"]) > len(before["indent"]))
    ):
        return None
    try:
        parse_condition(written)
    except PolicyError:
        return None
    return in_quotes(source, start, start + len(written))
