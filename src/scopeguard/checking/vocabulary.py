"""Every name that a pack may refer to, with those it defines wrongly, so that one mistake is reported once."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from scopeguard.checking.findings import Hints, Path, finding
from scopeguard.checking.texts import offset_of
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, Hint, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant
from scopeguard.model.principal import KINDS
from scopeguard.semantics.built_in_variables import FACT_WORDS
from scopeguard.syntax.requirement import Pattern

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({
    "surfaces": ("SG203", "surface"),
    "groups": ("SG222", "group of surfaces"),
    "action_groups": ("SG225", "group of actions"),
    "actions": ("SG204", "action"),
    "grants": ("SG204", "permission"),
    "scopes": ("SG205", "scope"),
    "roles": ("SG206", "role"),
    "held roles": ("SG206", "role"),
    "operations": ("SG207", "operation"),
    "stages": ("SG208", "stage"),
    "recovery": ("SG209", "code"),
    "permissions": ("SG210", "member permission"),
    "kinds": ("SG211", "kind of principal"),
    "channels": ("SG213", "channel"),
    "environments": ("SG214", "environment"),
    "meters": ("SG215", "meter"),
    "providers": ("SG216", "kind of provider"),
    "wallet.status": ("SG211", "status of the wallet"),
    "wallet.auto_recharge": ("SG211", "state of the recharge"),
    "payment.status": ("SG211", "status of payment"),
    "entitlements.kind": ("SG211", "kind of limit"),
    "providers.state": ("SG211", "state of a provider"),
})  # fmt: skip
"""By kind of names, the code for one that there is not, and what it is called."""

NARROWED: Final = frozenset({"scopes", "roles"})
"""Names that may be narrowed to one resource."""
_OF_SURFACES: Final = frozenset({"grants", "scopes"})
_BY_ANY_SURFACE: Final = frozenset({"actions", "groups"})
"""Kinds of names that any surface may bring."""


_BY_CONDITION: Final = "whoever meets its condition holds it; the roles of a rule may name it"


def bare(kind: str, name: str) -> str:
    """The part of a name that has to be known: of a scope or role on one resource, what is before the slash."""
    return name.partition("/")[0] if kind in NARROWED else name


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The known names by kind; *broken* ones are defined, but too badly to be looked at."""

    known: Mapping[str, Collection[str]]
    actions: Mapping[str, Collection[str]]
    """The actions of each surface."""
    broken: Mapping[str, frozenset[str]]
    complete: bool
    hints: Hints
    narrowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By kind, what is looked at of names on one resource."""

    @classmethod
    def of(cls, pack: Pack, catalog: Catalog) -> "Vocabulary":
        """The vocabulary of *pack*."""
        known: dict[str, Collection[str]] = {
            "surfaces": catalog.surfaces.keys(),
            "groups": catalog.groups.keys(),
            "action_groups": {entry.name for entry in pack.entries("action_groups")},
            "actions": {action for surface in catalog.surfaces.values() for action in surface.actions},
            "grants": frozenset(catalog.permissions),
            "scopes": catalog.scopes.keys(),
            "roles": catalog.roles.keys(),
            "held roles": catalog.roles.keys() | catalog.conditional_roles.keys(),
            "operations": {entry.name for entry in pack.entries("operations")},
            "stages": catalog.stages,
            "recovery": catalog.codes.keys(),
            "permissions": catalog.member_permissions.keys(),
            "kinds": KINDS,
            "channels": catalog.channels,
            "environments": catalog.environments,
            "meters": {entry.name for entry in pack.entries("meters")},
            "providers": catalog.providers,
            **FACT_WORDS,
        }
        actions = {surface.name: surface.actions for surface in catalog.surfaces.values()}
        broken = MappingProxyType({**pack.broken, "held roles": pack.broken["roles"]})
        return cls(MappingProxyType(known), MappingProxyType(actions), broken, pack.complete, Hints())

    def knows(self, kind: str, name: str) -> bool:
        """Whether *name* is defined, well or badly; true of every name where files of the pack are missing."""
        if not self.complete or name in self.known[kind] or name in self.broken.get(kind, ()):
            return True
        # The actions of a badly defined surface are not known to be missing.
        lost = self.broken["surfaces"]
        return bool(lost) if kind in _BY_ANY_SURFACE else kind in _OF_SURFACES and name.partition(":")[0] in lost

    def check_known(
        self,
        entry: Entry,
        path: Path,
        kind: str,
        name: str,
        *,
        surface: str | None = None,
        offset: int | None = None,
        key: bool = False,
    ) -> Iterator[Diagnostic]:
        """A finding where *name* is not known as a *kind*. With *surface*, its actions alone count as known."""
        known = self.known[kind] if surface is None else self.actions.get(surface, ())
        if self.knows(kind, name) if surface is None else self.may_have(surface, name):
            return
        code, word = WORDS[kind]
        if surface is None:
            message, hint = self.unknown(kind, name)
        else:
            message = f"unknown {word} {quoted(name)} on surface {quoted(surface)}"
            hint = self.hints.near_or_some(name, known, surface)
        yield finding(entry, path, code, message, hint, offset=offset, key=key)

    def unknown(self, kind: str, name: str) -> tuple[str, Hint]:
        """What is said of a name that is not known as a *kind*, with a hint."""
        if kind == "roles" and name in self.known["held roles"]:
            return f"nobody is assigned the role {quoted(name)}", _BY_CONDITION
        return f"unknown {WORDS[kind][1]} {quoted(name)}", self.hints.near_or_some(name, self.known[kind], kind)

    def unknown_in_pattern(
        self, entry: Entry, path: Path, text: str, pattern: Pattern, *, key: bool = False
    ) -> Iterator[Diagnostic]:
        """Findings where the surface, the group or an action of *pattern*, written as *text*, is not known."""
        parts = (
            ("surfaces", pattern.surface, 0),
            ("groups", pattern.group, 0),
            ("action_groups", pattern.action_group, text.index(":")),
        )
        for kind, name, start in parts:
            if name is not None and not self.knows(kind, name):
                yield from self.check_known(entry, path, kind, name, offset=offset_of(text, name, start), key=key)
                return
        for action in sorted(pattern.actions or ()):
            offset = offset_of(text, action, text.index(":"))
            yield from self.check_known(entry, path, "actions", action, surface=pattern.surface, offset=offset, key=key)

    def unknown_permission(self, entry: Entry, path: Path, grant: Grant, *, offset: int) -> Iterator[Diagnostic]:
        """A finding where the surface or the action of *grant*, *offset* characters into a text, is not known."""
        if not self.knows("surfaces", grant.surface):
            yield from self.check_known(entry, path, "surfaces", grant.surface, offset=offset)
        elif not self.may_have(grant.surface, grant.action):
            place = offset + len(grant.surface) + 1
            yield from self.check_known(entry, path, "actions", grant.action, surface=grant.surface, offset=place)

    def may_have(self, surface: str, action: str) -> bool:
        """Whether *surface* has *action*, or may have it where something is missing or broken."""
        return not self.complete or surface in self.broken["surfaces"] or action in self.actions.get(surface, ())
