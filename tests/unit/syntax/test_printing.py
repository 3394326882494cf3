"""The canonical text: minimal, stable, and read back as the same tree."""

import pytest
from hypothesis import given, settings

from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Literal, Select
from scopeguard.syntax.parser import parse_condition
from scopeguard.syntax.printer import print_expression
from tests.unit.syntax.trees import expressions

A, B, C = Ident("a"), Ident("b"), Ident("c")

TEXTS = [
    ("a==1&&(b!=2||c)", "a == 1 && (b != 2 || c)"),
    ("((a))", "a"),
    ("(a && b) || c", "a && b || c"),
    ("a && (b && c)", "a && (b && c)"),
    ("a+(b*c)", "a + b * c"),
    ("(a+b)*c", "(a + b) * c"),
    ("a-(b-c)", "a - (b - c)"),
    ("(a-b)-c", "a - b - c"),
    ("(a<b)<c", "a < b < c"),
    ("a<(b<c)", "a < (b < c)"),
    ("!(a)", "!a"),
    ("!(!a)", "!!a"),
    ("!(-a)", "!(-a)"),
    ("!(a&&b)", "!(a && b)"),
    ("-(a.b)", "-a.b"),
    ("-(1)", "-(1)"),
    ("-(1.5)", "-(1.5)"),
    ("-(1u)", "-1u"),
    ("-(1.f())", "-(1.f())"),
    ("-(1[0])", "-(1[0])"),
    ("-(-1)", "--1"),
    ("-has(a.b)", "-has(a.b)"),
    ("(-1).f()", "-1.f()"),
    ("(-a).f()", "(-a).f()"),
    ("(a?b:c)?b:c", "(a ? b : c) ? b : c"),
    ("a?(b?a:b):(c?a:b)", "a ? (b ? a : b) : c ? a : b"),
    ("(a+b).c", "(a + b).c"),
    ("(a+b)[c]", "(a + b)[c]"),
    ("(a||b).all(x,x)", "(a || b).all(x, x)"),
    ("has( a . b )", "has(a.b)"),
    ("a.`b`", "a.b"),
    ("a.`in`", "a.`in`"),
    ("a.`for`", "a.for"),
    ("a.?`b c`", "a.?`b c`"),
    ("[ ?a,b, ]", "[?a, b]"),
    ("{'k':a,?b:c}", '{"k": a, ?b: c}'),
    ("{ }", "{}"),
    ("a . f ( )", "a.f()"),
    (". a . b", ".a.b"),
    (".f(.a)", ".f(.a)"),
    ("a[?b]", "a[?b]"),
    ("'it''s'".replace("''", "\\'"), '"it\'s"'),
    ("0x10", "16"),
    ("1E3", "1000.0"),
    ("a.map(x,b,c)", "a.map(x, b, c)"),
    ("a in[b]", "a in [b]"),
]


@pytest.mark.parametrize(("text", "canonical"), TEXTS)
def test_canonical_text(text: str, canonical: str) -> None:
    """Each text prints as the one beside it, and that one prints as itself."""
    assert print_expression(parse_condition(text)) == canonical
    assert print_expression(parse_condition(canonical)) == canonical


LOWERED = [
    (Failure("no such attribute"), 'error("no such attribute")'),
    (Call(ex.HOLDS, (Literal("agents:write"),)), 'holds("agents:write")'),
    (Call(ex.AND, (A, Call(ex.OR, (A, B, C)), C)), "a && (a || b || c) && c"),
    (Call(ex.NOT, (Call(ex.HOLDS, (Literal("a:b"),)),)), '!holds("a:b")'),
]


@pytest.mark.parametrize(("tree", "text"), LOWERED)
def test_what_only_lowering_writes_is_readable(tree: Expr, text: str) -> None:
    """Failures and held permissions print as calls."""
    assert print_expression(tree) == text


@settings(max_examples=300)
@given(expressions)
def test_parsing_the_text_gives_the_tree_back(tree: Expr) -> None:
    """parse(print(t)) == t, and printing again changes nothing."""
    text = print_expression(tree)
    assert parse_condition(text) == tree
    assert print_expression(parse_condition(text)) == text


@settings(max_examples=300)
@given(expressions)
def test_parentheses_are_minimal(tree: Expr) -> None:
    """Every group in a canonical text is needed: without it the text means something else, or nothing."""
    text = print_expression(tree)
    # Parentheses inside quotes are no groups, so that only trees without them are tried.
    if '"' in text or "`" in text:
        return
    for opening, closing in _groups(text):
        without = f"{text[:opening]} {text[opening + 1 : closing]} {text[closing + 1 :]}"
        assert _tree(without) != tree


def test_deep_trees_print() -> None:
    """Printing needs no recursion, so that any depth prints."""
    tree: Expr = A
    for _ in range(20_000):
        tree = Select(tree, "f")
    assert print_expression(tree) == "a" + ".f" * 20_000


def _groups(text: str) -> list[tuple[int, int]]:
    found, open_at = [], []
    for place, char in enumerate(text):
        if char == "(":
            open_at.append(place)
        elif char == ")":
            opening = open_at.pop()
            is_call = opening > 0 and (text[opening - 1].isalnum() or text[opening - 1] == "_")
            if not is_call:
                found.append((opening, place))
    return found


def _tree(text: str) -> Expr | None:
    try:
        return parse_condition(text)
    except Exception:  # noqa: BLE001 - any failure shows that the group was needed
        return None
