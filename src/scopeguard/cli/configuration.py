"""The configuration of the command: ``scopeguard.toml``, or ``[tool.scopeguard]`` of ``pyproject.toml``.

The nearest one counts, from the working folder up to the root of its repository. Paths in it are relative to its own
folder, so that a command means the same in every folder of a project.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from scopeguard.errors import RequestError, ScopeguardError, did_you_mean, quoted
from scopeguard.limits import MAX_FILE_BYTES
from scopeguard.model.grant import parse_scopes
from scopeguard.shipped import default_pack
from scopeguard.source import Location

FILE: Final = "scopeguard.toml"
SHARED: Final = "pyproject.toml"
DEFAULT: Final = "default"
"""What the shipped pack is called in a configuration."""

_TABLE: Final = ("tool", "scopeguard")
_MAX_NAME: Final = 255
_MAX_PATH: Final = 4096
"""Bytes of a name and characters of a path that every system takes for no more than that."""
_POSITION: Final = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_HEADER: Final = re.compile(r"\s*\[{1,2}(?P<name>[^\[\]]+)\]")
_KEY: Final = re.compile(r"\s*(?P<name>[\w.\"'-]+)\s*=")


class ConfigurationError(ScopeguardError):
    """A configuration that cannot be used; ``str()`` has the place, what is wrong there, and a hint where one is known.

    *location* is the place, *hint* the hint, or None.
    """

    def __init__(self, location: Location, message: str, hint: str | None = None) -> None:
        self.location = location
        self.hint = hint
        super().__init__(f"{location}: {message}{f'; {hint}' if hint else ''}")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration says; without one, nothing. Paths are as the working folder names them.

    *pack* are policy files and folders, *base* is what a pack is compared with, *golden* its golden matrix, *accept*
    the file of accepted changes, *keys* are scopes by the name of a column, *strict* counts warnings as findings,
    *fail_under* is the least coverage in percent.
    """

    file: str | None = None
    pack: tuple[str, ...] = ()
    base: str | None = None
    golden: Path | None = None
    accept: Path | None = None
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    strict: bool = False
    fail_under: float | None = None


def find_configuration(folder: Path | None = None) -> Configuration:
    """The configuration for commands given in *folder*, the working one by default.

    Raises ConfigurationError for one that is malformed, and where one folder has two.
    """
    start = Path.cwd() if folder is None else folder.resolve()
    for place in (start, *start.parents):
        found = list(_written_in(place, start))
        if len(found) > 1:
            where = found[1].at(())
            raise ConfigurationError(where, f"a second configuration beside {quoted(FILE)}", "keep one of them")
        if found:
            return found[0].configuration()
        if (place / ".git").exists():
            break
    return Configuration()


@dataclass(frozen=True, slots=True)
class _Written:
    """A configuration as it is written: *table* holds its values, below *root* in the file."""

    name: str
    folder: str
    text: str
    root: tuple[str, ...]
    table: object

    def configuration(self) -> Configuration:
        """What it says, with every value checked."""
        said: dict[str, Any] = {"file": self.name}
        for key, value in self.mapping(self.table, (), "the configuration").items():
            if key not in _READERS:
                raise ConfigurationError(self.at((key,)), f"unknown key {quoted(key)}", _near(key, _READERS))
            said |= _READERS[key](self, value)
        return Configuration(**said)

    def at(self, keys: tuple[str, ...]) -> Location:
        """The place of a key; of what is on a line with others, the line of its table."""
        line = _line_of(self.text.splitlines(), (*self.root, *keys))
        return Location(self.name, line, 1)

    def mapping(self, value: object, keys: tuple[str, ...], what: str) -> dict[str, object]:
        """A table of TOML."""
        if not isinstance(value, dict):
            raise ConfigurationError(self.at(keys), f"{what} is no table", f"write [{'.'.join((*self.root, *keys))}]")
        return value

    def text_of(self, value: object, keys: tuple[str, ...], hint: str) -> str:
        """A text that says something."""
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise ConfigurationError(self.at(keys), f"{quoted('.'.join(keys))} is no text", hint)
        return value

    def path_of(self, text: str, key: str) -> str:
        """A path of the configuration, which *key* has, as the working folder names it."""
        path = os.path.normpath(Path(self.folder, text)).replace(os.sep, "/")
        if any(len(os.fsencode(part)) > _MAX_NAME for part in path.split("/")) or len(path) > _MAX_PATH:
            raise ConfigurationError(self.at((key,)), f"{quoted(key)} is too long for a path")
        return path


def _pack(written: _Written, value: object) -> dict[str, object]:
    hint = 'write a path, pack = "policies", or several in brackets'
    texts = value if isinstance(value, list) else [value]
    if not texts:
        raise ConfigurationError(written.at(("pack",)), "an empty pack: there is nothing to look at", hint)
    paths = []
    for text in texts:
        named = written.text_of(text, ("pack",), hint)
        path = default_pack() if named == DEFAULT else written.path_of(named, "pack")
        if not Path(path).exists():
            message = f"no file and no folder {quoted(path)}"
            raise ConfigurationError(written.at(("pack",)), message, "paths are relative to the folder of this file")
        paths.append(path)
    return {"pack": tuple(paths)}


def _base(written: _Written, value: object) -> dict[str, object]:
    named = written.text_of(value, ("base",), 'write base = "default" for the shipped pack, or a path')
    return {"base": named if named == DEFAULT else written.path_of(named, "base")}


def _golden(written: _Written, value: object) -> dict[str, object]:
    hint = 'write golden = "access.md"'
    return {"golden": Path(written.path_of(written.text_of(value, ("golden",), hint), "golden"))}


def _accept(written: _Written, value: object) -> dict[str, object]:
    named = written.text_of(value, ("accept",), 'write accept = "accepted.yaml"')
    return {"accept": Path(written.path_of(named, "accept"))}


def _keys(written: _Written, value: object) -> dict[str, object]:
    hint = 'write name = "scopes" below it, such as reader = "workspace:read"'
    found: dict[str, str] = {}
    for name, scopes in written.mapping(value, ("keys",), quoted("keys")).items():
        place = ("keys", name)
        if not name.strip() or "=" in name or not name.isprintable():
            raise ConfigurationError(written.at(place), f"{quoted(name)} is no name of a column", hint)
        found[name] = written.text_of(scopes, place, hint)
        try:
            parse_scopes(found[name])
        except RequestError as error:
            raise ConfigurationError(written.at(place), str(error)) from None
    return {"keys": MappingProxyType(found)}


def _strict(written: _Written, value: object) -> dict[str, object]:
    if not isinstance(value, bool):
        raise ConfigurationError(written.at(("strict",)), f"{quoted('strict')} is neither true nor false")
    return {"strict": value}


def _coverage(written: _Written, value: object) -> dict[str, object]:
    for key, each in written.mapping(value, ("coverage",), quoted("coverage")).items():
        place = written.at(("coverage", key))
        if key != "fail_under":
            raise ConfigurationError(place, f"unknown key {quoted(f'coverage.{key}')}", _near(key, ["fail_under"]))
        if isinstance(each, bool) or not isinstance(each, int | float) or not 0 <= each <= 100:
            raise ConfigurationError(place, f"{quoted('coverage.fail_under')} is no percentage", "write 0 to 100")
        return {"fail_under": float(each)}
    return {}


_READERS: Final[Mapping[str, Callable[[_Written, object], dict[str, object]]]] = MappingProxyType({
    "pack": _pack,
    "base": _base,
    "golden": _golden,
    "accept": _accept,
    "keys": _keys,
    "strict": _strict,
    "coverage": _coverage,
})  # fmt: skip


def _near(key: str, known: Iterable[str]) -> str:
    return str(did_you_mean(key, known) or f"known are {', '.join(known)}")


def _written_in(folder: Path, start: Path) -> Iterator[_Written]:
    """The configurations of one folder, as commands in *start* name them."""
    for file, root in ((FILE, ()), (SHARED, _TABLE)):
        path = folder / file
        if not path.is_file():
            continue
        name = os.path.relpath(path, start).replace(os.sep, "/")
        text = _text(path, name)
        if root and root[-1] not in text:
            # Whatever else is in there, and however it is written, is not ours to judge.
            continue
        table = _parsed(text, name)
        for key in root:
            table = table.get(key) if isinstance(table, dict) else None
        if table is not None:
            yield _Written(name, os.path.relpath(folder, start), text, root, table)


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ConfigurationError(Location(name, 1, 1), f"larger than {MAX_FILE_BYTES} bytes")
        # Some editors put a byte order mark before everything, which TOML does not know.
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = str(error.strerror).lower() if isinstance(error, OSError) else "it is no UTF-8"
        raise ConfigurationError(Location(name, 1, 1), f"cannot be read: {said}") from None


def _parsed(text: str, name: str) -> Any:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = str(error)
        found = _POSITION.search(message)
        lines = max(1, text.count("\n"))
        at = Location(name, int(found["line"] or lines), int(found["column"] or 1)) if found else Location(name, 1, 1)
        # The error of a number has no place, and its text is about the interpreter.
        without_place = "it is nested too deep" if isinstance(error, RecursionError) else "a number is too long"
        said = message.removesuffix(found.group()) if found else without_place
        raise ConfigurationError(at, f"no valid TOML: {said[:1].lower()}{said[1:]}") from None


def _line_of(lines: list[str], keys: tuple[str, ...]) -> int:
    """The line of a key, of the table that it is in where it is on no line of its own; 1 where that is nowhere."""
    table: tuple[str, ...] = ()
    best, depth = 1, 0
    for number, line in enumerate(lines, start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _parts(header["name"])
        if header or key:
            path = table if header else (*table, *_parts(key["name"] if key else ""))
            shared = min(len(path), len(keys))
            if path[:shared] == keys[:shared] and shared > depth:
                best, depth = number, shared
    return best


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in text.split("."))
