"""Names of which all values are known, whoever asks: what a pack lists, as far as nothing else is let in."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from scopeguard.checking.sums import Numbers
from scopeguard.checking.vocabulary import Vocabulary
from scopeguard.model.catalog import Catalog
from scopeguard.model.principal import KINDS
from scopeguard.model.usage import PRODUCTION
from scopeguard.semantics.built_in_variables import ROLE_LISTS

ABSENT: Final = "\0"
"""What is among the texts of a name that may have no value: no pack lists it."""
_LISTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "principal.kind": ("kinds", ()),
    "context.channel": ("channels", (ABSENT,)),
    "context.environment": ("environments", (PRODUCTION,)),
    "resource.surface": ("surfaces", ()),
    "action": ("actions", ()),
    "permission": ("grants", ()),
    "operation": ("operations", ("",)),
}
"""By name, the vocabulary, and what it may be besides: what is there where a host or a question says nothing."""
_LOST_WITH: Final[Mapping[str, str]] = {"actions": "surfaces", "grants": "surfaces", "scopes": "surfaces"}


class ClosedNames(NamedTuple):
    """The texts that names may be, and the whole numbers, and what lists hold beside names on one resource."""

    texts: Mapping[str, frozenset[str]]
    numbers: Mapping[str, Numbers]
    lists: Mapping[str, frozenset[str]] = MappingProxyType({})

    @classmethod
    def of(cls, names: Vocabulary, catalog: Catalog) -> "ClosedNames":
        """Those of a pack. A pack that lists no channels takes any, and so with everything else that it may list."""

        def listed(kind: str) -> Collection[str]:
            is_whole = names.complete and not names.broken.get(_LOST_WITH.get(kind, kind))
            return names.known[kind] if is_whole else ()

        texts = {name: frozenset((*known, *more)) for name, (kind, more) in _LISTS.items() if (known := listed(kind))}
        ranks = {catalog.roles[name].rank for name in listed("roles")}
        # Who has no role has the rank 0.
        by_role = Numbers((0, max(ranks)), tuple(sorted({0, *ranks}))) if ranks else Numbers((0, None))
        kinds = {"principal.scopes": "scopes", **dict.fromkeys(("principal.roles", *ROLE_LISTS), "roles")}
        lists = {name: frozenset(known) for name, kind in kinds.items() if (known := listed(kind))}
        return cls(texts, {"principal.rank": by_role}, lists)


ONLY_KINDS: Final = ClosedNames({"principal.kind": frozenset(KINDS)}, {})
"""What is known without a pack."""
