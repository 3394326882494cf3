"""Conditions as terms: the encoding of the one expression form.

What it does not know the meaning of is an *unknown*: a condition, or a value of the type that the function has, of
which nothing is known but that it is the same wherever the same is asked. It proves nothing wrongly, since the solver
may choose it; and what it is for one request the evaluator says.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from scopeguard.analysis import operators, roles_on_one
from scopeguard.analysis.logic import (
    FALSE,
    NO_VALUE,
    TRUE,
    Truth,
    all_of,
    any_of,
    conj,
    disj,
    either,
    negation,
)
from scopeguard.analysis.questions import Condition, Reads
from scopeguard.analysis.text_properties import among
from scopeguard.analysis.values import Case, Items, Unencodable, Value, as_truth, constant, defined, joined, where
from scopeguard.analysis.worlds import World
from scopeguard.compiling.environment import RequestedAction
from scopeguard.compiling.partial_evaluation import QUESTION
from scopeguard.compiling.program import Program
from scopeguard.errors import EvaluationError
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.names import BIND
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, ListExpr, Literal, Macro, walk

Locals = Mapping[str, Value]
_NO_LOCALS: Final[Locals] = MappingProxyType({})
_EQUALITIES: Final = frozenset({ex.EQUAL, ex.NOT_EQUAL})
_SUMS: Final = frozenset({ex.ADD, ex.SUBTRACT, ex.MULTIPLY, ex.DIVIDE, ex.MODULO})
_QUANTIFIERS: Final = frozenset({"all", "exists"})
_TRUTHS: Final = frozenset({ex.AND, ex.OR, ex.NOT, ex.PRESENT, ex.HOLDS, ex.IN, *_EQUALITIES, *operators.ORDERS,
                            *operators.OF_TEXTS, *operators.OF_SETS, roles_on_one.ASKED})  # fmt: skip
_TYPED: Final = frozenset({"bool", "int", "uint", "double", "string", "timestamp", "duration"})


class View:
    """Conditions of one pack in questions about one action. *bare* questions name no resource."""

    def __init__(self, world: World, program: Program, question: RequestedAction, *, bare: bool = False) -> None:
        self.world = world
        self.program = program
        self.question = question
        self.bare = bare
        self.reads = Reads()

    def condition(self, expr: Expr) -> Truth:
        """When a condition is true, and when it is false, worked out once for all questions in which it is the same."""
        found = self.world.conditions.get(id(expr))
        if found is None:
            names = frozenset(node.name for node in walk(expr) if isinstance(node, Ident) and node.absolute)
            asks = any(isinstance(node, Call) and node.function == ex.HOLDS for node in walk(expr))
            found = self.world.conditions[id(expr)] = Condition(expr, names, asks)
        question = self.question
        key = (
            self.world.index(self.program),
            question if not found.names.isdisjoint(QUESTION) else None,
            question.surface if found.asks or any(map(_is_of_resource, found.names)) else None,
            self.bare,
        )
        if key not in found.known:
            outside, self.reads = self.reads, Reads()
            found.known[key] = (self.truth(expr), self.reads)
            self.reads = outside
        known, reads = found.known[key]
        self.reads.add(reads)
        return known

    def truth(self, expr: Expr, local: Locals = _NO_LOCALS) -> Truth:
        """When a condition is true, and when it is false."""
        try:
            return self._truth(expr, local)
        except Unencodable:
            if local:
                raise
            return self.world.unknown(self, expr)

    def _truth(self, expr: Expr, local: Locals) -> Truth:
        match expr:
            case Call(function=ex.IN, args=(Ident(name=name, absolute=True), ListExpr(items=items))) if (
                self.world.fixed(self, name) is not None
                and all(isinstance(item, Literal) and isinstance(item.value, str) for item in items)
            ):
                return TRUE if Literal(self.world.fixed(self, name)) in items else FALSE
            case Literal(value=bool(value)):
                return TRUE if value else FALSE
            case Failure():
                return NO_VALUE
            case Call(function=ex.AND, args=args):
                return all_of(self.truth(arg, local) for arg in args)
            case Call(function=ex.OR, args=args):
                return any_of(self.truth(arg, local) for arg in args)
            case Call(function=ex.NOT, args=(inner,)):
                return negation(self.truth(inner, local))
            case Call(function=ex.CONDITIONAL, args=(test, then, other)):
                return either(self.truth(test, local), self.truth(then, local), self.truth(other, local))
            case Call(function=ex.PRESENT, args=(Ident(name=name),)):
                return self.world.presence(self, name)
            case Call(function=ex.HOLDS, args=(Literal(value=str(text)),)):
                return self.world.holds(self, text)
        return self._atom(expr, local)

    def _atom(self, expr: Expr, local: Locals) -> Truth:
        """A condition that is no connective."""
        match expr:
            case Call(function=function, args=(one, other), target=None) if function in _EQUALITIES:
                found = operators.equal(self.value(one, local), self.value(other, local), self.world.numbers)
                return found if function == ex.EQUAL else negation(found)
            case Call(function=function, args=(one, other), target=None) if function in operators.ORDERS:
                left, right = self.value(one, local), self.value(other, local)
                return operators.ordered(function, left, right, self.world.numbers)
            case Call(function=roles_on_one.ASKED, args=(item, _, *entries)):
                listed = among([str(each.value) for each in entries if isinstance(each, Literal)])
                return operators.of_property(listed, self.value(item, local), self.world.texts)
            case Call(function=ex.IN, args=(item, container)):
                left, right = self.value(item, local), self.value(container, local)
                return operators.among(left, right, self.world.numbers)
            case Call(function=function, args=(Literal(value=str(text)),), target=target) if (
                function in operators.OF_TEXTS and target is not None
            ):
                return operators.of_text(function, self.value(target, local), text, self.world.texts)
            case Call(function=function, args=(one, other), target=None) if function in operators.OF_SETS:
                left, right = self.value(one, local), self.value(other, local)
                return operators.of_sets(function, left, right, self.world.numbers)
            case Macro(kind=kind, operand=operand, variables=(name,), body=(body,)) if kind in _QUANTIFIERS:
                return self._quantified(kind, self.value(operand, local), name, body, local)
        return as_truth(self.value(expr, local))

    def _quantified(self, kind: str, value: Value, name: str, body: Expr, local: Locals) -> Truth:
        found = []
        for case in value:
            if case.kind != "list":
                raise Unencodable(kind)
            items: Items = case.term
            if items.begun and not _asks_beginnings(body, name, [start for _, start in items.begun]):
                raise Unencodable(kind)
            # With anything behind it, since nothing asks for that.
            begun = ((there, constant(f"{start}1", self.world.texts)) for there, start in items.begun)
            slots = (*items.slots, *begun)
            inner = operators.quantified(kind, slots, lambda item: self.truth(body, {**local, name: item}))
            found.append(Truth(conj((case.when, inner.true)), conj((case.when, inner.false))))
        return Truth(disj(each.true for each in found), disj(each.false for each in found))

    def value(self, expr: Expr, local: Locals = _NO_LOCALS) -> Value:
        """The value of an expression. Raises Unencodable."""
        match expr:
            case Literal(value=value):
                return constant(value, self.world.texts)
            case Failure():
                return ()
            case Ident(name=name, absolute=False):
                return local[name]
            case Ident(name=name):
                return self.world.read(self, name)
            case ListExpr(items=items, optional=optional) if not optional:
                return self._list(items, local)
            case Call(function=ex.CONDITIONAL, args=(test, then, other)):
                found = self.truth(test, local)
                return joined(
                    (where(found.true, self.value(then, local)), where(found.false, self.value(other, local)))
                )
            case Call(function=function, args=args) if function in _TRUTHS and (
                function not in operators.OF_TEXTS or isinstance(args[0], Literal)
            ):
                found = self._truth(expr, local)
                return (Case(found.known, "bool", found.true),)
            case Macro(kind=kind, variables=(_,)) if kind in _QUANTIFIERS:
                found = self._truth(expr, local)
                return (Case(found.known, "bool", found.true),)
            case Macro(kind=kind, operand=operand, variables=(name,), body=(body,)) if kind == BIND:
                return self.value(body, {**local, name: self.value(operand, local)})
        known = self._folded(expr)
        return self._called(expr, local) if known is None else known

    def _list(self, items: tuple[Expr, ...], local: Locals) -> Value:
        values = [self.value(item, local) for item in items]
        there = conj(defined(value) for value in values)
        whole = tuple((True, value) for value in values)
        return (Case(there, "list", Items(whole)),)

    def _folded(self, expr: Expr) -> Value | None:
        """The value of what reads nothing of a request."""
        for node in walk(expr):
            if isinstance(node, Failure | Macro) or (isinstance(node, Ident) and not self._is_fixed(node)):
                return None
            if isinstance(node, Call) and node.function in (ex.HOLDS, ex.PRESENT):
                return None
        bindings = {node.name: self.world.fixed(self, node.name) for node in walk(expr) if isinstance(node, Ident)
                    and self.program.types.names.library.type_value(node.name) is None}  # fmt: skip
        try:
            found = Interpreter(expr, self.program.types.names).evaluate(bindings)
        except EvaluationError:
            return ()
        return constant(found, self.world.texts)

    def _is_fixed(self, node: Ident) -> bool:
        if self.program.types.names.library.type_value(node.name) is not None:
            return True
        return node.absolute and self.world.fixed(self, node.name) is not None

    def _called(self, expr: Expr, local: Locals) -> Value:
        try:
            match expr:
                case Call(function=function, args=(one, other), target=None) if function in _SUMS:
                    return operators.calculated(function, self.value(one, local), self.value(other, local))
                case Call(function=ex.NEGATE, args=(one,)):
                    return operators.negated(self.value(one, local))
                case Call(function="size", args=args, target=target):
                    return operators.size(self.value(args[0] if target is None else target, local), self.world.texts)
        except Unencodable:
            if local:
                raise
        return self._unknown(expr, local)

    def _unknown(self, expr: Expr, local: Locals) -> Value:
        """A value of the type of a call, of which nothing else is known. Raises Unencodable."""
        if local or not isinstance(expr, Call):
            raise Unencodable(type(expr).__name__)
        overloads = self.program.types.names.library.named(expr.function, method=expr.target is not None)
        results = {str(each.result) for each in overloads}
        if len(results) != 1 or not results <= _TYPED:
            raise Unencodable(expr.function)
        return self.world.unknown_value(self, expr, results.pop())


def _asks_beginnings(body: Expr, name: str, starts: Sequence[str]) -> bool:
    """Whether a condition asks of *name* only what texts begin with, up to one of *starts*, and which ones it is."""
    match body:
        case Call(function=ex.AND | ex.OR | ex.NOT, args=args):
            return all(_asks_beginnings(arg, name, starts) for arg in args)
        case Call(function="startsWith", target=Ident(name=target), args=(Literal(value=str(text)),)) if target == name:
            return not any(text.startswith(start) and text != start for start in starts)
        case Call(function=ex.EQUAL | ex.NOT_EQUAL, args=(Ident(name=one), Literal(value=str(text)))) if one == name:
            return not any(text.startswith(start) for start in starts)
        case Call(function=ex.IN, args=(Ident(name=one), ListExpr(items=items))) if one == name:
            texts = [item.value for item in items if isinstance(item, Literal)]
            return len(texts) == len(items) and not any(str(t).startswith(s) for t in texts for s in starts)
    return not any(isinstance(node, Ident) and node.name == name for node in walk(body))


def _is_of_resource(name: str) -> bool:
    return name.startswith("resource.")
