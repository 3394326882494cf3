"""Requirements and patterns: what rules write about permissions.

Both print as their canonical text, which parses back to an equal tree.
"""

from typing import TypeAlias

from msgspec import Struct

from scopeguard.model.grant import Grant
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Literal, conjunction, disjunction


class Needs(Struct, frozen=True, gc=False):
    """The principal holds one permission, perhaps on one resource."""

    grant: Grant

    def __str__(self) -> str:
        return str(self.grant)


class AllOf(Struct, frozen=True, gc=False):
    """Every one of *items* is met; there is at least one."""

    items: tuple["Requirement", ...]

    def __str__(self) -> str:
        return f"all({', '.join(map(str, self.items))})"


class AnyOf(Struct, frozen=True, gc=False):
    """At least one of *items* is met."""

    items: tuple["Requirement", ...]

    def __str__(self) -> str:
        return f"any({', '.join(map(str, self.items))})"


Requirement: TypeAlias = Needs | AllOf | AnyOf


class Pattern(Struct, frozen=True, gc=False):
    """A set of permissions: on one *surface*, on those of a *group*, or with neither on all.

    They are those of some *actions*, of an *action_group*, or with neither all.
    """

    surface: str | None
    actions: frozenset[str] | None
    group: str | None = None
    action_group: str | None = None

    @property
    def is_wildcard(self) -> bool:
        """Whether ``*`` is in the place of the surface."""
        return self.surface is None and self.group is None

    def __str__(self) -> str:
        reach = f"@{self.group}" if self.group is not None else self.surface or "*"
        return f"{reach}:{self._actions()}"

    def _actions(self) -> str:
        if self.actions is None:
            return "*" if self.action_group is None else f"@{self.action_group}"
        names = ",".join(sorted(self.actions))
        return names if len(self.actions) == 1 else f"{{{names}}}"


def as_condition(requirement: Requirement) -> Expr:
    """A requirement as a condition: ``holds("agents:read") && …``."""
    match requirement:
        case Needs(grant=grant):
            return Call(ex.HOLDS, (Literal(str(grant)),))
        case AllOf(items=items):
            return conjunction(tuple(map(as_condition, items)))
        case AnyOf(items=items):
            return disjunction(tuple(map(as_condition, items)))
