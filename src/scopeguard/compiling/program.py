"""A compiled pack: immutable, and independent of the libraries that read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scopeguard.compiling.names import Question, Types
from scopeguard.errors import Diagnostic
from scopeguard.model.catalog import Catalog
from scopeguard.model.decision import Effect
from scopeguard.source import Location
from scopeguard.syntax.expression import Expr


@dataclass(frozen=True, slots=True)
class Target:
    """One entry of a rule's ``on``: an operation, or surfaces (None: all it may reach) and actions (None: all)."""

    operation: str | None = None
    surface: str | None = None
    actions: frozenset[str] | None = None
    coarse_only: bool = False

    def covers(self, surface: str, verb: str, *, coarse: bool) -> bool:
        """Whether it speaks of a permission, given whether coarse scopes reach the surface."""
        if self.operation is not None or (self.coarse_only and not coarse):
            return False
        return self.surface in (None, surface) and (self.actions is None or verb in self.actions)


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a rule's target: the word it stands under, its meaning, and how it was written."""

    label: str
    expr: Expr
    written: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule with its whole target as one condition. *stage* counts from 0; *order* sorts denials."""

    id: str
    effect: Effect
    targets: tuple[Target, ...]
    condition: Expr
    stage: int
    code: str | None
    because: str | None
    location: Location
    clauses: tuple[Clause, ...] = ()
    """The parts of *condition*, for explanations."""

    @property
    def order(self) -> tuple[int, str]:
        """Where its denial stands among others."""
        return (self.stage, self.id)


@dataclass(frozen=True, slots=True)
class Act:
    """A permission or operation with the rules that speak of it: denies in order, allows by id."""

    question: Question
    denies: tuple[Rule, ...]
    allows: tuple[Rule, ...]
    audited: bool


@dataclass(frozen=True, slots=True)
class Program:
    """A pack ready to be asked.

    Rules are indexed by what they speak of: one surface, one operation, or with *wild* every surface.
    """

    digest: str
    catalog: Catalog
    types: Types
    rules: tuple[Rule, ...]
    by_surface: Mapping[str, tuple[Rule, ...]]
    by_operation: Mapping[str, tuple[Rule, ...]]
    wild: tuple[Rule, ...]
    warnings: tuple[Diagnostic, ...] = ()

    def act(self, action: str) -> Act | None:
        """What is known of a permission or an operation id; None where the catalog has neither."""
        operation = self.catalog.operations.get(action)
        permission = action if operation is None else operation.permission
        surface_name, _, verb = permission.partition(":")
        surface = self.catalog.surfaces.get(surface_name)
        if surface is None or verb not in surface.actions:
            return None
        name = "" if operation is None else operation.name
        rules = sorted(set(self._speaking(surface_name, verb, name)), key=lambda rule: rule.order)
        return Act(
            Question(action, permission, surface_name, verb, name),
            tuple(rule for rule in rules if rule.effect == "deny"),
            tuple(sorted((rule for rule in rules if rule.effect == "allow"), key=lambda rule: rule.id)),
            verb in surface.audited or (operation is not None and operation.audited),
        )

    def _speaking(self, surface: str, verb: str, operation: str) -> Iterator[Rule]:
        coarse = self.catalog.surfaces[surface].coarse
        for rule in (*self.by_surface.get(surface, ()), *self.wild):
            if any(target.covers(surface, verb, coarse=coarse) for target in rule.targets):
                yield rule
        yield from self.by_operation.get(operation, ())
