"""A condition for some requests only: what is known of them put in, what they do not have taken for absent."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Failure, Ident, ListExpr, Literal

_QUESTION: Final = frozenset({"permission", "action", "operation"})
_SURFACE: Final = "resource.surface"
_NOTHING_HELD: Final = ListExpr(())
_ANONYMOUS: Final[Mapping[str, Expr]] = {
    "principal.kind": Literal("anonymous"),
    "principal.rank": Literal(0),
    **dict.fromkeys(("principal.roles", "principal.scopes", *ROLE_LISTS), _NOTHING_HELD),
}
_NOBODY: Final[Mapping[str, Expr]] = {**_ANONYMOUS, "principal.unrecognized": TRUE}
"""Whoever sent a credential that is nobody's is anonymous too."""


def for_anonymous(expr: Expr) -> Iterator[Expr]:
    """*expr* for principals who are nobody in particular: without an id, a workspace, grants or other attributes."""
    read = {node.name for node in ex.walk(expr) if isinstance(node, Ident) and node.name.startswith("principal.")}
    for known in (_ANONYMOUS, _NOBODY):
        yield without_grants(assuming(expr, known, read - known.keys()))


def assuming(expr: Expr, known: Mapping[str, Expr], absent: Collection[str]) -> Expr:
    """*expr*, in which names that are *known* have these values and *absent* ones have none.

    Recursion is bounded by the depth that the parser admits.
    """
    match expr:
        case Call(function=ex.PRESENT, args=(Ident(name=name),)):
            return FALSE if name in absent else TRUE if name in known else expr
        case Ident(name=name, absolute=True):
            return Failure("absent", span=expr.span) if name in absent else known.get(name, expr)
    changed = ex.rebuilt(expr, lambda part: assuming(part, known, absent))
    match changed:
        case Call(function=ex.EQUAL | ex.NOT_EQUAL as function, args=(Literal(str(one)), Literal(str(other)))):
            return TRUE if (one == other) is (function == ex.EQUAL) else FALSE
        case Call(function=ex.IN, args=(Literal(str(one)), ListExpr(items=items))):
            texts = [item.value for item in items if isinstance(item, Literal)]
            return changed if len(texts) < len(items) else TRUE if one in texts else FALSE
        case Call(function="value", target=Call(function="optional.none")):
            return Failure("absent", span=expr.span)
        case Call(function=ex.CONDITIONAL, args=(test, then, other)) if test in (TRUE, FALSE):
            return then if test == TRUE else other
    return changed


def questions(
    parsed: ParsedPack, rule: ParsedRule, applies: tuple[Expr, ...], surface: str
) -> Iterator[Mapping[str, Expr]]:
    """What is known of the questions about a surface, one by one where the rule looks at what is asked."""
    known: dict[str, Expr] = {_SURFACE: Literal(surface)}
    if _QUESTION.isdisjoint(node.name for tree in applies for node in ex.walk(tree) if isinstance(node, Ident)):
        yield known
        return
    for permission, operation in sorted(rule.asked(parsed.catalog)):
        name, _, action = permission.partition(":")
        if name == surface:
            asks = {"permission": permission, "action": action, "operation": operation}
            yield {**known, **{word: Literal(value) for word, value in asks.items()}}


def without_grants(expr: Expr) -> Expr:
    """*expr* for whoever holds nothing."""
    match expr:
        case Call(function=ex.HOLDS):
            return FALSE
    return ex.rebuilt(expr, without_grants)
