"""All requests of one kind of principals as the solver sees them, and those that showed something before."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from scopeguard.analysis.asking import Asking
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import Aspect
from scopeguard.analysis.logic import Bool, conj, neg
from scopeguard.analysis.preferences import same_text
from scopeguard.analysis.samples import Samples
from scopeguard.analysis.witnesses import Witness
from scopeguard.analysis.worlds import World
from scopeguard.compiling.given_inputs import in_force
from scopeguard.compiling.program import ActionRules
from scopeguard.model.principal import WORKSPACE_BOUND
from scopeguard.model.request import Resource

Sides = tuple[Side, Side]
_KEPT: Final = 6
"""Requests of a kind that are tried again."""


class Space:
    """All requests of one kind of principals to both packs. It grows with what is asked: each action has its own."""

    def __init__(self, sides: Sides, kind: str, samples: Samples) -> None:
        self.kind: Final = kind
        self._sides = sides
        self._samples = samples

    @cached_property
    def world(self) -> World:
        """Its names and values."""
        return World(self.kind, [side.program for side in self._sides], samples=self._samples)

    @cached_property
    def asking(self) -> Asking:
        """What finds requests."""
        return Asking(self.world, [side.engine for side in self._sides])

    def is_possible(self, wanted: Bool) -> bool:
        """Whether the solver finds a request; where it comes to no end, there may be one."""
        return self.asking.may_be(wanted)

    def is_ordinary(self, surface: str) -> Bool:
        """That nothing is the matter with the credential, and that the resource is of the own workspace."""
        return conj((self._is_in_force(surface), self._is_at_home(surface)))

    def _is_in_force(self, surface: str) -> Bool:
        symbols = (self.world.symbol(name, surface) for name in sorted(in_force(self.kind)))
        return conj(neg(symbol.present) for symbol in symbols if symbol is not None)

    def _is_at_home(self, surface: str) -> Bool:
        if self.kind not in WORKSPACE_BOUND:
            return True
        home, here = (self.world.symbol(f"{root}.workspace", surface) for root in ("principal", "resource"))
        return True if home is None or here is None else same_text(home, here)

    def unusual(self, wanted: Bool, surface: str) -> str:
        """What is not ordinary of requests with *wanted*, of which no ordinary one is, in words."""
        in_force, at_home = self._is_in_force(surface), self._is_at_home(surface)
        found = []
        if self.is_possible(conj((wanted, at_home, neg(in_force)))):
            found.append("something is the matter with the credential")
        if self.is_possible(conj((wanted, neg(at_home)))):
            found.append("the resource is not of the own workspace")
        return " or ".join(found)

    def where(self, name: str, value: str, surface: str) -> Bool:
        """That a channel or an environment is *value*; an empty text for none."""
        symbol = self.world.symbol(name, surface)
        if symbol is None:
            return not value
        if not value:
            return neg(symbol.present)
        return conj((symbol.present, symbol.parts[0][1].case.term == self.world.texts.code(value)))


class Pool:
    """Requests that showed a change, the latest first: what shows one of one action often does of another."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Aspect, str], list[Witness]] = {}

    def keep(self, aspect: Aspect, kind: str, witness: Witness) -> None:
        """Keep a request that showed a change in an aspect."""
        kept = self._kept.setdefault((aspect, kind), [])
        kept.insert(0, witness)
        del kept[_KEPT:]

    def about(
        self, aspect: Aspect, kind: str, acts: tuple[ActionRules | None, ActionRules | None]
    ) -> Iterator[Witness]:
        """Those that were kept, about another action."""
        question = next(act.question for act in acts if act is not None)
        for each in tuple(self._kept.get((aspect, kind), ())):
            resource = each.resource
            if resource is not None:
                resource = Resource(question.surface, resource.id, resource.workspace, resource.attributes)
            yield Witness(each.principal, question.action, resource, each.context)
