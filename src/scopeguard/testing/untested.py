"""Which cells of a matrix no test pins."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from scopeguard.checking.test_suites.expectations import ALLOW
from scopeguard.model.principal import Principal, Shape
from scopeguard.model.request import Context
from scopeguard.runtime.matrix import Matrix, State
from scopeguard.testing.suites import Cell

_Question: TypeAlias = tuple[tuple[Shape, frozenset[str], frozenset[str], frozenset[str] | None], str | None, str, str]

_ALLOWED: Final[Mapping[State, frozenset[bool]]] = MappingProxyType(
    {"allow": frozenset({True}), "deny": frozenset({False}), "conditional": frozenset({True, False})}
)
"""What a test may expect where a cell says this, as whether it is allowed."""


def unpinned(matrix: Matrix, tests: Iterable[Cell]) -> tuple[tuple[str, str], ...]:
    """The cells of *matrix*, by row and column, that none of *tests* pins.

    A test pins a cell when it would fail were the answer turned round. It asks for the same action through the same
    channel in the same environment, by a principal of the same class (kind, scopes, roles, ceiling and names of
    attributes), about no resource or one of the principal's own workspace; and it expects an allow of a cell that
    allows, a denial, with whatever code, of one that denies, and either of a conditional one.
    """
    pinned = {
        (_question(cell.principal, cell.context, cell.action), cell.expected == ALLOW)
        for cell in tests
        if cell.resource is None or cell.resource.workspace == cell.principal.workspace
    }
    return tuple(
        (row, action)
        for row, asker in matrix.askers.items()
        for action in matrix.columns
        if pinned.isdisjoint(
            (_question(asker.principal, asker.context, action), allowed)
            for allowed in _ALLOWED[matrix[row, action].state]
        )
    )


def _question(principal: Principal, context: Context, action: str) -> _Question:
    return (
        (principal.shape, principal.scopes, principal.roles, principal.ceiling),
        context.channel,
        context.environment,
        action,
    )
