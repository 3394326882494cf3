"""From a resolved tree back to one as it is written: the inverse of resolving."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from scopeguard.semantics.names import BIND, OPT_FLAT_MAP, OPT_MAP
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Macro, Select
from scopeguard.syntax.printer import print_expression

_NONE: Final[frozenset[str]] = frozenset()
_QUOTED: Final = r'"(?:\\.|[^"\\])*"'


def source_text(expr: Expr) -> str:
    """The canonical text of a resolved tree."""
    return print_expression(unresolve(expr))


def conjoined(parts: Sequence[str]) -> str:
    """The condition that all of some conditions are true, as text."""
    return parts[0] if len(parts) == 1 else " && ".join(f"({part})" if _is_loose(part) else part for part in parts)


def _is_loose(text: str) -> bool:
    """Whether what ``&&`` binds is not all of a condition: an alternative is in it, and in no parentheses."""
    bare = re.sub(_QUOTED, "", text)
    while bare != (bare := re.sub(r"[(\[{][^()\[\]{}]*[)\]}]", "", bare)):
        pass
    return " || " in bare or " ? " in bare


def unresolve(expr: Expr, local: frozenset[str] = _NONE) -> Expr:
    """*expr* as a parser would give it; *local* are the names that macros around it bind.

    Recursion is bounded by the depth that the parser admits.
    """
    match expr:
        case Ident(name=name, absolute=True):
            return _chain(name, expr, local)
        case Call():
            return _call(expr, local)
        case Macro():
            return _macro(expr, local)
    return ex.rebuilt(expr, lambda part: unresolve(part, local))


def _chain(name: str, at: Ident, local: frozenset[str]) -> Expr:
    first, *rest = name.split(".")
    # A leading dot distinguishes a variable of the request from one that a macro binds.
    found: Expr = Ident(first, absolute=first in local, span=at.span)
    for part in rest:
        found = Select(found, part, span=at.span)
    return found


def _call(expr: Call, local: frozenset[str]) -> Expr:
    match expr:
        case Call(function=ex.PRESENT, args=(Ident() as variable,)):
            read = unresolve(variable, local)
            return replace(read, test=True, span=expr.span) if isinstance(read, Select) else expr
        case Call(
            function=ex.CONDITIONAL,
            args=(
                Call(function=ex.PRESENT),
                Call(function="optional.of", args=(Ident() as variable,)),
                Call(function="optional.none"),
            ),
        ):
            read = unresolve(variable, local)
            return replace(read, optional=True, span=expr.span) if isinstance(read, Select) else expr
    whole = ex.rebuilt(expr, lambda part: unresolve(part, local))
    space, dot, name = expr.function.rpartition(".")
    if not dot or not isinstance(whole, Call):
        return whole
    return replace(whole, function=name, target=_chain(space, Ident(space, span=expr.span), local))


def _macro(expr: Macro, local: frozenset[str]) -> Expr:
    operand = unresolve(expr.operand, local)
    body = tuple(unresolve(part, local | set(expr.variables)) for part in expr.body)
    if expr.kind not in (BIND, OPT_MAP, OPT_FLAT_MAP):
        return replace(expr, operand=operand, body=body)
    variable = Ident(expr.variables[0], span=expr.span)
    if expr.kind == BIND:
        return Call(BIND, (variable, operand, *body), target=Ident("cel", span=expr.span), span=expr.span)
    return Call(expr.kind, (variable, *body), target=operand, span=expr.span)
