"""The verb ``matrix``: who may do what, as a table, and beside the one that was recorded."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import typer

from scopeguard.cli import asking, comparing, layout, options, recording, rendering, tabulating
from scopeguard.cli.answering import DENIED
from scopeguard.cli.configuration import find_configuration
from scopeguard.cli.looking import look
from scopeguard.cli.options import MatrixFormat
from scopeguard.errors import RequestError
from scopeguard.guard import Guard
from scopeguard.runtime.matrix import Matrix

_MATRICES: Final[Mapping[MatrixFormat, Callable[[Matrix], None]]] = MappingProxyType(
    {
        MatrixFormat.TABLE: layout.show_matrix,
        MatrixFormat.CSV: lambda matrix: rendering.write_raw(matrix.to_csv()),
        MatrixFormat.MARKDOWN: lambda matrix: rendering.write_raw(matrix.to_markdown()),
        MatrixFormat.JSON: lambda matrix: rendering.say_json(matrix.to_dict()),
    }
)


def matrix(  # one an option, and typer passes them by name
    asked: typer.Context,
    paths: options.Paths = None,
    with_default: options.WithDefault = False,
    roles: options.RowRoles = None,
    keys: options.RowKeys = None,
    sessions: options.RowSessions = None,
    kinds: options.RowKinds = None,
    everybody: options.Everybody = False,
    surfaces: options.Surfaces = None,
    actions: options.Actions = None,
    channel: options.RowChannel = None,
    environment: options.Environment = "production",
    now: options.Now = None,
    facts: options.Facts = None,
    more: options.More = None,
    attributes: options.RowAttributes = None,
    golden: options.Golden = None,
    check_golden: options.CheckGolden = False,
    update: options.Update = False,
    output: options.MatrixOutput = MatrixFormat.TABLE,
) -> None:
    """Who may do what: one line a permission, one column a principal.

    What is not given is open, and the condition is reported. Every role, coarse scope and kind by default.
    """
    if golden is None and (check_golden or update):
        golden = asked.params["golden"] = _configured_golden("--update" if update else "--check")
    if golden is not None and recording.run_recorded(asked, golden):
        return
    looked = look(paths, with_default=with_default)
    program = asking.read(looked)
    guard = Guard(lambda: program)
    columns = tabulating.ColumnOptions(
        roles or (), keys or (), sessions or (), kinds or (), everybody, looked.configuration.keys
    )
    made = tabulating.tabulate(
        guard,
        columns,
        tabulating.chosen_actions(guard, surfaces or (), actions or ()),
        channel=channel,
        environment=environment,
        now=now,
        facts=facts or (),
        more=more or (),
        attributes=attributes or (),
    )
    if golden is None:
        _show_matrix(made, output)
        return
    comparison = comparing.GoldenComparison(made, guard, looked, recording.arguments(asked))
    if update:
        comparing.update(golden, comparison)
    elif not comparing.is_current(golden, comparison, output):
        raise typer.Exit(DENIED)


def _configured_golden(option: str) -> Path:
    golden = find_configuration().golden
    if golden is None:
        raise RequestError(f'{option} goes with --golden, or with golden = "access.md" in scopeguard.toml')
    return golden


def _show_matrix(made: Matrix, output: MatrixFormat) -> None:
    if output not in _MATRICES:
        raise RequestError(f"--format {output} goes with --golden")
    _MATRICES[output](made)
