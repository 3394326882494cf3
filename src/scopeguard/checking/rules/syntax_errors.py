"""SG301 and SG501 to SG505: every pattern, requirement and condition can be read."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import Malformed, ParsedPack
from scopeguard.documents.quoting import condition_in_quotes
from scopeguard.documents.tree import ScalarNode
from scopeguard.errors import Correction, Diagnostic

_CUT: Final = 'a "#" after a space begins a comment of YAML; write the whole condition in quotes'


def check_syntax_errors(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """What the parsers refused, at the very character."""
    for text in parsed.malformed:
        error = text.error
        whole = _whole(text)
        hint = error.hint if whole is None else _CUT
        found = finding(text.entry, text.path, error.code, error.message, hint, offset=error.offset)
        yield found if whole is None else replace(found, correction=whole)


def _whole(text: Malformed) -> Correction | None:
    """The edit of a condition that makes sense with the comment behind it, and none without."""
    tree = text.entry.document.tree
    node = tree.find((*text.entry.path, *text.path))
    if text.error.code != "SG501" or not isinstance(node, ScalarNode) or node.style:
        return None
    return condition_in_quotes(tree.source, node.start, over_comment=True)
