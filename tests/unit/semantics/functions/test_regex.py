"""``matches``: what RE2 finds, what it refuses, and what happens without it."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    assert [(name, types, method) for name, types, _, method in DECLARATIONS] == [
        ("matches", "string, string -> bool", False),
        ("matches", "string, string -> bool", True),
    ]


def test_without_the_package_nothing_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The optional package is missing."""
    monkeypatch.setitem(sys.modules, "re2", None)
    regex._compiled.cache_clear()
    with pytest.raises(EvaluationError, match="needs the package google-re2"):
        matches("a", "a")
    assert check_pattern("a") == "matches needs the package google-re2"


@given(st.text(alphabet="ab", max_size=12), st.text(alphabet="ab", max_size=4))
def test_a_pattern_of_letters_is_what_stands_in_the_text(text: str, part: str) -> None:
    """A pattern without operators means itself."""
    assert matches(text, part) is (part in text)
