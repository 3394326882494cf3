"""Names on the command line that the pack does not have: a misspelling must not be answered as if it were a name."""

from collections.abc import Iterable, Iterator

from scopeguard.compiling.program import Program
from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.model.principal import KINDS, Principal
from scopeguard.model.request import Context, Resource
from scopeguard.semantics.readable import CREDENTIAL_TYPES, RESERVED_FACTS, VOCABULARIES, word_of


def require(name: str, known: Iterable[str], what: str, otherwise: str | None = None) -> None:
    """Raise RequestError where *name* is none of *known*, with the nearest one as a hint, or *otherwise*."""
    if name not in known:
        hint = did_you_mean(name, known) or otherwise
        raise RequestError(f"no {what} {quoted(name)} in the catalog{f'; {hint}' if hint else ''}")


def refuse_undeclared(
    program: Program, context: Context, principal: Principal | None = None, resource: Resource | None = None
) -> None:
    """Raise RequestError for a channel, environment, role, fact or attribute that the pack does not have.

    So with the values of attributes that are names of the pack. A pack that lists no channels takes any, and so with
    environments. Of records of facts the name alone is looked at.
    """
    given = [*_circumstances(program, context), *_parties(program, principal, resource)]
    given += _values(program, context, principal, resource)
    for what, names, known in given:
        for name in sorted(names):
            require(name, known, what, "with --undeclared it is asked all the same")


_Given = tuple[str, Iterable[str], Iterable[str]]


def _circumstances(program: Program, context: Context) -> Iterator[_Given]:
    catalog, types = program.catalog, program.types
    if catalog.channels and context.channel is not None:
        yield "channel", [context.channel], catalog.channels
    if catalog.environments:
        # The one that stands where the host says nothing is no misspelling.
        yield "environment", [context.environment], {*catalog.environments, Context().environment}
    yield "fact", context.facts, RESERVED_FACTS | {name.partition(".")[0] for name in types.facts}
    yield "context attribute", context.attributes, types.context


def _parties(program: Program, principal: Principal | None, resource: Resource | None) -> Iterator[_Given]:
    types = program.types
    if principal is not None:
        yield "role", principal.roles, program.catalog.roles
        yield "attribute", principal.attributes, {*CREDENTIAL_TYPES, *types.principal}
    if resource is not None:
        yield "resource attribute", resource.attributes, types.resource.get(resource.surface, {})


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
        for name, value in values.items():
            word = word_of(declared.get(name, ""))
            if word in VOCABULARIES:
                texts = [text for text in (value if isinstance(value, tuple) else (value,)) if isinstance(text, str)]
                # What stands before the id of a scope that is narrowed is what has to be known.
                texts = [text.partition("/")[0] for text in texts] if word == "scope" else texts
                yield word, texts, _known(program, word)


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
