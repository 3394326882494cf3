"""Lists by DuckDB: which rows of a relation somebody may do something to. Needs the extra ``columnar``.

Once ``map_columns(guard, relation, surface="agents", workspace="workspace_id", attributes={"owner": "owner_id"})``, and
``relation.filter(permitted(columns, who, "agents:read", context).where)``, on tables, frames and Parquet files. Texts
are compared as bytes as long as the setting ``default_collation`` stays what it is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from types import MappingProxyType
from typing import Any, Final, NamedTuple

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
    uuid_of,
    whole_number,
)

try:
    from duckdb import (
        CaseExpression,
        ColumnExpression,
        ConstantExpression,
        DuckDBPyRelation,
        Expression,
        FunctionExpression,
    )
    from duckdb.sqltypes import DOUBLE, VARCHAR
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "duckdb":
        raise
    needed = "scopeguard.integrations.duckdb needs its extra: pip install 'scopeguard-authz[columnar]'"
    raise ModuleNotFoundError(needed, name="duckdb") from None

__all__ = ["CannotFilter", "Columns", "Permitted", "map_columns", "permitted"]

_MAX_EXACT: Final = 2**53
_COMPUTED: Final[Mapping[str, Callable[[Any, Any], Expression]]] = MappingProxyType({
    "+": lambda left, right: left + right, "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / FunctionExpression("nullif", right, ConstantExpression(0.0)),
})  # fmt: skip
_TEXT_TESTS: Final = MappingProxyType({"startsWith": "starts_with", "endsWith": "ends_with", "contains": "contains"})


class Mapped(NamedTuple):
    """A column that holds an attribute. *kind* is how its values are compared."""

    column: Expression
    kind: str
    type: str

    def exact(self) -> Expression:
        """What is compared for being the same."""
        match self.kind:
            case "text":
                return self.column if self.type == "varchar" else self.column.cast(VARCHAR)
            case "whole as double":
                within = (self.column >= ConstantExpression(-_MAX_EXACT)) & (
                    self.column <= ConstantExpression(_MAX_EXACT)
                )
                return CaseExpression(within, self.column.cast(DOUBLE))
        return self.column

    def ordered(self) -> Expression:
        """What is compared for its order."""
        return _finite(self.column) if self.kind == "double" else self.exact()

    def bound(self, value: Any) -> Any:
        """A value as one that the column has; None where it never has such a one."""
        match self.kind:
            case "text":
                return plain_text(value)
            case "time":
                return value.astimezone(UTC)
            case "integer key":
                return whole_number(value)
            case "uuid key":
                return uuid_of(value)
        return value


class Columns(RowColumns[Mapped, Expression]):
    """The columns of a relation that hold the attributes of a surface."""

    def every(self, parts: Sequence[Expression]) -> Expression:
        return _joined(parts, lambda left, right: left & right, empty=True)

    def some(self, parts: Sequence[Expression]) -> Expression:
        return _joined(parts, lambda left, right: left | right, empty=False)

    def negated(self, test: Expression) -> Expression:
        return ~test

    def has(self, column: Mapped) -> Expression:
        return (column.ordered() if column.kind == "double" else column.column).isnotnull()

    def never(self, side: Mapped) -> Expression:
        return CaseExpression(side.column.isnotnull(), ConstantExpression(False))  # a value

    def literal(self, side: Mapped, bound: Any) -> Expression:
        made = ConstantExpression(bound)
        return made.cast(DOUBLE) if side.kind in ("double", "whole as double") else made

    def applied(self, operator: str, left: Expression, right: Expression) -> Expression:
        found: Expression = OPERATORS[operator](left, right)
        return found

    def one_of(self, column: Mapped, bound: Sequence[Any]) -> Expression:
        return column.exact().isin(*(self.literal(column, value) for value in bound))

    def includes(self, column: Mapped, item: Any) -> Expression:
        if column.kind != "array":
            raise Unmappable("its column is no list")
        element = ConstantExpression(plain_text(item) if isinstance(item, str) else item)
        no_nulls = FunctionExpression("list_position", column.column, ConstantExpression(None)).isnull()
        return CaseExpression(no_nulls, FunctionExpression("list_contains", column.column, element))

    def text_test(self, name: str, subject: Expression, argument: Expression) -> Expression:
        return FunctionExpression(_TEXT_TESTS[name], subject, argument)

    def constant(self, value: str | float) -> Expression:
        made = ConstantExpression(value)
        return made if isinstance(value, str) else made.cast(DOUBLE)

    def computed(self, name: str, left: Expression, right: Expression) -> Mapped:
        return Mapped(_finite(_COMPUTED[name](left, right)), "double", "double")

    def size(self, text: Expression) -> Mapped:
        return Mapped(FunctionExpression("length", text), "whole", "bigint")

    def joined(self, left: Expression, right: Expression) -> Mapped:
        return Mapped(FunctionExpression("||", left, right), "text", "varchar")


def map_columns(
    guard: Guard,
    relation: DuckDBPyRelation,
    *,
    surface: str,
    workspace: str,
    attributes: Mapping[str, str],
    id: str = "id",
) -> Columns:
    """Which columns of *relation* hold what of *surface* in *guard*.

    *workspace*, *id* and the values of *attributes* are names of columns.

    Raises RequestError for a surface, an attribute or a column that is not there, and CannotFilter for a column that
    cannot hold what the catalog declares.
    """
    require_declared(guard, surface, attributes)
    found = dict(zip(relation.columns, relation.types, strict=True))
    types = types_of(guard, surface)
    columns = {}
    for name, column in {**attributes, "id": id, "workspace": workspace}.items():
        if column not in found:
            raise RequestError(f'the relation has no column "{column}"')
        type_ = found[column]
        kind = _of_list(str(type_), types[name]) or _KINDS.get((types[name], type_.id))
        if kind is None:
            raise CannotFilter(f'the column "{column}" of the type {type_} does not hold "{name}": {types[name]}')
        columns[name] = Mapped(ColumnExpression(column), kind, type_.id)
    return Columns(guard, surface, columns)


def permitted(
    columns: Columns, principal: Principal, action: str, context: Context = NO_CONTEXT
) -> Permitted[Expression]:
    """Rows by *columns* on which *principal* may do *action* in *context*, of its workspace alone.

    ``where`` goes into any ``filter``. Raises RequestError for a malformed question, and CannotFilter where the
    condition cannot be said.
    """
    found = columns.asked(principal, action, context)
    return Permitted(found, columns.where(found))


_WHOLE: Final = ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger")
_KINDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType({
    ("string", "varchar"): "text", ("string", "enum"): "text", ("string", "uuid"): "uuid key",
    **{("string", name): "integer key" for name in _WHOLE},
    **{("int", name): "whole" for name in _WHOLE},
    **{("uint", name): "whole" for name in _WHOLE},
    **{("double", name): "whole as double" for name in _WHOLE},
    ("double", "double"): "double", ("bool", "boolean"): "flag", ("bytes", "blob"): "bytes",
    ("timestamp", "timestamp with time zone"): "time",
})  # fmt: skip
"""By what is declared and the type of a column, how its values are compared."""


def _of_list(type_: str, declared: str) -> str | None:
    return "array" if (declared, type_) in (("list(string)", "VARCHAR[]"), ("list(int)", "BIGINT[]")) else None


def _finite(column: Expression) -> Expression:
    return CaseExpression(FunctionExpression("isfinite", column), column)


def _joined(
    parts: Sequence[Expression], join: Callable[[Expression, Expression], Expression], *, empty: bool
) -> Expression:
    """As a tree whose depth is not the number of its parts."""
    if len(parts) > 1:
        half = len(parts) // 2
        return join(_joined(parts[:half], join, empty=empty), _joined(parts[half:], join, empty=empty))
    return parts[0] if parts else ConstantExpression(empty)
