"""Which cells of a matrix no test pins."""

from collections.abc import Iterable

from scopeguard.model.principal import Principal, PrincipalClass
from scopeguard.model.request import Context
from scopeguard.runtime.listing import Matrix
from scopeguard.testing.suites import Cell


def unpinned(matrix: Matrix, tests: Iterable[Cell]) -> tuple[tuple[str, str], ...]:
    """The cells of *matrix*, by row and column, that none of *tests* asks about.

    A test asks about a cell when the action and the channel are the same and the principals are of one class: the same
    kind, scopes, roles, ceiling and names of attributes.
    """
    pinned = {_question(cell.principal, cell.context, cell.action) for cell in tests}
    return tuple(
        (row, action)
        for row, asker in matrix.askers.items()
        for action in matrix.columns
        if _question(asker.principal, asker.context, action) not in pinned
    )


def _question(principal: Principal, context: Context, action: str) -> tuple[PrincipalClass, str | None, str]:
    return principal.group, context.channel, action
