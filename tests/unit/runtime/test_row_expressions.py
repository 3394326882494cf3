"""Expressions that read rows, and what is put in for parts of them."""

import pytest

from scopeguard.compiling.grants import FIXED, ID, SCOPES, Narrowed
from scopeguard.runtime.row_expressions import is_compound, is_plain, reads_rows, substituted
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal, Macro

OWNER, SURFACE = Ident("resource.owner", absolute=True), Ident("resource.surface", absolute=True)
TEAM, BOUND, ONE = Ident("principal.team", absolute=True), Ident("x"), Literal(1)
OF_ROW = Narrowed(SCOPES, "docs:read/", ID, "string").condition
OF_ANY = Narrowed(SCOPES, "docs:read/", "d1", FIXED).condition


@pytest.mark.parametrize(
    ("expr", "reads", "plain", "compound"),
    [
        (OWNER, True, True, False),
        (SURFACE, False, False, False),
        (TEAM, False, False, False),
        (BOUND, False, False, False),
        (ONE, False, True, False),
        (Call(ex.NOT, (OWNER,)), True, False, True),
        (Call(ex.NOT, (TEAM,)), False, False, False),
        (Call(ex.GRANTED, (OWNER,)), True, False, True),
        (Call(ex.GRANTED, (TEAM,)), False, False, False),
        (OF_ROW, True, False, True),
        (OF_ANY, False, False, False),
    ],
)
def test_what_reads_rows(expr: Expr, reads: bool, plain: bool, compound: bool) -> None:
    """By itself, within something, or not at all."""
    assert (reads_rows(expr), is_plain(expr), is_compound(expr)) == (reads, plain, compound)


def test_what_is_put_in() -> None:
    """For a name where it is bound outside; a macro that binds it again has its own."""
    own = Macro("exists", ListExpr((BOUND,)), ("x",), (BOUND,))
    other = Macro("exists", ListExpr((BOUND,)), ("y",), (BOUND,))
    assert substituted(BOUND, "x", ONE) == ONE
    assert substituted(BOUND, "y", ONE) == BOUND
    assert substituted(own, "x", ONE) == Macro("exists", ListExpr((ONE,)), ("x",), (BOUND,))
    assert substituted(other, "x", ONE) == Macro("exists", ListExpr((ONE,)), ("y",), (ONE,))
