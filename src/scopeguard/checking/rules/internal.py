"""SG309: what is internal is named by no scope, by no role and by no implication."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack, PatternUse, Use
from scopeguard.checking.texts import offset_of
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Catalog

_BY_RULES: Final = "leave it out; an allow rule gives it, and scopes include it"


def check_internal(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Every place that names an internal permission and may not."""
    catalog = parsed.catalog
    for place in parsed.places:
        if place.use in (Use.MEMBER, Use.ROLE):
            yield from _held(place, catalog)
    for entry in parsed.pack.entries("scopes"):
        surface, _, action = entry.name.partition(":")
        if surface in catalog.surfaces and action in catalog.surfaces[surface].internal:
            message = f"scope {quoted(entry.name)} is the name of an internal permission"
            yield finding(entry, (), "SG309", message, "choose another name, and include it there", key=True)
    for entry in parsed.pack.entries("surfaces"):
        yield from _implied(entry, catalog)


def _held(place: PatternUse, catalog: Catalog) -> Iterator[Diagnostic]:
    surface = None if place.pattern is None else catalog.surfaces.get(place.pattern.surface or "")
    if place.pattern is None or surface is None:
        return
    # Of a star only what scopes and roles may name is meant, unless there is nothing else.
    if place.pattern.action_group is not None:
        return
    named = place.pattern.actions or (frozenset() if surface.open_actions else surface.internal)
    for action in sorted(named & surface.internal):
        permission = quoted(f"{surface.name}:{action}")
        message = f"{place.use.value} {quoted(place.entry.name)} names {permission}, which is internal"
        offset = offset_of(place.text, action, place.text.index(":"))
        yield finding(place.entry, place.path, "SG309", message, _BY_RULES, offset=offset)


def _implied(entry: Entry, catalog: Catalog) -> Iterator[Diagnostic]:
    internal = catalog.surfaces[entry.name].internal if entry.name in catalog.surfaces else frozenset[str]()
    for action, others in (entry.content.implies or {}).items():
        for index, other in enumerate(others):
            if other in internal and action not in internal:
                message = f"action {quoted(action)} implies {quoted(other)}, which is internal"
                yield finding(
                    entry, ("implies", action, index), "SG309", message, "name both where a scope includes them"
                )
