"""A golden matrix read back from its file: what is not exactly one is an error at its place, never no difference."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Final, TypeAlias

from msgspec import Struct

from scopeguard.errors import ScopeguardError, counted, quoted
from scopeguard.model.input_validation import is_name
from scopeguard.model.structs import Carried
from scopeguard.runtime import markdown
from scopeguard.runtime.matrix import ANSWER, COLUMN, PERMISSION, Matrix, MatrixCell
from scopeguard.semantics.source_form import conjoined
from scopeguard.source import Location, Source

ASKS_AS: Final = "asks as"
WRITTEN_BY: Final = "written by"
COMMAND: Final = "scopeguard matrix"

_CELL: Final = "a cell is allow, deny with a code, or when with a condition"
_NUMBERS: Final = re.compile(r"\[([1-9][0-9]{0,8}(?:, [1-9][0-9]{0,8})*)\]")
_CONDITION: Final = re.compile(r"([1-9][0-9]{0,8})\. (.*)")
_FIELD: Final = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"(?![^,])|(?P<plain>[^",]*)(?![^,])')


class GoldenError(ScopeguardError):
    """A golden file that cannot be read; *location* is None where that is about the whole file."""

    def __init__(self, name: str, message: str, location: Location | None = None) -> None:
        self.location = location
        super().__init__(f"{location or name}: {message}")


class Command(Struct, frozen=True):
    """The command that made a golden file, as it is written in it: its arguments as one text."""

    arguments: str
    location: Location


class Golden(Carried, frozen=True):
    """What a golden file holds: who asks in each column, the actions line by line, and cells by column and action.

    *command* is the one that made it, where the file tells.
    """

    askers: Mapping[str, str]
    actions: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]
    command: Command | None = None

    @classmethod
    def of(cls, matrix: Matrix) -> "Golden":
        """What the file of *matrix* holds."""
        return cls({row: str(matrix.askers[row]) for row in matrix.rows}, matrix.columns, matrix.cells)


@dataclass(frozen=True, slots=True)
class _Field:
    text: str
    place: Location

    def error(self, message: str) -> GoldenError:
        return GoldenError(self.place.file, message, self.place)


_Row: TypeAlias = Sequence[_Field]


def parse_markdown(source: Source) -> Golden:
    """The matrix in a text of Markdown: a table of columns, one of cells, and the conditions. Raises GoldenError."""
    lines = list(_lines(source))
    # The text above the tables is for readers, but for the command.
    above = list(takewhile(lambda line: _kind(line) != "table", lines))
    blocks = [list(block) for kind, block in groupby(lines[len(above) :], _kind) if kind != "blank"]
    if len(blocks) < 2:
        raise _unlike(source, f"a table of {COLUMN}s and a table of {PERMISSION}s")
    columns, cells = map(_table, blocks[:2])
    conditions = _conditions(line for block in blocks[2:] for line in block)
    used: set[int] = set()

    def condition(text: str) -> str | None:
        match = _NUMBERS.fullmatch(text)
        if match is None:
            return text or None
        numbers = [int(number) for number in match[1].split(", ")]
        used.update(numbers)
        return conjoined([conditions[each].text for each in numbers]) if conditions.keys() >= {*numbers} else None

    _check_head(columns[0], [COLUMN, ASKS_AS])
    head, *table = cells
    _check_head(head, [PERMISSION, *(asker[0].text for asker in columns[1:])])
    names, actions = _unique(head[1:]), _unique(line[0] for line in table)
    found = {
        (name, line[0].text): _cell(cell, condition)
        for line in table
        for name, cell in zip(names, line[1:], strict=True)
    }
    for number, each in conditions.items():
        if number not in used:
            raise each.error("no cell has this condition")
    return Golden({each[0].text: each[1].text for each in columns[1:]}, actions, found, _command(above))


def parse_csv(source: Source) -> Golden:
    """The matrix in a text of comma-separated values: the command, who asks, and a line a cell. Raises GoldenError."""
    head, *rows = [_fields(line) for line in _lines(source)]
    _check_head(head, [PERMISSION, COLUMN, ANSWER])
    for row in rows:
        _check_width(row, len(head))
    written = list(takewhile(lambda row: row[0].text == WRITTEN_BY, rows))
    askers = list(takewhile(lambda row: row[0].text == ASKS_AS, rows[len(written) :]))
    if not askers or len(written) > 1:
        raise _unlike(source, "a line for each column that says who asks")
    names = _unique(row[1] for row in askers)
    found: dict[tuple[str, str], MatrixCell] = {}
    for line, column, answer in rows[len(written) + len(askers) :]:
        action = line.text
        if column.text not in names:
            raise column.error(f"no line says who asks in {quoted(column.text)}")
        if not action or (column.text, action) in found:
            raise line.error(f"{quoted(action)} is here twice" if action else "a name is missing")
        found[column.text, action] = _cell(answer, lambda text: text or None)
    actions = tuple(dict.fromkeys(place[1] for place in found))
    for name in names:
        for action in actions:
            if (name, action) not in found:
                raise _unlike(source, f"a line for {quoted(action)} in {quoted(name)}")
    return Golden({row[1].text: row[2].text for row in askers}, actions, found, _command(row[2] for row in written))


def _command(lines: Iterable[_Field]) -> Command | None:
    for line in lines:
        text = line.text.strip()
        if text == COMMAND or text.startswith(f"{COMMAND} "):
            return Command(text.removeprefix(COMMAND).strip(), line.place)
    return None


def _cell(field: _Field, condition: Callable[[str], str | None]) -> MatrixCell:
    state, gap, note = field.text.partition(" ")
    if state == "allow" and not gap:
        return MatrixCell("allow")
    if state == "deny" and (not gap or is_name(note)):
        return MatrixCell("deny", note or None)
    if state == "when" and (text := condition(note)):
        return MatrixCell("conditional", text)
    raise field.error(f"{quoted(field.text)} is no cell; {_CELL}")


def _unique(fields: Iterable[_Field]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for field in fields:
        if not field.text or field.text in found:
            raise field.error(f"{quoted(field.text)} is here twice" if field.text else "a name is missing")
        found[field.text] = None
    return tuple(found)


def _check_head(row: _Row, names: Sequence[str]) -> None:
    _check_width(row, len(names))
    for field, name in zip(row, names, strict=True):
        if field.text != name:
            raise field.error(f"{quoted(field.text)} is where {quoted(name)} is expected")


def _check_width(row: _Row, width: int) -> None:
    if len(row) != width:
        raise row[0].error(f"this line has {counted(len(row), 'cell')}, not {width}")


def _lines(source: Source) -> Iterator[_Field]:
    # Git may have put carriage returns into the file.
    for number, line in enumerate(source.text.replace("\r\n", "\n").removesuffix("\n").split("\n"), start=1):
        yield _Field(line, Location(source.name, number, 1))


def _unlike(source: Source, what: str) -> GoldenError:
    place = source.location(len(source.text))
    return GoldenError(source.name, f"the file ends too early: a golden matrix has {what}", place)


def _kind(line: _Field) -> str:
    return "table" if line.text.startswith("|") else "text" if line.text.strip() else "blank"


def _table(lines: Sequence[_Field]) -> list[_Row]:
    rows = [_placed(line, markdown.cells(line.text)) for line in lines]
    if len(lines) < 2 or not markdown.is_delimiter(lines[1].text, len(rows[0])):
        raise lines[min(1, len(lines) - 1)].error(
            "the line between a table's head and its cells is missing or of another width"
        )
    for row in rows:
        _check_width(row, len(rows[0]))
    return [rows[0], *rows[2:]]


def _placed(line: _Field, cells: Iterable[tuple[int, str]] | None) -> _Row:
    if cells is None:
        raise line.error("a line of a table begins and ends with |")
    file, number = line.place.file, line.place.line
    return [_Field(text, Location(file, number, offset + 1)) for offset, text in cells]


def _fields(line: _Field) -> _Row:
    found: list[tuple[int, str]] = []
    position = 0
    while position <= len(line.text):
        match = _FIELD.match(line.text, position)
        if match is None:
            raise _Field("", Location(line.place.file, line.place.line, position + 1)).error(
                "a quotation mark is out of place"
            )
        text = match["plain"] if match["quoted"] is None else match["quoted"].replace('""', '"')
        found.append((position, text))
        position = match.end() + 1
    return _placed(line, found)


def _conditions(lines: Iterable[_Field]) -> dict[int, _Field]:
    found: dict[int, _Field] = {}
    for line in lines:
        match = _CONDITION.fullmatch(line.text)
        text = markdown.decoded(match[2]) if match else None
        if match is None or text is None:
            raise line.error(f"{quoted(line.text)} is no numbered condition, such as 1. `has(resource.id)`")
        if int(match[1]) != len(found) + 1:
            raise line.error(f"condition {match[1]} is where {len(found) + 1} is expected")
        found[len(found) + 1] = _Field(text, line.place)
    return found
