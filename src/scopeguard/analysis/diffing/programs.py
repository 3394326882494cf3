"""Which rules two programs have in another way, and what else of them differs: what has to be asked."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from scopeguard.analysis.diffing.holders import Asked, Holder, looks_at_holdings, made, ranks_compared, reads_of_rules
from scopeguard.analysis.diffing.registry import Registry
from scopeguard.analysis.diffing.sides import Side
from scopeguard.compiling.given_inputs import GivenInputs
from scopeguard.compiling.observed_inputs import NOTHING_READ
from scopeguard.compiling.partial_evaluation import simplify
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.runtime.symbolic import is_of_the_question
from scopeguard.syntax.expression import FALSE, Expr, Ident, walk

Sides = tuple[Side, Side]
_CODES: Final = frozenset({"scope_missing", "explicit_grant_required", "member_permission_missing", "not_permitted"})
"""Codes of denials that no rule gives."""


def signature(program: Program, rule: Rule) -> tuple[object, ...]:
    """All of a rule that an answer may depend on, but for which actions it names and its place among others."""
    stage = program.catalog.stages[rule.stage]
    return (rule.id, rule.effect, rule.condition, stage, rule.code, rule.because, rule.failing, rule.gate)


@dataclass(eq=False)
class Comparison:
    """Two programs, and what of them differs."""

    sides: Sides
    _known_left: dict[tuple[Rule, Hashable], Expr] = field(default_factory=dict)

    @cached_property
    def registries(self) -> tuple[Registry, Registry]:
        """What codes say."""
        old, new = self.sides
        return Registry(old.program), Registry(new.program)

    @cached_property
    def common(self) -> Mapping[Rule, Rule]:
        """The rules of the first program that the second has just so, each with that one."""
        old, new = (side.program for side in self.sides)
        index: dict[tuple[str, str, str | None], Rule] = {(r.id, r.effect, r.code): r for r in new.rules}
        found = {}
        for rule in old.rules:
            other = index.get((rule.id, rule.effect, rule.code))
            if other is not None and signature(old, rule) == signature(new, other):
                found[rule] = other
        return found

    @cached_property
    def _other_rules(self) -> frozenset[Rule]:
        old, new = (frozenset(side.program.rules) for side in self.sides)
        return (old - self.common.keys()) | (new - frozenset(self.common.values()))

    @property
    def actions(self) -> Iterator[str]:
        """Every permission and operation of either."""
        old, new = (side.program.actions for side in self.sides)
        yield from old
        yield from (action for action in new if action not in old)

    @cached_property
    def is_same_vocabulary(self) -> bool:
        """Whether both take the same questions."""
        old, new = (side.program.catalog for side in self.sides)
        return set(old.channels) == set(new.channels) and set(old.environments) == set(new.environments)

    @cached_property
    def _is_same_catalog(self) -> bool:
        """Whether everybody holds the same by both."""
        old, new = (side.program.catalog for side in self.sides)
        names = ("surfaces", "roles", "conditional_roles", "scopes", "scopes_by_kind", "member_permissions")
        return all(getattr(old, name) == getattr(new, name) for name in names)

    def asked(self, action: str) -> Asked:
        """An action with what its rules read."""
        acts = (self.sides[0].act(action), self.sides[1].act(action))
        read = [
            each
            for side, act in zip(self.sides, acts, strict=True)
            if act is not None
            for each in (act, *filter(None, map(side.act, act.embeds)))
        ]
        rules = [rule for act in read for rule in _rules(act)]
        differing = reads_of_rules(rule for own in self._own_rules(*acts) for rule in own)
        return Asked(acts, reads_of_rules(rules), differing, ranks_compared(rule.condition for rule in rules))

    def _own_rules(self, old: ActionRules | None, new: ActionRules | None) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """The rules about an action that only one of the packs has so, or has so about this action."""
        was, now = (() if act is None else _rules(act) for act in (old, new))
        there = set(now)
        here = {self.common[rule] for rule in was if rule in self.common} & there
        return (
            tuple(rule for rule in was if self.common.get(rule) not in there),
            tuple(rule for rule in now if rule not in here),
        )

    def is_settled(self, action: str) -> bool:
        """Whether an action is answered in the same way, whoever asks, by all that is written of it."""
        return self.is_same_vocabulary and self._is_same_catalog and self._has_same_rules(action, embedded=True)

    def _has_same_rules(self, action: str, *, embedded: bool) -> bool:
        old, new = (side.act(action) for side in self.sides)
        if old is None or new is None:
            return old is new
        if self._fixed(0, old) != self._fixed(1, new) or self.differing(old, new):
            return False
        if self._types(0, old) != self._types(1, new) or self._places(0, old) != self._places(1, new):
            return False
        return not embedded or all(self._has_same_rules(name, embedded=False) for name in old.embeds)

    def differing(self, old: ActionRules, new: ActionRules) -> bool:
        """Whether the rules about an action are not the same ones."""
        return any(self._own_rules(old, new))

    def speaks(self, asked: Asked, kind: str) -> bool:
        """Whether what is written of an action differs in what it says of principals of a kind, whatever they hold."""
        old = asked.acts[0]
        # What comes along brings nothing along itself, so that surfaces may embed each other.
        return self._speaks(asked, kind) or any(
            self._speaks(self._embedded(name), kind) for name in (() if old is None else old.embeds)
        )

    def _speaks(self, asked: Asked, kind: str) -> bool:
        old, new = asked.acts
        if old is None or new is None or not self.is_same_vocabulary or self.has_types(asked):
            return True
        if self._fixed(0, old) != self._fixed(1, new) or self._places(0, old) != self._places(1, new):
            return True
        principal = made(kind, ())
        return self._differs(old, new, kind, lambda side, act: side.known_of_kind(principal, act))

    def is_told_apart(self, asked: Asked, holder: Holder) -> bool:
        """Whether the rules that differ say anything else of those who hold the same by both packs."""
        old, new = asked.acts
        if old is None or new is None or not self.is_same_vocabulary or self.has_types(asked) or old.embeds:
            return True
        if self._fixed(0, old) != self._fixed(1, new) or self._places(0, old) != self._places(1, new):
            return True
        return self._differs(old, new, holder.principal, lambda side, act: side.known(holder.principal, act))

    def _embedded(self, name: str) -> Asked:
        return Asked((self.sides[0].act(name), self.sides[1].act(name)), NOTHING_READ, NOTHING_READ)

    def _differs(
        self,
        old: ActionRules,
        new: ActionRules,
        whose: Hashable,
        knowing: Callable[[Side, ActionRules], GivenInputs],
    ) -> bool:
        said = []
        for side, act, own in zip(self.sides, (old, new), self._own_rules(old, new), strict=True):
            known = knowing(side, act)
            spoken = ((rule, self._left(rule, whose, known)) for rule in own)
            said.append([
                (rule.effect, left, rule.code, rule.because, rule.failing, rule.gate, side.stage(rule))
                for rule, left in spoken if left != FALSE
            ])  # fmt: skip
        return said[0] != said[1]

    def _left(self, rule: Rule, whose: Hashable, known: GivenInputs) -> Expr:
        """What is left of a rule for all requests of somebody; most rules say the same of every action."""
        if _is_of_one_action(rule):
            return simplify(rule.condition, known)
        found = self._known_left.get((rule, whose))
        if found is None:
            found = self._known_left[rule, whose] = simplify(rule.condition, known)
        return found

    def _fixed(self, at: int, act: ActionRules) -> object:
        """What is so of an action in whatever request, and what its codes say."""
        program, registry = self.sides[at].program, self.registries[at]
        operation = program.catalog.operations.get(act.question.action)
        codes = {
            (code, rule.gate.meter if rule.gate is not None else None)
            for rule in _rules(act) for code in (rule.code, rule.failing) if code is not None
        } | {(code, None) for code in _CODES}  # fmt: skip
        surface = program.catalog.surfaces[act.question.surface]
        return (
            act.question,
            act.embeds,
            surface.coarse,
            surface.holdable_by,
            surface.internal,
            operation and metering_of(operation),
            {each: registry.of(*each) for each in codes},
        )

    def narrowing_matters(self, asked: Asked) -> bool:
        """Whether it may matter that something is held on one resource alone."""
        return not self._is_same_catalog or looks_at_holdings(asked.reads)

    def takes_the_same(self, asked: Asked) -> bool:
        """Whether both packs take the same requests for an action, take them for the same, and count them the same."""
        if not self.is_same_vocabulary or self.has_types(asked):
            return False
        counted = []
        for side in self.sides:
            operation = next(
                (side.program.catalog.operations.get(act.question.action) for act in asked.acts if act), None
            )
            counted.append(operation and metering_of(operation))
        return counted[0] == counted[1]

    def has_types(self, asked: Asked) -> bool:
        """Whether what the rules about an action read is of other types."""
        return any(self._types(0, act) != self._types(1, act) for act in asked.acts if act is not None)

    def context_of(self, asked: Asked) -> object:
        """What the same rules may still mean differently by, from one action to the next."""
        parts: list[object] = []
        for at, act in enumerate(asked.acts):
            if act is None:
                parts.append(None)
                continue
            program = self.sides[at].program
            operation = program.catalog.operations.get(act.question.action)
            types = program.types.resource.get(act.question.surface, {})
            parts.append((tuple(sorted(types.items())), repr(operation and metering_of(operation))))
        return tuple(parts)

    def _types(self, at: int, act: ActionRules) -> object:
        types = self.sides[at].program.types
        return {name: types.of(name, act.question.surface) for rule in _rules(act) for name in _names(rule)}

    def _places(self, at: int, act: ActionRules) -> tuple[object, ...]:
        permission = self.sides[at].program.catalog.stages.index(PERMISSION_STAGE)
        stages = sorted({*(rule.stage for rule in act.denies), permission})
        return (
            stages.index(permission),
            *(stages.index(rule.stage) for rule in act.denies if rule not in self._other_rules),
        )


@lru_cache(maxsize=4096)
def _names(rule: Rule) -> frozenset[str]:
    """What a rule reads."""
    return frozenset(node.name for node in walk(rule.condition) if isinstance(node, Ident) and node.absolute)


@lru_cache(maxsize=4096)
def _is_of_one_action(rule: Rule) -> bool:
    return any(map(is_of_the_question, walk(rule.condition)))


def metering_of(operation: Any) -> tuple[object, ...]:
    """What an operation counts on."""
    return (operation.meter, operation.fair_use, operation.must_say_quantity, dict(operation.instead))


def _rules(act: ActionRules) -> tuple[Rule, ...]:
    return (*act.denies, *act.allows, *act.advises)
