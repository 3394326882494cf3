"""Functions of strings beyond the core, beyond what the conformance suite shows: edges, errors and bounds."""

import pytest

from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("'héllo'.charAt(1)", "é"),
    ("'abc'.charAt(3)", ""),
    ("'abcabc'.indexOf('c', 3)", 5),
    ("'abc'.indexOf('', 3)", 3),
    ("'abcabc'.lastIndexOf('abc', 2)", 0),
    ("['a'].join('-')", "a"),
    ("[].join('-')", ""),
    ("'ÀBC'.lowerAscii()", "Àbc"),
    ("'aaa'.replace('a', 'b', 2)", "bba"),
    ("'aaa'.replace('a', 'b', 0)", "aaa"),
    ("'ab'.replace('', '-')", "-a-b-"),
    ("'ab'.replace('', '-', 2)", "-a-b"),
    ("'a,b,c'.split(',', 2)", ["a", "b,c"]),
    ("'a,b'.split(',', 0)", []),
    ("'abc'.split('')", ["a", "b", "c"]),
    ("'abc'.split('', 2)", ["a", "bc"]),
    ("''.split('')", []),
    ("'abc'.reverse()", "cba"),
    ("'\\u3000a\\u00a0'.trim()", "a"),
    ("'\\u001ca'.trim()", "\x1ca"),
    ("strings.quote('a\\n\"\\\\')", '"a\\n\\"\\\\"'),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("'abc'.charAt(4)", "index out of range: 4"),
    ("'abc'.lastIndexOf('a', -1)", "index out of range: -1"),
    ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
    ("dyn(['a', 1]).join()", "no such overload"),
)  # fmt: skip


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_a_value(source: str, expected: object, evaluator: str) -> None:
    """Both evaluators give the value, and it has the type expected."""
    check_value(source, expected, evaluator)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("source", "message"), FAILING)
def test_an_error(source: str, message: str, evaluator: str) -> None:
    """Both evaluators refuse with the same words."""
    check_error(source, message, evaluator)
