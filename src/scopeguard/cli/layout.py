"""A matrix as a table of text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from scopeguard.cli.rendering import STYLES, console, printable
from scopeguard.runtime.matrix import Matrix

_GAP: Final = 2
_HEADING: Final = "bold"


def show_matrix(matrix: Matrix) -> None:
    """Print one line an action and one column a principal, with the conditions below.

    A table that is wider than the terminal is printed in parts, so that nothing is cut off.
    """
    numbers = matrix.conditions
    columns = [_column(matrix, row, numbers) for row in matrix.rows]
    out = console()
    for number, part in enumerate(_parts(_labels(matrix), columns, out.width)):
        if number:
            out.print()
        for line in part:
            out.print(line, soft_wrap=True)
    for condition, number in numbers.items():
        out.print(Text(f"[{number}] {printable(condition)}"), soft_wrap=True)


def _labels(matrix: Matrix) -> list[Text]:
    return [Text("permission", _HEADING), *(Text(printable(column)) for column in matrix.columns)]


def _column(matrix: Matrix, row: str, numbers: Mapping[str, int]) -> list[Text]:
    cells = [Text(printable(row), _HEADING)]
    for column in matrix.columns:
        cell = matrix[row, column]
        text = "deny" if cell.state == "deny" else matrix.short(row, column, numbers)
        cells.append(Text(printable(text), STYLES[cell.state]))
    return cells


def _parts(labels: list[Text], columns: Sequence[list[Text]], width: int) -> Iterator[list[Text]]:
    left = list(columns)
    while left:
        taken, used = 0, _width(labels)
        while taken < len(left) and (taken == 0 or used + _GAP + _width(left[taken]) <= width):
            used += _GAP + _width(left[taken])
            taken += 1
        yield _joined([labels, *left[:taken]])
        del left[:taken]


def _width(column: Sequence[Text]) -> int:
    return max(cell_len(cell.plain) for cell in column)


def _joined(columns: Sequence[list[Text]]) -> list[Text]:
    widths = [_width(column) + _GAP for column in columns[:-1]]
    return [_line(cells, widths) for cells in zip(*columns, strict=True)]


def _line(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    line = Text()
    for cell, width in zip(cells, (*widths, 0), strict=True):
        line.append_text(cell)
        line.append(" " * max(0, width - cell_len(cell.plain)))
    return line
