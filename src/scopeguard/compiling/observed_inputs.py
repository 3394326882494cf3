"""What the rules about an action can observe of a principal: all that a kept answer is keyed by.

Two principals of one shape in whom the rules observe the same get the same answer. Which ids a narrowed scope or a role
on one resource names is no part of it: they are data that a kept answer looks up.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.model.request import CONTEXT_FIELDS, Context
from scopeguard.semantics.built_in_variables import FACTS, ROLE_AUTHORITY, ROLE_LISTS, root_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, children, walk

ROLES: Final = "principal.roles"
SCOPES: Final = "principal.scopes"
RANK: Final = "principal.rank"
ENVIRONMENT: Final = "context.environment"
NOW: Final = "context.now"
GIVEN: Final = "given"
"""Of an attribute that is neither true nor false, its class says only that there is one."""
_OF_HOLDER: Final = ROLE_AUTHORITY | {ROLES, SCOPES}
_NOTHING: Final[frozenset[str]] = frozenset()


class Reads(Struct, frozen=True, gc=False):
    """What conditions read of a principal, beside its kind and its attributes.

    *permissions* are those whose grants they ask about, *roles* and *scopes* what they look for by name. *whole*: they
    read a list as a whole, or what follows from everything that is held. *standing*: they read lists of roles that
    follow from it.
    """

    permissions: frozenset[str]
    roles: frozenset[str]
    scopes: frozenset[str]
    rank: bool
    whole: bool
    standing: bool

    @classmethod
    def joined(cls, parts: Iterable[Reads]) -> Reads:
        """What any of them reads."""
        several = {each for each in parts if each != NOTHING_READ}
        if len(several) < 2:  # nothing to join
            return several.pop() if several else NOTHING_READ
        permissions, roles, scopes, *flags = zip(*map(astuple, several), strict=True)
        return cls(_NOTHING.union(*permissions), _NOTHING.union(*roles), _NOTHING.union(*scopes), *map(any, flags))


NOTHING_READ: Final = Reads(_NOTHING, _NOTHING, _NOTHING, rank=False, whole=False, standing=False)


def reads_of(condition: Expr) -> Reads:
    """What a condition reads."""
    found = set(_read(condition))
    if not found:
        return NOTHING_READ
    held, roles, scopes = (
        frozenset(name for kind, name in found if kind == what and name) for what in (ex.HOLDS, ROLES, SCOPES)
    )
    standing = not found.isdisjoint((name, "") for name in ROLE_LISTS)
    whole = standing or not found.isdisjoint((name, "") for name in (ROLES, SCOPES))
    return Reads(held, roles, scopes, (RANK, "") in found, whole, standing)


def _read(condition: Expr) -> Iterator[tuple[str, str]]:
    """What is read of what is held, with the name that is looked for in it."""
    left = [condition]
    while left:
        match left.pop():
            case Call(function=ex.HOLDS, args=(Literal(value=str(grant)),)):
                yield ex.HOLDS, Grant.parse(grant).permission
            case Call(function=ex.IN, args=(Literal(value=str(name)), Ident(name=listed))) if _by_name(name, listed):
                yield listed, name
            case Ident(name=name, absolute=True):
                if name in _OF_HOLDER:
                    yield name, ""
            case expr:
                left += children(expr)


def _by_name(name: str, listed: str) -> bool:
    # Which ids a scope names is not observed, so that one with an id is looked for in the whole list.
    return listed in {ROLES, SCOPES} and "/" not in name


class Observation(Struct, frozen=True, gc=False):
    """What is observed of one principal. Of *narrowed* scopes or roles and of *narrowed_limits* no id is known.

    *held* says of each of the permissions that matter whether any scope or role grants it on every resource: which ones
    do, makes no other difference than their names. *limits* are those of the ceiling; None where there is none. *roles*
    and *scopes* are those looked for by name. *whole* are the scopes, roles and ceiling where everything is observed.
    """

    held: tuple[bool, ...]
    narrowed: frozenset[str]
    limits: frozenset[str] | None
    narrowed_limits: frozenset[str]
    roles: frozenset[str]
    scopes: frozenset[str]
    rank: int
    whole: tuple[frozenset[str], frozenset[str], frozenset[str] | None] | None


class ProgramIndex:
    """By permission, the scopes and the roles that grant it; by code, what the remedies of it read.

    By action, what its rules read of the class of a context.
    """

    __slots__ = ("_by_action", "_by_rule", "catalog", "inherited_from", "program", "remedies", "roles", "scopes")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.catalog = catalog = program.catalog
        self.remedies: Mapping[str | None, Reads] = {
            code: Reads.joined(reads_of(each.condition) for each in remedies)
            for code, remedies in program.circumstances.items()
        }
        scopes = _by_permission(catalog.scopes.items())
        others = {kind: _by_permission(found.items()) for kind, found in catalog.scopes_by_kind.items()}
        self.scopes = {**dict.fromkeys(SCOPED, scopes), **others}
        """By the kind of who holds them."""
        self.roles = _by_permission((name, role.permissions) for name, role in catalog.roles.items())
        self.inherited_from = _by_permission(
            (f"{surface.name}:{action}", reached)
            for surface in catalog.surfaces.values()
            for action, reached in surface.inherited.items()
        )
        """By permission, those of surfaces above that reach it where they are in a ceiling by themselves."""
        self._by_action: dict[str, frozenset[str]] = {}
        self._by_rule: dict[Rule, frozenset[str]] = {}

    def context_class(self, action: str, context: Context | None) -> Hashable:
        """What the rules about an action, and about what it may bring along, observe of a context before a request."""
        if context is None:
            return None
        names = self._by_action.get(action)
        if names is None:
            names = self._by_action[action] = self._context_names(action)
        return tuple([_class_part(name, context) for name in names])

    def _context_names(self, action: str) -> frozenset[str]:
        act = self.program.known(action)
        # What comes along brings nothing along itself, so that surfaces may embed each other.
        embedded = (self.program.known(each) for each in act.embeds if each in self.program.actions)
        return frozenset[str]().union(*map(self._own_context_names, (act, *embedded)))

    def _own_context_names(self, act: ActionRules) -> set[str]:
        names = set() if act.metered is None else {ENVIRONMENT}
        for rule in (*act.denies, *act.allows, *act.advises):
            found = self._by_rule.get(rule)
            if found is None:
                found = self._by_rule[rule] = context_names(rule.condition)
            names |= found
        return names

    def granting(self, kind: str, permission: str) -> frozenset[str]:
        """The scopes or roles by which principals of a kind hold a permission."""
        index = self.roles if kind == "member" else self.scopes.get(kind, {})
        return index.get(permission, _NOTHING)

    def starts(self, scopes: Iterable[str]) -> frozenset[str]:
        """What may be before an id in some scopes."""
        surfaces = self.catalog.surfaces
        named = ((scope, surfaces.get(scope.partition(":")[0])) for scope in scopes)
        return frozenset(
            f"{scope}/{way}"
            for scope, surface in named
            if surface is not None
            for way in (*(("",) if surface.qualifiable else ()), *(f"{parent}:" for parent in surface.parents))
        )


def context_names(condition: Expr) -> frozenset[str]:
    """The names by which a condition reads what the class of a context says: neither facts nor the time."""
    names = {node.name for node in walk(condition) if isinstance(node, Ident) and root_of(node.name) == "context"}
    return frozenset(name for name in names if name != NOW and not f"{name}.".startswith(f"{FACTS}."))


def _class_part(name: str, context: Context) -> object:
    # Of a record it matters whether it is given: whatever is in it is read in each request.
    attribute = name.split(".")[1]
    if attribute in CONTEXT_FIELDS:
        return getattr(context, attribute)
    value = context.attributes.get(attribute)
    return value if value is None or type(value) is bool else GIVEN


def _by_permission(granting: Iterable[tuple[str, Iterable[str]]]) -> Mapping[str, frozenset[str]]:
    found: dict[str, list[str]] = {}
    for name, permissions in granting:
        for permission in permissions:
            found.setdefault(permission, []).append(name)
    return {permission: frozenset(names) for permission, names in found.items()}


class ObservedInputs:
    """What is observed of principals of one kind who ask for one action."""

    __slots__ = (
        *("_bits", "_granting", "_index", "_kind", "_limits", "_reads", "is_plain", "is_simple", "permissions"),
        *("reads_standing", "sources", "starts"),
    )

    def __init__(self, index: ProgramIndex, kind: str, reads: Reads, asked: Iterable[str]) -> None:
        """*asked* are the permissions that are asked for beside those that rules read."""
        self._index = index
        self._reads = reads
        permissions = reads.permissions.union(asked)
        self.permissions = tuple(sorted(each for each in permissions if may_hold(index.catalog, kind, each)))
        """The permissions whose grants matter."""
        self._kind = kind
        self._granting = tuple(index.granting(kind, permission) for permission in self.permissions)
        self._bits = tuple((1 << place, granting) for place, granting in enumerate(self._granting))
        self.sources = _NOTHING.union(*self._granting)
        """The scopes, or roles, that it makes a difference to hold."""
        self.starts = index.starts(self.sources) if kind in SCOPED else None
        """What of narrowed scopes makes a difference, without the ids; None where it is not scopes that are held."""
        self.is_plain = not (reads.roles or reads.scopes or reads.rank or reads.whole)
        """Whether nothing is observed but what is held, and the ceiling over it."""
        self.reads_standing = reads.standing
        """Whether rules read lists of roles that follow from what is held."""
        self.is_simple = self.is_plain and len(self.permissions) < 2  # one is distinguished from none
        """Whether, of what is held for every resource and has no ceiling, it is only whether any source is among it."""
        self._limits: frozenset[str] | None = None

    def key(self, principal: Principal) -> Hashable:
        """What is observed of *principal*, to look a kept answer up."""
        if not self.is_plain or principal.limit is not None:
            return self.observation(principal)
        narrowed = self.narrowed(principal) if principal.narrowed else None
        held = not self.sources.isdisjoint(principal.held) if self.is_simple else self.held(principal)
        return (held, narrowed) if narrowed else held

    def held(self, principal: Principal) -> int:
        """Which of the permissions that matter are held for every resource, as bits."""
        held, found = principal.held, 0
        for bit, granting in self._bits:
            if not granting.isdisjoint(held):
                found |= bit
        return found

    def narrowed(self, principal: Principal) -> frozenset[str]:
        """What of its narrowed scopes, or of its roles on one resource, makes a difference, without the ids."""
        if self._kind != "member":
            return principal.narrowed & (self.starts or _NOTHING)
        # On which surface a role is matters by what lies below it and by what it may hand out, which is not looked at.
        return frozenset([start for start in principal.narrowed if start.partition("/")[0] in self.sources])

    def observation(self, principal: Principal) -> Observation:
        """What is observed of *principal*."""
        reads = self._reads
        limits, narrowed_limits = None, _NOTHING
        if principal.limit is not None:
            limit, narrowed = principal.limit
            limits, narrowed_limits = limit & self.limits, narrowed & self.limits
        return Observation(
            self._held(principal),
            self.narrowed(principal),
            limits,
            narrowed_limits,
            principal.roles & reads.roles,
            principal.scopes & reads.scopes,
            rank_of(self._index.catalog, principal) if reads.rank else 0,
            (principal.scopes, principal.roles, principal.ceiling) if reads.whole else None,
        )

    def _held(self, principal: Principal) -> tuple[bool, ...]:
        held = principal.held
        return tuple([not granting.isdisjoint(held) for granting in self._granting])

    @property
    def limits(self) -> frozenset[str]:
        """What a ceiling may be made of that makes a difference: scopes, and permissions by themselves."""
        if self._limits is None:
            index, permissions = self._index, self.permissions
            surfaces = {permission.partition(":")[0] for permission in permissions}
            alone = (text for name in surfaces for text in index.catalog.surfaces[name].permissions)
            inherited = (index.inherited_from.get(permission, _NOTHING) for permission in permissions)
            kind = self._kind if self._kind in SCOPED else "api_key"
            scopes = _NOTHING.union(*(index.granting(kind, permission) for permission in permissions))
            self._limits = scopes.union(index.starts(scopes), alone, *inherited)
        return self._limits


def may_hold(catalog: Catalog, kind: str, permission: str) -> bool:
    """Whether principals of a kind may hold a permission at all."""
    surface = catalog.surfaces.get(permission.partition(":")[0])
    return surface is not None and kind in surface.holdable_by


def rank_of(catalog: Catalog, principal: Principal) -> int:
    """The highest rank of a member's roles; 0 without one."""
    if principal.kind != "member":
        return 0
    return max((catalog.roles[name].rank for name in principal.roles if name in catalog.roles), default=0)
