"""Conditions as the engine sees them: parsed, and with their names resolved."""

from scopeguard.compiling.environment import Types
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.syntax.expression import Expr
from scopeguard.syntax.parser import parse_condition


def condition(text: str, types: Types) -> Expr:
    """The resolved tree of a condition over declared *types*."""
    return Resolver(types.names).resolve(parse_condition(text))
