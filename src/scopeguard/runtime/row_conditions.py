"""From a residual to conditions about rows: what is true where an expression is true, or where it is false.

Each expression is translated to the condition that it is true or to the condition that it is false, so that a row
without a value is in neither, and no back end negates more than a single test. What no row has a say in is filled in
for each request.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from scopeguard.compiling.grants import BOUND, Narrowed, among, narrowed_in, values_of
from scopeguard.compiling.partial_evaluation import is_boolean
from scopeguard.conditions import (
    ALWAYS,
    NEVER,
    Attribute,
    Condition,
    Has,
    In,
    Includes,
    Not,
    Opaque,
    Operand,
    Origin,
    Value,
)
from scopeguard.errors import EvaluationError
from scopeguard.runtime.known_values import FilledRequest, KnownPart
from scopeguard.runtime.residuals import Residual
from scopeguard.runtime.row_expressions import (
    as_literal,
    choice_in,
    exchanged,
    is_compound,
    is_plain,
    reads_rows,
    substituted,
)
from scopeguard.runtime.row_operands import Computed, Draft, known_parts, resolved
from scopeguard.runtime.row_parts import Part, all_of, any_of, every, filled, some
from scopeguard.runtime.row_tests import (
    FUNCTIONS,
    OPERATORS,
    TEXT_TESTS,
    Unsayable,
    compared,
    included,
    listed,
    tested,
)
from scopeguard.semantics.source_form import unresolve
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, ListExpr, Literal, Macro
from scopeguard.syntax.printer import print_expression

_MAX_PARTS: Final = 2000
"""Expressions that one rule is translated to: a choice within a comparison is one for each of its branches."""
_MAX_UNROLLED: Final = 5000
"""Nodes that a macro over a list of the request comes to, far below what evaluating them may cost."""


class Translator:
    """Translates the condition of one rule, or of one thing that grants."""

    def __init__(self, rest: Residual, origin: Origin, known: dict[Expr, KnownPart] | None = None) -> None:
        """*known* are parts without the row that others share."""
        self._rest = rest
        self._origin = origin
        self._shared = {} if known is None else known
        self._left = _MAX_PARTS

    def part(self, expr: Expr, *, wanted: bool) -> Part:  # noqa: PLR0911  # one case a node type, as everywhere
        """The condition that *expr* is *wanted*."""
        if not reads_rows(expr):
            return self._known(expr, wanted=wanted)
        self._left -= 1
        if self._left < 0:
            return self._opaque(expr, wanted=wanted)
        match expr:
            case Call(function=ex.NOT, args=(inner,)):
                return self.part(inner, wanted=not wanted)
            case Call(function=ex.AND | ex.OR as function, args=args):
                parts = [self.part(arg, wanted=wanted) for arg in args]
                return every(parts) if (function == ex.AND) is wanted else some(parts)
            case Call(function=ex.CONDITIONAL, args=(test, then, other)):
                return self._branches(test, self.part(then, wanted=wanted), self.part(other, wanted=wanted))
            case Call(function=ex.GRANTED):
                return self._granted(expr, wanted=wanted)
            case Call(function=ex.PRESENT, args=(Ident() as variable,)):
                has = Has(self._attribute(variable), origin=self._origin)
                return has if wanted else Not(has)
            case Ident():
                return self._compared(expr, ex.EQUAL, expr, Literal(wanted), wanted=True)
            case Call(function=function, args=(left, right)) if function in OPERATORS:
                return self._compared(expr, function, left, right, wanted=wanted)
            case Call(function=ex.IN, args=(item, container)):
                return self._membership(expr, item, container, wanted=wanted)
            case Call(function=function, args=(argument,), target=subject) if function in TEXT_TESTS and subject:
                return self._test(
                    expr,
                    (subject, argument),
                    lambda one, other: tested(function, one, other, wanted=wanted, origin=self._origin),
                    wanted=wanted,
                )
            case Macro(kind="all" | "exists", operand=operand) if not reads_rows(operand):
                return self._unrolled(expr, operand, wanted=wanted)
        return self._opaque(expr, wanted=wanted)

    def _known(self, expr: Expr, *, wanted: bool) -> Part:
        if isinstance(expr, Literal | Failure):
            return ALWAYS if isinstance(expr, Literal) and expr.value is wanted else NEVER
        known = self._shared.get(expr)
        if known is None:
            known = self._shared[expr] = KnownPart(self._rest, expr)
        return lambda request: ALWAYS if known.truth(request) is wanted else NEVER

    def _opaque(self, expr: Expr, *, wanted: bool) -> Condition:
        test = Opaque(print_expression(unresolve(expr)), origin=self._origin)
        return test if wanted else Not(test)

    def _branches(self, test: Expr, then: Part, other: Part) -> Part:
        return some([
            every([self.part(test, wanted=True), then]),
            every([self.part(test, wanted=False), other]),
        ])  # fmt: skip

    def _granted(self, expr: Expr, *, wanted: bool) -> Part:
        narrowed = narrowed_in(expr)
        if narrowed is None:
            return self._opaque(expr, wanted=wanted)

        def fill(request: FilledRequest) -> Condition:
            ids = request.ids(narrowed)
            if narrowed.kind == BOUND:
                return self._opaque(among(narrowed.attribute, narrowed.kind, narrowed.named, ids), wanted=wanted)
            return self._among(narrowed, ids, wanted=wanted)

        return fill

    def _among(self, narrowed: Narrowed, ids: Iterable[str], *, wanted: bool) -> Condition:
        """That the row is one of some resources, or lies below one."""
        origin = self._origin
        attribute = Attribute(narrowed.attribute, narrowed.kind)
        values = tuple(values_of(sorted(ids), narrowed.kind))
        if narrowed.kind.startswith("list("):
            tests: list[Includes | In] = [Includes(attribute, Value(value), origin=origin) for value in values]
        else:
            tests = [In(attribute, values, origin=origin)] if values else []
        if wanted:
            return any_of(tests)
        return any_of((Not(Has(attribute, origin=origin)), all_of(Not(test) for test in tests)))

    def _attribute(self, name: Ident) -> Attribute:
        kind = self._rest.program.types.of(name.name, self._rest.act.question.surface)
        return Attribute(name.name.removeprefix("resource."), kind)

    def _compared(self, expr: Expr, function: str, left: Expr, right: Expr, *, wanted: bool) -> Part:
        names = self._rest.program.types.names
        if function in (ex.EQUAL, ex.NOT_EQUAL) and any(
            is_compound(side) and is_boolean(side, names) for side in (left, right)
        ):
            same = wanted is (function == ex.EQUAL)
            truths = [self.part(left, wanted=True), self.part(left, wanted=False)]
            others = [self.part(right, wanted=same), self.part(right, wanted=not same)]
            return some([every(pair) for pair in zip(truths, others, strict=True)])
        return self._test(
            expr,
            (left, right),
            lambda one, other: compared(function, one, other, wanted=wanted, origin=self._origin),
            wanted=wanted,
        )

    def _membership(self, expr: Expr, item: Expr, container: Expr, *, wanted: bool) -> Part:
        origin = self._origin
        match item, container:
            case Ident(absolute=True), _ if not reads_rows(container):
                attribute = self._attribute(item)
                values = self._known_part(container, f"list({attribute.type})")
                return self._filled(
                    expr,
                    (values,),
                    lambda request: listed(attribute, values.value(request), wanted=wanted, origin=origin),
                    wanted=wanted,
                )
            case _, Ident(absolute=True) if not reads_rows(item):
                attribute = self._attribute(container)
                value = self._known_part(item, attribute.type.removeprefix("list(").removesuffix(")"))
                return self._filled(
                    expr,
                    (value,),
                    lambda request: included(value.value(request), attribute, wanted=wanted, origin=origin),
                    wanted=wanted,
                )
            case _, ListExpr(items=items, optional=optional) if not optional and all(map(is_plain, items)):
                found = [self._compared(expr, ex.EQUAL, item, each, wanted=wanted) for each in items]
                if not wanted:
                    return every(found)
                # A list has no value where one of its elements has none.
                rows = [each for each in items if isinstance(each, Ident)]
                return every([*(Has(self._attribute(each), origin=origin) for each in rows), some(found)])
        return self._opaque(expr, wanted=wanted)

    def _test(
        self, expr: Expr, sides: Sequence[Expr], made: Callable[[Operand, Operand], Condition], *, wanted: bool
    ) -> Part:
        """A test of two operands. A choice within one of them is a choice between two tests."""
        for side in sides:
            choice = choice_in(side) if reads_rows(side) else None
            if choice is not None:
                test, *branches = choice
                then, other = (self.part(exchanged(expr, side, branch), wanted=wanted) for branch in branches)
                return self._branches(test, then, other)
        try:
            first, second = self._operands(sides)
        except Unsayable:
            return self._opaque(expr, wanted=wanted)
        return self._filled(
            expr,
            (*known_parts(first), *known_parts(second)),
            lambda request: made(resolved(first, request), resolved(second, request)),
            wanted=wanted,
        )

    def _operands(self, sides: Sequence[Expr]) -> list[Draft]:
        """What is compared with what. Raises Unsayable."""
        types = [self._type(side) for side in sides]
        return [
            self._operand(side, next((each for each in (*types[:place], *types[place + 1 :]) if each), "dyn"))
            for place, side in enumerate(sides)
        ]

    def _type(self, side: Expr) -> str | None:
        """The type of what is read of a row; None where nothing is, and where it is said by its own parts."""
        match side:
            case Ident() if reads_rows(side):
                return self._attribute(side).type
            case Call(function="size"):
                return "int"
            case Call(args=args) if reads_rows(side):
                return next((found for arg in args if (found := self._type(arg))), None)
        return None

    def _operand(self, side: Expr, like: str) -> Draft:
        if not reads_rows(side):
            return self._known_part(side, like)
        match side:
            case Ident():
                return self._attribute(side)
            case Call(function=function, args=args, target=target) if function in FUNCTIONS:
                sides = args if target is None else (target, *args)
                if len(sides) == (1 if function == "size" else 2):
                    return Computed(FUNCTIONS[function], tuple(self._operands(sides)))
        raise Unsayable

    def _known_part(self, expr: Expr, like: str) -> KnownPart:  # noqa: ARG002  # samples are of that type
        """A part without the row, beside something of the type *like*."""
        return KnownPart(self._rest, expr)

    def _filled(
        self,
        expr: Expr,
        known: Sequence[KnownPart],
        made: Callable[[FilledRequest | None], Condition],
        *,
        wanted: bool,
    ) -> Part:
        """What *made* gives for a request, or now where all that is *known* is constant."""
        if any(isinstance(each.expr, Failure) for each in known):
            return NEVER
        opaque = self._opaque(expr, wanted=wanted)

        def fill(request: FilledRequest | None) -> Condition:
            try:
                return made(request)
            except EvaluationError:
                return NEVER
            except Unsayable:
                return opaque

        return fill(None) if all(each.is_constant for each in known) else fill

    def _unrolled(self, expr: Macro, operand: Expr, *, wanted: bool) -> Part:
        """A macro over a list of the request: its body for each element."""
        known = KnownPart(self._rest, operand)
        opaque = self._opaque(expr, wanted=wanted)
        joined = every if (expr.kind == "all") is wanted else some

        def parts(request: FilledRequest | None) -> Part:
            try:
                items = known.value(request)
            except EvaluationError:
                return NEVER
            if len(expr.variables) > 1 or not isinstance(items, list | tuple):
                return opaque
            literals = [as_literal(item) for item in items]
            size = sum(1 for _ in ex.walk(expr.body[0]))
            if None in literals or size * len(literals) > _MAX_UNROLLED:
                return opaque
            body, variable = expr.body[0], expr.variables[0]
            within = Translator(self._rest, self._origin)
            return joined(
                [within.part(substituted(body, variable, literal), wanted=wanted) for literal in literals if literal]
            )

        if known.is_constant:
            return parts(None)
        return lambda request: filled(parts(request), request)
