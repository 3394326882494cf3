"""Verdicts: a condition as a function that tells true, false, or that it has no value.

A gate that cannot be evaluated denies with a code of its own, and that has to be as fast as any other denial while a
host's facts are out of reach. So what surely has no value is found by the generated code itself: a branch that fails,
and a fact that is not there where nothing could make the condition true or false without it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import IntEnum, auto
from typing import Any, Final, TypeGuard

from msgspec.structs import replace

from scopeguard.compiling.codegen import Emitter
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.semantics.codegen.ast_nodes import call, handlers
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
    Select,
    conjunction,
    walk,
)

_NO_VALUE: Final = ast.Constant(None)


class Absence(IntEnum):
    """What follows for a condition where generated code met a value that is not there."""

    NEVER = auto()
    """It meets none."""
    FAILS = auto()
    """The condition has no value."""
    UNTRUE = auto()
    """The condition has no value or is false."""
    OPEN = auto()
    """It may have any value: something else may decide."""


_NOTHING: Final[frozenset[str]] = frozenset()


def absence(expr: Expr, there: frozenset[str] = _NOTHING) -> Absence:
    """What a value that is not there means for the whole of *expr*. The names *there* surely have one."""
    match expr:
        case Literal() | Failure() | Call(function=ex.PRESENT):
            return Absence.NEVER
        case Ident(name=name):
            return Absence.NEVER if name in there else Absence.FAILS
        case Call(function=ex.AND, args=args):
            worst = Absence.NEVER
            for arg in args:
                worst = max(worst, absence(arg, there))
                there |= asked(arg)
            return worst if worst is Absence.NEVER else max(worst, Absence.UNTRUE)
        case Call(function=ex.OR, args=args):
            return Absence.NEVER if all(absence(arg, there) is Absence.NEVER for arg in args) else Absence.OPEN
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            tested = absence(test, there)
            if tested is Absence.UNTRUE:
                # False or without a value: either way nothing comes of it, where the other branch fails.
                tested = Absence.FAILS if isinstance(other, Failure) else Absence.OPEN
            return max(tested, absence(then, there | asked(test)), absence(other, there))
        case Macro():
            return Absence.OPEN
        case Select(optional=optional) | Index(optional=optional) if optional:
            return Absence.OPEN
        case ListExpr() | Select() | Index() | Call():
            worst = max((absence(part, there) for part in ex.children(expr)), default=Absence.NEVER)
            worst = Absence.OPEN if worst is Absence.UNTRUE else worst
            return max(worst, Absence.FAILS) if isinstance(expr, Select | Index) else worst
    return Absence.OPEN


def asked(expr: Expr) -> frozenset[str]:
    """The names that have a value wherever *expr* is true, for it asks for them."""
    match expr:
        case Call(function=ex.PRESENT, args=(Ident(name=name),)):
            return frozenset({name})
        case Call(function=ex.AND, args=args):
            return _NOTHING.union(*map(asked, args))
    return _NOTHING


def verdict(emitter: Emitter, expr: Expr) -> Callable[..., Any]:
    """A function of ``(principal, resource, context)``: True, False, or None where *expr* has no value.

    It raises where it does not know.
    """
    clauses, last = _clauses(expr)
    body: list[ast.stmt] = [
        ast.If(ast.UnaryOp(ast.Not(), emitter.condition(clause)), [ast.Return(ast.Constant(False))], [])
        for clause in clauses
    ]
    tests, last = guarded(last)
    for test in tests:
        holds = emitter.condition(test, exact_when=True)
        leave = ast.If(ast.UnaryOp(ast.Not(), holds), [ast.Return(_NO_VALUE)], [])
        # False or without a value: either way nothing comes of it.
        body.append(_missing(leave, told=absence(test) < Absence.OPEN))
    value = _NO_VALUE if isinstance(last, Failure) else emitter.condition(last)
    body.append(_missing(ast.Return(value), told=absence(last) < Absence.UNTRUE))
    return emitter.whole(body, otherwise=ast.Expr(call("bail_out")))


def verdict_tree(emitter: Emitter, expr: Expr) -> ast.expr:
    """The code of a verdict. It raises where a value is not there."""
    tests, last = guarded(expr)
    tree = _NO_VALUE if isinstance(last, Failure) else emitter.condition(last)
    for test in reversed(tests):
        tree = ast.IfExp(emitter.condition(test, exact_when=True), tree, _NO_VALUE)
    return tree


def guarded(expr: Expr) -> tuple[list[Expr], Expr]:
    """The tests that an expression has no value without, and what it is where they hold.

    A test that has no value is false instead, for nothing comes of it either way: to ask whether a fact is there costs
    a small part of what it costs to raise, and a host without facts comes here each time.
    """
    tests = []
    while _may_fail(expr):
        test, expr, _ = expr.args
        tests.append(_false_where_missing(test))
    return tests, expr


def _false_where_missing(test: Expr, there: frozenset[str] = _NOTHING) -> Expr:
    """*test*, false where a fact is missing without which it has no value or is false. The names *there* have one."""
    match test:
        case Call(function=ex.AND, args=args):
            parts: list[Expr] = []
            for arg in args:
                part = _false_where_missing(arg, there)
                parts += part.args if isinstance(part, Call) and part.function == ex.AND else (part,)
                there |= asked(part)
            return conjunction(tuple(parts))
        case Call(function=ex.CONDITIONAL, args=(question, then, other)):
            # Were the question false in the place of having no value, the other branch would be looked at.
            then = _false_where_missing(then, there | asked(question))
            return replace(test, args=(question, then, _false_where_missing(other, there)))
        case Call() if absence(test, there) is Absence.FAILS:
            facts = dict.fromkeys(node for node in walk(test) if isinstance(node, Ident) and _is_fact(node.name))
            missing = tuple(Call(ex.PRESENT, (node,)) for node in facts if node.name not in there)
            return conjunction((*missing, test))
    return test


def _is_fact(name: str) -> bool:
    return name.startswith(f"{FACTS}.")


def _missing(statement: ast.stmt, *, told: bool) -> ast.stmt:
    """*statement*; where it meets a value that is not there, the whole has none, if *told* says so."""
    if not told:
        return statement
    return ast.Try([statement], handlers("Absent", "KeyError", [ast.Return(_NO_VALUE)]), [], [])


def _clauses(expr: Expr) -> tuple[list[Expr], Expr]:
    """The parts of a conjunction that lead to the one which may fail, and that one."""
    if isinstance(expr, Call) and expr.function == ex.AND:
        failing = [part for part in expr.args if _may_fail(part)]
        if len(failing) == 1:
            return [part for part in expr.args if part is not failing[0]], failing[0]
    return [], expr


def _may_fail(expr: Expr) -> TypeGuard[Call]:
    return isinstance(expr, Call) and expr.function == ex.CONDITIONAL and isinstance(expr.args[2], Failure)
