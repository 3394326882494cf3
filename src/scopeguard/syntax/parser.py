"""Text to trees: conditions, requirements, patterns and lists of scopes.

The trees are built inside an LALR parser as it reduces, so that no step recurses and hostile
nesting costs no stack. Every function here is pure and cached.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, cast

from lark import Lark
from lark.exceptions import UnexpectedInput, UnexpectedToken

from scopeguard.errors import quoted
from scopeguard.limits import MAX_CONDITION_BYTES, MAX_SCOPE_TEXT
from scopeguard.model.grant import ACTION, SURFACE, Grant
from scopeguard.shipped import grammar
from scopeguard.syntax.condition_builder import ConditionBuilder
from scopeguard.syntax.expression import Expr
from scopeguard.syntax.lr_driver import UNREAD, Driver
from scopeguard.syntax.parse_errors import CONDITION, SCOPE, ExpressionError, ParseError
from scopeguard.syntax.requirement import Needs, Pattern, Requirement
from scopeguard.syntax.requirement_builder import ScopeBuilder
from scopeguard.syntax.sized_nodes import SizedNode
from scopeguard.syntax.syntax_hints import END, condition_slip, scope_slip

__all__ = ["ExpressionError", "parse_condition", "parse_grants", "parse_pattern", "parse_requirement"]

_PERMISSION: Final = re.compile(f"({SURFACE}):({ACTION})")
"""What most patterns and requirements are. The grammar reads it alike, and a test compares the two."""

# They reorder what a reader sees, so that a condition reads otherwise than it is evaluated.
_BIDIRECTIONAL: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


class _Inline:
    """Calls a builder's method with the symbols of a rule as its arguments."""

    def __init__(self, builder: object) -> None:
        self._builder = builder

    def __getattr__(self, name: str) -> Callable[[list[Any]], Any]:
        method = getattr(self._builder, name)
        return lambda symbols: method(*symbols)


@lru_cache(maxsize=1)
def _condition_parser() -> Lark:
    return Lark(
        grammar("condition.lark"),
        parser="lalr",
        lexer="contextual",
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=cast("Any", _Inline(ConditionBuilder())),
    )


@lru_cache(maxsize=1)
def _condition_driver() -> Driver:
    return Driver(_condition_parser())


@lru_cache(maxsize=1)
def _scope_parser() -> Lark:
    return Lark(
        grammar("scope.lark"),
        parser="lalr",
        lexer="contextual",
        start=["grants", "requirement", "pattern"],
        maybe_placeholders=False,
        transformer=cast("Any", _Inline(ScopeBuilder())),
    )


def parse_condition(text: str) -> Expr:
    """The tree of a CEL condition.

    Raises ExpressionError: SG501 for syntax, SG502 for a text that is too long, SG503 for a tree
    that is too deep or too large, SG505 for what the language has and conditions do not.
    """
    return _condition(_text(text, "a condition", "SG501", CONDITION))


def parse_requirement(text: str) -> Requirement:
    """The tree of ``agents:read``, ``all(…)`` or ``any(…)``. Raises ExpressionError (SG301)."""
    plain = _PERMISSION.fullmatch(text) if type(text) is str else None
    if plain is not None:
        return Needs(Grant(plain[1], plain[2]))
    return _requirement(_text(text, "a requirement", "SG301", SCOPE))


def parse_pattern(text: str) -> Pattern:
    """The tree of a pattern such as ``agents:{read,write}`` or ``*:read``. Raises ExpressionError (SG301)."""
    # So many are plain that a cache of them would only be filled in vain.
    plain = _PERMISSION.fullmatch(text) if type(text) is str else None
    if plain is not None:
        return Pattern(plain[1], _action(plain[2]))
    return _pattern(_text(text, "a pattern", "SG301", SCOPE))


def parse_grants(text: str) -> tuple[Grant, ...]:
    """The grants of a space-separated list, sorted, each once. Raises ExpressionError (SG301)."""
    return _grants(_text(text, "a list of scopes", "SG301", SCOPE))


def _text(text: object, what: str, code: str, file: str) -> str:
    # Subclasses of str may override equality and hashing, and the caches trust both.
    if type(text) is not str:
        raise ExpressionError(file, "", code, f"{what} must be text, not {type(text).__name__}", 0)
    return text


@lru_cache(maxsize=4096)
def _condition(text: str) -> Expr:
    _check_condition_text(text)
    known = _condition_driver().read(text)
    if known is not UNREAD:
        return cast("SizedNode", known).expr
    try:
        part = cast("SizedNode", _condition_parser().parse(text))
    except ParseError as refusal:
        raise ExpressionError(CONDITION, text, refusal.code, refusal.message, refusal.offset, refusal.hint) from None
    except UnexpectedInput as failure:
        offset = _offset(failure, text)
        length = _length(failure)
        message, hint = condition_slip(text, offset, length, _accepted(failure))
        raise ExpressionError(CONDITION, text, "SG501", message, offset, hint) from None
    return part.expr


def _check_condition_text(text: str) -> None:
    if not text.strip():
        raise ExpressionError(CONDITION, text, "SG501", "the condition is empty", 0)
    try:
        # Before encoding, so that a huge text is not copied only to be refused.
        size = len(text) if len(text) > MAX_CONDITION_BYTES else len(text.encode())
    except UnicodeEncodeError as failure:
        message = "half of a surrogate pair is not a character"
        raise ExpressionError(CONDITION, text, "SG501", message, failure.start) from None
    if size > MAX_CONDITION_BYTES:
        message = f"the condition is longer than {MAX_CONDITION_BYTES} bytes"
        raise ExpressionError(CONDITION, text, "SG502", message, 0)
    found = _BIDIRECTIONAL.search(text)
    if found is not None:
        message = f"{quoted(found[0])} changes the direction in which the condition is read"
        raise ExpressionError(CONDITION, text, "SG501", message, found.start(), "write it as an escape, in quotes")


@lru_cache(maxsize=4096)
def _requirement(text: str) -> Requirement:
    return cast("Requirement", _scope(text, "requirement"))


@lru_cache(maxsize=4096)
def _pattern(text: str) -> Pattern:
    return cast("Pattern", _scope(text, "pattern"))


@lru_cache(maxsize=256)
def _action(name: str) -> frozenset[str]:
    return frozenset((name,))


@lru_cache(maxsize=4096)
def _grants(text: str) -> tuple[Grant, ...]:
    return cast("tuple[Grant, ...]", _scope(text, "grants"))


def _scope(text: str, kind: str) -> object:
    if len(text) > MAX_SCOPE_TEXT:
        raise ExpressionError(SCOPE, text, "SG301", f"the text is longer than {MAX_SCOPE_TEXT} characters", 0)
    try:
        return _scope_parser().parse(text, start=kind)
    except ParseError as refusal:
        raise ExpressionError(SCOPE, text, refusal.code, refusal.message, refusal.offset, refusal.hint) from None
    except UnexpectedInput as failure:
        offset = _offset(failure, text)
        message, hint = scope_slip(kind, text, offset, _accepted(failure))
        raise ExpressionError(SCOPE, text, "SG301", message, offset, hint) from None


def _offset(failure: UnexpectedInput, text: str) -> int:
    if isinstance(failure, UnexpectedToken) and failure.token.type == END:
        return len(text)
    return cast("int", failure.pos_in_stream)


def _length(failure: UnexpectedInput) -> int:
    return len(failure.token) if isinstance(failure, UnexpectedToken) else 0


def _accepted(failure: UnexpectedInput) -> frozenset[str]:
    # What the whole stack accepts; the state alone would also name closing brackets that nothing opened.
    return frozenset(cast("Any", failure.interactive_parser).accepts())
