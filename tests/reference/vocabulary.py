"""What the words of a pack stand for: scopes, roles and patterns expanded from the documents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from scopeguard.documents.schema import PolicyDoc, RuleDoc, SurfaceDefaults, SurfaceDoc
from scopeguard.errors import RequestError
from scopeguard.model.grant import Grant
from scopeguard.model.principal import KINDS, Principal
from scopeguard.model.request import Context
from scopeguard.syntax.parser import parse_pattern

CREDENTIALS = (
    "expires_at",
    "not_before",
    "revoked",
    "leaked",
    "suspended",
    "sso",
    "ip_allow",
    "unrecognized",
    "ignored_scopes",
)
"""The attributes that the constructors of principals set."""
KEYS = ("api_key", "session")
"""Kinds that hold scopes."""


class Held(NamedTuple):
    """A permission on every resource of its surface or on some; *source* says where it comes from.

    *only* is what it is narrowed to, all at once: ``x1`` is a resource itself, ``agents:x1`` what lies below one, and
    ``@agents:x1`` are questions about roles on one.
    """

    source: str
    permission: str
    only: tuple[str, ...] = ()


class Vocabulary:
    """The catalog, scopes and roles of some documents, as they stand."""

    def __init__(self, documents: Sequence[PolicyDoc]) -> None:
        catalogs = [document.catalog for document in documents if document.catalog is not None]
        self.channels = {name for catalog in catalogs for name in catalog.channels or ()}
        self.environments = {name for catalog in catalogs for name in catalog.environments or ()}
        self.surfaces = {name: with_defaults(doc, catalog.defaults)
                         for catalog in catalogs for name, doc in (catalog.surfaces or {}).items()}  # fmt: skip
        self.everywhere = union(catalog.attributes.resource for catalog in catalogs if catalog.attributes is not None)
        self.action_groups = union(catalog.action_groups for catalog in catalogs)
        self.operations = union(catalog.operations for catalog in catalogs)
        self.member_permissions = union(catalog.permissions for catalog in catalogs)
        self.groups: dict[str, tuple[str, ...]] = {}
        for name, doc in self.surfaces.items():
            for group in dict.fromkeys(doc.group or ()):
                self.groups[group] = (*self.groups.get(group, ()), name)
        self.scopes = union(document.scopes for document in documents)
        self.every_role = union(document.roles for document in documents)
        self.roles = {name: doc for name, doc in self.every_role.items() if doc.when is None}
        self.conditional = {name: doc for name, doc in self.every_role.items() if doc.when is not None}
        self.called = {alias: f"{name}:{action}" for name, surface in self.surfaces.items()
                       for action, aliases in (surface.alias or {}).items() for alias in aliases}  # fmt: skip
        self.called |= {alias: name for name, operation in self.operations.items() for alias in operation.alias or ()}

    def refuse_unknown(self, principal: Principal, context: Context, types: Mapping[str, Mapping[str, Any]]) -> None:
        """Raises RequestError for a name of the request that the documents do not have; what they list none of is open."""
        facts = {"wallet", "payment", "entitlements", "fair_use", "providers", "as_of", "quantity"}
        for names, known in (
            (principal.attributes, {*types["principal"], *CREDENTIALS}),
            (context.attributes, types["context"]),
            (context.facts, facts | {path.partition(".")[0] for path in types["facts"]}),
            ({context.channel}, {*self.channels, None} if self.channels else {context.channel}),
            ({context.environment} - {"production"}, self.environments or {context.environment}),
        ):
            if unknown := set(names) - set(known):
                raise RequestError(f"unknown: {unknown}")

    def coarse(self, surface: str) -> bool:
        """Whether coarse scopes and wildcards reach a surface. Where nothing is said, they do not."""
        doc = self.surfaces[surface]
        return doc.coarse is not False and not doc.explicit_only and (doc.coarse or doc.explicit_only is False)

    def internal(self, permission: str) -> bool:
        """Whether no scope and no role names a permission."""
        surface, _, action = permission.partition(":")
        return bool({"*", action} & {*(self.surfaces[surface].internal or ())})

    def holdable(self, surface: str, *kinds: str) -> bool:
        """Whether any of these kinds may hold a permission on a surface."""
        return any(kind in (self.surfaces[surface].holdable_by or KINDS) for kind in kinds)

    def expand(self, text: str, *, coarse_only: bool = True) -> set[str]:
        """The permissions of a pattern. *coarse_only* speaks of ``*`` or a group in the place of the surface."""
        pattern = parse_pattern(text)
        among = self.surfaces if pattern.group is None else self.groups[pattern.group]
        everywhere = [name for name in among if self.coarse(name) or not coarse_only]
        named = everywhere if pattern.surface is None else [pattern.surface] if pattern.surface in self.surfaces else []
        return {
            f"{name}:{action}"
            for name in named
            for action in self.surfaces[name].actions
            if pattern.actions is None or action in pattern.actions
            if pattern.action_group is None or action in self.action_groups[pattern.action_group]
        }

    def parents(self, surface: str) -> dict[str, tuple[str, str]]:
        """What resources of a surface lie below: by surface the attribute that says so, and its type."""
        found: dict[str, tuple[str, str]] = {}
        types = self.everywhere | (self.surfaces[surface].attributes or {})
        above, seen = self.surfaces[surface].parent, set[str]()
        while above and above.surface not in seen:
            seen.add(above.surface)
            if above.attribute in types and above.attribute not in {name for name, _ in found.values()}:
                found[above.surface] = (above.attribute, types[above.attribute])
            above = self.surfaces[above.surface].parent
        return found

    def inherited(self, permissions: Iterable[str]) -> set[str]:
        """What comes with permissions on what lies below their resources."""
        found: set[str] = set()
        waiting = list(permissions)
        while waiting:
            surface, _, action = waiting.pop().partition(":")
            for name, doc in self.surfaces.items():
                is_heir = (
                    doc.inherits
                    and doc.parent
                    and doc.parent.surface == surface
                    and action in doc.actions
                    and not self.internal(f"{name}:{action}")
                )
                if is_heir and (self.coarse(name) or not self.holdable(name, *KEYS)):
                    more = self.implied([f"{name}:{action}"]) - found
                    found |= more
                    waiting += more
        return found

    def with_implied(self, permissions: Iterable[str]) -> set[str]:
        """Permissions with what they imply on their surfaces, and on what lies below."""
        own = self.implied(permissions)
        return own | self.inherited(own)

    def implied(self, permissions: Iterable[str]) -> set[str]:
        """Permissions with what their actions imply on their surfaces, and what those imply."""
        reached: set[str] = set()
        waiting = list(permissions)
        while waiting:
            permission = waiting.pop()
            surface, _, action = permission.partition(":")
            if permission not in reached and action in self.surfaces[surface].actions:
                reached.add(permission)
                waiting += [f"{surface}:{other}" for other in (self.surfaces[surface].implies or {}).get(action, ())]
        return reached

    def scope(self, text: str, kind: str) -> set[str] | None:
        """What one scope grants to a kind of principal (its qualifier aside); None where it is unknown."""
        surface, _, action = text.partition(":")
        if surface in self.surfaces and action in self.surfaces[surface].actions and self.holdable(surface, *KEYS):
            granted = {each for each in self.with_implied([text]) if self.holdable(surface_of(each), *KEYS)}
            return None if self.internal(text) else granted
        return self.declared_scope(text, (), kind) if text in self.scopes else None

    def declared_scope(self, name: str, above: tuple[str, ...], kind: str) -> set[str]:
        """What a declared scope grants: never anything on an explicit-only surface or on one that no key may hold."""
        granted: set[str] = set()
        includes = getattr(self.scopes[name].kinds, kind, None) or self.scopes[name].includes
        for text in () if self.scopes[name].inert or name in above else includes or ():
            if text in self.scopes:
                granted |= self.declared_scope(text, (*above, name), kind)
            else:
                surfaces = {name for name in self.surfaces if self.coarse(name) and self.holdable(name, *KEYS)}
                granted |= {each for each in self.with_implied(self.expand(text)) if surface_of(each) in surfaces}
        return granted

    def with_members(self, names: Iterable[str]) -> set[str]:
        """Member permissions with what they imply, and what those imply."""
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached and name in self.member_permissions:
                reached.add(name)
                waiting += self.member_permissions[name].implies or ()
        return reached

    @cached_property
    def granted(self) -> dict[str, set[str]]:
        """The permissions that each member permission stands for, with all that it implies."""
        texts = {name: [text for each in self.with_members([name]) for text in self.member_permissions[each].grants]
                 for name in self.member_permissions}  # fmt: skip
        return {name: self.open(each for text in found for each in self.expand(text)) for name, found in texts.items()}

    def open(self, permissions: Iterable[str]) -> set[str]:
        """Permissions that are not internal, with what they imply."""
        return self.with_implied(each for each in permissions if not self.internal(each))

    def least_scope(self, permission: str, kind: str = "api_key") -> str | None:
        """The permission's own scope or, where it has none, the declared one that grants it and the least besides."""
        if self.scope(permission, kind) is not None:
            return permission
        sizes = [
            (len(granted), name)
            for name in self.scopes
            if permission in (granted := self.declared_scope(name, (), kind))
        ]
        return min(sizes)[1] if sizes else None

    def least_member_permission(self, permission: str) -> str:
        """Of the member permissions that grant this the one that grants least; else the permission itself."""
        able = sorted((len(granted), name) for name, granted in self.granted.items() if permission in granted)
        return able[0][1] if able else permission

    @cached_property
    def by_role(self) -> dict[str, tuple[set[str], set[str]]]:
        """The member permissions and the permissions that each role holds."""
        found = {}
        for name, doc in self.every_role.items():
            members = self.with_members(doc.holds)
            own = self.open(each for text in doc.holds if ":" in text for each in self.expand(text))
            found[name] = members, own.union(*(self.granted[member] for member in members))
        return found

    def as_rules(self) -> list[RuleDoc]:
        """The roles by condition: each allows members what it holds, where its condition is true."""
        return [RuleDoc.model_construct(id=f"role:{name}", effect="allow", on=sorted(self.by_role[name][1]), kinds=["member"],
                                        when=doc.when, because=doc.because) for name, doc in self.conditional.items()]  # fmt: skip

    def held(self, principal: Principal) -> list[Held]:
        """What a principal holds: of what its kind may hold, what its scopes or roles and its ceiling both grant."""
        found = [Held(f"scope:{text}", *reached) for text in principal.scopes if principal.kind in KEYS
                 for reached in self.reach(text, principal.kind)]  # fmt: skip
        found += [Held(f"role:{text}", *reached) for text in principal.roles if principal.kind == "member"
                  for reached in self.of_role(text)]  # fmt: skip
        found = [held for held in found if self.holdable(surface_of(held.permission), principal.kind)]
        if principal.ceiling is None:
            return found
        top = [pair for text in principal.ceiling for pair in self.reach(text, principal.kind, ceiling=True)]
        # What the ceiling lets through whole, no other part of it narrows.
        whole = {permission for permission, only in top if not only}
        return [held._replace(only=held.only + only) for held in found for permission, only in top
                if held.permission == permission and not (only and permission in whole)]  # fmt: skip

    def of_role(self, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The permissions of a role, each with what it is narrowed to where the role is held on one resource."""
        role, _, named = text.partition("/")
        if role not in self.roles or (named and not self.nameable(named.partition(":")[0])):
            return
        for permission in self.by_role[role][1]:
            only = [(each,) for each in self.narrowed(permission, named)] if named else [()]
            yield from ((permission, each) for each in only)

    def narrowed(self, permission: str, named: str) -> Iterator[str]:
        """What a permission of a role on one resource is narrowed to."""
        other = surface_of(permission)
        surface, _, resource_id = named.partition(":")
        if other == surface:
            yield resource_id
        if surface in self.parents(other):
            yield named
        if self.surfaces[other].assigns:
            yield f"@{named}"

    def nameable(self, surface: str) -> bool:
        """Whether roles are held on one resource of a surface."""
        return surface in self.surfaces and (
            self.surfaces[surface].qualifiable or any(surface in self.parents(name) for name in self.surfaces)
        )

    def reach(self, text: str, kind: str, *, ceiling: bool = False) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The permissions of a scope (in a ceiling: of a permission too), each with what it is narrowed to."""
        grant = Grant.parse(text)
        granted = self.scope(grant.permission, kind if kind in KEYS else "api_key")
        known = grant.surface in self.surfaces and grant.action in self.surfaces[grant.surface].actions
        if granted is None and ceiling and known and grant.resource_id is None:
            granted = self.with_implied([text])
        if grant.resource_id is None:
            yield from ((permission, ()) for permission in granted or ())
        elif known and (grant.parent in self.parents(grant.surface) or (
                grant.parent is None and self.surfaces[grant.surface].qualifiable)):  # fmt: skip
            own = self.implied([grant.permission])
            named = grant.parent or grant.surface
            for permission in granted or ():
                if permission in own and grant.parent in (None, grant.surface):
                    yield permission, (grant.resource_id,)
                is_below = grant.parent is not None or permission in self.inherited(own)
                if is_below and named in self.parents(surface_of(permission)):
                    yield permission, (f"{named}:{grant.resource_id}",)


def with_defaults(doc: SurfaceDoc, defaults: SurfaceDefaults | None) -> SurfaceDoc:
    """A surface with what its file says of all of them, as far as it does not say it itself."""
    said, reach = doc.model_fields_set, {"coarse", "explicit_only"}
    more = {key: getattr(defaults, key) for key in (defaults.model_fields_set if defaults else set())
            if key not in said | (reach if said & reach else set())}  # fmt: skip
    actions = more.get("actions", doc.actions)
    if "audited" in more:
        more["audited"] = [action for action in more["audited"] if action in actions]
    if "implies" in more:
        more["implies"] = {action: [other for other in others if other in actions]
                           for action, others in more["implies"].items() if action in actions}  # fmt: skip
    if "embeds" in more:
        more["embeds"] = {action: names for action, names in more["embeds"].items() if action in actions}
    return doc.model_copy(update=more)


def surface_of(permission: str) -> str:
    """The surface of a permission."""
    return permission.partition(":")[0]


def union(sections: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The same section of every document, as one."""
    return {name: entry for section in sections for name, entry in (section or {}).items()}
