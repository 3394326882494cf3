"""Answers that depend on roles on one resource which the request names: whether the principal may hand them out.

Such roles are too many to be listed beforehand. What is kept is for requests without any; for the others what follows
from the principal is worked out with those that are named.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from scopeguard.compiling.environment import Types
from scopeguard.limits import MAX_NAMED
from scopeguard.model.aliases import Inside
from scopeguard.model.decision import Decision
from scopeguard.model.held_roles import bindings_in
from scopeguard.model.input_validation import EMPTY
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.decision_functions import Cell, answered
from scopeguard.runtime.residuals import Residual
from scopeguard.runtime.templates import filled

_NO_NAMES: Final[Inside] = MappingProxyType({})


def named_bindings(types: Types, principal: Principal, resource: Resource | None, context: Context) -> frozenset[str]:
    """The roles on one resource that a request names."""
    about = EMPTY if resource is None else resource.attributes
    return bindings_in(
        types.outside.get("role", _NO_NAMES), principal.attributes, about, context.attributes, context.facts
    )


class ByBindings:
    """What answers by *answer* where no role on one resource is named, and else by *residual* with those that are."""

    __slots__ = ("__weakref__", "_known", "_residual", "_types", "answer")

    def __init__(self, types: Types, answer: Cell, residual: Callable[[frozenset[str]], Residual]) -> None:
        self.answer = answer
        self._types: Final = types
        self._residual: Final = residual
        self._known: dict[frozenset[str], Residual] = {}

    def __call__(self, principal: Principal, resource: Resource | None, context: Context) -> Decision:
        """The decision about one request."""
        named = named_bindings(self._types, principal, resource, context)
        if not named:
            return answered(self.answer, principal, resource, context)
        rest = self._known.get(named)
        if rest is None:
            if len(self._known) >= MAX_NAMED:
                self._known.clear()
            rest = self._known[named] = self._residual(named)
        return filled(rest.decide(principal, resource, context), principal, resource)
