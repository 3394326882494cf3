"""What each form of the condition language is read as; trees written by hand."""

import pytest

from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Index, ListExpr, Literal, Macro, MapExpr, Select, UInt
from scopeguard.syntax.parser import parse_condition

A, B, C = Ident("a"), Ident("b"), Ident("c")

OPERATORS = [
    ("a == b", ex.EQUAL),
    ("a != b", ex.NOT_EQUAL),
    ("a < b", ex.LESS),
    ("a <= b", ex.LESS_EQUAL),
    ("a > b", ex.GREATER),
    ("a >= b", ex.GREATER_EQUAL),
    ("a in b", ex.IN),
    ("a + b", ex.ADD),
    ("a - b", ex.SUBTRACT),
    ("a * b", ex.MULTIPLY),
    ("a / b", ex.DIVIDE),
    ("a % b", ex.MODULO),
    ("a && b", ex.AND),
    ("a || b", ex.OR),
]


@pytest.mark.parametrize(("text", "function"), OPERATORS)
def test_operators_are_calls_by_their_cel_names(text: str, function: str) -> None:
    """Each operator of two operands becomes a call, with or without spaces where words allow it."""
    assert parse_condition(text) == Call(function, (A, B))
    if " in " not in text:
        assert parse_condition(text.replace(" ", "")) == Call(function, (A, B))


FORMS: list[tuple[str, Expr]] = [
    ("a", A),
    (".a", Ident("a", absolute=True)),
    ("_x9", Ident("_x9")),
    ("inside", Ident("inside")),
    ("trueish", Ident("trueish")),
    ("nullable", Ident("nullable")),
    ("True", Ident("True")),
    ("r", Ident("r")),
    ("b", B),
    ("(a)", A),
    ("a.b.c", Select(Select(A, "b"), "c")),
    (".a.b", Select(Ident("a", absolute=True), "b")),
    ("a.?b", Select(A, "b", optional=True)),
    ("a.package", Select(A, "package")),
    ("a.`x-y/z.0 q`", Select(A, "x-y/z.0 q")),
    ("a.`in`", Select(A, "in")),
    ("a[b]", Index(A, B)),
    ("a[?b]", Index(A, B, optional=True)),
    ("a[0][1]", Index(Index(A, Literal(0)), Literal(1))),
    ("size(a)", Call("size", (A,))),
    ("f()", Call("f", ())),
    (".f(a)", Call(".f", (A,))),
    ("a.f(b, c)", Call("f", (B, C), A)),
    ("a.b.f()", Call("f", (), Select(A, "b"))),
    ("a.for()", Call("for", (), A)),
    ("'x'.size()", Call("size", (), Literal("x"))),
    ("a()[b].c", Select(Index(Call("a", ()), B), "c")),
    ("[]", ListExpr(())),
    ("[a, b]", ListExpr((A, B))),
    ("[a,]", ListExpr((A,))),
    ("[?a, b]", ListExpr((A, B), frozenset({0}))),
    ("{}", MapExpr(())),
    ("{a: b, 'k': 1,}", MapExpr(((A, B), (Literal("k"), Literal(1))))),
    ("{a: b, ?b: c}", MapExpr(((A, B), (B, C)), frozenset({1}))),
    ("!a", Call(ex.NOT, (A,))),
    ("!!a", Call(ex.NOT, (Call(ex.NOT, (A,)),))),
    ("-a", Call(ex.NEGATE, (A,))),
    ("--a", Call(ex.NEGATE, (Call(ex.NEGATE, (A,)),))),
    ("-a.b", Call(ex.NEGATE, (Select(A, "b"),))),
    ("!a.b", Call(ex.NOT, (Select(A, "b"),))),
    ("!a == b", Call(ex.EQUAL, (Call(ex.NOT, (A,)), B))),
    ("a ? b : c", Call(ex.CONDITIONAL, (A, B, C))),
    ("a ? b : c ? a : b", Call(ex.CONDITIONAL, (A, B, Call(ex.CONDITIONAL, (C, A, B))))),
    ("a ? .b : .5", Call(ex.CONDITIONAL, (A, Ident("b", absolute=True), Literal(0.5)))),
    ("has(a.b)", Select(A, "b", test=True)),
    ("has(a.b.c)", Select(Select(A, "b"), "c", test=True)),
    ("has((a.b))", Select(A, "b", test=True)),
    (".has(a)", Call(".has", (A,))),
    ("a.has(b)", Call("has", (B,), A)),
    # Precedence and associativity.
    ("a + b * c", Call(ex.ADD, (A, Call(ex.MULTIPLY, (B, C))))),
    ("a - b - c", Call(ex.SUBTRACT, (Call(ex.SUBTRACT, (A, B)), C))),
    ("a - (b - c)", Call(ex.SUBTRACT, (A, Call(ex.SUBTRACT, (B, C))))),
    ("a / b * c", Call(ex.MULTIPLY, (Call(ex.DIVIDE, (A, B)), C))),
    ("a < b == c", Call(ex.EQUAL, (Call(ex.LESS, (A, B)), C))),
    ("a == b && c", Call(ex.AND, (Call(ex.EQUAL, (A, B)), C))),
    ("a || b && c", Call(ex.OR, (A, Call(ex.AND, (B, C))))),
    ("a && b || c", Call(ex.OR, (Call(ex.AND, (A, B)), C))),
    ("(a || b) && c", Call(ex.AND, (Call(ex.OR, (A, B)), C))),
    ("a || b ? b : c", Call(ex.CONDITIONAL, (Call(ex.OR, (A, B)), B, C))),
    # Chains of one logical operator are one node; parentheses keep theirs.
    ("a && b && c", Call(ex.AND, (A, B, C))),
    ("a || b || c", Call(ex.OR, (A, B, C))),
    ("(a && b) && c", Call(ex.AND, (Call(ex.AND, (A, B)), C))),
    ("a && (b && c)", Call(ex.AND, (A, Call(ex.AND, (B, C))))),
    # A sign belongs to the literal behind it where a value is due, and subtracts elsewhere.
    ("-1", Literal(-1)),
    ("- 1", Literal(-1)),
    ("a -1", Call(ex.SUBTRACT, (A, Literal(1)))),
    ("a-1", Call(ex.SUBTRACT, (A, Literal(1)))),
    ("a - -1", Call(ex.SUBTRACT, (A, Literal(-1)))),
    ("--1", Call(ex.NEGATE, (Literal(-1),))),
    ("-(1)", Call(ex.NEGATE, (Literal(1),))),
    ("-1u", Call(ex.NEGATE, (Literal(UInt(1)),))),
    ("!-1", Call(ex.NOT, (Literal(-1),))),
    ("-1.f()", Call("f", (), Literal(-1))),
    ("a ? -1 : -.5", Call(ex.CONDITIONAL, (A, Literal(-1), Literal(-0.5)))),
    ("[-1]", ListExpr((Literal(-1),))),
    # Space and comments.
    ("a// b\n&& c", Call(ex.AND, (A, C))),
    ("a // b\r&& c", A),
    ("\t a\f\n\r", A),
    ("'// no comment'", Literal("// no comment")),
]


@pytest.mark.parametrize(("text", "tree"), FORMS)
def test_forms(text: str, tree: Expr) -> None:
    """Each form of the language has the tree written beside it."""
    assert parse_condition(text) == tree


MACROS = [
    ("a.all(x, x)", Macro("all", A, ("x",), (Ident("x"),))),
    ("a.exists(x, b)", Macro("exists", A, ("x",), (B,))),
    ("a.exists_one(x, b)", Macro("exists_one", A, ("x",), (B,))),
    ("a.existsOne(x, b)", Macro("exists_one", A, ("x",), (B,))),
    ("a.filter(x, b)", Macro("filter", A, ("x",), (B,))),
    ("a.map(x, b)", Macro("map", A, ("x",), (B,))),
    ("a.map(x, b, c)", Macro("map", A, ("x",), (B, C))),
    ("a.all(x, y, b)", Macro("all", A, ("x", "y"), (B,))),
    ("a.exists(x, y, b)", Macro("exists", A, ("x", "y"), (B,))),
    ("a.existsOne(x, y, b)", Macro("existsOne", A, ("x", "y"), (B,))),
    ("a.transformList(x, y, b)", Macro("transformList", A, ("x", "y"), (B,))),
    ("a.transformList(x, y, b, c)", Macro("transformList", A, ("x", "y"), (B, C))),
    ("a.transformMap(x, y, b)", Macro("transformMap", A, ("x", "y"), (B,))),
    ("a.transformMap(x, y, b, c)", Macro("transformMap", A, ("x", "y"), (B, C))),
    ("a.transformMapEntry(x, y, {})", Macro("transformMapEntry", A, ("x", "y"), (MapExpr(()),))),
    ("all(x, b)", Call("all", (Ident("x"), B))),
]


@pytest.mark.parametrize(("text", "tree"), MACROS)
def test_macros(text: str, tree: Expr) -> None:
    """Calls with a receiver, the name of a macro and its count of arguments bind names."""
    assert parse_condition(text) == tree


def test_spans_cover_what_was_written() -> None:
    """Each node knows the characters it came from; a parent's span includes its operands' parentheses."""
    text = "(a.b) + f([c], 'x')"
    tree = parse_condition(text)
    assert isinstance(tree, Call)
    left, right = tree.args
    assert isinstance(right, Call)
    spans = [node.span for node in (tree, left, right, *right.args)]
    assert [text[span.start : span.end] for span in spans] == [text, "a.b", "f([c], 'x')", "[c]", "'x'"]
    assert spans[0] == Span(0, len(text))


def test_parsing_is_pure() -> None:
    """The same text gives the same tree, and another text an unequal one."""
    assert parse_condition("1 == 1.0") == parse_condition("1 == 1.0")
    assert parse_condition("1 == 1.0") != parse_condition("1 == 1")
