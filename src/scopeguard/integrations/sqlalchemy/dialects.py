"""What SQLite and PostgreSQL say in words of their own, as elements of SQLAlchemy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from sqlalchemy import Boolean, Double, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.integrations.sql_templates import DATABASES

Element: TypeAlias = type[FunctionElement[Any]]


def _writer(template: str) -> Any:
    def write(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
        return template.format(*(compiler.process(each, **options) for each in element.clauses))

    return write


def _refuse(element: FunctionElement[Any], compiler: SQLCompiler, **_: Any) -> str:
    raise CannotFilter(f"no list is made by {compiler.dialect.name}: by sqlite and postgresql alone")


def _element(class_name: str, name: str, type_: TypeEngine[Any]) -> Element:
    """The class of what each database has a template for, under *name*."""
    found: Element = type(class_name, (FunctionElement,), {"type": type_, "name": name, "inherit_cache": True})
    found.__module__ = __name__
    compiles(found)(_refuse)
    for database, templates in DATABASES.items():
        if name in templates:
            compiles(found, database)(_writer(templates[name]))
    return found


Supported: Final = _element("Supported", "supported", Boolean())
"""A condition, on a database whose comparisons are known."""
Exact: Final = _element("Exact", "exact", String())
"""A text that is equal only to itself."""
Ordered: Final = _element("Ordered", "ordered", String())
"""A text in the order of its code points."""
StartsWith: Final = _element("StartsWith", "startsWith", Boolean())
"""That a text begins with another."""
EndsWith: Final = _element("EndsWith", "endsWith", Boolean())
"""That a text ends with another."""
Contains: Final = _element("Contains", "contains", Boolean())
"""That a text has another in it."""
Size: Final = _element("Size", "size", Integer())
"""The code points of a text."""
JsonIncludes: Final = _element("JsonIncludes", "json_includes", Boolean())
"""That a list of texts in JSON has one of them; of no value where it is no such list."""
JsonHas: Final = _element("JsonHas", "json_has", Boolean())
"""That there is a value in JSON, and not its null."""
ArrayIncludes: Final = _element("ArrayIncludes", "array_includes", Boolean())
"""That an array has an element; of no value where any of them has none."""
Sum: Final = _element("Sum", "+", Double())
Difference: Final = _element("Difference", "-", Double())
Product: Final = _element("Product", "*", Double())
Quotient: Final = _element("Quotient", "/", Double())
ARITHMETIC: Final[Mapping[str, Element]] = MappingProxyType({
    "+": Sum, "-": Difference, "*": Product, "/": Quotient
})  # fmt: skip
"""Arithmetic of doubles, by its operator: of no value where the result is no finite number."""
