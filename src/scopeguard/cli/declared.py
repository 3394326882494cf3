"""Names on the command line that the engine takes as they are: a misspelling must not be answered as a name."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from scopeguard.compiling.program import Program
from scopeguard.errors import RequestError, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import start_of
from scopeguard.model.narrowing import binding_ways, is_nameable
from scopeguard.model.principal import KINDS, Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.declared import require
from scopeguard.semantics.built_in_variables import VOCABULARIES, word_of

_ASKED_ALL_THE_SAME: Final = "with --undeclared it is asked all the same"


def refuse_undeclared(
    program: Program, context: Context, principal: Principal | None = None, resource: Resource | None = None
) -> None:
    """Raise RequestError for a role or an attribute of a resource that the pack does not have.

    So with the values of attributes that are names of the pack. Other names are refused with the question itself.
    """
    for role in () if principal is None else sorted(principal.roles):
        require_role(program.catalog, role, _ASKED_ALL_THE_SAME)
    given = [*_parties(program, resource), *_values(program, context, principal, resource)]
    for what, names, known in given:
        for name in sorted(names):
            require(name, known, what, _ASKED_ALL_THE_SAME)


def require_role(catalog: Catalog, text: str, otherwise: str | None = None) -> None:
    """Raise RequestError for a role that the catalog does not have, or that is held on nothing of what it names."""
    require(text.partition("/")[0], catalog.roles, "role", otherwise)
    start = start_of(text)
    if start and binding_ways(catalog, start) is None:
        surfaces = [name for name in catalog.surfaces if is_nameable(catalog, name)]
        require(start.rpartition("/")[2].removesuffix(":"), surfaces, "surface of single resources", otherwise)
        raise RequestError(f"the role {quoted(text)} holds nothing there")


_Given = tuple[str, Iterable[str], Iterable[str]]


def _parties(program: Program, resource: Resource | None) -> Iterator[_Given]:
    types = program.types
    if resource is not None:
        declared = types.resource.get(resource.surface, {})
        yield "resource attribute", resource.attributes, [name for name in declared if "." not in name]


def _values(
    program: Program, context: Context, principal: Principal | None, resource: Resource | None
) -> Iterator[_Given]:
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
                texts = [text for text in (value if isinstance(value, tuple) else (value,)) if isinstance(text, str)]
                # Of a narrowed scope the part before the id has to be known.
                texts = [text.partition("/")[0] for text in texts] if word == "scope" else texts
                yield word, texts, _known(program, word)


def _paths(values: Mapping[str, Any], below: str = "") -> Iterator[tuple[str, Any]]:
    """What is given, by its path, within records too. Recursion is bounded by the depth that a request admits."""
    for name, value in values.items():
        yield below + name, value
        if isinstance(value, Mapping):
            yield from _paths(value, f"{below}{name}.")


def _known(program: Program, word: str) -> Iterable[str]:
    catalog = program.catalog
    match word:
        case "kind":
            return KINDS
        case "action":
            return {action for surface in catalog.surfaces.values() for action in surface.actions}
        case _:
            known: Iterable[str] = getattr(catalog, f"{word}s")
            return known
