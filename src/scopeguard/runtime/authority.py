"""Authority over roles: which ones a class of principals may hand out, and upon whose holders it may not act."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction
from scopeguard.model.catalog import Catalog, Role
from scopeguard.model.grant import Grant, start_of
from scopeguard.model.narrowing import is_nameable, named_in, role_ways
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.conferred import Conferred
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.role_rules import Holding, Reach, RoleRules

_NO_QUESTION: Final = RequestedAction("", "", "", "", "")
_NO_CONTEXT: Final = Context()
_NONE: Final[frozenset[str]] = frozenset()


class Authority:
    """What the roles and grants of a class of principals say of all roles, each part worked out when first read.

    Assigning and acting upon are two questions. A role is handed out by those who hold all of it; its holders are acted
    upon by whom they are not above, so that a role that nobody could hand out does not make its holders untouchable.
    Of a role on one resource that is asked for this resource alone, whose roles there count for it.
    """

    def __init__(
        self, rules: RoleRules, principal: Principal, held: EffectiveGrants, named: frozenset[str] = _NONE
    ) -> None:
        """*named* are the roles on one resource that the request names; those that rules ask for are so, too."""
        self._rules = rules
        self._named = sorted(text for text in named | rules.asked if is_known(rules.program.catalog, text))
        self._catalog = catalog = rules.program.catalog
        self._principal = principal
        self._held = held
        self._own: list[Role] = []
        if principal.kind == "member":
            self._own = [catalog.roles[name] for name in principal.roles if name in catalog.roles]

    @cached_property
    def rank(self) -> int:
        """The highest rank of its roles; 0 without one."""
        return max((role.rank for role in self._own), default=0)

    @cached_property
    def assignable_roles(self) -> tuple[str, ...]:
        """The roles that let nobody do what the principal may not do itself, sorted."""
        own_members, held = _member_permissions(self._own), self._held.permissions
        found = [
            name
            for name, role in self._catalog.roles.items()
            if role.member_permissions <= own_members
            and self._keeps_below(role, self.rank, self._effective((role,)) - held)
            and self._everywhere.covers(Conferred(name, role.permissions))
        ]
        return tuple(sorted([*found, *filter(self._may_assign, self._named)]))

    def _keeps_below(self, role: Role, rank: int, more: frozenset[str]) -> bool:
        """Whether who is above the principal, of that *rank*, is above holders of *role*, who hold *more* than it does.

        Otherwise they act, where a rule asks for that, upon whom the principal may not act upon. The lowest rank puts
        nobody below.
        """
        lowest = min(each.rank for each in self._catalog.roles.values())
        return (role.rank <= max(rank, lowest) and not more) or not self._asks_superior

    @cached_property
    def _asks_superior(self) -> bool:
        """Whether who is above it matters to what it may do, and hand out."""
        return any(map(self._everywhere.may_do, self._rules.on_superior))

    @cached_property
    def _everywhere(self) -> Reach:
        return self._reach(self._held)

    def _reach(self, held: Holding) -> Reach:
        env = Environment(
            self._principal, None, _NO_CONTEXT, _NO_QUESTION, FixedAuthority(self.rank), self._rules.program.types
        )
        return Reach(self._rules, self._principal, held, env, grants=self._held)

    def _may_assign(self, binding: str) -> bool:
        """Whether it may do itself what a role on one resource lets its holder do there."""
        here = OnOneResource(self._catalog, self._held, binding)
        role = here.role
        narrowed = here.narrowed(role, self._rules.narrowed)
        # What a rule says of all roles on a resource is worked out once, and of one that it names for that one.
        name = binding if narrowed or binding in self._rules.bindings else start_of(binding)
        found = Conferred(name, here.reached(role), narrowed)
        members = _member_permissions((*self._own, *here.roles_of(self._principal)))
        # What a rule lets do because of its name, or of a grant on the one resource, it lets do on every other one too.
        return (
            role.member_permissions <= members
            and self._keeps_below(role, *self._beside(here))
            and self._reach(here).covers(found)
            and self._everywhere.covers(found.elsewhere())
        )

    def _beside(self, here: OnOneResource) -> tuple[int, frozenset[str]]:
        """Its rank where a role is, and what that role holds there that it does not hold."""
        rank = max((self.rank, *(role.rank for role in here.roles_of(self._principal))))
        reached = self._effective((here.role,)) & here.reached(here.role)
        return rank, frozenset(each for each in reached if not here.is_held(each))

    def _is_superior(self, binding: str) -> bool:
        """Whether a role on one resource is above it there."""
        here = OnOneResource(self._catalog, self._held, binding)
        rank, more = self._beside(here)
        higher = self._effective(role for role in self._catalog.roles.values() if role.rank > rank)
        return bool(more) and (here.role.rank >= rank or not more.isdisjoint(higher))

    @cached_property
    def superior_roles(self) -> tuple[str, ...]:
        """The roles that are above the principal, sorted.

        They hold something that it does not hold. A role of lower rank is above it only where it holds of that
        something which roles of a higher rank than the principal's hold too.
        """
        roles, held = self._catalog.roles, self._held.permissions
        higher = self._effective(role for role in roles.values() if role.rank > self.rank)
        found = []
        for name, role in roles.items():
            more = self._effective((role,)) - held
            if more and (role.rank >= self.rank or not more.isdisjoint(higher)):
                found.append(name)
        return tuple(sorted([*found, *filter(self._is_superior, self._named)]))

    def _effective(self, roles: Iterable[Role]) -> frozenset[str]:
        """What members hold by *roles*: of a surface that members may not hold, nothing."""
        surfaces = self._catalog.surfaces
        listed = frozenset[str]().union(*(role.permissions for role in roles))
        return frozenset(each for each in listed if "member" in surfaces[each.partition(":")[0]].holdable_by)


class OnOneResource:
    """What a principal holds on the resource that a role is on, and on what lies below it."""

    def __init__(self, catalog: Catalog, held: EffectiveGrants, binding: str) -> None:
        start = start_of(binding)
        self._catalog = catalog
        self._held = held
        self._named = named_in(start) or ""
        self._id = binding[len(start) :]
        self.role: Final = catalog.roles[start.partition("/")[0]]

    def roles_of(self, principal: Principal) -> list[Role]:
        """The roles of a member on this resource."""
        mine = principal.roles if principal.kind == "member" else _NONE
        roles = self._catalog.roles
        return [role for name, role in roles.items() if f"{name}/{self._named}:{self._id}" in mine]

    def reached(self, role: Role) -> frozenset[str]:
        """The permissions of a role that are about this resource or what lies below it."""
        return frozenset(each for each in role.permissions if self._ways(each))

    def narrowed(self, role: Role, asked: frozenset[str]) -> frozenset[str]:
        """Those of some grants on one resource that a role on this one gives."""
        grants = {text: Grant.parse(text) for text in asked}
        return frozenset(
            text
            for text, grant in grants.items()
            if grant.permission in role.permissions
            and grant.qualifier in {way + self._id for way in self._ways(grant.permission)}
        )

    def is_held(self, permission: str) -> bool:
        """Whether a permission is held everywhere, or here."""
        ids = frozenset(way + self._id for way in self._ways(permission))
        return self._held.is_held(permission) or (bool(ids) and self._held.is_held(permission, ids))

    def may_be_held(self, permission: str) -> bool:
        """Whether a permission is held on anything."""
        return self._held.may_be_held(permission)

    def _ways(self, permission: str) -> tuple[str, ...]:
        return role_ways(self._catalog.surfaces[permission.partition(":")[0]], self._named)


def is_known(catalog: Catalog, binding: str) -> bool:
    """Whether the pack has a role, and resources of the surface on one of which it is."""
    named = named_in(start_of(binding))
    return binding.partition("/")[0] in catalog.roles and named is not None and is_nameable(catalog, named)


def _member_permissions(roles: Iterable[Role]) -> frozenset[str]:
    return frozenset(name for role in roles for name in role.member_permissions)
