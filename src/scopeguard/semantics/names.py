"""What names of an expression may refer to, and a problem with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct, field

from scopeguard.errors import Hint
from scopeguard.semantics.functions.library import Library
from scopeguard.semantics.types import Type

BIND: Final = "bind"
OPT_MAP: Final = "optMap"
OPT_FLAT_MAP: Final = "optFlatMap"
EXISTS_ONE: Final = frozenset({"exists_one", "existsOne"})
_NONE: Final[frozenset[str]] = frozenset()
_NO_WORDS: Final[Mapping[str, str]] = MappingProxyType({})


class Problem(Struct, frozen=True):
    """What is wrong with an expression, *offset* characters into its text."""

    code: str
    message: str
    hint: Hint
    offset: int


class Names(Struct, frozen=True):
    """What names may refer to. *variables* is None where any name may be a variable.

    A name in *namespaces* has no other fields than the variables below it, even where it is a variable itself.
    """

    library: Library
    variables: Mapping[str, Type] | None = None
    container: str = ""
    namespaces: frozenset[str] = _NONE
    words: Mapping[str, str] = field(default_factory=lambda: _NO_WORDS)
    """The variables whose values are names of a vocabulary, such as a role or a list of them, and which one."""

    def candidates(self, name: str, *, absolute: bool = False) -> Iterator[str]:
        """The full names that *name* may be short for, the one nearest to the container first."""
        parts = self.container.split(".") if self.container and not absolute else []
        for count in range(len(parts), 0, -1):
            yield ".".join((*parts[:count], name))
        yield name

    def is_space(self, name: str) -> bool:
        """Whether *name* is a namespace: other names begin with it, and it is no value itself."""
        return name in self.namespaces or any(
            known.startswith(f"{name}.") for known in self.variables or () if self.namespaces
        )

    def type_of(self, name: str) -> Type | None:
        """The type of the variable or of the type called *name*."""
        if self.variables is not None and name in self.variables:
            return self.variables[name]
        return self.library.types.get(name)
