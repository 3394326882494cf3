"""What scopes grant once the catalog has expanded them: permissions, some narrowed to single resources.

The algebra behind every question about scopes: whether one set covers another, what two of them have in common (a
ceiling, RFC 6749 section 3.3 on a narrower scope), and how few scopes would do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant, parse_scopes
from scopeguard.model.principal import Scopes
from scopeguard.model.structs import Carried

Ids: TypeAlias = frozenset[str] | None
"""The resources that a grant reaches: some ids, or None for every one."""

GrantMap: TypeAlias = Mapping[str, Ids]
"""Permissions, each with the resources it reaches."""

NO_IDS: Final[frozenset[str]] = frozenset()


def union(left: Ids, right: Ids) -> Ids:
    """The resources that one or the other reaches."""
    return None if left is None or right is None else left | right


def intersection(left: Ids, right: Ids) -> Ids:
    """The resources that one and the other reach."""
    return right if left is None else left if right is None else left & right


class Grants(Carried, frozen=True):
    """A set of permissions, each on every resource of its surface or on some of them.

    ``a <= b`` asks whether *b* covers *a*, ``a & b`` is what both grant and ``a | b`` what either does. Iterating gives
    the grants as canonical texts, sorted; ``str()`` is their space-separated list.
    """

    reach: GrantMap
    unknown: tuple[str, ...] = ()
    """Scopes that the catalog does not know: they grant nothing."""

    @classmethod
    def of(cls, catalog: Catalog, scopes: Scopes) -> "Grants":
        """What *scopes* grant: implied permissions too. Raises RequestError for a text that is no scope."""
        found = {text: expand(catalog, text) for text in sorted(parse_scopes(scopes)[0])}
        ids: dict[str, set[str]] = {}
        everywhere: set[str] = set()
        # Sets that grow, instead of one union after the other: a key may hold thousands of narrowed scopes.
        for permission, some in (item for reach in found.values() if reach is not None for item in reach.items()):
            if some is None:
                everywhere.add(permission)
            else:
                ids.setdefault(permission, set()).update(some)
        reach: dict[str, Ids] = {permission: frozenset(some) for permission, some in ids.items()}
        reach.update(dict.fromkeys(everywhere))
        return cls(MappingProxyType(reach), tuple(text for text, known in found.items() if known is None))

    def on(self, permission: str) -> Ids:
        """The resources on which a permission is granted; an empty set for none."""
        return self.reach.get(permission, NO_IDS)

    def covers(self, grant: Grant | str) -> bool:
        """Whether a grant such as ``agents:write`` or ``agents:write/agt_1`` is within these.

        Raises RequestError for a text that is no grant.
        """
        wanted = Grant.parse(grant) if isinstance(grant, str) else grant
        ids = self.on(wanted.permission)
        return ids is None or wanted.resource_id in ids

    def __eq__(self, other: object) -> bool:
        return self.reach == other.reach if isinstance(other, Grants) else NotImplemented

    def __ne__(self, other: object) -> bool:
        # A struct has a __ne__ of its own.
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # nor have its mappings one

    def __le__(self, other: "Grants") -> bool:
        return all(intersection(ids, other.on(permission)) == ids for permission, ids in self.reach.items())

    def __and__(self, other: "Grants") -> "Grants":
        return self._joined(other, self.reach.keys() & other.reach.keys(), intersection)

    def __or__(self, other: "Grants") -> "Grants":
        return self._joined(other, self.reach.keys() | other.reach.keys(), union)

    def __iter__(self) -> Iterator[str]:
        for permission, ids in sorted(self.reach.items()):
            yield from (permission,) if ids is None else (f"{permission}/{item}" for item in sorted(ids))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __str__(self) -> str:
        return " ".join(self)

    def _joined(self, other: "Grants", permissions: Iterable[str], join: Callable[[Ids, Ids], Ids]) -> "Grants":
        joined = {permission: join(self.on(permission), other.on(permission)) for permission in permissions}
        return Grants({permission: ids for permission, ids in joined.items() if ids is None or ids})


def expand(catalog: Catalog, scope: str) -> GrantMap | None:
    """What one scope grants; None where the catalog does not know it."""
    grant = Grant.parse(scope)
    if grant.permission not in catalog.scopes:
        return None
    if grant.resource_id is None:
        return MappingProxyType(dict.fromkeys(catalog.scopes[grant.permission]))
    surface = catalog.surfaces.get(grant.surface)
    if surface is None or not surface.qualifiable or grant.action not in surface.actions:
        return None
    return MappingProxyType(dict.fromkeys(catalog.scopes[grant.permission], frozenset({grant.resource_id})))


def expand_ceiling(catalog: Catalog, text: str) -> GrantMap:
    """What one text of a ceiling lets through: a scope as it is expanded, or a permission with what it implies."""
    reach = expand(catalog, text)
    if reach is not None:
        return reach
    grant = Grant.parse(text)
    surface = catalog.surfaces.get(grant.surface)
    if surface is None or grant.action not in surface.actions or grant.resource_id is not None:
        return {}
    implied = surface.implies.get(grant.action, ())
    return dict.fromkeys(f"{surface.name}:{action}" for action in (grant.action, *implied))
