"""SG122 and SG221: what a layer says again is in a layer below it, and of it only what may be said again."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.amending import ADDED, COMMENTS, REPLACEABLE, adds_attributes
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, did_you_mean, quoted

_WORDS: Final[Mapping[str, str]] = MappingProxyType({"roles": "role", "gates": "gate", "recovery": "code"})


def check_replacements(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Entries that redefine what a layer below has."""
    for entry in parsed.pack.written("gates"):
        if not entry.content.on and entry.content.replaces is None:
            yield _missing(entry, "on")
    for entry in parsed.pack.written("surfaces"):
        if not adds_attributes("surfaces", entry.content):
            continue
        if _below(parsed, "surfaces", entry) is None:
            # Where something could not be read, that may have been what the surfaces of the file have in common.
            if parsed.pack.complete:
                yield _missing(entry, "actions")
        else:
            yield from _beyond(entry, ADDED, "surface", "a layer above adds attributes to it, and nothing else")
    for kind, word in _WORDS.items():
        for entry in parsed.pack.written(kind):
            if entry.content.replaces is not None:
                yield from _replacement(parsed, kind, word, entry)


def _missing(entry: Entry, key: str) -> Diagnostic:
    return finding(entry, (), "SG122", f"missing key {quoted(key)}")


def _replacement(parsed: ParsedPack, kind: str, word: str, entry: Entry) -> Iterator[Diagnostic]:
    below = _below(parsed, kind, entry)
    if below is None:
        known = [each.name for each in parsed.pack.written(kind) if each.document.layer < entry.document.layer]
        message = f"no layer below has a {word} {quoted(entry.name)} to replace"
        hint = did_you_mean(entry.name, known) or "leave replaces out"
        yield finding(entry, ("replaces",), "SG221", message, hint, key=True)
    elif entry.content.because is None:
        message = f"{word} {quoted(entry.name)} replaces that of the layer below without a reason"
        yield finding(entry, ("replaces",), "SG221", message, "say why under because: …", key=True)
    if below is None:
        return
    allowed, said = REPLACEABLE[kind], entry.content.model_fields_set
    if allowed is None:
        said = set(type(entry.content).model_fields)
    else:
        yield from _beyond(
            entry, allowed, word, f"of a {word}, these can be replaced: {', '.join(sorted(allowed - COMMENTS))}"
        )
    if all(getattr(entry.content, name) == getattr(below.content, name) for name in said - COMMENTS):
        message = f"{word} {quoted(entry.name)} replaces that of the layer below and changes nothing of it"
        yield finding(entry, ("replaces",), "SG221", message, "leave it out, or say what is to change", key=True)


def _beyond(entry: Entry, allowed: frozenset[str], word: str, hint: str) -> Iterator[Diagnostic]:
    for name in sorted(entry.content.model_fields_set - allowed):
        key = type(entry.content).model_fields[name].alias or name
        message = f"{word} {quoted(entry.name)} of the layer below keeps its {key}"
        yield finding(entry, (key,), "SG221", message, hint, key=True)


def _below(parsed: ParsedPack, kind: str, entry: Entry) -> Entry | None:
    """What a layer below has by the name of an entry."""
    written = parsed.pack.written(kind)
    return next(
        (each for each in written if each.name == entry.name and each.document.layer < entry.document.layer), None
    )
