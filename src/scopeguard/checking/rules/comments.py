"""SG510 and SG511: no comment takes a part of a condition away.

A comment of CEL ends where its line ends, and YAML joins the lines of all but literal blocks (``|``): what was on the
next line is then a part of the comment. A comment of YAML ends a plain text where a ``#`` follows a space.
"""

import re
from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.entries import Entry
from scopeguard.documents.tree import ScalarNode
from scopeguard.errors import Diagnostic

_TOKENS: Final = re.compile(
    r"""[bB]?[rR][bB]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')"""
    r"""|\"{3}(?:\\.|.)*?\"{3}|'{3}(?:\\.|.)*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    r"""|(?P<comment>//[^\n]*)""",
    re.DOTALL,
)
"""Texts, in which two slashes are no comment, and comments."""
_CUT: Final = re.compile(r"[ \]},0-9+-]* #(?P<comment>[^\n]*)")
_BLOCKS: Final = frozenset("|>")
_OPERATOR: Final = re.compile(
    r"&&|\|\||==|!=|<=|>=|^\s*(?:[+*/%<>?]|in\s|\.\w|!\s*[\w(]"
    r"|(?:and|or|not)\s+(?:not\s+|!\s*)?(?:(?:principal|resource|context|variables|groups)\.|\w+\()"
    r"|(?:and|or)\s+!?\s*\w+\s*$)"
)
"""The rest of a condition, with its operators or the words for them: *and*, and a name or a call."""


def check_comments(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Comments in and behind every condition."""
    for entry, path, text in _texts(parsed):
        if "//" in text:
            yield from _joined(entry, path, text)
        node = entry.document.tree.find((*entry.path, *path))
        if isinstance(node, ScalarNode):
            source = entry.document.tree.source
            # What a literal block has is on the lines below its header.
            cut = _CUT.match(source.text, node.start + 1 if node.style in _BLOCKS else node.end)
            if cut is not None and _OPERATOR.search(cut["comment"]):
                message = "the condition ends before a comment that reads like the rest of it"
                hint = "write all of the condition in quotes, or the comment on a line of its own above it"
                place = source.location(cut.start("comment") - 1)
                yield Diagnostic.at(place, "SG511", message, hint)


def _texts(parsed: ParsedPack) -> Iterator[tuple[Entry, Path, str]]:
    for rule in parsed.conditional:
        for field in ("when", "unless"):
            text = getattr(rule.entry.content, field, None)
            if text is not None:
                yield rule.entry, (field,), text
    for entry in parsed.pack.entries("variables"):
        yield entry, (), entry.content
    for entry in parsed.pack.entries("recovery"):
        for index, remedy in enumerate(entry.content.remedies or ()):
            yield entry, ("remedies", index, "when"), remedy.when
    for entry in parsed.pack.entries("invariants"):
        for word in ("never", "always"):
            claim = getattr(entry.content, word)
            if claim is not None and claim.when is not None:
                yield entry, (word, "when"), claim.when


def _joined(entry: Entry, path: Path, text: str) -> Iterator[Diagnostic]:
    where = (*entry.path, *path)
    for found in _TOKENS.finditer(text):
        comment = (found["comment"] or "").rstrip()
        if not comment:
            continue
        first = entry.document.locate(where, offset=found.start())
        last = entry.document.locate(where, offset=found.start() + len(comment) - 1)
        if first.line != last.line:
            message = "the lines after this comment are joined to it"
            # By its own key: under another one it would mean the opposite.
            key = path[-1] if path else entry.name
            hint = f"write the condition as a literal block, {key}: |, or leave the comment out"
            yield finding(entry, path, "SG510", message, hint, offset=found.start())
