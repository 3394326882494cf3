"""What no row has a say in: parts of conditions that are known once the principal and the context are."""

import ast
from collections.abc import Callable
from typing import Any

from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment
from scopeguard.compiling.evaluation import evaluate, outcome
from scopeguard.compiling.grants import Narrowed
from scopeguard.compiling.three_valued import verdict
from scopeguard.errors import EvaluationError
from scopeguard.limits import CALLS_BEFORE_CODE
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.residuals import Residual
from scopeguard.semantics.bailout import BAILOUTS, raised_by_host
from scopeguard.semantics.codegen.ast_nodes import call
from scopeguard.semantics.codegen.code_builder import Unsupported
from scopeguard.syntax.expression import Expr, Ident, ListExpr, Literal


class FilledRequest:
    """Who asks and under which circumstances, with what conditions read of both."""

    __slots__ = ("_env", "_ids", "context", "principal", "rest", "truths")

    def __init__(self, rest: Residual, principal: Principal, context: Context) -> None:
        self.rest = rest
        self.principal = principal
        self.context = context
        self.truths: dict[KnownPart, bool | None] = {}
        """What was asked before: a denial is asked whether it is true, and whether it is false."""
        self._env: Environment | None = None
        self._ids: dict[Narrowed, frozenset[str]] = {}

    def ids(self, narrowed: Narrowed) -> frozenset[str]:
        """The ids that the principal has there."""
        found = self._ids.get(narrowed)
        if found is None:
            found = self._ids[narrowed] = narrowed.ids(self.principal)
        return found

    @property
    def env(self) -> Environment:
        """What conditions read, of no resource."""
        if self._env is None:
            self._env = self.rest.environment(self.principal, None, self.context)
        return self._env


class KnownPart:
    """An expression without the row: by the evaluator at first, then by generated code."""

    __slots__ = ("_code", "_constant", "_left", "_rest", "expr", "is_constant")

    def __init__(self, rest: Residual, expr: Expr) -> None:
        self.expr = expr
        self.is_constant, self._constant = _constant(expr)
        self._rest = rest
        self._left = CALLS_BEFORE_CODE
        self._code: Callable[..., Any] | None = None

    def value(self, request: FilledRequest | None) -> Any:
        """Its value; of a constant, in every request (None). Raises EvaluationError where it has none."""
        if self.is_constant:
            return self._constant
        if request is None:
            raise EvaluationError("there is no request to read from")
        if isinstance(self.expr, Ident):
            return request.env[self.expr.name]
        found, value = self._by_code(request, _value_code)
        return value if found else evaluate(self.expr, request.env)

    def truth(self, request: FilledRequest) -> bool | None:
        """Whether it is true; None where it has no value."""
        if self not in request.truths:
            found, value = self._by_code(request, verdict)
            request.truths[self] = value if found else outcome(self.expr, request.env)
        return request.truths[self]

    def _by_code(
        self, request: FilledRequest, write: Callable[[Emitter, Expr], Callable[..., Any]]
    ) -> tuple[bool, Any]:
        """Whether generated code knows it, and what it says."""
        if self._code is None:
            self._left -= 1
            if self._left:
                return False, None
            rest = self._rest
            kind, question = rest.principal.kind, rest.act.question
            try:
                self._code = write(
                    Emitter(kind, question, rest.program.types, rest.environment, (self.expr,)), self.expr
                )
            except Unsupported:
                # The count goes on below zero, and this is not tried again.
                return False, None
        try:
            return True, self._code(request.principal, None, request.context)
        except BAILOUTS as error:
            if raised_by_host(error):
                raise
            return False, None


def _constant(expr: Expr) -> tuple[bool, Any]:
    match expr:
        case Literal(value=value):
            return True, value
        case ListExpr(items=items, optional=optional) if not optional:
            values = tuple(item.value for item in items if isinstance(item, Literal))
            return len(values) == len(items), values
    return False, None


def _value_code(emitter: Emitter, expr: Expr) -> Callable[..., Any]:
    body: list[ast.stmt] = [ast.Return(emitter.emit(expr, {}).tree)]
    return emitter.whole(body, otherwise=ast.Expr(call("bail_out")))
