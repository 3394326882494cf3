"""Rows: everything one class of principals may be asked, filled cell by cell; and the generation they live in."""

from sys import intern
from typing import Final, TypeAlias
from weakref import ref

from scopeguard.compiling.names import RoleAuthority
from scopeguard.compiling.program import Act, Program
from scopeguard.compiling.simplify import About, Told
from scopeguard.errors import RequestError
from scopeguard.limits import MAX_CACHED_ACTS, MAX_CONTEXTS, MAX_FACT_SETS
from scopeguard.model.decision import Decision
from scopeguard.model.input_validation import identifier
from scopeguard.model.principal import UNBOUND, WORKSPACE_BOUND, Principal, remember, representative
from scopeguard.model.request import Context, Resource, class_of
from scopeguard.runtime.answer import unmapped
from scopeguard.runtime.authority import Authority
from scopeguard.runtime.cache import RowCache
from scopeguard.runtime.cells import Cell, Warming, cell
from scopeguard.runtime.declared import refuse_undeclared, refuse_undeclared_attributes
from scopeguard.runtime.holding import Holding, holding
from scopeguard.runtime.residuals import Decide, Residual, by_kind, residual
from scopeguard.runtime.role_rules import RoleRules
from scopeguard.semantics.bailout import raised_by_host


class Asked:
    """Where the decision differs from one request to the next: what answers, and the surface that it is about."""

    __slots__ = ("about", "answers", "surface")

    def __init__(self, surface: str, answers: Decide) -> None:
        self.about: Final = None
        """Where a decision has its surface, so that one comparison tells both apart."""
        self.surface = surface
        self.answers = ref(answers)


class Ready:
    """Decisions by action, for one class of principals in one class of contexts, that no part of a request changes.

    They are about resources of the own workspace, of another one, and about none. Principals remember them, also when
    all that made them is gone: what is up to the request, about the own workspace, is known by a weak reference only.
    """

    __slots__ = ("bare", "other", "own")

    def __init__(self) -> None:
        self.own: dict[str, Decision | Asked] = {}
        self.other: dict[str, Decision] = {}
        self.bare: dict[str, Decision] = {}


Cells: TypeAlias = tuple[dict[str, tuple[str, Cell]], ...]
"""For each of ABOUT the cells by action, each with the surface that it is about, interned as that of a Resource is.

Unknown actions are never kept.
"""

ABOUT: Final = (About.OWN, About.OTHER, About.NONE, About.ANY)
"""What may be known of the resource. ANY is for what has no workspace."""
_OWN, _OTHER, _NONE, _ANY = range(4)

_WITHOUT_CONTEXT: Final = ""
"""What stands for contexts beyond the bound: no context has it as its class."""


class Row:
    """The decisions of one class of principals under one Program."""

    __slots__ = ("__weakref__", "acts", "cells", "groups", "held", "memo", "principal", "program", "ready", "standing")

    def __init__(self, rules: RoleRules, principal: Principal, acts: RowCache[Act]) -> None:
        self.program = program = rules.program
        refuse_undeclared_attributes(program, principal)
        self.acts = acts
        # Rows outlive requests: nothing of one principal beyond its class may stay in them.
        self.principal = representative(principal)
        self.held: Holding = holding(program.catalog, principal)
        self.standing: RoleAuthority = Authority(rules, self.principal, self.held)
        self.cells: dict[str, Cells] = {}
        """By class of contexts."""
        self.groups: dict[str, str] = {}
        """By what contexts call their class, which tells their facts too, the class that cells are kept under."""
        self.ready: dict[str, Ready] = {}
        """By both: contexts whose facts differ share what is ready."""
        self.memo = UNBOUND
        """What principals of the class remember, with the class of contexts that most was asked in."""

    def group(self, context: Context) -> str:
        """The class of contexts under which cells for *context* are kept.

        Raises RequestError for names that the pack does not have: of them nothing is kept, so that each is told.
        """
        told = context.group
        group = self.groups.get(told)
        if group is None:
            refuse_undeclared(self.program, context)
            group = class_of(told)
            if group not in self.cells and len(self.cells) >= MAX_CONTEXTS:
                group = _WITHOUT_CONTEXT
            ready = self.ready.setdefault(group, Ready())
            self.cells.setdefault(group, tuple({} for _ in ABOUT))
            if group is not _WITHOUT_CONTEXT and len(self.groups) < MAX_FACT_SETS:
                self.ready[told] = ready
                self.groups[told] = group
        return group

    def find(self, action: str, at: int, context: Context) -> tuple[str | None, Cell]:
        """The cell for an action, with the surface that it is about."""
        try:
            known = self.program.actions.get(action)
        except TypeError as error:
            if raised_by_host(error, calls_host=type(action) is not str):
                raise
            known = None
        if known is None:
            # What is equal to an action is that action, and anything else that is no text is refused.
            return None, unmapped(self.program, identifier(action, "an action"))
        group = self.group(context)
        found = self.cells[group][at].get(known)
        if found is None:
            told = context if group is not _WITHOUT_CONTEXT else None
            act, rest = self.residual(known, ABOUT[at], told)
            surface = intern(act.question.surface)
            made = cell(rest)
            if isinstance(made, Warming):
                made.ready = lambda code: self.keep(group, at, known, (surface, code))
            found = surface, made
            self.keep(group, at, known, found)
        return found

    def keep(self, group: str, at: int, action: str, found: tuple[str, Cell]) -> None:
        """Remember a cell. Two threads may both make it; either is right."""
        surface, made = found
        ready = self.ready[group]
        if at == _OWN:
            ready.own[action] = made if isinstance(made, Decision) else Asked(surface, made)
        elif at != _ANY and isinstance(made, Decision):
            (ready.other if at == _OTHER else ready.bare)[action] = made
        # Last, so that what is interrupted before is done again.
        self.cells[group][at][action] = found

    def residual(self, action: str, about: About, context: Context | None) -> tuple[Act, Residual]:
        """What is left of the rules about *action* for every principal of the class, in every context of that class."""
        principal = self.principal
        group = "" if context is None else class_of(context.group)

        def by(action: str, about: About) -> Act:
            # Most of it is the same for all principals of the kind.
            key = (action, principal.kind, principal.group[-1], group, about)
            return self.acts.get(key, lambda: by_kind(self.program, self.program.known(action), bare, about, context))

        bare = representative(principal, holding=False)
        act = by(action, about)
        told = Told.NOTHING if context is None else Told.CLASS
        known = self.program.actions
        return act, residual(
            self.program, act, principal, self.held, self.standing, about=about, told=told, context=context,
            acts=lambda permission: by(permission, About.NONE) if permission in known else None,
        )  # fmt: skip

    def residual_for(
        self, act: Act, principal: Principal, context: Context, resource: Resource | None = None
    ) -> Residual:
        """What is left for one principal in one context and some resource of its own workspace, or of *resource*'s."""
        about = About.OWN if resource is None else About.GIVEN
        held, standing = self.held, self.standing
        return residual(
            self.program, act, principal, held, standing,
            about=about, told=Told.WHOLE, context=context, resource=resource,
        )  # fmt: skip


class Generation:
    """One loaded Program with its rows. A reload replaces the whole of it."""

    __slots__ = ("acts", "number", "program", "role_rules", "rows", "token")

    def __init__(self, program: Program, *, number: int, max_rows: int) -> None:
        self.program = program
        self.role_rules: Final = RoleRules(program)
        self.number = number
        self.rows: RowCache[Row] = RowCache(max_rows)
        self.acts: RowCache[Act] = RowCache(MAX_CACHED_ACTS if max_rows else 0)
        self.token: Final = object()
        """What principals know it by: remembering a generation must not keep it alive."""

    def bind(self, principal: Principal) -> Row:
        """The row of a principal's class."""
        known, *_, remembered = principal.bound
        row: Row | None = remembered() if known is self.token else self.rows.read.get(principal.group)
        return (
            self.rows.get(principal.group, lambda: Row(self.role_rules, principal, self.acts)) if row is None else row
        )

    def recalls(self, principal: Principal) -> bool:
        """Whether a principal not bound yet is of a class that is known; it is bound then."""
        if principal.__class__ is not Principal or principal.bound[0] is self.token:
            return False
        row = self.rows.read.get(principal.group)
        if row is None or row.memo is UNBOUND:
            return False
        known, *rest = row.memo
        remember(principal, (known, principal.workspace, *rest))
        return True

    def ready(self, principal: Principal, context: Context) -> tuple[Row, Ready]:
        """The row of a principal with what is ready there in *context*. Raises RequestError for other classes."""
        if principal.__class__ is not Principal or context.__class__ is not Context:
            raise RequestError(_expected(principal, context))
        row = self.bind(principal)
        ready = row.ready[row.group(context)]
        if row.memo is UNBOUND or len(ready.own) > len(row.memo[2]):
            row.memo = (self.token, context.group, ready.own, row.ready, ref(row))
        known, group, *rest = row.memo
        bound = principal.bound
        if bound[0] is not known or bound[2] is not group or bound[-1]() is not row:
            remember(principal, (known, principal.workspace, group, *rest))
        return row, ready

    def check(self, principal: Principal, action: str, resource: Resource | None, context: Context) -> Decision:
        """The decision about one request. Raises RequestError for a malformed one."""
        row, _ = self.ready(principal, context)
        if resource is not None and resource.__class__ is not Resource:
            refuse_mismatch(resource, action, None)
        surface, found = row.find(action, _position(principal, resource), context)
        if resource is not None and resource.surface != surface:
            refuse_mismatch(resource, action, surface)
        return found if isinstance(found, Decision) else found(principal, resource, context)


def _position(principal: Principal, resource: Resource | None) -> int:
    if resource is None:
        return _NONE
    if resource.workspace is None or principal.kind not in WORKSPACE_BOUND:
        return _ANY
    return _OWN if resource.workspace == principal.workspace else _OTHER


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
