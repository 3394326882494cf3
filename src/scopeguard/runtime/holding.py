"""What a class of principals effectively holds."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant
from scopeguard.model.grant_set import NO_IDS, GrantMap, Ids, expand, intersection, union
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.syntax.expression import FALSE, IN, PRESENT, TRUE, Call, Expr, Ident, ListExpr, Literal, conjunction

_RESOURCE_ID: Final = Ident("resource.id", absolute=True)
_HAS_RESOURCE_ID: Final = Call(PRESENT, (_RESOURCE_ID,))


class Holding(Struct, frozen=True):
    """What is held, by source: ``scope:…`` or ``role:…``. Closed surfaces and the ceiling are taken off."""

    sources: Mapping[str, GrantMap]
    unknown: tuple[str, ...] = ()
    """Scopes or roles that the catalog does not know: they grant nothing."""

    def reach(self, permission: str) -> Ids:
        """The resources on which a permission is held; an empty set for none."""
        found: Ids = NO_IDS
        for reach in self.sources.values():
            found = union(found, reach.get(permission, NO_IDS))
        return found

    def allows(self, permission: str) -> tuple[tuple[str, Expr], ...]:
        """The sources that hold a permission, sorted, each with the condition under which it does."""
        return tuple(
            (source, on_resources(reach[permission]))
            for source, reach in sorted(self.sources.items())
            if permission in reach
        )

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


def on_resources(ids: Ids) -> Expr:
    """The condition that the resource is one of *ids*."""
    if ids is None:
        return TRUE
    if not ids:
        return FALSE
    listed = ListExpr(tuple(Literal(item) for item in sorted(ids)))
    return conjunction((_HAS_RESOURCE_ID, Call(IN, (_RESOURCE_ID, listed))))


def holding(catalog: Catalog, principal: Principal) -> Holding:
    """What *principal* holds by its scopes or roles, closed surfaces and the ceiling considered."""
    if principal.kind in SCOPED:
        sources = {f"scope:{text}": expand(catalog, text) for text in principal.scopes}
    elif principal.kind == "member":
        sources = {f"role:{name}": _role_reach(catalog, name) for name in principal.roles}
    else:
        return Holding({})
    unknown = tuple(sorted(source for source, reach in sources.items() if reach is None))
    ceiling = None if principal.ceiling is None else ceiling_reach(catalog, principal.ceiling)
    return Holding(
        {
            source: _limited(catalog, principal.kind, reach, ceiling)
            for source, reach in sources.items()
            if reach is not None
        },
        unknown,
    )


def ceiling_reach(catalog: Catalog, ceiling: Iterable[str]) -> GrantMap:
    """What a ceiling lets through: permissions or scopes, expanded alike."""
    result: dict[str, Ids] = {}
    for text in ceiling:
        reach = expand(catalog, text)
        if reach is None:
            reach = _permission_reach(catalog, text)
        for permission, ids in reach.items():
            result[permission] = union(ids, result.get(permission, NO_IDS))
    return result


def _permission_reach(catalog: Catalog, text: str) -> GrantMap:
    grant = Grant.parse(text)
    surface = catalog.surfaces.get(grant.surface)
    if surface is None or grant.action not in surface.actions or grant.resource_id is not None:
        return {}
    implied = surface.implies.get(grant.action, ())
    return dict.fromkeys(f"{surface.name}:{action}" for action in (grant.action, *implied))


def _role_reach(catalog: Catalog, name: str) -> GrantMap | None:
    role = catalog.roles.get(name)
    return None if role is None else dict.fromkeys(role.permissions)


def _limited(catalog: Catalog, kind: str, reach: GrantMap, ceiling: GrantMap | None) -> GrantMap:
    limited: dict[str, Ids] = {}
    for permission, ids in reach.items():
        if kind not in catalog.surfaces[permission.partition(":")[0]].holdable_by:
            continue
        remaining = ids if ceiling is None else intersection(ids, ceiling.get(permission, NO_IDS))
        if remaining is None or remaining:
            limited[permission] = remaining
    return limited
