"""A pack as the checks look at it: everything in it that has a grammar, parsed once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from msgspec import Struct

from scopeguard.checking.catalog_builder import build_catalog
from scopeguard.checking.closed_names import ClosedNames
from scopeguard.checking.declared_attributes import Declared
from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import Path
from scopeguard.checking.scope_includes import all_includes
from scopeguard.checking.surface_builder import first_of_each
from scopeguard.checking.texts import as_grant, is_dotted_name
from scopeguard.checking.truth_tables import Truths
from scopeguard.checking.variables import Variable, Variables
from scopeguard.checking.vocabulary import Vocabulary
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.documents.schema import RoleDoc
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant
from scopeguard.semantics.name_resolution import Resolution
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr
from scopeguard.syntax.parser import ExpressionError, parse_condition, parse_pattern, parse_requirement
from scopeguard.syntax.requirement import Needs, Pattern, Requirement

_T = TypeVar("_T")


class Use(Enum):
    """What a pattern is for."""

    SCOPE = "scope"
    MEMBER = "member permission"
    ROLE = "role"
    ALLOW = "allow rule"
    DENY = "deny rule"


class PatternUse(Struct, frozen=True, gc=False):
    """One pattern of the pack. *pattern* is None where the text is malformed or names one resource (*qualified*)."""

    entry: Entry
    path: Path
    text: str
    use: Use
    pattern: Pattern | None
    qualified: Grant | None = None


class ParsedRule(Struct, frozen=True, gc=False):
    """One rule; its parsed parts are None where it has none or they are malformed."""

    entry: Entry
    named_surfaces: frozenset[str]
    """The surfaces that its targets name, by operations and groups too."""
    wildcards: tuple[Pattern, ...]
    """Its targets over all surfaces."""
    requires: Requirement | None
    when: Expr | None
    unless: Expr | None
    written: Mapping[str, Resolution]
    """``when`` and ``unless`` as they are written, with their names resolved."""
    conditions: Mapping[str, Expr]
    """What these come to: variables put in."""
    reached: dict[bool, frozenset[str]]
    """The surfaces that wildcards reach, all (False) or coarse ones (True): found once, for all rules together."""

    def surfaces(self, catalog: Catalog) -> frozenset[str]:
        """The names of all surfaces that it applies to."""
        if not self.wildcards:
            return self.named_surfaces
        coarse_only = self.entry.content.effect == "allow"
        if coarse_only not in self.reached:
            surfaces = catalog.surfaces.items()
            self.reached[coarse_only] = frozenset(name for name, each in surfaces if each.coarse or not coarse_only)
        reached = self.reached[coarse_only]
        return reached if self.named_surfaces <= reached else reached | self.named_surfaces

    def reaches(self, catalog: Catalog) -> frozenset[str]:
        """The surfaces with an action that it applies to."""
        surfaces = self.surfaces(catalog)
        if any(pattern.actions is None for pattern in self.wildcards):
            return surfaces
        actions = frozenset[str]().union(*(pattern.actions or () for pattern in self.wildcards))
        return self.named_surfaces | {
            name for name in surfaces if not actions.isdisjoint(catalog.surfaces[name].actions)
        }

    def asked(self, catalog: Catalog) -> Iterator[tuple[str, str]]:
        """What it is asked about: permissions, each by itself (with the empty text) or by one of its operations."""
        doc, all_surfaces = self.entry.content, self.effect != "allow"
        targets = () if isinstance(doc, RoleDoc) else doc.on
        patterns = (
            expand_pattern(each, catalog.surfaces, wildcard_reaches_all=all_surfaces) for each in _patterns(targets)
        )
        role = catalog.conditional_roles.get(self.entry.name) if isinstance(doc, RoleDoc) else None
        whole = frozenset[str]().union(*patterns) if role is None else role.permissions
        yield from ((permission, "") for permission in whole)
        for name, operation in catalog.operations.items():
            if name in targets or operation.permission in whole:
                yield operation.permission, name

    @property
    def texts(self) -> dict[Path, str]:
        """Its conditions as they are written, by their places."""
        return {(name,): getattr(self.entry.content, name) for name in self.conditions}

    @property
    def effect(self) -> str:
        """What it does: a gate denies, and a role by condition allows."""
        default = "allow" if isinstance(self.entry.content, RoleDoc) else "deny"
        return str(getattr(self.entry.content, "effect", default))

    @property
    def applies(self) -> tuple[Expr, ...]:
        """What must be true for it to match, by its conditions."""
        parts = tuple(self.conditions[name] for name in ("when",) if name in self.conditions)
        return parts + tuple(Call(ex.NOT, (self.conditions[name],)) for name in ("unless",) if name in self.conditions)


@dataclass(frozen=True, slots=True)
class ParsedRemedy:
    """The condition of a remedy, as parsed."""

    entry: Entry
    path: Path
    text: str
    tree: Expr


@dataclass(frozen=True, slots=True)
class ParsedInvariant:
    """The condition of an invariant: *tree* with its names resolved and its variables put in."""

    entry: Entry
    path: Path
    text: str
    tree: Expr


@dataclass(frozen=True, slots=True)
class Malformed:
    """A text that does not parse."""

    entry: Entry
    path: Path
    error: ExpressionError


@dataclass(frozen=True, slots=True)
class ParsedPack:
    """A pack, its catalog, and its parsed texts."""

    pack: Pack
    catalog: Catalog
    names: Vocabulary
    places: tuple[PatternUse, ...]
    rules: tuple[ParsedRule, ...]
    gates: tuple[ParsedRule, ...]
    """Gates, as far as they are like rules: operations and conditions."""
    conditional_roles: tuple[ParsedRule, ...]
    """Roles by condition, as far as they are like rules: a condition, and surfaces that it is about."""
    circumstances: tuple[ParsedRemedy, ...]
    claims: tuple[ParsedInvariant, ...]
    variables: Variables
    malformed: tuple[Malformed, ...]
    parsed: Mapping[str, Expr]
    """The conditions of the pack, by their text: each text is parsed once."""
    truths: Truths
    """What conditions can come to, each looked at once."""

    @property
    def conditional(self) -> tuple[ParsedRule, ...]:
        """All that has conditions in ``when`` and ``unless``: rules, gates and roles by condition."""
        return (*self.rules, *self.gates, *self.conditional_roles)

    @classmethod
    def of(cls, pack: Pack) -> "ParsedPack":
        """Read *pack*. Never raises for what it says."""
        catalog = build_catalog(pack)
        reader = _Reader(pack, catalog)
        places = tuple(reader.places())
        variables = Variables.of(tuple(reader.variables()), Declared(pack), catalog.groups)
        rules = tuple(reader.rule(entry, variables) for entry in pack.entries("rules"))
        gates = tuple(reader.rule(entry, variables) for entry in pack.entries("gates"))
        conditional_roles = tuple(reader.roles(variables))
        circumstances = tuple(reader.circumstances())
        claims = tuple(reader.claims(variables))
        names = Vocabulary.of(pack, catalog)
        malformed = tuple(reader.malformed)
        truths = Truths(variables.declared.everywhere(), ClosedNames.of(names, catalog))
        return cls(
            pack,
            catalog,
            names,
            places,
            rules,
            gates,
            conditional_roles,
            circumstances,
            claims,
            variables,
            malformed,
            reader.conditions,
            truths,
        )


@dataclass(slots=True)
class _Reader:
    pack: Pack
    catalog: Catalog
    malformed: list[Malformed] = field(default_factory=list)
    conditions: dict[str, Expr] = field(default_factory=dict)
    reached: dict[bool, frozenset[str]] = field(default_factory=dict)
    resolutions: dict[int, Resolution] = field(default_factory=dict)
    """The resolution of a parsed tree, by its ``id``: *conditions* keeps each tree alive for as long."""

    def places(self) -> Iterator[PatternUse]:
        declared = {entry.name for entry in self.pack.entries("scopes")} | self.pack.broken["scopes"]
        for entry in self.pack.entries("scopes"):
            for path, text in all_includes(entry.content):
                if text not in declared:
                    yield self.place(entry, path, text, Use.SCOPE)
        for entry in self.pack.entries("permissions"):
            for index, text in enumerate(entry.content.grants):
                yield self.place(entry, ("grants", index), text, Use.MEMBER)
        for entry in self.pack.entries("roles"):
            for index, text in enumerate(entry.content.holds):
                if not is_dotted_name(text):
                    yield self.place(entry, ("holds", index), text, Use.ROLE)
        for entry in self.pack.entries("rules"):
            use = Use.ALLOW if entry.content.effect == "allow" else Use.DENY
            for index, text in enumerate(entry.content.on):
                if not is_dotted_name(text):
                    yield self.place(entry, ("on", index), text, use)

    def place(self, entry: Entry, path: Path, text: str, use: Use) -> PatternUse:
        grant = as_grant(text) if "/" in text else None
        if grant is not None and grant.resource_id is not None:
            return PatternUse(entry, path, text, use, None, grant)
        return PatternUse(entry, path, text, use, self.parsed(parse_pattern, entry, path, text))

    def variables(self) -> Iterator[Variable]:
        for entry in self.pack.entries("variables"):
            yield Variable(entry, self.parsed(self.condition, entry, (), entry.content))

    def rule(self, entry: Entry, variables: Variables) -> ParsedRule:
        doc = entry.content
        return self.conditional(entry, *self.targets(doc.on, getattr(doc, "effect", "deny")), variables)

    def conditional(
        self, entry: Entry, named_surfaces: frozenset[str], wildcards: tuple[Pattern, ...], variables: Variables
    ) -> ParsedRule:
        doc = entry.content
        when = self.parsed(self.condition, entry, ("when",), doc.when)
        unless = self.parsed(self.condition, entry, ("unless",), getattr(doc, "unless", None))
        trees = (("when", when), ("unless", unless))
        written = {name: self.resolved(tree, variables) for name, tree in trees if tree is not None}
        return ParsedRule(
            entry,
            named_surfaces,
            wildcards,
            self.parsed(parse_requirement, entry, ("requires",), getattr(doc, "requires", None)),
            when,
            unless,
            written,
            {name: variables.whole(found.tree) for name, found in written.items()},
            self.reached,
        )

    def roles(self, variables: Variables) -> Iterator[ParsedRule]:
        for entry in first_of_each(self.pack.entries("roles")):
            role = self.catalog.conditional_roles.get(entry.name)
            if role is not None:
                held = frozenset(permission.partition(":")[0] for permission in role.permissions)
                yield self.conditional(entry, held or frozenset(self.catalog.surfaces), (), variables)

    def circumstances(self) -> Iterator[ParsedRemedy]:
        for entry in self.pack.entries("recovery"):
            for index, doc in enumerate(entry.content.remedies or ()):
                path = ("remedies", index, "when")
                tree = self.parsed(self.condition, entry, path, doc.when)
                if tree is not None:
                    yield ParsedRemedy(entry, path, doc.when, tree)

    def claims(self, variables: Variables) -> Iterator[ParsedInvariant]:
        for entry in self.pack.entries("invariants"):
            for word in ("never", "always"):
                claim = getattr(entry.content, word)
                if claim is not None and claim.when is not None:
                    try:
                        tree = self.condition(claim.when)
                    except ExpressionError:
                        # Reported where all else is that an invariant says.
                        continue
                    whole = variables.whole(self.resolved(tree, variables).tree)
                    yield ParsedInvariant(entry, (word, "when"), claim.when, whole)

    def targets(self, on: list[str], effect: str) -> tuple[frozenset[str], tuple[Pattern, ...]]:
        named_surfaces: set[str] = set()
        wildcards: list[Pattern] = []
        for text in on:
            if text in self.catalog.operations:
                named_surfaces.add(self.catalog.operations[text].permission.partition(":")[0])
        for pattern in _patterns(on):
            if pattern.is_wildcard and pattern.action_group is None:
                wildcards.append(pattern)
            elif pattern.surface is not None:
                named_surfaces.update({pattern.surface} & self.catalog.surfaces.keys())
            else:
                reached = expand_pattern(pattern, self.catalog.surfaces, wildcard_reaches_all=effect != "allow")
                named_surfaces.update(permission.partition(":")[0] for permission in reached)
        return frozenset(named_surfaces), tuple(wildcards)

    def condition(self, text: str) -> Expr:
        if text not in self.conditions:
            self.conditions[text] = parse_condition(text)
        return self.conditions[text]

    def resolved(self, tree: Expr, variables: Variables) -> Resolution:
        if id(tree) not in self.resolutions:
            self.resolutions[id(tree)] = variables.resolve(tree)
        return self.resolutions[id(tree)]

    def parsed(self, parse: Callable[[str], _T], entry: Entry, path: Path, text: str | None) -> _T | None:
        if text is None:
            return None
        try:
            return parse(text)
        except ExpressionError as error:
            self.malformed.append(Malformed(entry, path, error))
            return None


def _patterns(on: Iterable[str]) -> Iterator[Pattern]:
    """Those of some targets that are patterns, and can be read."""
    for text in on:
        if not is_dotted_name(text):
            try:
                yield parse_pattern(text)
            except ExpressionError:
                continue


def grants(requirement: Requirement | None) -> Iterator[Grant]:
    """Every grant in *requirement*, as written from left to right."""
    stack = [] if requirement is None else [requirement]
    while stack:
        part = stack.pop()
        if isinstance(part, Needs):
            yield part.grant
        else:
            stack.extend(reversed(part.items))
