"""A matrix and the golden file of it that stands beside the policies."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from scopeguard.cli import rendering
from scopeguard.cli.options import MatrixFormat
from scopeguard.cli.writing import replace
from scopeguard.errors import RequestError, Severity
from scopeguard.guard import Guard
from scopeguard.runtime.listing import Matrix
from scopeguard.source import Location
from scopeguard.testing.changes import Change, compare, summary
from scopeguard.testing.golden import golden_text, read_golden


def is_current(file: Path, matrix: Matrix, guard: Guard, output: MatrixFormat) -> bool:
    """Tell what differs between *file* and *matrix*, and whether nothing does. Raises as ``read_golden`` does."""
    show = _CHANGES.get(output)
    if show is None:
        raise RequestError(f"differences are not told as {output}; use one of {', '.join(_CHANGES)}")
    changes = compare(read_golden(file), matrix, guard)
    show(file, matrix, changes)
    return not changes


def update(file: Path, matrix: Matrix, guard: Guard) -> None:
    """Write *file* anew and tell how much has changed. A file that is no golden matrix stays as it is: GoldenError."""
    text = golden_text(matrix, file)
    changed = summary(compare(read_golden(file), matrix, guard)) if file.exists() else "new"
    replace(file, text.encode("utf-8"))
    rendering.say(f"{file.as_posix()}: {_cells(matrix)}, {changed}")


def _cells(matrix: Matrix) -> str:
    return rendering.counted(len(matrix.cells), "cell")


def _show(file: Path, matrix: Matrix, changes: Sequence[Change]) -> None:
    for change in changes:
        rendering.say(str(change))
    rendering.say(f"{file.as_posix()}: {_cells(matrix)}, {summary(changes)}")
    if changes:
        rendering.say("accept with --update")


def _show_as_json(file: Path, matrix: Matrix, changes: Sequence[Change]) -> None:
    rendering.say_json([change.to_dict() for change in changes])


def _show_to_github(file: Path, matrix: Matrix, changes: Sequence[Change]) -> None:
    for change in changes:
        place = change.place or Location(file.as_posix(), 1, 1)
        rendering.put(rendering.annotation(Severity.ERROR, place, "access matrix", str(change)) + "\n")


_CHANGES: Final[Mapping[MatrixFormat, Callable[[Path, Matrix, Sequence[Change]], None]]] = MappingProxyType(
    {MatrixFormat.TABLE: _show, MatrixFormat.JSON: _show_as_json, MatrixFormat.GITHUB: _show_to_github}
)
