"""Names of the outside world: what tokens, stores and other systems call the scopes, roles and actions of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from msgspec import field

from scopeguard.model.structs import Carried

Names: TypeAlias = Mapping[str, tuple[str, ...]]
"""Names of the pack, each with its aliases: the first one is written, all are read."""

Inside: TypeAlias = Mapping[str, str]
"""Names of the pack, by their aliases."""

_NOTHING: Final[Names] = MappingProxyType({})


class Aliases(Carried, frozen=True, gc=False):
    """The aliases of a pack. Those of a permission are both of a scope and of an action."""

    scopes: Names = field(default_factory=lambda: _NOTHING)
    roles: Names = field(default_factory=lambda: _NOTHING)
    actions: Names = field(default_factory=lambda: _NOTHING)


def inside(value: Any, names: Inside) -> Any:
    """A text, or each of several, that may be an alias of *names*, as the name that it stands for.

    What is no alias stays as it is, and so does what is no text.
    """
    if isinstance(value, tuple):
        return tuple([inside(each, names) if type(each) is str else each for each in value])
    if type(value) is not str:
        return value
    found = names.get(value)
    if found is not None:
        return found
    # What is held on one resource has that after its name, which may hold a slash of its own.
    start, slash, resource = value.rpartition("/")
    return f"{names[start]}/{resource}" if slash and start in names else value


def by_alias(names: Names) -> dict[str, str]:
    """The name that each alias stands for."""
    return {alias: name for name, aliases in names.items() for alias in aliases}


def by_word(aliases: Aliases) -> Mapping[str, Inside]:
    """By the type of what names something of the pack, such as ``role``, the aliases of that; where there are any."""
    actions = by_alias(aliases.actions)
    words = {"role": by_alias(aliases.roles), "scope": by_alias(aliases.scopes), "permission": actions}
    return MappingProxyType({word: names for word, names in (words | {"operation": actions}).items() if names})
