"""What every store has in common that a condition is said to: the walk over it, and what a store may not be asked."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from scopeguard import Context, Decision, Filter, Guard, Principal, RequestError
from scopeguard import conditions as c
from scopeguard.inspection import attribute_types, nearest
from scopeguard.integrations.cannot_filter import CannotFilter, refuse_opaque, tests_to_say

OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType({
    "==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
})  # fmt: skip
KEYS: Final = frozenset({"integer key", "uuid key", "enum key"})
"""The kinds of columns that hold a text as something else: they are compared as a whole alone."""
LISTS: Final = frozenset({"json", "array"})
_UNCOMPARED: Final = LISTS | {"enum key"}
_EQUALITY: Final = frozenset({"==", "!="})
_DOUBLES: Final = frozenset({"double", "whole as double"})
_MAX_DIGITS: Final = 19
NO_CONTEXT: Final = Context()

E = TypeVar("E")
"""An expression of a store."""
E_co = TypeVar("E_co", covariant=True)


class Unmappable(Exception):
    """What a column does not hold, or a store does not say."""


class Side(Protocol[E_co]):
    """One side of a comparison: a column, or what is made of columns. *kind* is how its values are compared."""

    @property
    def kind(self) -> str:
        """``text``, ``whole``, ``double``, ``time`` and so on."""

    def exact(self) -> E_co:
        """What is compared for being the same."""

    def ordered(self) -> E_co:
        """What is compared for its order."""

    def bound(self, value: Any) -> Any:
        """A value as one that it may have; None where it never has such a one."""


S = TypeVar("S", bound=Side[Any])


class RowColumns(ABC, Generic[S, E]):
    """The columns of a store that hold the attributes of a surface."""

    def __init__(self, guard: Guard, surface: str, columns: Mapping[str, S]) -> None:
        """*columns* are those of the attributes, and of ``id`` and ``workspace``."""
        self.guard = guard
        self.surface = surface
        self._columns = columns
        self._types = types_of(guard, surface)

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

    def asked(self, principal: Principal, action: str, context: Context) -> Filter:
        """The filter for a question about this surface. Raises RequestError for one about another."""
        return self.require_surface(self.guard.filter(principal, action, context))

    def require_surface(self, found: Filter) -> Filter:
        """*found* itself. Raises RequestError where it is about another surface."""
        if found.surface not in (None, self.surface):
            action = found.asked.action
            raise RequestError(
                f'the columns are of the surface "{self.surface}", but {action} is about "{found.surface}"'
            )
        return found

    def where(self, found: Filter) -> E:
        """A filter as an expression. Raises CannotFilter."""
        if found.state == "none":
            return self.some([])
        parts = [self._condition(found.condition)]
        if found.workspace is not None:
            parts.insert(0, self._compare("==", self._columns["workspace"], found.workspace))
        return self.whole(parts)

    def whole(self, parts: Sequence[E]) -> E:
        """The whole of a condition."""
        return self.every(parts)

    # What a store says in its own way.

    @abstractmethod
    def every(self, parts: Sequence[E]) -> E:
        """That all are true."""

    @abstractmethod
    def some(self, parts: Sequence[E]) -> E:
        """That one is true."""

    @abstractmethod
    def negated(self, test: E) -> E:
        """That a test is false; of no value where the test has none."""

    @abstractmethod
    def has(self, column: S) -> E:
        """That there is a value."""

    @abstractmethod
    def never(self, side: S) -> E:
        """What is false of every value, and has none where there is none."""

    @abstractmethod
    def literal(self, side: S, bound: Any) -> E:
        """A value beside one side."""

    @abstractmethod
    def applied(self, operator: str, left: E, right: E) -> E:
        """A comparison."""

    @abstractmethod
    def one_of(self, column: S, bound: Sequence[Any]) -> E:
        """That a value is one of some, of which there is at least one."""

    @abstractmethod
    def includes(self, column: S, item: Any) -> E:
        """That a list has an element. Raises Unmappable."""

    @abstractmethod
    def text_test(self, name: str, subject: E, argument: E) -> E:
        """``startsWith``, ``endsWith`` or ``contains``."""

    @abstractmethod
    def constant(self, value: str | float) -> E:
        """A text or a double."""

    @abstractmethod
    def computed(self, name: str, left: E, right: E) -> S:
        """What a function makes of two doubles; no value where that is no finite number."""

    @abstractmethod
    def size(self, text: E) -> S:
        """The code points of a text."""

    @abstractmethod
    def joined(self, left: E, right: E) -> S:
        """Two texts as one."""

    # The walk.

    def _condition(self, condition: c.Condition) -> E:
        match condition:
            case c.All(parts=parts):
                return self.every([self._condition(part) for part in parts])
            case c.Any(parts=parts):
                return self.some([self._condition(part) for part in parts])
            case c.Not(test=test):
                return self.negated(self._test(test))
        return self._test(condition)

    def _test(self, test: c.Test) -> E:
        refuse_opaque(test)
        try:
            return self._said(test)
        except Unmappable as error:
            raise CannotFilter(str(error), test) from None

    def _said(self, test: c.Test) -> E:
        match test:
            case c.Has(attribute=attribute):
                return self.has(self._column(attribute))
            case c.In(attribute=attribute, values=values):
                column = self._column(attribute)
                bound = [value for value in map(column.bound, values) if value is not None]
                return self.one_of(column, bound) if bound else self.never(column)
            case c.Includes(attribute=attribute, item=c.Value(value=item)):
                return self.includes(self._column(attribute), item)
            case c.Text(test=name, subject=subject, argument=argument):
                return self.text_test(name, self._text(subject), self._text(argument))
            case c.Compare(operator=operator, left=left, right=right):
                return self._comparison(operator, left, right)
        raise Unmappable("it is not known here")

    def _column(self, attribute: c.Attribute) -> S:
        found = self._columns.get(attribute.name)
        if found is None:
            raise Unmappable(f'no column is mapped for the attribute "{attribute.name}" of {self.surface}')
        if attribute.type != self._types.get(attribute.name):
            raise Unmappable(f"the pack declares it as {attribute.type} since it was mapped")
        return found

    def _comparison(self, operator: str, left: c.Operand, right: c.Operand) -> E:
        one = self._side(left)
        if isinstance(right, c.Value):
            return self._compare(operator, one, right.value)
        other = self._side(right)
        if one.kind != other.kind or one.kind in _UNCOMPARED:
            raise Unmappable("its two columns are of types that are not compared")
        if operator in _EQUALITY and one.kind not in _DOUBLES:
            return self.applied(operator, one.exact(), other.exact())
        _require_order(one)
        return self.applied(operator, one.ordered(), other.ordered())

    def _compare(self, operator: str, side: S, value: Any) -> E:
        bound = side.bound(value)
        if bound is None and operator in _EQUALITY:
            return self.never(side) if operator == "==" else self.has(side)
        compared = self.literal(side, bound)
        if operator == "==" or (operator == "!=" and side.kind not in _DOUBLES):
            return self.applied(operator, side.exact(), compared)
        _require_order(side)
        return self.applied(operator, side.ordered(), compared)

    def _side(self, operand: c.Operand) -> S:
        match operand:
            case c.Attribute():
                return self._column(operand)
            case c.Function(name="size", args=(text,)):
                return self.size(self._text(text))
            case c.Function(name="+", args=(left, right), type="string"):
                return self.joined(self._text(left), self._text(right))
            case c.Function(name=name, args=(left, right)):
                return self.computed(name, self._double(left), self._double(right))
        raise Unmappable("it is not known here")

    def _double(self, operand: c.Operand) -> E:
        if isinstance(operand, c.Value):
            return self.constant(operand.value)  # type: ignore[arg-type]  # a double, beside one
        found = self._side(operand)
        if found.kind not in _DOUBLES:
            raise Unmappable("its column holds no doubles")
        return found.ordered()  # type: ignore[no-any-return]  # an expression

    def _text(self, operand: c.Operand) -> E:
        if isinstance(operand, c.Value):
            return self.constant(plain_text(operand.value))
        found = self._side(operand)
        if found.kind != "text":
            raise Unmappable("the store does not hold it as a text")
        return found.exact()  # type: ignore[no-any-return]  # an expression


class Permitted(Generic[E]):
    """Which rows somebody may do something to: *where* is an expression of the store."""

    __slots__ = ("filter", "where")

    def __init__(self, found: Filter, where: E) -> None:
        """*found* as an expression."""
        self.filter = found
        self.where = where

    @property
    def state(self) -> str:
        """Whether ``all`` rows of the workspace pass, ``some``, or ``none``."""
        return self.filter.state

    @property
    def decision(self) -> Decision:
        """The denial where no row passes; else an allow, with what is to be left out."""
        return self.filter.decision

    def authorize(self) -> "Permitted[E]":
        """Itself. Raises AccessDenied where no row passes."""
        self.filter.authorize()
        return self


def types_of(guard: Guard, surface: str) -> Mapping[str, str]:
    """The declared types of the attributes of a surface, and of what every row has. Raises RequestError."""
    return {**attribute_types(guard, surface), "id": "string", "workspace": "string"}


def require_declared(guard: Guard, surface: str, names: Iterable[str]) -> None:
    """Raise RequestError for an attribute that the catalog does not have."""
    declared = attribute_types(guard, surface)
    for name in names:
        if name not in declared:
            raise RequestError(f'no attribute "{name}" of {surface} in the catalog{nearest(name, declared)}')


def plain_text(text: Any) -> str:
    """*text*, where every store takes it for one. Raises Unmappable."""
    if "\0" in text:
        raise Unmappable("stores end a text at its null character")
    return str(text)


def whole_number(text: str) -> int | None:
    """The number that Python writes so; None for any other text."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS):
        return None
    found = int(text)
    return found if str(found) == text and -(2**63) <= found < 2**63 else None


def uuid_of(text: str) -> UUID | None:
    """The UUID that Python writes so; None for any other text."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _require_order(side: Side[Any]) -> None:
    if side.kind in KEYS:
        raise Unmappable("its values are compared as a whole alone")
