"""The JSON Schema of policy files with the names of one pack, so that an editor completes and explains them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from scopeguard.documents.jsonschema import policy_schema
from scopeguard.model.catalog import Catalog

Words = Mapping[str, str]
"""Names, each with what an editor says of it."""


def _permissions(catalog: Catalog) -> Words:
    return {
        f"{surface.name}:{action}": surface.because or f"{action} on {surface.name}"
        for surface in catalog.surfaces.values()
        for action in surface.actions
    }


def _operations(catalog: Catalog) -> Words:
    return {name: each.because or f"needs {each.permission}" for name, each in catalog.operations.items()}


def _member_permissions(catalog: Catalog) -> Words:
    return {name: f"grants {', '.join(sorted(held))}" for name, held in catalog.member_permissions.items()}


def _scopes(catalog: Catalog) -> Words:
    return {name: f"reaches {', '.join(sorted(held)) or 'nothing'}" for name, held in catalog.scopes.items()}


def _roles(catalog: Catalog) -> Words:
    return {name: each.because or f"rank {each.rank}" for name, each in catalog.roles.items()}


def _codes(catalog: Catalog) -> Words:
    return {name: f"{each.kind}, {each.status}: {each.title or name}" for name, each in catalog.codes.items()}


def _meters(catalog: Catalog) -> Words:
    return {name: each.title or each.kind for name, each in catalog.meters.items()}


def _listed(part: str) -> Callable[[Catalog], Words]:
    return lambda catalog: dict.fromkeys(getattr(catalog, part), "")


def _surfaces(catalog: Catalog) -> Words:
    return {name: each.because or ", ".join(each.actions) for name, each in catalog.surfaces.items()}


def _together(*parts: Callable[[Catalog], Words]) -> Callable[[Catalog], Words]:
    return lambda catalog: {name: said for part in parts for name, said in part(catalog).items()}


_channels, _environments = _listed("channels"), _listed("environments")
_ACTIONS: Final = _together(_permissions, _operations)

NAMES: Final[Mapping[tuple[str, str], Callable[[Catalog], Words]]] = MappingProxyType({
    ("RuleDoc", "stage"): _listed("stages"),
    ("RuleDoc", "code"): _codes,
    ("RuleDoc", "roles"): _roles,
    ("RuleDoc", "channels"): _channels,
    ("RuleDoc", "environments"): _environments,
    ("GateDoc", "on"): _operations,
    ("GateDoc", "provider"): _listed("providers"),
    ("GateDoc", "entitlement"): _meters,
    ("GateDoc", "fair_use"): _meters,
    ("OperationDoc", "needs"): _permissions,
    ("OperationDoc", "meter"): _meters,
    ("OperationDoc", "fair_use"): _meters,
    ("UsageDoc", "channels"): _channels,
    ("UsageDoc", "environments"): _environments,
    ("ParentDoc", "surface"): _surfaces,
    ("ResourceDoc", "surface"): _surfaces,
    ("CircumstancesDoc", "channel"): _channels,
    ("CircumstancesDoc", "environment"): _environments,
    ("ExpectationDoc", "code"): _codes,
})  # fmt: skip
"""By shape and key, the names that may be there and no others."""

PATTERNS: Final[Mapping[tuple[str, str], Callable[[Catalog], Words]]] = MappingProxyType({
    ("RuleDoc", "on"): _ACTIONS,
    ("RoleDoc", "holds"): _together(_member_permissions, _permissions),
    ("ScopeDoc", "includes"): _together(_scopes, _permissions),
    ("MemberPermissionDoc", "grants"): _permissions,
    ("MatrixDoc", "only"): _ACTIONS,
    ("PrincipalDoc", "roles"): _roles,
})  # fmt: skip
"""By shape and key, names that may be there beside patterns, roles on one resource and the like."""


def pack_schema(catalog: Catalog) -> dict[str, Any]:
    """The schema of policy files in which the names of a pack are enumerated, each with what it is.

    What only the pack as a whole can tell (a name that another file declares tomorrow) is an error to this schema until
    it is written anew. A list of names that the pack does not have, such as channels, admits any.
    """
    schema = policy_schema()
    shapes = schema["$defs"]
    for (shape, key), words in NAMES.items():
        known = words(catalog)
        if known:
            node = _text(shapes[shape]["properties"][key])
            node.pop("pattern", None)
            node.update(_enumerated(known))
    for (shape, key), words in PATTERNS.items():
        node = _text(shapes[shape]["properties"][key])
        known = words(catalog)
        if known:
            rest = {name: node.pop(name) for name in tuple(node) if name not in {"title", "description", "default"}}
            node["anyOf"] = [_enumerated(known), rest]
    return schema


def _text(node: dict[str, Any]) -> dict[str, Any]:
    """The schema of one text at a key: of a list that of its items."""
    items: dict[str, Any] = node.get("items", node)
    return items


def _enumerated(words: Words) -> dict[str, Any]:
    # enumDescriptions is no part of JSON Schema; the language servers for YAML and JSON read it.
    return {"type": "string", "enum": list(words), "enumDescriptions": list(words.values())}
