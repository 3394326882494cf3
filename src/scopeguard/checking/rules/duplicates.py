"""SG201: a name is defined once in a pack, and nothing takes the place of a built-in name."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from scopeguard.checking.findings import Path
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.amending import adds_attributes
from scopeguard.documents.entries import Document, Entry
from scopeguard.documents.merging import single_values
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.facts import FACTS_OF_GATES
from scopeguard.semantics.built_in_variables import BUILT_IN, CONTEXT_TYPES, FACTS

_KEYED: Final = (
    ("surfaces", "surface"),
    ("action_groups", "group of actions"),
    ("operations", "operation"),
    ("permissions", "member permission"),
    ("scopes", "scope"),
    ("roles", "role"),
    ("recovery", "code"),
    ("meters", "meter"),
    ("variables", "variable"),
    ("settings", "page"),
)
_WITH_IDS: Final = (("rules", "rule"), ("gates", "gate"), ("usage", "usage row"), ("invariants", "invariant"))
"""What has an id: all of them are apart from each other, so that one of them names one place."""
_LISTED: Final = (
    ("channels", "channel"), ("environments", "environment"), ("stages", "stage"), ("providers", "kind of provider"),
)  # fmt: skip
_ROOTS: Final = ("principal", "resource", "context", "facts")


class _Definition(NamedTuple):
    group: str
    word: str
    name: str
    document: Document
    path: Path
    key: bool


_REPLACE: Final = "; to replace it, say replaces: default and because"
_AGAIN: Final = {
    "role": _REPLACE,
    "code": _REPLACE,
    "gate": _REPLACE,
    "surface": "; to add attributes to it, say nothing else of it",
}
"""What a layer may do with what a layer below it has."""


def check_duplicates(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Every second definition, with the place of the first one."""
    pack = parsed.pack
    seen: dict[tuple[str, str], _Definition] = {}
    for definition in (*_keyed(pack), *_listed(pack), *_single_values(pack)):
        first = seen.setdefault((definition.group, definition.name), definition)
        if first is not definition:
            yield _again(definition, f"{definition.word} {quoted(definition.name)}", first)
    yield from _attributes(pack)


def _again(definition: _Definition, what: str, first: _Definition) -> Diagnostic:
    hint = f"first defined at {first.document.locate(first.path, key=first.key)}"
    if definition.document.layer > first.document.layer:
        hint += _AGAIN.get(definition.word, "")
    return _at(definition, f"{what} is defined twice", hint)


def _at(definition: _Definition, message: str, hint: str) -> Diagnostic:
    location = definition.document.locate(definition.path, key=definition.key)
    return Diagnostic.at(location, "SG201", message, hint)


def _keyed(pack: Pack) -> Iterator[_Definition]:
    for kind, word in _KEYED:
        for entry in pack.entries(kind):
            yield _Definition(kind, word, entry.name, entry.document, entry.path, key=True)


def _listed(pack: Pack) -> Iterator[_Definition]:
    for kind, word in _WITH_IDS:
        for entry in pack.entries(kind):
            yield _Definition("ids", word, entry.name, entry.document, (*entry.path, "id"), key=False)
    for kind, word in _LISTED:
        for entry in pack.entries(kind):
            # Of stages listed in two files the second list is reported, not each of its names.
            group = f"{kind} of {entry.document.file}" if kind == "stages" else kind
            yield _Definition(group, word, entry.name, entry.document, entry.path, key=False)
    for entry in pack.entries("surfaces"):
        if len(set(entry.content.actions)) == len(entry.content.actions):
            continue
        for index, action in enumerate(entry.content.actions):
            path = (*entry.path, "actions", index)
            yield _Definition(f"actions in {_place(entry)}", "action", action, entry.document, path, key=False)
    for entry in pack.entries("settings"):
        for index, tab in enumerate(entry.content):
            path = (*entry.path, index, "id")
            yield _Definition(f"entries in {_place(entry)}", "entry", tab.id, entry.document, path, key=False)


def _place(entry: Entry) -> str:
    # Where an entry is defined twice, that alone is reported, and not each of its parts.
    return f"{entry.document.file} {entry.name}"


def _single_values(pack: Pack) -> Iterator[_Definition]:
    for document in pack.documents:
        for path in single_values():
            if document.tree.find(path) is not None:
                # What a pack says of itself each layer says of its own.
                group = f"values of {document.layer.name}" if path[0] == "pack" else "values"
                yield _Definition(group, "value", ".".join(path), document, path, key=True)


def _attributes(pack: Pack) -> Iterator[Diagnostic]:
    everywhere: dict[tuple[str, str], _Definition] = {}
    for root in _ROOTS:
        for entry in _whole(pack.entries(f"attributes.{root}")):
            definition = _Definition(root, "attribute", entry.name, entry.document, entry.path, key=True)
            yield from _attribute(definition, everywhere.setdefault((root, entry.name), definition))
            known = CONTEXT_TYPES.get(entry.name) if root == "context" else None
            if known is not None and entry.content not in (known, "string"):
                what = f"attribute {quoted(f'{root}.{entry.name}')} is built in as {known}"
                yield _at(definition, what, f"leave it out, or declare it {known} or string")
    of_surface: dict[tuple[str, str], _Definition] = {}
    for entry in pack.written("surfaces"):
        for name in entry.content.attributes or ():
            if "." in name:
                continue
            path = (*entry.path, "attributes", name)
            definition = _Definition("resource", "attribute", name, entry.document, path, key=True)
            # The same name on two surfaces is two attributes; beside one of every surface it would be a second type.
            first = everywhere.get(("resource", name))
            below = of_surface.setdefault((entry.name, name), definition)
            # Where a surface is defined twice, that alone is reported.
            again = below if adds_attributes("surfaces", entry.content) else definition
            yield from _attribute(definition, first or again)


def _whole(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Attributes without the fields of records: where a record is defined twice, that alone is reported."""
    return (entry for entry in entries if "." not in entry.name)


def _attribute(definition: _Definition, first: _Definition) -> Iterator[Diagnostic]:
    name = f"{FACTS if definition.group == 'facts' else definition.group}.{definition.name}"
    what = f"attribute {quoted(name)}"
    if name in BUILT_IN or (definition.group == "facts" and definition.name in FACTS_OF_GATES):
        yield _at(definition, f"{what} is built in", "choose another name")
    elif first is not definition:
        yield _again(definition, what, first)
