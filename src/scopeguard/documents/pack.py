"""Packs of policy files, and the entries in force among theirs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from scopeguard.documents.amending import in_force
from scopeguard.documents.entries import Document, Entry, Layer

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "pack.name": ("pack", "name"),
    "pack.extends": ("pack", "extends"),
    "pack.base": ("pack", "base"),
    "surfaces": ("catalog", "surfaces"),
    "action_groups": ("catalog", "action_groups"),
    "operations": ("catalog", "operations"),
    "permissions": ("catalog", "permissions"),
    "attributes.principal": ("catalog", "attributes", "principal"),
    "attributes.resource": ("catalog", "attributes", "resource"),
    "attributes.context": ("catalog", "attributes", "context"),
    "attributes.facts": ("catalog", "attributes", "facts"),
    "channels": ("catalog", "channels"),
    "environments": ("catalog", "environments"),
    "stages": ("catalog", "stages"),
    "providers": ("catalog", "providers"),
    "facts_max_age": ("catalog", "facts_max_age"),
    "scopes": ("scopes",),
    "roles": ("roles",),
    "variables": ("variables",),
    "rules": ("rules",),
    "gates": ("gates",),
    "usage": ("usage",),
    "invariants": ("invariants",),
    "meters": ("meters",),
    "recovery": ("recovery",),
    "settings": ("settings",),
    "tests.principals": ("tests", "principals"),
    "tests.resources": ("tests", "resources"),
    "tests.facts": ("tests", "facts"),
    "tests.contexts": ("tests", "contexts"),
    "tests.accepts": ("tests", "accepts"),
    "tests.matrices": ("tests", "matrices"),
})  # fmt: skip
"""The path of the entries of each kind in a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """Policy files that load together, lower layers first, and in a layer in the order of the paths they were given by.

    *broken* names, by kind, the entries that were left out because their shape is wrong. *complete*
    is false where names may be missing beyond those: a file or a section could not be read.
    """

    documents: tuple[Document, ...] = ()
    broken: Mapping[str, frozenset[str]] = field(default_factory=lambda: dict.fromkeys(SECTIONS, frozenset()))
    complete: bool = True
    _entries: dict[str, tuple[Entry, ...]] = field(default_factory=dict, init=False, repr=False)

    def entries(self, kind: str) -> Iterator[Entry]:
        """The entries of one *kind* (a key of ``SECTIONS``) that are in force, file by file, lower layers first.

        What a layer adds to an entry of a layer below, or replaces of it, is in there. An unknown kind raises KeyError.
        """
        if kind not in self._entries:
            self._entries[kind] = in_force(kind, self.written(kind))
        return iter(self._entries[kind])

    def below(self) -> "Pack | None":
        """The pack without its uppermost layer; None where that extends no pack, whatever the base."""
        lower = tuple(each for each in self.documents if each.layer < Layer.OWN)
        if len(lower) == len(self.documents) or all(each.layer is Layer.BASE for each in lower):
            return None
        return Pack(lower, self.broken, self.complete)

    def written(self, kind: str) -> Iterator[Entry]:
        """As :meth:`entries`, each as it is written."""
        path = SECTIONS[kind]
        for document in self.documents:
            section: Any = document.content
            for step in path:
                section = getattr(section, step, None)
            if isinstance(section, Mapping):
                for name, content in section.items():
                    yield Entry(document, (*path, name), name, content)
            elif isinstance(section, str):
                yield Entry(document, path, section, section)
            elif section is not None:
                for index, content in enumerate(section):
                    name = str(getattr(content, "id", content))
                    yield Entry(document, (*path, index), name, content)
