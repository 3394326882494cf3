"""Requirements and patterns: what rules write about permissions.

Both print as their canonical text, which parses back to an equal tree.
"""

from dataclasses import dataclass
from typing import TypeAlias

from scopeguard.model.grant import Grant


@dataclass(frozen=True, slots=True)
class Needs:
    """The principal holds one permission, perhaps on one resource."""

    grant: Grant

    def __str__(self) -> str:
        return str(self.grant)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of *items* is met; there is at least one."""

    items: tuple["Requirement", ...]

    def __str__(self) -> str:
        return f"all({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of *items* is met."""

    items: tuple["Requirement", ...]

    def __str__(self) -> str:
        return f"any({', '.join(map(str, self.items))})"


Requirement: TypeAlias = Needs | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Pattern:
    """A set of permissions: *surface* or *actions* is None where ``*`` was written."""

    surface: str | None
    actions: frozenset[str] | None

    def __str__(self) -> str:
        return f"{self.surface or '*'}:{self._actions()}"

    def _actions(self) -> str:
        if self.actions is None:
            return "*"
        names = ",".join(sorted(self.actions))
        return names if len(self.actions) == 1 else f"{{{names}}}"
