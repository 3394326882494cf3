"""Tables and code spans of Markdown: what is written, and that it reads back."""

import pytest

from scopeguard.runtime import markdown

ESCAPED = {
    "plain text": "plain text",
    "a|b": r"a\|b",
    "a\\": r"a\\",
    "\\|": r"\\\|",
    "*a* `b` <c> &d; ~~e~~": r"\*a\* \`b\` \<c\> \&d; \~\~e\~\~",
    "conditional [1]": "conditional [1]",
    "a\nb\r\nc": "a&#10;b&#13;&#10;c",
    "a\x0b\x85\u2028b\tc": "a&#11;&#133;&#8232;b&#9;c",
    "a&#10;b": r"a\&#10;b",
    "": "",
}


@pytest.mark.parametrize(("text", "written"), ESCAPED.items())
def test_cells(text: str, written: str) -> None:
    """What Markdown would take for more than text is escaped, and comes back without its escape."""
    table = markdown.table(["a", text], [[text, "b"]])
    assert table == f"| a | {written} |\n|---|---|\n| {written} | b |\n"
    first, between, last = table.splitlines()
    assert [cell for _, cell in markdown.cells(first) or ()] == ["a", text]
    assert markdown.is_delimiter(between, 2)
    assert markdown.is_delimiter("|-|-|", 2)
    assert [cell for _, cell in markdown.cells(last) or ()] == [text, "b"]


@pytest.mark.parametrize("line", ["", "|", "a|", "|a", "| a |b", "| a \\", "| a \\|", "a | b |"])
def test_what_is_no_line_of_a_table(line: str) -> None:
    """A line begins and ends with a bar that is not escaped."""
    assert markdown.cells(line) is None


@pytest.mark.parametrize("line", ["", "||", "|---|---|---|", "|---|", "|---|-x-|", "|---| |", "---|---", "|---|:|"])
def test_what_is_no_line_between(line: str) -> None:
    """Between the head and the rest stand as many cells of dashes."""
    assert not markdown.is_delimiter(line, 2)


def test_where_cells_begin() -> None:
    """The offset of a cell is that of its text."""
    assert markdown.cells(r"|a | b\|c ||") == ((1, "a"), (5, "b|c"), (11, ""))


SPANS = {
    "a | b": "`a | b`",
    'x == "\\n"': '`x == "\\n"`',
    "a `b` c": "``a `b` c``",
    "``": "``` `` ```",
    "a ``b `c": "```a ``b `c```",
    "`a": "`` `a ``",
    "a`": "`` a` ``",
    " a ": "`  a  `",
    " a": "` a`",
    "*a*": "`*a*`",
}


@pytest.mark.parametrize(("text", "span"), SPANS.items())
def test_code(text: str, span: str) -> None:
    """Text in a code span is as it is; more backquotes stand around those that are in it."""
    assert markdown.code(text) == span
    assert markdown.decoded(span) == text


@pytest.mark.parametrize("span", ["", "``", "a", "`a", "a`", "``a`", "``a``", "` a `", "`a` b", "`a``b`c", "`   `"])
def test_what_is_no_code(span: str) -> None:
    """Only what is written is read: one text has one form."""
    assert markdown.decoded(span) is None
