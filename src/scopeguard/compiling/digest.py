"""A pack's content digest: the same for every order of files, rules and lists, and for every layout of the text."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from scopeguard.documents.loading import Pack
from scopeguard.syntax.parsing import parse_condition, parse_requirement
from scopeguard.syntax.printing import print_expression

_ORDERED = frozenset({"stages", "settings", "remedies"})
"""Lists whose order means something."""

_CANONICAL_TEXTS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType({
    "when": lambda text: print_expression(parse_condition(text)),
    "unless": lambda text: print_expression(parse_condition(text)),
    "requires": lambda text: str(parse_requirement(text)),
})  # fmt: skip
"""Texts with a syntax of their own, whose layout means nothing."""


def content_digest(pack: Pack) -> str:
    """``sha256:`` and the hexadecimal digest of a checked pack's meaning."""
    merged: dict[str, Any] = {}
    for document in pack.documents:
        _merge(merged, document.content.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"tests"}))
    text = json.dumps(_canonical(merged), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{sha256(text.encode('ascii')).hexdigest()}"


def _merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        present = into.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            present.extend(value)
        else:
            into[key] = value


def _canonical(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: item if name in _ORDERED else _canonical(item, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [_canonical(item) for item in value]
        return sorted({json.dumps(item, sort_keys=True): item for item in items}.items())
    return _CANONICAL_TEXTS[key](value) if key in _CANONICAL_TEXTS else value
