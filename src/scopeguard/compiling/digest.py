"""A pack's content digest: the same for every order of files, rules and lists, and for every layout of the text."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from scopeguard.documents.loading import Pack
from scopeguard.syntax.expression import Expr
from scopeguard.syntax.parser import parse_condition, parse_requirement
from scopeguard.syntax.printer import print_expression

_ORDERED = frozenset({"stages", "settings", "remedies", "alias", "group", "provider", "embeds"})
"""Lists whose order means something: it decides, or shows in what a decision says."""

_CONDITIONS: Final = frozenset({"when", "unless"})
_REQUIREMENT: Final = "requires"
"""Texts with a syntax of their own, whose layout means nothing."""

_SORTING: Final = json.JSONEncoder(sort_keys=True)


def content_digest(pack: Pack, parsed: Mapping[str, Expr]) -> str:
    """``sha256:`` and the hexadecimal digest of a checked pack's meaning; *parsed* are its conditions by their text."""
    layers: dict[str, dict[str, Any]] = {}
    for document in pack.documents:
        # What a layer replaces is not joined to what it replaces.
        _merge(
            layers.setdefault(document.layer.name, {}),
            document.content.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"pack", "tests"}),
        )
    text = json.dumps(_canonical(layers, parsed), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{sha256(text.encode('ascii')).hexdigest()}"


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        present = into.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        elif isinstance(present, list):
            present.extend(value if isinstance(value, list) else [value])
        elif key in into and present != value:
            # Checks refuse a value that is given twice; no digest may depend on it that they do.
            into[key] = [present, value]
        else:
            into[key] = value


def _has_more(value: Any, key: str = "") -> bool:
    """Whether there is anything in a value, or to it under a *key*, that could be written in another way."""
    return isinstance(value, dict | list) or key in _CONDITIONS or key == _REQUIREMENT


def _is_ordered(value: Any, key: str) -> bool:
    """Whether a *key* holds such a list, or some of them by name; a surface or a role may be called as one is."""
    several = value.values() if isinstance(value, dict) else (value,)
    return key in _ORDERED and all(isinstance(each, list) for each in several)


def _canonical(value: Any, parsed: Mapping[str, Expr], key: str = "") -> Any:
    if isinstance(value, dict):
        return {
            name: _canonical(item, parsed, name) if _has_more(item, name) and not _is_ordered(item, name) else item
            for name, item in value.items()
        }
    if isinstance(value, list):
        return sorted({_SORTING.encode(_canonical(item, parsed) if _has_more(item) else item) for item in value})
    if key in _CONDITIONS:
        return print_expression(parsed.get(value) or parse_condition(value))
    return str(parse_requirement(value)) if key == _REQUIREMENT else value
