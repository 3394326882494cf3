"""Strict YAML with positions, composed from parser events.

Neither of PyYAML's composers is used: libyaml's overflows the C stack on deep nesting and ends the
process, the other raises RecursionError, and both resolve aliases, tags and YAML 1.1 types. Events
are produced one at a time by both, so a limit can stop them before anything grows.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.scanner import ScannerError

from scopeguard.documents.quoting import in_quotes
from scopeguard.documents.scalars import ScalarError, Value, read_key, read_plain
from scopeguard.documents.text import INVISIBLE, invisible_characters
from scopeguard.documents.tree import MappingNode, Node, Pair, ScalarNode, SequenceNode, Tree
from scopeguard.documents.yaml_errors import WHOLE, at, complaint, tag
from scopeguard.errors import Correction, Diagnostic, quoted
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

_NOTHING: Final = ScalarNode(0, 0, None, bad=True)
"""The value of a key whose value is yet to come."""
_TOO_DEEP: Final = "maximum nesting depth"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TEXT_IN_QUOTES: Final = frozenset({"SG109", "SG113", "SG121"})
"""Codes of keys that quotes are all to put around."""
_COMMENT: Final = re.compile(r"[ ]*#")
_DIRECTIVE: Final = re.compile(r"(?:[ ]*(?:#[^\n]*)?\r?\n)*%")
_AFTER_END: Final = re.compile(r"(?:[ ]*(?:#[^\n]*)?(?:\r?\n|\Z))*")


@dataclass(slots=True)
class Reading:
    """What could be read: no tree where the text cannot be parsed to its end, and every finding."""

    tree: Tree | None
    findings: list[Diagnostic] = field(default_factory=list)


def read(source: Source, loader: type[Any] = FAST_LOADER) -> Reading:
    """As much of a YAML text as can be read, with all findings. Never raises for what the text holds."""
    findings = invisible_characters(source)
    if findings:
        return Reading(None, findings)
    if match := _DIRECTIVE.match(source.text):
        return Reading(None, [at(source, match.end() - 1, "SG106", "directive", "remove it")])
    composer = _Composer(source)
    parser = loader(source.text)
    try:
        composer.run(parser.get_event)
    except _Stop as stop:
        composer.findings.append(stop.finding)
        return Reading(None, composer.findings)
    except yaml.MarkedYAMLError as error:
        if _TOO_DEEP in f"{error.problem}" and loader is not PureLoader:
            # libyaml (from 0.2.6 on) has a limit of its own; where ours is exceeded, the other parser reports it.
            return read(source, PureLoader)
        composer.findings.append(complaint(source, error))
        return Reading(None, composer.findings)
    finally:
        parser.dispose()
    return Reading(Tree(source, composer.root or MappingNode(0), composer.has_end), composer.findings)


class _Stop(Exception):
    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding
        super().__init__(str(finding))


class _Frame:
    """A collection that is open, and the key in it that waits for its value."""

    __slots__ = ("bad", "is_mapping", "key", "node")

    def __init__(self, node: SequenceNode | MappingNode) -> None:
        self.node = node
        self.is_mapping = isinstance(node, MappingNode)
        self.key: Pair | None = None
        self.bad = False


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Node | None = None
        self.findings: list[Diagnostic] = []
        self._stack: list[_Frame] = []
        self._top: _Frame | None = None
        self._documents = 0
        self.has_end = False

    def run(self, next_event: Callable[[], Any]) -> None:
        """Compose what *next_event* gives, to the end of the stream. Raises ``_Stop`` where no more can be read."""
        handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.DocumentStartEvent: self._document_start,
            yaml.DocumentEndEvent: self._document_end,
            yaml.MappingStartEvent: self._collection_start,
            yaml.SequenceStartEvent: self._collection_start,
            yaml.MappingEndEvent: self._collection_end,
            yaml.SequenceEndEvent: self._collection_end,
            yaml.AliasEvent: self._alias,
            yaml.StreamStartEvent: self._stream_start,
        }
        while (event := next_event()).__class__ is not yaml.StreamEndEvent:
            handlers[event.__class__](event)

    def _report(self, offset: int, code: str, message: str, hint: str, correction: Correction | None = None) -> None:
        self.findings.append(at(self.source, offset, code, message, hint, correction))

    def _stop(self, offset: int, code: str, message: str, hint: str) -> _Stop:
        return _Stop(at(self.source, offset, code, message, hint))

    def _document_start(self, event: Any) -> None:
        offset = event.start_mark.index
        if event.version or event.tags:
            raise self._stop(offset, "SG106", "directive", "remove it")
        self._documents += 1
        if self._documents > 1:
            raise self._stop(offset, "SG106", "a second document", "put it in a file of its own")

    def _document_end(self, event: Any) -> None:
        self.has_end = event.explicit
        if not event.explicit:
            return
        rest = _AFTER_END.match(self.source.text, event.end_mark.index)
        if rest and rest.end() < len(self.source.text):
            raise self._stop(rest.end(), "SG106", "text after the end of the document", "put it in a file of its own")

    def _stream_start(self, event: Any) -> None:
        """Nothing is known yet."""

    def _collection_start(self, event: Any) -> None:
        offset = event.start_mark.index
        if len(self._stack) >= MAX_YAML_DEPTH:
            raise self._stop(offset, "SG107", f"nested deeper than {MAX_YAML_DEPTH}", "flatten it")
        is_key = self._expects_key()
        node = MappingNode(offset) if event.__class__ is yaml.MappingStartEvent else SequenceNode(offset)
        if event.anchor is not None or event.tag is not None:
            self._decorated(event)
        if is_key:
            node.bad = True
            self._report(offset, "SG121", "key is not text", "write a text as the key")
        self._top = _Frame(node)
        self._stack.append(self._top)

    def _collection_end(self, _event: Any) -> None:
        node = self._stack.pop().node
        self._top = self._stack[-1] if self._stack else None
        self._attach(node)

    def _scalar(self, event: Any) -> None:
        start, end, text, style = event.start_mark.index, event.end_mark.index, event.value, event.style or ""
        frame = self._top
        is_key = frame is not None and frame.key is None and frame.is_mapping
        value: Value = text
        bad = (event.anchor is not None or event.tag is not None) and self._decorated(event)
        if not style and not bad:
            outcome = read_key(text) if is_key else read_plain(text)
            if not text and _COMMENT.match(self.source.text, end):
                outcome = ScalarError("SG109", "empty value before a comment", WHOLE)
            if isinstance(outcome, ScalarError):
                # A key is always text; what a value is meant to be is known where its shape is.
                is_text = is_key and outcome.code in _TEXT_IN_QUOTES
                correction = in_quotes(self.source, start, end) if is_text and text else None
                self._report(start, outcome.code, outcome.message, outcome.hint, correction)
                bad = True
            else:
                value = outcome
        elif style and (match := INVISIBLE.search(text)):
            self._report(start, "SG110", f"control character U+{ord(match.group()):04X} by an escape", "remove it")
            bad = True
        if is_key and frame is not None:
            frame.key, frame.bad = Pair(text, start, end, _NOTHING, style), bad
        else:
            self._attach(ScalarNode(start, end, value, style, bad))

    def _alias(self, event: Any) -> None:
        start = event.start_mark.index
        self._report(start, "SG103", f"alias {quoted(event.anchor)}", f"write it out, or {WHOLE}")
        self._attach(ScalarNode(start, event.end_mark.index, None, bad=True))

    def _decorated(self, event: Any) -> bool:
        offset = event.start_mark.index
        if event.anchor is not None:
            hint = f"write the value out where it is used, or {WHOLE}"
            self._report(offset, "SG103", f"anchor {quoted(event.anchor)}", hint)
        if event.tag is not None:
            self.findings.append(tag(self.source, offset))
        return True

    def _expects_key(self) -> bool:
        top = self._top
        return top is not None and top.key is None and top.is_mapping

    def _attach(self, node: Node) -> None:
        frame = self._top
        if frame is None:
            self.root = node
            return
        if isinstance(frame.node, SequenceNode):
            frame.node.items.append(node)
        elif frame.key is None:
            # No text can hold NUL here, so a key that is not text never meets one that is.
            frame.key, frame.bad = Pair(f"\0{node.start}", node.start, node.start, _NOTHING), True
        else:
            pair, frame.key = frame.key, None
            self._pair(frame.node, pair, node, bad=frame.bad)

    def _pair(self, mapping: MappingNode, pair: Pair, node: Node, *, bad: bool) -> None:
        pair.node = node
        known = mapping.items.setdefault(pair.name, pair)
        if known is pair:
            node.bad = node.bad or bad
            return
        first = self.source.location(known.start)
        where = f"first at line {first.line}, column {first.column}"
        self._report(pair.start, "SG102", f"duplicate key {quoted(pair.name)}", where)
        known.node.bad = True
