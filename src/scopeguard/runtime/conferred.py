"""What a role gives to its holder: everywhere, or what a role on one resource gives there and elsewhere."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from scopeguard.model.grant import Grant

_NONE: Final[frozenset[str]] = frozenset()


class Conferred(Struct, frozen=True, gc=False):
    """What the holder of a role has by it in questions that are alike: about its one resource, or about others."""

    name: str
    """How conditions may find it among the roles of its holder."""
    permissions: frozenset[str]
    """What is held on the resource that is asked about."""
    narrowed: frozenset[str] | None = None
    """Of a role on one resource, the grants on this one that conditions ask for, whatever is asked about."""
    is_elsewhere: bool = False
    """Whether the questions are about other resources than the one that the role is on."""

    def gives(self, text: str, surface: str) -> bool:
        """Whether it makes ``holds(text)`` true of each question about *surface*."""
        grant = Grant.parse(text)
        if self.narrowed is None:
            return grant.permission in self.permissions
        if grant.qualifier is not None:
            return text in self.narrowed
        # What is held on one resource of another surface says nothing about the resource that is asked about.
        return grant.surface == surface and grant.permission in self.permissions

    def elsewhere(self) -> Conferred:
        """What is left of a role on one resource where another one is asked about."""
        return Conferred(self.name, _NONE, self.narrowed, is_elsewhere=True)
