"""A mistake in a condition is named in words, placed exactly, and mended by a hint."""

import pytest

from scopeguard.errors import PolicyError
from scopeguard.syntax.parser import ExpressionError, parse_condition

SLIPS = [
    ("a and b", 2, 'unexpected "and" where an operator or the end is expected', 'write "&&"'),
    ("a or b", 2, 'unexpected "or" where an operator or the end is expected', 'write "||"'),
    ("not a", 4, 'unexpected "a" where an operator or the end is expected', '"not" is written "!"'),
    ("a not in b", 2, 'unexpected "not" where an operator or the end is expected', "write !(a in b)"),
    ("a is null", 2, 'unexpected "is" where an operator or the end is expected', 'write "=="'),
    ("a = b", 2, 'unexpected "=" where an operator or the end is expected', 'write "==" to compare'),
    ("a === b", 4, 'unexpected "=" where a value is expected', 'write "=="'),
    ("a !== b", 4, 'unexpected "=" where a value is expected', 'write "!="'),
    ("a <> b", 3, 'unexpected ">" where a value is expected', 'write "!="'),
    ("a => b", 2, 'unexpected "=>" where an operator or the end is expected', 'write ">="'),
    ("a & b", 2, 'unexpected "&" where an operator or the end is expected', 'write "&&"'),
    ("a | b", 2, 'unexpected "|" where an operator or the end is expected', 'write "||"'),
    ("a ** b", 3, 'unexpected "*" where a value is expected', "there is no power operator"),
    ("a # b", 2, 'unexpected "#" where an operator or the end is expected', 'a comment begins with "//"'),
    ("a /* b */", 3, 'unexpected "*" where a value is expected', 'a comment begins with "//"'),
    ("a; b", 1, 'unexpected ";" where an operator or the end is expected', "a condition is one expression"),
    ("a if b else c", 2, 'unexpected "if" where an operator or the end is expected', "write test ? one : other"),
    ("a contains 'b'", 2, 'unexpected "contains" where an operator or the end is expected', "write a.contains(b)"),
    ("a == \u201cb\u201d", 5, 'unexpected "\u201c" where a value is expected', 'write a straight quote, "'),
    ("a == \u2018b\u2019", 5, 'unexpected "\u2018" where a value is expected', "write a straight quote, '"),
    ('a == "b', 5, "the text in quotes is not closed", 'close it with ", on the same line'),
    ("a == '''b", 5, "the text in quotes is not closed", "close it with '''"),
    ("a == `b`", 5, 'unexpected "`b`" where a value is expected', "a field in backquotes comes after a dot"),
    ("a.`b*c`", 2, 'unexpected "`" where a name is expected', "a field in backquotes"),
    ("", 0, "the condition is empty", None),
    (" \n", 0, "the condition is empty", None),
    ("// only a comment", 17, "unexpected end where a value is expected", None),
    ("a ==", 4, "unexpected end where a value is expected", None),
    ("a == == b", 5, 'unexpected "==" where a value is expected', 'write "==" to compare'),
    ("&& a", 0, 'unexpected "&&" where a value is expected', None),
    ("a || || b", 5, 'unexpected "||" where a value is expected', None),
    ("a & & b", 2, 'unexpected "&" where an operator or the end is expected', 'write "&&"'),
    ("(a", 2, 'unexpected end where ")" is expected', None),
    ("a)", 1, 'unexpected ")" where the end is expected', None),
    ("[a", 2, 'unexpected end where "," or "]" is expected', None),
    ("[a}", 2, 'unexpected "}" where "," or "]" is expected', None),
    ("[,]", 1, 'unexpected "," where a value or "]" is expected', None),
    ("{a}", 2, 'unexpected "}" where ":" is expected', None),
    ("{a: b", 5, 'unexpected end where "," or "}" is expected', None),
    ("f(a,)", 4, 'unexpected ")" where a value is expected', None),
    ("a ? b", 5, 'unexpected end where ":" is expected', None),
    ("a.", 2, "unexpected end where a name is expected", None),
    ("a.1", 2, 'unexpected "1" where a name is expected', None),
    ("1 2", 2, 'unexpected "2" where an operator or the end is expected', None),
    ("!-a", 1, 'unexpected "-" where a value is expected', None),
    ("a == @b", 5, 'unexpected "@" where a value is expected', None),
    ("a == \x00b", 5, 'unexpected "\\x00" where a value is expected', None),
    ("\u0435 == 1", 0, 'unexpected "\u0435" where a value is expected', None),
    ("ab\u0435 == 1", 2, 'unexpected "\u0435" where an operator or the end is expected', None),
    ("a\u00a0== 1", 1, 'unexpected "\\xa0" where an operator or the end is expected', None),
    (
        "a == 'x' // \u202e",
        12,
        '"\\u202e" changes the direction in which the condition is read',
        "write it as an escape",
    ),
    ("in", 0, '"in" is a reserved word, not a name', None),
    ("a == while", 5, '"while" is a reserved word, not a name', None),
    ("if(a)", 0, '"if" is a reserved word, not a name', None),
    (".for", 1, '"for" is a reserved word, not a name', None),
    ("a.in", 2, '"in" is a reserved word, not a field', "write it in backquotes, `in`"),
    ("a.?true", 3, '"true" is a reserved word, not a field', "write it in backquotes, `true`"),
    ("a.null()", 2, '"null" is a reserved word, not a field', "write it in backquotes"),
    ("has(a)", 4, '"has" takes a field', "write has(a.b)"),
    ("has(a.?b)", 4, '"has" takes a field', "write has(a.b)"),
    ("has(a[b])", 4, '"has" takes a field', "write has(a.b)"),
    ("has(has(a.b))", 4, '"has" takes a field', "write has(a.b)"),
    ("has()", 0, '"has" takes one field, not 0 arguments', "write has(a.b)"),
    ("x || has(a.b, c)", 5, '"has" takes one field, not 2 arguments', "write has(a.b)"),
    ("a.all(b)", 2, '"all" takes 2 or 3 arguments, not 1', None),
    ("a.filter(x, b, c)", 2, '"filter" takes 2 arguments, not 3', None),
    ("a.all(x.y, b)", 6, '"all" takes a plain name for its variable', None),
    ("a.all(.x, b)", 6, '"all" takes a plain name for its variable', None),
    ("a.map(1, b)", 6, '"map" takes a plain name for its variable', None),
    ("a.all(x, x, b)", 9, '"all" binds "x" twice', None),
    ("1{}", 1, 'unexpected "{" after a value', None),
]


@pytest.mark.parametrize(("text", "offset", "message", "hint"), SLIPS)
def test_slips(text: str, offset: int, message: str, hint: str | None) -> None:
    """Each slip has its place, its words and its hint."""
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text)
    error = caught.value
    assert (error.code, error.offset, error.message) == ("SG501", offset, message)
    assert (error.hint or "").startswith(hint or "")
    assert (error.hint is None) == (hint is None)


@pytest.mark.parametrize("text", ["T{}", "a.b.T{x: 1}", ".T{?x: 1, `y`: [2],}", "T{x: 1}.y", "!T{x: U{}}"])
def test_messages_are_read_and_refused(text: str) -> None:
    """Message construction is named for what it is, at its place."""
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text)
    assert caught.value.code == "SG505"
    assert text[caught.value.offset :].lstrip(".").startswith(("T", "a.b.T", "U"))


def test_one_diagnostic_with_line_and_column() -> None:
    """The error is a policy error with one finding, placed in the condition's own text."""
    with pytest.raises(PolicyError) as caught:
        parse_condition("a == 1 &&\n  b = 2")
    (finding,) = caught.value.diagnostics
    assert (finding.file, finding.line, finding.column, finding.code) == ("<condition>", 2, 5, "SG501")
    assert str(finding) == (
        '<condition>:2:5: SG501 unexpected "=" where an operator or the end is expected; write "==" to compare'
    )


def test_only_text_is_parsed() -> None:
    """Anything but a str is refused, a subclass with equality of its own too."""

    class Text(str):
        __slots__ = ()

    for value in (None, 1, b"a", ["a"], Text("a")):
        with pytest.raises(ExpressionError, match="must be text"):
            parse_condition(value)  # type: ignore[arg-type]
