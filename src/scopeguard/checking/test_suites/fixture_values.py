"""SG704 and SG705: the values that tests give, as the pack declares their types.

A file knows texts, numbers and booleans only. What is declared a timestamp is written as an RFC 3339 time, a duration
as CEL writes one (``1h30m``), bytes as a text; a number without a point is a double where one is declared.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.narrowed import wrong_name
from scopeguard.checking.vocabulary import Vocabulary, bare
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, EvaluationError, quoted
from scopeguard.model.addresses import parse_address, parse_network
from scopeguard.model.catalog import Catalog
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES, FACT_WORDS
from scopeguard.semantics.names import Names
from scopeguard.semantics.timestamps import parse_duration, parse_timestamp
from scopeguard.semantics.types import DYN, Type
from scopeguard.semantics.values import as_double


class FixtureTypeError(Exception):
    """A value that is not of its declared type; *path* leads to it. Never leaves the checks of tests."""

    def __init__(self, path: Path, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.path, self.message, self.hint = path, message, hint


_TIME_HINT: Final = "write an RFC 3339 time in quotes, such as 2026-01-31T12:00:00Z"
_SPAN_HINT: Final = "write a duration such as 90s or 1h30m"
_ADDRESS_HINT: Final = "write an address such as 192.0.2.7 or 2001:db8::7"
_NETWORK_HINT: Final = "write a network such as 192.0.2.0/24, or an address"


def _text(value: object, parse: Callable[[str], Any], what: str, hint: str | None) -> Any:
    if not isinstance(value, str):
        raise FixtureTypeError((), f"expected {what}, not {_described(value)}", hint)
    try:
        return parse(value)
    except EvaluationError as error:
        raise FixtureTypeError((), str(error), hint) from None


def _canonical(parse: Callable[[str], object], what: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            return str(parse(text))
        except ValueError:
            raise EvaluationError(f"{quoted(text)} is not {what}") from None

    return read


def _exactly(kind: type, word: str) -> Callable[[object], Any]:
    def read(value: object) -> Any:
        if type(value) is not kind:
            raise FixtureTypeError((), f"expected {word}, not {_described(value)}")
        return value

    return read


def _double(value: object) -> float:
    # The one notion of a whole number that is a double: what tests allow, the product is to take.
    found = as_double(value)
    if found is None:
        hint = "no double stands for it exactly" if type(value) is int else None
        raise FixtureTypeError((), f"expected a number, not {_described(value)}", hint)
    return found


def _unsigned(value: object) -> int:
    if type(value) is not int or value < 0:
        raise FixtureTypeError((), f"expected an integer that is not negative, not {_described(value)}")
    return value


def instant(value: object) -> datetime:
    """The time that a text names. Raises Untyped."""
    utc_datetime: datetime = _text(value, parse_timestamp, "a timestamp", _TIME_HINT)
    return utc_datetime


_SCALARS: Final[Mapping[str, Callable[[object], Any]]] = MappingProxyType({
    "bool": _exactly(bool, "true or false"),
    "int": _exactly(int, "an integer"),
    "uint": _unsigned,
    "double": _double,
    "string": _exactly(str, "text"),
    "bytes": lambda value: _text(value, str.encode, "text", None),
    "timestamp": instant,
    "duration": lambda value: _text(value, parse_duration, "a duration", _SPAN_HINT),
    # Texts are what hosts pass in, and what a principal, a resource or a context keeps.
    "ip": lambda value: _text(value, _canonical(parse_address, "an address"), "an address", _ADDRESS_HINT),
    "cidr": lambda value: _text(value, _canonical(parse_network, "a network"), "a network", _NETWORK_HINT),
})  # fmt: skip


def typed(value: Any, kind: Type) -> Any:
    """*value* as a value of *kind*. Raises Untyped where it cannot be one."""
    if kind == DYN:
        return value
    if kind.name in _SCALARS:
        return _SCALARS[kind.name](value)
    inner = kind.parameters[-1] if kind.parameters else DYN
    if kind.name == "list" and isinstance(value, list):
        return [_inside(index, item, inner) for index, item in enumerate(value)]
    if kind.name == "map" and isinstance(value, dict):
        return {key: _inside(key, item, inner) for key, item in value.items()}
    raise FixtureTypeError((), f"expected a {'list' if kind.name == 'list' else 'mapping'}, not {_described(value)}")


def _inside(step: str | int, value: Any, kind: Type) -> Any:
    try:
        return typed(value, kind)
    except FixtureTypeError as error:
        raise FixtureTypeError((step, *error.path), error.message, error.hint) from None


def _described(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case _:
            return "a mapping"


class FixtureValues:
    """Reads what tests give below a root such as ``principal`` or ``context.facts``."""

    def __init__(self, names: Names, root: str, known: Vocabulary, catalog: Catalog) -> None:
        self._root = root
        self._is_open = root not in names.namespaces
        self._known = known
        self._catalog = catalog
        self._words = names.words
        below = f"{root}."
        self._types = {
            name: kind
            for name, kind in (names.variables or {}).items()
            if name.startswith(below) and name not in BUILT_IN_VARIABLES
        }
        self._records: dict[str, set[str]] = {root: set()}
        for name in self._types:
            parts = name.removeprefix(below).split(".")
            for depth, part in enumerate(parts):
                self._records.setdefault(".".join((root, *parts[:depth])), set()).add(part)

    def read(self, entry: Entry, path: Path, values: Mapping[str, Any], into: dict[str, Any]) -> Iterator[Diagnostic]:
        """Put the typed *values*, from *path* of *entry*, *into* a mapping; findings for the others."""
        yield from self._record(entry, path, self._root, values, into)

    def _named(self, entry: Entry, path: Path, kind: str, value: Any) -> Iterator[Diagnostic]:
        """Findings for what should be a name of the pack, or a list of them."""
        names = (
            [((*path, index), name) for index, name in enumerate(value)] if isinstance(value, list) else [(path, value)]
        )
        for at, name in names:
            yield from self._known.check_known(entry, at, kind, bare(kind, name))
            problem = wrong_name(kind, name, self._known, self._catalog)
            if problem is not None:
                yield finding(entry, at, problem.code, problem.message, problem.hint, offset=problem.offset)

    def _record(
        self, entry: Entry, path: Path, name: str, values: Mapping[str, Any], into: dict[str, Any]
    ) -> Iterator[Diagnostic]:
        # Records are as deep as the declared names, so recursion is bounded.
        for key, value in values.items():
            full, at = f"{name}.{key}", (*path, key)
            if full in self._records and isinstance(value, Mapping):
                into[key] = {}
                yield from self._record(entry, at, full, value, into[key])
            elif full in self._types and full not in self._records:
                try:
                    into[key] = typed(value, self._types[full])
                except FixtureTypeError as error:
                    yield finding(entry, (*at, *error.path), "SG704", error.message, error.hint)
                    continue
                # A fact that is not sound is worth a test, and so is a word that it does not have.
                if full in self._words and self._words[full] not in FACT_WORDS:
                    yield from self._named(entry, at, self._words[full], value)
            elif full in self._records:
                yield finding(entry, at, "SG704", f"expected a mapping, not {_described(value)}")
            elif self._is_open:
                into[key] = value
            else:
                own = "it is a part of its own" if full in BUILT_IN_VARIABLES else "declare it in the catalog"
                hint = self._known.hints.near(key, self._records[name], f"{self._root} {name}")
                yield finding(entry, at, "SG705", f"{quoted(full)} is not declared", hint or own, key=True)
