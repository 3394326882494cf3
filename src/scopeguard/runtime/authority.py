"""Authority over roles: which ones a class of principals may hand out, and upon whose holders it may not act."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction
from scopeguard.model.catalog import Role
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.role_rules import Reach, RoleRules

_NO_QUESTION: Final = RequestedAction("", "", "", "", "")
_NO_CONTEXT: Final = Context()


class Authority:
    """What the roles and grants of a class of principals say of all roles, each part worked out when first read.

    Assigning and acting upon are two questions. A role is handed out by those who hold all of it; its holders are acted
    upon by whom they are not above, so that a role that nobody could hand out does not make its holders untouchable.
    """

    def __init__(self, rules: RoleRules, principal: Principal, held: EffectiveGrants) -> None:
        self._rules = rules
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
        own_members = frozenset(name for role in self._own for name in role.member_permissions)
        env = Environment(
            self._principal, None, _NO_CONTEXT, _NO_QUESTION, FixedAuthority(self.rank), self._rules.program.types
        )
        reach = Reach(self._rules, self._principal, self._held, env)
        found = (
            name
            for name, role in self._catalog.roles.items()
            if role.member_permissions <= own_members and reach.covers(role)
        )
        return tuple(sorted(found))

    @cached_property
    def superior_roles(self) -> tuple[str, ...]:
        """The roles that stand above the principal, sorted.

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
        return tuple(sorted(found))

    def _effective(self, roles: Iterable[Role]) -> frozenset[str]:
        """What members hold by *roles*: of a surface that members may not hold, nothing."""
        surfaces = self._catalog.surfaces
        listed = frozenset[str]().union(*(role.permissions for role in roles))
        return frozenset(each for each in listed if "member" in surfaces[each.partition(":")[0]].holdable_by)
