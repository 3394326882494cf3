"""What a condition can come to: truth tables over the comparisons in it.

Two terms that are compared with each other are less, equal or greater. Whatever is no comparison may be true or false.
Nothing is called settled that is not, and of what is settled not all is seen.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isnan
from typing import Final

from scopeguard.checking import sums
from scopeguard.checking.closed_names import ABSENT, ONLY_KINDS, ClosedNames
from scopeguard.checking.formulas import (
    ORDERS,
    Clash,
    Compared,
    Domain,
    Formula,
    Joined,
    Known,
    Outcome,
    Term,
    Word,
    outcomes,
    settled,
)
from scopeguard.checking.normal_form import normal, written_out
from scopeguard.checking.sums import bounded, difference
from scopeguard.checking.text_tests import clashes
from scopeguard.semantics.built_in_variables import ROLE_AUTHORITY
from scopeguard.semantics.constant_folding import constant_value
from scopeguard.semantics.functions import sets
from scopeguard.semantics.names import Names
from scopeguard.semantics.types import BOOL
from scopeguard.semantics.values import RANGES
from scopeguard.semantics.variable_inlining import substituted, unbound
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import (
    Call,
    Expr,
    Failure,
    Ident,
    Index,
    ListExpr,
    Literal,
    Macro,
    MapExpr,
    Select,
    UInt,
)
from scopeguard.syntax.printer import print_expression

_FLIPPED: Final = {
    ex.LESS: ex.GREATER, ex.GREATER: ex.LESS, ex.LESS_EQUAL: ex.GREATER_EQUAL, ex.GREATER_EQUAL: ex.LESS_EQUAL,
}  # fmt: skip
_BOOLEAN: Final = frozenset({*ORDERS, ex.AND, ex.OR, ex.NOT, ex.IN, ex.PRESENT, ex.HOLDS})
_CONNECTIVES: Final = frozenset({ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL})
_EQUALITIES: Final = frozenset({ex.EQUAL, ex.NOT_EQUAL})
_ALWAYS_FOUND: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("startsWith", "endsWith", "contains"), frozenset({""})),
    "matches": frozenset({"", ".*", "^", "$", "^.*", ".*$"}),
}
"""By method, what there is in every text."""
ALWAYS_THERE: Final = frozenset({
    *ROLE_AUTHORITY, "principal.kind", "principal.roles", "principal.scopes", "resource.surface",
    "context.environment", "context.facts", "action", "permission", "operation",
})  # fmt: skip
"""What every question has, so that nobody need ask for it."""
_OF_REQUESTS: Final = frozenset({ex.PRESENT, ex.HOLDS})
_MOST_VALUES: Final = 64
"""Texts of a closed name that are tried one by one."""
_FOLDED: Final[Mapping[str, Callable[[str], bool]]] = {"lowerAscii": str.isupper, "upperAscii": str.islower}
"""Of what gives letters of one case alone, which ASCII letters it never gives."""
_SETTLING: Final = sums.SETTLING | _ALWAYS_FOUND.keys() | _FOLDED.keys() | {"hasValue", "string"}
_FAMILIES: Final[tuple[tuple[str, tuple[type, ...]], ...]] = (
    ("bool", (bool,)), ("number", (int, float)), ("text", (str,)), ("bytes", (bytes,)),
    ("moment", (datetime,)), ("span", (timedelta,)),
)  # fmt: skip


def _family(value: object) -> str | None:
    return next((name for name, types in _FAMILIES if isinstance(value, types)), None)


@dataclass(slots=True)
class Truths:
    """Truth tables of conditions whose names are resolved and whose variables are put in."""

    names: Names
    closed: ClosedNames = ONLY_KINDS
    _settled: dict[Expr, Outcome] = field(default_factory=dict)

    def settled(self, expr: Expr) -> Outcome:
        """The one truth that *expr* has where it has any; None where it may be either."""
        if not self._is_worth_it(expr):
            return None
        if expr not in self._settled:
            self._settled[expr] = settled(self._formula(expr), self._clashes)
        return self._settled[expr]

    def outcomes(self, expr: Expr) -> frozenset[Outcome] | None:
        """All that *expr* can come to, None for what cannot be evaluated; None where that is too much to try."""
        return outcomes(self._formula(expr), self._clashes)

    def _clashes(self, domains: Mapping[Term, Domain]) -> Iterator[Clash]:
        return clashes(domains, self.names)

    def _formula(self, expr: Expr) -> Formula:
        return self._read(normal(unbound(expr), self.names))

    def _read(self, expr: Expr) -> Formula:
        # Recursion is bounded by the depth that the parser admits.
        match expr:
            case Literal(value=bool(value)):
                return Known(value)
            case Call(function=function, args=args) if function in _CONNECTIVES:
                return Joined(function, tuple(map(self._read, args)))
            case Call(function=ex.PRESENT, args=(Ident(name=name),)) if name in ALWAYS_THERE:
                return Known(True)  # a truth
            case Call(function=ex.PRESENT, args=(name,)):
                word = self._word(name)
                may_be_absent = isinstance(word, Word) and ABSENT in word.texts
                return Compared(word, ex.NOT_EQUAL, ("text", ABSENT)) if may_be_absent else _opaque(expr)
        if any(isinstance(node, Failure) for node in ex.walk(expr)):
            return Known(None)
        match expr:
            case Call(function=sets.CONTAINS, args=(_, ListExpr(()))):
                return Known(True)  # a truth
            case Call(function=sets.INTERSECTS, args=(ListExpr(()), _) | (_, ListExpr(()))):
                return Known(False)  # a truth
            case (
                Call(function=sets.CONTAINS | sets.EQUIVALENT, args=(one, other))
                | Call(function="startsWith" | "endsWith" | "contains", target=other, args=(one,))
            ) if one == other:
                return Known(True)  # a truth
            case Call(args=(left, right), target=None):
                return self._of_two(expr, left, right)
            case Call(target=target, args=(Literal(value=str(text)),)) if (
                target is not None and text in _ALWAYS_FOUND.get(expr.function, ())
            ):
                return Known(True)  # a truth
            case Macro(kind="exists", body=(body,)) if (is_some := self._some(expr.operand, body)) is not None:
                return Known(is_some)
        return self._alone(expr)

    def _some(self, operand: Expr, body: Expr) -> Outcome:
        """Whether *body* is true of something in *operand*, where that is known."""
        truth = False if operand == ListExpr(()) else self.settled(body)
        elements = written_out(operand) or ()
        # What is calculated may be NaN, of which nothing is true that is true of all numbers.
        is_plain = bool(elements) and all(isinstance(each, Ident | Literal) for each in elements)
        return None if truth and not is_plain else truth

    def _alone(self, expr: Expr) -> Formula:
        """What is no comparison: it may be either, but for one that reads nothing, or one closed name."""
        found = constant_value(expr, self.names)
        if found is not None and isinstance(found[0], bool):
            return Known(found[0])
        return self._by_value(expr) or _opaque(expr)

    def _by_value(self, expr: Expr) -> Formula | None:
        """What reads one closed name or flag alone, by the values that it is true of; None for all else."""
        if any(isinstance(node, Call) and node.function in _OF_REQUESTS for node in ex.walk(expr)):
            return None
        variables = self.names.variables or {}
        names = {node.name for node in ex.walk(expr) if isinstance(node, Ident) and node.absolute} & variables.keys()
        if len(names) != 1:
            return None
        (name,) = names
        term = self._word(Ident(name, absolute=True))
        values: Collection[str | bool] = term.texts if isinstance(term, Word) else ()
        if variables[name] == BOOL:
            values = (False, True)
        if not values or len(values) > _MOST_VALUES:
            return None
        parts: list[Formula] = []
        for value in values:
            found = constant_value(substituted(expr, {name: Literal(value)}), self.names)
            if found is None or not isinstance(found[0], bool):
                return None
            if found[0]:
                parts.append(Compared(term, ex.EQUAL, ("bool" if isinstance(value, bool) else "text", value)))
        return Joined(ex.OR, tuple(parts))

    def _word(self, term: Expr) -> Term:
        """A term, as one of some texts where it is a closed name."""
        match term:
            case Ident(name=name, absolute=True) if name in self.closed.texts:
                return Word(name, self.closed.texts[name])
        return term

    def _are_apart(self, left: Expr, right: Expr) -> bool:
        """Whether two closed names have no text in common."""
        one, other = self._word(left), self._word(right)
        return isinstance(one, Word) and isinstance(other, Word) and one.texts.isdisjoint(other.texts)

    def _is_worth_it(self, expr: Expr) -> bool:
        """Whether *expr* has anything in it that could settle it: most read each name once, and nothing else."""
        read: set[str | Expr] = set()
        for node in ex.walk(expr):
            match node:
                case Ident(name=name):
                    if name in read or name in self.closed.texts or name in self.closed.numbers:
                        return True
                    read.add(name)
                case Call(function=ex.PRESENT, args=(Ident(name=name),)) if name in ALWAYS_THERE:
                    return True
                case Call(function=ex.HOLDS):
                    if node in read:
                        return True
                    read.add(node)
                case Literal(value=bool() | UInt() | "" | b"") | Macro() | ListExpr(items=()) | Failure():
                    return True
                case Call() | Literal() | Index() | Select() if _tells_by_form(node):
                    return True
                case Call(function=function) if function in ORDERS or function == ex.IN:
                    if _reads_nothing(node) or (isinstance(node.args[0], Literal) and written_out(node.args[1])):
                        return True
        return any(isinstance(part, Call) and _reads_nothing(part) for part in _clauses(expr))

    def _of_two(self, expr: Call, left: Expr, right: Expr) -> Formula:
        if expr.function in _EQUALITIES and _is_truth(left, right):
            same = Joined(ex.EQUAL, (self._read(left), self._read(right)))
            return same if expr.function == ex.EQUAL else Joined(ex.NOT, (same,))
        if expr.function in ORDERS:
            return self._comparison(expr, expr.function, left, right)
        if expr.function == ex.IN and isinstance(right, Ident) and right.name in self.closed.lists:
            # No name of another vocabulary has the slash of one on a resource.
            word, texts = self._word(left), self.closed.lists[right.name]
            if isinstance(word, Word) and texts.isdisjoint(word.texts) and "/" not in "".join(word.texts):
                return Known(False)  # a truth
        elements = written_out(right)
        if expr.function == ex.IN and elements is not None:
            return Joined(ex.OR, tuple(self._comparison(expr, ex.EQUAL, left, other) for other in elements))
        return self._alone(expr)

    def _comparison(self, whole: Expr, function: str, left: Expr, right: Expr) -> Formula:
        if left == right:
            return Known(ORDERS[function](0))
        if not any(isinstance(part, Ident) for part in (left, right)):
            by_value = self._by_value(Call(function, (left, right)))
            if by_value is not None:
                return by_value
        exact = difference(left, right, self.names, self.closed.numbers)
        if exact is not None:
            total, number, sign = exact
            if total is None:
                return Known(ORDERS[function]((number < 0) - (number > 0)))
            return Compared(total, function if sign > 0 else _FLIPPED.get(function, function), ("number", number))
        constants = [constant_value(part, self.names) for part in (left, right)]
        match constants:
            case [None, None] if function in _EQUALITIES and self._are_apart(left, right):
                return Known(function == ex.NOT_EQUAL)
            case [None, None]:
                first, second = sorted((left, right), key=print_expression)
                return Compared((first, second), function if first is left else _FLIPPED.get(function, function))
            case [None, (value,)]:
                term = left
            case [(value,), None]:
                term, function = right, _FLIPPED.get(function, function)
            case _:
                return self._alone(Call(function, (left, right)))
        family = _family(value)
        if function in _EQUALITIES and isinstance(value, str) and not _may_give(term, value):
            return Known(function == ex.NOT_EQUAL)
        between = None
        if family == "number" and not isnan(value):
            between = bounded(term, self.names, self.closed.numbers)
        return _opaque(whole) if family is None else Compared(between or self._word(term), function, (family, value))


def _may_give(term: Expr, text: str) -> bool:
    never = _FOLDED.get(term.function) if isinstance(term, Call) else None
    return never is None or not any(letter.isascii() and never(letter) for letter in text)


def _clauses(expr: Expr) -> Iterator[Expr]:
    """The parts between connectives."""
    stack = [expr]
    while stack:
        part = stack.pop()
        if isinstance(part, Call) and part.function in _CONNECTIVES:
            stack.extend(part.args)
        else:
            yield part


def _tells_by_form(node: Expr) -> bool:
    """Whether something is known of a node although each name in it is read once."""
    match node:
        case Call(function=ex.CONDITIONAL, args=(_, one, other)):
            return one == other
        case Call(function=ex.IN, args=(_, Call(function=ex.ADD))):
            return True
        case Call(function=function):
            return function in _SETTLING
        case Literal(value=int(number)):
            return number in RANGES["int"]
        case Index(operand=ListExpr() | MapExpr()) | Select(operand=MapExpr()):
            return True
    return False


def _reads_nothing(expr: Expr) -> bool:
    return not any(
        isinstance(part, Ident) or (isinstance(part, Call) and part.function == ex.HOLDS) for part in ex.walk(expr)
    )


def _is_truth(left: Expr, right: Expr) -> bool:
    """Whether one of two terms is a truth by its form, so that both are where the comparison has a value."""
    return any(
        (isinstance(part, Call) and part.function in _BOOLEAN)
        or (isinstance(part, Macro) and part.kind in ("all", "exists"))
        for part in (left, right)
    )


def _opaque(expr: Expr) -> Compared:
    return Compared(expr, ex.EQUAL, ("bool", True))
