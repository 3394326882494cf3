"""SG301 and SG501 to SG505: every pattern, requirement and condition can be read."""

from collections.abc import Iterator

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.errors import Diagnostic


def check_syntax_errors(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """What the parsers refused, at the very character."""
    for text in parsed.malformed:
        error = text.error
        yield finding(text.entry, text.path, error.code, error.message, error.hint, offset=error.offset)
