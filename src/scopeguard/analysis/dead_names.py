"""Names of a pack that nothing reads or grants: what is left over, or is meant and forgotten elsewhere."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from scopeguard.analysis.invariants import Worlds
from scopeguard.compiling.program import Program
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.model.principal import KINDS, SCOPED
from scopeguard.source import Location
from scopeguard.syntax.expression import Expr, Ident, Literal, walk

DEAD_NAME: Final = "SG609"
_CHANNEL: Final = "context.channel"


@dataclass(frozen=True)
class _Said:
    """A pack, and what its conditions read."""

    pack: Pack
    worlds: Worlds

    @property
    def program(self) -> Program:
        """The pack as it decides."""
        return self.worlds.engine.program

    def is_ever_allowed(self, action: str) -> bool:
        """Whether it is not proved that an action is denied to everybody."""
        act = self.program.known(action)
        each = (self.worlds.of(kind) for kind in KINDS)
        return any(requests.asking.may_be(requests.answers(act).allowed) for requests in each)

    def is_of_use(self, kind: str, permissions: Iterable[str], **only: str) -> bool:
        """Whether it is not proved that who holds one scope or role is denied all that it grants."""
        requests = self.worlds.of(kind, **{word: frozenset({name}) for word, name in only.items()})
        answers = (requests.answers(self.program.known(each)) for each in sorted(permissions))
        return any(requests.asking.may_be(each.allowed) for each in answers)

    @cached_property
    def conditions(self) -> tuple[Expr, ...]:
        """Every condition of rules, invariants and remedies."""
        remedies = (each.condition for several in self.program.circumstances.values() for each in several)
        rules = (rule.condition for rule in self.program.rules)
        return (*rules, *(each.condition for each in self.program.invariants), *remedies)

    @cached_property
    def texts(self) -> frozenset[str]:
        """Every text in a condition, that of a role or scope on one resource without the resource."""
        nodes = (node for condition in self.conditions for node in walk(condition))
        return frozenset(
            node.value.partition("/")[0] for node in nodes if isinstance(node, Literal) and isinstance(node.value, str)
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that a condition reads."""
        return _names(self.conditions)

    def names_about(self, surface: str) -> frozenset[str]:
        """The names that are read of resources of a surface; what its resources lie below, and whose roles they are."""
        catalog = self.program.catalog
        acts = (act for action in self.program.actions if (act := self.program.act(action)) is not None)
        rules = [
            rule.condition
            for act in acts
            if act.question.surface == surface
            for rule in (*act.denies, *act.allows, *act.advises)
        ]
        others = self.conditions[len(self.program.rules) :]
        own = catalog.surfaces[surface]
        structural = (*own.assigns, *(parent.attribute for parent in own.parents.values()))
        return _names((*rules, *others)) | {f"resource.{name}" for name in structural}


def _names(conditions: Iterable[Expr]) -> frozenset[str]:
    nodes = (node for condition in conditions for node in walk(condition))
    return frozenset(node.name for node in nodes if isinstance(node, Ident) and node.absolute)


def dead_names(pack: Pack, worlds: Worlds) -> Iterator[Diagnostic]:
    """A warning for each name that makes no difference to any answer; *worlds* are the requests to the pack."""
    said = _Said(pack, worlds)
    for kind, find in _KINDS.items():
        for entry in pack.entries(kind):
            why = find(said, entry)
            if why is not None:
                place = entry.document.locate(entry.path, key=True)
                yield Diagnostic.at(place, DEAD_NAME, *why, Severity.WARNING)
    yield from _permissions(said)
    yield from _attributes_of_surfaces(said)


def _permissions(said: _Said) -> Iterator[Diagnostic]:
    """Those that nobody is ever allowed."""
    for surface in said.pack.entries("surfaces"):
        path = (*surface.path, "actions")
        places = surface.document.locate_items(path)
        for number, permission in enumerate(said.program.catalog.surfaces[surface.name].permissions):
            if not said.is_ever_allowed(permission):
                place = places[number] if number < len(places) else surface.document.locate(surface.path, key=True)
                message = f"nobody is ever allowed {permission}"
                yield Diagnostic.at(place, DEAD_NAME, message, _GRANTED, Severity.WARNING)


def _attributes_of_surfaces(said: _Said) -> Iterator[Diagnostic]:
    """Those that no surface reads for which they are written: a line of defaults is of many."""
    by_place: dict[tuple[Location, str], list[tuple[str, bool]]] = {}
    for surface in said.pack.entries("surfaces"):
        read = said.names_about(surface.name)
        for name in surface.content.attributes or ():
            place = surface.locate(("attributes", name), key=True)
            by_place.setdefault((place, name), []).append((surface.name, _is_read(f"resource.{name}", read)))
    for (place, name), surfaces in by_place.items():
        if not any(is_read for _, is_read in surfaces):
            message = f"nothing reads the attribute {quoted(name)} of {', '.join(each for each, _ in surfaces)}"
            yield Diagnostic.at(place, DEAD_NAME, message, _READ, Severity.WARNING)


_Why = tuple[str, str] | None
_DENIED: Final = "fix what denies all of it, or leave it out"
_GRANTED: Final = "let a scope, a role or a rule grant it, fix what denies it, or leave it out"
_READ: Final = "read it in a condition, or leave it out"


def _role(said: _Said, entry: Entry) -> _Why:
    role = said.program.catalog.roles.get(entry.name)
    if role is None or entry.name in said.texts or said.is_of_use("member", role.permissions, roles=entry.name):
        return None
    return f"role {quoted(entry.name)} lets nobody do anything", _DENIED


def _scope(said: _Said, entry: Entry) -> _Why:
    catalog = said.program.catalog
    held = {kind: catalog.of_kind(kind).scopes.get(entry.name, frozenset()) for kind in sorted(SCOPED)}
    if (
        entry.content.inert
        or entry.name in said.texts
        or any(said.is_of_use(kind, each, scopes=entry.name) for kind, each in held.items())
    ):
        return None
    return f"scope {quoted(entry.name)} lets nobody do anything", _DENIED


def _operation(said: _Said, entry: Entry) -> _Why:
    program = said.program
    operation = program.catalog.operations[entry.name]
    if not said.is_ever_allowed(entry.name):
        return f"nobody is ever allowed the operation {quoted(entry.name)}", _DENIED
    if operation.is_metered or operation.audited or entry.name in program.by_operation or entry.name in said.texts:
        return None
    what = f"nothing tells the operation {quoted(entry.name)} from {operation.permission}"
    return what, "name it in a rule or gate, or ask for the permission"


def _member_permission(said: _Said, entry: Entry) -> _Why:
    catalog = said.program.catalog
    roles = (*catalog.roles.values(), *catalog.conditional_roles.values())
    if any(entry.name in role.member_permissions for role in roles) or entry.name in said.texts:
        return None
    return f"no role holds the member permission {quoted(entry.name)}", "let a role hold it, or leave it out"


def _meter(said: _Said, entry: Entry) -> _Why:
    program = said.program
    counted = {usage.meter for usage in program.usage.cells.values()}
    gates = {rule.gate.meter for rule in program.rules if rule.gate is not None}
    operations = program.catalog.operations.values()
    if entry.name in counted | gates | said.texts or any(each.counts_on(entry.name) for each in operations):
        return None
    return (
        f"nothing counts on the meter {quoted(entry.name)}",
        "name it in an operation or a usage row, or leave it out",
    )


def _channel(said: _Said, entry: Entry) -> _Why:
    rows = {name for row in said.pack.entries("usage") for name in row.content.channels or ()}
    unnamed = [name for name in said.program.catalog.channels if name not in said.texts | rows]
    # A single one is all that the others are not.
    if entry.name not in unnamed or (len(unnamed) == 1 and _CHANNEL in said.names):
        return None
    others = [name for name in unnamed if name != entry.name]
    from_what = f"from {', '.join(others)}" if others else "from none"
    return f"nothing tells the channel {quoted(entry.name)} {from_what}", "name it in a rule, or leave it out"


def _attribute(root: str) -> Callable[[_Said, Entry], _Why]:
    def find(said: _Said, entry: Entry) -> _Why:
        if _is_read(f"{root}.{entry.name}", said.names):
            return None
        return f"nothing reads {root}.{entry.name}", _READ

    return find


def _is_read(name: str, read: frozenset[str]) -> bool:
    """Whether a name is read, a field of it, or the whole that it is a part of."""
    parts = name.split(".")
    wholes = {".".join(parts[:end]) for end in range(2, len(parts) + 1)}
    return not wholes.isdisjoint(read) or any(other.startswith(f"{name}.") for other in read)


_KINDS: Final[Mapping[str, Callable[[_Said, Entry], _Why]]] = {
    "roles": _role,
    "scopes": _scope,
    "operations": _operation,
    "permissions": _member_permission,
    "meters": _meter,
    "channels": _channel,
    "attributes.principal": _attribute("principal"),
    "attributes.context": _attribute("context"),
    "attributes.facts": _attribute("context.facts"),
    "attributes.resource": _attribute("resource"),
}
"""By section, why an entry of it is dead; None where it is not."""
