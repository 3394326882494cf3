"""Lists by Polars: which rows of a frame somebody may do something to. Needs the extra ``columnar``.

Once ``map_columns(guard, frame, surface="agents", workspace="workspace_id", attributes={"owner": "owner_id"})``, and
``frame.filter(permitted(columns, who, "agents:read", context).where)``, on a frame, a lazy one or a part of it.
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
    require_declared,
    types_of,
    whole_number,
)

try:
    import polars as pl
    from polars.datatypes import DataTypeClass
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "polars":
        raise
    needed = "scopeguard.integrations.polars needs its extra: pip install 'scopeguard-authz[columnar]'"
    raise ModuleNotFoundError(needed, name="polars") from None

__all__ = ["CannotFilter", "Columns", "Permitted", "map_columns", "permitted"]

_MAX_EXACT: Final = 2**53
_COMPUTED: Final[Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = MappingProxyType({
    "+": lambda left, right: left + right, "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: pl.when(right != 0.0).then(left / right),
})  # fmt: skip
_TEXT_TESTS: Final[Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = MappingProxyType({
    "startsWith": lambda subject, argument: subject.str.starts_with(argument),
    "endsWith": lambda subject, argument: subject.str.ends_with(argument),
    "contains": lambda subject, argument: subject.str.contains(argument, literal=True),
})  # fmt: skip


class Mapped(NamedTuple):
    """A column that holds an attribute. *kind* is how its values are compared."""

    column: pl.Expr
    kind: str
    type: "pl.DataType | DataTypeClass"

    def exact(self) -> pl.Expr:
        """What is compared for being the same."""
        match self.kind:
            case "text":
                return self.column if self.type == pl.String else self.column.cast(pl.String)
            case "time":
                return self.column.dt.cast_time_unit("us").dt.convert_time_zone("UTC")
            case "whole as double":
                inside = self.column.is_between(-_MAX_EXACT, _MAX_EXACT)
                return pl.when(inside).then(self.column.cast(pl.Float64))
        return self.column

    def ordered(self) -> pl.Expr:
        """What is compared for its order."""
        return _finite(self.column) if self.kind == "double" else self.exact()

    def bound(self, value: Any) -> Any:
        """A value as one that the column has; None where it never has such a one."""
        if self.kind == "time":
            return value.astimezone(UTC)
        return whole_number(value) if self.kind == "integer key" else value


class Columns(RowColumns[Mapped, pl.Expr]):
    """The columns of a frame that hold the attributes of a surface."""

    def every(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return _joined(parts, lambda left, right: left & right, empty=True)

    def some(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        return _joined(parts, lambda left, right: left | right, empty=False)

    def negated(self, test: pl.Expr) -> pl.Expr:
        return ~test

    def has(self, column: Mapped) -> pl.Expr:
        return (column.ordered() if column.kind == "double" else column.column).is_not_null()

    def never(self, side: Mapped) -> pl.Expr:
        return pl.when(side.column.is_not_null()).then(pl.lit(False))  # a value

    def literal(self, side: Mapped, bound: Any) -> pl.Expr:
        if side.kind == "time":
            return pl.lit(bound, dtype=pl.Datetime("us", "UTC"))
        return pl.lit(bound, dtype=_LITERALS.get(side.kind))

    def applied(self, operator: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
        found: pl.Expr = OPERATORS[operator](left, right)
        return found

    def one_of(self, column: Mapped, bound: Sequence[Any]) -> pl.Expr:
        exact = column.exact()
        if column.kind == "time":
            return self.some([exact == self.literal(column, value) for value in bound])
        # Of a value that is not there nothing is known, whatever the version of Polars has it.
        return pl.when(exact.is_not_null()).then(exact.is_in(list(bound)))

    def includes(self, column: Mapped, item: Any) -> pl.Expr:
        if column.kind != "array":
            raise Unmappable("its column is no list")
        items = column.column.list
        return pl.when(items.drop_nulls().list.len() == items.len()).then(items.contains(pl.lit(item)))

    def text_test(self, name: str, subject: pl.Expr, argument: pl.Expr) -> pl.Expr:
        return _TEXT_TESTS[name](subject, argument)

    def constant(self, value: str | float) -> pl.Expr:
        return pl.lit(value)

    def computed(self, name: str, left: pl.Expr, right: pl.Expr) -> Mapped:
        return Mapped(_finite(_COMPUTED[name](left, right)), "double", pl.Float64)

    def size(self, text: pl.Expr) -> Mapped:
        return Mapped(text.str.len_chars().cast(pl.Int64), "whole", pl.Int64)

    def joined(self, left: pl.Expr, right: pl.Expr) -> Mapped:
        return Mapped(left + right, "text", pl.String)


_LITERALS: Final = MappingProxyType({
    "text": pl.String, "whole": pl.Int64, "integer key": pl.Int64, "double": pl.Float64, "whole as double": pl.Float64,
    "flag": pl.Boolean, "bytes": pl.Binary,
})  # fmt: skip


def map_columns(
    guard: Guard,
    frame: "pl.DataFrame | pl.LazyFrame | Mapping[str, pl.DataType]",
    *,
    surface: str,
    workspace: str,
    attributes: Mapping[str, str],
    id: str = "id",
) -> Columns:
    """Which columns of *frame*, or of its schema, hold what of *surface* in *guard*.

    *workspace*, *id* and the values of *attributes* are names of columns.

    Raises RequestError for a surface, an attribute or a column that is not there, and CannotFilter for a column that
    cannot hold what the catalog declares.
    """
    require_declared(guard, surface, attributes)
    schema = frame.collect_schema() if isinstance(frame, pl.DataFrame | pl.LazyFrame) else frame
    types = types_of(guard, surface)
    columns = {}
    for name, column in {**attributes, "id": id, "workspace": workspace}.items():
        if column not in schema:
            raise RequestError(f'the frame has no column "{column}"')
        kind = _kind(schema[column], types[name])
        if kind is None:
            raise CannotFilter(
                f'the column "{column}" of the type {schema[column]} does not hold "{name}": {types[name]}'
            )
        columns[name] = Mapped(pl.col(column), kind, schema[column])
    return Columns(guard, surface, columns)


def permitted(columns: Columns, principal: Principal, action: str, context: Context = NO_CONTEXT) -> Permitted[pl.Expr]:
    """Rows by *columns* on which *principal* may do *action* in *context*, of its workspace alone.

    ``where`` goes into any ``filter``. Raises RequestError for a malformed question, and CannotFilter where the
    condition cannot be said.
    """
    found = columns.asked(principal, action, context)
    return Permitted(found, columns.where(found))


def _kind(type_: Any, declared: str) -> str | None:
    if declared.startswith("list("):
        element = declared.removeprefix("list(").removesuffix(")")
        plain = (("string", pl.String), ("int", pl.Int64))
        return "array" if any(element == what and type_ == pl.List(inner) for what, inner in plain) else None
    if isinstance(type_, pl.Datetime):
        return "time" if declared == "timestamp" and type_.time_zone is not None else None
    return next((kind for what, types, kind in _KINDS if what == declared and type_.base_type() in types), None)


_WHOLE: Final = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)
_KINDS: Final = (
    ("string", (pl.String, pl.Categorical, pl.Enum), "text"),
    ("string", _WHOLE, "integer key"),
    ("int", _WHOLE, "whole"),
    ("uint", _WHOLE, "whole"),
    ("double", (pl.Float64,), "double"),
    ("double", _WHOLE, "whole as double"),
    ("bool", (pl.Boolean,), "flag"),
    ("bytes", (pl.Binary,), "bytes"),
)
"""The types of columns that hold what is declared."""


def _finite(column: pl.Expr) -> pl.Expr:
    return pl.when(column.is_finite()).then(column)


def _joined(parts: Sequence[pl.Expr], join: Callable[[pl.Expr, pl.Expr], pl.Expr], *, empty: bool) -> pl.Expr:
    """As a tree whose depth is not the number of its parts."""
    if len(parts) > 1:
        half = len(parts) // 2
        return join(_joined(parts[:half], join, empty=empty), _joined(parts[half:], join, empty=empty))
    return parts[0] if parts else pl.lit(empty)
