"""Comments that set a finding aside: ``# scopeguard: ignore SG304 because …``, at its line or on the line above.

Only warnings are set aside, each with a reason: an error stops a pack from loading, whatever a comment says. Comments
about what only a proof finds are for the proof alone.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from scopeguard.documents.entries import Document
from scopeguard.documents.tree import MappingNode, Node, ScalarNode, SequenceNode
from scopeguard.errors import Diagnostic, Severity
from scopeguard.source import Location

_COMMENT: Final = re.compile(r"#[ \t]*scopeguard[ \t]*:[ \t]*(?P<said>[^\r\n]*)")
_IGNORE: Final = re.compile(r"ignore[ \t]+(?P<codes>SG\d{3}(?:[ \t]*,[ \t]*SG\d{3})*)[ \t]+because[ \t]+(?P<why>\S.*)")
_PROVED: Final = frozenset({"SG607", "SG608", "SG609"})
"""What nobody finds who proves nothing: of rules that never apply, parts that make no difference, and dead names."""
_HINT: Final = "write # scopeguard: ignore SG304 because …, with the reason"


@dataclass(frozen=True, slots=True)
class _Ignore:
    location: Location
    line: int
    """The line of the findings that it sets aside."""
    codes: tuple[str, ...]


def without_ignored(
    findings: Iterable[Diagnostic], documents: Iterable[Document], *, proved: bool = False
) -> list[Diagnostic]:
    """*findings* without those that a comment sets aside, and with one for each comment that does not do so.

    *proved*: they are those of a proof.
    """
    found = list(findings)
    for document in documents:
        comments = list(_comments(document))
        if comments:
            found = list(_applied(document.file, comments, found, proved=proved))
    return found


def _applied(
    file: str, comments: Iterable[_Ignore | Diagnostic], found: list[Diagnostic], *, proved: bool
) -> Iterator[Diagnostic]:
    used: set[tuple[int, str]] = set()
    ignores = [each for each in comments if isinstance(each, _Ignore)]
    by_line = {(each.line, code) for each in ignores for code in each.codes}
    for each in found:
        aside = each.file == file and each.severity is Severity.WARNING and (each.line, each.code) in by_line
        if aside:
            used.add((each.line, each.code))
        else:
            yield each
    if not proved:
        yield from (each for each in comments if isinstance(each, Diagnostic))
    for ignore in ignores:
        for code in ignore.codes:
            if (code in _PROVED) is proved and (ignore.line, code) not in used:
                message = f"no warning {code} here to ignore"
                hint = "leave the comment out; errors cannot be ignored"
                yield Diagnostic.at(ignore.location, "SG128", message, hint, Severity.WARNING)


def _comments(document: Document) -> Iterator[_Ignore | Diagnostic]:
    source = document.tree.source
    if "scopeguard" not in source.text or "#" not in source.text:
        return
    inside = list(_scalars(document.tree.root))
    lines = source.text.split("\n")
    for comment in _COMMENT.finditer(source.text):
        if any(start <= comment.start() < end for start, end in inside):
            continue
        place = source.location(comment.start())
        said = _IGNORE.fullmatch(comment["said"].strip())
        if said is None:
            message = "a comment to scopeguard that says nothing"
            yield Diagnostic.at(place, "SG127", message, _HINT, Severity.WARNING)
            continue
        codes = tuple(code.strip() for code in said["codes"].split(","))
        alone = not lines[place.line - 1][: place.column - 1].strip()
        yield _Ignore(place, _next(lines, place.line) if alone else place.line, codes)


def _next(lines: Collection[str], line: int) -> int:
    """The first line below that is no comment and not empty."""
    for number, text in enumerate(lines, start=1):
        if number > line and text.strip() and not text.lstrip().startswith("#"):
            return number
    return line


def _scalars(root: Node) -> Iterator[tuple[int, int]]:
    """Where texts are, in which a number sign begins no comment."""
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        match node:
            case ScalarNode():
                yield node.start, node.end
            case SequenceNode():
                stack += node.items
            case MappingNode():
                for pair in node.items.values():
                    yield pair.start, pair.end
                    stack.append(pair.node)
