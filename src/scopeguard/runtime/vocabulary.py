"""The names of a pack in the values of a request: which of its attributes and facts hold them, and which it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.program import Program
from scopeguard.model.aliases import Inside, inside
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import start_of
from scopeguard.model.grant_set import Grants
from scopeguard.model.narrowing import binding_ways, scope_ways
from scopeguard.model.principal import KINDS, Principal
from scopeguard.model.request import Context, Resource
from scopeguard.semantics.built_in_variables import VOCABULARIES, word_of

_NARROWED: Final = MappingProxyType({"role": binding_ways, "scope": scope_ways})
"""What a text of a word that may be narrowed to one resource reaches there."""


def names_of(program: Program, word: str) -> Iterable[str]:
    """The names that a pack has of what *word* is the type of, such as ``role``."""
    catalog = program.catalog
    match word:
        case "kind":
            return KINDS
        case "action":
            return {action for surface in catalog.surfaces.values() for action in surface.actions}
        case _:
            known: Iterable[str] = getattr(catalog, f"{word}s")
            return known


def is_name(program: Program, word: str, text: str) -> bool:
    """Whether a pack has what a text names, also where that is a scope or a role narrowed to one resource."""
    narrowed = word in _NARROWED and _NARROWED[word](program.catalog, start_of(text)) is not None
    return narrowed or text in names_of(program, word)


def unknown_scopes(catalog: Catalog, principal: Principal) -> tuple[str, ...]:
    """The scopes of a principal that a pack does not have, and what of its ceiling is no permission there either.

    They grant nothing. Of its owner a key may be given permissions that no key holds.
    """
    ceiling = Grants.of(catalog, principal.ceiling).unknown
    of_no_permission = (text for text in ceiling if text.partition("/")[0] not in catalog.permissions)
    return (*Grants.of(catalog, principal.scopes).unknown, *of_no_permission)


def named_values(
    program: Program, context: Context, principal: Principal | None, resource: Resource | None
) -> Iterator[tuple[str, list[str]]]:
    """The texts of a request that are to be names of the pack, each with the type of what they name."""
    types = program.types
    given = [(context.attributes, types.context), (context.facts, types.facts)]
    if principal is not None:
        given.append((principal.attributes, types.principal))
    if resource is not None:
        given.append((resource.attributes, types.resource.get(resource.surface, {})))
    for values, declared in given:
        for path, value in _paths(values):
            word = word_of(declared.get(path, ""))
            if word in VOCABULARIES:
                yield (
                    word,
                    [text for text in (value if isinstance(value, tuple) else (value,)) if isinstance(text, str)],
                )


def resource_inside(program: Program, resource: Resource) -> Resource:
    """A resource whose attributes that are to be names of the pack are so where they were aliases."""
    types = program.types
    if not types.outside:
        return resource
    found = _inside(resource.attributes, types.resource.get(resource.surface, {}), types.outside)
    return Resource(resource.surface, resource.id, resource.workspace, found)


def context_inside(program: Program, context: Context) -> Context:
    """As :func:`resource_inside`, of the attributes and the facts of a context."""
    types = program.types
    if not types.outside:
        return context
    attributes = _inside(context.attributes, types.context, types.outside)
    facts = _inside(context.facts, types.facts, types.outside)
    return Context(context.channel, context.environment, facts, context.now, attributes)


def _inside(
    values: Mapping[str, Any], declared: Mapping[str, str], outside: Mapping[str, Inside], below: str = ""
) -> Mapping[str, Any]:
    """What is given, within records too, in the names of the pack. Records are as deep as a request admits."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        path = below + name
        names = outside.get(word_of(declared.get(path, "")))
        if isinstance(value, Mapping):
            found[name] = _inside(value, declared, outside, f"{path}.")
        else:
            found[name] = value if names is None else inside(value, names)
    return found


def _paths(values: Mapping[str, Any], below: str = "") -> Iterator[tuple[str, Any]]:
    """What is given, by its path, within records too. Recursion is bounded by the depth that a request admits."""
    for name, value in values.items():
        yield below + name, value
        if isinstance(value, Mapping):
            yield from _paths(value, f"{below}{name}.")
