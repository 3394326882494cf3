"""``matches`` and ``regex.extract``: regular expressions in the syntax of RE2, found anywhere in a text.

RE2 answers in time linear in the text, whatever the pattern; Python's ``re`` does not, and differs in
syntax. So the functions work where the optional package google-re2 is installed, and only there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.declarations import Declaration, function, method
from scopeguard.semantics.values import NONE, Optional

MATCHES: Final = "matches"
EXTRACT: Final = "regex.extract"
PATTERNED: Final = frozenset({MATCHES, EXTRACT})
"""The functions whose last argument is a regular expression."""

MISSING: Final = "regular expressions need the package google-re2"
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

EXTRACTED_PER_STEP: Final = 50
"""The same where it is asked what a group held, which RE2's fastest ways do not know."""


def engine() -> Any:
    """The module of google-re2, without which ``matches`` cannot be evaluated: None where it is not installed."""
    try:
        # It is large, and few packs match anything.
        import re2  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: PLC0415  # without types
    except ImportError:
        return None
    return re2


@lru_cache(maxsize=64)
def _compiled(pattern: str, function: str = MATCHES) -> Any:
    re2 = engine()
    if re2 is None:
        raise EvaluationError(MISSING)
    if len(pattern) > MAX_PATTERN:
        raise EvaluationError(f"a pattern longer than {MAX_PATTERN} characters")
    options = re2.Options()
    options.max_mem = MAX_PATTERN_MEMORY
    options.log_errors = False
    # Without groups RE2 takes its fastest ways.
    options.never_capture = function == MATCHES
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise EvaluationError(f"invalid pattern: {_reason(error)}") from error
    if compiled.groups > 1:
        raise EvaluationError(f"a pattern with {compiled.groups} groups; write (?:…) for all but one")
    return compiled


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "a lone surrogate"
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EvaluationError("a string with a lone surrogate has no utf-8") from error


def matches(text: str, pattern: str) -> bool:
    """Whether *pattern* matches some part of *text*.

    Raises EvaluationError for an invalid pattern, for a text and a pattern that together are too much
    work, and where google-re2 is not installed.
    """
    compiled = _compiled(pattern)
    encoded = _encoded(text)
    if compiled.programsize * len(encoded) > MAX_MATCH_STEPS:
        raise EvaluationError("text and pattern are too large to be matched")
    return compiled.search(encoded) is not None


def extract(text: str, pattern: str) -> Optional:
    """What the group of *pattern* held, or all that it matched where it has none; none for no match or an empty group.

    Raises EvaluationError as ``matches`` does, and for a pattern with several groups.
    """
    compiled = _compiled(pattern, EXTRACT)
    found = compiled.search(_encoded(text))
    held = None if found is None else found.group(compiled.groups)
    if held is None or (compiled.groups and not held):
        return NONE
    return Optional(True, held.decode("utf-8"))


def match_steps(function: str, text: Any, pattern: Any) -> int:
    """What of an evaluation's cost a match takes: making the pattern's program, and running it over the text.

    Nothing where there is no match to be made.
    """
    if not isinstance(text, str) or not isinstance(pattern, str):
        return 0
    try:
        compiled = _compiled(pattern, function)
    except EvaluationError:
        return 0
    size: int = compiled.programsize
    per_step = EXTRACTED_PER_STEP if compiled.groups else MATCHED_PER_STEP
    return size // PROGRAM_PER_STEP + size * len(text) // per_step


def check_pattern(text: str, function: str = MATCHES) -> str | None:
    """Why *function* can take no text with the pattern *text*, or None. Without google-re2, that is why."""
    try:
        _compiled(text, function)
    except EvaluationError as error:
        return str(error)
    return None


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    function(MATCHES, "string, string -> bool", matches),
    method(MATCHES, "string, string -> bool", matches),
)
EXTRACTING: Final[tuple[Declaration, ...]] = (function(EXTRACT, "string, string -> optional(string)", extract),)
