"""From the ``surfaces`` of a pack to what the catalog says of each: who holds it, what reaches it, what it implies."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from scopeguard.checking.expansion import closure
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.documents.schema import SurfaceDoc
from scopeguard.documents.shapes import ALL
from scopeguard.model.catalog import Parent, Surface
from scopeguard.model.principal import KINDS, SCOPED

ID_TYPES: Final = ("string", "list(string)", "int", "list(int)")
"""The types of an attribute that says what a resource lies below: an id, or all of them."""
_NOTHING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


def first_of_each(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The first of each name."""
    # The same name twice is an error of its own; until it is corrected the first in file order counts.
    seen: set[str] = set()
    for entry in entries:
        if entry.name not in seen:
            seen.add(entry.name)
            yield entry


def names_of(pack: Pack, kind: str) -> tuple[str, ...]:
    """The names of one *kind*, each once."""
    return tuple(dict.fromkeys(entry.name for entry in pack.entries(kind)))


def build_surfaces(pack: Pack) -> Mapping[str, Surface]:
    """Every surface of *pack*, with its implications resolved."""
    everywhere = frozenset(names_of(pack, "attributes.resource"))
    every_kind = frozenset(KINDS)
    shared: dict[frozenset[str], frozenset[str]] = {}
    declared = {entry.name: frozenset(entry.content) for entry in first_of_each(pack.entries("action_groups"))}
    surfaces: dict[str, Surface] = {}
    for entry in first_of_each(pack.entries("surfaces")):
        doc: SurfaceDoc = entry.content
        actions = tuple(dict.fromkeys(doc.actions))
        surfaces[entry.name] = Surface(
            name=entry.name,
            actions=actions,
            coarse=coarse_of(doc),
            holdable_by=every_kind if doc.holdable_by is None else _shared(doc.holdable_by, shared),
            qualifiable=doc.qualifiable,
            implies=_implied_actions(doc, actions),
            groups=tuple(dict.fromkeys(doc.group or ())),
            audited=frozenset(doc.audited or ()) & frozenset(actions),
            internal=frozenset(actions if ALL in (doc.internal or ()) else doc.internal or ()) & frozenset(actions),
            attributes=_shared((doc.attributes or {}).keys() | everywhere, shared),
            because=doc.because,
            embeds=_embeds(doc.embeds) if doc.embeds else _NOTHING,
            assigns=tuple(dict.fromkeys(doc.assigns or ())),
            action_groups=_by_group(actions, declared) if declared else _NOTHING,
        )
    return MappingProxyType(_with_parents(surfaces, pack))


def _by_group(actions: tuple[str, ...], groups: Mapping[str, frozenset[str]]) -> Mapping[str, tuple[str, ...]]:
    found = {group: tuple(action for action in actions if action in those) for group, those in groups.items()}
    return MappingProxyType({group: those for group, those in found.items() if those})


def _with_parents(surfaces: Mapping[str, Surface], pack: Pack) -> Mapping[str, Surface]:
    """*surfaces* with what their resources lie below, and with what comes with an action there."""
    docs: dict[str, SurfaceDoc] = {entry.name: entry.content for entry in first_of_each(pack.entries("surfaces"))}
    if all(doc.parent is None for doc in docs.values()):
        return surfaces
    everywhere = {entry.name: entry.content for entry in pack.entries("attributes.resource")}
    parents = {name: _parents(docs, {**everywhere, **(docs[name].attributes or {})}, name) for name in surfaces}
    heirs: dict[str, list[Surface]] = {}
    for name, surface in surfaces.items():
        parent = docs[name].parent
        # What no implication reaches, none on what it lies below does either.
        if docs[name].inherits and parent is not None and (surface.coarse or not keys_may_hold(surface.holdable_by)):
            heirs.setdefault(parent.surface, []).append(surface)
    return {
        name: replace(
            surface,
            parents=MappingProxyType(parents[name]) if parents[name] else _NOTHING,
            inherited=_inherited(surface, heirs) if name in heirs else _NOTHING,
        )
        for name, surface in surfaces.items()
    }


def _parents(docs: Mapping[str, SurfaceDoc], types: Mapping[str, str], name: str) -> dict[str, Parent]:
    """What a surface's resources lie below, and what that lies below, as far as they have attributes that say so."""
    found: dict[str, Parent] = {}
    used: set[str] = set()
    above, seen = docs[name].parent, set[str]()
    while above is not None and above.surface in docs and above.surface not in seen:
        seen.add(above.surface)
        # An attribute that has the id of something nearer is not that of what this one lies below.
        if types.get(above.attribute) in ID_TYPES and above.attribute not in used:
            used.add(above.attribute)
            found[above.surface] = Parent(above.attribute, types[above.attribute])
        above = docs[above.surface].parent
    return found


def _inherited(surface: Surface, heirs: Mapping[str, list[Surface]]) -> Mapping[str, tuple[str, ...]]:
    inherited: dict[str, tuple[str, ...]] = {}
    for action in surface.actions:
        found: set[str] = set()
        waiting = [(surface, each) for each in (action, *surface.implies.get(action, ()))]
        while waiting:
            above, reached = waiting.pop()
            for heir in heirs.get(above.name, ()):
                if reached not in heir.open_actions:
                    continue
                for each in (reached, *heir.implies.get(reached, ())):
                    if f"{heir.name}:{each}" not in found:
                        found.add(f"{heir.name}:{each}")
                        waiting.append((heir, each))
        if found:
            inherited[action] = tuple(sorted(found))
    return MappingProxyType(inherited)


def _shared(names: Iterable[str], shared: dict[frozenset[str], frozenset[str]]) -> frozenset[str]:
    # Thousands of surfaces say the same of themselves; they need not say it in thousands of sets.
    found = frozenset(names)
    return shared.setdefault(found, found)


def _embeds(written: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({action: tuple(names) for action, names in written.items()})


def _implied_actions(doc: SurfaceDoc, actions: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    implies = doc.implies
    if implies is None:
        return _NOTHING
    reached = closure({action: implies.get(action, ()) for action in actions})
    return MappingProxyType({
        action: tuple(other for other in actions if other != action and other in reached[action])
        for action in actions
        if len(reached[action]) > 1
    })  # fmt: skip


def coarse_of(doc: SurfaceDoc) -> bool:
    """Whether wildcards reach a surface: only where the pack says so, and never against itself."""
    if doc.explicit_only is None:
        return doc.coarse is True
    return not doc.explicit_only and doc.coarse is not False


def keys_may_hold(holdable_by: Iterable[str] | None) -> bool:
    """Whether an API key or a session may hold anything on a surface, so that it has scopes."""
    return holdable_by is None or not SCOPED.isdisjoint(holdable_by)
