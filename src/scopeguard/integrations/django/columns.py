"""Models whose fields hold the attributes of a surface, and query sets of the rows that somebody may do something to.

Conditions are expressions of their own: the negation of a ``Q`` lets rows pass that have no value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import inf, nextafter
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.expressions import Expression, F, Func, Value

from scopeguard import Context, Guard, Principal, RequestError
from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.integrations.row_columns import (
    NO_CONTEXT,
    Permitted,
    RowColumns,
    Unmappable,
    plain_text,
    require_declared,
    types_of,
    uuid_of,
    whole_number,
)
from scopeguard.integrations.sql_templates import BINARY, DATABASES

M = TypeVar("M", bound=models.Model)

_COLUMNS: Final = "_scopeguard_columns"
"""Under which name a model knows what its columns hold."""
_LARGEST: Final = nextafter(inf, 0.0)
_MAX_EXACT: Final = 2**53
_ARGUMENT: Final = re.compile(r"\{(\d+)\}")
_NAMES: Final = frozenset().union(*DATABASES.values())
"""The templates that each database has for itself."""
_OPERATORS: Final = MappingProxyType({"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="})
_DOUBLE: Final = "CAST({0} AS DOUBLE PRECISION)"


class Said(Func):
    """SQL of ours about some expressions: a text for every database, or the name of a template that each has."""

    def __init__(self, template: str, *arguments: Any, output_field: Any = None) -> None:
        """*template* has ``{0}`` for the first argument; it is a condition unless *output_field* says otherwise."""
        super().__init__(*arguments, output_field=output_field or models.BooleanField())
        self.text = template

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # theirs has options for more databases
        """The SQL with its parameters. Raises CannotFilter for a database that is not known."""
        templates = DATABASES.get(connection.vendor)
        if templates is None:
            raise CannotFilter(f"no list is made by {connection.vendor}: by sqlite and postgresql alone")
        template = self.text
        if template in _NAMES:
            if template not in templates:
                raise CannotFilter(f"{connection.vendor} has no {template}")
            template = templates[template]
        compiled = [compiler.compile(each) for each in self.get_source_expressions()]
        params: list[Any] = []

        def argument(found: "re.Match[str]") -> str:
            sql, more = compiled[int(found[1])]
            params.extend(more)
            return str(sql)

        return _ARGUMENT.sub(argument, template), params


class Mapped(NamedTuple):
    """A field that holds an attribute. *kind* is how its values are compared."""

    column: Any
    kind: str
    field: "models.Field[Any, Any]"

    def exact(self) -> Any:
        """What is compared for being the same."""
        match self.kind:
            case "text":
                return Said("exact", self.column, output_field=models.TextField())
            case "whole as double":
                return Said(
                    f"CASE WHEN {{0}} BETWEEN {-_MAX_EXACT} AND {_MAX_EXACT} THEN {_DOUBLE} END",
                    self.column,
                    output_field=models.FloatField(),
                )
        return self.column

    def ordered(self) -> Any:
        """What is compared for its order."""
        match self.kind:
            case "text":
                return Said("ordered", self.column, output_field=models.TextField())
            case "double":
                return _finite(self.column)
        return self.exact()

    def bound(self, value: Any) -> Any:
        """A value as one that the field has; None where it never has such a one."""
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

    def read(self, value: Any) -> Any:
        """A value of an object as the attribute that a check reads."""
        match self.kind:
            case "integer key" | "uuid key":
                return None if value is None else str(value)
            case "bytes":
                return None if value is None else bytes(value)
            case "time" if isinstance(value, datetime) and value.tzinfo is None:
                raise RequestError("a time without a zone")
        return value


class Columns(RowColumns[Mapped, Expression]):
    """A model whose fields hold the attributes of a surface."""

    def permitted(self, principal: Principal, action: str, context: Context = NO_CONTEXT) -> Permitted[Expression]:
        """Rows on which *principal* may do *action* in *context*, as an expression for ``filter``, beside the decision.

        Raises RequestError for a malformed question, and CannotFilter where the condition cannot be said.
        """
        found = self.asked(principal, action, context)
        return Permitted(found, self.where(found))

    def whole(self, parts: Sequence[Expression]) -> Expression:
        return Said("supported", self.every(parts))

    def every(self, parts: Sequence[Expression]) -> Expression:
        return _joined(parts, " AND ", "1 = 1")

    def some(self, parts: Sequence[Expression]) -> Expression:
        return _joined(parts, " OR ", "1 = 0")

    def negated(self, test: Expression) -> Expression:
        return Said("NOT ({0})", test)

    def has(self, column: Mapped) -> Expression:
        if column.kind == "json":
            return Said("json_has", column.column)
        return Said("{0} IS NOT NULL", column.ordered() if column.kind == "double" else column.column)

    def never(self, side: Mapped) -> Expression:
        return Said("({0} IS NULL AND NULL)", side.column)

    def literal(self, side: Mapped, bound: Any) -> Expression:
        return Value(bound, output_field=_LITERALS[side.kind]())

    def applied(self, operator: str, left: Expression, right: Expression) -> Expression:
        return Said(f"({{0}} {_OPERATORS[operator]} {{1}})", left, right)

    def one_of(self, column: Mapped, bound: Sequence[Any]) -> Expression:
        places = ", ".join(f"{{{place}}}" for place in range(1, len(bound) + 1))
        return Said(f"({{0}} IN ({places}))", column.exact(), *(self.literal(column, value) for value in bound))

    def includes(self, column: Mapped, item: Any) -> Expression:
        if column.kind == "json":
            return Said("json_includes", column.column, Value(plain_text(item), output_field=models.TextField()))
        if column.kind == "array":
            return Said("array_includes", column.column, Value(item, output_field=column.field.base_field))  # type: ignore[attr-defined]  # an ArrayField
        raise Unmappable("its field is no list")

    def text_test(self, name: str, subject: Expression, argument: Expression) -> Expression:
        return Said(name, subject, argument)

    def constant(self, value: str | float) -> Expression:
        field: Any = models.TextField() if isinstance(value, str) else models.FloatField()
        return Value(value, output_field=field)

    def computed(self, name: str, left: Expression, right: Expression) -> Mapped:
        field: Any = models.FloatField()
        return Mapped(Said(name, left, right, output_field=field), "double", field)

    def size(self, text: Expression) -> Mapped:
        field: Any = models.BigIntegerField()
        return Mapped(Said("size", text, output_field=field), "whole", field)

    def joined(self, left: Expression, right: Expression) -> Mapped:
        field: Any = models.TextField()
        return Mapped(Said("({0} || {1})", left, right, output_field=field), "text", field)


_LITERALS: Final[Mapping[str, Callable[[], Any]]] = MappingProxyType({
    "text": models.TextField, "whole": models.BigIntegerField, "double": models.FloatField, "flag": models.BooleanField,
    "whole as double": models.FloatField, "time": models.DateTimeField, "bytes": models.BinaryField,
    "integer key": models.BigIntegerField, "uuid key": models.UUIDField,
})  # fmt: skip


def map_columns(
    guard: Guard,
    model: type[models.Model],
    *,
    surface: str,
    workspace: str,
    attributes: Mapping[str, str],
    id: str = "pk",
) -> Columns:
    """Which fields of *model* hold what of *surface* in *guard*, for lists and for checks of its objects.

    *workspace*, *id* and the values of *attributes* are names of fields, ``owner_id``. Raises RequestError for a
    surface, an attribute or a field that is not there, and CannotFilter for a field that cannot hold what the catalog
    declares.
    """
    require_declared(guard, surface, attributes)
    types = types_of(guard, surface)
    names = {**attributes, "id": id, "workspace": workspace}
    columns = {name: _mapped(model, field, name, types[name]) for name, field in names.items()}

    def part(name: str) -> Callable[[Any], Any]:
        column, field = columns[name], names[name]
        return lambda item: column.read(getattr(item, field))

    parts = {name: part(name) for name in attributes}
    guard.register(
        model,
        surface=surface,
        id=part("id"),
        workspace=part("workspace"),
        attributes=lambda item: {name: of(item) for name, of in parts.items()},
    )
    made = Columns(guard, surface, columns)
    setattr(model, _COLUMNS, made)
    return made


def permitted(
    rows: "models.QuerySet[M]", principal: Principal, action: str, context: Context = NO_CONTEXT
) -> "models.QuerySet[M]":
    """Those of *rows* that *principal* may do *action* to in *context*, and of its workspace alone.

    Raises RequestError for a malformed question and for a model that is not mapped, and CannotFilter where the
    condition cannot be said.
    """
    return rows.filter(columns_of(rows.model).permitted(principal, action, context).where)


def columns_of(model: type[models.Model]) -> Columns:
    """What the fields of a model hold. Raises RequestError for one that is not mapped."""
    found = getattr(model, _COLUMNS, None)
    if not isinstance(found, Columns):
        raise RequestError(f"the columns of {model.__name__} are not mapped; call map_columns once")
    return found


def _mapped(model: type[models.Model], name: str, attribute: str, declared: str) -> Mapped:
    found: Any = model._meta.pk if name == "pk" else None  # noqa: SLF001  # the name that Django has for it
    try:
        found = found or model._meta.get_field(name)  # noqa: SLF001  # as above
    except FieldDoesNotExist:
        # A foreign key is read by the name of its column.
        found = next((each for each in model._meta.concrete_fields if each.attname == name), None)  # noqa: SLF001  # as above
    if not isinstance(found, models.Field):
        raise RequestError(f"{model.__name__} has no field {name}")
    if isinstance(found, models.ForeignKey) and name != found.attname:
        raise RequestError(f'what holds "{attribute}" is the key {found.attname}, and no object')
    try:
        return Mapped(F(found.attname), _kind(found, declared), found)
    except Unmappable as error:
        raise CannotFilter(f'the field for "{attribute}": {error}') from None


def _kind(field: Any, declared: str) -> str:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    kind = _of_list(field, declared) or next(
        (kind for types, what, kind in _KINDS if what == declared and isinstance(field, types)), None
    )
    if kind is None:
        raise Unmappable(f"a {type(field).__name__} does not hold what is declared as {declared}")
    if kind != "json" and hasattr(field, "from_db_value"):
        raise Unmappable(f"{type(field).__name__} makes other values of those that the database compares")
    collation = getattr(field, "db_collation", None)
    if collation not in BINARY:
        raise Unmappable(f'its collation "{collation}" may take different texts for the same one')
    if kind == "time" and not settings.USE_TZ:
        raise Unmappable("its times have no zone where USE_TZ is off")
    return kind


_KINDS: Final = (
    ((models.CharField, models.TextField), "string", "text"),
    (models.UUIDField, "string", "uuid key"),
    (models.IntegerField, "string", "integer key"),
    (models.IntegerField, "int", "whole"),
    (models.IntegerField, "uint", "whole"),
    (models.IntegerField, "double", "whole as double"),
    (models.FloatField, "double", "double"),
    (models.BooleanField, "bool", "flag"),
    (models.DateTimeField, "timestamp", "time"),
    (models.BinaryField, "bytes", "bytes"),
)
"""The fields that hold what is declared."""


def _of_list(field: Any, declared: str) -> str | None:
    if declared == "list(string)" and isinstance(field, models.JSONField):
        return "json"
    # Its class is in a module that needs a driver of PostgreSQL.
    if declared.startswith("list(") and hasattr(field, "base_field") and getattr(field, "size", None) is None:
        inner = _kind(field.base_field, declared.removeprefix("list(").removesuffix(")"))
        return "array" if inner in ("text", "whole") else None
    return None


def _finite(column: Any) -> Any:
    return Said(
        f"CASE WHEN {{0}} BETWEEN -{_LARGEST!r} AND {_LARGEST!r} THEN {{0}} END",
        column,
        output_field=models.FloatField(),
    )


def _joined(parts: Sequence[Expression], word: str, empty: str) -> Expression:
    return Said("(" + (word.join(f"{{{place}}}" for place in range(len(parts))) or empty) + ")", *parts)
