"""Conditions as a search sees them: which of their parts it can settle by choosing values, and which it cannot.

A part is *understood* where a few values of the names in it stand for all values: presence, comparisons of names with
constants and with each other, membership in lists. Everything else is *opaque*.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scopeguard.compiling.environment import Types
from scopeguard.compiling.partial_evaluation import is_boolean
from scopeguard.errors import EvaluationError, RequestError
from scopeguard.model.grant import Grant
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.name_resolution import Names
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, Call, Expr, Failure, Ident, ListExpr, Literal, Macro, Select, walk

ROLES: Final = "principal.roles"
LITERALLY: Final = "="
"""Before a text: the principal has this very scope among its own."""
UNKNOWN: Final = "?"
"""Before a number: an opaque part of a condition, taken as true and as false."""

A_NETWORK: Final = "192.0.2.0/24"
AN_ADDRESS: Final = "192.0.2.1"
"""One that is for documentation (RFC 5737), and in that network."""

_OF_NETWORKS: Final = frozenset({"cidr", "ip", "containsIP"})
_ORDERS: Final = frozenset({ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL})
_EQUALITIES: Final = frozenset({ex.EQUAL, ex.NOT_EQUAL})
_CONNECTIVES: Final = frozenset({ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL})
NUMBERS: Final = frozenset({"int", "uint", "double"})
_ORDERED: Final = NUMBERS | {"timestamp", "duration"}
_SCALARS: Final = _ORDERED | {"bool", "string", "bytes", "dyn"}
_SCALAR_LISTS: Final = frozenset(f"list({kind})" for kind in _SCALARS)


def hypothesis(text: str) -> Call:
    """An expression for something that a search decides about: a permission that is held, an opaque part."""
    return Call(ex.HOLDS, (Literal(text),))


def names_in(expr: Expr) -> Iterator[str]:
    """The names that *expr* reads or asks for, in order; twice where it does so twice."""
    for node in walk(expr):
        if isinstance(node, Ident) and node.absolute:
            yield node.name


def hypotheses_in(expr: Expr) -> Iterator[str]:
    """The texts of the hypotheses in *expr*, in order."""
    for node in walk(expr):
        match node:
            case Call(function=ex.HOLDS, args=(Literal(value=text),)):
                yield str(text)


def is_scope(text: str) -> bool:
    """Whether *text* spells a scope."""
    try:
        Grant.parse(text)
    except RequestError:
        return False
    return True


def _looks_at_roles(expr: Expr) -> bool:
    """Whether *expr* does more with the list of roles than ask for one: it may hold any role that there once was."""
    match expr:
        case Call(function=ex.IN, args=(Literal(), Ident(name="principal.roles"))):
            return False
        case Ident(name="principal.roles"):
            return True
    return any(map(_looks_at_roles, ex.children(expr)))


def constant(expr: Expr, names: Names) -> tuple[Any] | None:
    """The value of an expression that reads nothing; None for any other, and for one without a value."""
    if any(isinstance(node, Ident | Failure | Macro) or _is_hypothesis(node) for node in walk(expr)):
        return None
    try:
        return (Interpreter(expr, names).evaluate({}),)
    except EvaluationError:
        return None


def _is_hypothesis(node: Expr) -> bool:
    return isinstance(node, Call) and node.function == ex.HOLDS


@dataclass(frozen=True, slots=True)
class Comparison:
    """Terms that one understood part compares with each other."""

    names: tuple[str, ...]
    constants: tuple[Any, ...]
    prefix: bool = False
    """Whether the constant is the beginning of a text."""
    fields: tuple[str, ...] = ()
    """What is asked for within a map."""
    guessed: bool = False
    """Whether texts that only resemble each other are worth a try."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How conditions about one surface are looked at.

    *given* are names that follow from what is settled first, each with the values it may have; *barred* are those of
    which no comparison is understood.
    """

    types: Types
    surface: str
    given: Mapping[str, tuple[Any, ...]]
    barred: frozenset[str] = frozenset()

    def kind(self, name: str) -> str:
        """The declared type of a name."""
        return self.types.of(name, self.surface)

    def comparison(self, expr: Expr) -> Comparison | None:
        """What an understood part compares; None for one that is not understood."""
        read = set(names_in(expr))
        if read and read <= self.given.keys():
            return None if _looks_at_roles(expr) else Comparison((), ())
        match expr:
            case Ident(name=name, absolute=True):
                return Comparison((name,), ()) if self.kind(name) in ("bool", "dyn") else None
            case Call(function=ex.PRESENT, args=(Ident(name=name),)):
                return Comparison((name,), ())
            case Call(function=ex.HOLDS):
                return Comparison((), ())
            case Call(function=function, args=(left, right), target=None) if function in _EQUALITIES:
                return self.compared((left, right), _SCALARS)
            case Call(function=function, args=(left, right), target=None) if function in _ORDERS:
                return self.compared((left, right), _ORDERED)
            case Call(function=ex.IN, args=(item, ListExpr(items=items, optional=optional))) if not optional:
                return self.compared((item, *items), _SCALARS)
            case Call(function=ex.IN, args=(item, Ident(absolute=True, name=name) as container)):
                listed = frozenset({self.kind(name)}) & _SCALAR_LISTS
                return self.compared((item, container), _SCALARS | listed) if listed else None
            case Call(function="startsWith", target=Ident(absolute=True, name=name), args=(Literal(value=str(text)),)):
                is_plain = self.kind(name) == "string" and name not in self.barred
                return Comparison((name,), (text,), prefix=True) if is_plain else None
        return None

    def compared(self, terms: Iterable[Expr], admitted: frozenset[str]) -> Comparison | None:
        """The names and constants among *terms*; None where one of them is something else."""
        names: list[str] = []
        constants: list[Any] = []
        for term in terms:
            if isinstance(term, Ident) and term.absolute:
                if self.kind(term.name) not in admitted or term.name in self.barred or term.name == ROLES:
                    return None
                if term.name in self.given:
                    constants.extend(self.given[term.name])
                else:
                    names.append(term.name)
                continue
            value = constant(term, self.types.names)
            if value is None or isinstance(value[0], list | tuple | dict):
                return None
            constants.append(value[0])
        return Comparison(tuple(names), tuple(constants))

    def comparisons(self, expr: Expr) -> Iterator[Comparison]:
        """Those of every understood part of *expr*."""
        found = self.comparison(expr)
        if found is not None:
            yield found
        elif not isinstance(expr, Macro):
            for part in ex.children(expr):
                yield from self.comparisons(part)

    def guess(self, expr: Expr) -> Comparison:
        """What the names of an opaque part might be compared with: good guesses, and no more than that."""
        constants = tuple(node.value for node in walk(expr) if isinstance(node, Literal))
        fields = tuple(node.name for node in walk(expr) if isinstance(node, Select))
        if any(isinstance(node, Call) and node.function in _OF_NETWORKS for node in walk(expr)):
            constants = (
                *constants,
                AN_ADDRESS,
                *(text.partition("/")[0] for text in constants if isinstance(text, str)),
            )
        return Comparison(tuple(names_in(expr)), constants, fields=fields, guessed=True)

    def abstracted(self, expr: Expr, opaque: Callable[[Expr], Expr]) -> Expr:
        """*expr* with each opaque part changed. Whatever *expr* can be, the result can be."""
        if isinstance(expr, Literal | Failure) or self.comparison(expr) is not None:
            return expr
        if isinstance(expr, Call) and self.is_connective(expr):
            return ex.rebuilt(expr, lambda part: self.abstracted(part, opaque))
        return opaque(expr)

    def is_connective(self, expr: Call) -> bool:
        """Whether the value of *expr* follows from the truth of its operands."""
        if expr.function in _CONNECTIVES:
            return True
        return expr.function in _EQUALITIES and all(self.is_boolean(part) for part in expr.args)

    def is_boolean(self, expr: Expr) -> bool:
        """Whether *expr* is a boolean whenever it has a value."""
        if isinstance(expr, Ident):
            return expr.absolute and self.kind(expr.name) == "bool"
        if isinstance(expr, Call) and expr.function == ex.CONDITIONAL:
            return all(map(self.is_boolean, expr.args))
        return is_boolean(expr, self.types.names)


def with_literal_scopes(expr: Expr) -> Expr:
    """*expr*, where ``"scope" in principal.scopes`` becomes a hypothesis about that text."""
    match expr:
        case Call(function=ex.IN, args=(Literal(value=str(text)), Ident(name="principal.scopes"))):
            # What is no scope is nobody's.
            return hypothesis(LITERALLY + text) if is_scope(text) else FALSE
    return ex.rebuilt(expr, with_literal_scopes)
