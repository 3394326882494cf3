"""``matches``: what RE2 finds, what it refuses, and what happens without it."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import cel
from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions import regex
from scopeguard.semantics.functions.regex import DECLARATIONS, check_pattern, matches

pytestmark = pytest.mark.skipif(regex.engine() is None, reason="google-re2 is not installed")


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("workspace", "space", True),
        ("workspace", "^space", False),
        ("workspace", "^work.*e$", True),
        ("", "", True),
        ("x", "", True),
        ("", "^$", True),
        ("", "x", False),
        ("a\nb", "a.b", False),
        ("a\nb", "(?s)a.b", True),
        ("a\nb", "^b", False),
        ("a\nb", "(?m)^b", True),
        ("ABC", "(?i)abc", True),
        ("żółw", "^.{4}$", True),
        ("🐱", "^.$", True),
        ("żółw", r"^\pL+$", True),
        ("żółw", r"\w", True),
        ("żó", r"\w", False),
        ("a\0b", r"a\x00b", True),
        ("2024-01-02", r"^(?P<year>\d{4})-(\d\d)-(\d\d)$", True),
    ],
)
def test_finds_the_pattern_anywhere(text: str, pattern: str, expected: bool) -> None:
    """RE2's syntax, unanchored, by code points."""
    assert matches(text, pattern) is expected
    assert check_pattern(pattern) is None


@pytest.mark.parametrize(
    "pattern", ["(", ")", "*a", "[b-a]", "a{2,1}", "(?=a)", r"(a)\1", r"\Z", "a{1001}", "(?P<x", "\ud800"]
)
def test_refuses_an_invalid_pattern(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    """An error of the expression, and nothing on standard error."""
    problem = check_pattern(pattern)
    assert problem is not None
    assert problem.startswith("invalid pattern: ")
    with pytest.raises(EvaluationError, match="invalid pattern: "):
        matches("a", pattern)
    assert capfd.readouterr() == ("", "")


def test_refuses_a_text_that_has_no_bytes() -> None:
    """A lone surrogate is an error, not a crash."""
    with pytest.raises(EvaluationError, match="lone surrogate"):
        matches("\ud800", "a")


@pytest.mark.parametrize(
    "pattern", ["((a{100}){100}){100}", r"(\pL{500}){2}", "(" * 10_000 + ")" * 10_000, "a" * 1_000_000]
)
def test_refuses_a_pattern_too_large(pattern: str) -> None:
    """Length, nesting and compiled size are bounded."""
    assert check_pattern(pattern) is not None


def test_refuses_too_much_work_and_does_the_rest_in_time() -> None:
    """Patterns that hang a backtracking engine answer at once."""
    with pytest.raises(EvaluationError, match="too large to be matched"):
        matches("a" * 1_000_000, "((a|b)*a(a|b){900})c")
    start = time.process_time()
    assert not matches("a" * 1_000_000, "^(a+)+$b")
    assert not matches("x" * 1_000_000, "(x+x+)+y")
    assert time.process_time() - start < 2


def test_is_a_function_and_a_method() -> None:
    """``matches(s, p)`` and ``s.matches(p)``."""
    assert [(each.name, each.types, each.method) for each in DECLARATIONS] == [
        ("matches", "string, string -> bool", False),
        ("matches", "string, string -> bool", True),
    ]


@pytest.mark.parametrize("evaluator", ["evaluate", "reference"])
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"regex.extract('item-A, item-B', 'item-(\\w+)').value()", "A"),
        (r"regex.extract('item-A, item-B', 'item-\\w+').value()", "item-A"),
        (r"regex.extract('item-A, item-B', '(?:item|thing)-(\\w+)').value()", "A"),
        ("regex.extract('HELLO', 'hello').hasValue()", False),
        ("regex.extract('hello', 'hello(.*)').hasValue()", False),
        ("regex.extract('hello', '(x)?hello').hasValue()", False),
        ("regex.extract('hello', 'x*').value()", ""),
        (r"regex.extract('żółw@example.com', '^([^@]+)@').value()", "żółw"),
        ("regex.extract(s, '^[^:]+:(.*)$').orValue('none')", "none"),
    ],
)
def test_extracts_the_group_or_the_match(source: str, expected: object, evaluator: str) -> None:
    """What one group held, else all that was found; nothing where it was not found, or the group is empty."""
    assert getattr(cel.compile(source, {"s": "string"}), evaluator)({"s": "plain"}) == expected


def test_extracts_one_group_at_most() -> None:
    """Which of several would be meant nobody knows; it is told where the pattern is written, or when it is met."""
    message = "a pattern with 2 groups; write (?:…) for all but one"
    for written in ("regex.extract(s, '(.*)@([^.]*)')", "regex.extract(s, '(.*)@(?P<name>[^.]*)')"):
        with pytest.raises(cel.CelTypeError, match=r"SG505 a pattern with 2 groups"):
            cel.compile(written, {"s": "string"})
    made = cel.compile("regex.extract(s, p)", {"s": "string", "p": "string"})
    for evaluate in (made.evaluate, made.reference):
        with pytest.raises(EvaluationError) as caught:
            evaluate({"s": "a@b", "p": "(.*)@(.*)"})
        assert str(caught.value) == message
    assert made.evaluate({"s": "a@b", "p": "(.*)@.*"}).value == "a"
    assert check_pattern("(a)(b)") is None


def test_what_is_extracted_is_charged() -> None:
    """What a group held is asked of slower ways: one alone stops at the limit too."""
    made = cel.compile("regex.extract(s, p).hasValue()", {"s": "string", "p": "string"})
    begun = time.process_time()
    for evaluate in (made.evaluate, made.reference):
        with pytest.raises(EvaluationError, match="costs more than"):
            evaluate({"s": "ab" * 10_000, "p": "((?:a|b)*a(?:a|b){300})"})
        with pytest.raises(EvaluationError, match="lone surrogate"):
            evaluate({"s": "\ud800", "p": "(a)"})
    assert time.process_time() - begun < 1


def test_without_the_package_nothing_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The optional package is missing."""
    monkeypatch.setitem(sys.modules, "re2", None)
    regex._compiled.cache_clear()
    with pytest.raises(EvaluationError, match="need the package google-re2"):
        matches("a", "a")
    assert check_pattern("a") == "regular expressions need the package google-re2"


@given(st.text(alphabet="ab", max_size=12), st.text(alphabet="ab", max_size=4))
def test_a_pattern_of_letters_is_what_stands_in_the_text(text: str, part: str) -> None:
    """A pattern without operators means itself."""
    assert matches(text, part) is (part in text)
