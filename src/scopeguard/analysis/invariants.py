"""Whether the invariants of a pack hold: for each action and kind of principal a proof, or a request that breaks it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from scopeguard.analysis.asking import Asking
from scopeguard.analysis.commands import command, is_sayable
from scopeguard.analysis.decisions import Answers
from scopeguard.analysis.events import counted_event
from scopeguard.analysis.given import CHANNEL, ENVIRONMENT
from scopeguard.analysis.logic import Bool, conj, neg
from scopeguard.analysis.requests import HOME
from scopeguard.analysis.samples import Samples
from scopeguard.analysis.symbols import Symbol
from scopeguard.analysis.values import constant
from scopeguard.analysis.violations import NOT_WHOLE, VACUOUS, VIOLATED, Violation
from scopeguard.analysis.witnesses import Witness
from scopeguard.analysis.worlds import World
from scopeguard.compiling.evaluation import outcome, settled
from scopeguard.compiling.program import ActionRules, Invariant
from scopeguard.errors import quoted
from scopeguard.model.decision import Decision
from scopeguard.runtime.engine import Engine
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES
from scopeguard.syntax.expression import FALSE, IN, NOT, Call, Expr, Ident, ListExpr, Literal, conjunction, walk

_FREE: Final = frozenset({"principal.id", "resource.id", CHANNEL, ENVIRONMENT})
"""Names that differ from one ordinary request to the next."""
_WORKSPACES: Final = frozenset({"principal.workspace", "resource.workspace"})
_NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_LASTING: Final[Mapping[str, datetime]] = MappingProxyType({
    "context.now": _NOW, "principal.expires_at": _NOW + timedelta(hours=1)
})  # fmt: skip
"""What is given with a session in force."""
_ENVIRONMENT: Final = Ident(ENVIRONMENT, absolute=True)


def verify(engine: Engine) -> tuple[Violation, ...]:
    """Every invariant of the pack that does not hold, or that nobody can decide; sorted by id."""
    worlds = Worlds(engine)
    checks = (Check(worlds, invariant) for invariant in engine.program.invariants)
    return tuple(found for check in checks if (found := check.violation()) is not None)


@dataclass
class Worlds:
    """The requests to one pack, by kind of principal and by the scopes or roles that alone it has."""

    engine: Engine
    _made: dict[Any, tuple[World, Asking]] = field(default_factory=dict)
    _answers: dict[Any, Answers] = field(default_factory=dict)

    def of(self, kind: str, scopes: frozenset[str] | None = None, roles: frozenset[str] | None = None) -> "Requests":
        """The requests of a kind of principals; with *scopes* or *roles*, of those that have only these."""
        key = (kind, None if kind == "member" else scopes, roles if kind == "member" else None)
        if key not in self._made:
            program, samples = self.engine.program, self._samples
            world = World(kind, [program], samples=samples, scopes=key[1], roles=key[2], is_strict=True)
            self._made[key] = world, Asking(world, [self.engine])
        return Requests(self, key, *self._made[key])

    @cached_property
    def _samples(self) -> Samples:
        program = self.engine.program
        return Samples.of([program], (each.condition for each in program.invariants))

    def answers(self, key: Any, world: World, act: ActionRules) -> Answers:
        """What the pack answers about an action."""
        known = (key, act.question.action)
        if known not in self._answers:
            self._answers[known] = Answers(world, self.engine.program, act)
        return self._answers[known]


@dataclass(frozen=True)
class Requests:
    """All requests of one kind of principals."""

    worlds: Worlds
    key: Any
    world: World
    asking: Asking

    def answers(self, act: ActionRules) -> Answers:
        """What the pack answers about an action."""
        return self.worlds.answers(self.key, self.world, act)


@dataclass(frozen=True, slots=True)
class _Found:
    witness: Witness
    decision: Decision


@dataclass
class Check:
    """One invariant."""

    worlds: Worlds
    invariant: Invariant

    def violation(self) -> Violation | None:
        """What is wrong with the invariant, if anything."""
        invariant = self.invariant
        if invariant.failure is not None:
            hint = "read the pack from where it is whole, and put its files in place with a rename"
            return self.told(VIOLATED, f"does not hold: {invariant.failure}", hint)
        event = counted_event(invariant, self.worlds.engine.program.usage)
        if event is not None:
            told = self.told(VIOLATED, f"does not hold: an event counts on {event[1]}", f"guard.classify({event[0]})")
            return replace(told, event=event[0])
        doubts: list[str] = []
        is_vacuous = True
        for act, kind in self.cases():
            requests = self.worlds.of(kind, invariant.scopes, invariant.roles)
            answers = requests.answers(act)
            claim = self.claim(requests, answers)
            if claim is False:
                continue
            denied = neg(answers.allowed) if invariant.always else answers.allowed
            found = requests.asking.ask([answers.view], conj((claim, denied)), self.broken)
            if isinstance(found.accepted, _Found):
                return self.violated(found.accepted)
            if found.open_because is not None:
                doubts.append(f"{found.open_because}, about {act.question.action} for the kind {kind}")
            elif is_vacuous:
                spoken = requests.asking.ask([answers.view], claim, self.described)
                is_vacuous = spoken.is_none
        if doubts:
            hint = (
                "comparisons with names and constants, has, in and whole numbers can be decided; other functions cannot"
            )
            return self.told(NOT_WHOLE, f"cannot be decided: {doubts[0]}", hint)
        if is_vacuous and not invariant.of_events:
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
        witness = found.witness
        shown = command(witness, self.worlds.engine.program, "explain") if is_sayable(witness) else str(witness)
        told = self.told(VIOLATED, f"does not hold: {witness.action} {how}", shown)
        return replace(told, witness=found.witness, decision=decision)

    def cases(self) -> Iterator[tuple[ActionRules, str]]:
        """Each action with each kind of principal that the invariant is about."""
        for action in self.invariant.actions:
            act = self.worlds.engine.program.act(action)
            if act is not None:
                yield from ((act, kind) for kind in self.invariant.kinds)

    def claim(self, requests: Requests, answers: Answers) -> Bool:
        """The requests that the invariant is about."""
        written = self.condition(answers.act)
        claim = answers.condition(written).true
        if not self.invariant.always or claim is False:
            return claim
        _ = answers.allowed
        return conj((claim, *self.ordinary(requests.world, answers, frozenset(_names(written)))))

    def ordinary(self, world: World, answers: Answers, spoken: frozenset[str]) -> Iterator[Bool]:
        """That everything the claim does not name is ordinary: absent, or of the home workspace.

        A session is as long as it has to be: it has an end, and the time is before it.
        """
        free = _FREE | spoken | (frozenset() if spoken.isdisjoint(_WORKSPACES) else _WORKSPACES)
        yield world.unlimited
        for name in (*_WORKSPACES, CHANNEL):
            world.symbol_of(answers.view, name)
        for name, symbol in sorted(answers.view.reads.symbols.items()):
            if name in _WORKSPACES:
                yield from self._at_home(world, name, symbol, is_free=name in free)
            elif name == CHANNEL and name not in spoken and world.programs[0].catalog.channels:
                yield symbol.present
            elif name not in free and (name == "context.now" or name not in BUILT_IN_VARIABLES):
                usual = _LASTING.get(name) if world.kind == "session" else None
                if usual is None:
                    yield neg(symbol.present)
                else:
                    (case,) = constant(usual, world.texts)
                    yield conj((symbol.present, symbol.parts[0][1].case.term == case.term))

    @staticmethod
    def _at_home(world: World, name: str, symbol: Symbol, *, is_free: bool) -> Iterator[Bool]:
        if world.kind == "anonymous":
            if not is_free:
                yield neg(symbol.present)
            return
        if name == "principal.workspace" or not is_free:
            yield symbol.present
        if not is_free:
            yield symbol.parts[0][1].case.term == world.texts.code(HOME)

    def condition(self, act: ActionRules) -> Expr:
        """What is true of the requests that the invariant is about: of an operation also that it is counted so."""
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

    def described(self, witness: Witness) -> Witness | None:
        """A request of the claim."""
        return witness if self.speaks_of(witness) else None

    def broken(self, witness: Witness) -> _Found | None:
        """A request of the claim, where the engine answers it as the invariant forbids."""
        engine = self.worlds.engine
        decision = engine.check(witness.principal, witness.action, witness.resource, witness.context)
        if decision.allowed is self.invariant.always or not self.speaks_of(witness):
            return None
        return _Found(witness, decision)

    def speaks_of(self, witness: Witness) -> bool:
        """Whether the condition of the claim is true of a request."""
        engine = self.worlds.engine
        act = engine.program.act(witness.action)
        if act is None:
            return False
        env = engine.environment(witness.principal, witness.resource, witness.context, act)
        return outcome(settled(self.condition(act), env.holds), env) is True


def _names(expr: Expr) -> Iterator[str]:
    return (node.name for node in walk(expr) if isinstance(node, Ident) and node.absolute)
