"""Size and depth: what the language must take, what is refused, and that nothing hostile hurts."""

import time

import pytest

from scopeguard.syntax.expression import Call
from scopeguard.syntax.parser import ExpressionError, parse_condition
from scopeguard.syntax.printer import print_expression

DEEP = [
    ("[", "]", ""),
    ("f(", ")", "a"),
    ("{0: ", "}", "a"),
    ("a[", "]", "a"),
    ("!", "", "a"),
    ("-", "", "a"),
    ("", ".f", "a"),
    ("", "[0]", "a"),
    ("", ".f()", "a"),
    ("", " + a", "a"),
    ("", " * a", "a"),
    ("", " < a", "a"),
    ("a ? a : ", "", "a"),
    ("a && (b || ", ")", "a"),
    ("a.all(x, ", ")", "x"),
]


def _nested(before: str, after: str, core: str, levels: int) -> str:
    return before * levels + core + after * levels


@pytest.mark.parametrize(("before", "after", "core"), DEEP)
def test_depth_is_bounded(before: str, after: str, core: str) -> None:
    """Thirty-two nested operations are taken and a thirty-third is refused; names and literals do not count."""
    # "a && (b || …)" nests two at a time.
    per_level = 2 if "&&" in before else 1
    assert print_expression(parse_condition(_nested(before, after, core, 32 // per_level)))
    with pytest.raises(ExpressionError) as caught:
        parse_condition(_nested(before, after, core, 33 // per_level + (per_level - 1)))
    assert caught.value.code == "SG503"
    assert "nested deeper than 32" in caught.value.message


@pytest.mark.parametrize(("operator", "count"), [("&&", 100), ("||", 100), ("&&", 499), ("||", 499)])
def test_long_chains_are_flat(operator: str, count: int) -> None:
    """A long chain of one logical operator is one node, however long."""
    tree = parse_condition(f" {operator} ".join(["a"] * count))
    assert isinstance(tree, Call)
    assert len(tree.args) == count


def test_parentheses_are_bounded() -> None:
    """Sixty-four nested parentheses around one name are taken, sixty-five are not."""
    assert parse_condition("(" * 64 + "a" + ")" * 64) == parse_condition("a")
    with pytest.raises(ExpressionError) as caught:
        parse_condition("(" * 65 + "a" + ")" * 65)
    assert (caught.value.code, caught.value.offset) == ("SG503", 0)
    with pytest.raises(ExpressionError) as caught:
        parse_condition("b + !" + "(" * 1000 + "a" + ")" * 1000)
    assert caught.value.code == "SG503"


def test_size_is_bounded() -> None:
    """A thousand nodes are taken, one more is not."""
    assert print_expression(parse_condition(f"[{','.join(['1'] * 999)}]"))
    with pytest.raises(ExpressionError) as caught:
        parse_condition(f"x||[{','.join(['1'] * 998)}]")
    assert (caught.value.code, caught.value.offset) == ("SG503", 0)


def test_length_is_bounded_in_bytes() -> None:
    """The bound is 4 KiB of UTF-8, not of characters."""
    assert print_expression(parse_condition("'" + "a" * 4094 + "'"))
    assert print_expression(parse_condition("'" + "é" * 2047 + "'"))
    for text in ("'" + "a" * 4095 + "'", "'" + "é" * 2048 + "'", "(" * 1_000_000):
        with pytest.raises(ExpressionError) as caught:
            parse_condition(text)
        assert caught.value.code == "SG502"


HOSTILE = ["(", "!", "[", "-", "{", "f(", "a.", "a?", "a?b:", "a[", "{a:", "a.all(x,", "'", '"""', "`", "//", "has(",
           "a&&", "a||", "(a", "[a,", "\\", "0x", "1e", "&", "\x00", "\u202e"]  # fmt: skip


UNKIND = [
    "!" * 4000 + " @", "a // " + "=" * 4000 + "\n @", "'" + "not " * 1000 + "' @", "not" + " " * 4000 + "@", "'\\" * 2000,
    "'''" + '"' * 4000, "1" * 4000 + "e", "a" + " -" * 2000, "r'" * 2000, "x" + "\n" * 4000 + "?",
]  # fmt: skip


@pytest.mark.parametrize("text", UNKIND)
def test_words_for_a_mistake_cost_little(text: str) -> None:
    """Text that would make a careless search for the likely slip go over it again and again is refused quickly."""
    started = time.process_time()
    with pytest.raises(ExpressionError):
        parse_condition(text)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_repetition_is_refused_in_time(piece: str) -> None:
    """As many repetitions as fit are refused by the library's own error, in a bounded time."""
    text = piece * (4096 // len(piece.encode()))
    started = time.perf_counter()
    for attempt in (text, text + "a", "a == " + text[:4000], text[:4095] + ")"):
        with pytest.raises(ExpressionError):
            parse_condition(attempt)
    assert time.perf_counter() - started < 5
