"""A golden matrix read back from its file: what is not exactly one is an error at its place, never no difference."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, groupby
from typing import Final, TypeAlias

from scopeguard.errors import ScopeguardError, counted, quoted
from scopeguard.model.input_validation import NAME
from scopeguard.model.structs import Carried
from scopeguard.runtime import markdown
from scopeguard.runtime.listing import Matrix, MatrixCell
from scopeguard.source import Location, Source

ACTION: Final = "permission"
COLUMN: Final = "column"
ASKS_AS: Final = "asks as"

_CELL: Final = "a cell is allow, deny with a code, or conditional with a condition"
_CONDITION: Final = re.compile(r"([1-9][0-9]{0,8})\. (.*)")
_FIELD: Final = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"(?![^,])|(?P<plain>[^",]*)(?![^,])')


class GoldenError(ScopeguardError):
    """A golden file that cannot be read; *location* is None where that is about the whole file."""

    def __init__(self, name: str, message: str, location: Location | None = None) -> None:
        self.location = location
        super().__init__(f"{location or name}: {message}")


class Golden(Carried, frozen=True):
    """What a golden file holds: who asks in each column, the actions line by line, and cells by column and action."""

    askers: Mapping[str, str]
    actions: tuple[str, ...]
    cells: Mapping[tuple[str, str], MatrixCell]

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
    # The text above the tables is for readers.
    lines = dropwhile(lambda line: _kind(line) != "table", _lines(source))
    blocks = [list(block) for kind, block in groupby(lines, _kind) if kind != "blank"]
    if len(blocks) < 2:
        raise _unlike(source, f"a table of {COLUMN}s and a table of {ACTION}s")
    columns, cells = map(_table, blocks[:2])
    conditions = _conditions(line for block in blocks[2:] for line in block)
    _check_head(columns[0], [COLUMN, ASKS_AS])
    golden = _golden(columns[1:], cells, {f"[{number}]": each.text for number, each in conditions.items()}.get)
    used = {cell.note for cell in golden.cells.values()}
    for each in conditions.values():
        if each.text not in used:
            raise each.error("no cell has this condition")
    return golden


def parse_csv(source: Source) -> Golden:
    """The matrix in a text of comma-separated values: columns, who asks in them, and the cells. Raises GoldenError."""
    rows = [_fields(line) for line in _lines(source)]
    if len(rows) < 2:
        raise _unlike(source, f"a line of {COLUMN}s and a line of who asks")
    head, askers, *cells = rows
    for row in rows:
        _check_width(row, len(head))
    _check_head(askers[:1], [ASKS_AS])
    return _golden(list(zip(head[1:], askers[1:], strict=True)), [head, *cells], lambda note: note)


def _golden(askers: Sequence[_Row], cells: Sequence[_Row], condition: Callable[[str], str | None]) -> Golden:
    head, *lines = cells
    _check_head(head, [ACTION, *(asker[0].text for asker in askers)])
    found: dict[tuple[str, str], MatrixCell] = {}
    actions = _unique(line[0] for line in lines)
    columns = _unique(head[1:])
    for line in lines:
        for column, cell in zip(columns, line[1:], strict=True):
            found[column, line[0].text] = _cell(cell, condition)
    return Golden({asker[0].text: asker[1].text for asker in askers}, actions, found)


def _cell(field: _Field, condition: Callable[[str], str | None]) -> MatrixCell:
    state, gap, note = field.text.partition(" ")
    if state == "allow" and not gap:
        return MatrixCell("allow")
    if state == "deny" and (not gap or NAME.fullmatch(note)):
        return MatrixCell("deny", note or None)
    if state == "conditional" and (text := condition(note)):
        return MatrixCell("conditional", text)
    raise field.error(f"{quoted(field.text)} is no cell; {_CELL}")


def _unique(fields: Iterable[_Field]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for field in fields:
        if not field.text or field.text in found:
            raise field.error(f"{quoted(field.text)} stands here twice" if field.text else "a name is missing")
        found[field.text] = None
    return tuple(found)


def _check_head(row: _Row, names: Sequence[str]) -> None:
    _check_width(row, len(names))
    for field, name in zip(row, names, strict=True):
        if field.text != name:
            raise field.error(f"{quoted(field.text)} stands where {quoted(name)} is to stand")


def _check_width(row: _Row, width: int) -> None:
    if len(row) != width:
        raise row[0].error(f"this line has {counted(len(row), 'cell')}, not {width}")


def _lines(source: Source) -> Iterator[_Field]:
    # Git may have put carriage returns into the file.
    for number, line in enumerate(source.text.replace("\r\n", "\n").removesuffix("\n").split("\n"), start=1):
        yield _Field(line, Location(source.name, number, 1))


def _unlike(source: Source, what: str) -> GoldenError:
    place = source.location(len(source.text))
    return GoldenError(source.name, f"the file ends where it is no golden matrix yet: {what} stand in one", place)


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
            raise line.error(f"condition {match[1]} stands where {len(found) + 1} is to stand")
        found[len(found) + 1] = _Field(text, line.place)
    return found
