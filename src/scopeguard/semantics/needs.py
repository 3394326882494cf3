"""What an expression needs beside this library: packages and data that one machine has and the next one has not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.semantics.functions.regex import MISSING, PATTERNED, engine
from scopeguard.semantics.functions.times import EVERYWHERE, ZONED, check_zone
from scopeguard.syntax.expression import Call, Expr, Literal


def _pattern(call: Call) -> str | None:
    return None if engine() is not None else MISSING


def _zone(call: Call) -> str | None:
    # Which zone a request names is known by then only; that there are any is known now.
    named = (each.value if isinstance(each, Literal) else EVERYWHERE for each in call.args)
    zones = (zone for zone in named if isinstance(zone, str))
    return next((problem for problem in map(check_zone, zones) if problem is not None), None)


_NEEDS: Final[Mapping[str, Callable[[Call], str | None]]] = MappingProxyType(
    {**dict.fromkeys(PATTERNED, _pattern), **dict.fromkeys(ZONED, _zone)}
)
NEEDING: Final = frozenset(_NEEDS)
"""The functions that need something."""


def unmet(nodes: Iterable[Expr]) -> str | None:
    """What is missing for the first of some nodes that cannot be evaluated without it; None where all is there."""
    for node in nodes:
        if isinstance(node, Call) and node.function in _NEEDS:
            problem = _NEEDS[node.function](node)
            if problem is not None:
                return problem
    return None
