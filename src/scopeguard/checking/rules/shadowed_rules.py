"""SG402: every rule adds something to the others. A warning: what is shadowed is superfluous, not wrong."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.checking.texts import is_dotted_name
from scopeguard.documents.entries import Entry, Layer
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.model.catalog import PERMISSION_STAGE, Catalog
from scopeguard.syntax.parser import ExpressionError, parse_pattern

_RESTRICTIONS: Final = ("kinds", "roles", "channels", "environments", "requires", "when", "unless")
_SHOWN: Final = 3
"""Covering rules that a message names."""

_Rank: TypeAlias = tuple[int, int]
"""A rule's stage and its place among the rules: who comes first shadows the other, and never both each other."""


def check_shadowed_rules(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Rules that equal another, and denials that another denial always gives before them."""
    first: dict[object, ParsedRule] = {}
    equal: set[str] = set()
    for rule in parsed.rules:
        other = first.setdefault(_meaning(rule), rule)
        if other is not rule and other.entry.name != rule.entry.name:
            equal.add(rule.entry.name)
            yield _shadowed(rule.entry, f"says the same as {quoted(other.entry.name)}", other.entry)
    denies = _Denies(parsed)
    for place, rule in enumerate(parsed.rules):
        # A pack that denies more than the base does not have to say so to the base.
        if rule.entry.document.layer is Layer.BASE:
            continue
        if rule.entry.content.effect == "deny" and rule.entry.name not in equal:
            covers = denies.before(rule, place)
            if covers:
                names = " and ".join(quoted(cover.name) for cover in covers[:_SHOWN])
                yield _shadowed(rule.entry, f"denies nothing beyond {names}", covers[0])


def _shadowed(entry: Entry, why: str, other: Entry) -> Diagnostic:
    place = other.document.locate((*other.path, "id"))
    hint = f"leave it out; the other is at {place}"
    return finding(entry, ("id",), "SG402", f"rule {quoted(entry.name)} {why}", hint, severity=Severity.WARNING)


def _meaning(rule: ParsedRule) -> object:
    """Equal where two rules have the same effect on every request, however they are written."""
    doc = rule.entry.content
    lists = tuple(None if items is None else frozenset(items) for items in
                  (doc.on, doc.kinds, doc.roles, doc.channels, doc.environments))  # fmt: skip
    # A malformed part has no tree, so its text is compared instead.
    conditions = (rule.conditions.get("when", doc.when), rule.conditions.get("unless", doc.unless))
    texts = (doc.requires if rule.requires is None else rule.requires, *conditions)
    return (doc.effect, lists, texts, doc.stage or PERMISSION_STAGE, doc.code)


class _Denies:
    """The earliest unconditional denial of each permission and operation."""

    def __init__(self, parsed: ParsedPack) -> None:
        self.rules = parsed.rules
        self.catalog: Catalog = parsed.catalog
        self.stages = {stage: place for place, stage in enumerate(parsed.catalog.stages)}
        self.targets: dict[str, tuple[str, ...]] = {}
        self.covers: dict[str, frozenset[_Rank]] = {}
        self.earliest: dict[str, _Rank] = {}
        best: dict[str, _Rank] = {}
        for place, rule in enumerate(self.rules):
            doc = rule.entry.content
            rank = self.rank(rule, place)
            if doc.effect == "deny" and rank is not None and not any(getattr(doc, name) for name in _RESTRICTIONS):
                for text in doc.on:
                    best[text] = min(rank, best.get(text, rank))
        for text, rank in best.items():
            for target in self.expanded(text):
                self.earliest[target] = min(rank, self.earliest.get(target, rank))

    def rank(self, rule: ParsedRule, place: int) -> _Rank | None:
        stage = self.stages.get(rule.entry.content.stage or PERMISSION_STAGE)
        return None if stage is None else (stage, place)

    def expanded(self, text: str) -> tuple[str, ...]:
        """The permissions that a target matches, or the operation that it names."""
        if text not in self.targets:
            self.targets[text] = self._expand(text)
        return self.targets[text]

    def _expand(self, text: str) -> tuple[str, ...]:
        if is_dotted_name(text):
            return (text,)
        try:
            pattern = parse_pattern(text)
        except ExpressionError:
            return ()
        return expand_pattern(pattern, self.catalog.surfaces, wildcard_reaches_all=True)

    def before(self, rule: ParsedRule, place: int) -> list[Entry]:
        """The rules that together deny all that *rule* does, no later; none where something is left to it."""
        own = self.rank(rule, place)
        covers = [self.covered(text) for text in rule.entry.content.on]
        ranks = frozenset[_Rank]().union(*covers)
        if own is None or not all(covers) or any(rank >= own for rank in ranks):
            return []
        return [self.rules[at].entry for _, at in sorted(ranks)]

    def covered(self, text: str) -> frozenset[_Rank]:
        """The ranks of the denials that together cover a target; none where something is left."""
        if text not in self.covers:
            ranks = [self.rank_of(target) for target in self.expanded(text)]
            whole = frozenset(rank for rank in ranks if rank is not None)
            self.covers[text] = frozenset() if None in ranks else whole
        return self.covers[text]

    def rank_of(self, target: str) -> _Rank | None:
        """The earliest unconditional denial of a permission, or of an operation by itself or its permission."""
        found = [self.earliest.get(target)]
        if target in self.catalog.operations:
            found.append(self.earliest.get(self.catalog.operations[target].permission))
        return min((rank for rank in found if rank is not None), default=None)
