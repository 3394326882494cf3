"""From the ``surfaces`` of a pack to what the catalog says of each: who holds it, what reaches it, what it implies."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.checking.expansion import closure
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.documents.schema import SurfaceDoc
from scopeguard.documents.shapes import ALL
from scopeguard.model.catalog import Surface
from scopeguard.model.principal import KINDS, SCOPED

_NOTHING: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


def first_of_each(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The first of each name."""
    # The same name twice is an error of its own; until it is mended the first in file order counts.
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
        )
    return MappingProxyType(surfaces)


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
