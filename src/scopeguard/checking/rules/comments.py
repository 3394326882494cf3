"""SG510 and SG511: no comment takes a part of a condition, or of what is required, away.

A comment of CEL ends where its line ends, and YAML joins the lines of all but literal blocks (``|``): what was on the
next line is then a part of the comment. A comment of YAML ends a plain text where a ``#`` follows a space. Either may
read like the rest of what it ends: two slashes are floor division elsewhere.
"""

import re
from collections.abc import Iterator
from typing import Final

from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.entries import Document
from scopeguard.documents.expressions import expressions
from scopeguard.documents.tree import Path
from scopeguard.errors import Diagnostic, PolicyError
from scopeguard.syntax.expression import Macro, walk
from scopeguard.syntax.parser import parse_condition

_TOKENS: Final = re.compile(
    r"""[bB]?[rR][bB]?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')"""
    r"""|\"{3}(?:\\.|.)*?\"{3}|'{3}(?:\\.|.)*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    r"""|(?P<comment>//[^\n]*)""",
    re.DOTALL,
)
"""Texts, in which two slashes are no comment, and comments."""
_CUT: Final = re.compile(r"[ \]},0-9+-]* #(?P<comment>[^\n]*)")
_BLOCKS: Final = frozenset("|>")
_ROOT: Final = r"(?:principal|resource|context|variables|groups)\."
_WORDS: Final = rf"(?:and|or|not)\s+(?:not\s+|!\s*)?(?:{_ROOT}|\w+\(|[\w@*]+:[\w@*{{])"
"""The words for operators, and a name, a call or a permission."""
_ANYWHERE: Final = re.compile(rf"^\s*(?:&&|\|\||{_WORDS})", re.IGNORECASE)
"""What no comment behind any value says."""
_BEGINNING: Final = re.compile(
    rf"^\s*(?:&&|\|\||[=!<>]=|[+*/%<>?]|in\s|\.\w|!\s*[\w(]|(?i:{_WORDS}|(?:and|or)\s+!?\s*\w+\s*$))"
)
"""The rest of a condition, with its operator or the word for it."""
_OPERATOR: Final = re.compile(rf"&&|\|\||==|!=|<=|>=|{_BEGINNING.pattern}")
_NUMBER: Final = re.compile(r"\s*-?\d[\d.]*\s*(?:$|[,(])")
_OPERAND: Final = re.compile(rf"\s*[-(\s]*(?:\d|{_ROOT}\w|(?P<name>[A-Za-z_]\w*)(?P<call>\()?)")
_ELSEWHERE: Final = "write all of it in quotes, or the comment on a line of its own above it"
_IN_WORDS: Final = "leave the slashes out, or write the comment in other words"
_DIVIDED: Final = 'two slashes begin a comment: write "/" to divide, or the comment in other words'


def check_comments(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Comments in and behind every text with a grammar, and behind all other values."""
    for document in parsed.pack.documents:
        texts = dict(expressions(document.content))
        for path, text in texts.items():
            if "//" in text:
                yield from _within(document, path, text)
        # Hardly any file has such a comment, and its values are many.
        lines = document.tree.source.text.split("\n")
        if any(_OPERATOR.search(part) for line in lines if " #" in line for part in line.split(" #")[1:]):
            yield from _behind(document, frozenset(texts))


def _behind(document: Document, texts: frozenset[Path]) -> Iterator[Diagnostic]:
    source = document.tree.source
    for path, node in document.tree.scalars():
        # What a literal block has is on the lines below its header.
        cut = _CUT.match(source.text, node.start + 1 if node.style in _BLOCKS else node.end)
        if cut is not None and (_OPERATOR if path in texts else _ANYWHERE).search(cut["comment"]):
            message = "this ends before a comment that reads like the rest of it"
            yield Diagnostic.at(source.location(cut.start("comment") - 1), "SG511", message, _ELSEWHERE)


def _within(document: Document, path: Path, text: str) -> Iterator[Diagnostic]:
    for found in _TOKENS.finditer(text):
        comment = (found["comment"] or "").rstrip()
        if not comment:
            continue
        first = document.locate(path, offset=found.start())
        last = document.locate(path, offset=found.start() + len(comment) - 1)
        if first.line != last.line:
            message = "the lines after this comment are joined to it"
            # By its own key: under another one it would mean the opposite.
            joined = f"write the condition as a literal block, {_key(path)}: |, or leave the comment out"
            yield Diagnostic.at(first, "SG510", message, joined)
            continue
        before = text[: found.start()].rstrip()
        is_behind = bool(before) and document.locate(path, offset=len(before) - 1).line == first.line
        hint = _read_on(text, found.start(), found.end(), is_behind=is_behind) if before else None
        if hint is not None:
            yield Diagnostic.at(first, "SG511", "this comment reads like a part of the condition", hint)


def _read_on(text: str, start: int, end: int, *, is_behind: bool) -> str | None:
    """What to write where the comment from *start* to *end* reads like a part of the condition; else None.

    One on a line of its own may have operators in it, and begins with none.
    """
    comment = text[start:end].lstrip("/")
    if (_OPERATOR if is_behind else _BEGINNING).search(comment):
        return _IN_WORDS
    if _NUMBER.match(comment):
        return _DIVIDED
    operand = _OPERAND.match(comment)
    if operand is None:
        return None
    try:
        whole = parse_condition(f"{text[:start]}/{comment}{text[end:]}")
    except PolicyError:
        return None
    # A word alone is prose, but for one that a macro binds around it.
    names = {name for node in walk(whole) if isinstance(node, Macro) for name in node.variables}
    is_prose = operand["name"] is not None and operand["call"] is None and operand["name"] not in names
    return None if is_prose else _DIVIDED


def _key(path: Path) -> str:
    return str(next(step for step in reversed(path) if isinstance(step, str)))
