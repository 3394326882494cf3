"""What SQLite and PostgreSQL say in words of their own: texts by code points, and elements of lists.

No other database is spoken to: its comparisons may ignore case, accents or spaces.
"""

from typing import Any

from sqlalchemy import Boolean, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from scopeguard.integrations.cannot_filter import CannotFilter


class Supported(FunctionElement[bool]):
    """A condition, on a database whose comparisons are known."""

    type = Boolean()
    inherit_cache = True
    name = "supported"


class Exact(FunctionElement[str]):
    """A text that is equal only to itself."""

    type = String()
    inherit_cache = True
    name = "exact"


class Ordered(FunctionElement[str]):
    """A text in the order of its code points."""

    type = String()
    inherit_cache = True
    name = "ordered"


class StartsWith(FunctionElement[bool]):
    """That a text begins with another."""

    type = Boolean()
    inherit_cache = True
    name = "starts_with"


class EndsWith(FunctionElement[bool]):
    """That a text ends with another."""

    type = Boolean()
    inherit_cache = True
    name = "ends_with"


class Contains(FunctionElement[bool]):
    """That a text has another in it."""

    type = Boolean()
    inherit_cache = True
    name = "contains"


class Size(FunctionElement[int]):
    """The code points of a text."""

    type = Integer()
    inherit_cache = True
    name = "size"


class JsonIncludes(FunctionElement[bool]):
    """That a list of texts in JSON has one of them; of no value where it is no such list."""

    type = Boolean()
    inherit_cache = True
    name = "json_includes"


class JsonHas(FunctionElement[bool]):
    """That there is a value in JSON, and not its null."""

    type = Boolean()
    inherit_cache = True
    name = "json_has"


class ArrayIncludes(FunctionElement[bool]):
    """That an array has an element; of no value where any of them has none."""

    type = Boolean()
    inherit_cache = True
    name = "array_includes"


_SQLITE = {
    Supported: "({0})",
    Exact: "{0} COLLATE BINARY",
    Ordered: "{0} COLLATE BINARY",
    StartsWith: "(substr({0}, 1, length({1})) = {1})",
    EndsWith: "(length({1}) <= length({0}) AND substr({0}, length({0}) - length({1}) + 1) = {1})",
    Contains: "(instr({0}, {1}) > 0)",
    Size: "length({0})",
    JsonHas: "(coalesce(json_type({0}), 'null') <> 'null')",
    JsonIncludes: (
        "CASE WHEN json_type({0}) = 'array' AND NOT EXISTS (SELECT 1 FROM json_each({0}) AS e WHERE e.type <> 'text') "
        "THEN EXISTS (SELECT 1 FROM json_each({0}) AS e WHERE e.value = {1}) END"
    ),
}
_POSTGRESQL = {
    Supported: "({0})",
    Exact: "{0}",
    Ordered: '({0} COLLATE "C")',
    StartsWith: '(left({0}, char_length({1})) COLLATE "C" = {1})',
    EndsWith: '(char_length({1}) <= char_length({0}) AND right({0}, char_length({1})) COLLATE "C" = {1})',
    Contains: '(strpos({0} COLLATE "C", {1}) > 0)',
    Size: "char_length({0})",
    JsonHas: "(coalesce(jsonb_typeof(CAST({0} AS JSONB)), 'null') <> 'null')",
    JsonIncludes: (
        "CASE WHEN jsonb_typeof(CAST({0} AS JSONB)) = 'array' AND NOT "
        "jsonb_path_exists(CAST({0} AS JSONB), '$[*] ? (@.type() != \"string\")') "
        "THEN jsonb_exists(CAST({0} AS JSONB), {1}) END"
    ),
    ArrayIncludes: "CASE WHEN array_position({0}, NULL) IS NULL THEN {1} = ANY ({0}) END",
}


def _writer(template: str) -> Any:
    def write(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
        return template.format(*(compiler.process(each, **options) for each in element.clauses))

    return write


def _refuse(element: FunctionElement[Any], compiler: SQLCompiler, **_: Any) -> str:
    raise CannotFilter(f"no list is made by {compiler.dialect.name}: by sqlite and postgresql alone")


for _kind, _template in _POSTGRESQL.items():
    compiles(_kind)(_refuse)
    compiles(_kind, "postgresql")(_writer(_template))
for _kind, _template in _SQLITE.items():
    compiles(_kind, "sqlite")(_writer(_template))
