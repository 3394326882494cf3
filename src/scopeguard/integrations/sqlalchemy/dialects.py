"""What SQLite and PostgreSQL say in words of their own, as elements of SQLAlchemy."""

from typing import Any

from sqlalchemy import Boolean, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.integrations.sql_templates import DATABASES


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
    name = "startsWith"


class EndsWith(FunctionElement[bool]):
    """That a text ends with another."""

    type = Boolean()
    inherit_cache = True
    name = "endsWith"


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


def _writer(template: str) -> Any:
    def write(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
        return template.format(*(compiler.process(each, **options) for each in element.clauses))

    return write


def _refuse(element: FunctionElement[Any], compiler: SQLCompiler, **_: Any) -> str:
    raise CannotFilter(f"no list is made by {compiler.dialect.name}: by sqlite and postgresql alone")


for _kind in (
    *(Supported, Exact, Ordered, StartsWith, EndsWith, Contains, Size, JsonHas, JsonIncludes, ArrayIncludes),
):
    compiles(_kind)(_refuse)
    for _database, _templates in DATABASES.items():
        if _kind.name in _templates:
            compiles(_kind, _database)(_writer(_templates[_kind.name]))
