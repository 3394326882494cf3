"""Strict YAML with positions, composed from parser events.

Neither of PyYAML's composers is used: libyaml's overflows the C stack on deep nesting and ends the
process, the other raises RecursionError, and both resolve aliases, tags and YAML 1.1 types. Events
are produced one at a time by both, so a limit can stop them before anything grows.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.scanner import ScannerError

from scopeguard.documents.positions import MappingNode, Node, Pair, ScalarNode, SequenceNode, Tree
from scopeguard.documents.scalars import Refusal, Value, read_key, read_plain
from scopeguard.documents.text import INVISIBLE, invisible_characters
from scopeguard.errors import Diagnostic, PolicyError, quoted
from scopeguard.limits import MAX_YAML_DEPTH
from scopeguard.source import Source


class PureLoader(yaml.SafeLoader):
    """PyYAML's own parser, with libyaml's answer to escapes that name no character."""

    def scan_flow_scalar(self, style: str) -> Any:
        """A quoted scalar. Raises ``ScannerError`` where an escape names a surrogate or no code point."""
        start = self.get_mark()
        try:
            token = super().scan_flow_scalar(style)
        except (ValueError, OverflowError):
            token = None
        if token is None or _SURROGATE.search(token.value):
            raise ScannerError("while scanning a quoted scalar", start, "found an invalid escape", start)
        return token


FAST_LOADER: Final[type[Any]] = getattr(yaml, "CSafeLoader", PureLoader)
"""The event source: libyaml where PyYAML was built with it."""

_TOO_DEEP: Final = "maximum nesting depth"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_DIRECTIVE: Final = re.compile(r"(?:[ ]*(?:#[^\n]*)?\r?\n)*%")
_AFTER_END: Final = re.compile(r"(?:[ ]*(?:#[^\n]*)?(?:\r?\n|\Z))*")

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


@dataclass(slots=True)
class Reading:
    """What could be read: no tree where the text cannot be parsed to its end, and every finding."""

    tree: Tree | None
    findings: list[Diagnostic] = field(default_factory=list)


def compose(source: Source) -> Tree:
    """The tree of a YAML text.

    Raises ``PolicyError`` with every finding where the text is not YAML as this library reads it.
    """
    reading = read(source)
    if reading.tree is None or reading.findings:
        raise PolicyError(reading.findings)
    return reading.tree


def read(source: Source, loader: type[Any] = FAST_LOADER) -> Reading:
    """As much of a YAML text as can be read, with all findings. Never raises for what the text holds."""
    findings = invisible_characters(source)
    if findings:
        return Reading(None, findings)
    if match := _DIRECTIVE.match(source.text):
        return Reading(None, [_at(source, match.end() - 1, "SG106", "directive", "remove it")])
    composer = _Composer(source)
    try:
        composer.run(yaml.parse(source.text, Loader=loader))
    except _Stop as stop:
        composer.findings.append(stop.finding)
        return Reading(None, composer.findings)
    except yaml.MarkedYAMLError as error:
        if _TOO_DEEP in f"{error.problem}" and loader is not PureLoader:
            # libyaml (from 0.2.6 on) reads ahead to a limit of its own; where ours is passed, the other parser tells.
            return read(source, PureLoader)
        composer.findings.append(_complaint(source, error))
        return Reading(None, composer.findings)
    return Reading(Tree(source, composer.root or MappingNode(0)), composer.findings)


class _Stop(Exception):
    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding
        super().__init__(str(finding))


@dataclass(slots=True)
class _Frame:
    node: SequenceNode | MappingNode
    key: ScalarNode | None = None


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Node | None = None
        self.findings: list[Diagnostic] = []
        self._stack: list[_Frame] = []
        self._documents = 0

    def run(self, events: Iterable[Any]) -> None:
        handlers = {
            yaml.DocumentStartEvent: self._document_start,
            yaml.DocumentEndEvent: self._document_end,
            yaml.MappingStartEvent: self._collection_start,
            yaml.SequenceStartEvent: self._collection_start,
            yaml.MappingEndEvent: self._collection_end,
            yaml.SequenceEndEvent: self._collection_end,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
        }
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    def _report(self, offset: int, code: str, message: str, hint: str) -> None:
        self.findings.append(_at(self.source, offset, code, message, hint))

    def _stop(self, offset: int, code: str, message: str, hint: str) -> _Stop:
        return _Stop(_at(self.source, offset, code, message, hint))

    def _document_start(self, event: Any) -> None:
        offset = event.start_mark.index
        if event.version or event.tags:
            raise self._stop(offset, "SG106", "directive", "remove it")
        self._documents += 1
        if self._documents > 1:
            raise self._stop(offset, "SG106", "a second document", "put it in a file of its own")

    def _document_end(self, event: Any) -> None:
        if not event.explicit:
            return
        rest = _AFTER_END.match(self.source.text, event.end_mark.index)
        if rest and rest.end() < len(self.source.text):
            raise self._stop(rest.end(), "SG106", "text after the end of the document", "put it in a file of its own")

    def _collection_start(self, event: Any) -> None:
        offset = event.start_mark.index
        if len(self._stack) >= MAX_YAML_DEPTH:
            raise self._stop(offset, "SG107", f"nested deeper than {MAX_YAML_DEPTH}", "flatten it")
        is_key = self._expects_key()
        node = MappingNode(offset) if isinstance(event, yaml.MappingStartEvent) else SequenceNode(offset)
        self._decorated(event)
        node.bad = is_key
        if is_key:
            self._report(offset, "SG121", "key is not text", "write a text as the key")
        self._stack.append(_Frame(node))

    def _collection_end(self, _event: Any) -> None:
        self._attach(self._stack.pop().node)

    def _scalar(self, event: Any) -> None:
        start = event.start_mark.index
        is_key = self._expects_key()
        node = ScalarNode(start, event.end_mark.index, event.value, event.style or "", self._decorated(event))
        if not node.style and not node.bad:
            outcome: Value | Refusal = read_key(event.value) if is_key else read_plain(event.value)
            if isinstance(outcome, Refusal):
                self._report(start, outcome.code, outcome.message, outcome.hint)
                node.bad = True
            else:
                node.value = outcome
        elif match := INVISIBLE.search(event.value):
            self._report(start, "SG110", f"control character U+{ord(match.group()):04X} by an escape", "remove it")
            node.bad = True
        self._attach(node)

    def _alias(self, event: Any) -> None:
        start = event.start_mark.index
        self._report(start, "SG103", f"alias {quoted(event.anchor)}", "write it out, or in quotes where text is meant")
        self._attach(ScalarNode(start, event.end_mark.index, None, bad=True))

    def _decorated(self, event: Any) -> bool:
        offset = event.start_mark.index
        if event.anchor is not None:
            self._report(offset, "SG103", f"anchor {quoted(event.anchor)}", "write the value out where it is used")
        if event.tag is not None:
            self._report(offset, "SG105", "tag", "remove it; values are typed by how they are written")
        return event.anchor is not None or event.tag is not None

    def _expects_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].node, MappingNode) and self._stack[-1].key is None

    def _attach(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        if isinstance(frame.node, SequenceNode):
            frame.node.items.append(node)
        elif frame.key is None:
            frame.key = self._key(node)
        else:
            self._pair(frame.node, frame.key, node)
            frame.key = None

    def _key(self, node: Node) -> ScalarNode:
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            return node
        # No text can hold NUL here, so a key that is not text never meets one that is.
        return ScalarNode(node.start, node.start, f"\0{node.start}", bad=True)

    def _pair(self, mapping: MappingNode, key: ScalarNode, node: Node) -> None:
        name = str(key.value)
        known = mapping.items.get(name)
        if known is None:
            node.bad = node.bad or key.bad
            mapping.items[name] = Pair(key, node)
            return
        first = self.source.location(known.key.start)
        self._report(
            key.start, "SG102", f"duplicate key {quoted(name)}", f"first at line {first.line}, column {first.column}"
        )
        known.node.bad = True


def _at(source: Source, offset: int, code: str, message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic.at(source.location(offset), code, message, hint)


def _complaint(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    said = f"{error.context or ''} {error.problem or ''}"
    place, code, message, hint = next(row[1:] for row in _COMPLAINTS if row[0] in said)
    mark = getattr(error, place) or error.problem_mark or error.context_mark
    offset = mark.index if mark is not None else len(source.text)
    return _at(source, offset, code, f"not valid YAML: {message}" if code == "SG101" else message, hint)
