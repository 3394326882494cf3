"""Builds the tree of a condition, one node a reduction, inside the parser."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from scopeguard.errors import quoted
from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from scopeguard.syntax.keywords import KEYWORDS, MACROS, RESERVED
from scopeguard.syntax.literals import decode
from scopeguard.syntax.macros import comprehension, presence
from scopeguard.syntax.parse_errors import ParseError
from scopeguard.syntax.sized_nodes import MAX_PARENTHESES, Pair, SizedNode, Token, build, call

_BINARY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LESS": ex.LESS,
        "LESS_EQUAL": ex.LESS_EQUAL,
        "GREATER": ex.GREATER,
        "GREATER_EQUAL": ex.GREATER_EQUAL,
        "EQUAL": ex.EQUAL,
        "NOT_EQUAL": ex.NOT_EQUAL,
        "IN": ex.IN,
        "PLUS": ex.ADD,
        "MINUS": ex.SUBTRACT,
        "STAR": ex.MULTIPLY,
        "SLASH": ex.DIVIDE,
        "PERCENT": ex.MODULO,
        "AND": ex.AND,
        "OR": ex.OR,
    }
)
_PREFIX: Final[Mapping[str, str]] = MappingProxyType({"NOT": ex.NOT, "MINUS": ex.NEGATE})


class ConditionBuilder:
    """One method for each alternative of ``grammar/condition.lark``, called with its symbols in order.

    Raises ParseError where the grammar allows what the language does not.
    """

    def start(self, part: SizedNode) -> SizedNode:
        """The whole condition."""
        return part

    def literal(self, token: Token) -> SizedNode:
        """``1``, ``"a"``, ``true`` and the like."""
        value = decode(token.type, str(token), token.start_pos)
        return SizedNode(ex.Literal(value, span=_span(token)), token.start_pos, token.end_pos)

    def ident(self, name: Token) -> SizedNode:
        """``name``."""
        return SizedNode(ex.Ident(_name(name), span=_span(name)), name.start_pos, name.end_pos)

    def rooted_ident(self, dot: Token, name: Token) -> SizedNode:
        """``.name``."""
        span = Span(dot.start_pos, name.end_pos)
        return SizedNode(ex.Ident(_name(name), absolute=True, span=span), span.start, span.end)

    def select(self, operand: SizedNode, _dot: Token, *rest: Token) -> SizedNode:
        """``operand.field`` and ``operand.?field``."""
        span = Span(operand.start, rest[-1].end_pos)
        optional = len(rest) == 2
        return build(ex.Select(operand.expr, _field(rest[-1]), optional=optional, span=span), span, operand)

    def index(self, operand: SizedNode, _opening: Token, index: SizedNode, closing: Token) -> SizedNode:
        """``operand[index]``."""
        span = Span(operand.start, closing.end_pos)
        return build(ex.Index(operand.expr, index.expr, span=span), span, operand, index)

    def optional_index(
        self, operand: SizedNode, _opening: Token, _mark: Token, index: SizedNode, closing: Token
    ) -> SizedNode:
        """``operand[?index]``."""
        span = Span(operand.start, closing.end_pos)
        return build(ex.Index(operand.expr, index.expr, optional=True, span=span), span, operand, index)

    def method(
        self, operand: SizedNode, _dot: Token, name: Token, _opening: Token, args: list[SizedNode], closing: Token
    ) -> SizedNode:
        """``operand.name(args)``, or a macro."""
        span = Span(operand.start, closing.end_pos)
        function = _field(name)
        if function in MACROS:
            return comprehension(function, name, operand, args, span)
        method = ex.Call(function, tuple(arg.expr for arg in args), operand.expr, span=span)
        return build(method, span, operand, *args)

    def call(self, name: Token, _opening: Token, args: list[SizedNode], closing: Token) -> SizedNode:
        """``name(args)``, or the macro ``has``."""
        function = _name(name)
        span = Span(name.start_pos, closing.end_pos)
        return presence(name, args, span) if function == "has" else call(function, span, args)

    def rooted_call(self, dot: Token, name: Token, _opening: Token, args: list[SizedNode], closing: Token) -> SizedNode:
        """``.name(args)``; the function keeps its dot."""
        return call(f".{_name(name)}", Span(dot.start_pos, closing.end_pos), args)

    def group(self, opening: Token, part: SizedNode, closing: Token) -> SizedNode:
        """``(part)``."""
        if part.parentheses >= MAX_PARENTHESES:
            raise ParseError("SG503", f"parentheses are nested deeper than {MAX_PARENTHESES}", opening.start_pos)
        return replace(part, start=opening.start_pos, end=closing.end_pos, parentheses=part.parentheses + 1)

    def listing(self, opening: Token, items: list[SizedNode], closing: Token) -> SizedNode:
        """``[items]``."""
        span = Span(opening.start_pos, closing.end_pos)
        optional = frozenset(place for place, item in enumerate(items) if item.optional)
        return build(ex.ListExpr(tuple(item.expr for item in items), optional, span=span), span, *items)

    def mapping(self, opening: Token, entries: list[Pair], closing: Token) -> SizedNode:
        """``{entries}``."""
        span = Span(opening.start_pos, closing.end_pos)
        optional = frozenset(place for place, entry in enumerate(entries) if entry.optional)
        pairs = tuple((entry.key.expr, entry.value.expr) for entry in entries)
        return build(ex.MapExpr(pairs, optional, span=span), span, *(part for entry in entries for part in entry.parts))

    def message(self, operand: SizedNode, opening: Token, _fields: object, _closing: Token) -> SizedNode:
        """``Name{fields}``, always refused."""
        if isinstance(operand.expr, ex.Ident | ex.Select):
            hint = 'write a map, {"name": value}'
            raise ParseError("SG505", "messages are not supported in conditions", operand.start, hint)
        raise ParseError("SG501", 'unexpected "{" after a value', opening.start_pos)

    def optional(self, _mark: Token, part: SizedNode) -> SizedNode:
        """``?part`` in a list."""
        return replace(part, optional=True)

    def pair(self, key: SizedNode, _colon: Token, value: SizedNode) -> Pair:
        """``key: value``."""
        return Pair(key, value, optional=False)

    def optional_pair(self, _mark: Token, key: SizedNode, _colon: Token, value: SizedNode) -> Pair:
        """``?key: value``."""
        return Pair(key, value, optional=True)

    def sequence(self, *symbols: object) -> list[object]:
        """Elements, without the commas between them."""
        return [symbol for symbol in symbols if isinstance(symbol, SizedNode | Pair)]

    def prefix(self, sign: Token, operand: SizedNode) -> SizedNode:
        """``!operand`` and ``-operand``."""
        return call(_PREFIX[sign.type], Span(sign.start_pos, operand.end), [operand])

    def binary(self, left: SizedNode, sign: Token, right: SizedNode) -> SizedNode:
        """``left + right`` and the other operators of two operands."""
        return call(_BINARY[sign.type], Span(left.start, right.end), [left, right])

    def logical(self, first: SizedNode, sign: Token, *rest: "Token | SizedNode") -> SizedNode:
        """``a && b && c`` or ``a || b || c``: one node, so that a long chain stays flat."""
        operands = [first, *(part for part in rest if isinstance(part, SizedNode))]
        return call(_BINARY[sign.type], Span(first.start, operands[-1].end), operands)

    def conditional(self, test: SizedNode, _mark: Token, then: SizedNode, _colon: Token, other: SizedNode) -> SizedNode:
        """``test ? then : other``."""
        return call(ex.CONDITIONAL, Span(test.start, other.end), [test, then, other])


def _span(token: Token) -> Span:
    return Span(token.start_pos, token.end_pos)


def _name(token: Token) -> str:
    text = str(token)
    if text in RESERVED:
        raise ParseError("SG501", f"{quoted(text)} is a reserved word, not a name", token.start_pos)
    return text


def _field(token: Token) -> str:
    text = str(token)
    if text in KEYWORDS:
        hint = f"write it in backquotes, `{text}`"
        if text == "in":
            hint = f"{hint}, or x in list for what is in a list"
        raise ParseError("SG501", f"{quoted(text)} is a reserved word, not a field", token.start_pos, hint)
    return text.strip("`")
