"""The one expression form.

Conditions are parsed into these nodes, and everything else a rule is made of (its target, the
scopes and roles it needs) is lowered to them, so that there is one evaluator, one partial
evaluator and one compiler. Operators are calls under the function names of the CEL
specification (``_&&_``, ``_==_``, ``@in`` …).

Spans are offsets into the condition's own text; they take no part in equality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter, is_
from typing import Any, ClassVar, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.source import Span

NOWHERE: Final = Span(0, 0)
"""The span of a node that no text was written for."""


class UInt(int):
    """CEL's unsigned 64-bit integer: distinct from int, so that ``1u`` keeps its type."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"UInt({int(self)})"


class _Node(Struct, frozen=True, gc=False, eq=False, kw_only=True):
    """A node is equal to one of its kind with equal parts, wherever the two are written."""

    span: Span = NOWHERE
    parts: ClassVar[attrgetter[Any]]
    """What takes part in equality."""

    def __eq__(self, other: object) -> bool:
        return other.__class__ is self.__class__ and self.parts(self) == self.parts(other)

    def __ne__(self, other: object) -> bool:
        # A struct has a __ne__ of its own.
        return not self == other

    def __hash__(self) -> int:
        return hash(self.parts(self))


LiteralValue: TypeAlias = bool | int | float | str | bytes | None


class Literal(_Node, frozen=True, gc=False, eq=False):
    """A constant. ``UInt`` marks an unsigned integer. Equality is by type *and* value."""

    value: LiteralValue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and _exact(self.value) == _exact(other.value)

    def __hash__(self) -> int:
        return hash(_exact(self.value))


def _exact(value: LiteralValue) -> tuple[type, str]:
    # repr distinguishes -0.0 from 0.0 and makes NaN equal to itself; the type distinguishes True from 1.
    return (type(value), repr(value))


class Ident(_Node, frozen=True, gc=False, eq=False):
    """A name; *absolute* where it was written with a leading dot."""

    parts = attrgetter("name", "absolute")
    name: str
    absolute: bool = False


class Select(_Node, frozen=True, gc=False, eq=False):
    """``operand.name``; with *test* the ``has(operand.name)`` macro; with *optional* ``operand.?name``."""

    parts = attrgetter("operand", "name", "test", "optional")
    operand: Expr
    name: str
    test: bool = False
    optional: bool = False


class Index(_Node, frozen=True, gc=False, eq=False):
    """``operand[index]``, or ``operand[?index]`` with *optional*."""

    parts = attrgetter("operand", "index", "optional")
    operand: Expr
    index: Expr
    optional: bool = False


class Call(_Node, frozen=True, gc=False, eq=False):
    """A function, a method (with *target*) or an operator (by its CEL name).

    ``_&&_`` and ``_||_`` take two or more operands; the parser writes two.
    """

    parts = attrgetter("function", "args", "target")
    function: str
    args: tuple[Expr, ...]
    target: Expr | None = None


class ListExpr(_Node, frozen=True, gc=False, eq=False):
    """``[a, b]``; *optional* holds the positions written ``?a``."""

    parts = attrgetter("items", "optional")
    items: tuple[Expr, ...]
    optional: frozenset[int] = frozenset()


class MapExpr(_Node, frozen=True, gc=False, eq=False):
    """``{k: v}``; *optional* holds the positions written ``?k: v``."""

    parts = attrgetter("entries", "optional")
    entries: tuple[tuple[Expr, Expr], ...]
    optional: frozenset[int] = frozenset()


class Macro(_Node, frozen=True, gc=False, eq=False):
    """A comprehension: ``operand.all(x, body)`` and its relatives.

    *kind* is ``all``, ``exists``, ``exists_one``, ``map`` or ``filter`` (and the two-variable
    forms of the CEL macros2 extension); *variables* are the one or two names it binds; *body*
    holds the predicate and, for a three-argument ``map``, the transform after it.
    """

    parts = attrgetter("kind", "operand", "variables", "body")
    kind: str
    operand: Expr
    variables: tuple[str, ...]
    body: tuple[Expr, ...]


class Failure(_Node, frozen=True, gc=False, eq=False):
    """An expression known to have no value, such as a missing attribute found while simplifying."""

    parts = attrgetter("message")
    message: str


Expr: TypeAlias = Literal | Ident | Select | Index | Call | ListExpr | MapExpr | Macro | Failure

AND: Final = "_&&_"
OR: Final = "_||_"
NOT: Final = "!_"
NEGATE: Final = "-_"
CONDITIONAL: Final = "_?_:_"
EQUAL: Final = "_==_"
NOT_EQUAL: Final = "_!=_"
LESS: Final = "_<_"
LESS_EQUAL: Final = "_<=_"
GREATER: Final = "_>_"
GREATER_EQUAL: Final = "_>=_"
IN: Final = "@in"
ADD: Final = "_+_"
SUBTRACT: Final = "_-_"
MULTIPLY: Final = "_*_"
DIVIDE: Final = "_/_"
MODULO: Final = "_%_"
HOLDS: Final = "holds"
"""``holds("agents:write")``: the principal's grants cover the permission. Only conditions of packs know it."""
GRANTED: Final = "@granted"
"""``@granted("scopes agents:write/ id string")``: a scope of the principal's is that with the resource's id at its end.

Only partial evaluation writes it, for what ``holds(...)``, narrowed scopes and roles on one resource ask: ids are data
of each request, so that what is left of a rule is the same for all principals that hold the scope.
``compiling.grants.Narrowed`` has its parts.
"""
PRESENT: Final = "@has"
"""``@has(name)``: a value is given for a variable. Only resolving writes it, for ``has(a.b)`` of a variable ``a.b``."""

TRUE: Final = Literal(True)
FALSE: Final = Literal(False)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct sub-expressions, in the order they were written."""
    # Most nodes are one of these.
    kind = expr.__class__
    if kind is Ident or kind is Literal:
        return ()
    match expr:
        case Call(args=args, target=target):
            return args if target is None else (target, *args)
        case Literal() | Ident() | Failure():
            return ()
        case Select(operand=operand):
            return (operand,)
        case Index(operand=operand, index=index):
            return (operand, index)
        case ListExpr(items=items):
            return items
        case MapExpr(entries=entries):
            return tuple(part for entry in entries for part in entry)
        case Macro(operand=operand, body=body):
            return (operand, *body)


def rebuilt(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """*expr* with each of its direct sub-expressions changed; itself where none of them is another one."""
    old = children(expr)
    if not old:
        return expr
    parts = tuple(map(change, old))
    if all(map(is_, parts, old)):
        return expr
    match expr:
        case Select():
            return replace(expr, operand=parts[0])
        case Index():
            return replace(expr, operand=parts[0], index=parts[1])
        case Call(target=None):
            return replace(expr, args=parts)
        case Call():
            return replace(expr, target=parts[0], args=parts[1:])
        case ListExpr():
            return replace(expr, items=parts)
        case MapExpr():
            return replace(expr, entries=tuple(zip(parts[::2], parts[1::2], strict=True)))
        case Macro():
            return replace(expr, operand=parts[0], body=parts[1:])
    return expr


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, parents first. Uses a stack of its own: depth costs no recursion."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def conjunction(parts: tuple[Expr, ...]) -> Expr:
    """All of *parts*; true when there is none. One node with many operands, so depth stays flat."""
    return _joined(AND, TRUE, parts)


def disjunction(parts: tuple[Expr, ...]) -> Expr:
    """Any of *parts*; false when there is none."""
    return _joined(OR, FALSE, parts)


def _joined(operator: str, unit: Literal, parts: tuple[Expr, ...]) -> Expr:
    if not parts:
        return unit
    return parts[0] if len(parts) == 1 else Call(operator, parts)
