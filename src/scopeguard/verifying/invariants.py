"""Whether the invariants of a pack hold: for each action and kind of principal a search for what breaks them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from scopeguard.compiling.evaluation import outcome, settled
from scopeguard.compiling.partial_evaluation import simplify
from scopeguard.compiling.program import ActionRules, Invariant
from scopeguard.errors import EvaluationError, RequestError, quoted
from scopeguard.limits import MAX_INVARIANT_REQUESTS
from scopeguard.model.decision import Decision
from scopeguard.model.structs import replaced
from scopeguard.model.usage import PRODUCTION
from scopeguard.runtime.engine import Engine
from scopeguard.semantics.source_form import source_text
from scopeguard.syntax.expression import (
    FALSE,
    HOLDS,
    IN,
    NOT,
    TRUE,
    Call,
    Expr,
    Failure,
    Ident,
    ListExpr,
    Literal,
    conjunction,
    disjunction,
)
from scopeguard.verifying.atoms import names_in
from scopeguard.verifying.domains import ordinary_world
from scopeguard.verifying.events import counted_event
from scopeguard.verifying.holders import TooManyRolesError
from scopeguard.verifying.looking import Finding, Look, look
from scopeguard.verifying.searching import IS_FALSE, IS_NOT_TRUE, IS_TRUE, Budget, Goal, TooManyError
from scopeguard.verifying.violations import NOT_WHOLE, VACUOUS, VIOLATED, Violation
from scopeguard.verifying.witnesses import Witness
from scopeguard.verifying.worlds import HOME, Case, Glance, World


def verify(generation: Engine) -> tuple[Violation, ...]:
    """Every invariant of the pack that does not hold, or that cannot be checked whole; sorted by id."""
    checks = (_Check(generation, invariant) for invariant in generation.program.invariants)
    return tuple(found for check in checks if (found := check.violation()) is not None)


@dataclass(frozen=True, slots=True)
class _Found:
    witness: Witness
    decision: Decision


@dataclass(slots=True)
class _Check:
    """One invariant of one generation."""

    generation: Engine
    invariant: Invariant

    def violation(self) -> Violation | None:
        """What is wrong with the invariant, if anything."""
        if self.invariant.failure is not None:
            hint = "read the pack from where it is whole, and put its files in place with a rename"
            return self.told(VIOLATED, f"does not hold: {self.invariant.failure}", hint)
        budget = Budget(MAX_INVARIANT_REQUESTS)
        doubts: list[tuple[Case, Expr]] = []
        is_vacuous = True
        event = counted_event(self.invariant, self.generation.program.usage)
        if event is not None:
            told = self.told(VIOLATED, f"does not hold: an event counts on {event[1]}", f"guard.classify({event[0]})")
            return replace(told, event=event[0])
        try:
            for case in self.cases():
                claim = self.claim(case)
                if not claim.goals:
                    continue
                # Once one request is known that it speaks of, the search for those that break it is enough.
                if is_vacuous:
                    found = look(claim, self.described, budget)
                    is_vacuous = found.accepted is None and not found.open_parts
                    if is_vacuous:
                        continue
                breach = self.breach(case, claim)
                found = Finding() if breach is None else look(breach, self.broken, budget)
                if isinstance(found.accepted, _Found):
                    return self.violated(found.accepted)
                doubts += [(case, part) for part in found.open_parts]
        except TooManyError:
            reason = f"it takes more than {MAX_INVARIANT_REQUESTS} requests"
            return self.told(NOT_WHOLE, f"cannot be checked whole: {reason}", "name fewer actions, or narrow its when")
        except TooManyRolesError:
            reason = "too many roles differ in what it is about"
            return self.told(NOT_WHOLE, f"cannot be checked whole: {reason}", "name the roles under principal")
        except (RequestError, EvaluationError) as error:
            # Values are chosen so that none is turned away. If one is, nobody knows what the others would have shown.
            hint = "leave out of its when what no request can hold"
            return self.told(NOT_WHOLE, f"cannot be checked whole: {error}", hint)
        if doubts:
            case, part = doubts[0]
            text = quoted(source_text(part))
            reason = f"{text} leaves {case.act.question.action} open for the kind {case.kind}"
            hint = "comparisons with names and constants, has and in can be checked; calculations and functions cannot"
            return self.told(NOT_WHOLE, f"cannot be checked whole: {reason}", hint)
        if is_vacuous and not self.invariant.of_events:
            return self.told(VACUOUS, "applies to no request at all", "fix what it names, or leave it out")
        return None

    def told(self, code: str, what: str, hint: str | None) -> Violation:
        """A finding about the invariant."""
        invariant = self.invariant
        return Violation(invariant.id, code, invariant.location, f"invariant {quoted(invariant.id)} {what}", hint)

    def violated(self, found: _Found) -> Violation:
        """The finding that a request breaks the invariant."""
        decision = found.decision
        how = f"is denied: {decision.code}" if self.invariant.always else f"is allowed: {decision.reason}"
        told = self.told(VIOLATED, f"does not hold: {found.witness.action} {how}", str(found.witness))
        return replace(told, witness=found.witness, decision=decision)

    def cases(self) -> Iterator[Case]:
        """Each action with each kind of principal that the invariant speaks of."""
        program, invariant = self.generation.program, self.invariant
        for action in invariant.actions:
            act = program.act(action)
            for kind in invariant.kinds if act is not None else ():
                if act is not None:
                    yield Case(program, act, kind, self.generation.role_rules, invariant.scopes, invariant.always)

    def claim(self, case: Case) -> Look:
        """What finds the requests that the invariant speaks of."""
        invariant = self.invariant
        written = self.condition(case.act)
        spoken = frozenset(names_in(written))
        world = World(case)
        if invariant.always:
            world = ordinary_world(case, self.conditions(case.act), spoken)
        condition = simplify(written, Glance.at(world))
        outcomes = (True, False, None) if invariant.always else (True, False)
        goals = () if condition == FALSE else (Goal(condition, IS_TRUE),)
        return Look(world, goals, invariant.roles, spoken, outcomes)

    def condition(self, act: ActionRules) -> Expr:
        """What is true of the requests that the invariant speaks of: of an operation also that it is counted so."""
        meters, metered = self.invariant.meters, act.metered
        if meters is None:
            return self.invariant.condition
        if metered is None:
            return FALSE
        elsewhere = not meters.isdisjoint(metered.meters(""))
        others = tuple(name for name in metered.instead if meters.isdisjoint(metered.meters(name)) is elsewhere)
        there = Call(IN, (_ENVIRONMENT, ListExpr(tuple(map(Literal, others)))))
        counted = Call(NOT, (there,)) if elsewhere else there
        return conjunction((self.invariant.condition, counted))

    def conditions(self, act: ActionRules) -> list[Expr]:
        """Everything that an answer depends on."""
        return [self.condition(act), *(rule.condition for rule in (*act.denies, *act.allows))]

    def breach(self, case: Case, claim: Look) -> Look | None:
        """What finds the requests that break the invariant; None where it is plain that there are none."""
        known = Glance.at(claim.world)
        question = case.act.question
        surface = case.program.catalog.surfaces[question.surface]
        rules = case.act.allows if case.kind in surface.holdable_by else ()
        grants = [simplify(rule.condition, known) for rule in rules]
        grants.append(simplify(Call(HOLDS, (Literal(question.permission),)), known))
        granted = disjunction(tuple(dict.fromkeys(grant for grant in grants if grant != FALSE)))
        denies = (simplify(rule.condition, known) for rule in case.act.denies)
        if self.invariant.always:
            allowed = conjunction((*(Call(NOT, (deny,)) for deny in denies), granted))
            return replace(claim, goals=(*claim.goals, Goal(allowed, IS_NOT_TRUE)))
        goals = dict.fromkeys([*claim.goals, Goal(granted, IS_TRUE)])
        if granted == FALSE:
            return None
        for deny in denies:
            if deny == TRUE or isinstance(deny, Failure):
                return None
            goals[Goal(deny, IS_FALSE)] = None
        return replace(claim, goals=tuple(goals))

    def described(self, world: World) -> Witness | None:
        """A request of the claim."""
        witness = _whole(world)
        return witness if self.speaks_of(witness) else None

    def broken(self, world: World) -> _Found | None:
        """A request of the claim, where the engine answers it as the invariant forbids."""
        witness = _whole(world)
        decision = self.generation.check(witness.principal, witness.action, witness.resource, witness.context)
        if decision.allowed is self.invariant.always or not self.speaks_of(witness):
            return None
        return _Found(witness, decision)

    def speaks_of(self, witness: Witness) -> bool:
        """Whether the condition of the claim is true of a request."""
        act = self.generation.program.act(witness.action)
        if act is None:
            return False
        env = self.generation.environment(witness.principal, witness.resource, witness.context, act)
        return outcome(settled(self.condition(act), env.holds), env) is True


_ENVIRONMENT: Final = Ident("context.environment", absolute=True)
_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({"api_key": "key_1", "member": "usr_1", "session": "ses_1"})


def _whole(world: World) -> Witness:
    """The request that a settled world stands for: what does not matter is ordinary."""
    case = world.case
    if "principal.id" not in world.values and case.kind != "anonymous":
        world = world.having("principal.id", _DEFAULTS.get(case.kind, "job_1"))
    if case.ordinary:
        if "principal.workspace" not in world.values and case.kind != "anonymous":
            world = world.having("principal.workspace", HOME)
        catalog = case.program.catalog
        for name, declared in (("context.channel", catalog.channels), ("context.environment", catalog.environments)):
            if name not in world.values and declared and (name != "context.environment" or PRODUCTION not in declared):
                world = world.having(name, declared[0])
    principal = world.principal
    resource = world.resource
    if "resource.workspace" not in world.values:
        resource = replaced(resource, workspace=principal.workspace)
    plain = resource.id is None and not resource.attributes and resource.workspace == principal.workspace
    return Witness(principal, case.act.question.action, None if plain else resource, world.context)
