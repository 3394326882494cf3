"""What of the answers to one action is not the same, found by the solver and confirmed by both engines."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import product
from typing import Final, NamedTuple

from scopeguard.analysis.diffing.answers import NOBODY, Answer, Conditions, Reason, conditions
from scopeguard.analysis.diffing.goals import Detail, Goal, brought, effect_of, metered, metered_otherwise, reasons
from scopeguard.analysis.diffing.holders import Holder
from scopeguard.analysis.diffing.remedies import told_otherwise
from scopeguard.analysis.diffing.replaying import Answered, answered, held_by
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.spaces import Pool, Space
from scopeguard.analysis.diffing.unrolling import unrolled
from scopeguard.analysis.diffing.values import Aspect
from scopeguard.analysis.diffing.variants import elsewhere, known_to_both, on_the_same
from scopeguard.analysis.encoding import View
from scopeguard.analysis.given import CHANNEL, ENVIRONMENT
from scopeguard.analysis.logic import Bool, Truth, conj, disj, neg
from scopeguard.analysis.witnesses import Witness
from scopeguard.analysis.worlds import World
from scopeguard.compiling.program import ActionRules
from scopeguard.syntax.expression import Expr

Sides = tuple[Side, Side]
_PATIENCE: Final = 5000
_KEPT: Final = 6
_EFFECTS: Final[tuple[Aspect, ...]] = ("gained", "lost")
_ORDINARY, _DIFFERENT, _WHOLE = "ordinary", "different", "whole"


class Question(NamedTuple):
    """What is asked for some principals: their answers, and what is known of others of their kind.

    *ordinary* are the answers to requests with an ordinary credential about the own workspace, *known* the codes of
    what others gain and lose; *only* are the aspects that matter, None for all.
    """

    whole: tuple[Answer | None, Answer | None]
    ordinary: tuple[Answer | None, Answer | None]
    known: Mapping[Aspect, frozenset[str]]
    only: Collection[Aspect] | None


class Case:
    """The answers of both packs to principals of one kind for one action."""

    def __init__(
        self, sides: Sides, space: "Space", acts: tuple[ActionRules | None, ActionRules | None], pool: "Pool"
    ) -> None:
        self._sides = sides
        self._space = space
        self._pool = pool
        self._acts = acts
        self._kind = space.kind
        self._encoded: tuple[dict[Expr, Truth], dict[Expr, Truth]] = ({}, {})

    @property
    def _world(self) -> World:
        return self._space.world

    @cached_property
    def _views(self) -> tuple[View | None, View | None]:
        old, new = (
            None if act is None else View(self._world, side.program, act.question)
            for side, act in zip(self._sides, self._acts, strict=True)
        )
        return old, new

    @cached_property
    def _surface(self) -> str:
        return next(act.question.surface for act in self._acts if act is not None)

    def details(self, holder: Holder, asked: "Question") -> Iterator[Detail]:
        """All that differs for some principals."""
        implied = dict(asked.known)
        for aspect in _EFFECTS:
            if asked.only is not None and aspect not in asked.only:
                continue
            found, codes = self._effect(aspect, holder, asked)
            if found is not None:
                implied[aspect] = implied.get(aspect, frozenset()) | codes
                yield found._replace(codes=codes)
        if asked.only is None:
            for goal in self._others(asked, implied):
                found = None if goal.is_implied(implied) else self._found(goal, holder)
                if found is not None:
                    yield found

    def _effect(self, aspect: Aspect, holder: Holder, asked: "Question") -> tuple[Detail | None, frozenset[str]]:
        """A gain or a loss, with the codes of what denied it, or denies it now.

        Ordinary requests are looked at first, which are a part of all requests and soon found. Where there is none
        among them, what the packs have in common is left out: without that there are more requests, and where there is
        none among those either, there is none at all.
        """
        for tier in (_ORDINARY, _DIFFERENT, _WHOLE):
            old, new = self._tier(tier, asked)
            goal = effect_of(aspect, old, new)
            if tier is not _ORDINARY and not self._is_possible(goal.wanted):
                return None, frozenset()
            found = None if tier is _DIFFERENT else self._found(goal, holder)
            if found is not None:
                reasons = old.reasons if aspect == "gained" else new.reasons
                codes = {each.code for each, when in reasons.items() if self._is_possible(conj((goal.wanted, when)))}
                if tier is _WHOLE and found.witness is not None:
                    found = found._replace(unusual=self._space.unusual(goal.wanted, self._surface))
                return found, frozenset(codes)
        return None, frozenset()

    def _tier(self, tier: str, asked: "Question") -> tuple[Conditions, Conditions]:
        old, new = asked.ordinary if tier is _ORDINARY else asked.whole
        if tier is _DIFFERENT and old is not None and new is not None:
            old, new = old.without(new), new.without(old)
        where = self._space.is_ordinary(self._surface) if tier is _ORDINARY else True
        return (self._conditions(0, old, where), self._conditions(1, new, where))

    def _conditions(self, at: int, answer: Answer | None, where: Bool) -> Conditions:
        view = self._views[at]
        if answer is None or view is None:
            return NOBODY
        accepts = self._world.accepts(view)
        return conditions(answer, partial(self._truth, at, view), conj((accepts, where)))

    def _truth(self, at: int, view: View, expr: Expr) -> Truth:
        # What both packs take for the same is worked out once.
        known = self._encoded[0 if self._has_same_types else at]
        found = known.get(expr)
        if found is None:
            found = known[expr] = view.truth(unrolled(expr))
        return found

    @cached_property
    def _has_same_types(self) -> bool:
        old, new = (side.program.types for side in self._sides)
        parts = ("principal", "context", "facts")
        own = [each.resource.get(self._surface) for each in (old, new)]
        return own[0] == own[1] and all(getattr(old, part) == getattr(new, part) for part in parts)

    def _others(self, asked: "Question", implied: Mapping[Aspect, frozenset[str]]) -> Iterator[Goal]:
        """All that may differ beside what is gained and lost."""
        old, new = asked.whole
        if old is None or new is None:
            return
        # A reason is another one where a rule that only one of the packs has comes first.
        less, more = old.without(new).codes, new.without(old).codes
        is_told = less <= implied.get("gained", frozenset()) and more <= implied.get("lost", frozenset())
        moved = old.order(new) != new.order(old)
        reasons = moved or old.permits != new.permits or (bool(less | more) and not is_told)
        # Where nothing allows, nothing is brought along.
        brings = bool(old.permits and new.permits) and (old.brought != new.brought or self._counts_otherwise)
        if not reasons and not brings:
            return
        was, now = self._tier(_WHOLE, asked)
        if reasons:
            yield from self._reasons(was, now)
        if brings:
            both = conj((was.allowed, now.allowed))
            for name in dict.fromkeys([*was.advice, *now.advice]):
                yield from brought("advice", name, was.advice.get(name, False), now.advice.get(name, False), both)
            for name in dict.fromkeys([*was.redact, *now.redact]):
                yield from brought("redaction", name, was.redact.get(name, False), now.redact.get(name, False), both)
            yield from self._metering(both)

    @property
    def _counts_otherwise(self) -> bool:
        old, new = ([metered(act, each) for each in self._environments] for act in self._acts)
        return old != new

    def _reasons(self, old: Conditions, new: Conditions) -> Iterator[Goal]:
        alike = disj(conj((was, new.reasons[reason])) for reason, was in old.reasons.items() if reason in new.reasons)
        if not self._is_possible(conj((old.denied, new.denied, neg(alike)))):
            return
        for before, was in old.reasons.items():
            others = [(after, now) for after, now in new.reasons.items() if before != after]
            if self._is_possible(conj((was, disj(now for _, now in others)))):
                yield from (
                    reasons(before, after, conj((was, now, self._told_otherwise(before, after))))
                    for after, now in others
                )

    def _told_otherwise(self, before: Reason, after: Reason) -> Bool:
        programs = [side.program for side in self._sides]
        encodes = [partial(self._truth, at, view) for at, view in enumerate(self._views) if view is not None]
        return told_otherwise((before, after), programs, encodes)

    def _metering(self, both: Bool) -> Iterator[Goal]:
        if both is False or None in self._acts:
            return
        for environment in self._environments:
            was, now = (metered(act, environment) for act in self._acts)
            if was != now:
                here = self._space.where(ENVIRONMENT, environment, self._surface)
                yield Goal("obligation", was, now, conj((both, here)), metered_otherwise)

    def _found(self, goal: Goal, holder: Holder) -> Detail | None:
        if goal.wanted is False or not self._is_possible(goal.wanted):
            return None
        found: list[Answered] = []

        def accept(witness: Witness) -> Witness | None:
            asked = held_by(witness, holder.principal)
            was, now = (answered(side, asked) for side in self._sides)
            if not goal.is_so(was, now):
                return None
            found[:] = [was, now]
            return asked

        kept = self._pool.about(goal.aspect, self._kind, self._acts)
        witness = next(filter(None, (accept(on_the_same(each, holder)) for each in kept)), None)
        if witness is None:
            views = [view for view in self._views if view is not None]
            result = self._space.asking.ask(views, goal.wanted, accept)
            if result.is_none:
                return None
            if result.accepted is None:
                aspect: Aspect = "open" if goal.aspect == "gained" else goal.aspect
                why = result.open_because or "the solver does not say"
                return Detail(aspect, goal.before, goal.after or "perhaps not", open_because=why)
            there = next(filter(None, map(accept, elsewhere(result.accepted))), None)
            witness = result.accepted if there is None else there
            self._pool.keep(goal.aspect, self._kind, result.accepted)
        channels, environments = self._whereabouts(goal.wanted)
        places = product(
            self._channels if channels is None else channels,
            self._environments if environments is None else environments,
        )
        witness = next(filter(None, map(accept, known_to_both(self._sides, witness, places))), None) or witness
        accept(witness)
        shown = (str(found[0]), str(found[1]))
        before, after = (goal.before or shown[0], goal.after or shown[1])
        return Detail(goal.aspect, before, after, channels, environments, witness, reasons=goal.codes, shown=shown)

    def _whereabouts(self, wanted: Bool) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
        found: list[tuple[str, ...] | None] = []
        for name, values in ((CHANNEL, self._channels), (ENVIRONMENT, self._environments)):
            if not any(name in view.reads.symbols for view in self._views if view is not None):
                found.append(None)
                continue
            here = tuple(
                each
                for each in values
                if self._is_possible(conj((wanted, self._space.where(name, each, self._surface))))
            )
            found.append(None if len(here) == len(values) else here)
        return found[0], found[1]

    def _is_possible(self, wanted: Bool) -> bool:
        return self._space.is_possible(wanted)

    @cached_property
    def _channels(self) -> Sequence[str]:
        """The channels of both packs, and an empty text for a request that comes from none."""
        return (*dict.fromkeys(name for side in self._sides[::-1] for name in side.program.catalog.channels), "")

    @cached_property
    def _environments(self) -> Sequence[str]:
        names = (name for side in self._sides[::-1] for name in side.program.catalog.environments)
        return tuple(dict.fromkeys((*names, "production")))
