"""The attributes that a pack declares, as the names that its conditions can read."""

from collections.abc import Iterable, Mapping
from typing import Final

from scopeguard.documents.pack import Pack
from scopeguard.model.catalog import FAIR_USE
from scopeguard.semantics.readable import FACTS, ROOTS, VARIABLES, names_of, standard_facts
from scopeguard.semantics.resolving import Names

_OPENED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    **{root: (f"attributes.{'facts' if root == FACTS else root}",) for root in ROOTS},
    "resource": ("attributes.resource", "surfaces"),
    FACTS: ("attributes.facts", "meters", "providers"),
    VARIABLES: ("variables",),
}
"""For each root, the sections of which a broken entry may have been one of its names."""


def facts_of_gates(pack: Pack) -> dict[str, str]:
    """The facts that gates of *pack* may read, with their types."""
    meters = [(entry.name, entry.content.kind) for entry in pack.entries("meters")]
    return standard_facts(
        (name for name, kind in meters if kind != FAIR_USE),
        (name for name, kind in meters if kind == FAIR_USE),
        (entry.name for entry in pack.entries("providers")),
    )


class Declared:
    """The names of every condition, and of those about some surfaces."""

    def __init__(self, pack: Pack) -> None:
        self._base = {
            root: {entry.name: entry.content for entry in pack.entries(_OPENED_BY[root][0])} for root in ROOTS
        }
        self._base[FACTS] |= facts_of_gates(pack)
        self._by_surface = {entry.name: dict(entry.content.attributes or {}) for entry in pack.entries("surfaces")}
        broken = {root for root, sections in _OPENED_BY.items() if any(pack.broken[section] for section in sections)}
        self._open = frozenset(broken if pack.complete else _OPENED_BY)
        self._variables: dict[str, str] = {}
        self._names: dict[frozenset[str], Names] = {}

    def set_variables(self, types: Mapping[str, str]) -> None:
        """The variables that there are, with their types."""
        self._variables = dict(types)
        self._names.clear()

    def everywhere(self) -> Names:
        """With the attributes of every surface."""
        return self.about(self._by_surface)

    def about(self, surfaces: Iterable[str]) -> Names:
        """With the attributes of some surfaces; dyn where two of them differ."""
        key = frozenset(surfaces)
        if key not in self._names:
            resource = dict(self._base["resource"])
            for surface in sorted(key):
                for name, kind in self._by_surface.get(surface, {}).items():
                    resource[name] = kind if resource.get(name, kind) == kind else "dyn"
            declared = {**self._base, "resource": resource, VARIABLES: self._variables}
            self._names[key] = names_of(declared, self._open)
        return self._names[key]
