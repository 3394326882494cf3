"""``matches``: regular expressions in the syntax of RE2, found anywhere in a text.

RE2 answers in time linear in the text, whatever the pattern; Python's ``re`` does not, and differs in
syntax. So the function works where the optional package google-re2 is installed, and only there.
"""

from functools import lru_cache
from typing import Any, Final

from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.declarations import Declaration, function, method

MISSING: Final = "matches needs the package google-re2"
MAX_PATTERN_MEMORY: Final = 8 << 20
"""One compiled pattern, in bytes."""

MAX_PATTERN: Final = 1 << 14
"""One pattern, in characters."""

MAX_MATCH_STEPS: Final = 500_000_000
"""The size of a compiled pattern, in instructions, times the text's length in bytes."""

PROGRAM_PER_STEP: Final = 100
"""Instructions of a pattern's program that are made in one step of an evaluation's cost."""

MATCHED_PER_STEP: Final = 10_000
"""Instructions times characters that are gone through in one."""


def engine() -> Any:
    """The module of google-re2, without which ``matches`` cannot be evaluated: None where it is not installed."""
    try:
        # It is large, and few packs match anything.
        import re2  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: PLC0415  # without types
    except ImportError:
        return None
    return re2


@lru_cache(maxsize=32)
def _compiled(pattern: str) -> Any:
    re2 = engine()
    if re2 is None:
        raise EvaluationError(MISSING)
    if len(pattern) > MAX_PATTERN:
        raise EvaluationError(f"a pattern longer than {MAX_PATTERN} characters")
    options = re2.Options()
    options.max_mem = MAX_PATTERN_MEMORY
    options.log_errors = False
    # Nothing asks what a group held, and without groups RE2 takes its fastest ways.
    options.never_capture = True
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise EvaluationError(f"invalid pattern: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "a lone surrogate"
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def matches(text: str, pattern: str) -> bool:
    """Whether *pattern* matches some part of *text*.

    Raises EvaluationError for an invalid pattern, for a text and a pattern that together are too much
    work, and where google-re2 is not installed.
    """
    compiled = _compiled(pattern)
    try:
        encoded = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EvaluationError("a string with a lone surrogate has no utf-8") from error
    if compiled.programsize * len(encoded) > MAX_MATCH_STEPS:
        raise EvaluationError("text and pattern are too large to be matched")
    return compiled.search(encoded) is not None


def match_steps(text: Any, pattern: Any) -> int:
    """What of an evaluation's cost a match takes: making the pattern's program, and running it over the text.

    Nothing where there is no match to be made.
    """
    if not isinstance(text, str) or not isinstance(pattern, str):
        return 0
    try:
        size: int = _compiled(pattern).programsize
    except EvaluationError:
        return 0
    return size // PROGRAM_PER_STEP + size * len(text) // MATCHED_PER_STEP


def check_pattern(text: str) -> str | None:
    """Why no text can be matched with the pattern *text*, or None. Without google-re2, that is why."""
    try:
        _compiled(text)
    except EvaluationError as error:
        return str(error)
    return None


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    function("matches", "string, string -> bool", matches),
    method("matches", "string, string -> bool", matches),
)
