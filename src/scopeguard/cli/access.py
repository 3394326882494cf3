"""The verbs about access as a whole: who may do something, and what somebody may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Annotated, Final

import typer

from scopeguard.cli import asking, options, rendering, tabulating
from scopeguard.cli.answering import DENIED
from scopeguard.cli.looking import Looked, look
from scopeguard.cli.options import Format
from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.guard import Guard
from scopeguard.runtime.declared import require
from scopeguard.runtime.matrix import Matrix

Whom = Annotated[
    str,
    typer.Argument(
        metavar="WHOM",
        help="role:admin, scope:workspace:read, kind:session, key:NAME of scopeguard.toml, or key:NAME=SCOPES.",
    ),
]
_KINDS: Final[Mapping[str, str]] = MappingProxyType({"member": "role ", "api_key": "scope "})
"""What is before the name of a row; the others say of which kind they are."""
_FORMS: Final = "role:NAME, scope:SCOPE, kind:KIND, key:NAME or key:NAME=SCOPES"


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """What is said of requests, as of a matrix; what is not said is open."""

    channel: str | None
    environment: str
    facts: list[str]
    more: list[str]

    def tabulate(self, guard: Guard, columns: tabulating.ColumnOptions, actions: list[str]) -> Matrix:
        """The matrix of these circumstances."""
        return tabulating.tabulate(
            guard,
            columns,
            actions,
            channel=self.channel,
            environment=self.environment,
            facts=self.facts,
            more=self.more,
        )


def who(
    action: options.Action,
    packs: options.Packs = None,
    with_default: options.WithDefault = False,
    channel: options.RowChannel = None,
    environment: options.Environment = "production",
    facts: options.Facts = None,
    more: options.More = None,
    output: options.Output = Format.PRETTY,
) -> None:
    """Which roles, scopes and kinds of principals may do something, under which condition, and by which lines."""
    looked = look(packs, with_default=with_default)
    guard = _guard(looked)
    catalog = guard.catalog
    known = catalog.called(action)
    require(known, (*catalog.permissions, *catalog.operations), "permission or operation")
    permission = catalog.operations[known].permission if known in catalog.operations else known
    holdable_by = catalog.surfaces[permission.partition(":")[0]].holdable_by
    # A scope may grant other permissions to a session than to a key.
    scopes, of_sessions = (
        [name for name, held in catalog.of_kind(kind).scopes.items() if kind in holdable_by and permission in held]
        for kind in ("api_key", "session")
    )
    keys = [*scopes, *(f"{name}={held}" for name, held in looked.configuration.keys.items())]
    sessions = [f"session with {name}={name}" for name in of_sessions]
    columns = tabulating.ColumnOptions(list(catalog.roles), keys, sessions, ("session", "system", "anonymous"))
    matrix = _Circumstances(channel, environment, facts or [], more or []).tabulate(guard, columns, [known])
    cells = {row: matrix[row, known] for row in matrix.rows}
    if output is Format.JSON:
        rendering.say_json({
            "action": known,
            "policy_digest": guard.digest,
            "who": [
                {
                    "name": row,
                    "kind": matrix.askers[row].principal.kind,
                    "state": cell.state,
                    "note": cell.note,
                    "by": [{"id": each, "place": _place(guard, each)} for each in cell.rules],
                }
                for row, cell in cells.items()
            ],
        })  # fmt: skip
        return
    rendering.print_styled(known if known == permission else f"{known}, which needs {permission}")
    may = [row for row, cell in cells.items() if cell.state != "deny"]
    for row in may:
        name = _named(row, matrix)
        rendering.print_styled(f"  {cells[row]}  {name}", rendering.STYLES[cells[row].state])
        for each in cells[row].rules:
            place = _place(guard, each)
            rendering.print_styled(f"      by {each}{f'  ({place})' if place else ''}")
    if not may:
        rendering.print_styled("  nobody")
    codes = groupby(sorted((cells[row].note or "", row) for row in cells if row not in may), lambda pair: pair[0])
    for code, rows in codes:
        rendering.print_styled(f"  deny {code}: {', '.join(_named(row, matrix) for _, row in rows)}")
    if "api_key" not in holdable_by:
        rendering.print_styled(f"  never an API key: only {', '.join(sorted(holdable_by))} may hold it")


def what(
    whom: Whom,
    packs: options.Packs = None,
    with_default: options.WithDefault = False,
    channel: options.RowChannel = None,
    environment: options.Environment = "production",
    facts: options.Facts = None,
    more: options.More = None,
    output: options.Output = Format.PRETTY,
) -> None:
    """What members of a role, keys with a scope or principals of a kind may do, surface by surface."""
    looked = look(packs, with_default=with_default)
    guard = _guard(looked)
    actions = [*guard.catalog.permissions, *guard.catalog.operations]
    columns = _columns(whom, guard, looked)
    matrix = _Circumstances(channel, environment, facts or [], more or []).tabulate(guard, columns, actions)
    (row,) = matrix.rows
    if output is Format.JSON:
        cells = {action: {"state": matrix[row, action].state, "note": matrix[row, action].note} for action in actions}
        rendering.say_json({"whom": whom, "asks_as": str(matrix.askers[row]), "may": cells})
    else:
        form, _, name = whom.partition(":")
        named = name.partition("=")[0] if form == "key" else row
        _show(name if form == "kind" else f"{form} {named}", matrix, row, guard)
    raise typer.Exit(0 if any(matrix[row, action].state != "deny" for action in actions) else DENIED)


def _show(name: str, matrix: Matrix, row: str, guard: Guard) -> None:
    rendering.print_styled(f"{name}, asking as {matrix.askers[row]}")
    numbers = matrix.conditions
    granted = [action for action in matrix.columns if matrix[row, action].state != "deny"]
    for surface, found in groupby(granted, guard.catalog.surface_of):
        parts = []
        for action in found:
            verb = action.partition(":")[2] or action
            cell = matrix[row, action]
            parts.append(verb if cell.state == "allow" else f"{verb} {matrix.short(row, action, numbers)}")
        rendering.print_styled(f"  {surface}: {', '.join(parts)}")
    for condition, number in numbers.items():
        rendering.print_styled(f"[{number}] {condition}")
    rendering.print_styled(f"{len(granted)} of {len(matrix.columns)} permissions and operations")


def _columns(whom: str, guard: Guard, looked: Looked) -> tabulating.ColumnOptions:
    form, _, name = whom.partition(":")
    catalog = guard.catalog
    match form:
        case "role" if name:
            return tabulating.ColumnOptions(roles=guard.roles([name]))
        case "scope" if name:
            named = guard.scopes(name)
            require(named.partition("/")[0], catalog.scopes, "scope")
            return tabulating.ColumnOptions(keys=[named])
        case "kind" if name:
            require(name, ("session", "system", "anonymous", "member", "api_key"), "kind")
            return tabulating.ColumnOptions(kinds=[name])
        case "key" if "=" in name:
            return tabulating.ColumnOptions(keys=[name])
        case "key" if name:
            require(name, looked.configuration.keys, "key of the configuration", f"name its scopes: key:{name}=SCOPES")
            return tabulating.ColumnOptions(keys=[f"{name}={looked.configuration.keys[name]}"])
    forms = ("role", "scope", "kind", "key")
    hint = None if form in forms else did_you_mean(form, forms)
    raise RequestError(f"{quoted(whom)} is none of {_FORMS}{f'; {hint}' if hint else ''}")


def _guard(looked: Looked) -> Guard:
    program = asking.read(looked)
    return Guard(lambda: program)


def _named(row: str, matrix: Matrix) -> str:
    return f"{_KINDS.get(matrix.askers[row].principal.kind, '')}{row}"


def _place(guard: Guard, id: str) -> str | None:
    place = guard.place(id)
    return None if place is None else str(place)
