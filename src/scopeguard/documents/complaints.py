"""What is wrong with a text that is no YAML, in our words and at a place that does not depend on the parser."""

from typing import Final

import yaml

from scopeguard.errors import Diagnostic
from scopeguard.source import Source

# What both parsers say of a mistake, though in other words: where it begins is the same in both only
# at the mark named here.
_COMPLAINTS: Final = (
    ("a directive", "context_mark", "SG106", "directive", "remove it"),
    ("a tag", "context_mark", "SG105", "tag", "remove it; values are typed by how they are written"),
    ("tag handle", "context_mark", "SG105", "tag", "remove it; values are typed by how they are written"),
    ("scanning an anchor", "context_mark", "SG103", "anchor or alias", "write it in quotes where text is meant"),
    ("scanning an alias", "context_mark", "SG103", "anchor or alias", "write it in quotes where text is meant"),
    ("values are not allowed", "problem_mark", "SG101", 'unexpected ":"', 'write text that holds ": " in quotes'),
    ("quoted scalar", "context_mark", "SG101", "quoted text with no end or an unknown escape", "check the quotes"),
    ("flow sequence", "context_mark", "SG101", "list without an end or a comma", "check the brackets"),
    ("flow mapping", "context_mark", "SG101", "mapping without an end or a comma", "check the brackets"),
    ("start any token", "problem_mark", "SG101", "no plain value starts like this", "write it in quotes"),
    ("simple key", "context_mark", "SG101", 'no ":" after this', 'write "key: value"'),
    ("", "problem_mark", "SG101", "unexpected text", "align it with the lines above, or write it in quotes"),
)


def at(source: Source, offset: int, code: str, message: str, hint: str | None = None) -> Diagnostic:
    """A finding at a character offset of *source*."""
    return Diagnostic.at(source.location(offset), code, message, hint)


def complaint(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    """What a parser's *error* comes to."""
    said = f"{error.context or ''} {error.problem or ''}"
    place, code, message, hint = next(row[1:] for row in _COMPLAINTS if row[0] in said)
    mark = getattr(error, place) or error.problem_mark or error.context_mark
    offset = mark.index if mark is not None else len(source.text)
    return at(source, offset, code, f"not valid YAML: {message}" if code == "SG101" else message, hint)
