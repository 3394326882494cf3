"""The attributes that a pack declares, as the names that its conditions can read."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from scopeguard.documents.pack import Pack
from scopeguard.model.catalog import FAIR_USE
from scopeguard.semantics.built_in_variables import (
    CONTEXT_TYPES,
    FACTS,
    GROUPS,
    ROOTS,
    VARIABLES,
    common,
    names_of,
    standard_facts,
)
from scopeguard.semantics.names import Names

_OPENED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    **{root: (f"attributes.{'facts' if root == FACTS else root}",) for root in ROOTS},
    "resource": ("attributes.resource", "surfaces"),
    FACTS: ("attributes.facts", "meters", "providers"),
    VARIABLES: ("variables",),
    GROUPS: ("surfaces",),
}
"""For each root, the sections of which a broken entry may have been one of its names."""


_Attributes: TypeAlias = tuple[tuple[str, str], ...]
"""Names with their types."""


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
        self._base["context"] = {**CONTEXT_TYPES, **self._base["context"]}
        self._base[FACTS] |= facts_of_gates(pack)
        self._by_surface: dict[str, _Attributes] = {
            entry.name: tuple((entry.content.attributes or {}).items()) for entry in pack.entries("surfaces")
        }
        self._base[GROUPS] = {
            group: "list(surface)" for entry in pack.entries("surfaces") for group in entry.content.group or ()
        }
        broken = {root for root, sections in _OPENED_BY.items() if any(pack.broken[section] for section in sections)}
        self._open = frozenset(broken if pack.complete else _OPENED_BY)
        self._variables: dict[str, str] = {}
        self._names: dict[frozenset[str], Names] = {}
        self._by_attributes: dict[tuple[_Attributes, ...], Names] = {}
        self._everywhere = frozenset(self._by_surface)

    def set_variables(self, types: Mapping[str, str]) -> None:
        """The variables that there are, with their types."""
        self._variables = dict(types)
        self._names.clear()
        self._by_attributes.clear()

    def everywhere(self) -> Names:
        """With the attributes of every surface."""
        return self.for_surfaces(self._everywhere)

    def for_surfaces(self, surfaces: Iterable[str]) -> Names:
        """With the attributes of some surfaces; dyn where two of them differ."""
        key = frozenset(surfaces)
        if key not in self._names:
            # Most surfaces declare what others do; what may be read there is then one and the same object.
            lists = tuple(dict.fromkeys(self._by_surface.get(surface, ()) for surface in sorted(key)))
            if lists not in self._by_attributes:
                self._by_attributes[lists] = self._joined(lists)
            self._names[key] = self._by_attributes[lists]
        return self._names[key]

    def _joined(self, lists: Iterable[_Attributes]) -> Names:
        resource = dict(self._base["resource"])
        for attributes in lists:
            for name, kind in attributes:
                resource[name] = common(resource.get(name, kind), kind)
        return names_of({**self._base, "resource": resource, VARIABLES: self._variables}, self._open)
