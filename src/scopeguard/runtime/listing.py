"""Everything that lists: permissions and matrices, by the same partial evaluation that decides."""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self, TypeAlias
from typing import Literal as OneOf

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling.partial_evaluation import WorkspaceRelation
from scopeguard.errors import RequestError
from scopeguard.model.decision import Decision
from scopeguard.model.input_validation import Value, thaw
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.model.structs import Carried
from scopeguard.runtime import markdown
from scopeguard.runtime.engine import OWN, Engine, prepared, refuse_others
from scopeguard.runtime.residuals import Residual, is_denied, is_never, remaining, specialised
from scopeguard.runtime.specialisation import Kept
from scopeguard.runtime.templates import all_names, filled, held_names, is_held, is_open_rule
from scopeguard.semantics.source_form import unresolve
from scopeguard.syntax.expression import TRUE, Failure
from scopeguard.syntax.printer import print_expression

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

    def __reduce__(self) -> tuple[type["Permissions"], tuple[tuple[str, ...], dict[str, str]]]:
        return Permissions, (tuple(sorted(self)), dict(self.conditional))


class MatrixCell(Struct, frozen=True, gc=False):
    """One answer of a matrix: *note* is the denial's code or the condition.

    *rules* are the ids of what decides it, sorted: rules, and ``scope:…`` or ``role:…`` for what grants; none where
    nothing grants. Cells that say the same are equal, whatever decides them.
    """

    state: State
    note: str | None = None
    rules: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MatrixCell) and (self.state, self.note) == (other.state, other.note)

    def __ne__(self, other: object) -> bool:
        # A struct has a __ne__ of its own.
        return not self == other

    def __hash__(self) -> int:
        return hash((self.state, self.note))

    def __str__(self) -> str:
        return self.state if self.note is None else f"{self.state} {self.note}"


class Asker(Struct, frozen=True):
    """Who asks in one row of a matrix, and under which circumstances. ``str()`` is all of it but ids, on one line."""

    principal: Principal
    context: Context

    def __str__(self) -> str:
        who, context = self.principal, self.context
        parts = {
            "roles": " ".join(sorted(who.roles)),
            "scopes": " ".join(sorted(who.scopes)),
            "ceiling": None if who.ceiling is None else " ".join(sorted(who.ceiling)) or "nothing",
            "attributes": assignments(who.attributes),
            "channel": context.channel,
            "environment": context.environment,
            "now": context.now and context.now.isoformat(),
            "facts": assignments(context.facts),
            "context": assignments(context.attributes),
        }
        return "; ".join([who.kind, *(f"{name} {text}" for name, text in parts.items() if text)])


def assignments(values: Mapping[str, Value]) -> str:
    """Attributes or facts on one line: ``name=value`` each, sorted, values as JSON."""
    return " ".join(f"{name}={json.dumps(thaw(value), default=str)}" for name, value in sorted(values.items()))


class Matrix(Carried, frozen=True):
    """Principals (rows) by actions (columns). *askers* tells of each row who it is."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]
    policy_digest: str
    askers: Mapping[str, Asker]

    @classmethod
    def joined(cls, parts: Sequence["Matrix"]) -> "Matrix":
        """Matrices of the same actions under the same policies as one, their rows in order."""
        return cls(
            tuple(row for part in parts for row in part.rows),
            parts[0].columns,
            MappingProxyType({place: cell for part in parts for place, cell in part.cells.items()}),
            parts[0].policy_digest,
            MappingProxyType({row: asker for part in parts for row, asker in part.askers.items()}),
        )

    def __repr__(self) -> str:
        return f"Matrix({len(self.rows)} rows, {len(self.columns)} columns, {self.policy_digest})"

    def __getitem__(self, key: tuple[str, str]) -> MatrixCell:
        return self.cells[key]

    @property
    def conditions(self) -> Mapping[str, int]:
        """The conditions of all cells, numbered from 1 in the order of the rows."""
        cells = (self.cells[row, column] for row in self.rows for column in self.columns)
        notes = dict.fromkeys(cell.note or "" for cell in cells if cell.state == "conditional")
        return {note: number for number, note in enumerate(notes, start=1)}

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
        from csv import writer as writes  # noqa: PLC0415  # few programs do

        writer = writes(out, lineterminator="\n")
        writer.writerow(["permission", *self.rows])
        for column in self.columns:
            writer.writerow([column, *(str(self.cells[row, column]) for row in self.rows)])
        return out.getvalue()

    def to_markdown(self) -> str:
        """A table with one line an action, one column a principal; the conditions stand below it, numbered."""
        numbers = self.conditions
        lines = [[column, *(self._short(row, column, numbers) for row in self.rows)] for column in self.columns]
        below = "".join(f"{number}. {markdown.code(note)}\n" for note, number in numbers.items())
        return markdown.table(["permission", *self.rows], lines) + (f"\n{below}" if below else "")

    def _short(self, row: str, column: str, numbers: Mapping[str, int]) -> str:
        cell = self.cells[row, column]
        return f"conditional [{numbers[cell.note or '']}]" if cell.state == "conditional" else str(cell)

    def __str__(self) -> str:
        return self.to_markdown()


def list_permissions(engine: Engine, principal: Principal, context: Context) -> Permissions:
    """Every permission of the catalog, sorted into allowed outright, conditional and denied (left out)."""
    cells = _row(engine, principal, engine.permissions, context)
    return Permissions(
        (permission for permission, cell in cells.items() if cell.state == "allow"),
        {permission: cell.note or "" for permission, cell in cells.items() if cell.state == "conditional"},
    )


def tabulate(
    engine: Engine,
    principals: Mapping[str, Principal] | Iterable[Principal],
    actions: Iterable[str] | None,
    context: Context,
) -> Matrix:
    """The matrix of *principals* by *actions* (every permission of the catalog where None)."""
    named = _named(principals)
    columns = engine.permissions if actions is None else _columns(actions)
    cells = {
        (name, action): cell
        for name, principal in named.items()
        for action, cell in _row(engine, principal, columns, context).items()
    }
    askers = MappingProxyType({name: Asker(principal, context) for name, principal in named.items()})
    return Matrix(tuple(named), columns, MappingProxyType(cells), engine.program.digest, askers)


def _named(principals: object) -> Mapping[str, Principal]:
    if not isinstance(principals, Iterable):
        raise RequestError(
            f"the principals of a matrix must be a mapping or an iterable, not {type(principals).__name__}"
        )
    pairs = principals.items() if isinstance(principals, Mapping) else ((_label(each), each) for each in principals)
    named: dict[str, Principal] = {}
    for name, principal in pairs:
        if not isinstance(name, str):
            raise RequestError(f"the name of a principal must be a str, not {type(name).__name__}")
        if name in named:
            raise RequestError("two principals of a matrix have the same name; give a mapping of names to principals")
        named[name] = _principal(principal)
    return named


def _label(value: object) -> str:
    principal = _principal(value)
    return principal.id or principal.kind


def _principal(value: object) -> Principal:
    if not isinstance(value, Principal):
        raise RequestError(f"a principal must be a Principal, not {type(value).__name__}")
    return value


def _columns(actions: object) -> tuple[str, ...]:
    # A text is an iterable of letters, and none of them is an action.
    if isinstance(actions, str) or not isinstance(actions, Iterable):
        raise RequestError(f"the actions of a matrix must be an iterable of str, not {type(actions).__name__}")
    return tuple(actions)


def _row(engine: Engine, principal: Principal, actions: Iterable[str], context: Context) -> dict[str, MatrixCell]:
    refuse_others(principal, context)
    return {action: _cell(engine, principal, action, context) for action in actions}


def _cell(engine: Engine, principal: Principal, action: str, context: Context) -> MatrixCell:
    # Finding refuses names that the pack does not have.
    kept = engine.find(principal, action, OWN, context)
    if kept is None:
        return MatrixCell("deny", engine.check(principal, action, None, context).code)
    cell = kept.views.get(MatrixCell)
    if not isinstance(cell, MatrixCell):
        rest = kept.residual
        if not is_denied(rest):
            rest = specialised(rest, principal, context, WorkspaceRelation.OWN)
        cell = _told(rest, lambda: _decision(engine, kept, principal, context))
        if kept.residual.is_of_resource and kept.residual.is_plain:
            kept.views[MatrixCell] = cell
    if not any(is_held(rule) or is_open_rule(rule) for rule in cell.rules):
        return cell
    return replace(cell, rules=tuple(sorted(_names(cell.rules, kept.residual, principal))))


def _decision(engine: Engine, kept: Kept, principal: Principal, context: Context) -> Decision:
    # What is settled for every resource of the own workspace is so for none, and needs no other answer.
    answer = prepared(kept) if kept.residual.is_settled else None
    if answer is None or callable(answer):
        return engine.check(principal, kept.action, None, context)
    return filled(answer, principal, None)


def _told(rest: Residual, decide: Callable[[], Decision]) -> MatrixCell:
    condition = remaining(rest)
    if condition == TRUE:
        return MatrixCell("allow", rules=tuple(_granting(rest)))
    # What is not known to be never true is conditional: a list never says less than a check.
    if is_never(condition):
        decision = decide()
        return MatrixCell("deny", decision.code, decision.rules)
    shaping = {*_granting(rest), *(denial.rule.id for denial in rest.denials)}
    return MatrixCell("conditional", print_expression(unresolve(condition)), tuple(sorted(shaping)))


def _granting(rest: Residual) -> Iterator[str]:
    """What allows: outright where anything does, else what may."""
    permits = [permit for permit in rest.permits if not isinstance(permit.residual, Failure)]
    outright = [permit.id for permit in permits if permit.residual == TRUE]
    return iter(outright or [permit.id for permit in permits])


def _names(rules: Iterable[str], rest: Residual, principal: Principal) -> Iterator[str]:
    """What allows, with the names of what *principal* holds."""
    for rule in rules:
        if is_held(rule):
            yield from held_names(rule, principal, rest.granting)
        elif is_open_rule(rule):
            yield from all_names(rest.program.catalog, rule, rest.act.question.permission, principal)
        else:
            yield rule
