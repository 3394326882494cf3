"""SG303: nothing is given to a kind of principal that its surface keeps out."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.catalog_builder import keys_may_hold
from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, PatternUse, Use
from scopeguard.checking.texts import as_grant, is_dotted_name
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.principal import SCOPED
from scopeguard.syntax.requirement import Pattern

_KEYS: Final = tuple(sorted(SCOPED))
_MEMBER: Final = ("member",)
_GIVEN_TO: Final = {Use.SCOPE: _KEYS, Use.MEMBER: _MEMBER, Use.ROLE: _MEMBER}


def check_holdable_by(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Scopes, roles and allow rules for surfaces that their principals may not hold."""
    catalog = parsed.catalog
    for entry in parsed.pack.entries("scopes"):
        yield from _declared(entry, catalog)
    reached: dict[Pattern, frozenset[str]] = {}
    for place in parsed.places:
        yield from _pattern(place, catalog, reached)
    for rule in parsed.rules:
        kinds = kinds_of(rule.entry)
        if kinds:
            yield from _operations(rule.entry, kinds, catalog)


def _declared(entry: Entry, catalog: Catalog) -> Iterator[Diagnostic]:
    grant = as_grant(entry.name)
    if grant is None or grant.resource_id is not None:
        hint = "name it surface:action, in lower case"
        yield finding(entry, (), "SG301", f"{quoted(entry.name)} cannot be the name of a scope", hint, key=True)
        return
    surface = catalog.surfaces.get(grant.surface)
    if surface is None:
        return
    if not keys_may_hold(surface.holdable_by):
        message = f"scope {quoted(entry.name)} is for surface {quoted(surface.name)}, which no key may hold"
        yield finding(entry, (), "SG303", message, held_by(surface.holdable_by), key=True)
    elif grant.action in surface.open_actions:
        message = f"scope {quoted(entry.name)} is already the own scope of surface {quoted(surface.name)}"
        yield finding(entry, (), "SG303", message, "leave it out, or choose another name", key=True)


def _pattern(place: PatternUse, catalog: Catalog, reached: dict[Pattern, frozenset[str]]) -> Iterator[Diagnostic]:
    kinds = _kinds(place)
    pattern = place.pattern
    if not kinds or pattern is None:
        return
    if pattern.surface is not None:
        holders = _holders(pattern, catalog)
    else:
        # A wildcard goes through the whole catalog, and packs repeat the few that there are.
        if pattern not in reached:
            reached[pattern] = _holders(pattern, catalog)
        holders = reached[pattern]
    if holders and not holders.issuperset(kinds):
        what = (
            f"every surface that {quoted(place.text)} reaches"
            if pattern.surface is None
            else f"surface {quoted(pattern.surface)}"
        )
        yield from _kept_out(place.entry, place.path, what, kinds, holders, place.use)


def _holders(pattern: Pattern, catalog: Catalog) -> frozenset[str]:
    permissions = expand_pattern(pattern, catalog.surfaces, wildcard_reaches_all=False)
    names = {permission.partition(":")[0] for permission in permissions}
    return frozenset[str]().union(*(catalog.surfaces[name].holdable_by for name in names))


def _kinds(place: PatternUse) -> tuple[str, ...]:
    # A deny may apply to kinds that hold nothing: it gives them a better answer.
    if place.use is Use.ALLOW:
        return kinds_of(place.entry)
    # What a scope includes may be for one kind alone.
    return (str(place.path[1]),) if place.path[0] == "kinds" else _GIVEN_TO.get(place.use, ())


def _kept_out(
    entry: Entry, path: Path, what: str, kinds: tuple[str, ...], holders: frozenset[str], use: Use
) -> Iterator[Diagnostic]:
    excluded = [kind for kind in kinds if kind not in holders]
    # A scope is of use where keys or sessions may hold it; every kind that a rule writes down must be of use.
    if excluded and (use is Use.ALLOW or len(excluded) == len(kinds)):
        message = f"{what} keeps out {' and '.join(excluded)}"
        yield finding(entry, path, "SG303", message, held_by(holders))


def held_by(holders: frozenset[str]) -> str:
    """A hint that names the kinds of principal that may hold something on a surface."""
    return f"it is holdable by {', '.join(sorted(holders))}"


def kinds_of(entry: Entry) -> tuple[str, ...]:
    """The kinds of principal that a rule names, by themselves or as roles; empty where it applies to all."""
    doc = entry.content
    return tuple(doc.kinds or (_MEMBER if doc.roles else ()))


def _operations(entry: Entry, kinds: tuple[str, ...], catalog: Catalog) -> Iterator[Diagnostic]:
    rule = entry.content
    if rule.effect != "allow":
        return
    for index, name in enumerate(rule.on):
        if is_dotted_name(name) and name in catalog.operations:
            surface = catalog.surfaces[catalog.operations[name].permission.partition(":")[0]]
            what = f"surface {quoted(surface.name)}"
            yield from _kept_out(entry, ("on", index), what, kinds, surface.holdable_by, Use.ALLOW)
