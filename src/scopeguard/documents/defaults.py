"""What the surfaces of a file have in common: said once, put in wherever one of them does not say it itself.

A key that a surface writes takes the place of that of the defaults. ``coarse`` and ``explicit_only`` are two spellings
of one thing, so that whoever writes one writes both; and what the defaults say of an action that a surface does not
have is not said of it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from scopeguard.documents.amending import adds_attributes
from scopeguard.documents.entries import DEFAULTS, Document
from scopeguard.documents.schema import SurfaceDefaults, SurfaceDoc
from scopeguard.documents.shapes import ALL
from scopeguard.errors import Diagnostic, did_you_mean, quoted

_REACH: Final = frozenset({"coarse", "explicit_only"})


def with_defaults(documents: Iterable[Document]) -> Iterator[Document]:
    """The *documents* of a pack, lower layers first, each surface with the defaults of its file.

    What a layer says of a surface of the layer below adds to that one alone.
    """
    names: dict[int, set[str]] = {}
    for document in documents:
        catalog = document.content.catalog
        surfaces: Mapping[str, SurfaceDoc] = (catalog and catalog.surfaces) or {}
        below = frozenset[str]().union(*(found for layer, found in names.items() if layer < document.layer))
        names.setdefault(document.layer, set()).update(surfaces)
        if catalog is None or catalog.defaults is None:
            yield document
            continue
        filled = {
            name: doc if name in below and adds_attributes("surfaces", doc) else _filled(doc, catalog.defaults)
            for name, doc in surfaces.items()
        }
        whole = catalog.model_copy(update={"surfaces": filled, "defaults": None})
        yield replace(document, content=document.content.model_copy(update={"catalog": whole}))


def _filled(doc: SurfaceDoc, defaults: SurfaceDefaults) -> SurfaceDoc:
    said = doc.model_fields_set | (_REACH if doc.model_fields_set & _REACH else frozenset())
    more: dict[str, Any] = {key: getattr(defaults, key) for key in defaults.model_fields_set - said}
    actions = frozenset(more.get("actions", doc.actions))
    if "implies" in more:
        implied = {action: _among(actions, others) for action, others in more["implies"].items() if action in actions}
        more["implies"] = {action: others for action, others in implied.items() if others} or None
    for key in ("audited", "internal"):
        if key in more:
            more[key] = _among({*actions, ALL}, more[key]) or None
    if "embeds" in more:
        more["embeds"] = {action: names for action, names in more["embeds"].items() if action in actions} or None
    return doc.model_copy(update=more)


def _among(actions: Collection[str], some: Iterable[str]) -> list[str]:
    return [action for action in some if action in actions]


def find_needless(document: Document) -> Iterator[Diagnostic]:
    """Actions of which the defaults of a file say something, and that none of its surfaces has."""
    catalog = document.content.catalog
    defaults = catalog and catalog.defaults
    if not catalog or not defaults:
        return
    surfaces = (catalog.surfaces or {}).values()
    known = {action for doc in surfaces for action in doc.actions}.union(defaults.actions)
    for path, action, key in _named(defaults):
        if action not in known:
            location = document.locate((*DEFAULTS, *path), key=key)
            hint = did_you_mean(action, known)
            correction = document.correction((*DEFAULTS, *path), hint, key=key)
            message = f"no surface of this file has the action {quoted(action)}"
            yield Diagnostic.at(location, "SG204", message, hint, correction=correction)


def _named(defaults: SurfaceDefaults) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
    """The actions that defaults name, each with its path and whether it is a key there."""
    for action, others in (defaults.implies or {}).items():
        yield ("implies", action), action, True
        for index, other in enumerate(others):
            yield ("implies", action, index), other, False
    for key, actions in (("audited", defaults.audited), ("internal", defaults.internal)):
        for index, action in enumerate(actions or ()):
            if action != ALL:
                yield (key, index), action, False
    for action in defaults.embeds or {}:
        yield ("embeds", action), action, True
