"""The names that conditions can read, with their types."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from scopeguard.checking.findings import Hints

BUILT_IN: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "principal": MappingProxyType({
        "kind": "string",
        "id": "string",
        "workspace": "string",
        "roles": "list(string)",
        "scopes": "list(string)",
        "rank": "int",
        "assignable_roles": "list(string)",
        "expires_at": "timestamp",
        "not_before": "timestamp",
        "revoked": "bool",
        "leaked": "bool",
        "suspended": "bool",
        "sso": "bool",
        "ip_allow": "list(string)",
    }),
    "resource": MappingProxyType({"surface": "string", "id": "string", "workspace": "string"}),
    "context": MappingProxyType({
        "channel": "string",
        "environment": "string",
        "now": "timestamp",
        "facts": "map(string, dyn)",
    }),
    "facts": MappingProxyType({}),
})  # fmt: skip
"""By root; ``facts`` stands for ``context.facts``."""

TEXTS: Final = frozenset({"action", "permission", "operation"})
"""Roots that are texts of their own."""

VOCABULARY: Final[Mapping[str, str]] = MappingProxyType({
    "principal.kind": "kinds",
    "principal.roles": "roles",
    "principal.assignable_roles": "roles",
    "principal.scopes": "scopes",
    "resource.surface": "surfaces",
    "context.channel": "channels",
    "context.environment": "environments",
    "action": "actions",
    "permission": "grants",
    "operation": "operations",
})  # fmt: skip
"""Names whose values are names of the pack, so that a literal compared with them can be checked."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of each root (``facts`` stands for ``context.facts``) with their types.

    A root in *open* may have fields besides, in files that could not be read.
    """

    by_root: Mapping[str, Mapping[str, str]]
    open: frozenset[str]
    hints: Hints

    def type_of(self, root: str, name: str) -> str | None:
        """The type of a field; None where the root has no such field."""
        return self.by_root[root].get(name, "dyn" if root in self.open else None)

    def near_field(self, root: str, name: str) -> str | None:
        """A hint for a field that its root does not have."""
        if root == "context" and name in self.by_root["facts"]:
            return f'did you mean "{dotted_name("facts", name)}"?'
        return self.near(dotted_name(root, name))

    def near(self, name: str, local: Mapping[str, str] = MappingProxyType({})) -> str | None:
        """A hint for a name that is unknown, also beside *local* ones."""
        readable = [dotted_name(root, field) for root, fields in self.by_root.items() for field in fields]
        known = (*local, *sorted(TEXTS), *readable)
        return self.hints.near(name, known, f"names {' '.join(local)} {len(known)}")


def dotted_name(root: str, name: str) -> str:
    """A field as conditions write it."""
    return f"context.facts.{name}" if root == "facts" else f"{root}.{name}"
