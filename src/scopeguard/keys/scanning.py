"""Keys in files and folders."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from msgspec.structs import replace

from scopeguard import Location, RequestError
from scopeguard.keys.key_format import ExposedKey, find_keys, key_marker

LEFT_OUT: Final = frozenset({".git", ".hg", ".svn", "__pycache__"})
"""Folders that are not looked through: what has been committed is for the scanners of histories."""

_WINDOW: Final = 1 << 24
"""Bytes that are looked through at a time."""
_LONGEST: Final = 256
"""More than any key has, so that none is missed between two windows."""


def scan_files(paths: Iterable[str | os.PathLike[str]], prefix: str) -> Iterator[ExposedKey]:
    """The keys of *prefix* in files at *paths*, and in all files of folders but those of version control, in order.

    Links to folders are not followed. Bytes are read as they are, so that keys in binaries are found; what is
    compressed or encoded is not. Raises RequestError where there is no such file or folder, and OSError for what
    cannot be read.
    """
    key_marker(prefix)
    for path in _files(map(Path, paths)):
        with path.open("rb") as file:
            yield from _scan(file, str(path), prefix)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path, onerror=_raise):
                folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
                yield from (each for name in sorted(names) if (each := Path(folder, name)).is_file())
        elif path.is_file():
            yield path
        else:
            raise RequestError(f'there is no file and no folder "{path}"')


def _raise(error: OSError) -> None:
    raise error


def _scan(file: BinaryIO, name: str, prefix: str) -> Iterator[ExposedKey]:
    text, before, line, column = "", 0, 1, 1
    while True:
        more = file.read(_WINDOW).decode("latin-1")
        text += more
        # A key at the end may go on, but for the last window.
        end = len(text) - _LONGEST if more else len(text)
        for found in find_keys(text, prefix, file=name):
            if found.offset < end:
                place = found.location
                shift = column - 1 if place.line == 1 else 0
                location = Location(name, place.line + line - 1, place.column + shift)
                yield replace(found, location=location, offset=found.offset + before)
        if not more:
            return
        end = max(end, 0)
        breaks = text.count("\n", 0, end)
        column = end - text.rfind("\n", 0, end) if breaks else column + end
        line += breaks
        before += end
        text = text[end:]
