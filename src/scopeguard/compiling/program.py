"""A compiled pack: immutable, and independent of the libraries that read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import force_setattr

from scopeguard.compiling.environment import RequestedAction, Types
from scopeguard.errors import Diagnostic
from scopeguard.model.aliases import by_alias, by_word
from scopeguard.model.catalog import READING, Catalog, Operation, Surface
from scopeguard.model.decision import Effect, Remedy
from scopeguard.model.usage import UsageTable
from scopeguard.source import Location
from scopeguard.syntax.expression import Expr


class Target(Struct, frozen=True, gc=False):
    """One entry of a rule's ``on``: an operation, or surfaces (None: all it may reach) and actions (None: all)."""

    operation: str | None = None
    surface: str | None = None
    actions: frozenset[str] | None = None
    coarse_only: bool = False

    def covers(self, surface: str, verb: str, *, coarse: bool) -> bool:
        """Whether it is about a permission, given whether coarse scopes reach the surface."""
        if self.operation is not None or (self.coarse_only and not coarse):
            return False
        return self.surface in (None, surface) and (self.actions is None or verb in self.actions)


class Clause(Struct, frozen=True, gc=False):
    """One part of a rule's target: the word it is under, its meaning, and how it was written.

    *says* are plain words for what nobody wrote as a condition.
    """

    label: str
    expr: Expr
    written: Expr
    says: str | None = None


class Gate(Struct, frozen=True, gc=False):
    """What a rule that was made of a gate tells beside its code: the meter or bucket, the kinds of credentials.

    *record* is where its fact is below ``context.facts``.
    """

    kind: str
    record: str
    meter: str | None = None
    providers: tuple[str, ...] = ()


class Rule(Struct, frozen=True, eq=False, gc=False):
    """A rule with its whole target as one condition. *stage* counts from 0; *order* sorts denials.

    *failing* is the code where the condition cannot be evaluated, if it is another one.
    """

    id: str
    effect: Effect | Literal["advise"]
    targets: tuple[Target, ...]
    condition: Expr
    stage: int
    code: str | None
    because: str | None
    location: Location
    clauses: tuple[Clause, ...] = ()
    """The parts of *condition*, for explanations."""
    failing: str | None = None
    gate: Gate | None = None

    @property
    def order(self) -> tuple[int, str, str]:
        """Where its denial is among others."""
        return (self.stage, self.id, self.code or "")


class ConditionalRemedy(Struct, frozen=True, gc=False):
    """A remedy that takes the place of a code's own while its condition is true."""

    condition: Expr
    remedy: Remedy


Rules: TypeAlias = tuple[tuple[Rule, ...], tuple[Rule, ...], tuple[Rule, ...]]
"""The rules about an action: those that deny, in order, that allow, by id, and that advise."""


class ActionRules(Struct, frozen=True):
    """A permission or operation with the rules about it: denies and advises in order, allows by id.

    *metered* is the operation that counts on something; *embeds* are the permissions to read what its
    answer may bring along.
    """

    question: RequestedAction
    denies: tuple[Rule, ...]
    allows: tuple[Rule, ...]
    advises: tuple[Rule, ...]
    audited: bool
    metered: Operation | None = None
    embeds: tuple[str, ...] = ()


class Invariant(Struct, frozen=True, gc=False):
    """What holds of the whole pack: of the requests that it is about none is allowed or, with *always*, none denied.

    *scopes* and *roles* are None where it names none. With *meters* it is about what is counted on one of them; and
    with *of_events* of usage events too, those of *channels* and *environments* (None: every one).
    """

    id: str
    always: bool
    kinds: tuple[str, ...]
    scopes: frozenset[str] | None
    roles: frozenset[str] | None
    actions: tuple[str, ...]
    condition: Expr
    """Its channels, its environments and its ``when``, as one condition."""
    location: Location
    because: str | None = None
    meters: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    environments: frozenset[str] | None = None
    of_events: bool = False
    failure: str | None = None
    """Why it is known not to hold, where it is about the files of the pack."""


class Memos(Struct):
    """What follows from a program, each worked out once."""

    rules_about: dict[tuple[str, bool, str, str], Rules] = field(default_factory=dict)
    """Rules by what they are about."""
    holders: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    """By action and what is needed for it, the roles that hold that and may do it."""
    by_roles: dict[Rule, bool] = field(default_factory=dict)
    """Whether a rule looks at roles or grants."""
    by_environment: dict[Rule, bool] = field(default_factory=dict)
    """Whether a rule says of who asks what is otherwise in another environment."""
    roles_by_name: dict[str, set[str]] = field(default_factory=dict)
    """By member permission or permission, the roles that hold it."""
    facts: dict[tuple[str, str], object] = field(default_factory=dict)
    """By action and environment of the pack, which facts are needed."""


class Program(Struct, frozen=True):
    """A pack ready to be asked.

    Rules are indexed by what they are about: one surface, one operation, or with *wild* every surface.
    """

    DERIVED: ClassVar = ("actions", "called", "memos")

    digest: str
    catalog: Catalog
    types: Types
    rules: tuple[Rule, ...]
    by_surface: Mapping[str, tuple[Rule, ...]]
    by_operation: Mapping[str, tuple[Rule, ...]]
    wild: tuple[Rule, ...]
    circumstances: Mapping[str, tuple[ConditionalRemedy, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By code, the remedies for some circumstances, the first that fits first."""
    places: Mapping[str, Location] = field(default_factory=lambda: MappingProxyType({}))
    """Where what decides is written: rules and gates by id, scopes and roles as ``scope:…`` and ``role:…``."""
    usage: UsageTable = field(default_factory=UsageTable)
    invariants: tuple[Invariant, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    actions: Mapping[str, str] = field(default_factory=dict)
    """Every permission and operation, by what is equal to it."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Permissions and operations by their names in the outside world."""
    memos: Memos = field(default_factory=Memos)

    def __post_init__(self) -> None:
        force_setattr(self, "actions", {each: each for each in (*self.catalog.permissions, *self.catalog.operations)})
        force_setattr(self, "called", by_alias(self.catalog.aliases.actions))
        force_setattr(self, "memos", Memos())
        force_setattr(self.types, "outside", by_word(self.catalog.aliases))

    def act(self, action: str) -> ActionRules | None:
        """What is known of a permission or an operation id; None where the catalog has neither."""
        known = self.actions.get(action) or self.called.get(action)
        return None if known is None else self.known(known)

    def known(self, action: str) -> ActionRules:
        """What is known of one of *actions*."""
        operation = self.catalog.operations.get(action)
        permission = action if operation is None else operation.permission
        surface_name, _, verb = permission.partition(":")
        surface = self.catalog.surfaces[surface_name]
        name = "" if operation is None else operation.name
        denies, allows, advises = self._about(surface, verb, name)
        return ActionRules(
            RequestedAction(action, permission, surface_name, verb, name),
            denies,
            allows,
            advises,
            verb in surface.audited or (operation is not None and operation.audited),
            operation if operation is not None and operation.is_metered else None,
            tuple(_reading(self.catalog, embedded) for embedded in surface.embeds.get(verb, ())),
        )

    def roles_holding(self, needed: Iterable[str]) -> list[str]:
        """The roles that hold all of these member permissions or permissions, sorted."""
        if not self.memos.roles_by_name:
            index: dict[str, set[str]] = {"": set()}
            for name, role in self.catalog.roles.items():
                for held in role.member_permissions | role.permissions:
                    index.setdefault(held, set()).add(name)
            self.memos.roles_by_name.update(index)
        holding = [self.memos.roles_by_name.get(name, set[str]()) for name in needed]
        return sorted(set.intersection(*holding)) if holding else sorted(self.catalog.roles)

    def place(self, id: str) -> Location | None:
        """Where something that decided is written, by its id in ``Decision.rules``; None for what the pack has not."""
        # A scope for one resource is declared where the scope for all of them is.
        return self.places.get(id.partition("/")[0])

    def _about(self, surface: Surface, verb: str, operation: str) -> Rules:
        """The rules about an action. Most actions have no rule that is not about many."""
        own = surface.name if surface.name in self.by_surface else ""
        key = (own, surface.coarse, verb, operation if operation in self.by_operation else "")
        found = self.memos.rules_about.get(key)
        if found is None:
            rules = sorted(set(self._speaking(surface.name, verb, operation)), key=lambda rule: rule.order)
            found = self.memos.rules_about[key] = (
                tuple(rule for rule in rules if rule.effect == "deny"),
                tuple(sorted((rule for rule in rules if rule.effect == "allow"), key=lambda rule: rule.id)),
                tuple(rule for rule in rules if rule.effect == "advise"),
            )
        return found

    def _speaking(self, surface: str, verb: str, operation: str) -> Iterator[Rule]:
        coarse = self.catalog.surfaces[surface].coarse
        for rule in (*self.by_surface.get(surface, ()), *self.wild):
            if any(target.covers(surface, verb, coarse=coarse) for target in rule.targets):
                yield rule
        yield from self.by_operation.get(operation, ())


def _reading(catalog: Catalog, surface: str) -> str:
    # Where there is no such permission nobody holds it, and the records are redacted.
    return catalog.surfaces[surface].reading or f"{surface}:{READING[0]}"
