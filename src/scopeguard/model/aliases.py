"""Names of the outside world: what tokens, stores and other systems call the scopes, roles and actions of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import field

from scopeguard.model.structs import Carried

Names: TypeAlias = Mapping[str, tuple[str, ...]]
"""Names of the pack, each with its aliases: the first one is written, all are read."""

_NOTHING: Final[Names] = MappingProxyType({})


class Aliases(Carried, frozen=True, gc=False):
    """The aliases of a pack. Those of a permission are both of a scope and of an action."""

    scopes: Names = field(default_factory=lambda: _NOTHING)
    roles: Names = field(default_factory=lambda: _NOTHING)
    actions: Names = field(default_factory=lambda: _NOTHING)


def by_alias(names: Names) -> dict[str, str]:
    """The name that each alias stands for."""
    return {alias: name for name, aliases in names.items() for alias in aliases}
