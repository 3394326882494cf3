"""SG220 and SG223: a layer above another narrows freely, and says where it lets more be done (law 14).

What is loosenings at is what can let anybody do on a surface of the layer below what that layer denies: allow rules,
declared scopes, what roles hold, operations, environments, rows of ``usage``, gates that are switched off, and actions
that come along on a surface of its own with what scopes of the layer below grant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec.structs import replace

from scopeguard.checking.catalog_builder import build_catalog
from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.checking.texts import is_dotted_name
from scopeguard.checking.usage_table import build_usage, usage_rows
from scopeguard.documents.entries import Document, Entry
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.model.catalog import Catalog, Role, Surface
from scopeguard.model.narrowing import is_nameable
from scopeguard.model.principal import SCOPED
from scopeguard.model.usage import OTHER_CHANNEL, PRODUCTION, UsageCell, UsageTable
from scopeguard.syntax.expression import Expr, Ident, walk
from scopeguard.syntax.parser import ExpressionError, parse_pattern

_SHOWN: Final = 3
_NO_ROLE: Final = Role("", 0, frozenset(), frozenset())
_SWITCHED: Final = ("off", "advise", "block")
"""The modes of a gate, from what denies least to what denies most."""

Loosening: TypeAlias = tuple[Path, str]
"""Where an entry lets more be done, and what."""


def check_layers(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Everything in a layer above another one that lets more be done and does not say so."""
    below = parsed.pack.below()
    layers = None if below is None else _Layers(parsed, below)
    for kind, (word, loosenings) in _LOOSENINGS.items():
        for entry in parsed.pack.entries(kind):
            loosened = () if layers is None or not layers.is_above(entry.document) else tuple(loosenings(layers, entry))
            yield from _findings(f"{word} {quoted(entry.name)}", entry, loosened)
    for document in parsed.pack.documents:
        yield from _environments(layers, document)


def _findings(what: str, entry: Entry, loosened: tuple[Loosening, ...]) -> Iterator[Diagnostic]:
    if loosened and entry.content.loosens is None:
        path, how = loosened[0]
        yield finding(entry, path, "SG220", f"{what} {how}", _HINT)
    elif entry.content.loosens is not None and not loosened:
        message = f"{what} lets nothing more be done on the layer below"
        yield finding(entry, ("loosens",), "SG223", message, _NEEDLESS, key=True, severity=Severity.WARNING)


_HINT: Final = "say why under loosens: …, or narrow it to surfaces of this layer"
_NEEDLESS: Final = "leave loosens out: it is read as a widening"


@dataclass(slots=True)
class _Layers:
    """The pack as a whole beside what it is without its uppermost layer."""

    parsed: ParsedPack
    pack: Pack
    catalog: Catalog = field(init=False)
    usage: UsageTable = field(init=False)
    granted: Mapping[str, frozenset[str]] = field(init=False)
    """By scope and role of the layer below, what it holds only because an action implies another."""
    replaced: frozenset[str] = field(init=False)
    """The roles of the layer below that are replaced."""
    authority: frozenset[tuple[str, str]] = field(init=False)
    """Pairs of roles of the layer below, where holders of one may manage those of the other only as it is now."""

    def __post_init__(self) -> None:
        self.catalog = build_catalog(self.pack)
        self.usage = build_usage(self.pack, self.catalog)
        self.granted = self._granted(self.parsed.catalog)
        written = self.parsed.pack.written("roles")
        self.replaced = (
            frozenset(each.name for each in written if self.is_above(each.document)) & self.catalog.roles.keys()
        )
        self.authority = self._gained() if self.replaced else frozenset()

    def _gained(self) -> frozenset[tuple[str, str]]:
        actors = self._actors(self.parsed.rules)
        now, before = (
            _authority(catalog, actors, self.catalog.roles) for catalog in (self.parsed.catalog, self.catalog)
        )
        return frozenset((actor, role) for actor, role, _ in now - before)

    def raised(self, rank: int, before: int) -> tuple[str, str] | None:
        """Who manages whom only with a role of this rank, which was *before*, beside its own; None for nobody."""
        roles = self.catalog.roles
        below = (rule for rule in self.parsed.rules if not self.is_above(rule.entry.document))
        for actor in sorted(self._actors(below)) if rank > before else ():
            now, then = (
                _authority(replace(self.catalog, roles={**roles, actor: ranked}), frozenset({actor}), roles)
                for ranked in (replace(roles[actor], rank=max(roles[actor].rank, each)) for each in (rank, before))
            )
            found = sorted(now - then)
            if found:
                return found[0][:2]
        return None

    def _actors(self, rules: Iterable[ParsedRule]) -> frozenset[str]:
        """The roles of the layer below that hold something about which *rules* ask who is above whom."""
        asking = [rule for rule in rules if any(map(_asks_for_authority, rule.conditions.values()))]
        asked = frozenset[str]().union(
            *(
                _targeted(text, self.catalog, wildcard_reaches_all=True)
                for rule in asking
                for text in rule.entry.content.on
            )
        )
        return frozenset(name for name, role in self.catalog.roles.items() if not asked.isdisjoint(role.permissions))

    def _granted(self, whole: Catalog) -> dict[str, frozenset[str]]:
        own = {name: surface for name, surface in whole.surfaces.items() if name not in self.catalog.surfaces}
        inherited = any(surface.inherited for surface in whole.surfaces.values())
        if not inherited and not any(surface.coarse and surface.implies for surface in own.values()):
            return {}
        bare = {name: _bare(surface, self.catalog.surfaces.get(name)) for name, surface in whole.surfaces.items()}
        without = build_catalog(self.parsed.pack, bare)
        scopes = {name: whole.scopes[name] - without.scopes[name] for name in self.catalog.scopes}
        roles = self.catalog.roles.keys() & whole.roles.keys()
        return scopes | {name: whole.roles[name].permissions - without.roles[name].permissions for name in roles}

    def is_above(self, document: Document) -> bool:
        """Whether a document is of the uppermost layer."""
        return all(document is not each for each in self.pack.documents)

    def of_below(self, permissions: frozenset[str]) -> frozenset[str]:
        """Those of *permissions* that are about surfaces of the layer below."""
        return frozenset(each for each in permissions if each.partition(":")[0] in self.catalog.surfaces)


def _bare(surface: Surface, below: Surface | None) -> Surface:
    """A surface without what comes along with its actions because of this layer; *below* is it in the layer below."""
    return replace(surface, implies={}, inherited={}) if below is None else replace(surface, inherited=below.inherited)


def _shown(permissions: frozenset[str]) -> str:
    names = sorted(permissions)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"lets more be done on the layer below: {', '.join(names[:_SHOWN])}{more}"


def _rule(layers: _Layers, entry: Entry) -> Iterator[Loosening]:
    if entry.content.effect != "allow":
        return
    for index, text in enumerate(entry.content.on):
        reached = layers.of_below(_targeted(text, layers.parsed.catalog))
        if reached:
            yield ("on", index), _shown(reached)


_AUTHORITY: Final = frozenset({"principal.assignable_roles", "principal.superior_roles", "principal.rank"})


def _asks_for_authority(condition: Expr) -> bool:
    return any(isinstance(node, Ident) and node.name in _AUTHORITY for node in walk(condition))


def _targeted(text: str, catalog: Catalog, *, wildcard_reaches_all: bool = False) -> frozenset[str]:
    """The permissions under which a target is asked about, that of an allow rule where nothing else is said."""
    if is_dotted_name(text):
        return frozenset({catalog.operations[text].permission} if text in catalog.operations else ())
    try:
        pattern = parse_pattern(text)
    except ExpressionError:
        return frozenset()
    return frozenset(expand_pattern(pattern, catalog.surfaces, wildcard_reaches_all=wildcard_reaches_all))


def _scope(layers: _Layers, entry: Entry) -> Iterator[Loosening]:
    catalog = layers.parsed.catalog
    for kind in sorted(SCOPED):
        reached = layers.of_below(catalog.of_kind(kind).scopes.get(entry.name, frozenset()))
        if reached:
            own = getattr(entry.content.kinds, kind, None) is not None
            yield ("kinds", kind) if own else ("includes",), _shown(reached)


def _role(layers: _Layers, entry: Entry) -> Iterator[Loosening]:
    catalog = layers.parsed.catalog
    before = layers.catalog.roles.get(entry.name)
    reached = layers.of_below({**catalog.roles, **catalog.conditional_roles}[entry.name].permissions)
    if before is not None and reached and entry.content.alias:
        # To the layer below it was the name of no role.
        yield ("alias",), _shown(reached)
        return
    if before is not None and entry.name in catalog.roles:
        # Whoever meets a condition need not be whom the layer below assigned the role.
        reached -= before.permissions
    if reached:
        yield ("holds",), _shown(reached)
        return
    # Whoever has it beside other roles has the highest rank of them all.
    rank = catalog.roles.get(entry.name, _NO_ROLE).rank
    raised = layers.raised(rank, 0 if before is None else before.rank)
    if raised is not None:
        yield ("rank",), _managing(*raised, "who have it too ")
    elif before is not None:
        for actor, role in sorted(layers.authority):
            # What changes between two others is of every role that is replaced.
            if entry.name in (actor, role) or not {actor, role} & layers.replaced:
                yield ("replaces",), _managing(actor, role)
                return


def _managing(actor: str, role: str, more: str = "") -> str:
    return f"lets holders of {quoted(actor)} {more}manage those of {quoted(role)}, which the layer below denies"


def _authority(catalog: Catalog, actors: frozenset[str], roles: Iterable[str]) -> frozenset[tuple[str, str, str]]:
    """Who hands out which role, and acts upon whose holders, by what roles hold and by their ranks.

    What the pack does not have, or assigns to nobody any more, holds nothing and is handed out by nobody.
    """
    found: set[tuple[str, str, str]] = set()
    for name in actors & catalog.roles.keys():
        actor = catalog.roles[name]
        higher = frozenset[str]().union(
            *(each.permissions for each in catalog.roles.values() if each.rank > actor.rank)
        )
        for other in roles:
            role = catalog.roles.get(other, _NO_ROLE)
            more = role.permissions - actor.permissions
            if other in catalog.roles and not more and role.member_permissions <= actor.member_permissions:
                found.add((name, other, "assigns"))
            if not more or (role.rank < actor.rank and more.isdisjoint(higher)):
                found.add((name, other, "acts upon"))
    return frozenset(found)


def _operation(layers: _Layers, entry: Entry) -> Iterator[Loosening]:
    reached = layers.of_below(frozenset({entry.content.needs}).intersection(layers.parsed.catalog.permissions))
    if reached:
        yield ("needs",), _shown(reached)


def _gate(layers: _Layers, entry: Entry) -> Iterator[Loosening]:
    before = next((each.content for each in layers.pack.entries("gates") if each.name == entry.name), None)
    if before is not None and _SWITCHED.index(entry.content.mode) < _SWITCHED.index(before.mode):
        yield ("mode",), f"denies less than the gate of the layer below, whose mode is {before.mode}"


def _usage(layers: _Layers, entry: Entry) -> Iterator[Loosening]:
    parsed = layers.parsed
    for row in usage_rows(parsed.pack, parsed.catalog):
        if row.entry is not entry:
            continue
        for event in row.cells():
            counted = layers.usage.cells.get(_event_below(layers.catalog, event))
            if counted is not None and counted.meter not in (None, row.doc.meter):
                yield ("id",), f"takes from the meter {quoted(counted.meter or '')} what the layer below counts on it"
                return


def _event_below(catalog: Catalog, event: UsageCell) -> UsageCell:
    """An event as the layer below reads it: environments and channels that it does not have are those of anybody."""
    environment, channel, modality, sender = event
    return (
        environment if environment in catalog.environments else PRODUCTION,
        channel if channel in catalog.channels else OTHER_CHANNEL,
        modality,
        sender,
    )


def _surface(layers: _Layers, entry: Entry) -> Iterator[Loosening]:
    """What an action implies on a surface of its own, where scopes and roles of the layer below bring that action.

    And where it lies below a surface of which no id was written anywhere: a role on one of its resources held nothing.
    """
    above = "" if entry.content.parent is None else entry.content.parent.surface
    if above in layers.catalog.surfaces and not is_nameable(layers.catalog, above):
        yield ("parent",), f"lets roles on one of {quoted(above)} count, which the layer below denies"
        return
    # A coarse surface is for what they name; what comes along beside that, none of those who sold them has seen.
    for holder, permissions in layers.granted.items():
        found = sorted(each for each in permissions if each.partition(":")[0] == entry.name)
        if found:
            key = "inherits" if entry.content.inherits else "implies"
            yield (key,), f"gives {', '.join(found)} to whoever holds {quoted(holder)}, which does not name it"
            return


def _environments(layers: _Layers | None, document: Document) -> Iterator[Diagnostic]:
    catalog = document.content.catalog
    if catalog is None:
        return
    names = catalog.environments if layers is not None and layers.is_above(document) else None
    if names and catalog.loosens is None:
        # What the layer below says of its environments, it does not say of this one.
        message = (
            f"environment {quoted(names[0])} has none of the counting and none of the rules of those of the layer below"
        )
        yield Diagnostic.at(document.locate(("catalog", "environments", 0)), "SG220", message, _ENVIRONMENT_HINT)
    elif catalog.loosens is not None and not names:
        message = "the catalog lets nothing more be done on the layer below"
        place = document.locate(("catalog", "loosens"), key=True)
        yield Diagnostic.at(place, "SG223", message, _NEEDLESS, Severity.WARNING)


_ENVIRONMENT_HINT: Final = "say why under loosens: … beside the list, in the section catalog"

_LOOSENINGS: Final[Mapping[str, tuple[str, Callable[[_Layers, Entry], Iterator[Loosening]]]]] = MappingProxyType({
    "surfaces": ("surface", _surface),
    "operations": ("operation", _operation),
    "scopes": ("scope", _scope),
    "roles": ("role", _role),
    "rules": ("rule", _rule),
    "gates": ("gate", _gate),
    "usage": ("usage row", _usage),
})  # fmt: skip
