"""How a text that does not parse is reported."""

from __future__ import annotations

from typing import Final

from scopeguard.errors import Diagnostic, PolicyError
from scopeguard.source import Source

CONDITION: Final = "<condition>"
"""The file named by a diagnostic about a condition on its own."""

SCOPE: Final = "<scope>"
"""The file named by a diagnostic about a scope, a requirement or a pattern on its own."""


class ExpressionError(PolicyError):
    """A condition, scope, requirement or pattern that cannot be used.

    *offset* counts characters from 0 in the text itself, so that whoever knows where the text
    is from can place the finding there; *diagnostics* holds the one finding, placed in a file
    called ``<condition>`` or ``<scope>``.
    """

    def __init__(self, file: str, text: str, code: str, message: str, offset: int, hint: str | None = None) -> None:
        self.code = code
        self.message = message
        self.offset = offset
        self.hint = hint
        super().__init__([Diagnostic.at(Source(file, text).location(offset), code, message, hint)])


class ParseError(Exception):
    """Raised while a tree is built, where the text is not at hand; parsing turns it into an ExpressionError."""

    def __init__(self, code: str, message: str, offset: int, hint: str | None = None) -> None:
        self.code = code
        self.message = message
        self.offset = offset
        self.hint = hint
        super().__init__(message)
