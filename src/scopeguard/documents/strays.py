"""SG707: what is in a file of tests and is no test, which loading a pack would ignore silently."""

import re
from collections.abc import Iterator
from typing import Final

from scopeguard.documents.text import INVISIBLE
from scopeguard.documents.tree import MappingNode, Tree
from scopeguard.documents.yaml import read
from scopeguard.errors import Diagnostic, quoted
from scopeguard.source import Source

_OF_TESTS: Final = ("scopeguard", "tests")
_HINT: Final = "policies are in files that do not end in _test.yaml"
_FIRST: Final = re.compile(r"^([ ]*)[^\s#]", re.MULTILINE)
_KNOWN: Final = rf"(?:{'|'.join(_OF_TESTS)})[ ]*:(?:\s|\Z)|[\s#]|\Z"


def stray_sections(tree: Tree) -> Iterator[Diagnostic]:
    """A finding for each section of a file of tests that is no test."""
    if isinstance(tree.root, MappingNode):
        for name in sorted(tree.root.items.keys() - set(_OF_TESTS)):
            message = f"section {quoted(name)} in a file of tests"
            yield Diagnostic.at(tree.locate((name,), key=True), "SG707", message, _HINT)


def find_strays(source: Source) -> list[Diagnostic]:
    """The same for a text, which is read only where it may have such a section.

    In nearly every file of tests the lines as deep as the first one open with the two keys that it may have.
    """
    first = _FIRST.search(source.text)
    if first is None or not _may_stray(first[1], source.text):
        return []
    reading = read(source)
    return reading.findings if reading.tree is None else list(stray_sections(reading.tree))


def _may_stray(indent: str, text: str) -> bool:
    # What only some readers take for the end of a line could hide another one.
    return re.search(rf"^{indent}(?!{_KNOWN})", text, re.MULTILINE) is not None or INVISIBLE.search(text) is not None
