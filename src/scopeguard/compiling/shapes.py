"""Shapes: how values are in JSON, each a way to write and a strict way to read.

Records are rows of their fields. What other values share is in tables and is named by its index. Reading builds
nothing but the classes that a shape names, and refuses everything that writing does not write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeVar

from msgspec import Struct

from scopeguard.limits import MAX_COMPILED_DEPTH, MAX_COMPILED_NODES

_T = TypeVar("_T")
_TWICE: Final = "something is there twice"


class MalformedError(ValueError):
    """A value that is not of its shape."""


class Writing:
    """What is named by its index while a value is written: nodes, of which *rows* are in the file, files and rules."""

    __slots__ = ("_nodes", "files", "rows", "rules")

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._nodes: dict[str, int] = {}
        self.files: dict[Any, int] = {}
        self.rules: dict[Any, int] = {}

    def node(self, row: list[Any]) -> int:
        """The index of a node."""
        # By its text, for true equals 1.
        index = self._nodes.setdefault(repr(row), len(self.rows))
        if index == len(self.rows):
            self.rows.append(row)
        return index


class Reading:
    """What an index names while a value is read. What a node is made of comes before it: there is no circle."""

    __slots__ = ("_deepest", "_depths", "_size", "_sizes", "files", "nodes", "rules")

    def __init__(self, files: list[str]) -> None:
        self.files: list[Any] = files
        self.rules: list[Any] = []
        self.nodes: list[Any] = []
        self._sizes: list[int] = []
        self._depths: list[int] = []
        self._size = self._deepest = 0

    def node(self, index: Any) -> Any:
        """The node of an index, as a part of the one that is being read."""
        if type(index) is not int or not 0 <= index < len(self.nodes):
            raise MalformedError("an expression was expected")
        self._size += self._sizes[index]
        if self._depths[index] > self._deepest:  # noqa: PLR1730  # thousands of times while a service starts
            self._deepest = self._depths[index]
        return self.nodes[index]

    def read_nodes(self, rows: object, kinds: Mapping[str, Shape]) -> None:
        """Read the rows of all nodes, each by the shape of its kind."""
        for each in items(rows):
            shape = kinds.get(each[0]) if type(each) is list and each and type(each[0]) is str else None
            if shape is None:
                raise MalformedError("an expression is of no known kind")
            self._size, self._deepest = 1, 0
            self.nodes.append(shape.read(each[1:], self))
            self._sizes.append(self._size)
            self._depths.append(self._deepest + 1)
            # What is shared is small in a file, and may be huge for those that walk it.
            if self._size > MAX_COMPILED_NODES or self._deepest >= MAX_COMPILED_DEPTH:
                raise MalformedError("an expression is too large")


class Shape(Struct, frozen=True):
    """How a value is written, and how it is read: MalformedError where that is not what writing gives."""

    write: Callable[[Any, Writing], Any]
    read: Callable[[Any, Reading], Any]
    plain: frozenset[type] = frozenset()
    """Types whose values are read as they are, without a call."""


def at(table: list[Any], index: Any) -> Any:
    """What an index names in a table."""
    if type(index) is not int or not 0 <= index < len(table):
        raise MalformedError("an index was expected")
    return table[index]


def items(value: object) -> list[Any]:
    """A list as it is."""
    if type(value) is not list:
        raise MalformedError("a list was expected")
    return value


def exactly(kind: type, what: str) -> Shape:
    """Values of one type and of none below it: true is no number."""

    def read(value: Any, tables: Reading) -> Any:
        if type(value) is not kind:
            raise MalformedError(f"{what} was expected")
        return value

    return Shape(_same, read, frozenset({kind}))


def one_of(known: tuple[str, ...]) -> Shape:
    """One of some texts."""

    def read(value: Any, tables: Reading) -> Any:
        if value not in known:
            raise MalformedError(f"one of {', '.join(known)} was expected")
        return value

    return Shape(_same, read)


def maybe(shape: Shape) -> Shape:
    """A value or none."""
    write, read = shape.write, shape.read
    return Shape(
        lambda value, tables: None if value is None else write(value, tables),
        lambda value, tables: None if value is None else read(value, tables),
        shape.plain | {type(None)},
    )


def made(kind: Callable[[Any], Any], take: Callable[[Any], Any], shape: Shape) -> Shape:
    """What *kind* makes of a value of a shape; *take* gives that back. Refused where *kind* raises ValueError."""
    write, read = shape.write, shape.read
    return Shape(lambda value, tables: write(take(value), tables), lambda value, tables: kind(read(value, tables)))


def many(shape: Shape) -> Shape:
    """A tuple."""
    write, one, plain = shape.write, shape.read, shape.plain

    def read(value: Any, tables: Reading) -> Any:
        if type(value) is not list:
            raise MalformedError("a list was expected")
        return tuple([each if type(each) in plain else one(each, tables) for each in value])

    return Shape(lambda value, tables: [write(each, tables) for each in value], read)


def some(shape: Shape) -> Shape:
    """A frozen set of values that sort."""
    return made(lambda values: frozenset(_unique(values)), sorted, many(shape))


def row(**fields: Shape) -> Shape:
    """A tuple of values, each of its shape."""
    writes = tuple(shape.write for shape in fields.values())
    reads = tuple((shape.plain, shape.read) for shape in fields.values())

    def write(value: Any, tables: Writing) -> Any:
        return [each(part, tables) for each, part in zip(writes, value, strict=True)]

    def read(value: Any, tables: Reading) -> Any:
        if type(value) is not list or len(value) != len(reads):
            raise MalformedError(f"a row of {', '.join(fields)} was expected")
        return tuple(
            [
                part if type(part) in plain else each(part, tables)
                for (plain, each), part in zip(reads, value, strict=True)
            ]
        )

    return Shape(write, read)


def record(kind: Callable[..., Any], /, **fields: Shape) -> Shape:
    """A record, by all fields but those that follow from others. Raises TypeError where the class has others."""
    derived = getattr(kind, "DERIVED", ())
    if tuple(fields) != tuple(each for each in getattr(kind, "__match_args__", ()) if each not in derived):
        raise TypeError(f"the layout of {kind} is not that of its class")
    # With the class before them the fields are a tuple, however many there are.
    take = attrgetter("__class__", *fields)
    shape = row(**fields)
    write, read = shape.write, shape.read
    return Shape(
        lambda value, tables: write(take(value)[1:], tables),
        lambda value, tables: kind(*read(value, tables)),
    )


def mapping(key: Shape, value: Shape) -> Shape:
    """A frozen mapping, in its order."""
    plain, one = value.plain, value.read
    pairs = many(row(key=key, value=value))

    def read(found: Any, tables: Reading) -> Any:
        made = {
            key.read(name, tables): each if type(each) in plain else one(each, tables)
            for name, each in map(_pair, items(found))
        }
        if len(made) != len(found):
            raise MalformedError(_TWICE)
        return MappingProxyType(made)

    return Shape(lambda found, tables: pairs.write(found.items(), tables), read)


def _pair(value: object) -> list[Any]:
    if type(value) is not list or len(value) != 2:  # two
        raise MalformedError("a row of key, value was expected")
    return value


def _unique(values: Sequence[_T]) -> Sequence[_T]:
    if len(set(values)) != len(values):
        raise MalformedError(_TWICE)
    return values


def _same(value: Any, tables: Writing) -> Any:
    return value


TEXT: Final = exactly(str, "a text")
FLAG: Final = exactly(bool, "true or false")
NUMBER: Final = exactly(int, "a whole number")
WORDS: Final = many(TEXT)
NAMES: Final = some(TEXT)
MAYBE: Final = maybe(TEXT)
