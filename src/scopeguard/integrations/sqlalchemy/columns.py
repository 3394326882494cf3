"""Lists by SQLAlchemy: which rows somebody may do something to, as an expression for any ``where``."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Double,
    String,
    and_,
    bindparam,
    false,
    inspect,
    literal,
    not_,
    null,
    or_,
    true,
)
from sqlalchemy.orm import Mapper, QueryableAttribute

from scopeguard import Context, Guard, Principal, RequestError
from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.integrations.row_columns import (
    NO_CONTEXT,
    OPERATORS,
    Permitted,
    RowColumns,
    Unmappable,
    plain_text,
    require_declared,
    types_of,
)
from scopeguard.integrations.sqlalchemy.column_types import Mapped, mapped, read
from scopeguard.integrations.sqlalchemy.dialects import (
    ARITHMETIC,
    ArrayIncludes,
    Contains,
    EndsWith,
    JsonHas,
    JsonIncludes,
    Size,
    StartsWith,
    Supported,
)

Expression: TypeAlias = ColumnElement[Any]

_TEXT_TESTS: Final = MappingProxyType({"startsWith": StartsWith, "endsWith": EndsWith, "contains": Contains})


class Columns(RowColumns[Mapped, Expression]):
    """A mapped class whose columns hold the attributes of a surface."""

    def every(self, parts: Sequence[Expression]) -> Expression:
        return and_(true(), *parts)

    def some(self, parts: Sequence[Expression]) -> Expression:
        return or_(false(), *parts)

    def whole(self, parts: Sequence[Expression]) -> Expression:
        return Supported(and_(true(), *parts))

    def negated(self, test: Expression) -> Expression:
        return not_(test)

    def has(self, column: Mapped) -> Expression:
        if column.kind == "json":
            return JsonHas(column.column)
        return (column.ordered() if column.kind == "double" else column.column).is_not(None)

    def never(self, side: Mapped) -> Expression:
        return and_(side.column.is_(None), null())

    def literal(self, side: Mapped, bound: Any) -> Expression:
        return literal(bound, side.bound_type)

    def applied(self, operator: str, left: Expression, right: Expression) -> Expression:
        found: Expression = OPERATORS[operator](left, right)
        return found

    def one_of(self, column: Mapped, bound: Sequence[Any]) -> Expression:
        options = bindparam("options", list(bound), expanding=True, unique=True, type_=column.bound_type)
        return column.exact().in_(options)

    def includes(self, column: Mapped, item: Any) -> Expression:
        if column.kind == "json":
            return JsonIncludes(column.column, literal(plain_text(item), String()))
        if column.kind == "array":
            return ArrayIncludes(column.column, literal(item, column.type.item_type))  # type: ignore[attr-defined]  # an array
        raise Unmappable("its column is no list")

    def text_test(self, name: str, subject: Expression, argument: Expression) -> Expression:
        return _TEXT_TESTS[name](subject, argument)

    def constant(self, value: str | float) -> Expression:
        return literal(value, String() if isinstance(value, str) else Double())

    def computed(self, name: str, left: Expression, right: Expression) -> Mapped:
        return Mapped(ARITHMETIC[name](left, right), "double", Double())

    def size(self, text: Expression) -> Mapped:
        return Mapped(Size(text), "whole", Size.type)

    def joined(self, left: Expression, right: Expression) -> Mapped:
        return Mapped(left.op("||", return_type=String())(right), "text", String())


def map_columns(
    guard: Guard,
    model: type,
    *,
    surface: str,
    workspace: Any,
    attributes: Mapping[str, Any],
    id: Any = None,
) -> Columns:
    """Which attributes of *model*, a mapped class, hold what of *surface* in *guard*, for lists and for checks.

    *workspace*, *attributes* and *id*, which is the primary key where it is left out, are attributes of the class,
    ``Agent.owner``. Raises RequestError for a surface or an attribute that the catalog does not have, and CannotFilter
    for a column that cannot hold what the catalog declares.
    """
    require_declared(guard, surface, attributes)
    key = _primary_key(model) if id is None else id
    types = types_of(guard, surface)
    sources = {
        name: _attribute(model, name, each) for name, each in {**attributes, "id": key, "workspace": workspace}.items()
    }
    columns = {name: _mapped(source, name, types[name]) for name, source in sources.items()}

    def part(name: str) -> Callable[[Any], Any]:
        column, source = columns[name], sources[name].key
        return lambda item: read(column, getattr(item, source))

    parts = {name: part(name) for name in attributes}
    guard.register(
        model,
        surface=surface,
        id=part("id"),
        workspace=part("workspace"),
        attributes=lambda item: {name: of(item) for name, of in parts.items()},
    )
    return Columns(guard, surface, columns)


def permitted(
    columns: Columns, principal: Principal, action: str, context: Context = NO_CONTEXT
) -> Permitted[ColumnElement[bool]]:
    """Rows by *columns* on which *principal* may do *action* in *context*, of its workspace alone.

    ``where`` goes into any statement. Raises RequestError for a malformed question, and CannotFilter where the
    condition cannot be said.
    """
    found = columns.asked(principal, action, context)
    return Permitted(found, columns.where(found))


def _primary_key(model: type) -> Any:
    mapper: Mapper[Any] = inspect(model)
    keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    if len(keys) != 1:
        raise RequestError(f"{model.__name__} has a key of {len(keys)} columns; say which attribute is the id")
    return getattr(model, keys[0])


def _attribute(model: type, name: str, source: Any) -> QueryableAttribute[Any]:
    found = getattr(model, source, None) if isinstance(source, str) else source
    if not isinstance(found, QueryableAttribute):
        raise RequestError(
            f'what holds "{name}" must be an attribute of {model.__name__}, such as {model.__name__}.{name}'
        )
    return found


def _mapped(source: QueryableAttribute[Any], name: str, declared: str) -> Mapped:
    try:
        return mapped(source.expression, declared)
    except Unmappable as error:
        raise CannotFilter(f'the column for "{name}": {error}') from None
