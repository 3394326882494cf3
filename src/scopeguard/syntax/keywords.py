"""The words of the condition language that names have to keep clear of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

KEYWORDS: Final = frozenset({"true", "false", "null", "in"})
"""Never a name; as a field they are written in backquotes."""

RESERVED: Final = KEYWORDS | frozenset(
    {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop"}
    | {"namespace", "package", "return", "var", "void", "while"}
)
"""Never the name of a variable or of a function, though a field may be called so."""

MACROS: Final[Mapping[str, Mapping[int, int]]] = MappingProxyType(
    {
        "all": {2: 1, 3: 2},
        "exists": {2: 1, 3: 2},
        "exists_one": {2: 1},
        "existsOne": {2: 1, 3: 2},
        "filter": {2: 1},
        "map": {2: 1, 3: 1},
        "transformList": {3: 2, 4: 2},
        "transformMap": {3: 2, 4: 2},
        "transformMapEntry": {3: 2, 4: 2},
    }
)
"""For each macro, how many of its arguments are variables, by how many arguments it has."""

ALIASES: Final[Mapping[tuple[str, int], str]] = MappingProxyType({("existsOne", 1): "exists_one"})
"""The kind of a macro that has two spellings, by its spelling and the count of its variables."""


def is_plain_name(text: str) -> bool:
    """Whether *text* is a name that needs no backquotes: letters of ASCII, digits and underscores, no digit first."""
    return text.isascii() and text.isidentifier()
