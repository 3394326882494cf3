"""The names that every condition can read, with their types."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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
