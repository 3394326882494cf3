"""The functions that an expression may call: the core language and the extensions switched on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct, field

from scopeguard.errors import EvaluationError, quoted
from scopeguard.semantics.functions import (
    conversions,
    encoders,
    lists,
    math,
    network,
    operators,
    optionals,
    regex,
    sets,
    string_format,
    strings,
    times,
)
from scopeguard.semantics.functions.declarations import Declaration, function
from scopeguard.semantics.functions.strict_variants import strict
from scopeguard.semantics.types import DYN, Type, parse_type, parse_types, type_of_type
from scopeguard.semantics.values import NO_OVERLOAD, TYPE_NAMES, TypeValue, kind_of
from scopeguard.syntax import expression as ex

_CORE: Final = (
    operators.DECLARATIONS,
    conversions.DECLARATIONS,
    times.DECLARATIONS,
    regex.DECLARATIONS,
)
_EXTENSIONS: Final[Mapping[str, tuple[tuple[Declaration, ...], ...]]] = MappingProxyType({
    "strings": (strings.DECLARATIONS, string_format.DECLARATIONS),
    "math": (math.DECLARATIONS,),
    "encoders": (encoders.DECLARATIONS,),
    "bindings": (),
    "optionals": (optionals.DECLARATIONS,),
    "network": (network.DECLARATIONS,),
    "lists": (lists.DECLARATIONS,),
    "sets": (sets.DECLARATIONS,),
    "regex": (regex.EXTRACTING,),
})  # fmt: skip
EXTENSIONS: Final = frozenset(_EXTENSIONS)
"""What can be switched on or off beside the core language."""

TYPE_CONSTANTS: Final[Mapping[str, Type]] = MappingProxyType({
    TYPE_NAMES[kind]: type_of_type(parse_type(kind)) for kind in sorted(TYPE_NAMES)
})  # fmt: skip
"""The types that an expression can name as values, and the type of each."""

_EXTENSION_OF_TYPE: Final[Mapping[str, str]] = MappingProxyType(
    {"optional_type": "optionals", "net.IP": "network", "net.CIDR": "network"}
)


def _unsettled(grant: str) -> bool:
    raise EvaluationError(f"nobody knows who holds {quoted(grant)}")


_HELD: Final = function(ex.HOLDS, "string -> bool", _unsettled)
"""What conditions of packs call beside the language. Partial evaluation answers it, so that it is never applied."""


class Overload(Struct, frozen=True):
    """One overload, ready to match: *kinds* has None where any kind fits."""

    parameters: tuple[Type, ...]
    result: Type
    kinds: tuple[str | None, ...]
    apply: Callable[..., Any]

    def accepts(self, kinds: Sequence[str]) -> bool:
        """Whether values of *kinds* may be its arguments."""
        return all(wanted is None or wanted == kind for wanted, kind in zip(self.kinds, kinds, strict=True))


class _Function(Struct, frozen=True):
    """All of one name: every overload, and by their kinds those of which every parameter has one."""

    overloads: tuple[Overload, ...]
    exact: Mapping[tuple[str | None, ...], Overload]


_UNKNOWN: Final = _Function((), MappingProxyType({}))


class Library(Struct, frozen=True, eq=False):
    """Every function by name and by whether it is a method."""

    extensions: frozenset[str]
    declared: Mapping[tuple[str, bool], tuple[Declaration, ...]]
    types: Mapping[str, Type]
    is_strict: bool
    """Whether what cannot be compared or counted has no value."""
    _read: dict[tuple[str, bool], _Function] = field(default_factory=dict)
    """The functions whose declarations were read: a pack calls few of them. Two threads may both read one."""

    def named(self, name: str, *, method: bool) -> tuple[Overload, ...]:
        """The overloads of a name; none where there is no such function."""
        return self._function(name, method).overloads

    def _function(self, name: str, method: bool) -> _Function:  # noqa: FBT001  # half of a key
        found = self._read.get((name, method))
        if found is None:
            declared = self.declared.get((name, method))
            if declared is None:
                return _UNKNOWN
            found = self._read[name, method] = _function(declared, is_strict=self.is_strict)
        return found

    def apply(self, name: str, arguments: Sequence[Any], *, method: bool) -> Any:
        """The result of a call. Raises EvaluationError where no overload fits or the call has no value."""
        function = self._function(name, method)
        if not function.overloads:
            raise EvaluationError(f"unknown function {name!r}")
        kinds = tuple(map(kind_of, arguments))
        exact = function.exact.get(kinds)
        if exact is not None:
            return exact.apply(*arguments)
        for overload in function.overloads:
            if len(overload.kinds) == len(kinds) and overload.accepts(kinds):
                return overload.apply(*arguments)
        raise EvaluationError(f"{NO_OVERLOAD}: {name.strip('_@')}({', '.join(kinds)})")

    def type_value(self, name: str) -> TypeValue | None:
        """The type called *name*, as a value."""
        return TypeValue(name) if name in self.types else None


@lru_cache(maxsize=128)
def library(extensions: frozenset[str] = EXTENSIONS, *, is_strict: bool = False) -> Library:
    """The core language with *extensions*; a strict one is that of packs, and has ``holds`` too.

    Raises ValueError for an extension that does not exist.
    """
    unknown = extensions - EXTENSIONS
    if unknown:
        raise ValueError(f"no such extension: {', '.join(sorted(unknown))}")
    own = (_HELD,) if is_strict else ()
    tables = [*_CORE, own, *(table for name in sorted(extensions) for table in _EXTENSIONS[name])]
    off = {name for name, extension in _EXTENSION_OF_TYPE.items() if extension not in extensions}
    types = {name: found for name, found in TYPE_CONSTANTS.items() if name not in off}
    declared: dict[tuple[str, bool], tuple[Declaration, ...]] = {}
    for declaration in (each for table in tables for each in table):
        key = (declaration.name, declaration.method)
        declared[key] = (*declared.get(key, ()), declaration)
    return Library(extensions, MappingProxyType(declared), MappingProxyType(types), is_strict)


def _function(declared: tuple[Declaration, ...], *, is_strict: bool) -> _Function:
    overloads = tuple(map(_overload, map(strict, declared) if is_strict else declared))
    # Of two with the same kinds the first one counts.
    exact = {each.kinds: each for each in reversed(overloads) if None not in each.kinds}
    return _Function(overloads, MappingProxyType(exact))


def _overload(declaration: Declaration) -> Overload:
    given, _, result = declaration.types.partition("->")
    parameters = parse_types(given)
    kinds = tuple(None if part.is_open or part == DYN else part.name for part in parameters)
    return Overload(parameters, parse_type(result), kinds, declaration.apply)
