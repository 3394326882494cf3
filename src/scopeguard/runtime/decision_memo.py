"""Decisions in the words of one request, kept by all that they depend on.

What a decision says may depend on the request: which rules decided, which remedy fits, when a meter resets, how much is
counted. All of that is little, and mostly the same for the next request too, so that the decision is made once.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.evaluation import settled
from scopeguard.compiling.three_valued import verdict, verdict_tree
from scopeguard.limits import MAX_TOLD
from scopeguard.model.decision import Decision
from scopeguard.model.facts import QUANTITY_FACT
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.messages import facts_told
from scopeguard.runtime.residuals import Residual, emitter, is_open
from scopeguard.runtime.templates import Answer, DecisionTemplate, filled
from scopeguard.semantics.bailout import BAILOUTS, raised_by_host
from scopeguard.semantics.codegen.ast_nodes import call
from scopeguard.syntax.expression import Expr

_Part: TypeAlias = Callable[[Principal, Resource | None, Context], Any]


class DecisionMemo:
    """The exact answers of one residual, as :meth:`Residual.decide` gives them, each made once."""

    __slots__ = ("_is_filled", "_parts", "_paths", "_rest", "conditions", "told")

    def __init__(self, rest: Residual, *, is_filled: bool = False) -> None:
        """*is_filled*: it is for those who hold the same for every resource, and what they get has that filled in."""
        self._rest = rest
        self._is_filled = is_filled
        self.conditions = tuple(filter(is_open, dict.fromkeys(_conditions(rest))))
        self._paths = tuple(dict.fromkeys(_paths(rest)))
        self._parts: list[tuple[tuple[_Part, ...], _Part]] = []
        """What works the key out, once there is any; shared with what is made for holders."""
        self.told: dict[tuple[object, ...], Answer] = {}
        """What was answered, by key."""

    def for_holders(self) -> DecisionMemo:
        """The same for those who hold the same for every resource."""
        made = DecisionMemo(self._rest, is_filled=True)
        made._parts = self._parts  # of the same class
        return made

    def tree(self, emitter: Emitter) -> ast.expr:
        """The code of what an answer depends on. It raises where a value is not there."""
        conditions = [verdict_tree(emitter, expr) for expr in self.conditions]
        return ast.Tuple([*conditions, *self._values(emitter)], ast.Load())

    def _values(self, emitter: Emitter) -> list[ast.expr]:
        """What of the request may be in an answer, beside which conditions hold."""
        values = [emitter.fact(path) for path in self._paths]
        if self._rest.act.metered is not None:
            quantity = emitter.fact(QUANTITY_FACT)
            # True and 1 are equal, and only one of them is a quantity.
            values += (quantity, call("type", quantity))
        return values

    def pick(
        self, key: tuple[object, ...], principal: Principal, resource: Resource | None, context: Context
    ) -> Decision:
        """The answer that depends on *key*."""
        found = self.told.get(key)
        if found is None:
            found = self._rest.decide(principal, resource, context)
            if self._is_filled and isinstance(found, DecisionTemplate) and found.is_named:
                found = found.fill(principal, resource)
            if len(self.told) >= MAX_TOLD:
                self.told.clear()
            self.told[key] = found
        return filled(found, principal, resource)

    def tell(self, principal: Principal, resource: Resource | None, context: Context) -> Decision:
        """The answer, where a condition may have no value."""
        if not self._parts:
            self._parts.append(self._made())
        verdicts, values = self._parts[0]
        try:
            found = [part(principal, resource, context) for part in verdicts]
            key = (*found, *values(principal, resource, context))
            return self.pick(key, principal, resource, context)
        except BAILOUTS as error:
            # As in all generated code: what is out of the ordinary is the evaluator's.
            if raised_by_host(error):
                raise
            return filled(self._rest.decide(principal, resource, context), principal, resource)

    def _made(self) -> tuple[tuple[_Part, ...], _Part]:
        rest = self._rest
        verdicts = tuple(verdict(emitter(rest, self.conditions), expr) for expr in self.conditions)
        writer = emitter(rest)
        values = ast.Tuple(self._values(writer), ast.Load())
        return verdicts, writer.whole([ast.Return(values)], otherwise=ast.Expr(call("bail_out")))


def _conditions(rest: Residual) -> Iterator[Expr]:
    yield from rest.conditions
    spoken = {code for each in (*rest.denials, *rest.advises) for code in (each.rule.code, each.rule.failing)}
    for code, circumstances in rest.program.circumstances.items():
        if code in spoken:
            holds = rest.held.holds(rest.act.question.surface)
            yield from (settled(circumstance.condition, holds) for circumstance in circumstances)


def _paths(rest: Residual) -> Iterator[str]:
    for each in (*rest.denials, *rest.advises):
        if each.rule.gate is not None:
            yield from facts_told(each.rule.gate)
