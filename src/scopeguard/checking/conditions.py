"""SG211, SG212, SG504, SG505 and the names of the pack in conditions: what a condition reads exists and fits."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from scopeguard.checking.constraints import dotted
from scopeguard.checking.fields import BUILT_IN, VOCABULARY, Fields
from scopeguard.checking.findings import finding
from scopeguard.checking.inference import Problem, problems_of
from scopeguard.checking.reading import Reading, Rule
from scopeguard.checking.signatures import DYN
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, ListExpr, Literal, Select

_ROOTS: Final = ("principal", "resource", "context", "facts")
_COLLECTIONS: Final = frozenset({"principal.roles", "principal.assignable_roles", "principal.scopes"})


def check_conditions(reading: Reading) -> Iterator[Diagnostic]:
    """The types and names of every condition."""
    declared = _Declared(reading)
    # Packs repeat conditions; each is looked at once for each set of resource attributes.
    known: dict[tuple[str, int], tuple[Problem, ...]] = {}
    for rule in reading.rules:
        for name, tree in (("when", rule.when), ("unless", rule.unless)):
            if tree is None:
                continue
            text = getattr(rule.entry.content, name)
            fields = declared.fields(rule)
            key = (text, id(fields))
            if key not in known:
                known[key] = problems_of(text, tree, fields)
            for problem in known[key]:
                yield finding(rule.entry, (name,), problem.code, problem.message, problem.hint, offset=problem.offset)
            for item in _named(tree):
                yield from reading.names.unknown(rule.entry, (name,), item.kind, item.name, offset=item.offset)


class _Declared:
    """The fields that the conditions of each rule can read."""

    def __init__(self, reading: Reading) -> None:
        pack = reading.pack
        self.catalog = reading.catalog
        self.hints = reading.names.hints
        own = {root: _attributes(pack, f"attributes.{root}") for root in _ROOTS}
        self.base = {root: {**BUILT_IN[root], **own[root]} for root in _ROOTS}
        self.by_surface = {entry.name: dict(entry.content.attributes or {}) for entry in pack.entries("surfaces")}
        broken = {root for root in _ROOTS if pack.broken[f"attributes.{root}"]}
        if pack.broken["surfaces"]:
            broken.add("resource")
        self.open = frozenset(broken if pack.complete else _ROOTS)
        self._fields: dict[object, Fields] = {}

    def fields(self, rule: Rule) -> Fields:
        """With the attributes of the surfaces that *rule* speaks of; dyn where two of them differ."""
        key = (rule.spelled, bool(rule.wildcards), rule.entry.content.effect)
        if key not in self._fields:
            resource = dict(self.base["resource"])
            for name in sorted(rule.surfaces(self.catalog)):
                for attribute, kind in self.by_surface.get(name, {}).items():
                    resource[attribute] = kind if resource.get(attribute, kind) == kind else DYN
            self._fields[key] = Fields({**self.base, "resource": resource}, self.open, self.hints)
        return self._fields[key]


def _attributes(pack: Pack, kind: str) -> dict[str, str]:
    return {entry.name: entry.content for entry in pack.entries(kind)}


class _Named(NamedTuple):
    kind: str
    name: str
    offset: int


def _named(tree: Expr) -> Iterator[_Named]:
    """Literals that are compared with a name of the pack's vocabulary, such as a role or a channel."""
    for node in ex.walk(tree):
        match node:
            case Call(function=ex.EQUAL | ex.NOT_EQUAL, args=(left, right)):
                yield from _literal(left, right)
                yield from _literal(right, left)
            case Call(function=ex.IN, args=(Literal() as item, Select() as container)):
                if dotted(container) in _COLLECTIONS:
                    yield from _literal(container, item)
            case Call(function=ex.IN, args=(item, ListExpr(items=items))):
                for other in items:
                    yield from _literal(item, other)


def _literal(name: Expr, literal: Expr) -> Iterator[_Named]:
    kind = VOCABULARY.get(dotted(name) or "")
    if kind is not None and isinstance(literal, Literal) and isinstance(literal.value, str) and literal.value:
        # A held scope may be narrowed to one resource; the scope before the id is what has to be known.
        text = literal.value.partition("/")[0] if kind == "scopes" else literal.value
        yield _Named(kind, text, literal.span.start)
