"""What generated code calls: the only names it knows beside its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from types import MappingProxyType
from typing import Any, Final

from scopeguard.semantics.bailout import BAILOUTS, Bailout, bail_out, raised_by_host
from scopeguard.semantics.codegen.inline_operators import name_of
from scopeguard.semantics.costs import charge, weight
from scopeguard.semantics.interpreter import iterations_of
from scopeguard.semantics.values import EXACT_TYPES, kind_of


def some_text(text: str, items: list[Any]) -> bool:
    """Whether *text* is among *items*. Raises Bailout where an item is not a string."""
    if text in items:
        return True
    if set(map(type, items)) <= {str}:
        return False
    raise Bailout


def charged(spent: list[int], function: str, apply: Callable[..., Any], *arguments: Any) -> Any:
    """The result of a call within a macro, with its cost counted."""
    spent[0] = charge(spent[0], weight(function, arguments))
    return apply(*arguments)


def known(value: Any) -> Any:
    """*value*, where it is one of the language."""
    kind_of(value)
    return value


HELPERS: Final[Mapping[str, Any]] = MappingProxyType({
    "UTC": UTC,
    "float": float,
    "charged": charged,
    "enumerate": enumerate,
    "known": known,
    "len": len,
    "some_text": some_text,
    "iterations_of": iterations_of,
    "type": type,
    "bail_out": bail_out,
    "raised_by_host": raised_by_host,
    "BAILOUTS": BAILOUTS,
    "Bailout": Bailout,
    **{name_of(guard): guard for guard in EXACT_TYPES.values()},
})  # fmt: skip
"""Everything that generated code can name beside its own variables and constants."""
