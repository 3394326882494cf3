"""The names that conditions in a pack can read, with their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.model.facts import AS_OF, FACT_RECORDS, QUANTITY_FACT
from scopeguard.semantics.functions.library import library
from scopeguard.semantics.names import Names
from scopeguard.semantics.types import DYN, parse_type

FACTS: Final = "context.facts"
QUANTITY: Final = f"{FACTS}.{QUANTITY_FACT}"
VARIABLES: Final = "variables"
"""The root of the variables that a pack declares."""
GROUPS: Final = "groups"
"""The root of the groups of surfaces that a pack has."""

ROOTS: Final = ("principal", "resource", "context", FACTS)
"""The roots of declared attributes."""

BUILT_IN_VARIABLES: Final[Mapping[str, str]] = MappingProxyType({
    "principal.kind": "string",
    "principal.id": "string",
    "principal.workspace": "string",
    "principal.roles": "list(string)",
    "principal.scopes": "list(string)",
    "principal.rank": "int",
    "principal.assignable_roles": "list(string)",
    "principal.superior_roles": "list(string)",
    "resource.surface": "string",
    "resource.id": "string",
    "resource.workspace": "string",
    "context.channel": "string",
    "context.environment": "string",
    "context.now": "timestamp",
    FACTS: "map(string, dyn)",
    "action": "string",
    "permission": "string",
    "operation": "string",
})  # fmt: skip
"""What every condition can read, beside attributes and facts."""

ROLE_LISTS: Final = frozenset({"principal.assignable_roles", "principal.superior_roles"})
"""Lists of roles that follow from what a principal holds."""
ROLE_AUTHORITY: Final = ROLE_LISTS | {"principal.rank"}
"""What follows from a principal's roles and the pack."""

VOCABULARIES: Final[Mapping[str, str]] = MappingProxyType({
    "role": "roles", "scope": "scopes", "channel": "channels", "environment": "environments", "surface": "surfaces",
    "action": "actions", "permission": "grants", "operation": "operations", "kind": "kinds",
})  # fmt: skip
"""The types of texts that are names of the pack, and the vocabulary of each; to a condition they are strings."""

_OF_THE_PACK: Final[Mapping[str, str]] = MappingProxyType({
    "principal.kind": "kind",
    "principal.roles": "role",
    "principal.assignable_roles": "role",
    "principal.superior_roles": "role",
    "principal.scopes": "scope",
    "resource.surface": "surface",
    "context.channel": "channel",
    "context.environment": "environment",
    "action": "action",
    "permission": "permission",
    "operation": "operation",
})  # fmt: skip
"""The names of BUILT_IN_VARIABLES whose values are names of the pack."""


def word_of(kind: str) -> str:
    """The type of the elements of a list, and any other type as it is."""
    return kind.removeprefix("list(").removesuffix(")") if kind.startswith("list(") else kind


def plain(kind: str) -> str:
    """A declared type as conditions see it: names of the pack are strings."""
    word = word_of(kind)
    return kind.replace(word, "string") if word in VOCABULARIES else kind


def common(one: str, other: str) -> str:
    """The type of what is declared twice, on surfaces of their own."""
    return one if one == other else plain(one) if plain(one) == plain(other) else "dyn"


CREDENTIAL_TYPES: Final[Mapping[str, str]] = MappingProxyType({
    "expires_at": "timestamp", "not_before": "timestamp", "revoked": "bool", "leaked": "bool",
    "suspended": "bool", "sso": "bool", "ip_allow": "list(cidr)",
    "unrecognized": "bool", "ignored_scopes": "list(string)",
})  # fmt: skip
"""The attributes that Principal's constructors set."""

CONTEXT_TYPES: Final[Mapping[str, str]] = MappingProxyType({"ip": "ip"})
"""The attributes of a context that every pack knows: the caller's address. A pack may declare it a text."""

FACT_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "wallet.status": ("ok", "low", "empty"),
    "wallet.auto_recharge": ("on", "off", "failed", "pending"),
    "payment.status": ("ok", "grace", "interrupted"),
    "entitlements.kind": ("soft", "hard"),
    "providers.state": ("ready", "missing", "invalid"),
})  # fmt: skip
"""The texts that these facts may be, by record and field; the state of a provider is the fact itself."""


def _fact_word(path: str) -> str | None:
    """The key of FACT_WORDS for a path below ``context.facts``."""
    record, field = path.partition(".")[0], path.rpartition(".")[2]
    word = "providers.state" if record == "providers" and field != AS_OF else f"{record}.{field}"
    return word if word in FACT_WORDS else None


def standard_facts(meters: Iterable[str], buckets: Iterable[str], providers: Iterable[str]) -> dict[str, str]:
    """The facts that gates read, by their path below ``context.facts``, with their types."""
    types = {AS_OF: "timestamp", QUANTITY_FACT: "int", f"providers.{AS_OF}": "timestamp"}
    types |= {f"providers.{kind}": "string" for kind in providers if kind != AS_OF}
    records = {"wallet": "wallet", "payment": "payment"}
    records |= {f"entitlements.{name}": "entitlements" for name in meters}
    records |= {f"fair_use.{name}": "fair_use" for name in buckets}
    for path, record in records.items():
        types |= {f"{path}.{field}": kind for field, kind in FACT_RECORDS[record].items()}
    return types


BUILT_IN: Final[Mapping[str, str]] = MappingProxyType({
    **BUILT_IN_VARIABLES, **{f"principal.{name}": kind for name, kind in CREDENTIAL_TYPES.items()}
})  # fmt: skip
"""Everything that no pack declares."""


def names_of(declared: Mapping[str, Mapping[str, str]], open_roots: frozenset[str] = frozenset()) -> Names:
    """What conditions may name where attributes are *declared* by root; a root in *open_roots* may have others."""
    variables = {name: parse_type(kind) for name, kind in BUILT_IN.items()}
    words = {name: VOCABULARIES[word] for name, word in _OF_THE_PACK.items()}
    for root, types in declared.items():
        for name, kind in types.items():
            full = f"{root}.{name}"
            variables.setdefault(full, parse_type(plain(kind)))
            if word_of(kind) in VOCABULARIES and full not in BUILT_IN:
                words[full] = VOCABULARIES[word_of(kind)]
            if root == FACTS and (fact := _fact_word(name)) is not None:
                words[full] = fact
    variables.update(dict.fromkeys(open_roots, DYN))
    spaces = frozenset((*ROOTS, VARIABLES, GROUPS)) - open_roots
    spaces |= {f"{root}.{name}" for root in spaces & declared.keys() for name in records_of(declared[root])}
    return Names(library(is_strict=True), MappingProxyType(variables), namespaces=spaces, words=MappingProxyType(words))


def records_of(types: Mapping[str, str]) -> set[str]:
    """Those of *types* that have fields."""
    return {record for name in types for record in _above(name) if record in types}


def _above(path: str) -> Iterator[str]:
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def root_of(name: str) -> str:
    """The root of a name; that of ``context.facts`` is ``context``."""
    if name.startswith(f"{FACTS}."):
        return FACTS
    return name.partition(".")[0] if "." in name else ""


def within_record(name: str) -> bool:
    """Whether a name is a field of an attribute that is a record."""
    root = root_of(name)
    return root not in ("", FACTS) and name != FACTS and "." in name.removeprefix(f"{root}.")
