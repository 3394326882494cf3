"""The vocabulary of a pack, resolved: what exists, what implies what, who may hold it. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from scopeguard.errors import RequestError, quoted
from scopeguard.model.aliases import Aliases
from scopeguard.model.input_validation import text
from scopeguard.model.structs import Carried

DEFAULT_STAGES: Final = (
    "credential",
    "workspace",
    "channel",
    "dashboard_only",
    "permission",
    "standing",
    "sign_in",
    "feature",
    "provider",
    "payment",
    "entitlement",
    "fair_use",
)
"""The order in which denials are reported (the earliest is primary) where a pack names no list of its own."""

PERMISSION_STAGE: Final = "permission"
"""The stage at which a principal that holds nothing is denied; every list of stages contains it."""


READING: Final = ("read", "view")
"""The actions that read a surface; of one that has both the first."""

FAIR_USE: Final = "fair_use"
"""The kind of meters that are fair-use buckets: apart from entitlements, and never paid for."""


class Parent(Struct, frozen=True, gc=False):
    """The attribute that says what a resource lies below, and its type: an id, or a list of them."""

    attribute: str
    type: str


class Surface(Carried, frozen=True, gc=False):
    """A type of resource and the actions on it."""

    name: str
    actions: tuple[str, ...]
    coarse: bool
    holdable_by: frozenset[str]
    qualifiable: bool = False
    implies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    """The groups that it is of, by which patterns name it; the first is the heading under which reviewers find it."""
    audited: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    because: str | None = None
    embeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Surfaces whose records the answer to an action may bring along."""
    internal: frozenset[str] = frozenset()
    """Actions that no scope and no role names."""
    action_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Its actions by the groups of actions that they are of."""
    parents: Mapping[str, Parent] = field(default_factory=dict)
    """The surfaces that its resources lie below, the nearest first."""
    inherited: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By action, the permissions that come with it on what lies below its resources."""
    assigns: tuple[str, ...] = ()
    """The attributes that say which roles a question is about."""

    def implied(self, action: str) -> tuple[str, ...]:
        """The permissions that come with an action on the same resource. Raises RequestError for what is no str."""
        return tuple(f"{self.name}:{other}" for other in self.implies.get(text(action, "an action"), ()))

    @property
    def group(self) -> str | None:
        """The heading under which reviewers find it; None without one."""
        return self.groups[0] if self.groups else None

    @property
    def reading(self) -> str | None:
        """The permission to read its records; None where it has no such action, so that it comes along nowhere."""
        return next((f"{self.name}:{action}" for action in READING if action in self.actions), None)

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every ``surface:action``, in the order of the catalog."""
        return tuple(f"{self.name}:{action}" for action in self.actions)

    @property
    def open_actions(self) -> tuple[str, ...]:
        """The actions that scopes and roles may name."""
        return tuple(action for action in self.actions if action not in self.internal)


class Operation(Carried, frozen=True, gc=False):
    """A finer act under one permission.

    *meter* and *fair_use* are what it counts on, but for the environments in *instead*, which have a bucket of their
    own. *must_say_quantity* means that the host has to give the quantity.
    """

    name: str
    permission: str
    audited: bool = False
    because: str | None = None
    meter: str | None = None
    fair_use: str | None = None
    must_say_quantity: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_metered(self) -> bool:
        """Whether it counts on anything anywhere."""
        return self.meter is not None or self.fair_use is not None or bool(self.instead)

    def meters(self, environment: str) -> tuple[str, ...]:
        """What it counts on in an environment. Raises RequestError for what is no str."""
        if text(environment, "an environment") in self.instead:
            return (self.instead[environment],)
        return tuple(name for name in (self.meter, self.fair_use) if name is not None)

    def counts_on(self, meter: str) -> bool:
        """Whether it counts on a meter or bucket in any environment. Raises RequestError for what is no str."""
        return text(meter, "a meter") in (self.meter, self.fair_use) or meter in self.instead.values()


class Role(Struct, frozen=True, gc=False):
    """A named set of member permissions, resolved: what it includes is already in here."""

    name: str
    rank: int
    member_permissions: frozenset[str]
    permissions: frozenset[str]
    because: str | None = None


class DenialCode(Struct, frozen=True, gc=False):
    """A code of denials or advice: its class, its HTTP status and how a person recovers.

    *remedy* is a template that uses ``{needed}`` and its kin. *title* never changes from one occurrence to the next.
    *challenge* is what ``WWW-Authenticate`` says: nothing, ``bearer`` alone, or the name of an error of RFC 6750.
    """

    name: str
    kind: str
    status: int
    remedy: str | None = None
    action: str | None = None
    target: str | None = None
    title: str | None = None
    challenge: str | None = None


class Tab(Struct, frozen=True, gc=False):
    """One entry of an account page: the member permissions that view and manage it."""

    id: str
    title: str
    view: str
    manage: str | None = None


class Meter(Struct, frozen=True, gc=False):
    """What usage counts on: of the kind ``consumption``, ``allocation`` or ``fair_use``."""

    name: str
    kind: str
    title: str | None = None


class Catalog(Carried, frozen=True, gc=False):
    """Everything a pack names. All expansions are already done: *scopes* and *roles* map to permissions."""

    surfaces: Mapping[str, Surface]
    operations: Mapping[str, Operation]
    scopes: Mapping[str, frozenset[str]]
    """Every scope a key may hold, coarse or granular, to the permissions it grants to one (implied ones too)."""
    member_permissions: Mapping[str, frozenset[str]]
    """Each member permission to the permissions it grants (implied member permissions included)."""
    roles: Mapping[str, Role]
    codes: Mapping[str, DenialCode]
    stages: tuple[str, ...] = DEFAULT_STAGES
    channels: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    settings: Mapping[str, tuple[Tab, ...]] = field(default_factory=dict)
    meters: Mapping[str, Meter] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    """The kinds of provider credentials."""
    facts_max_age: timedelta | None = None
    """How old the facts may be that gates read."""
    conditional_roles: Mapping[str, Role] = field(default_factory=dict)
    """Roles that nobody is assigned: a member holds one for the requests that meet its condition."""
    scopes_by_kind: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    """By kind of principal, what scopes grant where that is not what they grant to an API key."""
    aliases: Aliases = field(default_factory=Aliases)

    def of_kind(self, kind: str) -> Catalog:
        """The catalog in which *scopes* are what they grant to principals of a kind.

        Raises RequestError for what is no str.
        """
        scopes = self.scopes_by_kind.get(text(kind, "a kind of principal"))
        return self if scopes is None else replace(self, scopes=scopes, scopes_by_kind={})

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every permission of every surface, in the order of the catalog."""
        return tuple(permission for surface in self.surfaces.values() for permission in surface.permissions)

    def least_scope(self, permission: str) -> str | None:
        """The scope to ask for by one who lacks a permission; None where no scope grants it.

        It is the permission's own or, where that is internal, the one that includes it and the least besides.
        Raises RequestError for what is no str.
        """
        if text(permission, "a permission") in self.scopes:
            return permission
        including = (name for name, granted in self.scopes.items() if permission in granted)
        return min(including, key=lambda name: (len(self.scopes[name]), name), default=None)

    def is_internal(self, permission: str) -> bool:
        """Whether no scope and no role names a permission.

        Raises RequestError for what is no str, and for a permission that the catalog does not have.
        """
        surface, _, action = text(permission, "a permission").partition(":")
        found = self.surfaces.get(surface)
        if found is None or action not in found.actions:
            raise RequestError(f"unknown permission {quoted(permission)}")
        return action in found.internal

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Every group to the surfaces that are of it, in the order of the catalog."""
        found: dict[str, list[str]] = {}
        for surface in self.surfaces.values():
            for group in surface.groups:
                found.setdefault(group, []).append(surface.name)
        return {group: tuple(names) for group, names in found.items()}

    @property
    def explicit_only(self) -> frozenset[str]:
        """The surfaces that no coarse scope, wildcard or implication reaches."""
        return frozenset(
            name for name, surface in self.surfaces.items() if not surface.coarse and "api_key" in surface.holdable_by
        )

    def called(self, action: str) -> str:
        """The name in the pack of an action, which may be asked for by an alias.

        Raises RequestError for what is no str.
        """
        text(action, "an action")
        named = (name for name, found in self.aliases.actions.items() if action in found)
        return next(named, action) if self.aliases.actions else action

    def surface_of(self, action: str) -> str | None:
        """The surface that a permission or an operation is about; None where the catalog does not have it.

        Raises RequestError for what is no str.
        """
        action = self.called(action)
        operation = self.operations.get(action)
        surface = (action if operation is None else operation.permission).partition(":")[0]
        return surface if surface in self.surfaces else None
