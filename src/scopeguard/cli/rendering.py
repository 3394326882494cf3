"""How answers look on a terminal and in a file. Colour only on a terminal, and never with NO_COLOR."""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scopeguard.errors import Diagnostic, Severity
from scopeguard.runtime.listing import Matrix

STYLES: Final = {"allow": "green", "deny": "red", "conditional": "yellow", "error": "red", "warning": "yellow"}
_UNBOUNDED: Final = 10_000
"""Columns where no terminal bounds a line: nothing is cut off or wrapped in a file."""


def console(stream: TextIO | None = None) -> Console:
    """A console that takes text for text: no markup, no highlighting, no wrapping of what goes to a file."""
    file = stream or sys.stdout
    width = None if file.isatty() else _UNBOUNDED
    return Console(file=file, markup=False, highlight=False, emoji=False, width=width)


def printable(text: str) -> str:
    """*text* without anything that could steer a terminal; line feeds stay."""
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)


def say(text: str, style: str = "", *, stream: TextIO | None = None) -> None:
    """Print *text*, its first word in *style*."""
    shown = Text(printable(text))
    if style:
        shown.stylize(style, 0, len(shown.plain.split(" ", 1)[0].split("\n", 1)[0]))
    console(stream).print(shown, soft_wrap=True)


def say_json(data: Any) -> None:
    """Print *data* as JSON."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=True) + "\n")


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Findings, one a line, and how many there are."""
    for each in diagnostics:
        place, _, rest = str(each).partition(f": {each.code} ")
        line = Text.assemble(printable(place), ": ", (each.code, STYLES[each.severity.value]), f" {printable(rest)}")
        console().print(line, soft_wrap=True)
    say(summary(diagnostics))


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many findings there are, in words."""
    errors = sum(each.severity is Severity.ERROR for each in diagnostics)
    return f"{_counted(errors, 'error')}, {_counted(len(diagnostics) - errors, 'warning')}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def github(diagnostic: Diagnostic) -> str:
    """A finding as a workflow command of GitHub Actions."""
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    place = f"file={_escaped(diagnostic.file)},line={diagnostic.line},col={diagnostic.column}"
    return f"::{diagnostic.severity.value} {place},title={diagnostic.code}::{_escaped(diagnostic.message + hint)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def show_matrix(matrix: Matrix) -> None:
    """A matrix as a table: one line an action, one column a principal, with the conditions below."""
    table = Table(box=None, pad_edge=False)
    table.add_column("permission", no_wrap=True)
    for row in matrix.rows:
        table.add_column(printable(row), no_wrap=True)
    notes: dict[str, int] = {}
    for column in matrix.columns:
        cells = [matrix[row, column] for row in matrix.rows]
        shown = []
        for cell in cells:
            mark = ""
            if cell.state == "conditional" and cell.note is not None:
                mark = f" [{notes.setdefault(cell.note, len(notes) + 1)}]"
            shown.append(Text(f"{cell.state}{mark}", STYLES[cell.state]))
        table.add_row(printable(column), *shown)
    out = console()
    out.print(table)
    for note, number in notes.items():
        out.print(Text(f"[{number}] {printable(note)}"), soft_wrap=True)
