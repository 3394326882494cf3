"""SG401: every rule can match some request."""

from collections.abc import Iterator, Mapping
from typing import Final

from scopeguard.checking.constraints import Constraint, constant, constrain, constrain_not
from scopeguard.checking.findings import Path, finding
from scopeguard.documents.pack import Entry, Pack
from scopeguard.documents.schema import RuleDoc
from scopeguard.errors import Diagnostic, PolicyError, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.principal import KINDS
from scopeguard.syntax.expression import Expr
from scopeguard.syntax.parsing import parse_condition

_HOLDERS: Final = frozenset({"api_key", "session", "member"})
_LISTS: Final[Mapping[str, str]] = {
    "principal.kind": "kinds",
    "context.channel": "channels",
    "context.environment": "environments",
}


def check_unmatched(pack: Pack, catalog: Catalog) -> Iterator[Diagnostic]:
    """Rules whose parts contradict each other; one finding a rule."""
    for entry in pack.entries("rules"):
        for path, why, hint in _contradictions(entry.content):
            yield _never(entry, path, why, hint)
            break


def _never(entry: Entry, path: Path, why: str, hint: str) -> Diagnostic:
    return finding(entry, path, "SG401", f"rule {quoted(entry.name)} can never match: {why}", hint)


def _contradictions(rule: RuleDoc) -> Iterator[tuple[Path, str, str]]:
    if rule.roles is not None and rule.kinds is not None and "member" not in rule.kinds:
        yield ("roles",), "only members have roles, and kinds leaves them out", "add member to kinds, or leave out roles"
    if rule.requires is not None and rule.kinds is not None and _HOLDERS.isdisjoint(rule.kinds):
        why = f"{' and '.join(rule.kinds)} principals hold nothing, so they cannot hold what it requires"
        yield ("requires",), why, "leave out requires, or add a kind that holds scopes or roles"
    when, unless = _tree(rule.when), _tree(rule.unless)
    if when is not None and constant(when) is False:
        yield ("when",), "its condition is always false", "mend the condition, or leave the rule out"
    if unless is not None and constant(unless) is True:
        yield ("unless",), "its exception is always true", "mend the exception, or leave the rule out"
    if when is not None and when == unless:
        yield ("unless",), "unless excepts all that when admits", "leave one of the two out"
    yield from _empty(rule, when, unless)


def _tree(text: str | None) -> Expr | None:
    try:
        return None if text is None else parse_condition(text)
    except PolicyError:
        return None


def _empty(rule: RuleDoc, when: Expr | None, unless: Expr | None) -> Iterator[tuple[Path, str, str]]:
    constraints: dict[str, Constraint] = {}
    for name, field in _LISTS.items():
        listed = getattr(rule, field)
        if listed is not None:
            constraints[name] = Constraint(frozenset(listed))
    kind = constraints.setdefault("principal.kind", Constraint())
    kind.narrow(frozenset({"member"} if rule.roles is not None else KINDS))
    if when is not None:
        constrain(when, constraints)
    if unless is not None:
        constrain_not(unless, constraints)
    for name in sorted(constraints):
        if constraints[name].empty:
            field = "when" if when is not None else "unless"
            yield (field,), f"its parts leave no value for {name}", "compare kinds, channels, environments and conditions"
