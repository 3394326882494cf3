"""Roles on one resource, as a request names them: whether all of them are on the same one, and which that is."""

from collections.abc import Sequence
from typing import Any

from scopeguard.analysis.holders import Held
from scopeguard.analysis.logic import FALSE, Bool, Truth, choice, conj, disj, implies, neg
from scopeguard.analysis.solver import z3
from scopeguard.analysis.texts import Texts
from scopeguard.analysis.values import Value


class Bindings:
    """What lists of roles in requests come to, each worked out once."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._bound_ids: dict[Any, tuple[Bool, Any, Bool]] = {}

    def bound_to(self, held: Held, start: str, lists: Sequence[tuple[Bool, Value]]) -> Truth:
        """Whether all roles that a request names are on one resource, and the principal has its own role there."""
        named = start.rpartition("/")[2].removesuffix(":")
        key = (named, tuple(id(case.term) for _, value in lists for case in value))
        if key not in self._bound_ids:
            self._bound_ids[key] = self._one_resource(named, lists)
        are_on_one, first, known = self._bound_ids[key]
        if are_on_one is False:
            return FALSE
        right = conj((are_on_one, held.narrowed_to(start, first)))
        return Truth(conj((known, right)), disj((neg(held.any_with(start)), conj((known, neg(right))))))

    def _one_resource(self, named: str, lists: Sequence[tuple[Bool, Value]]) -> tuple[Bool, Any, Bool]:
        """Whether roles are on one resource of a surface, its id, and whether the lists of roles are well-formed."""
        found: list[tuple[Bool, Bool, Any]] = []
        for _, value in lists:
            for case in value:
                for there, items in case.term.slots:
                    for item in items:
                        is_bound, tail = self._texts.bound_id(named, item.term)
                        found.append((conj((case.when, there, item.when)), is_bound, tail))
        first = z3.IntVal(-1)
        for there, _, tail in reversed(found):
            first = choice(there, tail, first)
        every = (implies(there, conj((is_bound, tail == first))) for there, is_bound, tail in found)
        some = disj(there for there, _, _ in found)
        known = conj(disj((neg(present), *(case.when for case in value))) for present, value in lists)
        return conj((some, *every)), first, known
