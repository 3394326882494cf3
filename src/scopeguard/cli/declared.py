"""Names on the command line that the engine takes as they are: a misspelling must not be answered as a name."""

from typing import Final

from scopeguard.compiling.program import Program
from scopeguard.errors import RequestError, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import start_of
from scopeguard.model.narrowing import binding_ways, is_nameable
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.declared import require
from scopeguard.runtime.vocabulary import is_name, named_values, names_of, unknown_scopes

_ASKED_ALL_THE_SAME: Final = "with --undeclared it is asked all the same"


def refuse_undeclared(
    program: Program, context: Context, principal: Principal | None = None, resource: Resource | None = None
) -> None:
    """Raise RequestError for a role, a scope or an attribute of a resource that the pack does not have.

    So with the values of attributes that are names of the pack. Other names are refused with the question itself.
    """
    if principal is not None:
        for role in sorted(principal.roles):
            require_role(program.catalog, role, _ASKED_ALL_THE_SAME)
        for scope in unknown_scopes(program.catalog, principal):
            require(scope, program.catalog.scopes, "scope", _ASKED_ALL_THE_SAME)
    if resource is not None:
        declared = program.types.resource.get(resource.surface, {})
        for name in sorted(resource.attributes):
            require(name, [each for each in declared if "." not in each], "resource attribute", _ASKED_ALL_THE_SAME)
    for word, texts in named_values(program, context, principal, resource):
        for text in sorted(texts):
            if word == "role":
                require_role(program.catalog, text, _ASKED_ALL_THE_SAME)
            elif not is_name(program, word, text):
                require(text, names_of(program, word), word, _ASKED_ALL_THE_SAME)


def require_role(catalog: Catalog, text: str, otherwise: str | None = None) -> None:
    """Raise RequestError for a role that the catalog does not have, or that is held on nothing of what it names."""
    role = text.partition("/")[0]
    if role in catalog.conditional_roles:
        raise RequestError(f"nobody is assigned the role {quoted(role)}: whoever meets its condition holds it")
    require(role, catalog.roles, "role", otherwise)
    start = start_of(text)
    if start and binding_ways(catalog, start) is None:
        surfaces = [name for name in catalog.surfaces if is_nameable(catalog, name)]
        require(start.rpartition("/")[2].removesuffix(":"), surfaces, "surface of single resources", otherwise)
        raise RequestError(f"the role {quoted(text)} holds nothing there")
