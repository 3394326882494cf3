"""The rules as a shape of principals and a class of contexts leave them, whatever is held: the same for very many."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from sys import intern
from typing import Final, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling.environment import Environment, FixedAuthority
from scopeguard.compiling.observed_inputs import NOTHING_READ, ObservedInputs, ProgramIndex, Reads, reads_of
from scopeguard.compiling.partial_evaluation import QUESTION, KnownContext, KnownInputs, WorkspaceRelation, simplify
from scopeguard.compiling.program import ActionRules, Rule
from scopeguard.limits import MAX_TOLD
from scopeguard.model.principal import Principal, Shape, representative
from scopeguard.model.request import Context
from scopeguard.runtime.by_bindings import named_bindings
from scopeguard.runtime.decision_functions import Cell
from scopeguard.runtime.residuals import Decide, Residual, ResidualRule, bars_everybody, specialised
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, Call, Ident, Literal, walk

_NO_CONTEXT: Final = Context()

UNSEEN: Final = object()
"""In the place of a view that was not made yet."""

T = TypeVar("T")


class Kept:
    """A kept answer: what is left of the rules, what answers by it, and what lists say of it."""

    __slots__ = ("about", "action", "answer", "for_holders", "left", "residual", "surface", "views")

    def __init__(
        self, about: WorkspaceRelation, surface: str, rest: Residual, left: Callable[[frozenset[str]], Residual] | None
    ) -> None:
        self.action: Final = rest.act.question.action
        self.surface: Final = surface
        self.about: Final = about
        self.residual: Final = rest
        self.left: Final = left
        """What is left for a request that names roles on one resource, where that makes a difference."""
        self.answer: Cell | None = None
        """None until it is first asked for: lists need none."""
        self.for_holders: dict[frozenset[str], Decide] = {}
        """What answers with names filled in, by what is held for every resource."""
        self.views: dict[object, object] = {}
        """What lists and pages say of it in every request, by what they ask."""

    def named_by(self, principal: Principal, context: Context) -> Kept:
        """Itself; where these two name roles on one resource, and it matters which these are, what is left then."""
        named = None if self.left is None else named_bindings(self.residual.program.types, principal, None, context)
        return Kept(self.about, self.surface, self.left(named), None) if self.left and named else self

    def specialised(self, principal: Principal, context: Context) -> Residual:
        """What is left for one principal in one context."""
        rest = self.residual
        return self.view(
            Residual, rest.settling(principal, context), lambda: specialised(rest, principal, context, self.about)
        )

    def view(self, asked: object, seen: tuple[object, ...] | None, make: Callable[[], T]) -> T:
        """What a list says of it, made once for all requests in which the same is *seen*; None for this one alone."""
        if seen is None:
            return make()
        key = (asked, *seen) if seen else asked
        # Another thread may clear them meanwhile.
        found = self.views.get(key, UNSEEN)
        if found is UNSEEN:
            found = make()
            if len(self.views) >= MAX_TOLD:
                self.views.clear()
            self.views[key] = found
        return cast("T", found)


class Action:
    """What is left of the rules about one action, and the answers kept by what is observed of principals."""

    __slots__ = ("about", "act", "embedded", "granting", "inputs", "kept", "nobody", "surface")

    def __init__(
        self,
        nobody: Principal,
        about: WorkspaceRelation,
        act: ActionRules,
        embedded: dict[str, ActionRules],
        inputs: ObservedInputs,
        granting: frozenset[str],
    ) -> None:
        self.nobody = nobody
        """One of the principals, of whom nothing is known."""
        self.about = about
        self.act = act
        self.embedded = embedded
        """The actions to read what its answer may bring along."""
        self.inputs = inputs
        self.granting = granting
        """The scopes, or roles, that grant its permission."""
        self.surface = intern(act.question.surface)
        self.kept: dict[Hashable, Kept] = {}


class _Left(Struct, frozen=True, gc=False):
    """What is left of a rule; None where it is about nobody. *reads* is what its condition reads of a principal."""

    rule: Rule | None
    reads: Reads


class Specialisation:
    """The rules for one shape of principals, one class of contexts (None: any), and what is known of the resource."""

    __slots__ = ("_about", "_index", "_left", "_nobody", "_open", "actions")

    def __init__(self, index: ProgramIndex, shape: Shape, about: WorkspaceRelation) -> None:
        self._index = index
        self._nobody = representative(shape)
        self._about = about
        self._left: dict[Rule, _Left] = {}
        """By rule, for those that say the same about every action."""
        self._open: dict[Rule, Rule] = {}
        """The others, with what is left of their conditions whatever the action is."""
        self.actions: dict[str, Action] = {}
        """Those looked at so far."""

    def action(self, name: str, context: Context | None, within: Specialisation) -> Action:
        """The rules about an action of the pack; *within* is the same about no resource, for what it brings along.

        *context* is any of the class.
        """
        act, reads = self.rules_about(name, context)
        permissions = [act.question.permission]
        embedded: dict[str, ActionRules] = {}
        if bars_everybody(self._index.program, [ResidualRule(rule, rule.condition) for rule in act.denies]):
            # Whatever somebody holds makes no difference.
            permissions, reads, act = [], set(), replace(act, embeds=())
        for permission in act.embeds:
            if permission in self._index.program.actions:
                embedded[permission], more = within.rules_about(permission, context)
                permissions.append(permission)
                reads |= more
        kind = self._nobody.kind
        observed = ObservedInputs(self._index, kind, Reads.joined(reads), permissions)
        granting = self._index.granting(kind, act.question.permission)
        return Action(self._nobody, self._about, act, embedded, observed, granting)

    def rules_about(self, name: str, context: Context | None) -> tuple[ActionRules, set[Reads]]:
        """What is left of the rules about an action of the pack, and what of a principal they read."""
        program = self._index.program
        act = program.known(name)
        env = Environment(self._nobody, None, context or _NO_CONTEXT, act.question, FixedAuthority(), program.types)
        told = KnownContext.NOTHING if context is None else KnownContext.CLASS
        known = KnownInputs(env, _unsettled, self._about, context=told, held=False)
        reads: set[Reads] = set()

        def left(rules: Iterable[Rule]) -> Iterator[Rule]:
            for rule in rules:
                found = self._left.get(rule) or self._leave(rule, known)
                if found.rule is not None:
                    reads.add(found.reads)
                    yield found.rule

        denies, allows, advises = map(tuple, map(left, (act.denies, act.allows, act.advises)))
        return replace(act, denies=denies, allows=allows, advises=advises), reads

    def _leave(self, rule: Rule, known: KnownInputs) -> _Left:
        part = self._open.get(rule)
        if part is None:
            part = replace(rule, condition=simplify(rule.condition, replace(known, question=False)))
            if not any(isinstance(node, Ident) and node.name in QUESTION for node in walk(part.condition)):
                found = self._left[rule] = self._read(part)
                return found
            self._open[rule] = part
        return self._read(replace(part, condition=simplify(part.condition, known)))

    def _read(self, rule: Rule) -> _Left:
        if rule.condition == FALSE:
            return _Left(None, NOTHING_READ)
        of_codes = (self._index.remedies.get(code, NOTHING_READ) for code in (rule.code, rule.failing))
        return _Left(rule, Reads.joined((reads_of(rule.condition), *of_codes)))


def _unsettled(permission: str) -> Call:
    return Call(ex.HOLDS, (Literal(permission),))
