"""Patterns and implications resolved to plain sets of permissions."""

from collections.abc import Iterable, Mapping

from scopeguard.model.catalog import Surface
from scopeguard.syntax.requirement import Pattern


def expand_pattern(pattern: Pattern, surfaces: Mapping[str, Surface], *, wildcard_reaches_all: bool) -> tuple[str, ...]:
    """The permissions that *pattern* matches, in the order of the catalog; empty where it matches nothing.

    ``*`` in the place of the surface matches every surface with *wildcard_reaches_all* (deny rules), and
    otherwise for the coarse ones only (scopes, roles, member permissions, allow rules). What an action implies
    is not added: see :func:`with_implied`.
    """
    if pattern.surface is not None:
        named = surfaces.get(pattern.surface)
        reached: Iterable[Surface] = () if named is None else (named,)
    else:
        reached = (surface for surface in surfaces.values() if wildcard_reaches_all or surface.coarse)
    return tuple(
        f"{surface.name}:{action}"
        for surface in reached
        for action in surface.actions
        if pattern.actions is None or action in pattern.actions
    )


def with_implied(permissions: Iterable[str], surfaces: Mapping[str, Surface]) -> frozenset[str]:
    """*permissions* of known surfaces, and with each of them what its action implies on its surface."""
    found: set[str] = set()
    for permission in permissions:
        found.add(permission)
        name, _, action = permission.partition(":")
        implies = surfaces[name].implies
        if implies:
            found.update(f"{name}:{implied}" for implied in implies.get(action, ()))
    return frozenset(found)


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
