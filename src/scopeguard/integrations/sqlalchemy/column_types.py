"""Which columns hold the attributes of which types, and how values are compared with them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum as PythonEnum
from math import inf, nextafter
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    JSON,
    REAL,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Enum,
    Float,
    Integer,
    LargeBinary,
    String,
    Uuid,
    between,
    case,
    cast,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from scopeguard.integrations.row_columns import Unmappable, uuid_of, whole_number
from scopeguard.integrations.sql_templates import BINARY
from scopeguard.integrations.sqlalchemy.dialects import Exact, Ordered

_LARGEST: Final = nextafter(inf, 0.0)
_MAX_EXACT: Final = 2**53
_SINGLE: Final = 24
"""The bits of a number of single precision."""


class Mapped(NamedTuple):
    """A column that holds an attribute. *kind* is how its values are compared."""

    column: ColumnElement[Any]
    kind: str
    type: TypeEngine[Any]

    def exact(self) -> ColumnElement[Any]:
        """What is compared for being the same."""
        match self.kind:
            case "text":
                return Exact(self.column)
            case "whole as double":
                inside = between(self.column, -_MAX_EXACT, _MAX_EXACT)
                return case((inside, cast(self.column, Double())))
        return self.column

    def ordered(self) -> ColumnElement[Any]:
        """What is compared for its order."""
        match self.kind:
            case "text":
                return Ordered(self.column)
            case "double":
                return finite(self.column)
        return self.exact()

    @property
    def bound_type(self) -> TypeEngine[Any]:
        """The type of what is compared with it."""
        return _BOUND.get(self.kind, self.type)

    def bound(self, value: Any) -> Any:
        """A value as one that the column has; None where it never has such a one."""
        match self.kind:
            case "time":
                return value.astimezone(UTC)
            case "integer key":
                return whole_number(value)
            case "uuid key":
                found = uuid_of(value)
                is_text = not getattr(self.type, "as_uuid", True)
                return str(found) if found is not None and is_text else found
            case "enum key":
                return _members(self.type).get(value)
        return value


_BOUND: Final[Mapping[str, TypeEngine[Any]]] = MappingProxyType({
    "text": String(), "whole": BigInteger(), "integer key": BigInteger(),
    "double": Double(), "whole as double": Double(),
})  # fmt: skip


def finite(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A number of a column, or no value where it is none that a check would take."""
    return case((between(column, -_LARGEST, _LARGEST), column))


def mapped(column: ColumnElement[Any], declared: str) -> Mapped:
    """A column for an attribute of a declared type. Raises Unmappable."""
    type_ = _undecorated(column.type, is_time=declared == "timestamp")
    return Mapped(column, _kind(type_, declared), column.type if declared == "timestamp" else type_)


def _kind(type_: TypeEngine[Any], declared: str) -> str:
    if declared.startswith("list("):
        found = _of_list(type_, declared)
    elif declared in ("int", "uint", "double"):
        found = _of_number(type_, declared)
    else:
        found = next((kind for types, what, kind in _KINDS if what == declared and isinstance(type_, types)), None)
    if found is None:
        raise Unmappable(f"a column of the type {type_!r} does not hold what is declared as {declared}")
    if found == "text" and getattr(type_, "collation", None) not in BINARY:
        raise Unmappable(f"its collation {type_.collation!r} may take different texts for the same one")  # type: ignore[attr-defined]  # a String
    if found == "time" and not getattr(type_, "timezone", False):
        raise Unmappable("its times have no zone; declare it DateTime(timezone=True), where they have one")
    return found


_KINDS: Final = (
    (Enum, "string", "enum key"),
    (String, "string", "text"),
    (Uuid, "string", "uuid key"),
    (Integer, "string", "integer key"),
    (Boolean, "bool", "flag"),
    (DateTime, "timestamp", "time"),
    (LargeBinary, "bytes", "bytes"),
)
"""The types of columns that hold what is declared, the more special ones first."""


def _of_number(type_: TypeEngine[Any], declared: str) -> str | None:
    match type_:
        case Integer():
            return "whole as double" if declared == "double" else "whole"
        case Float() if declared == "double":
            if isinstance(type_, REAL) or (type_.precision or 53) <= _SINGLE:
                raise Unmappable("numbers of single precision are others than those that a check reads")
            return None if type_.asdecimal else "double"
    return None


def _of_list(type_: TypeEngine[Any], declared: str) -> str | None:
    element = declared.removeprefix("list(").removesuffix(")")
    match type_:
        case JSON() if element == "string":
            return "json"
        case ARRAY() if type_.dimensions in (None, 1):
            return "array" if _kind(type_.item_type, element) in ("text", "whole") else None
    return None


def _undecorated(type_: TypeEngine[Any], *, is_time: bool) -> TypeEngine[Any]:
    """The type beneath those of a host's own that do nothing to values, or read times."""
    while isinstance(type_, TypeDecorator):
        if not is_time and any(getattr(type(type_), name) is not getattr(TypeDecorator, name) for name in _CHANGING):
            raise Unmappable(f"{type(type_).__name__} makes other values of those that the database compares")
        type_ = type_.impl_instance
    return type_


_CHANGING: Final = (
    "process_bind_param", "process_result_value", "process_literal_param", "bind_expression", "column_expression",
)  # fmt: skip


def _members(type_: TypeEngine[Any]) -> Mapping[str, Any]:
    """By the text that a check reads, what an enumeration is written by."""
    if not isinstance(type_, Enum):
        raise Unmappable(f"{type(type_).__name__} is no enumeration")
    if type_.enum_class is None:
        return MappingProxyType({name: name for name in type_.enums})
    return MappingProxyType({text_of(member): member for member in type_.enum_class})


def text_of(value: Any) -> Any:
    """A value as a check reads it: keys of tables and members of enumerations as their texts, times in UTC."""
    if isinstance(value, PythonEnum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def read(column: Mapped, value: Any) -> Any:
    """A value of a mapped object as the attribute that a check reads."""
    match column.kind:
        case "integer key" | "uuid key":
            return None if value is None else str(value)
        case "enum key" | "time":
            return text_of(value)
    return value
