"""The macros: calls that bind names or look at a field without reading it."""

from msgspec.structs import replace

from scopeguard.errors import quoted
from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from scopeguard.syntax.keywords import ALIASES, MACROS
from scopeguard.syntax.parse_errors import ParseError
from scopeguard.syntax.sized_nodes import SizedNode, Token, build


def presence(name: Token, args: list[SizedNode], span: Span) -> SizedNode:
    """``has(a.b)``. Raises ParseError where the argument is anything but a plain field."""
    hint = "write has(a.b)"
    if len(args) != 1:
        raise ParseError("SG501", f'"has" takes one field, not {len(args)} arguments', name.start_pos, hint)
    field = args[0].expr
    if not isinstance(field, ex.Select) or field.test or field.optional:
        raise ParseError("SG501", '"has" takes a field', args[0].start, hint)
    # The test takes the place of the selection, so it is built on what the selection was built on.
    return replace(args[0], expr=replace(field, test=True, span=span), start=span.start, end=span.end)


def comprehension(kind: str, name: Token, operand: SizedNode, args: list[SizedNode], span: Span) -> SizedNode:
    """``operand.all(x, …)`` and its relatives. Raises ParseError for a wrong count or a variable that is no name."""
    shapes = MACROS[kind]
    if len(args) not in shapes:
        counts = " or ".join(map(str, shapes))
        raise ParseError("SG501", f"{quoted(kind)} takes {counts} arguments, not {len(args)}", name.start_pos)
    count = shapes[len(args)]
    variables = tuple(_variable(arg, kind) for arg in args[:count])
    if len(set(variables)) < count:
        raise ParseError("SG501", f"{quoted(kind)} binds {quoted(variables[1])} twice", args[1].start)
    body = tuple(arg.expr for arg in args[count:])
    macro = ex.Macro(ALIASES.get((kind, count), kind), operand.expr, variables, body, span=span)
    return build(macro, span, operand, *args[count:])


def _variable(arg: SizedNode, kind: str) -> str:
    if not isinstance(arg.expr, ex.Ident) or arg.expr.absolute:
        raise ParseError("SG501", f"{quoted(kind)} takes a plain name for its variable", arg.start)
    return arg.expr.name
