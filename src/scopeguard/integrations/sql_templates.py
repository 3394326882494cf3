"""What SQLite and PostgreSQL say in words of their own: texts by code points, and elements of lists.

No other database is spoken to: its comparisons may ignore case, accents or spaces.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SQLITE: Final[Mapping[str, str]] = MappingProxyType({
    "supported": "({0})",
    "exact": "{0} COLLATE BINARY",
    "ordered": "{0} COLLATE BINARY",
    # LIKE ignores the case of ASCII letters here, and has wildcards everywhere.
    "startsWith": "(substr({0}, 1, length({1})) = {1})",
    "endsWith": "(length({1}) <= length({0}) AND substr({0}, length({0}) - length({1}) + 1) = {1})",
    "contains": "(instr({0}, {1}) > 0)",
    "size": "length({0})",
    "json_has": "(coalesce(json_type({0}), 'null') <> 'null')",
    "json_includes": (
        "CASE WHEN json_type({0}) = 'array' AND NOT EXISTS (SELECT 1 FROM json_each({0}) AS e WHERE e.type <> 'text') "
        "THEN EXISTS (SELECT 1 FROM json_each({0}) AS e WHERE e.value = {1}) END"
    ),
})  # fmt: skip
POSTGRESQL: Final[Mapping[str, str]] = MappingProxyType({
    "supported": "({0})",
    # Deterministic collations, all that are not declared for a column, have a text equal only to itself.
    "exact": "{0}",
    "ordered": '({0} COLLATE "C")',
    "startsWith": '(left({0}, char_length({1})) COLLATE "C" = {1})',
    "endsWith": '(char_length({1}) <= char_length({0}) AND right({0}, char_length({1})) COLLATE "C" = {1})',
    "contains": '(strpos({0} COLLATE "C", {1}) > 0)',
    "size": "char_length({0})",
    "json_has": "(coalesce(jsonb_typeof(CAST({0} AS JSONB)), 'null') <> 'null')",
    "json_includes": (
        "CASE WHEN jsonb_typeof(CAST({0} AS JSONB)) = 'array' AND NOT "
        "jsonb_path_exists(CAST({0} AS JSONB), '$[*] ? (@.type() != \"string\")') "
        "THEN jsonb_exists(CAST({0} AS JSONB), {1}) END"
    ),
    "array_includes": "CASE WHEN array_position({0}, NULL) IS NULL THEN {1} = ANY ({0}) END",
})  # fmt: skip
DATABASES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({"sqlite": SQLITE, "postgresql": POSTGRESQL})
"""By the name that SQLAlchemy and Django have for a database, its templates: ``{0}`` is the first argument."""

BINARY: Final = frozenset({None, "", "C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8", "BINARY"})
"""Collations under which a text is equal only to itself; with none declared, the database's own."""
