"""What a principal effectively holds: its scopes or roles, within its ceiling, on what its kind may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from scopeguard.compiling.grants import CEILING, ROLES, SCOPES, about, compared, on_resources, questions
from scopeguard.compiling.observed_inputs import Observation, may_hold
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant, start_of
from scopeguard.model.grant_set import (
    NO_IDS,
    GrantMap,
    Ids,
    expand,
    expand_ceiling,
    is_within,
    narrowed_to,
    union,
)
from scopeguard.model.narrowing import OWN, binding_ways
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.syntax.expression import FALSE, TRUE, Expr, conjunction, disjunction

HELD: Final[Mapping[str, str]] = MappingProxyType({**dict.fromkeys(SCOPED, "scope:"), "member": "role:"})
"""By the kind of principal, how what it holds for every resource is called, before its name."""


class EffectiveGrants(Struct, frozen=True):
    """What one principal holds, by source: ``scope:…`` or ``role:…``. *limit* is what its ceiling lets through."""

    catalog: Catalog
    kind: str
    sources: Mapping[str, GrantMap]
    limit: GrantMap | None = None

    @classmethod
    def of(cls, catalog: Catalog, principal: Principal) -> EffectiveGrants:
        """What *principal* holds."""
        kind = principal.kind
        catalog = catalog.of_kind(kind)
        sources: Mapping[str, GrantMap | None] = {}
        if kind in SCOPED:
            sources = {f"scope:{text}": expand(catalog, text) for text in principal.scopes}
        elif kind == "member":
            sources = {f"role:{text}": of_role(catalog, text) for text in principal.roles}
        limit = None if principal.ceiling is None else ceiling_reach(catalog, principal.ceiling)
        return cls(catalog, kind, {name: reach for name, reach in sources.items() if reach is not None}, limit)

    def holding(self, permission: str) -> Iterator[tuple[str, Ids, Ids]]:
        """The sources that hold a permission, sorted, on what, and on what the ceiling lets it through."""
        limit = None if self.limit is None else self.limit.get(permission, NO_IDS)
        if may_hold(self.catalog, self.kind, permission) and limit != NO_IDS:
            for source, reach in sorted(self.sources.items()):
                if permission in reach:
                    yield source, reach[permission], limit

    def is_held(self, permission: str, ids: Ids = None) -> bool:
        """Whether a permission is held on each of some resources; on every resource where nothing else is said."""
        found = list(self.holding(permission))
        if not found:
            return ids == NO_IDS
        reaches = [reach for _, reach, _ in found]
        held = None if None in reaches else NO_IDS.union(*(reach for reach in reaches if reach is not None))
        return is_within(ids, held) and is_within(ids, found[0][2])

    def may_be_held(self, permission: str) -> bool:
        """Whether a permission is held on anything."""
        return next(self.holding(permission), None) is not None

    def allows(self, permission: str) -> Iterator[tuple[str, Expr]]:
        """The sources that hold a permission, sorted, each with the condition under which it does."""
        surface = self.catalog.surfaces[permission.partition(":")[0]]
        for source, reach, limit in self.holding(permission):
            parts = (on_resources(surface, reach), on_resources(surface, limit))
            yield source, conjunction(tuple(part for part in parts if part != TRUE))

    def holds(self, surface: str) -> Callable[[str], Expr]:
        """The meaning of ``holds(grant)`` for a question about a resource of *surface*."""

        def remaining(text: str) -> Expr:
            grant = Grant.parse(text)
            if self.is_held(grant.permission):
                return TRUE
            if grant.qualifier is not None:
                return TRUE if self.is_held(grant.permission, frozenset((grant.qualifier,))) else FALSE
            # A grant on one resource of another surface says nothing about the resource that is asked about.
            if grant.surface != surface:
                return FALSE
            return disjunction(tuple(condition for _, condition in self.allows(grant.permission)))

        return remaining

    @property
    def permissions(self) -> frozenset[str]:
        """Everything held on every resource."""
        names = {name for reach in self.sources.values() for name, ids in reach.items() if ids is None}
        return frozenset(name for name in names if self.is_held(name))


def ceiling_reach(catalog: Catalog, ceiling: frozenset[str]) -> GrantMap:
    """What a ceiling lets through."""
    result: dict[str, Ids] = {}
    for text in ceiling:
        for permission, ids in expand_ceiling(catalog, text).items():
            result[permission] = union(ids, result.get(permission, NO_IDS))
    return result


def of_role(catalog: Catalog, text: str) -> GrantMap | None:
    """What a role holds, on one resource where it is held on one; None where the catalog does not have it."""
    start = start_of(text)
    if start:
        ways = binding_ways(catalog, start)
        return None if ways is None else narrowed_to(ways, text[len(start) :])
    role = catalog.roles.get(text)
    return None if role is None else dict.fromkeys(role.permissions)


class ObservedGrants(Struct, frozen=True):
    """What all principals hold in whom the same is observed: the condition under which each source holds a permission.

    Which scopes and roles they hold for every resource, and which ids a narrowed source names, is looked up in the
    principal. The former are one source, without a name; the name of the latter ends where the id goes.
    """

    catalog: Catalog | None
    sources: Mapping[str, Mapping[str, Expr]]

    @classmethod
    def of(cls, catalog: Catalog, kind: str, seen: Observation, permissions: tuple[str, ...]) -> ObservedGrants:
        """What is held of *permissions*, all of which principals of the kind may hold."""
        catalog = catalog.of_kind(kind)
        plain = {permission for permission, is_held in zip(permissions, seen.held, strict=True) if is_held}
        held: dict[str, Mapping[str, Expr]] = {HELD[kind]: dict.fromkeys(plain, TRUE)} if plain else {}
        holder = ROLES if kind == "member" else SCOPES
        for start in seen.narrowed:
            held[HELD[kind] + start] = _narrowed(catalog, holder, start, permissions)
        if seen.limits is None:
            return cls(catalog, held)
        limits = {each: _limit(catalog, seen, each) for each in permissions}
        return cls(catalog, {source: _within(found, limits) for source, found in held.items()})

    def allows(self, permission: str) -> Iterator[tuple[str, Expr]]:
        """The sources that hold a permission, sorted, each with the condition under which it does."""
        for source, conditions in sorted(self.sources.items()):
            if permission in conditions:
                yield source, conditions[permission]

    def holds(self, surface: str) -> Callable[[str], Expr]:
        """The meaning of ``holds(grant)`` for a question about a resource of *surface*."""

        def remaining(text: str) -> Expr:
            grant = Grant.parse(text)
            found = {condition for _, condition in self.allows(grant.permission)}
            if TRUE in found:
                return TRUE
            if grant.resource_id is not None:
                attribute = self._attribute(grant)
                found = set() if attribute is None else {about(each, attribute, grant.resource_id) for each in found}
            elif grant.surface != surface:
                return FALSE
            return disjunction(tuple(sorted(found - {FALSE}, key=str)))

        return remaining

    def _attribute(self, grant: Grant) -> str | None:
        """The attribute of a resource that has what a narrowed grant is narrowed to; None where none has it."""
        surface = None if self.catalog is None else self.catalog.surfaces.get(grant.surface)
        if surface is None:
            return None
        if grant.parent is None or grant.parent in surface.parents:
            return compared(surface, OWN if grant.parent is None else f"{grant.parent}:")[0]
        return None


def _narrowed(catalog: Catalog, holder: str, start: str, permissions: tuple[str, ...]) -> dict[str, Expr]:
    found = {each: questions(catalog, holder, start, each) for each in permissions}
    return {each: disjunction(tuple(one.condition for one in asked)) for each, asked in found.items() if asked}


def _within(held: Mapping[str, Expr], limits: Mapping[str, Expr]) -> dict[str, Expr]:
    within = {}
    for permission, condition in held.items():
        limit = limits[permission]
        if limit != FALSE:
            within[permission] = conjunction(tuple(part for part in (condition, limit) if part != TRUE))
    return within


def _limit(catalog: Catalog, seen: Observation, permission: str) -> Expr:
    """The condition under which the ceiling lets a permission through."""
    if any(permission in expand_ceiling(catalog, text) for text in seen.limits or ()):
        return TRUE
    asked = (one for start in sorted(seen.narrowed_limits) for one in questions(catalog, CEILING, start, permission))
    return disjunction(tuple(one.condition for one in asked))
