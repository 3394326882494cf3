"""The tree of a YAML text: plain values, each with its position."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msgspec import Struct, field

from scopeguard.documents.scalars import Value
from scopeguard.errors import Correction, Hint, Suggestion
from scopeguard.source import Location, Source

Path = tuple[str | int, ...]
"""The way from the root to a node: keys of mappings and indexes of lists."""

_OF_WORDS: Final = re.compile(r"\w")
_ANYWHERE: Final = re.compile(r"[A-Za-z0-9_.:-]+")
"""A text that means the same with and without quotes, wherever another word was."""
_BLANK: Final = frozenset(" \t\r\n")
_UNITS: Final = {
    "'": re.compile(r"''|.", re.DOTALL),
    '"': re.compile(r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\\r\n|\\.|.", re.DOTALL),
}
_BLANK_CODES: Final = frozenset({"9", "a", "d", "20"})
_BLANK_ESCAPES: Final = frozenset({"\\ ", "\\t", "\\\t", "\\n", "\\r", "\\\n", "\\\r\n"})


class ScalarNode(Struct, eq=False, gc=False):
    """A scalar; *style* is empty for a plain one, else its first character: ``"``, ``'``, ``|`` or ``>``."""

    start: int
    end: int
    value: Value
    style: str = ""
    bad: bool = False


class SequenceNode(Struct, eq=False, gc=False):
    """A list."""

    start: int
    items: "list[Node]" = field(default_factory=list)
    bad: bool = False


class MappingNode(Struct, eq=False, gc=False):
    """A mapping from text to nodes, each with its key's scalar."""

    start: int
    items: "dict[str, Pair]" = field(default_factory=dict)
    bad: bool = False


Node = ScalarNode | SequenceNode | MappingNode
"""A node of the tree. One that is *bad* was reported already: nothing may be read from it."""


class Pair(Struct, eq=False, gc=False):
    """One key of a mapping: its *name*, from *start* to *end*, with its value."""

    name: str
    start: int
    end: int
    node: Node
    style: str = ""

    @property
    def key(self) -> ScalarNode:
        """The scalar of the key."""
        return ScalarNode(self.start, self.end, self.name, self.style)


@dataclass(frozen=True, slots=True)
class Tree:
    """A composed YAML text."""

    source: Source
    root: Node
    has_end: bool = False
    """Whether a line ``...`` says where the text ends."""

    def value(self) -> object:
        """The plain Python value: dict, list, str, bool, int, float and None."""
        return _plain(self.root)

    def find(self, path: Path) -> Node | None:
        """The node at *path*, or None."""
        node = self.root
        for step in path:
            child = _child(node, step)
            if child is None:
                return None
            node = child
        return node

    def locate(self, path: Path, *, key: bool = False, offset: int | None = None) -> Location:
        """The position of the value at *path*, or of its *key*; with *offset*, a character inside that scalar's text.

        A path that is not there gives the place of the nearest parent that is.
        """
        return self.source.location(self._place(path, key=key, offset=offset))

    def correction(self, path: Path, hint: Hint, *, key: bool = False, offset: int | None = None) -> Correction | None:
        """The edit that *hint* comes to at such a place.

        None where it has more than one reading, and where the text that it is about is spelled otherwise there, as by
        an escape.
        """
        if not isinstance(hint, Suggestion) or hint.replacement is None or not _ANYWHERE.fullmatch(hint.replacement):
            return None
        text, written = self.source.text, hint.written
        start = self._place(path, key=key, offset=offset)
        start += text[start : start + 1] in _UNITS
        around = (text[max(start - 1, 0) : start], text[start + len(written) : start + len(written) + 1])
        if not text.startswith(written, start) or any(_OF_WORDS.fullmatch(char) for char in around):
            return None
        location = self.source.location(start)
        return Correction(location.line, location.column, written, hint.replacement)

    def _place(self, path: Path, *, key: bool, offset: int | None) -> int:
        node: Node = self.root
        parent: Node | None = None
        for step in path:
            child = _child(node, step)
            if child is None:
                return node.start
            parent, node = node, child
        named = key and isinstance(parent, MappingNode)
        target = parent.items[str(path[-1])].key if named and isinstance(parent, MappingNode) else node
        if offset is None or not isinstance(target, ScalarNode):
            return target.start
        return _inside(self.source.text, target, offset)

    def locate_items(self, path: Path) -> list[Location]:
        """The position of each item of the list at *path*; none where there is no list."""
        node = self.find(path)
        return [self.source.location(item.start) for item in node.items] if isinstance(node, SequenceNode) else []

    def scalars(self) -> Iterator[tuple[Path, ScalarNode]]:
        """Every scalar in the place of a value, with its path, in the order of the text."""
        stack: list[tuple[Path, Node]] = [((), self.root)]
        while stack:
            path, node = stack.pop()
            if isinstance(node, ScalarNode):
                yield path, node
            elif isinstance(node, MappingNode):
                stack.extend(((*path, key), pair.node) for key, pair in reversed(node.items.items()))
            else:
                stack.extend(((*path, index), item) for index, item in reversed(tuple(enumerate(node.items))))

    def bad_paths(self) -> Iterator[Path]:
        """The paths of all nodes that were reported while composing."""
        stack: list[tuple[Path, Node]] = [((), self.root)]
        while stack:
            path, node = stack.pop()
            if node.bad:
                yield path
            if isinstance(node, MappingNode):
                stack.extend(((*path, key), pair.node) for key, pair in node.items.items())
            elif isinstance(node, SequenceNode):
                stack.extend(((*path, index), item) for index, item in enumerate(node.items))


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MappingNode):
        pair = node.items.get(step) if isinstance(step, str) else None
        return pair.node if pair else None
    if isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def _plain(node: Node) -> object:
    # The composer bounds the depth, so recursion is safe here.
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [item.value if isinstance(item, ScalarNode) else _plain(item) for item in node.items]
    pairs = node.items.values()
    return {pair.name: pair.node.value if isinstance(pair.node, ScalarNode) else _plain(pair.node) for pair in pairs}


def _inside(text: str, node: ScalarNode, offset: int) -> int:
    """The place in *text* of a character of the scalar's decoded value.

    Folding, indentation and chomping change white space only. So the n-th visible character of the
    value is the n-th visible one of the source, whatever the style.
    """
    value = node.value if isinstance(node.value, str) else text[node.start : node.end]
    offset = max(0, min(offset, len(value)))
    start = _content_start(text, node)
    visible = [index for index, char in enumerate(value[: offset + 1]) if char not in _BLANK]
    if not visible:
        return start
    unit_start = unit_end = start
    remaining = len(visible)
    pattern = _UNITS.get(node.style)
    while remaining and unit_end < node.end:
        unit_start = unit_end
        match = pattern.match(text, unit_start) if pattern else None
        unit_end = match.end() if match else unit_start + 1
        remaining -= not _is_blank(text[unit_start:unit_end])
    gap = offset - visible[-1]
    if not gap:
        return unit_start
    line_end = text.find("\n", unit_end)
    return min(unit_end + gap - 1, line_end if line_end >= 0 else len(text))


def _content_start(text: str, node: ScalarNode) -> int:
    if node.style in ("|", ">"):
        return text.find("\n", node.start) + 1 or node.end
    return node.start + (1 if node.style else 0)


def _is_blank(unit: str) -> bool:
    if len(unit) > 2 and unit[1] in "xuU":
        return unit[2:].lstrip("0").lower() in _BLANK_CODES
    return unit in _BLANK or unit in _BLANK_ESCAPES
