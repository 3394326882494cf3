"""Rows: everything one class of principals may be asked, filled cell by cell; and the generation they live in."""

from scopeguard.compiling.names import Standing
from scopeguard.compiling.program import Act, Program
from scopeguard.compiling.simplify import About
from scopeguard.errors import RequestError
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.values import identifier
from scopeguard.runtime.answer import unmapped
from scopeguard.runtime.cache import RowCache
from scopeguard.runtime.cells import Cell, cell
from scopeguard.runtime.holding import Holding, holding, standing
from scopeguard.runtime.residuals import Residual, residual


class Cells(dict[str, tuple[str | None, Cell]]):
    """Cells by action, each with the surface it is about, made on first use. Unknown actions are never kept."""

    __slots__ = ("_about", "_row")

    def __init__(self, row: "Row", about: About) -> None:
        super().__init__()
        self._row = row
        self._about = about

    def __missing__(self, action: str) -> tuple[str | None, Cell]:
        act = self._row.program.act(identifier(action, "an action"))
        if act is None:
            return None, unmapped(self._row.program, action)
        # Two threads may both make the cell; either is right, and the last one stays.
        made = self[action] = (act.question.surface, cell(self._row.residual(act, self._about)))
        return made


class Row:
    """The decisions of one class of principals under one Program."""

    __slots__ = ("about", "bare", "held", "principal", "program", "standing")

    def __init__(self, program: Program, principal: Principal) -> None:
        self.program = program
        # Rows outlive requests: nothing of one principal beyond its class may stay in them.
        self.principal = representative(principal)
        self.held: Holding = holding(program.catalog, principal)
        self.standing: Standing = standing(program.catalog, principal, self.held)
        self.bare = Cells(self, About.NONE)
        self.about = Cells(self, About.ANY)

    def residual(self, act: Act, about: About) -> Residual:
        """What is left of the rules about *act* for every principal of the class."""
        return residual(self.program, act, self.principal, self.held, self.standing, about=about)

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
        """The row of a principal's class; remembered on the principal together with this generation."""
        row = self.rows.get(principal.group, lambda: Row(self.program, principal))
        object.__setattr__(principal, "bound", (self, row))
        return row

    def check(self, principal: Principal, action: str, resource: Resource | None, context: Context) -> Decision:
        """The decision about one request. Raises RequestError for a malformed one."""
        if principal.__class__ is not Principal or context.__class__ is not Context:
            raise RequestError(_expected(principal, context))
        row: Row
        generation, row = principal.bound
        if generation is not self:
            row = self.bind(principal)
        try:
            surface, found = (row.bare if resource is None else row.about)[action]
        except TypeError:
            # Only an unhashable action gets here: identifier() says what is wrong with it.
            identifier(action, "an action")
            raise
        if resource is not None and (resource.__class__ is not Resource or resource.surface != surface):
            refuse_mismatch(resource, action, surface)
        return found if isinstance(found, Decision) else found(principal, resource, context)


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
