"""What is wrong with a text that is no YAML, in our words and at a place that does not depend on the parser."""

import re
from typing import Final

import yaml

from scopeguard.documents.quoting import condition_in_quotes
from scopeguard.errors import Correction, Diagnostic
from scopeguard.source import Source

WHOLE: Final = "where a condition or other text is meant, write the whole of it in quotes"
"""What to do with text that YAML reads as something else: the opposite of leaving its first character out."""
A_TAG: Final = ("SG105", 'tag: YAML reads a leading "!" as one', WHOLE)
_KNOWN_TAG: Final = re.compile(r"!!(?:str|int|float|bool|null|seq|map|set|omap|pairs|binary|timestamp)(?=[\s,\]}]|\Z)")
_TAGGED: Final = re.compile(r"(?:[:-][ ]+|[\[{,][ ]*)(?P<tag>!)[^\n]*\Z")
"""A line up to a place in a value that opens with a tag."""

_BRACKETS: Final = f"check the brackets; {WHOLE}, its own quotes and brackets included"
_UNEXPECTED: Final = f"align it with the lines above; {WHOLE}, its own quotes and brackets included"

# What both parsers say of a mistake, though in other words: where it begins is the same in both only
# at the mark named here.
_COMPLAINTS: Final = (
    ("a directive", "context_mark", "SG106", "directive", "remove it"),
    ("a tag", "context_mark", *A_TAG),
    ("tag handle", "context_mark", *A_TAG),
    ("scanning an anchor", "context_mark", "SG103", "anchor or alias", WHOLE),
    ("scanning an alias", "context_mark", "SG103", "anchor or alias", WHOLE),
    ("values are not allowed", "problem_mark", "SG101", 'unexpected ":"', 'write text that holds ": " in quotes'),
    ("quoted scalar", "context_mark", "SG101", "quoted text with no end or an unknown escape", "check the quotes"),
    ("flow sequence", "context_mark", "SG101", "list without an end or a comma", _BRACKETS),
    ("flow mapping", "context_mark", "SG101", "mapping without an end or a comma", _BRACKETS),
    ("start any token", "problem_mark", "SG101", "no plain value starts like this", WHOLE),
    ("simple key", "context_mark", "SG101", 'no ":" after this', 'write "key: value"'),
    ("", "problem_mark", "SG101", "unexpected text", _UNEXPECTED),
)


def at(
    source: Source, offset: int, code: str, message: str, hint: str | None = None, correction: Correction | None = None
) -> Diagnostic:
    """A finding at a character offset of *source*."""
    return Diagnostic.at(source.location(offset), code, message, hint, correction=correction)


def tag(source: Source, offset: int) -> Diagnostic:
    """A finding about the tag at *offset*: of a type there is no need, and a condition is no tag."""
    if _KNOWN_TAG.match(source.text, offset):
        return at(source, offset, "SG105", "tag", "remove it; values are typed by how they are written")
    return at(source, offset, *A_TAG, condition_in_quotes(source, offset))


def complaint(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    """What a parser's *error* comes to."""
    said = f"{error.context or ''} {error.problem or ''}"
    place, code, message, hint = next(row[1:] for row in _COMPLAINTS if row[0] in said)
    mark = getattr(error, place) or error.problem_mark or error.context_mark
    offset = mark.index if mark is not None else len(source.text)
    tagged = _TAGGED.search(source.text, source.text.rfind("\n", 0, offset) + 1, offset)
    if code == "SG105" or (code in ("SG101", "SG103") and tagged):
        return tag(source, tagged.start("tag") if tagged else offset)
    return at(source, offset, code, f"not valid YAML: {message}" if code == "SG101" else message, hint)
