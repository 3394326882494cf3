"""The value of a condition in one request, by the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scopeguard.compiling.environment import Environment
from scopeguard.errors import EvaluationError
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Literal


def evaluate(expr: Expr, env: Environment) -> Any:
    """The value of a resolved expression. Raises EvaluationError where it has none."""
    return Interpreter(expr, env.types.names).evaluate(env)


def settled(expr: Expr, holds: Callable[[str], Expr]) -> Expr:
    """*expr* with what *holds* answers in the place of each ``holds(grant)``: nothing else evaluates one."""
    match expr:
        case Call(function=ex.HOLDS, args=(Literal(value=str(grant)),)):
            return holds(grant)
    return ex.rebuilt(expr, lambda part: settled(part, holds))


def truth(expr: Expr, env: Environment) -> bool:
    """The value of a condition. Raises EvaluationError where it has none or is no boolean."""
    value = evaluate(expr, env)
    if value is True or value is False:
        return bool(value)
    raise EvaluationError("the condition is no boolean")


def outcome(expr: Expr, env: Environment) -> bool | None:
    """Whether a condition is true; None where it cannot be evaluated."""
    try:
        return truth(expr, env)
    except EvaluationError:
        return None
