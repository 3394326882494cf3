"""Rows: everything one class of principals may be asked, filled cell by cell; and the generation they live in."""

from sys import intern
from typing import Any, Final, NamedTuple

from scopeguard.compiling.names import Standing
from scopeguard.compiling.program import Act, Program
from scopeguard.compiling.simplify import About
from scopeguard.errors import RequestError
from scopeguard.limits import MAX_CONTEXTS
from scopeguard.model.decision import Decision
from scopeguard.model.principal import WORKSPACE_BOUND, Principal, remember
from scopeguard.model.request import Context, Resource
from scopeguard.model.values import identifier
from scopeguard.runtime.answer import unmapped
from scopeguard.runtime.cache import RowCache
from scopeguard.runtime.cells import Cell, cell
from scopeguard.runtime.holding import Holding, holding, standing
from scopeguard.runtime.residuals import Decide, Residual, narrowed, residual


class Open(NamedTuple):
    """What answers where the decision differs from one request to the next, and the surface that it is about."""

    about: str
    ask: Decide


class Tables:
    """Cells by action, for one class of principals in one class of contexts. Unknown actions are never kept.

    All that is asked for most is told apart: decisions about resources of the own workspace (None where they are
    *open*), of another workspace, and about no resource.
    """

    __slots__ = ("bare", "cells", "open", "other", "own")

    def __init__(self) -> None:
        self.cells: tuple[dict[str, tuple[str, Cell]], ...] = tuple({} for _ in ABOUT)
        """For each of ABOUT what was asked for so far, with the surface that it is about."""
        self.own: dict[str, Decision | None] = {}
        self.open: dict[str, Open] = {}
        self.other: dict[str, Decision] = {}
        self.bare: dict[str, Decision] = {}

    def keep(self, action: str, at: int, surface: str, made: Cell) -> None:
        """Remember a cell. Two threads may both make it; either is right."""
        self.cells[at][action] = surface, made
        if at == _OWN:
            if not isinstance(made, Decision):
                self.open[action] = Open(surface, made)
            self.own[action] = made if isinstance(made, Decision) else None
        elif at != _ANY and isinstance(made, Decision):
            (self.other if at == _OTHER else self.bare)[action] = made


ABOUT: Final = (About.OWN, About.OTHER, About.NONE, About.ANY)
"""What may be known of the resource. ANY is for what has no workspace."""
_OWN, _OTHER, _NONE, _ANY = range(4)

_WITHOUT_CONTEXT: Final = ""
"""The table for contexts beyond the bound: no context has it as its class."""


class Row:
    """The decisions of one class of principals under one Program."""

    __slots__ = ("held", "memo", "principal", "program", "standing", "tables")

    def __init__(self, program: Program, principal: Principal) -> None:
        self.program = program
        # Rows outlive requests: nothing of one principal beyond its class may stay in them.
        self.principal = representative(principal)
        self.held: Holding = holding(program.catalog, principal)
        self.standing: Standing = standing(program.catalog, principal, self.held)
        self.tables: dict[str, Tables] = {}
        self.memo: tuple[Any, ...] | None = None
        """What principals of the class remember, with the class of contexts that came first: most requests have it."""

    def table(self, context: Context) -> Tables:
        """The cells for the class of *context*."""
        found = self.tables.get(context.group)
        if found is None:
            group = context.group if len(self.tables) < MAX_CONTEXTS else _WITHOUT_CONTEXT
            found = self.tables.setdefault(group, Tables())
        return found

    def find(self, action: str, at: int, context: Context) -> tuple[str | None, Cell]:
        """The cell for an action, with the surface that it is about."""
        tables = self.table(context)
        try:
            known = self.program.actions.get(action)
        except TypeError:
            known = None
        if known is None:
            # What is equal to an action is that action, and anything else that is no text is refused.
            return None, unmapped(self.program, identifier(action, "an action"))
        found = tables.cells[at].get(known)
        if found is None:
            act = self.program.known(known)
            is_kept = context.group in self.tables
            made = cell(narrowed(self.residual(act), self.held, ABOUT[at], context if is_kept else None))
            found = intern(act.question.surface), made
            tables.keep(known, at, *found)
        return found

    def residual(self, act: Act) -> Residual:
        """What is left of the rules about *act* for every principal of the class."""
        return residual(self.program, act, self.principal, self.held, self.standing, about=About.ANY)

    def residual_for(
        self, act: Act, principal: Principal, context: Context, resource: Resource | None = None
    ) -> Residual:
        """What is left for one principal in one context and some resource of its own workspace, or of *resource*'s."""
        about = About.OWN if resource is None else About.GIVEN
        held, standing = self.held, self.standing
        return residual(self.program, act, principal, held, standing, about=about, context=context, resource=resource)


class Generation:
    """One loaded Program with its rows. A reload replaces the whole of it."""

    __slots__ = ("number", "program", "rows")

    def __init__(self, program: Program, *, number: int, max_rows: int) -> None:
        self.program = program
        self.number = number
        self.rows: RowCache[Row] = RowCache(max_rows)

    def bind(self, principal: Principal) -> Row:
        """The row of a principal's class."""
        known, _, _, row = principal.bound
        if known is self:
            return row  # type: ignore[no-any-return]  # what this generation made it remember
        found = self.rows.read.get(principal.group)
        if found is None:
            found = self.rows.get(principal.group, lambda: Row(self.program, principal))
        if found.memo is not None:
            remember(principal, found.memo)
        return found

    def recalls(self, principal: Principal) -> bool:
        """Whether a principal not bound yet is of a class that is known; it is bound then."""
        if principal.__class__ is not Principal or principal.bound[0] is self:
            return False
        row = self.rows.read.get(principal.group)
        if row is None or row.memo is None:
            return False
        remember(principal, row.memo)
        return True

    def tables(self, principal: Principal, context: Context) -> Tables:
        """The cells that a principal's row has for the class of *context*. Raises RequestError for other classes."""
        if principal.__class__ is not Principal or context.__class__ is not Context:
            raise RequestError(_expected(principal, context))
        row = self.bind(principal)
        tables = row.tables.get(context.group)
        if tables is None:
            tables = row.table(context)
            if row.memo is None:
                row.memo = (self, context.group, tables.own, row)
                remember(principal, row.memo)
        return tables

    def check(self, principal: Principal, action: str, resource: Resource | None, context: Context) -> Decision:
        """The decision about one request. Raises RequestError for a malformed one."""
        tables = self.tables(principal, context)
        if resource is not None and resource.__class__ is not Resource:
            refuse_mismatch(resource, action, None)
        at = _position(principal, resource)
        surface: str | None
        try:
            surface, found = tables.cells[at][action]
        except (KeyError, TypeError):
            surface, found = self.bind(principal).find(action, at, context)
        if resource is not None and resource.surface != surface:
            refuse_mismatch(resource, action, surface)
        return found if found.__class__ is Decision else found(principal, resource, context)  # type: ignore[operator]


def _position(principal: Principal, resource: Resource | None) -> int:
    if resource is None:
        return _NONE
    if resource.workspace is None or principal.kind not in WORKSPACE_BOUND:
        return _ANY
    return _OWN if resource.workspace == principal.workspace else _OTHER


def representative(principal: Principal) -> Principal:
    """A principal of the same class without identity: attributes keep their names only."""
    return Principal(
        principal.kind,
        None,
        None if principal.workspace is None else "representative",
        scopes=principal.scopes,
        roles=principal.roles,
        ceiling=principal.ceiling,
        attributes=dict.fromkeys(principal.attributes),
    )


def _expected(principal: object, context: object) -> str:
    if not isinstance(principal, Principal):
        return f"a principal must be a Principal, not {type(principal).__name__}"
    return f"a context must be a Context, not {type(context).__name__}"


def refuse_mismatch(resource: object, action: str, surface: str | None) -> None:
    """Raises RequestError unless *resource* is a resource of *surface*, or the action is unknown (None)."""
    if not isinstance(resource, Resource):
        raise RequestError(f"a resource must be a Resource or of a registered type, not {type(resource).__name__}")
    if surface is not None and resource.surface != surface:
        raise RequestError(f'the resource is of the surface "{resource.surface}", but {action} is about "{surface}"')
