"""What narrowed scopes and roles on one resource reach: by which of its ids a resource is meant.

A *start* is what of one is before the id: ``agents:write/``, ``conversations:read/agents:`` and
``maintainer/agents:``.
A *way* is what of a qualifier is before the id: nothing where the id is the resource's own, and ``agents:`` where
it is that of what the resource lies below.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.model.catalog import Catalog, Surface

OWN: Final = ""
ASSIGNED: Final = "@"
"""Before a way: it is that of a question about roles which are on one resource themselves, and the id is that one's."""


def named_in(start: str) -> str | None:
    """The surface whose id follows a start, where it says so."""
    return start.rpartition("/")[2].removesuffix(":") or None


def scope_ways(catalog: Catalog, start: str) -> Mapping[str, tuple[str, ...]] | None:
    """The permissions of a narrowed scope, each with its ways; None for a scope that the catalog does not have so."""
    scope = start.partition("/")[0]
    name, _, action = scope.partition(":")
    surface, parent = catalog.surfaces.get(name), named_in(start)
    if scope not in catalog.scopes or surface is None or action not in surface.actions:
        return None
    if not surface.qualifiable if parent is None else parent not in surface.parents:
        return None
    found: dict[str, tuple[str, ...]] = {}
    for permission in catalog.scopes[scope]:
        other = catalog.surfaces[permission.partition(":")[0]]
        # What comes along with an action on the surface itself is reached as that is, and else as lying below.
        direct = permission == scope or permission in surface.implied(action)
        below = parent is not None or permission in surface.inherited.get(action, ())
        ways = (
            *((OWN,) if direct and parent in (None, name) else ()),
            *((f"{parent or name}:",) if below and (parent or name) in other.parents else ()),
        )
        if ways:
            found[permission] = ways
    return MappingProxyType(found)


def binding_ways(catalog: Catalog, start: str) -> Mapping[str, tuple[str, ...]] | None:
    """The permissions of a role on one resource, each with its ways; None for one that the catalog does not have so."""
    role, named = catalog.roles.get(start.partition("/")[0]), named_in(start)
    if role is None or named is None or not is_nameable(catalog, named):
        return None
    found = {each: role_ways(catalog.surfaces[each.partition(":")[0]], named) for each in role.permissions}
    return MappingProxyType({permission: ways for permission, ways in found.items() if ways})


def role_ways(surface: Surface, named: str) -> tuple[str, ...]:
    """How a role on a resource of the surface *named* reaches one of *surface*."""
    return (
        *((OWN,) if surface.name == named else ()),
        *((f"{named}:",) if named in surface.parents else ()),
        *((f"{ASSIGNED}{named}:",) if surface.assigns else ()),
    )


def is_nameable(catalog: Catalog, name: str) -> bool:
    """Whether ids of a surface are written anywhere: it can be narrowed to one resource, or something lies below it."""
    found = catalog.surfaces.get(name)
    return found is not None and (
        found.qualifiable or any(name in other.parents for other in catalog.surfaces.values())
    )
