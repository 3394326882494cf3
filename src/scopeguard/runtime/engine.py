"""The engine: one loaded pack with the answers that are kept, each by what its rules observe."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from scopeguard.compiling.environment import Environment, FixedAuthority, RoleAuthority
from scopeguard.compiling.observed_inputs import ProgramIndex
from scopeguard.compiling.partial_evaluation import WorkspaceRelation
from scopeguard.compiling.program import ActionRules, Program
from scopeguard.errors import RequestError
from scopeguard.limits import MAX_FACT_SETS, OPEN_WEIGHT
from scopeguard.model.decision import Decision
from scopeguard.model.input_validation import identifier
from scopeguard.model.principal import UNBOUND, WORKSPACE_BOUND, Principal, Shape, remember, representative
from scopeguard.model.request import Context, Resource, class_of
from scopeguard.model.translator import Translator
from scopeguard.runtime.authority import Authority
from scopeguard.runtime.by_bindings import ByBindings, named_bindings
from scopeguard.runtime.cache import Bounded
from scopeguard.runtime.decision_functions import Cell, NarrowedDecision, TieredDecision, answered, cell, for_holders
from scopeguard.runtime.decisions import unmapped
from scopeguard.runtime.declared import refuse_undeclared, refuse_undeclared_attributes
from scopeguard.runtime.effective_grants import EffectiveGrants, ObservedGrants
from scopeguard.runtime.memory import ASKED_ONCE, DecidedByResource, Memory, Pending, recalled
from scopeguard.runtime.residuals import Decide, Residual, residual
from scopeguard.runtime.role_rules import RoleRules
from scopeguard.runtime.specialisation import Action, Kept, Specialisation
from scopeguard.runtime.templates import DecisionTemplate
from scopeguard.semantics.bailout import raised_by_host

ABOUT: Final = (WorkspaceRelation.OWN, WorkspaceRelation.OTHER, WorkspaceRelation.NONE, WorkspaceRelation.ANY)
"""What may be known of the resource. ANY is for what has no workspace."""
OWN, OTHER, NONE, ANY = range(4)
_NONE: Final[frozenset[str]] = frozenset()


class Engine:
    """One loaded Program with the answers kept for it. A reload replaces the whole of it."""

    __slots__ = (
        "_actions",
        "_bounded",
        "_classes",
        "_index",
        "_rules",
        "ceilings",
        "number",
        "order",
        "permissions",
        "program",
        "role_rules",
        "token",
        "translator",
    )

    def __init__(self, program: Program, *, number: int, max_rows: int) -> None:
        self.program = program
        self.role_rules: Final = RoleRules(program)
        self.number = number
        self.token: Final = object()
        """What principals know it by: remembering an engine must not keep it alive."""
        self.translator: Final = Translator(program.catalog.aliases)
        self._index = ProgramIndex(program)
        self.permissions: Final = program.catalog.permissions
        self.order: Final = {permission: number for number, permission in enumerate(self.permissions)}
        """The place of each permission in the catalog."""
        self.ceilings: Final[dict[frozenset[str], frozenset[str]]] = {}
        """What members with a set of roles may do, worked out once."""
        self._classes: dict[str, str] = {}
        """By what contexts call their class, which tells their facts too, the class that answers are kept under."""
        self._rules: dict[tuple[Shape, str, int], Specialisation] = {}
        self._actions: dict[Hashable, Action] = {}
        """What of the tables of several classes of contexts is the same."""
        self._bounded = Bounded(max_rows, self._forget)

    def check(self, principal: Principal, action: str, resource: Resource | None, context: Context) -> Decision:
        """The decision about one request. Raises RequestError for a malformed one."""
        if type(principal) is not Principal or type(context) is not Context:
            refuse_others(principal, context)
        if resource is None:
            at = NONE
        else:
            if type(resource) is not Resource:
                refuse_mismatch(resource, action, None)
            # As position(), without a call.
            workspace = resource.workspace
            if workspace is None or principal.kind not in WORKSPACE_BOUND:
                at = ANY
            else:
                at = OWN if workspace == principal.workspace else OTHER
        kept = self.find(principal, action, at, context)
        if kept is None:
            # What is equal to an action is that action, and anything else that is no text is refused.
            return unmapped(self.program, identifier(action, "an action"))
        if resource is not None and resource.interned_surface is not kept.surface:
            refuse_mismatch(resource, action, kept.surface)
        answer = kept.answer
        if answer is None:
            answer = prepared(kept)
        kind = answer.__class__
        if kind is Decision:
            decision: Decision = answer  # type: ignore[assignment]  # its class is looked at
        elif kind is DecisionTemplate or kind is NarrowedDecision:
            decision = answer.fill(principal, resource)  # type: ignore[union-attr]  # as above
        else:
            decision = answered(answer, principal, resource, context)
        if principal.bound is UNBOUND:
            remember(principal, ASKED_ONCE)
        elif at != ANY:
            self._remember(principal, kept, at, resource, context, decision, asked=action)
        return decision

    def recall(self, principal: Principal, action: str, resource: Resource | None, context: Context) -> Decision:
        """As :meth:`check`, by what *principal* remembers of its answers: for who is not on the short way."""
        if type(principal) is Principal and principal.bound.token is self.token and type(action) is str:
            known = self.remembered(principal, context).of(context.group)
            at = position(principal, resource)
            found = None if at == ANY else known[at].get(action)
            decision = None if found is None else recalled(found, principal, resource, context)
            if decision is not None:
                return decision
        return self.check(principal, action, resource, context)

    def find(self, principal: Principal, action: str, at: int, context: Context) -> Kept | None:
        """The kept answer for what is observed of *principal*; None for an action that the pack does not have."""
        known = self._classes.get(context.group) or self._class_of(context)
        rules = self._rules.get((principal.shape, known, at)) or self._specialised(principal, known, at)
        try:
            about = rules.actions.get(action)
            if about is None:
                name = self.program.actions.get(action) or self.program.called.get(action)
                if name is None:
                    return None
                about = rules.actions.get(name) or self._new_action(rules, principal, name, at, context, known)
        except TypeError as error:
            if raised_by_host(error, calls_host=type(action) is not str):
                raise
            return None
        inputs = about.inputs
        # As inputs.key(), without a call: the common case.
        if principal.limit is not None or not inputs.is_plain:
            key = inputs.key(principal)
        else:
            key = not inputs.sources.isdisjoint(principal.held) if inputs.is_simple else inputs.held(principal)
            if principal.narrowed:
                starts = inputs.starts
                narrowed = inputs.narrowed(principal) if starts is None else principal.narrowed & starts
                if narrowed:
                    key = (key, narrowed)
        return about.kept.get(key) or self._new_answer(about, key, principal, context)

    def find_for_all(self, principal: Principal, action: str, at: int, context: Context) -> Kept | None:
        """As :meth:`find`, for what is about no resource in particular; what the two name is seen to."""
        kept = self.find(principal, action, at, context)
        return kept and kept.named_by(principal, context)

    def residual(self, principal: Principal, action: str, context: Context | None = None, *, at: int = OWN) -> Residual:
        """What is left of the rules about one of the pack's actions for one principal, in one context or in any."""
        known = "" if context is None else self._classes.get(context.group) or self._class_of(context)
        rules = self._specialised(principal, known, at)
        about = rules.actions.get(action) or self._new_action(rules, principal, action, at, context, known)
        key = about.inputs.key(principal)
        kept = about.kept.get(key) or self._new_answer(about, key, principal, context)
        return kept.residual if context is None else kept.named_by(principal, context).specialised(principal, context)

    def environment(
        self, principal: Principal, resource: Resource | None, context: Context, act: ActionRules
    ) -> Environment:
        """Everything that a condition reads in one request."""
        program = self.program
        held = EffectiveGrants.of(program.catalog, principal)
        standing = Authority(
            self.role_rules, principal, held, named_bindings(program.types, principal, resource, context)
        )
        holds = held.holds(act.question.surface)
        return Environment(principal, resource, context, act.question, standing, program.types, holds)

    def remembered(self, principal: Principal, context: Context) -> Memory:
        """What *principal* remembers, with room for contexts of the class of *context*.

        Raises RequestError for what is no principal or context, and for names that the pack does not have.
        """
        refuse_others(principal, context)
        memory: Memory = principal.bound
        if memory.token is not self.token or memory.left <= 0:
            memory = Memory(self.token, principal.workspace)
            remember(principal, memory)
        group = context.group
        if group not in memory.own:
            # Names that the pack does not have are refused here too: the question may have no item.
            self._specialised(principal, self._classes.get(group) or self._class_of(context), NONE)
            memory.own[group] = {}
            memory.left -= 3
        return memory

    def _remember(
        self,
        principal: Principal,
        kept: Kept,
        at: int,
        resource: Resource | None,
        context: Context,
        decision: Decision,
        *,
        asked: str,
    ) -> None:
        answer = kept.answer
        pending = not (answer is None or isinstance(answer, Decision | DecisionTemplate))
        if pending and at != OWN:
            return
        memory = self.remembered(principal, context)
        table = memory.table(context.group, at)
        # By the very text that was asked, or the alias that it was: a host's constants are found by identity.
        name = asked if type(asked) is str else kept.action
        if name not in table:
            memory.left -= 1
        entry = table.get(name)
        if isinstance(answer, NarrowedDecision) and answer.attribute is not None and not isinstance(entry, Pending):
            # One resource is asked about: pending answers are about those of the own workspace.
            if not isinstance(entry, DecidedByResource):
                entry = table[name] = DecidedByResource(kept.surface, answer.attribute)
            if resource is None or entry.keep(resource, decision):
                return
        if callable(answer):
            table[name] = Pending(kept.surface, self._for_holders(kept, answer, principal))
        else:
            table[name] = decision

    def _forget(self) -> None:
        self._rules.clear()
        self._actions.clear()

    def _class_of(self, context: Context) -> str:
        """The class of contexts that answers for *context* are kept under.

        Raises RequestError for names that the pack does not have: of them nothing is kept, so that each is reported.
        """
        refuse_undeclared(self.program, context)
        if len(self._classes) >= MAX_FACT_SETS:
            self._classes.clear()
        found = self._classes[context.group] = class_of(context.group)
        return found

    def _specialised(self, principal: Principal, known: str, at: int) -> Specialisation:
        key = (principal.shape, known, at)
        found = self._rules.get(key)
        if found is None:
            refuse_undeclared_attributes(self.program, principal)
            found = Specialisation(self._index, principal.shape, ABOUT[at])
            self._bounded.keep(self._rules, key, found, OPEN_WEIGHT)
        return found

    def _new_action(
        self, rules: Specialisation, principal: Principal, action: str, at: int, context: Context | None, known: str
    ) -> Action:
        # Most contexts differ in what the rules about an action do not read.
        key = (principal.shape, at, action, self._index.context_class(action, context))
        found = self._actions.get(key)
        if found is None:
            found = rules.action(action, context, self._specialised(principal, known, NONE))
            self._bounded.keep(self._actions, key, found)
        self._bounded.keep(rules.actions, action, found)
        return found

    def _new_answer(self, about: Action, key: Hashable, principal: Principal, context: Context | None) -> Kept:
        seen = about.inputs.observation(principal)
        program, kind = self.program, principal.kind
        held = ObservedGrants.of(program.catalog, kind, seen, about.inputs.permissions)
        scopes, roles = (seen.scopes, seen.roles) if seen.whole is None else seen.whole[:2]
        # What is kept outlives the request: nothing of the principal stays in it but what is observed.
        observed = representative(principal.shape, scopes, roles) if scopes or roles else about.nobody
        effective = None if seen.whole is None else EffectiveGrants.of(program.catalog, principal)
        # A principal may remember an answer for longer than there is this engine.
        role_rules = self.role_rules

        def left(named: frozenset[str] = _NONE) -> Residual:
            standing: RoleAuthority = FixedAuthority(seen.rank)
            if effective is not None:
                standing = Authority(role_rules, observed, effective, named)
            return residual(
                program,
                about.act,
                about.embedded,
                observed,
                held,
                standing,
                about=about.about,
                context=context,
                granting=about.granting,
            )

        rest = left()
        kept = Kept(about.about, about.surface, rest, left if about.inputs.reads_standing else None)
        self._bounded.keep(about.kept, key, kept, 1 if rest.is_settled and not rest.is_named else OPEN_WEIGHT)
        return kept

    def _for_holders(self, kept: Kept, decide: Decide, principal: Principal) -> Decide:
        """What answers a principal again, with the names of what it holds filled in."""
        rest = kept.residual
        if not rest.is_named:
            return decide
        held = principal.held & rest.granting
        found = kept.for_holders.get(held)
        if found is None:
            found = for_holders(decide, principal)
            if found is not decide:
                self._bounded.keep(kept.for_holders, held, found, OPEN_WEIGHT)
        return found


def prepared(kept: Kept) -> Cell:
    """What answers, made when it is first asked for."""
    if kept.answer is not None:
        return kept.answer
    made = cell(kept.residual)
    keeper = kept if kept.left is None else ByBindings(kept.residual.program.types, made, kept.left)
    if isinstance(made, TieredDecision):
        # Nothing else refers to it: who remembers it looks for the code as soon as there is any.
        def ready(code: Cell) -> None:
            keeper.answer = code

        made.ready = ready
    kept.answer = keeper if isinstance(keeper, ByBindings) else made
    return kept.answer


def position(principal: Principal, resource: Resource | None) -> int:
    """What of ABOUT is known of the resource in a question."""
    if resource is None:
        return NONE
    if resource.workspace is None or principal.kind not in WORKSPACE_BOUND:
        return ANY
    return OWN if resource.workspace == principal.workspace else OTHER


def refuse_others(principal: object, context: object) -> None:
    """Raises RequestError for what is no Principal, or no Context."""
    if type(principal) is not Principal:
        raise RequestError(f"a principal must be a Principal, not {type(principal).__name__}")
    if type(context) is not Context:
        raise RequestError(f"a context must be a Context, not {type(context).__name__}")


def refuse_mismatch(resource: object, action: str, surface: str | None) -> None:
    """Raises RequestError unless *resource* is a resource of *surface*, or the action is unknown (None)."""
    if type(resource) is not Resource:
        raise RequestError(f"a resource must be a Resource or of a registered type, not {type(resource).__name__}")
    if surface is not None and resource.surface != surface:
        raise RequestError(f'the resource is of the surface "{resource.surface}", but {action} is about "{surface}"')
