"""What a principal holds by one pack: ``holds(…)``, its rank, and the roles above it and within its reach."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final

from scopeguard.analysis.holders import Held
from scopeguard.analysis.logic import FALSE, TRUE, Bool, Truth, all_of, any_of, conj, disj, neg, truth
from scopeguard.analysis.solver import z3
from scopeguard.analysis.values import Unencodable, Value
from scopeguard.compiling.grants import BOUND, ID, compared
from scopeguard.compiling.observed_inputs import may_hold
from scopeguard.compiling.program import Program
from scopeguard.model.catalog import Surface
from scopeguard.model.grant import Grant
from scopeguard.model.grant_set import expand_ceiling
from scopeguard.model.narrowing import binding_ways, is_nameable, scope_ways
from scopeguard.model.principal import HOLDERS

Attribute = Callable[[str], tuple[Bool, Value]]
"""Whether an attribute of the resource is given, and its value."""
Bounds = Callable[[Held, str, str], Truth]
"""What a question about roles on one resource comes to."""


class Holdings:
    """What principals of one kind hold by one pack: the meaning of their scopes or roles."""

    def __init__(self, program: Program, kind: str, held: Held, ceiling: Held | None, unlimited: Bool) -> None:
        self._catalog = program.catalog.of_kind(kind)
        self._kind = kind
        self._held = held
        self._ceiling = ceiling
        self._unlimited = unlimited
        """Whether there is no ceiling."""
        self._starts: dict[str, list[tuple[str, str]]] = {}

    def holds(self, text: str, surface: str, attribute: Attribute, bound: Bounds) -> Truth:
        """``holds(grant)`` in a question about a resource of *surface*."""
        grant = Grant.parse(text)
        if self._kind not in HOLDERS or not may_hold(self._catalog, self._kind, grant.permission):
            return FALSE
        if grant.qualifier is not None:
            exact = conj((self._on(self._held, grant), disj((self._unlimited, self._on(self._ceiling, grant)))))
            return truth(disj((self.everywhere(grant.permission), exact)))
        if grant.surface != surface:
            return truth(self.everywhere(grant.permission))
        reach = self._reach(self._held, grant.permission, attribute, bound)
        return all_of((reach, self.let_through(grant.permission, attribute, bound)))

    def let_through(self, permission: str, attribute: Attribute, bound: Bounds) -> Truth:
        """Whether the ceiling lets a permission through on the resource, or there is none."""
        if self._ceiling is None:
            return TRUE
        return any_of((truth(self._unlimited), self._reach(self._ceiling, permission, attribute, bound)))

    def everywhere(self, permission: str) -> Bool:
        """Whether a permission is held on every resource."""
        if self._kind not in HOLDERS or not may_hold(self._catalog, self._kind, permission):
            return False
        limit = disj((self._unlimited, self._whole(self._ceiling, permission)))
        return conj((self._whole(self._held, permission), limit))

    def sources(self, permission: str) -> tuple[str, ...]:
        """The scopes or roles that hold a permission on every resource."""
        if self._held.are_roles:
            return tuple(name for name, role in self._catalog.roles.items() if permission in role.permissions)
        return tuple(scope for scope, granted in self._catalog.scopes.items() if permission in granted)

    def _whole(self, held: Held | None, permission: str) -> Bool:
        if held is None:
            return False
        found = list(self.sources(permission))
        if held is self._ceiling:
            # A ceiling also lists permissions that are no scopes.
            surfaces = self._catalog.surfaces.values()
            every = (each for surface in surfaces for each in surface.permissions if each not in found)
            found += (each for each in every if permission in expand_ceiling(self._catalog, each))
        return disj(held.has(each) for each in found)

    def _on(self, held: Held | None, grant: Grant) -> Bool:
        if held is None:
            return False
        wanted = grant.qualifier or ""
        whole = self._whole(held, grant.permission)
        ways = self._narrowed(grant.permission)
        found = (held.has(start + wanted[len(way) :]) for start, way in ways if wanted.startswith(way)
                 and ":" not in wanted[len(way) :])  # fmt: skip
        return disj((whole, *found))

    def _reach(self, held: Held, permission: str, attribute: Attribute, bound: Bounds) -> Truth:
        surface = self._catalog.surfaces[permission.partition(":")[0]]
        parts = [truth(self._whole(held, permission))]
        parts += (self._at(held, surface, start, way, attribute, bound) for start, way in self._narrowed(permission))
        return any_of(parts)

    def _at(self, held: Held, surface: Surface, start: str, way: str, attribute: Attribute, bound: Bounds) -> Truth:
        name, kind = compared(surface, way)
        if kind == BOUND:
            return bound(held, start, name)
        present, value = attribute(f"resource.{name}")
        true = []
        for case in value:
            if case.kind == "list":
                inside = (conj((there, self._with(held, start, items))) for there, items in case.term.slots)
                true.append(conj((case.when, disj(inside))))
            else:
                true.append(conj((case.when, self._with(held, start, (case,)))))
        here = disj(true)
        well_formed = disj(case.when for case in value)
        unasked = disj((neg(present), neg(held.any_with(start)))) if name != ID else neg(present)
        return Truth(here, disj((unasked, conj((well_formed, neg(here))))))

    @staticmethod
    def _with(held: Held, start: str, value: Value) -> Bool:
        found = []
        for case in value:
            ask = {"string": held.narrowed_to, "int": held.numbered_to}.get(case.kind)
            if ask is None:
                raise Unencodable("an id")
            there = ask(start, case.term)
            found.append(conj((case.when, there)))
        return disj(found)

    def _narrowed(self, permission: str) -> list[tuple[str, str]]:
        """By what is before the id, the ways in which a permission is held narrowed."""
        if permission not in self._starts:
            self._starts[permission] = list(self._ways(permission))
        return self._starts[permission]

    def _ways(self, permission: str) -> Iterator[tuple[str, str]]:
        catalog = self._catalog
        find = binding_ways if self._held.are_roles else scope_ways
        for source in self.sources(permission):
            for start in self.starts(source):
                yield from ((start, way) for way in (find(catalog, start) or {}).get(permission, ()))

    def starts(self, source: str) -> Iterator[str]:
        """What may be before the id where a scope or a role is on one resource."""
        surfaces = self._catalog.surfaces
        if self._held.are_roles:
            yield from (f"{source}/{name}:" for name in surfaces if is_nameable(self._catalog, name))
        elif source.partition(":")[0] in surfaces:
            yield f"{source}/"
            yield from (f"{source}/{parent}:" for parent in surfaces[source.partition(":")[0]].parents)


class Roles:
    """Rank, and the roles above a principal, by one pack."""

    def __init__(self, program: Program, kind: str, held: Held, holdings: Holdings) -> None:
        self._roles: Final = program.catalog.roles
        self._surfaces = program.catalog.surfaces
        self._kind = kind
        self._held = held
        self._holdings = holdings

    @cached_property
    def rank(self) -> Any:
        """The highest rank of the roles; 0 without one."""
        rank = z3.IntVal(0)
        if self._kind == "member":
            for role in sorted(self._roles.values(), key=lambda role: role.rank):
                has = self._held.has(role.name)
                rank = rank if has is False else z3.If(has, z3.IntVal(role.rank), rank) if role.rank > 0 else rank
        return rank

    def superior(self, name: str) -> Bool:
        """Whether a role is above the principal."""
        more = self._effective(name)
        highest = {each: max(role.rank for role in self._roles.values() if each in role.permissions) for each in more}
        return disj(
            conj(
                (
                    neg(self._holdings.everywhere(each)),
                    disj((_at_least(self._roles[name].rank, self.rank), _above(highest[each], self.rank))),
                )
            )
            for each in sorted(more)
        )

    def _effective(self, name: str) -> frozenset[str]:
        permissions = self._roles[name].permissions
        return frozenset(each for each in permissions if "member" in self._surfaces[each.partition(":")[0]].holdable_by)


def _at_least(rank: int, term: Any) -> Bool:
    return rank >= term.as_long() if z3.is_int_value(term) else term <= rank


def _above(rank: int, term: Any) -> Bool:
    return rank > term.as_long() if z3.is_int_value(term) else term < rank
