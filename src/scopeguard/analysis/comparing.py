"""Two packs asked about the same requests: whether one of them is answered otherwise, and by which.

    comparison = Comparison(Engine(old, number=1, max_rows=0), Engine(new, number=1, max_rows=0))   # two programs
    comparison.ask("agents:write", "api_key", GAINED)                     # Compared(change=Change(...)) or nothing
    comparison.ask("agents:write", "member", CODE, lambda pair: pair.new.condition(expr).true)

An answer is one of three. ``change`` is a request (:class:`Witness`) with both decisions, which both engines were asked
for and which differ as asked. ``is_equal`` says that there is none, and is a proof. Else ``open_because`` says why
nobody knows: what it names may differ, and whoever reports it says *maybe*.

What differs is an aspect: GAINED and LOST are about the effect; CODE and REMEDY about denials by both; BROUGHT about
what an allow brings along (audit, meters, advice, redactions). A third argument narrows the question with terms of a
:class:`Pair`, whose two sides are :class:`Answers`: ``denials``, ``permits``, ``held``, ``granted``, ``allowed``,
``code``, ``brought`` and ``condition(expr)``; a side is None where its pack does not have the action. Terms are put
together by ``logic.conj``, ``disj`` and ``neg``.

Requests range over the vocabularies of both packs. One that names what only one of them has (a channel, an
environment) is turned away by the other one, whose decision is None, which counts as a denial by the code REFUSED.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from scopeguard.analysis.asking import Asking, Found
from scopeguard.analysis.decisions import Answers
from scopeguard.analysis.logic import Bool, conj, disj, neg, same
from scopeguard.analysis.witnesses import Witness
from scopeguard.analysis.worlds import World
from scopeguard.errors import RequestError
from scopeguard.model.decision import Decision
from scopeguard.runtime.engine import Engine

GAINED: Final = "gained"
LOST: Final = "lost"
CODE: Final = "code"
REMEDY: Final = "remedy"
BROUGHT: Final = "brought"


@dataclass(frozen=True)
class Pair:
    """What two packs answer to the same requests; None for one that does not have the action."""

    old: Answers | None
    new: Answers | None


@dataclass(frozen=True)
class Change:
    """A request that is answered in two ways. None stands for one that was turned away."""

    witness: Witness
    before: Decision | None
    after: Decision | None


@dataclass(frozen=True)
class Compared:
    """What came of a question: a change, or why it is open; with neither there is no such request."""

    change: Change | None = None
    open_because: str | None = None

    @property
    def is_equal(self) -> bool:
        """Whether it is proved that no request is answered otherwise."""
        return self.change is None and self.open_because is None


class Comparison:
    """Questions about the difference of two packs. What was worked out for one question is used for the others."""

    def __init__(self, old: Engine, new: Engine) -> None:
        self._engines = (old, new)
        self._worlds: dict[str, tuple[World, Asking]] = {}
        self._pairs: dict[tuple[str, str], Pair] = {}

    def pair(self, action: str, kind: str) -> Pair:
        """What both packs answer to principals of a kind about an action."""
        key = (action, kind)
        if key not in self._pairs:
            world, _ = self._world(kind)
            sides = []
            for program in world.programs:
                act = program.act(action)
                sides.append(None if act is None else Answers(world, program, act))
            self._pairs[key] = Pair(*sides)
        return self._pairs[key]

    def ask(self, action: str, kind: str, aspect: str, within: Callable[[Pair], Bool] | None = None) -> Compared:
        """Whether any request differs in an *aspect*; with *within* one of which that is true."""
        pair = self.pair(action, kind)
        views = [side.view for side in (pair.new, pair.old) if side is not None]
        if not views:
            return Compared()
        wanted = conj((_DIFFERS[aspect](pair), True if within is None else within(pair)))
        if within is not None:
            views = [side.view for side in (pair.new, pair.old) if side is not None]
        found: Found = self._world(kind)[1].ask(views, wanted, lambda witness: self._change(witness, aspect))
        return Compared(found.accepted, found.open_because)

    def _world(self, kind: str) -> tuple[World, Asking]:
        if kind not in self._worlds:
            world = World(kind, [engine.program for engine in self._engines])
            self._worlds[kind] = world, Asking(world, self._engines)
        return self._worlds[kind]

    def _change(self, witness: Witness, aspect: str) -> Change | None:
        before, after = (_answered(engine, witness) for engine in self._engines)
        return Change(witness, before, after) if _SEEN[aspect](before, after) else None


def _answered(engine: Engine, witness: Witness) -> Decision | None:
    """The decision of an engine; None for a request that it turns away."""
    try:
        return engine.check(witness.principal, witness.action, witness.resource, witness.context)
    except RequestError:
        return None


def _allowed(side: Answers | None) -> Bool:
    return False if side is None else side.allowed


def _both(pair: Pair, aspect: Callable[[Answers], Any], *, allowed: bool) -> Bool:
    """That both allow, or both deny, and an aspect differs; an unknown action has none."""
    if pair.old is None or pair.new is None:
        return False
    here = (pair.old.allowed, pair.new.allowed) if allowed else (neg(pair.old.allowed), neg(pair.new.allowed))
    return conj((*here, pair.old.accepted, pair.new.accepted, neg(same(aspect(pair.old), aspect(pair.new)))))


def _brought(pair: Pair) -> Bool:
    if pair.old is None or pair.new is None:
        return False
    old, new = pair.old.brought, pair.new.brought
    different = (neg(same(old.get(name, False), new.get(name, False))) for name in sorted({*old, *new}))
    return conj((pair.old.allowed, pair.new.allowed, disj(different)))


_DIFFERS: Final[Mapping[str, Callable[[Pair], Bool]]] = MappingProxyType({
    GAINED: lambda pair: conj((neg(_allowed(pair.old)), _allowed(pair.new))),
    LOST: lambda pair: conj((_allowed(pair.old), neg(_allowed(pair.new)))),
    CODE: lambda pair: _both(pair, lambda side: side.code, allowed=False),
    REMEDY: lambda pair: _both(pair, lambda side: side.remedy, allowed=False),
    BROUGHT: _brought,
})  # fmt: skip
"""The requests that differ in an aspect."""


def _is_allowed(decision: Decision | None) -> bool:
    return decision is not None and decision.allowed


def _differ(old: Decision | None, new: Decision | None, names: Sequence[str], *, allowed: bool) -> bool:
    """Whether two decisions with the same effect differ in some fields."""
    if old is None or new is None or not old.allowed is new.allowed is allowed:
        return False
    return any(getattr(old, name) != getattr(new, name) for name in names)


_SEEN: Final[Mapping[str, Callable[[Decision | None, Decision | None], bool]]] = MappingProxyType({
    GAINED: lambda old, new: not _is_allowed(old) and _is_allowed(new),
    LOST: lambda old, new: _is_allowed(old) and not _is_allowed(new),
    CODE: lambda old, new: _differ(old, new, ("code",), allowed=False),
    REMEDY: lambda old, new: _differ(old, new, ("remedy",), allowed=False),
    BROUGHT: lambda old, new: _differ(old, new, ("obligations", "advice", "redact"), allowed=True),
})  # fmt: skip
"""Whether two decisions do."""

ASPECTS: Final = tuple(_DIFFERS)
