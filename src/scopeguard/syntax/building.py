"""Builds the tree of a condition, one node a reduction, inside the parser.

Nothing here recurses: each part carries how deep and how large it is, and one that is too deep
or too large is refused before the next is built on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Protocol

from scopeguard.errors import quoted
from scopeguard.limits import MAX_CONDITION_DEPTH, MAX_CONDITION_NODES
from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from scopeguard.syntax.failures import Refusal
from scopeguard.syntax.literals import decode
from scopeguard.syntax.words import ALIASES, KEYWORDS, MACROS, RESERVED

_MAX_PARENTHESES: Final = 2 * MAX_CONDITION_DEPTH
"""Parentheses leave no node behind, so they are counted on their own."""


class Token(Protocol):
    """A token as the parser hands it over."""

    type: str
    start_pos: int
    end_pos: int


@dataclass(frozen=True, slots=True)
class Part:
    """A built expression, where it stands (with its parentheses), and its size.

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


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry of a map."""

    key: Part
    value: Part
    optional: bool

    @property
    def parts(self) -> tuple[Part, Part]:
        """Both sides."""
        return (self.key, self.value)


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

    Raises Refusal where the grammar allows what the language does not.
    """

    def start(self, part: Part) -> Part:
        """The whole condition."""
        return part

    def literal(self, token: Token) -> Part:
        """``1``, ``"a"``, ``true`` …"""
        value = decode(token.type, str(token), token.start_pos)
        return Part(ex.Literal(value, _span(token)), token.start_pos, token.end_pos)

    def ident(self, name: Token) -> Part:
        """``name``"""
        return Part(ex.Ident(_name(name), span=_span(name)), name.start_pos, name.end_pos)

    def rooted_ident(self, dot: Token, name: Token) -> Part:
        """``.name``"""
        span = Span(dot.start_pos, name.end_pos)
        return Part(ex.Ident(_name(name), absolute=True, span=span), span.start, span.end)

    def select(self, operand: Part, dot: Token, *rest: Token) -> Part:
        """``operand.field`` and ``operand.?field``"""
        span = Span(operand.start, rest[-1].end_pos)
        optional = len(rest) == 2
        return _part(ex.Select(operand.expr, _field(rest[-1]), optional=optional, span=span), span, operand)

    def index(self, operand: Part, opening: Token, index: Part, closing: Token) -> Part:
        """``operand[index]``"""
        span = Span(operand.start, closing.end_pos)
        return _part(ex.Index(operand.expr, index.expr, span=span), span, operand, index)

    def optional_index(self, operand: Part, opening: Token, mark: Token, index: Part, closing: Token) -> Part:
        """``operand[?index]``"""
        span = Span(operand.start, closing.end_pos)
        return _part(ex.Index(operand.expr, index.expr, optional=True, span=span), span, operand, index)

    def method(
        self, operand: Part, dot: Token, name: Token, opening: Token, args: list[Part], closing: Token
    ) -> Part:
        """``operand.name(args)``, or a macro."""
        span = Span(operand.start, closing.end_pos)
        function = _field(name)
        if function in MACROS:
            return _macro(function, name, operand, args, span)
        call = ex.Call(function, tuple(arg.expr for arg in args), operand.expr, span)
        return _part(call, span, operand, *args)

    def call(self, name: Token, opening: Token, args: list[Part], closing: Token) -> Part:
        """``name(args)``, or the macro ``has``."""
        function = _name(name)
        span = Span(name.start_pos, closing.end_pos)
        return _has(name, args, span) if function == "has" else _call(function, span, args)

    def rooted_call(self, dot: Token, name: Token, opening: Token, args: list[Part], closing: Token) -> Part:
        """``.name(args)``; the function keeps its dot."""
        return _call(f".{_name(name)}", Span(dot.start_pos, closing.end_pos), args)

    def group(self, opening: Token, part: Part, closing: Token) -> Part:
        """``(part)``"""
        if part.parentheses >= _MAX_PARENTHESES:
            raise Refusal("SG503", f"parentheses are nested deeper than {_MAX_PARENTHESES}", opening.start_pos)
        return replace(part, start=opening.start_pos, end=closing.end_pos, parentheses=part.parentheses + 1)

    def listing(self, opening: Token, items: list[Part], closing: Token) -> Part:
        """``[items]``"""
        span = Span(opening.start_pos, closing.end_pos)
        optional = frozenset(place for place, item in enumerate(items) if item.optional)
        return _part(ex.ListExpr(tuple(item.expr for item in items), optional, span), span, *items)

    def mapping(self, opening: Token, entries: list[Pair], closing: Token) -> Part:
        """``{entries}``"""
        span = Span(opening.start_pos, closing.end_pos)
        optional = frozenset(place for place, entry in enumerate(entries) if entry.optional)
        pairs = tuple((entry.key.expr, entry.value.expr) for entry in entries)
        return _part(ex.MapExpr(pairs, optional, span), span, *(part for entry in entries for part in entry.parts))

    def message(self, operand: Part, opening: Token, fields: object, closing: Token) -> Part:
        """``Name{fields}``, always refused."""
        if isinstance(operand.expr, ex.Ident | ex.Select):
            hint = 'write a map, {"name": value}'
            raise Refusal("SG505", "messages are not supported in conditions", operand.start, hint)
        raise Refusal("SG501", 'unexpected "{" after a value', opening.start_pos)

    def optional(self, mark: Token, part: Part) -> Part:
        """``?part`` in a list."""
        return replace(part, optional=True)

    def pair(self, key: Part, colon: Token, value: Part) -> Pair:
        """``key: value``"""
        return Pair(key, value, optional=False)

    def optional_pair(self, mark: Token, key: Part, colon: Token, value: Part) -> Pair:
        """``?key: value``"""
        return Pair(key, value, optional=True)

    def sequence(self, *symbols: object) -> list[object]:
        """Elements, without the commas between them."""
        return [symbol for symbol in symbols if isinstance(symbol, Part | Pair)]

    def prefix(self, sign: Token, operand: Part) -> Part:
        """``!operand`` and ``-operand``"""
        return _call(_PREFIX[sign.type], Span(sign.start_pos, operand.end), [operand])

    def binary(self, left: Part, sign: Token, right: Part) -> Part:
        """``left + right`` and the other operators of two operands."""
        return _call(_BINARY[sign.type], Span(left.start, right.end), [left, right])

    def logical(self, first: Part, sign: Token, *rest: "Token | Part") -> Part:
        """``a && b && c`` or ``a || b || c``: one node, so that a long chain stays flat."""
        operands = [first, *(part for part in rest if isinstance(part, Part))]
        return _call(_BINARY[sign.type], Span(first.start, operands[-1].end), operands)

    def conditional(self, test: Part, mark: Token, then: Part, colon: Token, other: Part) -> Part:
        """``test ? then : other``"""
        return _call(ex.CONDITIONAL, Span(test.start, other.end), [test, then, other])


def _part(expr: ex.Expr, span: Span, *parts: Part) -> Part:
    depth = 1 + max((part.depth for part in parts), default=0)
    nodes = 1 + sum(part.nodes for part in parts)
    if depth > MAX_CONDITION_DEPTH:
        raise Refusal("SG503", f"the condition is nested deeper than {MAX_CONDITION_DEPTH}", span.start)
    if nodes > MAX_CONDITION_NODES:
        raise Refusal("SG503", f"the condition has more than {MAX_CONDITION_NODES} parts", span.start)
    parentheses = max((part.parentheses for part in parts), default=0)
    return Part(expr, span.start, span.end, depth, nodes, parentheses)


def _call(function: str, span: Span, args: list[Part]) -> Part:
    return _part(ex.Call(function, tuple(arg.expr for arg in args), span=span), span, *args)


def _has(name: Token, args: list[Part], span: Span) -> Part:
    hint = "write has(a.b)"
    if len(args) != 1:
        raise Refusal("SG501", f'"has" takes one field, not {len(args)} arguments', name.start_pos, hint)
    field = args[0].expr
    if not isinstance(field, ex.Select) or field.test or field.optional:
        raise Refusal("SG501", '"has" takes a field', args[0].start, hint)
    # The test takes the place of the selection, so it is built on what the selection was built on.
    return replace(args[0], expr=replace(field, test=True, span=span), start=span.start, end=span.end)


def _macro(kind: str, name: Token, operand: Part, args: list[Part], span: Span) -> Part:
    shapes = MACROS[kind]
    if len(args) not in shapes:
        counts = " or ".join(map(str, shapes))
        raise Refusal("SG501", f"{quoted(kind)} takes {counts} arguments, not {len(args)}", name.start_pos)
    count = shapes[len(args)]
    variables = tuple(_variable(arg, kind) for arg in args[:count])
    if len(set(variables)) < count:
        raise Refusal("SG501", f"{quoted(kind)} binds {quoted(variables[1])} twice", args[1].start)
    body = tuple(arg.expr for arg in args[count:])
    macro = ex.Macro(ALIASES.get((kind, count), kind), operand.expr, variables, body, span)
    return _part(macro, span, operand, *args[count:])


def _variable(arg: Part, kind: str) -> str:
    if not isinstance(arg.expr, ex.Ident) or arg.expr.absolute:
        raise Refusal("SG501", f"{quoted(kind)} takes a plain name for its variable", arg.start)
    return arg.expr.name


def _span(token: Token) -> Span:
    return Span(token.start_pos, token.end_pos)


def _name(token: Token) -> str:
    text = str(token)
    if text in RESERVED:
        raise Refusal("SG501", f"{quoted(text)} is a reserved word, not a name", token.start_pos)
    return text


def _field(token: Token) -> str:
    text = str(token)
    if text in KEYWORDS:
        hint = f"write it in backquotes, `{text}`"
        raise Refusal("SG501", f"{quoted(text)} is a reserved word, not a field", token.start_pos, hint)
    return text.strip("`")
