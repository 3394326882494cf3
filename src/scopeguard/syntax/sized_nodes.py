"""What a condition is put together from while it is parsed: expressions that know their size.

Nothing recurses: each part carries how deep and how large it is, and one that is too deep or too
large is refused before the next is built on it.
"""

from typing import Final, Protocol

from msgspec import Struct

from scopeguard.limits import MAX_CONDITION_DEPTH, MAX_CONDITION_NODES
from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from scopeguard.syntax.parse_errors import ParseError

MAX_PARENTHESES: Final = 2 * MAX_CONDITION_DEPTH
"""Parentheses leave no node behind, so they are counted on their own."""


class Token(Protocol):
    """A token as the parser hands it over."""

    type: str
    start_pos: int
    end_pos: int


class SizedNode(Struct, gc=False):
    """A built expression, its span (with its parentheses), and its size.

    *depth* counts nested operations; a literal or a name has none. *parentheses* counts nested
    parentheses. *optional* marks an element written with a question mark.
    """

    expr: ex.Expr
    start: int
    end: int
    depth: int = 0
    nodes: int = 1
    parentheses: int = 0
    optional: bool = False


class Pair(Struct, frozen=True, gc=False):
    """One entry of a map."""

    key: SizedNode
    value: SizedNode
    optional: bool

    @property
    def parts(self) -> tuple[SizedNode, SizedNode]:
        """Both sides."""
        return (self.key, self.value)


def build(expr: ex.Expr, span: Span, *parts: SizedNode) -> SizedNode:
    """*expr*, with its *span*, built on *parts*. Raises ParseError (SG503) where it is too deep or too large."""
    depth = nodes = 1
    parentheses = 0
    for part in parts:
        nodes += part.nodes
        if part.depth >= depth:
            depth = part.depth + 1
        parentheses = max(parentheses, part.parentheses)
    if depth > MAX_CONDITION_DEPTH:
        raise ParseError("SG503", f"the condition is nested deeper than {MAX_CONDITION_DEPTH}", span.start)
    if nodes > MAX_CONDITION_NODES:
        raise ParseError("SG503", f"the condition has more than {MAX_CONDITION_NODES} parts", span.start)
    return SizedNode(expr, span.start, span.end, depth, nodes, parentheses)


def call(function: str, span: Span, args: list[SizedNode]) -> SizedNode:
    """A call of *function*, or an operator, with *args*."""
    return build(ex.Call(function, tuple(arg.expr for arg in args), span=span), span, *args)
