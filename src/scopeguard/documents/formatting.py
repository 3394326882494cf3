"""The conditions of a policy file in their canonical form; everything else stays as it is.

Only the text of a condition's scalar is exchanged, so that comments, order, quotes of other values and
empty lines cannot get lost. What is written is read again: a file that would then say anything else is
left as it was.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scopeguard.documents.tree import MappingNode, Node, Path, ScalarNode, SequenceNode, Tree
from scopeguard.documents.yaml import read
from scopeguard.errors import Diagnostic, PolicyError
from scopeguard.source import Source
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import TRUE, Call, Expr
from scopeguard.syntax.parser import ExpressionError, parse_condition
from scopeguard.syntax.printer import print_expression

_CONDITIONS: Final = ("when", "unless")
_BLOCKS: Final = frozenset("|>")
_WIDTH: Final = 100
"""Characters of a line of a block, without its indentation."""

_WORD: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^ "])+')
_LOGICAL: Final[Mapping[str, str]] = {ex.AND: "&&", ex.OR: "||"}
_COMMENT: Final = re.compile(
    r"""(?s)[rR]?(?:[bB][rR]?)?(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<comment>//)"""
)


def formatted(source: Source) -> str:
    """The text of *source* with canonical conditions; the same text where there is nothing to do.

    Raises PolicyError with every finding where the text is not YAML, or one of its conditions is malformed.
    """
    tree, trees = _conditions_of(source)
    text = source.text
    for path, expr in reversed(trees.items()):
        node = tree.find(path)
        if isinstance(node, ScalarNode):
            text = text[: node.start] + _written(text, node, expr) + text[node.end :]
    if text == source.text:
        return text
    try:
        after, others = _conditions_of(Source(source.name, text))
    except PolicyError:
        return source.text
    is_same = others == trees and _without(after.root, ()) == _without(tree.root, ())
    return text if is_same else source.text


def _conditions_of(source: Source) -> tuple[Tree, dict[Path, Expr]]:
    reading = read(source)
    if reading.tree is None or reading.findings:
        raise PolicyError(reading.findings)
    trees: dict[Path, Expr] = {}
    findings: list[Diagnostic] = []
    for path, node in _scalars(reading.tree.root):
        try:
            trees[path] = parse_condition(str(node.value))
        except ExpressionError as error:
            location = reading.tree.locate(path, offset=error.offset)
            findings.append(Diagnostic.at(location, error.code, error.message, error.hint))
    if findings:
        raise PolicyError(findings)
    return reading.tree, dict(sorted(trees.items(), key=lambda item: _start(reading.tree, item[0])))


def _start(tree: Tree | None, path: Path) -> int:
    node = None if tree is None else tree.find(path)
    return 0 if node is None else node.start


def _scalars(root: Node) -> Iterator[tuple[Path, ScalarNode]]:
    """Every condition, with its path."""
    sections = root.items if isinstance(root, MappingNode) else {}
    for section, pair in sections.items():
        node = pair.node
        if section == "variables" and isinstance(node, MappingNode):
            for name, named in node.items.items():
                if isinstance(named.node, ScalarNode) and isinstance(named.node.value, str):
                    yield (section, name), named.node
        if section == "rules" and isinstance(node, SequenceNode):
            for index, rule in enumerate(node.items):
                yield from _of_entry((section, index), rule)
        if section == "roles" and isinstance(node, MappingNode):
            for name, role in node.items.items():
                yield from _of_entry((section, name), role.node)


def _of_entry(path: Path, entry: Node) -> Iterator[tuple[Path, ScalarNode]]:
    fields = entry.items if isinstance(entry, MappingNode) else {}
    for field in _CONDITIONS:
        found = fields[field].node if field in fields else None
        if isinstance(found, ScalarNode) and isinstance(found.value, str):
            yield (*path, field), found


def _without(node: Node, path: Path) -> object:
    """What a tree says beside its conditions."""
    if isinstance(node, MappingNode):
        is_entry = len(path) == 2 and path[0] in ("rules", "roles")
        return {key: None if path == ("variables",) or (is_entry and key in _CONDITIONS)
                else _without(pair.node, (*path, key)) for key, pair in node.items.items()}  # fmt: skip
    if isinstance(node, SequenceNode):
        return [_without(item, (*path, index)) for index, item in enumerate(node.items)]
    return node.value


def _written(text: str, node: ScalarNode, expr: Expr) -> str:
    """The scalar of a condition, in the style it has; one with a comment of its own stays as it is."""
    before = text[node.start : node.end]
    if any(found["comment"] for found in _COMMENT.finditer(str(node.value))):
        return before
    if node.style in _BLOCKS:
        return _block(before, expr)
    canonical = print_expression(expr)
    if canonical == node.value and "\n" not in before:
        return before
    if not node.style and _is_plain(canonical, before):
        return canonical
    return "'" + canonical.replace("'", "''") + "'"


def _is_plain(canonical: str, before: str) -> bool:
    """Whether a text needs no quotes in the place of *before*, whatever surrounds it."""
    # Brackets and commas are plain outside of brackets alone; where they were before, they may be again.
    flow = not set("[]{},") & (set(canonical) - set(before))
    tree = read(Source("", f"- {canonical}\n")).tree
    root = tree.root if tree is not None else None
    return flow and isinstance(root, SequenceNode) and _is_text(root.items, canonical)


def _is_text(items: list[Node], text: str) -> bool:
    return len(items) == 1 and isinstance(items[0], ScalarNode) and items[0].value == text


def _block(before: str, expr: Expr) -> str:
    """A block: one operand of the outermost ``&&`` or ``||`` on each line."""
    header, line_feed, content = before.partition("\n")
    body = content.rstrip()
    if not line_feed or not body or any(char.isdigit() for char in header.partition("#")[0]):
        return before
    indent = "\n" + " " * (len(body) - len(body.lstrip(" ")))
    lines = (line for operand in _lines(expr) for line in _filled(operand))
    return header + "".join(indent + line for line in lines) + content[len(body) :]


def _filled(line: str) -> list[str]:
    """A line as several of at most _WIDTH characters, as far as there are spaces outside of texts."""
    lines: list[str] = []
    for word in _WORD.findall(line):
        if lines and len(lines[-1]) + 1 + len(word) <= _WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"  {word}" if lines else word)
    return lines


def _lines(expr: Expr) -> list[str]:
    if not isinstance(expr, Call) or expr.function not in _LOGICAL:
        return [print_expression(expr)]
    # Printed beside a constant, an operand has the parentheses that it needs beside the others.
    rest = f" {_LOGICAL[expr.function]} true"
    *first, last = (print_expression(Call(expr.function, (arg, TRUE))).removesuffix(rest) for arg in expr.args)
    return [*(f"{operand} {_LOGICAL[expr.function]}" for operand in first), last]
