"""A pack with one value of one of its files changed, as if the file said so."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from scopeguard.documents.entries import Document
from scopeguard.documents.pack import Pack
from scopeguard.documents.tree import Path

LEFT_OUT: Final = object()
"""In the place of a value: that of a key or an item which the file does not have."""


def edited(pack: Pack, document: Document, path: Path, value: object) -> Pack:
    """*pack* with *value* at *path* of one of its documents. Where things are written stays as it was.

    A list or a mapping whose last item is left out is left out itself. Raises KeyError or IndexError for a path that is
    not there.
    """
    content = _edited(document.content, path, value)
    changed = replace(document, content=content)
    documents = tuple(changed if each is document else each for each in pack.documents)
    return Pack(documents, pack.broken, pack.complete)


def _edited(node: Any, path: Path, value: object) -> Any:
    """Recursion is bounded by the depth of the schema."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(node, list):
        index = int(step)
        new = _edited(node[index], rest, value)
        items = [*node[:index], *([] if new is LEFT_OUT else [new]), *node[index + 1 :]]
        return items or LEFT_OUT
    if isinstance(node, Mapping):
        new = _edited(node[step] if rest else None, rest, value)
        kept = {**node, step: new} if new is not LEFT_OUT else {key: each for key, each in node.items() if key != step}
        return kept or LEFT_OUT
    new = _edited(getattr(node, str(step)), rest, value)
    default = type(node).model_fields[str(step)].get_default(call_default_factory=True)
    return node.model_copy(update={str(step): default if new is LEFT_OUT else new})
