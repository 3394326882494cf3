"""What a principal effectively holds: its scopes or roles, within its ceiling, on what its kind may hold."""

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from scopeguard.compiling.grants import CEILING, SCOPES, Narrowed, about, on_resources
from scopeguard.compiling.observed_inputs import Observation, may_hold
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant
from scopeguard.model.grant_set import NO_IDS, GrantMap, Ids, expand, expand_ceiling, intersection, union
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.syntax.expression import FALSE, TRUE, Expr, conjunction, disjunction

HELD: Final[Mapping[str, str]] = MappingProxyType({**dict.fromkeys(SCOPED, "scope:"), "member": "role:"})
"""By the kind of principal, how what it holds for every resource is called, before its name."""


class EffectiveGrants(Struct, frozen=True):
    """What one principal holds, by source: ``scope:…`` or ``role:…``."""

    sources: Mapping[str, GrantMap]

    @classmethod
    def of(cls, catalog: Catalog, principal: Principal) -> "EffectiveGrants":
        """What *principal* holds."""
        if principal.kind in SCOPED:
            sources = {f"scope:{text}": expand(catalog, text) for text in principal.scopes}
        elif principal.kind == "member":
            sources = {f"role:{name}": _of_role(catalog, name) for name in principal.roles}
        else:
            return cls({})
        limit = None if principal.ceiling is None else ceiling_reach(catalog, principal.ceiling)
        return cls({
            source: _limited(catalog, principal.kind, reach, limit)
            for source, reach in sources.items()
            if reach is not None
        })  # fmt: skip

    def reach(self, permission: str) -> Ids:
        """The resources on which a permission is held; an empty set for none."""
        ids: set[str] = set()
        for reach in self.sources.values():
            found = reach.get(permission, NO_IDS)
            if found is None:
                return None
            ids |= found
        return frozenset(ids)

    def allows(self, permission: str) -> Iterator[tuple[str, Expr]]:
        """The sources that hold a permission, sorted, each with the condition under which it does."""
        for source, reach in sorted(self.sources.items()):
            if permission in reach:
                yield source, on_resources(reach[permission])

    def holds(self, surface: str) -> Callable[[str], Expr]:
        """The meaning of ``holds(grant)`` for a question about a resource of *surface*."""

        def remaining(text: str) -> Expr:
            grant = Grant.parse(text)
            reach = self.reach(grant.permission)
            if reach is not None and grant.resource_id is not None:
                return TRUE if grant.resource_id in reach else FALSE
            # A grant on one resource of another surface says nothing about the resource that is asked about.
            return on_resources(reach) if reach is None or grant.surface == surface else FALSE

        return remaining

    @property
    def permissions(self) -> frozenset[str]:
        """Everything held on every resource."""
        return frozenset(name for reach in self.sources.values() for name, ids in reach.items() if ids is None)


def ceiling_reach(catalog: Catalog, ceiling: frozenset[str]) -> GrantMap:
    """What a ceiling lets through."""
    result: dict[str, Ids] = {}
    for text in ceiling:
        for permission, ids in expand_ceiling(catalog, text).items():
            result[permission] = union(ids, result.get(permission, NO_IDS))
    return result


def _of_role(catalog: Catalog, name: str) -> GrantMap | None:
    role = catalog.roles.get(name)
    return None if role is None else dict.fromkeys(role.permissions)


def _limited(catalog: Catalog, kind: str, reach: GrantMap, limit: GrantMap | None) -> GrantMap:
    limited: dict[str, Ids] = {}
    for permission, ids in reach.items():
        if may_hold(catalog, kind, permission):
            remaining = ids if limit is None else intersection(ids, limit.get(permission, NO_IDS))
            if remaining is None or remaining:
                limited[permission] = remaining
    return limited


class ObservedGrants(Struct, frozen=True):
    """What all principals hold in whom the same is observed: the condition under which each source holds a permission.

    Which scopes and roles they hold for every resource, and which ids a narrowed source names, is looked up in the
    principal. The former are one source, without a name; the name of the latter ends in ``/``, where the id goes.
    """

    sources: Mapping[str, Mapping[str, Expr]]

    @classmethod
    def of(cls, catalog: Catalog, kind: str, seen: Observation, permissions: tuple[str, ...]) -> "ObservedGrants":
        """What is held of *permissions*, all of which principals of the kind may hold."""
        held = {permission for permission, is_held in zip(permissions, seen.held, strict=True) if is_held}
        sources = {HELD[kind]: _within(catalog, seen, TRUE, held, permissions)} if held else {}
        if kind in SCOPED:
            for name in seen.narrowed:
                # Where a scope may not be narrowed it grants nothing: the text of one for some id tells.
                reach = expand(catalog, f"{name}/id")
                condition = Narrowed(SCOPES, name).condition
                sources[f"scope:{name}/"] = _within(catalog, seen, condition, reach or {}, permissions)
        return cls(sources)

    def allows(self, permission: str) -> Iterator[tuple[str, Expr]]:
        """The sources that hold a permission, sorted, each with the condition under which it does."""
        for source, conditions in sorted(self.sources.items()):
            if permission in conditions:
                yield source, conditions[permission]

    def holds(self, surface: str) -> Callable[[str], Expr]:
        """The meaning of ``holds(grant)`` for a question about a resource of *surface*."""

        def remaining(text: str) -> Expr:
            grant = Grant.parse(text)
            found = {conditions.get(grant.permission, FALSE) for conditions in self.sources.values()} - {FALSE}
            if TRUE in found:
                return TRUE
            if grant.resource_id is None and grant.surface != surface:
                return FALSE
            parts = sorted(found, key=str)
            return disjunction(tuple(about(part, grant.resource_id) for part in parts))

        return remaining


def _within(
    catalog: Catalog,
    seen: Observation,
    condition: Expr,
    reach: Collection[str],
    permissions: tuple[str, ...],
) -> Mapping[str, Expr]:
    conditions = {}
    for permission in permissions:
        if permission in reach:
            limit = _limit(catalog, seen, permission)
            if limit != FALSE:
                parts = tuple(part for part in (condition, limit) if part != TRUE)
                conditions[permission] = conjunction(parts)
    return conditions


def _limit(catalog: Catalog, seen: Observation, permission: str) -> Expr:
    """The condition under which the ceiling lets a permission through."""
    if seen.limits is None or any(permission in expand_ceiling(catalog, text) for text in seen.limits):
        return TRUE
    narrowed = sorted(name for name in seen.narrowed_limits if permission in expand_ceiling(catalog, f"{name}/id"))
    return disjunction(tuple(Narrowed(CEILING, name).condition for name in narrowed))
