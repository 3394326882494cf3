"""Lists by SQLAlchemy: which rows somebody may do something to, as an expression for any ``where``."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, TypeVar

from sqlalchemy import (
    ColumnElement,
    Double,
    String,
    and_,
    bindparam,
    false,
    func,
    inspect,
    literal,
    not_,
    null,
    or_,
    true,
)
from sqlalchemy.orm import Mapper, QueryableAttribute

from scopeguard import Context, Decision, Filter, Guard, Principal, RequestError
from scopeguard import conditions as c
from scopeguard.inspection import attribute_types, nearest
from scopeguard.integrations.cannot_filter import CannotFilter, refuse_opaque, tests_to_say
from scopeguard.integrations.sqlalchemy.column_types import Mapped, Unmappable, finite, mapped, read
from scopeguard.integrations.sqlalchemy.dialects import (
    ArrayIncludes,
    Contains,
    EndsWith,
    JsonHas,
    JsonIncludes,
    Size,
    StartsWith,
    Supported,
)

T = TypeVar("T")

_COMPARED: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType({
    "==": lambda left, right: left == right, "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right, "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right, ">=": lambda left, right: left >= right,
})  # fmt: skip
_COMPUTED: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType({
    "+": lambda left, right: left + right, "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left.op("/", return_type=Double())(func.nullif(right, 0.0, type_=Double())),
})  # fmt: skip
_TEXT_TESTS: Final = MappingProxyType({"startsWith": StartsWith, "endsWith": EndsWith, "contains": Contains})
_EQUALITY: Final = frozenset({"==", "!="})
_NO_CONTEXT: Final = Context()


class Permitted(Generic[T]):
    """Which rows of *T* somebody may do something to: ``select(T).where(permitted(...).where)``."""

    __slots__ = ("filter", "where")

    def __init__(self, found: Filter, where: ColumnElement[bool]) -> None:
        """*found* as an expression."""
        self.filter = found
        self.where = where

    @property
    def state(self) -> Literal["all", "some", "none"]:
        """Whether all rows of the workspace pass, some, or none."""
        return self.filter.state

    @property
    def decision(self) -> Decision:
        """The denial where no row passes; else an allow, with what is to be left out."""
        return self.filter.decision

    def authorize(self) -> "Permitted[T]":
        """Itself. Raises AccessDenied where no row passes."""
        self.filter.authorize()
        return self


class Columns(Generic[T]):
    """A mapped class whose columns hold the attributes of a surface."""

    def __init__(self, guard: Guard, model: type[T], surface: str, columns: Mapping[str, Mapped]) -> None:
        """*columns* are those of the attributes, and of ``id`` and ``workspace``."""
        self.guard = guard
        self.model = model
        self.surface = surface
        self._columns = columns
        self._types = {**attribute_types(guard, surface), "id": "string", "workspace": "string"}

    def verify(self, *actions: str) -> None:
        """Raise CannotFilter for the first rule about *actions*, or any action of the surface, that no query can say.

        To be called where a service starts.
        """
        for problem in self.problems(*actions):
            raise problem

    def problems(self, *actions: str) -> tuple[CannotFilter, ...]:
        """All that no query can say of the rules about *actions*, or any action of the surface."""
        found = []
        for test in tests_to_say(self.guard, self.surface, actions):
            try:
                self._test(test)
            except CannotFilter as error:
                found.append(error)
        return tuple(found)

    def where(self, found: Filter) -> ColumnElement[bool]:
        """A filter as an expression. Raises CannotFilter."""
        if found.state == "none":
            return false()
        parts = [self._condition(found.condition)]
        if found.workspace is not None:
            parts.insert(0, self._compare("==", self._columns["workspace"], found.workspace))
        return Supported(and_(*parts))

    def _condition(self, condition: c.Condition) -> ColumnElement[bool]:
        match condition:
            case c.All(parts=parts):
                return and_(true(), *map(self._condition, parts))
            case c.Any(parts=parts):
                return or_(false(), *map(self._condition, parts))
            case c.Not(test=test):
                return not_(self._test(test))
        return self._test(condition)

    def _test(self, test: c.Test) -> ColumnElement[bool]:
        refuse_opaque(test)
        try:
            return self._said(test)
        except Unmappable as error:
            raise CannotFilter(str(error), test) from None

    def _said(self, test: c.Test) -> ColumnElement[bool]:
        match test:
            case c.Has(attribute=attribute):
                column = self._column(attribute)
                if column.kind == "json":
                    return JsonHas(column.column)
                return column.ordered().is_not(None) if column.kind == "double" else column.column.is_not(None)
            case c.In(attribute=attribute, values=values):
                return self._in(self._column(attribute), values)
            case c.Includes(attribute=attribute, item=c.Value(value=item)):
                return self._includes(self._column(attribute), item)
            case c.Text(test=name, subject=subject, argument=argument):
                return _TEXT_TESTS[name](self._text(subject), self._text(argument))
            case c.Compare(operator=operator, left=left, right=right):
                return self._comparison(operator, left, right)
        raise Unmappable("it is not known here")

    def _column(self, attribute: c.Attribute) -> Mapped:
        found = self._columns.get(attribute.name)
        if found is None:
            raise Unmappable(f'no column is mapped for the attribute "{attribute.name}" of {self.surface}')
        if attribute.type != self._types.get(attribute.name):
            raise Unmappable(f"the pack declares it as {attribute.type} since it was mapped")
        return found

    def _in(self, column: Mapped, values: tuple[Any, ...]) -> ColumnElement[bool]:
        bound = [value for value in map(column.bound, values) if value is not None]
        if not bound:
            return _never(column.column)
        options = bindparam("options", bound, expanding=True, unique=True, type_=column.bound_type)
        return column.exact().in_(options)

    def _includes(self, column: Mapped, item: Any) -> ColumnElement[bool]:
        if column.kind == "json":
            return JsonIncludes(column.column, literal(_plain(item), String()))
        if column.kind == "array":
            return ArrayIncludes(column.column, literal(item, column.type.item_type))  # type: ignore[attr-defined]  # an array
        raise Unmappable("its column is no list")

    def _comparison(self, operator: str, left: c.Operand, right: c.Operand) -> ColumnElement[bool]:
        one = self._operand(left)
        if isinstance(right, c.Value):
            return self._compare(operator, one, right.value)
        other = self._operand(right)
        if one.kind != other.kind or one.kind in ("json", "array", "enum key"):
            raise Unmappable("its two columns are of types that are not compared")
        if operator in _EQUALITY and one.kind != "double":
            return _COMPARED[operator](one.exact(), other.exact())  # type: ignore[no-any-return]  # an expression
        _require_order(one)
        return _COMPARED[operator](one.ordered(), other.ordered())  # type: ignore[no-any-return]  # an expression

    def _compare(self, operator: str, column: Mapped, value: Any) -> ColumnElement[bool]:
        bound = column.bound(value)
        if bound is None and operator in _EQUALITY:
            return _never(column.column) if operator == "==" else column.column.is_not(None)
        compared = literal(bound, column.bound_type)
        if operator == "==" or (operator == "!=" and column.kind != "double"):
            return _COMPARED[operator](column.exact(), compared)  # type: ignore[no-any-return]  # an expression
        _require_order(column)
        return _COMPARED[operator](column.ordered(), compared)  # type: ignore[no-any-return]  # an expression

    def _operand(self, operand: c.Operand) -> Mapped:
        match operand:
            case c.Attribute():
                return self._column(operand)
            case c.Function(name="size", args=(text,)):
                return Mapped(Size(self._text(text)), "whole", Size.type)
            case c.Function(name=name, args=(left, right), type="double"):
                made = _COMPUTED[name](self._double(left), self._double(right))
                return Mapped(finite(made), "double", Double())
            case c.Function():
                return Mapped(self._text(operand), "text", String())
        raise Unmappable("it is not known here")

    def _double(self, operand: c.Operand) -> ColumnElement[Any]:
        if isinstance(operand, c.Value):
            return literal(operand.value, Double())
        found = self._operand(operand)
        if found.kind not in ("double", "whole as double"):
            raise Unmappable("it is no double")
        return found.ordered()

    def _text(self, operand: c.Operand) -> ColumnElement[Any]:
        match operand:
            case c.Value(value=value):
                return literal(_plain(value), String())
            case c.Attribute():
                found = self._column(operand)
                if found.kind != "text":
                    raise Unmappable("the database does not hold it as a text")
                return found.exact()
            case c.Function(name="+", args=(left, right)):
                return self._text(left).op("||", return_type=String())(self._text(right))
        raise Unmappable("it is no text")


def map_columns(
    guard: Guard,
    model: type[T],
    *,
    surface: str,
    workspace: Any,
    attributes: Mapping[str, Any],
    id: Any = None,
) -> Columns[T]:
    """Tell which attributes of a mapped class hold what of a surface, for lists and for checks of its objects.

    *workspace*, *attributes* and *id*, which is the primary key where it is left out, are attributes of the class,
    ``Agent.owner``. Raises RequestError for a surface or an attribute that the catalog does not have, and CannotFilter
    for a column that cannot hold what the catalog declares.
    """
    declared = attribute_types(guard, surface)
    for name in attributes:
        if name not in declared:
            raise RequestError(f'no attribute "{name}" of {surface} in the catalog{nearest(name, declared)}')
    key = _primary_key(model) if id is None else id
    types = {**declared, "id": "string", "workspace": "string"}
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
    return Columns(guard, model, surface, columns)


def permitted(columns: Columns[T], principal: Principal, action: str, context: Context = _NO_CONTEXT) -> Permitted[T]:
    """Which rows *principal* may do *action* to, those of its workspace alone.

    Raises RequestError for a malformed question, and CannotFilter where the condition cannot be said.
    """
    found = columns.guard.filter(principal, action, context)
    if found.surface not in (None, columns.surface):
        raise RequestError(
            f'the columns are of the surface "{columns.surface}", but {action} is about "{found.surface}"'
        )
    return Permitted(found, columns.where(found))


def _never(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """What is false of every value, and of none has a value."""
    return and_(column.is_(None), null())


def _require_order(column: Mapped) -> None:
    if column.is_key:
        raise Unmappable("its values are compared as a whole alone")


def _plain(text: Any) -> Any:
    if "\0" in text:
        raise Unmappable("databases end a text at its null character")
    return text


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
