"""What a surface says of its parent, and of the roles that it deals with: it is there, and of the right type."""

from collections.abc import Iterator, Mapping
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.surface_builder import ID_TYPES, coarse_of, keys_may_hold
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, Severity, did_you_mean, quoted
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES

ROLE_LIST: Final = "list(role)"


def check_parents(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Parents that there are not, attributes that have no ids, and what inherits without need or in vain."""
    everywhere = {entry.name: entry.content for entry in parsed.pack.entries("attributes.resource")}
    for entry in parsed.pack.entries("surfaces"):
        types = {**everywhere, **(entry.content.attributes or {})}
        yield from _parent(parsed, entry, types)
        yield from _inherits(parsed, entry)
        for index, name in enumerate(entry.content.assigns or ()):
            yield from _typed(entry, ("assigns", index), name, types, (ROLE_LIST,))


def _parent(parsed: ParsedPack, entry: Entry, types: Mapping[str, str]) -> Iterator[Diagnostic]:
    parent = entry.content.parent
    if parent is None:
        return
    yield from parsed.names.check_known(entry, ("parent", "surface"), "surfaces", parent.surface)
    known: tuple[str, ...] = ID_TYPES
    if parent.surface == entry.name:
        # Of one id only the nearest would be reached, and what lies deeper would not.
        known = tuple(each for each in ID_TYPES if each.startswith("list"))
    yield from _typed(entry, ("parent", "attribute"), parent.attribute, types, known)


def _typed(
    entry: Entry, path: Path, name: str, types: Mapping[str, str], known: tuple[str, ...]
) -> Iterator[Diagnostic]:
    if name not in types:
        message = f"surface {quoted(entry.name)} has no attribute {quoted(name)}"
        declare = f'declare it: attributes: {{{name}: "{known[0]}"}}'
        own = f"{quoted(name)} is the resource's own; name an attribute that has the other one's"
        # A field of a record is no attribute by itself.
        near = did_you_mean(name, [each for each in types if "." not in each])
        hint = own if f"resource.{name}" in BUILT_IN_VARIABLES else near or declare
        yield finding(entry, path, "SG211", message, hint)
    elif types[name] not in known:
        message = f"attribute {quoted(name)} of surface {quoted(entry.name)} is of the type {types[name]}"
        yield finding(entry, path, "SG310", message, f"declare it {' or '.join(known)}")


def _inherits(parsed: ParsedPack, entry: Entry) -> Iterator[Diagnostic]:
    doc, surfaces = entry.content, parsed.catalog.surfaces
    if not doc.inherits:
        return
    if doc.parent is None:
        message = f"surface {quoted(entry.name)} inherits, and has no parent"
        yield finding(entry, ("inherits",), "SG311", message, "name its parent, or leave inherits out", key=True)
    elif keys_may_hold(doc.holdable_by) and not coarse_of(doc):
        message = f"surface {quoted(entry.name)} is explicit-only, and no grant on its parent reaches it"
        yield finding(entry, ("inherits",), "SG311", message, "write coarse: true, or leave inherits out", key=True)
    elif {entry.name, doc.parent.surface} <= surfaces.keys():
        above, below = surfaces[doc.parent.surface], surfaces[entry.name]
        if not set(below.open_actions).intersection(above.open_actions):
            message = f"surface {quoted(below.name)} inherits, and has no open action that {quoted(above.name)} has"
            hint, severity = "leave inherits out: it says nothing", Severity.WARNING
            yield finding(entry, ("inherits",), "SG311", message, hint, key=True, severity=severity)
