"""Patterns and implications resolved to plain sets of permissions."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from scopeguard.model.catalog import Surface
from scopeguard.syntax.requirement import Pattern


def expand_pattern(pattern: Pattern, surfaces: Mapping[str, Surface], *, wildcard_reaches_all: bool) -> tuple[str, ...]:
    """The permissions that *pattern* matches, in the order of the catalog; empty where it matches nothing.

    Of a group of actions it matches those that a surface has.

    ``*`` or a group in the place of the surface matches every surface, or every one of the group, with
    *wildcard_reaches_all* (deny rules), and otherwise the coarse ones among them (scopes, roles, member permissions,
    allow rules). What an action implies is not added: see :func:`with_implied`.
    """
    return tuple(
        f"{surface.name}:{action}"
        for surface in _reached(pattern, surfaces, wildcard_reaches_all=wildcard_reaches_all)
        for action in _actions(pattern, surface)
    )


def _reached(pattern: Pattern, surfaces: Mapping[str, Surface], *, wildcard_reaches_all: bool) -> Iterator[Surface]:
    if pattern.surface is not None:
        if pattern.surface in surfaces:
            yield surfaces[pattern.surface]
        return
    for surface in surfaces.values():
        if (wildcard_reaches_all or surface.coarse) and (pattern.group is None or pattern.group in surface.groups):
            yield surface


def _actions(pattern: Pattern, surface: Surface) -> Iterable[str]:
    if pattern.action_group is None:
        wanted: Collection[str] | None = pattern.actions
    else:
        wanted = surface.action_groups.get(pattern.action_group, ())
    return (action for action in surface.actions if wanted is None or action in wanted)


def with_implied(permissions: Iterable[str], surfaces: Mapping[str, Surface]) -> frozenset[str]:
    """*permissions* of known surfaces, with each what its action implies there, and on surfaces that inherit it."""
    found: set[str] = set()
    for permission in permissions:
        found.add(permission)
        name, _, action = permission.partition(":")
        surface = surfaces[name]
        if surface.implies:
            found.update(surface.implied(action))
        if surface.inherited:
            found.update(each for each in surface.inherited.get(action, ()) if each.partition(":")[0] in surfaces)
    return frozenset(found)


def is_internal(permission: str, surfaces: Mapping[str, Surface]) -> bool:
    """Whether no scope and no role names a permission of known surfaces."""
    name, _, action = permission.partition(":")
    return action in surfaces[name].internal


def held_by_members(patterns: Iterable[Pattern], surfaces: Mapping[str, Surface]) -> frozenset[str]:
    """What patterns give to those who hold a role: never what is internal, nor what that implies."""
    found = (each for pattern in patterns for each in expand_pattern(pattern, surfaces, wildcard_reaches_all=False))
    return with_implied((each for each in found if not is_internal(each, surfaces)), surfaces)


def closure(edges: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Every name to all names reached from it, itself included; names that *edges* does not know are left out.

    Cycles do no harm.
    """
    reached: dict[str, frozenset[str]] = {}
    for start in edges:
        seen = {start}
        stack = [start]
        while stack:
            for name in edges[stack.pop()]:
                if name in seen or name not in edges:
                    continue
                # What is already resolved need not be walked again, which keeps long chains cheap.
                if name in reached:
                    seen |= reached[name]
                else:
                    seen.add(name)
                    stack.append(name)
        reached[start] = frozenset(seen)
    return reached
