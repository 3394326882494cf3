"""SG211, SG212, SG504, SG505 and the names of the pack in conditions: what a condition reads exists and fits."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from scopeguard.checking.findings import Hints, finding
from scopeguard.checking.reading import Reading, Rule
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic
from scopeguard.semantics.checker import Checker
from scopeguard.semantics.readable import FACTS, ROOTS, names_of
from scopeguard.semantics.resolving import Names, Problem, Resolver
from scopeguard.semantics.types import BOOL, DYN
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal

_COLLECTIONS: Final = frozenset({"principal.roles", "principal.assignable_roles", "principal.scopes"})

VOCABULARY: Final[Mapping[str, str]] = MappingProxyType({
    "principal.kind": "kinds",
    "principal.roles": "roles",
    "principal.assignable_roles": "roles",
    "principal.scopes": "scopes",
    "resource.surface": "surfaces",
    "context.channel": "channels",
    "context.environment": "environments",
    "action": "actions",
    "permission": "grants",
    "operation": "operations",
})  # fmt: skip
"""Names whose values are names of the pack, so that a literal compared with them can be checked."""


class Named(NamedTuple):
    """A literal of a condition that has to be a name of the pack, *offset* characters into its text."""

    kind: str
    name: str
    offset: int


class Checked(NamedTuple):
    """What there is to say about a condition."""

    problems: tuple[Problem, ...]
    named: tuple[Named, ...]


def check_conditions(reading: Reading) -> Iterator[Diagnostic]:
    """The types and names of every condition."""
    declared = Declared(reading)
    # Packs repeat conditions; each is looked at once for each set of resource attributes.
    known: dict[tuple[str, int], Checked] = {}
    for rule in reading.rules:
        for name, tree in (("when", rule.when), ("unless", rule.unless)):
            if tree is None:
                continue
            text = getattr(rule.entry.content, name)
            names = declared.names(rule)
            key = (text, id(names))
            if key not in known:
                known[key] = checked(text, tree, names, reading.names.hints)
            for problem in known[key].problems:
                yield finding(rule.entry, (name,), problem.code, problem.message, problem.hint, offset=problem.offset)
            for item in known[key].named:
                yield from reading.names.unknown(rule.entry, (name,), item.kind, item.name, offset=item.offset)


def checked(text: str, tree: Expr, names: Names, hints: Hints) -> Checked:
    """Check the condition *text*, parsed as *tree*, that may name *names*."""

    def near(word: str, known: Collection[str]) -> str | None:
        return hints.near(word, known, f"{min(known, default='')} {len(known)}")

    resolver = Resolver(names)
    resolved = resolver.resolve(tree)
    checker = Checker(text, names, near=near)
    found = checker.check(resolved)
    problems = [*resolver.problems, *checker.problems]
    if found not in (BOOL, DYN):
        message = f"the condition is of the type {found}, not bool"
        problems.append(Problem("SG504", message, "compare it with something", resolved.span.start))
    return Checked(tuple(problems), tuple(_named(resolved)))


class Declared:
    """The names that the conditions of each rule can read."""

    def __init__(self, reading: Reading) -> None:
        pack = reading.pack
        self.catalog = reading.catalog
        self.base = {root: _attributes(pack, root) for root in ROOTS}
        self.by_surface = {entry.name: dict(entry.content.attributes or {}) for entry in pack.entries("surfaces")}
        broken = {root for root in ROOTS if pack.broken[_section(root)]}
        if pack.broken["surfaces"]:
            broken.add("resource")
        self.open = frozenset(broken if pack.complete else ROOTS)
        self._names: dict[object, Names] = {}

    def names(self, rule: Rule) -> Names:
        """With the attributes of the surfaces that *rule* speaks of; dyn where two of them differ."""
        key = (rule.spelled, bool(rule.wildcards), rule.entry.content.effect)
        if key not in self._names:
            resource = dict(self.base["resource"])
            for name in sorted(rule.surfaces(self.catalog)):
                for attribute, kind in self.by_surface.get(name, {}).items():
                    resource[attribute] = kind if resource.get(attribute, kind) == kind else str(DYN)
            self._names[key] = names_of({**self.base, "resource": resource}, self.open)
        return self._names[key]


def _section(root: str) -> str:
    return f"attributes.{'facts' if root == FACTS else root}"


def _attributes(pack: Pack, root: str) -> dict[str, str]:
    return {entry.name: entry.content for entry in pack.entries(_section(root))}


def _named(tree: Expr) -> Iterator[Named]:
    """Literals that are compared with a name of the pack's vocabulary, such as a role or a channel."""
    for node in ex.walk(tree):
        match node:
            case Call(function=ex.EQUAL | ex.NOT_EQUAL, args=(left, right)):
                yield from _literal(left, right)
                yield from _literal(right, left)
            case Call(function=ex.IN, args=(Literal() as item, Ident(name=name) as container)) if name in _COLLECTIONS:
                yield from _literal(container, item)
            case Call(function=ex.IN, args=(item, ListExpr(items=items))):
                for other in items:
                    yield from _literal(item, other)


def _literal(name: Expr, literal: Expr) -> Iterator[Named]:
    kind = VOCABULARY.get(name.name) if isinstance(name, Ident) and name.absolute else None
    if kind is not None and isinstance(literal, Literal) and isinstance(literal.value, str) and literal.value:
        # A held scope may be narrowed to one resource; the scope before the id is what has to be known.
        text = literal.value.partition("/")[0] if kind == "scopes" else literal.value
        yield Named(kind, text, literal.span.start)
