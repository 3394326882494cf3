"""Everything that lists: permissions and matrices, by the same partial evaluation that decides."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self, TypeAlias
from typing import Literal as OneOf

from scopeguard.errors import RequestError
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.cells import Residual, is_open
from scopeguard.runtime.rows import Generation
from scopeguard.semantics.restoring import restored
from scopeguard.syntax.expression import NOT, TRUE, Call, Expr, Failure, Literal, conjunction, disjunction
from scopeguard.syntax.printing import print_expression

State: TypeAlias = OneOf["allow", "deny", "conditional"]


class Permissions(frozenset[str]):
    """The permissions allowed outright on every resource of the principal's workspace.

    *conditional* maps each permission that depends on the resource to the condition under which it is allowed.
    """

    conditional: Mapping[str, str]

    def __new__(cls, allowed: Iterable[str], conditional: Mapping[str, str]) -> Self:
        """A frozen set with its conditional rest."""
        made = super().__new__(cls, allowed)
        made.conditional = MappingProxyType(dict(conditional))
        return made


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One answer of a matrix: *note* is the denial's code or the condition."""

    state: State
    note: str | None = None

    def __str__(self) -> str:
        return self.state if self.note is None else f"{self.state}: {self.note}"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Principals (rows) by actions (columns)."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]
    policy_digest: str

    def __getitem__(self, key: tuple[str, str]) -> MatrixCell:
        return self.cells[key]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: rows of columns of ``{state, note}``."""
        return {
            "policy_digest": self.policy_digest,
            "rows": {
                row: {
                    column: {"state": self.cells[row, column].state, "note": self.cells[row, column].note}
                    for column in self.columns
                }
                for row in self.rows
            },
        }

    def to_json(self) -> str:
        """The JSON form as text."""
        return json.dumps(self.to_dict(), indent=2)

    def to_csv(self) -> str:
        """One line an action, one column a principal."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["permission", *self.rows])
        for column in self.columns:
            writer.writerow([column, *(str(self.cells[row, column]) for row in self.rows)])
        return out.getvalue()

    def to_markdown(self) -> str:
        """A table with one line an action, one column a principal."""
        head = "| permission | " + " | ".join(_escaped(row) for row in self.rows) + " |"
        rule = "|---" * (len(self.rows) + 1) + "|"
        lines = [
            f"| {column} | " + " | ".join(_escaped(str(self.cells[row, column])) for row in self.rows) + " |"
            for column in self.columns
        ]
        return "\n".join([head, rule, *lines]) + "\n"

    def __str__(self) -> str:
        return self.to_markdown()


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def list_permissions(generation: Generation, principal: Principal, context: Context) -> Permissions:
    """Every permission of the catalog, sorted into allowed outright, conditional and denied (left out)."""
    cells = _row(generation, principal, generation.program.catalog.permissions, context)
    return Permissions(
        (permission for permission, cell in cells.items() if cell.state == "allow"),
        {permission: cell.note or "" for permission, cell in cells.items() if cell.state == "conditional"},
    )


def tabulate(
    generation: Generation,
    principals: Mapping[str, Principal] | Sequence[Principal],
    actions: Iterable[str] | None,
    context: Context,
) -> Matrix:
    """The matrix of *principals* by *actions* (every permission of the catalog where None)."""
    named = principals if isinstance(principals, Mapping) else {_label(each): each for each in principals}
    if len(named) != len(principals):
        raise RequestError("two principals of a matrix have the same name; give a mapping of names to principals")
    columns = generation.program.catalog.permissions if actions is None else tuple(actions)
    cells = {
        (name, action): cell
        for name, principal in named.items()
        for action, cell in _row(generation, principal, columns, context).items()
    }
    return Matrix(tuple(named), columns, MappingProxyType(cells), generation.program.digest)


def _label(principal: Principal) -> str:
    if not isinstance(principal, Principal):
        raise RequestError(f"a principal must be a Principal, not {type(principal).__name__}")
    return principal.id or principal.kind


def _row(
    generation: Generation, principal: Principal, actions: Iterable[str], context: Context
) -> dict[str, MatrixCell]:
    return {action: _cell(generation, principal, action, context) for action in actions}


def _cell(generation: Generation, principal: Principal, action: str, context: Context) -> MatrixCell:
    # The check refuses malformed questions and answers unknown actions.
    decision = generation.check(principal, action, None, context)
    act = generation.program.act(action)
    if act is None:
        return MatrixCell("deny", decision.code)
    rest = generation.bind(principal).residual_for(act, principal, context)
    condition = remaining(rest)
    if condition == TRUE:
        return MatrixCell("allow")
    # What may turn out to be no boolean is conditional still: a list never says less than a check.
    if not is_open(condition) or isinstance(condition, Literal):
        return MatrixCell("deny", decision.code)
    return MatrixCell("conditional", print_expression(restored(condition)))


def _never(rest: Residual) -> bool:
    denied = any(not is_open(denial.residual) for denial in rest.denials)
    return denied or all(isinstance(permit.residual, Failure) for permit in rest.permits)


def remaining(rest: Residual) -> Expr:
    """The whole of a residual as one condition: nothing denies, and something allows."""
    if _never(rest):
        return Failure("denied")
    permits = tuple(permit.residual for permit in rest.permits if not isinstance(permit.residual, Failure))
    allows = TRUE if TRUE in permits else disjunction(permits)
    denies = tuple(_negated(denial.residual) for denial in rest.denials)
    return conjunction((*denies, allows)) if denies and allows != TRUE else conjunction(denies) if denies else allows


def _negated(expr: Expr) -> Expr:
    if isinstance(expr, Call) and expr.function == NOT:
        return expr.args[0]
    return Call(NOT, (expr,))
