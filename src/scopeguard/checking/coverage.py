"""The surfaces that a rule speaks of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scopeguard.checking.places import is_name
from scopeguard.documents.schema import RuleDoc
from scopeguard.errors import PolicyError
from scopeguard.model.catalog import Catalog
from scopeguard.syntax.parsing import parse_pattern


@dataclass(frozen=True, slots=True)
class Coverage:
    """The surfaces that ``on`` spells, and whether a wildcard adds all others (all coarse ones, for an allow)."""

    spelled: frozenset[str]
    wildcard: bool
    coarse_only: bool

    @classmethod
    def of(cls, rule: RuleDoc, catalog: Catalog) -> "Coverage":
        """What *rule* speaks of; names that are not known are left out."""
        surfaces = set(_surfaces(rule.on, catalog))
        return cls(frozenset(filter(None, surfaces)), None in surfaces, rule.effect == "allow")

    def surfaces(self, catalog: Catalog) -> frozenset[str]:
        """The names of all surfaces covered."""
        if not self.wildcard:
            return self.spelled
        reached = (name for name, surface in catalog.surfaces.items() if surface.coarse or not self.coarse_only)
        return self.spelled.union(reached)


def _surfaces(on: Iterable[str], catalog: Catalog) -> Iterator[str | None]:
    for text in on:
        if is_name(text):
            if text in catalog.operations:
                yield catalog.operations[text].permission.partition(":")[0]
            continue
        try:
            surface = parse_pattern(text).surface
        except PolicyError:
            continue
        if surface is None or surface in catalog.surfaces:
            yield surface
