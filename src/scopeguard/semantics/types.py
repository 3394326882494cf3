"""The static types of expressions: how they are written, and which of them fit where.

The rules are those of the CEL specification's "Gradual Type Checking": ``dyn`` fits everywhere, a
parameter of a signature takes the type of what is put there, and a literal of mixed elements has
elements of type ``dyn``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from msgspec import Struct, field


class Type(Struct, frozen=True, gc=False):
    """A type such as ``int`` or ``map(string, int)``; ``A`` and ``$1`` are types not known yet."""

    name: str
    parameters: tuple[Type, ...] = ()

    def __str__(self) -> str:
        if not self.parameters:
            return self.name
        return f"{self.name}({', '.join(map(str, self.parameters))})"

    @property
    def is_open(self) -> bool:
        """Whether it is a type variable."""
        return self.name[0] == "$" or (len(self.name) == 1 and self.name.isupper())


DYN: Final = Type("dyn")
BOOL: Final = Type("bool")
INT: Final = Type("int")
STRING: Final = Type("string")
NULL: Final = Type("null")

_ARITY: Final[Mapping[str, int]] = MappingProxyType({
    **dict.fromkeys(("bool", "int", "uint", "double", "string", "bytes", "null", "dyn"), 0),
    **dict.fromkeys(("timestamp", "duration", "ip", "cidr"), 0),
    **dict.fromkeys(("list", "optional", "type"), 1),
    "map": 2,
})  # fmt: skip
NULLABLE: Final = frozenset({"timestamp", "duration", "optional", "ip", "cidr"})
_TOKEN: Final = re.compile(r"\s*([a-z]+|[A-Z]|[(),])\s*")
MAX_TYPE_DEPTH: Final = 32


def list_of(element: Type) -> Type:
    """``list(element)``."""
    return Type("list", (element,))


def map_of(key: Type, value: Type) -> Type:
    """``map(key, value)``."""
    return Type("map", (key, value))


def optional_of(value: Type) -> Type:
    """``optional(value)``."""
    return Type("optional", (value,))


def type_of_type(described: Type) -> Type:
    """``type(described)``: the type of a type as a value."""
    return Type("type", (described,))


@lru_cache(maxsize=1024)
def parse_type(text: str) -> Type:
    """The type that *text* names; a bare ``list``, ``map`` or ``optional`` holds ``dyn``. Raises ValueError."""
    types = parse_types(text)
    if len(types) != 1:
        raise ValueError(f"{text!r} is not one type")
    return types[0]


def parse_types(text: str) -> tuple[Type, ...]:
    """The types of a list separated by commas, none for an empty text. Raises ValueError."""
    # Each level is the list of types read so far; a closing bracket folds it into the name before it.
    levels: list[list[Type]] = [[]]
    wants_type = True
    for mark in _marks(text):
        if mark == "(":
            if wants_type or len(levels) > MAX_TYPE_DEPTH:
                raise ValueError(f"{text!r} is not a type")
            levels.append([])
            wants_type = True
        elif mark == ")":
            if wants_type or len(levels) == 1:
                raise ValueError(f"{text!r} is not a type")
            parameters = tuple(levels.pop())
            levels[-1].append(_made(levels[-1].pop().name, parameters, text))
        elif mark == ",":
            if wants_type:
                raise ValueError(f"{text!r} is not a type")
            wants_type = True
        else:
            if not wants_type:
                raise ValueError(f"{text!r} is not a type")
            levels[-1].append(Type(mark))
            wants_type = False
    if len(levels) > 1 or (wants_type and text.strip()):
        raise ValueError(f"{text!r} is not a type")
    return tuple(_made(found.name, found.parameters, text) for found in levels[0])


def _marks(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            if not text[place:].strip():
                return
            raise ValueError(f"{text!r} is not a type")
        yield found[1]
        place = found.end()


def _made(name: str, parameters: tuple[Type, ...], text: str) -> Type:
    parameters = tuple(_made(part.name, part.parameters, text) for part in parameters)
    if Type(name).is_open:
        return Type(name)
    arity = _ARITY.get(name)
    if arity is None:
        raise ValueError(f"unknown type {name!r} in {text!r}")
    if parameters or name == "type":
        if len(parameters) not in (arity, 0 if name == "type" else arity):
            raise ValueError(f"{name!r} takes {arity} types in {text!r}")
        return Type(name, parameters)
    return Type(name, (DYN,) * arity)


class Substitution(Struct, eq=False):
    """The bindings of the type variables met so far."""

    known: dict[str, Type] = field(default_factory=dict)
    nullable: frozenset[str] = NULLABLE
    """The types that null fits."""
    _made: int = 0

    def fresh(self) -> Type:
        """A new open type."""
        self._made += 1
        return Type(f"${self._made}")

    def instance(self, types: tuple[Type, ...]) -> tuple[Type, ...]:
        """*types* of one signature, with fresh types in the place of its parameters."""
        names: dict[str, Type] = {}
        return tuple(self._renamed(found, names) for found in types)

    def _renamed(self, found: Type, names: dict[str, Type]) -> Type:
        if found.is_open:
            if found.name not in names:
                names[found.name] = self.fresh()
            return names[found.name]
        if not found.parameters:
            return found
        return Type(found.name, tuple(self._renamed(part, names) for part in found.parameters))

    def resolved(self, found: Type) -> Type:
        """*found* with what is known put in; what stays open stays."""
        while found.name in self.known:
            found = self.known[found.name]
        return Type(found.name, tuple(map(self.resolved, found.parameters))) if found.parameters else found

    def closed(self, found: Type) -> Type:
        """*found* with ``dyn`` for everything that nothing decided."""
        found = self.resolved(found)
        if found.is_open:
            return DYN
        return Type(found.name, tuple(map(self.closed, found.parameters))) if found.parameters else found

    def fits(self, given: tuple[Type, ...], wanted: tuple[Type, ...]) -> bool:
        """Whether values of the types *given* are assignable to *wanted*; on success type variables are bound."""
        before = dict(self.known)
        if len(given) == len(wanted) and all(map(self._fits, given, wanted)):
            return True
        self.known = before
        return False

    def _fits(self, given: Type, wanted: Type) -> bool:
        first, second = self._name(given), self._name(wanted)
        if first is not None and first == second:
            return True
        for name, other in ((second, given), (first, wanted)):
            if name is None:
                continue
            bound = self.known.get(name)
            if bound is None:
                if self._occurs(name, other):
                    return False
                self.known[name] = other
                return True
            if self._fits(other, bound) if name == second else self._fits(bound, other):
                resolved = self.resolved(other)
                if not self._occurs(name, resolved):
                    self.known[name] = more_general(resolved, bound)
                return True
            return False
        if DYN in (given, wanted):
            return True
        if given == NULL and wanted.name in self.nullable:
            return True
        if given.name != wanted.name:
            return False
        if given.name == "type":
            return True
        return all(map(self._fits, given.parameters, wanted.parameters))

    def _name(self, found: Type) -> str | None:
        # The last name in a chain of open types, so that two names for one type are seen as one.
        if not found.is_open:
            return None
        while (bound := self.known.get(found.name)) is not None and bound.is_open:
            found = bound
        return found.name

    def _occurs(self, name: str, found: Type) -> bool:
        resolved = self.resolved(found)
        return resolved.name == name or any(self._occurs(name, part) for part in resolved.parameters)

    def joined(self, types: tuple[Type, ...]) -> Type:
        """The type of the elements of a literal; ``dyn`` where they differ, open where there is none."""
        if not types:
            return self.fresh()
        result = types[0]
        for found in types[1:]:
            if not self.fits((result,), (found,)):
                return DYN
            result = more_general(result, found)
        return result


def more_general(one: Type, other: Type) -> Type:
    """Whichever of two types that fit says less."""
    return other if not _says_less(one, other) and _says_less(other, one) else one


def _says_less(one: Type, other: Type) -> bool:
    if one.is_open or one == DYN:
        return True
    if other.is_open or other == DYN or one.name != other.name:
        return False
    return all(map(_says_less, one.parameters, other.parameters))
