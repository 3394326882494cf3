"""Tables and code spans of Markdown, written so that they read back as they were.

Tables are those of GitHub Flavored Markdown (section 4.10), code spans and backslash escapes those of CommonMark
(sections 6.1 and 2.4). Nothing is aligned, so that a change of one line touches no other.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_ACTIVE: Final = r"[\\`*<>&~|]"
"""What Markdown could take for more than text inside of a line."""

_CONTROL: Final = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"
"""What may end a line. A character reference (CommonMark section 6.2) stands for it within one."""

_ESCAPED: Final = r"\\([!-/:-@\[-`{-~])|&#([0-9]{1,4});"
_CELL: Final = r"(?:\\.|[^\\|])*"
_DELIMITER: Final = r" *:?-+:? *"
_CODE: Final = r"(`+)([^`](?:.*[^`])?)\1"
_FENCES: Final = r"`+"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of texts."""
    rows = (" | ".join(map(_escape, line)) for line in (head, *lines))
    first, *rest = (f"| {row} |" for row in rows)
    return "".join(f"{line}\n" for line in (first, "|---" * len(head) + "|", *rest))


def cells(line: str) -> tuple[tuple[int, str], ...] | None:
    """The cells of a line of a table, each with the offset where its text begins; None for a line of another form."""
    cell = re.compile(_CELL)
    found: list[tuple[int, str]] = []
    position = 1
    while line.startswith("|", position - 1) and position < len(line):
        match = cell.match(line, position)
        written = match.group() if match else ""
        text = written.strip()
        found.append((position + len(written) - len(written.lstrip()), re.sub(_ESCAPED, _unescape, text)))
        position += len(written) + 1
    return tuple(found) if found and position == len(line) and line.endswith("|") else None


def is_delimiter(line: str, width: int) -> bool:
    """Whether a line is the one between the head of a table of so many columns and the rest."""
    parts = line[1:-1].split("|")
    return (
        line[:1] == line[-1:] == "|" and len(parts) == width and all(re.fullmatch(_DELIMITER, part) for part in parts)
    )


def code(text: str) -> str:
    """A code span that holds *text*, which has no line breaks and is not blank."""
    fence = "`" * (max(map(len, re.findall(_FENCES, text)), default=0) + 1)
    # One space on each side is taken off by a reader, so it is put on where it would be missed.
    padding = " " if text[:1] + text[-1:] == "  " or "`" in (text[:1], text[-1:]) else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def decoded(span: str) -> str | None:
    """The text of a code span; None for a text that :func:`code` does not write."""
    match = re.fullmatch(_CODE, span)
    if match is None:
        return None
    text = match[2]
    if text[0] == text[-1] == " " and text.strip(" "):
        text = text[1:-1]
    return text if code(text) == span else None


def is_plain(text: str) -> bool:
    """Whether a text may be in a table as it is."""
    return re.search(_ACTIVE, text) is None


def _escape(text: str) -> str:
    escaped = re.sub(_ACTIVE, r"\\\g<0>", text)
    return re.sub(_CONTROL, lambda match: f"&#{ord(match[0])};", escaped)


def _unescape(match: re.Match[str]) -> str:
    return match[1] or chr(int(match[2]))
