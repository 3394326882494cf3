"""A matrix as a file beside the policies: written for reviewers, read back, and compared."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Final

from scopeguard.errors import RequestError, pass_on_limit, quoted
from scopeguard.limits import MAX_GOLDEN_BYTES
from scopeguard.runtime import markdown
from scopeguard.runtime.matrix import COLUMN, Matrix
from scopeguard.source import Source
from scopeguard.testing.golden_parser import (
    ASKS_AS,
    COMMAND,
    WRITTEN_BY,
    Golden,
    GoldenError,
    parse_csv,
    parse_markdown,
)

_PREFACE: Final = """\
# Access matrix

`scopeguard matrix --golden` compares this file with the policies; with `--update` it writes it anew.
What a column is not given is open: a cell says `allow` or `deny` where that is so whatever it is, and `when` under
which condition it is allowed. Of the numbered ones below all must be true. A credential is in force unless its column
says more.
"""


def golden_text(matrix: Matrix, path: str | PurePath, command: str | None = None) -> str:
    """The golden file of *matrix*, in the form that the ending of *path* names: ``.md`` or ``.csv``.

    *command* are the arguments of ``scopeguard matrix`` that make it, as one text. Nothing in the file changes unless
    an answer does. Raises RequestError for another ending, and for the name of a column or an action that would not
    read back as it is.
    """
    write = _form(path).write
    for name in (*matrix.rows, *matrix.columns):
        if not name.isprintable() or not name or name != name.strip():
            raise RequestError(f"a golden matrix cannot name a line or a column {quoted(name)}")
    if command is not None and not (command + " ").isprintable():
        raise RequestError("the command of a golden matrix holds what cannot be printed")
    text = write(matrix, command)
    if len(text.encode("utf-8")) > MAX_GOLDEN_BYTES:
        raise RequestError(f"a golden matrix is at most {MAX_GOLDEN_BYTES} bytes; make several of it")
    return text


def read_golden(path: str | PurePath) -> Golden:
    """The golden matrix in the file *path*.

    Raises RequestError for an ending that is neither ``.md`` nor ``.csv``, and GoldenError for a file that is not
    there, cannot be read or is malformed.
    """
    _form(path)
    name = PurePath(path).as_posix()
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_GOLDEN_BYTES + 1)
    except FileNotFoundError:
        raise GoldenError(name, "there is no such golden matrix; --update writes it") from None
    except OSError as error:
        pass_on_limit(error)
        raise GoldenError(name, f"cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(data) > MAX_GOLDEN_BYTES:
        raise GoldenError(name, f"larger than {MAX_GOLDEN_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise GoldenError(name, f"not UTF-8 at byte {error.start + 1}") from None
    return parse_golden(Source(name, text))


def parse_golden(source: Source) -> Golden:
    """The golden matrix in a text; the suffix of its name gives the format. Raises as :func:`read_golden` does."""
    return _form(source.name).read(source)


@dataclass(frozen=True, slots=True)
class _Form:
    write: Callable[[Matrix, str | None], str]
    read: Callable[[Source], Golden]


def _form(path: str | PurePath) -> _Form:
    ending = PurePath(path).suffix
    if ending not in _FORMS:
        raise RequestError(f"the name of a golden matrix ends in {' or '.join(_FORMS)}, unlike {quoted(str(path))}")
    return _FORMS[ending]


def _markdown(matrix: Matrix, command: str | None) -> str:
    written = "" if command is None else f"\n    {_whole(command)}\n"
    askers = markdown.table([COLUMN, ASKS_AS], Golden.of(matrix).askers.items())
    return f"{_PREFACE}{written}\n{askers}\n{matrix.to_markdown()}"


def _csv(matrix: Matrix, command: str | None) -> str:
    head, _, cells = matrix.to_csv().partition("\n")
    more = io.StringIO()
    writer = csv.writer(more, lineterminator="\n")
    if command is not None:
        writer.writerow([WRITTEN_BY, "", _whole(command)])
    writer.writerows([ASKS_AS, column, asker] for column, asker in Golden.of(matrix).askers.items())
    return f"{head}\n{more.getvalue()}{cells}"


def _whole(command: str) -> str:
    return f"{COMMAND} {command}".rstrip()


_FORMS: Final[Mapping[str, _Form]] = MappingProxyType(
    {".md": _Form(_markdown, parse_markdown), ".csv": _Form(_csv, parse_csv)}
)
