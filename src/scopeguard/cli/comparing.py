"""A matrix and its golden file beside the policies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from scopeguard.cli import rendering
from scopeguard.cli.looking import Looked
from scopeguard.cli.options import MatrixFormat
from scopeguard.cli.writing import replace
from scopeguard.errors import RequestError, Severity, counted
from scopeguard.guard import Guard
from scopeguard.runtime.matrix import Matrix
from scopeguard.source import Location
from scopeguard.testing.changes import Change, compare, summary
from scopeguard.testing.collecting import Packs, pinned_cells
from scopeguard.testing.golden import golden_text, read_golden
from scopeguard.testing.untested import unpinned


@dataclass(frozen=True, slots=True)
class GoldenComparison:
    """A matrix, the guard that made it, and the pack it is of. *command* are the arguments that it was asked by."""

    matrix: Matrix
    guard: Guard
    looked: Looked
    command: str

    def unpinned(self) -> tuple[tuple[str, str], ...]:
        """The cells that no test of the pack pins. Raises PolicyError for tests with mistakes."""
        return unpinned(self.matrix, pinned_cells(self.looked.paths, Packs(with_default=self.looked.with_default)))

    def outcome(self, file: Path, changed: str) -> str:
        """How many cells there are, what has changed, and how many of them no test pins."""
        cells = counted(len(self.matrix.cells), "cell")
        return f"{file.as_posix()}: {cells}, {changed}; {len(self.unpinned())} pinned by no test"


def is_current(file: Path, asked: GoldenComparison, output: MatrixFormat) -> bool:
    """Tell what differs between *file* and a matrix, and whether nothing does. Raises as ``read_golden`` does."""
    show = _CHANGES.get(output)
    if show is None:
        raise RequestError(f"--format {output} does not go with --golden; use {', '.join(_CHANGES)}")
    changes = compare(read_golden(file), asked.matrix, asked.guard)
    show(file, asked, changes)
    return not changes


def update(file: Path, asked: GoldenComparison) -> None:
    """Rewrite *file* and print how much has changed. A file that is no golden matrix stays as it is: GoldenError."""
    text = golden_text(asked.matrix, file, asked.command)
    changed = summary(compare(read_golden(file), asked.matrix, asked.guard)) if file.exists() else "all new"
    outcome = asked.outcome(file, changed)
    replace(file, text.encode("utf-8"))
    rendering.print_styled(outcome)


def _show(file: Path, asked: GoldenComparison, changes: Sequence[Change]) -> None:
    for change in changes:
        rendering.print_styled(str(change))
    rendering.print_styled(asked.outcome(file, summary(changes)))
    if changes:
        rendering.print_styled("the same command with --update accepts them")


def _show_as_json(file: Path, asked: GoldenComparison, changes: Sequence[Change]) -> None:
    rendering.say_json({
        "changes": [change.to_dict() for change in changes],
        "cells": len(asked.matrix.cells),
        "unpinned": [{"action": action, "column": column} for column, action in asked.unpinned()],
    })  # fmt: skip


def _show_to_github(file: Path, asked: GoldenComparison, changes: Sequence[Change]) -> None:
    for change in changes:
        place = change.place or Location(file.as_posix(), 1, 1)
        rendering.write_raw(rendering.annotation(Severity.ERROR, place, "access matrix", str(change)) + "\n")


_CHANGES: Final[Mapping[MatrixFormat, Callable[[Path, GoldenComparison, Sequence[Change]], None]]] = MappingProxyType(
    {MatrixFormat.TABLE: _show, MatrixFormat.JSON: _show_as_json, MatrixFormat.GITHUB: _show_to_github}
)
