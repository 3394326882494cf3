"""What scopes grant once the catalog has expanded them: permissions, some narrowed to single resources or below them.

The algebra behind every question about scopes: whether one set covers another, what two of them have in common (a
ceiling, RFC 6749 section 3.3 on a narrower scope), and how few scopes would do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from types import MappingProxyType
from typing import Final, TypeAlias

from scopeguard.errors import RequestError
from scopeguard.limits import MAX_COMBINED
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant, Scopes, parse_scopes, start_of
from scopeguard.model.narrowing import scope_ways
from scopeguard.model.structs import Carried

Ids: TypeAlias = frozenset[str] | None
"""What a grant is narrowed to, or None for every resource.

Each is an id or, of what lies below a resource, ``agents:agt_1``. What is narrowed to several of them at once has all
of them, sorted, with `` & `` between.
"""

GrantMap: TypeAlias = Mapping[str, Ids]
"""Permissions, each with the resources it reaches."""

NO_IDS: Final[frozenset[str]] = frozenset()
_BOTH: Final = " & "


def union(left: Ids, right: Ids) -> Ids:
    """The resources that one or the other reaches."""
    return None if left is None or right is None else _without_needless(left | right)


def intersection(left: Ids, right: Ids) -> Ids:
    """The resources that one and the other reach.

    What lies below two resources of one surface is left out: it is never more than both reach. Raises RequestError
    for too many combinations of ids with what lies below other resources.
    """
    if left is None or right is None:
        return right if left is None else left
    common = left & right
    one, other = _by_way(left - common), _by_way(right - common)
    # Two ids of one surface have nothing in common; neither have two combinations of the same surfaces.
    pairs = [(one[way], other[another]) for way in one for another in other if way != another]
    if sum(len(some) * len(others) for some, others in pairs) > MAX_COMBINED:
        raise RequestError(f"what the grants have in common is more than {MAX_COMBINED} combinations of resources")
    joined = [{*a.split(_BOTH), *b.split(_BOTH)} for some, others in pairs for a in some for b in others]
    both = {_BOTH.join(sorted(parts)) for parts in joined if len(parts) == len({_way(part) for part in parts})}
    return _without_needless(common | both) if both else common


def is_within(left: Ids, right: Ids) -> bool:
    """Whether the one reaches nothing that the other does not reach."""
    if left is None or right is None:
        return right is None
    return all(each in right or not right.isdisjoint(_wider(each)) for each in left)


def _by_way(ids: Iterable[str]) -> dict[frozenset[str], list[str]]:
    """Some ids by the surfaces that they are of: nothing for the resource itself."""
    found: dict[frozenset[str], list[str]] = {}
    for each in ids:
        found.setdefault(frozenset(map(_way, each.split(_BOTH))), []).append(each)
    return found


def _way(part: str) -> str:
    return part.rpartition(":")[0]


def _without_needless(ids: frozenset[str]) -> frozenset[str]:
    """*ids* without what is part of another one of them."""
    needless = {each for each in ids if _BOTH in each and not ids.isdisjoint(_wider(each))}
    return ids - needless if needless else ids


def _wider(each: str) -> Iterator[str]:
    """What a narrowed grant is narrowed to, less some of it."""
    parts = each.split(_BOTH)
    return (_BOTH.join(some) for size in range(1, len(parts)) for some in combinations(parts, size))


class Grants(Carried, frozen=True):
    """A set of permissions, each on every resource of its surface or on some of them.

    ``a <= b`` asks whether *b* covers *a*, ``a & b`` is what both grant and ``a | b`` what either does. Iterating gives
    the grants as canonical texts, sorted; ``str()`` is their space-separated list. What is narrowed to an id and to
    what lies below another resource at once, as ``a & b`` may be, is no scope: it is in :meth:`on`, and in no list.
    """

    reach: GrantMap
    unknown: tuple[str, ...] = ()
    """Scopes that the catalog does not know: they grant nothing."""

    @classmethod
    def of(cls, catalog: Catalog, scopes: Scopes) -> Grants:
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
        """The resources on which a permission is granted: ids, and ``agents:agt_1`` for what lies below one.

        An empty set for none, and None for every resource.
        """
        return self.reach.get(permission, NO_IDS)

    def covers(self, grant: Grant | str) -> bool:
        """Whether a grant such as ``agents:write`` or ``agents:write/agt_1`` is within these.

        Raises RequestError for what is no grant.
        """
        try:
            wanted = grant if isinstance(grant, Grant) else Grant.parse(grant)
        except RequestError as error:
            # These are grants of a pack whose aliases they no longer know.
            raise RequestError(f"{error}; where it is an alias, Guard.scopes gives the scope") from None
        ids = self.on(wanted.permission)
        return ids is None or wanted.qualifier in ids

    def __eq__(self, other: object) -> bool:
        return self.reach == other.reach if isinstance(other, Grants) else NotImplemented

    def __ne__(self, other: object) -> bool:
        # A struct has a __ne__ of its own.
        return not self == other

    __hash__ = None  # type: ignore[assignment]  # nor have its mappings one

    def __le__(self, other: Grants) -> bool:
        if not isinstance(other, Grants):
            return NotImplemented
        return all(is_within(ids, other.on(permission)) for permission, ids in self.reach.items())

    def __and__(self, other: Grants) -> Grants:
        if not isinstance(other, Grants):
            return NotImplemented
        return self._joined(other, self.reach.keys() & other.reach.keys(), intersection)

    def __or__(self, other: Grants) -> Grants:
        if not isinstance(other, Grants):
            return NotImplemented
        return self._joined(other, self.reach.keys() | other.reach.keys(), union)

    def __iter__(self) -> Iterator[str]:
        for permission, ids in sorted(self.reach.items()):
            if ids is None:
                yield permission
                continue
            # What a folder and all below it reaches has the folder in it.
            own = f"{permission.partition(':')[0]}:"
            yield from (f"{permission}/{each}" for each in sorted(ids) if _BOTH not in each and own + each not in ids)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __str__(self) -> str:
        return " ".join(self)

    def _joined(self, other: Grants, permissions: Iterable[str], join: Callable[[Ids, Ids], Ids]) -> Grants:
        joined = {permission: join(self.on(permission), other.on(permission)) for permission in permissions}
        return Grants(MappingProxyType({name: ids for name, ids in joined.items() if ids is None or ids}))


def expand(catalog: Catalog, scope: str) -> GrantMap | None:
    """What one scope grants; None where the catalog does not know it."""
    grant = Grant.parse(scope)
    if grant.resource_id is None:
        granted = catalog.scopes.get(scope)
        return None if granted is None else MappingProxyType(dict.fromkeys(granted))
    ways = scope_ways(catalog, start_of(scope))
    return None if ways is None else narrowed_to(ways, grant.resource_id)


def narrowed_to(ways: Mapping[str, tuple[str, ...]], resource_id: str) -> GrantMap:
    """What is reached by some ways with one id."""
    return MappingProxyType({
        permission: frozenset([way + resource_id for way in of_one]) for permission, of_one in ways.items()
    })  # fmt: skip


def expand_ceiling(catalog: Catalog, text: str) -> GrantMap:
    """What one text of a ceiling lets through: a scope as it is expanded, or a permission with what it implies."""
    reach = expand(catalog, text)
    if reach is not None:
        return reach
    grant = Grant.parse(text)
    surface = catalog.surfaces.get(grant.surface)
    if surface is None or grant.action not in surface.actions or grant.resource_id is not None:
        return {}
    return dict.fromkeys((text, *surface.implied(grant.action), *surface.inherited.get(grant.action, ())))
