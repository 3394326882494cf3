"""What a host passes in, compared with the catalog: a misspelt name is reported, not taken for an absent one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from scopeguard.compiling.environment import conforms
from scopeguard.compiling.program import Program
from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.model.addresses import AddressObject
from scopeguard.model.facts import FACTS_OF_GATES, refuse_misspelt_fields
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.semantics.built_in_variables import CREDENTIAL_TYPES, plain


def require(name: str, known: Iterable[str], what: str, otherwise: str | None = None) -> None:
    """Raise RequestError where *name* is none of *known*, with the nearest one as a hint, or *otherwise*."""
    if name not in known:
        hint = did_you_mean(name, known) or otherwise
        raise RequestError(f"no {what} {quoted(name)} in the catalog{f'; {hint}' if hint else ''}")


def require_each(names: Iterable[str], types: Mapping[str, str], what: str, otherwise: str | None = None) -> None:
    """Raise RequestError where a name is none of *types*, of which a path is that of a field."""
    for name in names:
        if name not in types:
            require(name, [known for known in types if ("." in known) is ("." in name)], what, otherwise)


def refuse_undeclared(program: Program, context: Context) -> None:
    """Raise RequestError for a channel, environment, attribute or fact that the pack does not have.

    A pack that lists no channels takes any, and so with environments. Of facts the name alone is looked at, and of
    those that gates read whether a field is misspelt.
    """
    catalog, types = program.catalog, program.types
    if catalog.channels and context.channel is not None:
        require(context.channel, catalog.channels, "channel")
    require_environment(program, context)
    require_each(context.attributes, types.context, "context attribute")
    for name in context.facts:
        record = name.partition(".")[0]
        nested = f'give it within "{record}", which is a mapping' if name in types.facts else None
        require(name, FACTS_OF_GATES | {path.partition(".")[0] for path in types.facts}, "fact", nested)
    refuse_misspelt_fields(context.facts, catalog.providers)


def require_environment(program: Program, context: Context) -> None:
    """Raise RequestError for an environment that the pack does not have, where it lists any."""
    listed = program.catalog.environments
    if listed:
        # The one that is there where the host says nothing is no misspelling.
        require(context.environment, (*listed, Context().environment), "environment")


def refuse_undeclared_attributes(program: Program, principal: Principal) -> None:
    """Raise RequestError for an attribute that neither the pack nor a constructor of principals has."""
    require_each(principal.attributes, {**CREDENTIAL_TYPES, **program.types.principal}, "attribute")


def require_surface(program: Program, surface: str) -> None:
    """Raise RequestError for a surface that the pack does not have."""
    require(surface, program.catalog.surfaces, "surface")


def require_attributes(program: Program, surface: str, names: Iterable[str]) -> None:
    """Raise RequestError for an attribute that a surface does not have; of attributes with values, for a field too."""
    types, what = program.types.resource.get(surface, {}), f"attribute of {surface}"
    require_each(names, types, what)
    if isinstance(names, MappingProxyType):
        _require_fields(names, types, what)


def refuse_mistyped(program: Program, resource: Resource) -> None:
    """Raise RequestError for a resource whose surface, attributes or their types are not those of the catalog."""
    surface = resource.surface
    require_surface(program, surface)
    _require_types(resource.attributes, program.types.resource.get(surface, {}), f"attribute of {surface}")


def refuse_mistyped_context(program: Program, context: Context) -> None:
    """Raise RequestError where names or types of a context, those within records too, are not those of the catalog."""
    refuse_undeclared(program, context)
    _require_types(context.attributes, program.types.context, "context attribute")
    _require_types(context.facts, program.types.facts, "fact")


def _require_fields(values: Mapping[str, Any], types: Mapping[str, str], what: str, below: str = "") -> None:
    # Records are as deep as the declared names, so recursion is bounded.
    for name, value in values.items():
        # All mappings that were checked are of this class, which is asked sooner than an abstract one.
        fields = _fields(below + name, types) if isinstance(value, MappingProxyType) else ()
        if fields:
            for each in value:
                require(f"{below}{name}.{each}", fields, what)
            _require_fields(value, types, what, f"{below}{name}.")


def _require_types(values: Mapping[str, Any], types: Mapping[str, str], what: str, below: str = "") -> None:
    for name, value in values.items():
        path = below + name
        fields = _fields(path, types)
        if not fields:
            # A record that gates could read, and none of this pack does, has no field.
            require(path, types, what)
        if fields and isinstance(value, Mapping):
            _require_types(value, types, what, f"{path}.")
        elif fields:
            raise RequestError(f"the {what} {quoted(path)} must be a mapping, not {type(value).__name__}")
        elif not conforms(value, plain(types[path])) or ("dyn" in types[path] and _has_address(value)):
            raise RequestError(f"the {what} {quoted(path)} must be of the type {types[path]}")


def _has_address(value: Any) -> bool:
    """Whether an object of ``ipaddress`` is somewhere in a value, which has to be declared an address."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ()
    return isinstance(value, AddressObject) or any(map(_has_address, inner))


def _fields(record: str, types: Mapping[str, str]) -> set[str]:
    """The paths of the fields of a record; none of what is no record."""
    start = f"{record}."
    return {start + path.removeprefix(start).partition(".")[0] for path in types if path.startswith(start)}
