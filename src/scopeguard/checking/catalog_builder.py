"""From the ``catalog``, ``scopes``, ``roles``, ``recovery`` and ``settings`` sections to one resolved Catalog.

Tolerant: what is unknown, malformed or contradictory grants nothing here, and the checks report it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from scopeguard.checking.expansion import closure, expand_pattern, held_by_members, with_implied
from scopeguard.checking.scope_includes import includes_for
from scopeguard.checking.surface_builder import build_surfaces, coarse_of, first_of_each, keys_may_hold, names_of
from scopeguard.documents.entries import Layer
from scopeguard.documents.pack import Pack
from scopeguard.documents.schema import CodeDoc, MemberPermissionDoc, OperationDoc, RoleDoc, ScopeDoc, TabDoc
from scopeguard.errors import EvaluationError, PolicyError
from scopeguard.model.aliases import Aliases
from scopeguard.model.catalog import (
    DEFAULT_STAGES,
    PERMISSION_STAGE,
    Catalog,
    DenialCode,
    Meter,
    Operation,
    Role,
    Surface,
    Tab,
)
from scopeguard.model.codes import STANDARD_CODES
from scopeguard.model.principal import SCOPED
from scopeguard.semantics.timestamps import parse_duration
from scopeguard.syntax.parser import parse_pattern
from scopeguard.syntax.requirement import Pattern

__all__ = ["build_catalog", "coarse_of", "expand_pattern", "keys_may_hold"]


def build_catalog(pack: Pack, surfaces: Mapping[str, Surface] | None = None) -> Catalog:
    """The vocabulary of *pack* with every expansion done, over its own *surfaces* where none are given.

    Never raises for what the pack says.
    """
    surfaces = build_surfaces(pack) if surfaces is None else surfaces
    members = _member_permissions(pack, surfaces)
    scopes = _scopes(pack, surfaces, "api_key")
    return Catalog(
        surfaces=surfaces,
        operations=_operations(pack, surfaces),
        scopes=scopes,
        member_permissions=members.grants,
        roles=_roles(pack, surfaces, members, conditional=False),
        codes=_codes(pack),
        stages=_stages(pack),
        channels=names_of(pack, "channels"),
        environments=names_of(pack, "environments"),
        settings=_settings(pack),
        meters=_meters(pack),
        providers=names_of(pack, "providers"),
        facts_max_age=_facts_max_age(pack),
        scopes_by_kind=_scopes_by_kind(pack, surfaces, scopes),
        conditional_roles=_roles(pack, surfaces, members, conditional=True),
        aliases=_aliases(pack, surfaces),
    )


def _patterns(texts: Iterable[str]) -> Iterator[Pattern]:
    for text in texts:
        try:
            yield parse_pattern(text)
        except PolicyError:
            continue


def _operations(pack: Pack, surfaces: Mapping[str, Surface]) -> Mapping[str, Operation]:
    operations: dict[str, Operation] = {}
    for entry in first_of_each(pack.entries("operations")):
        surface, _, action = entry.content.needs.partition(":")
        if surface in surfaces and action in surfaces[surface].actions:
            doc: OperationDoc = entry.content
            operations[entry.name] = Operation(
                name=entry.name,
                permission=doc.needs,
                audited=doc.audited,
                because=doc.because,
                meter=doc.meter,
                fair_use=doc.fair_use,
                must_say_quantity=doc.quantity == "requested",
                instead=MappingProxyType(dict(doc.instead or {})),
            )
    return MappingProxyType(operations)


def _scopes(pack: Pack, surfaces: Mapping[str, Surface], kind: str) -> Mapping[str, frozenset[str]]:
    """What scopes reach where principals of a kind hold them."""
    holdable = {name: surface for name, surface in surfaces.items() if keys_may_hold(surface.holdable_by)}
    granular = {
        f"{surface.name}:{action}": with_implied((f"{surface.name}:{action}",), holdable)
        for surface in holdable.values()
        for action in surface.open_actions
    }
    # Only coarse surfaces are among them, so that no spelling of a declared scope can reach an explicit-only one.
    reachable = {name: surface for name, surface in holdable.items() if surface.coarse}
    declared: dict[str, ScopeDoc] = {
        entry.name: entry.content for entry in first_of_each(pack.entries("scopes")) if entry.name not in granular
    }
    effective = {name: tuple(text for _, text in includes_for(doc, kind)) for name, doc in declared.items()}
    own = {
        name: with_implied(
            _expanded((text for text in includes if text not in effective), reachable, wildcard_reaches_all=False),
            reachable,
        )
        for name, includes in effective.items()
    }
    return MappingProxyType(granular | _unions(closure(effective), own))


def _scopes_by_kind(
    pack: Pack, surfaces: Mapping[str, Surface], scopes: Mapping[str, frozenset[str]]
) -> Mapping[str, Mapping[str, frozenset[str]]]:
    if all(entry.content.kinds is None for entry in pack.entries("scopes")):
        return MappingProxyType({})
    others = {kind: _scopes(pack, surfaces, kind) for kind in sorted(SCOPED)}
    return MappingProxyType({kind: found for kind, found in others.items() if found != scopes})


def _expanded(texts: Iterable[str], surfaces: Mapping[str, Surface], *, wildcard_reaches_all: bool) -> Iterator[str]:
    for pattern in _patterns(texts):
        yield from expand_pattern(pattern, surfaces, wildcard_reaches_all=wildcard_reaches_all)


def _unions(reached: Mapping[str, frozenset[str]], own: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset[str]().union(*(own[other] for other in others)) for name, others in reached.items()}


class _Members(NamedTuple):
    reached: Mapping[str, frozenset[str]]
    """Each member permission to itself and all that comes with it."""
    grants: Mapping[str, frozenset[str]]


def _member_permissions(pack: Pack, surfaces: Mapping[str, Surface]) -> _Members:
    docs: dict[str, MemberPermissionDoc] = {
        entry.name: entry.content for entry in first_of_each(pack.entries("permissions"))
    }
    own = {name: held_by_members(_patterns(doc.grants), surfaces) for name, doc in docs.items()}
    reached = closure({name: doc.implies or () for name, doc in docs.items()})
    return _Members(reached, MappingProxyType(_unions(reached, own)))


def _roles(pack: Pack, surfaces: Mapping[str, Surface], members: _Members, *, conditional: bool) -> Mapping[str, Role]:
    """The roles that members are assigned, or those that they hold by a condition."""
    roles: dict[str, Role] = {}
    for entry in first_of_each(pack.entries("roles")):
        doc: RoleDoc = entry.content
        if (doc.when is not None) is not conditional:
            continue
        dotted = [item for item in doc.holds if item in members.reached]
        patterns = (item for item in doc.holds if item not in members.reached)
        held = frozenset[str]().union(*(members.reached[item] for item in dotted))
        permissions = held_by_members(_patterns(patterns), surfaces)
        roles[entry.name] = Role(
            entry.name,
            doc.rank,
            held,
            permissions.union(*(members.grants[item] for item in dotted)),
            doc.because,
        )
    return MappingProxyType(roles)


def _codes(pack: Pack) -> Mapping[str, DenialCode]:
    codes = dict(STANDARD_CODES)
    for entry in first_of_each(pack.entries("recovery")):
        codes[entry.name] = _code(entry.name, entry.content, STANDARD_CODES.get(entry.name))
    return MappingProxyType(codes)


def _code(name: str, doc: CodeDoc, standard: DenialCode | None) -> DenialCode:
    base = standard or DenialCode(name, "denial", 403)
    remedy = doc.remedy
    # A pack words the recovery; what else there is to say of a standard code need not be said again.
    return DenialCode(
        name=name,
        kind=doc.kind or base.kind,
        status=doc.status or base.status,
        remedy=None if remedy is None else remedy.text,
        action=None if remedy is None else remedy.action,
        target=None if remedy is None else remedy.target,
        title=doc.title or base.title,
        challenge=doc.challenge or base.challenge,
    )


def _stages(pack: Pack) -> tuple[str, ...]:
    stages = names_of(pack, "stages") or DEFAULT_STAGES
    # What the base denies by comes before what a pack lists without it: a list can move it, and never lose it.
    based = {entry.content.stage for entry in pack.entries("rules") if entry.document.layer is Layer.BASE}
    stages = (*(stage for stage in DEFAULT_STAGES if stage in based - {*stages}), *stages)
    return stages if PERMISSION_STAGE in stages else (*stages, PERMISSION_STAGE)


def _settings(pack: Pack) -> Mapping[str, tuple[Tab, ...]]:
    return MappingProxyType({
        entry.name: tuple(map(_tab, entry.content)) for entry in first_of_each(pack.entries("settings"))
    })  # fmt: skip


def _meters(pack: Pack) -> Mapping[str, Meter]:
    return MappingProxyType({
        entry.name: Meter(entry.name, entry.content.kind, entry.content.title)
        for entry in first_of_each(pack.entries("meters"))
    })  # fmt: skip


def _facts_max_age(pack: Pack) -> timedelta | None:
    for text in names_of(pack, "facts_max_age"):
        try:
            return parse_duration(text)
        except EvaluationError:
            continue
    return None


def _aliases(pack: Pack, surfaces: Mapping[str, Surface]) -> Aliases:
    permissions = {
        f"{entry.name}:{action}": tuple(texts)
        for entry in first_of_each(pack.entries("surfaces"))
        for action, texts in (entry.content.alias or {}).items()
        if action in surfaces[entry.name].actions
    }

    def named(kind: str) -> Mapping[str, tuple[str, ...]]:
        entries = first_of_each(pack.entries(kind))
        return {entry.name: tuple(entry.content.alias) for entry in entries if entry.content.alias}

    return Aliases(
        scopes=MappingProxyType({**permissions, **named("scopes")}),
        roles=MappingProxyType(named("roles")),
        actions=MappingProxyType({**permissions, **named("operations")}),
    )


def _tab(doc: TabDoc) -> Tab:
    return Tab(doc.id, doc.title, doc.view, doc.manage)
