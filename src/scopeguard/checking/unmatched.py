"""SG401: every rule can match some request."""

from collections.abc import Iterator, Mapping
from typing import Final

from scopeguard.checking.constraints import Constraint, constant, constrain, constrain_not
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.reading import Reading, Rule
from scopeguard.documents.pack import Entry
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.principal import HOLDERS, KINDS

_ALL: Final = frozenset[str](KINDS)
_LISTS: Final[Mapping[str, str]] = {
    "principal.kind": "kinds",
    "context.channel": "channels",
    "context.environment": "environments",
}


def check_unmatched(reading: Reading) -> Iterator[Diagnostic]:
    """Rules whose parts contradict each other; one finding a rule."""
    holders: dict[frozenset[str], frozenset[str]] = {}
    for rule in reading.rules:
        for path, why, hint in _contradictions(rule, reading.catalog, holders):
            yield _never(rule.entry, path, why, hint)
            break


def _never(entry: Entry, path: Path, why: str, hint: str) -> Diagnostic:
    return finding(entry, path, "SG401", f"rule {quoted(entry.name)} can never match: {why}", hint)


def _contradictions(
    rule: Rule, catalog: Catalog, holders: dict[frozenset[str], frozenset[str]]
) -> Iterator[tuple[Path, str, str]]:
    doc, when, unless = rule.entry.content, rule.conditions.get("when"), rule.conditions.get("unless")
    if doc.roles is not None and doc.kinds is not None and "member" not in doc.kinds:
        hint = "add member to kinds, or leave out roles"
        yield ("roles",), "only members have roles, and kinds leaves them out", hint
    if doc.requires is not None and doc.kinds is not None and HOLDERS.isdisjoint(doc.kinds):
        why = f"{' and '.join(doc.kinds)} principals hold nothing, so they cannot hold what it requires"
        yield ("requires",), why, "leave out requires, or add a kind that holds scopes or roles"
    if when is not None and constant(when) is False:
        yield ("when",), "its condition is always false", "mend the condition, or leave the rule out"
    if unless is not None and constant(unless) is True:
        yield ("unless",), "its exception is always true", "mend the exception, or leave the rule out"
    if when is not None and when == unless:
        yield ("unless",), "unless excepts all that when admits", "leave one of the two out"
    if when is not None or unless is not None:
        yield from _empty(rule, catalog, holders)


def _empty(
    rule: Rule, catalog: Catalog, holders: dict[frozenset[str], frozenset[str]]
) -> Iterator[tuple[Path, str, str]]:
    """What has no value left. *holders* are the kinds that may hold something on one of some surfaces."""
    doc = rule.entry.content
    constraints = {
        name: Constraint(frozenset(getattr(doc, field)))
        for name, field in _LISTS.items()
        if getattr(doc, field) is not None
    }
    kinds = constraints.setdefault("principal.kind", Constraint())
    kinds.narrow(frozenset({"member"} if doc.roles is not None else _ALL))
    if doc.effect == "allow" and doc.kinds is None and doc.roles is None:
        # What a surface keeps out of kinds and roles is told at those.
        reached = rule.surfaces(catalog)
        if reached not in holders:
            holders[reached] = frozenset[str]().union(*(catalog.surfaces[name].holdable_by for name in reached))
        kinds.narrow(holders[reached] or _ALL)
    if "when" in rule.conditions:
        constrain(rule.conditions["when"], constraints)
    if "unless" in rule.conditions:
        constrain_not(rule.conditions["unless"], constraints)
    if "resource.surface" in constraints:
        constraints["resource.surface"].narrow(rule.surfaces(catalog))
    for name in sorted(constraints):
        if constraints[name].empty:
            field = "when" if rule.when is not None else "unless"
            hint = "compare its kinds, channels, environments, targets and conditions"
            yield (field,), f"its parts leave no value for {name}", hint
