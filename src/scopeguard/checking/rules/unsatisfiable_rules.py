"""SG401: every rule can match some request."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from scopeguard.checking.assumptions import assuming, questions, without_grants
from scopeguard.checking.constraints import Constraint, constrain, constrain_not
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.checking.rules.conditions import if_spelt
from scopeguard.checking.truth_tables import ALWAYS_THERE, Truths
from scopeguard.documents.entries import Entry
from scopeguard.documents.schema import RuleDoc
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.principal import HOLDERS, KINDS, SCOPED
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import TRUE, Call, Expr, Ident, ListExpr, Literal, conjunction

_ASKED: Final = frozenset({"resource.surface", "permission", "action", "operation"})
_KIND: Final = Ident("principal.kind", absolute=True)
_ROLES: Final = Ident("principal.roles", absolute=True)
_RANK: Final = Ident("principal.rank", absolute=True)
_ABOUT_WHO: Final = frozenset({"principal.kind", "principal.roles", "principal.rank", "principal.scopes"})
_NONE: Final = ListExpr(())
_SOME_ROLE: Final = (
    Call(ex.GREATER, (Call("size", (_ROLES,)), Literal(0))),
    Call(ex.GREATER, (Call("size", (), _ROLES), Literal(0))),
    Call(ex.NOT_EQUAL, (_ROLES, _NONE)),
    Call(ex.NOT, (Call(ex.EQUAL, (_ROLES, _NONE)),)),
)
"""What is true of whoever has a role, in the forms that conditions have."""
_MOST_ASKED: Final = 256
"""Questions that are tried one by one."""
_ALL: Final = frozenset[str](KINDS)
_LISTS: Final[Mapping[str, str]] = {
    "principal.kind": "kinds",
    "context.channel": "channels",
    "context.environment": "environments",
}


def check_unsatisfiable_rules(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Rules whose parts contradict each other; one finding a rule."""
    holders: dict[frozenset[str], frozenset[str]] = {}
    for rule in parsed.rules:
        first = (_never(rule.entry, *found) for found in islice(_contradictions(rule, parsed, holders), 1))
        yield from if_spelt(parsed, rule.entry, rule.surfaces(parsed.catalog), rule.texts, first)


def _never(entry: Entry, path: Path, why: str, hint: str) -> Diagnostic:
    return finding(entry, path, "SG401", f"rule {quoted(entry.name)} can never match: {why}", hint)


def _contradictions(
    rule: ParsedRule, parsed: ParsedPack, holders: dict[frozenset[str], frozenset[str]]
) -> Iterator[tuple[Path, str, str]]:
    doc, when, unless = rule.entry.content, rule.conditions.get("when"), rule.conditions.get("unless")
    if doc.roles is not None and doc.kinds is not None and "member" not in doc.kinds:
        hint = "add member to kinds, or leave out roles"
        yield ("roles",), "only members have roles, and kinds leaves them out", hint
    if doc.requires is not None and doc.kinds is not None and HOLDERS.isdisjoint(doc.kinds):
        why = f"{' and '.join(doc.kinds)} principals hold nothing, so they cannot hold what it requires"
        yield ("requires",), why, "leave out requires, or add a kind that holds scopes or roles"
    yield from never(when, unless, parsed.truths, "rule")
    if when is not None or unless is not None:
        yield from _empty(rule, parsed.catalog, holders)
        yield from not_asked(rule, parsed)
        yield from _nobody(rule, parsed)


def _nobody(rule: ParsedRule, parsed: ParsedPack) -> Iterator[tuple[Path, str, str]]:
    """Conditions and exceptions that nobody meets whom the rule names by kinds or roles."""
    doc, trees = rule.entry.content, rule.applies
    if doc.kinds is None and doc.roles is None:
        return
    by_condition = parsed.catalog.conditional_roles.keys() & set(doc.roles or ())
    if not by_condition and not any(map(_is_about_who, (node for tree in trees for node in ex.walk(tree)))):
        return
    named = [(kind, known) for kind in (("member",) if doc.roles else doc.kinds) for known in _known(doc, parsed)]

    def is_never(part: Expr) -> bool:
        return all(parsed.truths.settled(conjunction((*known, _held_by(kind, part)))) is False for kind, known in named)

    if is_never(conjunction(trees)):
        field = "when" if "when" in rule.conditions else "unless"
        why = "nobody whom it names meets its condition" if field == "when" else "it excepts all whom it names"
        yield (field,), why, f"compare its kinds and roles with {field}"


def _is_about_who(node: Expr) -> bool:
    return (isinstance(node, Ident) and node.name in _ABOUT_WHO) or (
        isinstance(node, Call) and node.function == ex.HOLDS
    )


def _known(doc: RuleDoc, parsed: ParsedPack) -> Iterator[tuple[Expr, ...]]:
    """What is known of those who have a role of a rule, role by role; nothing where it names none."""
    if doc.roles is None:
        yield ()
    conditions = {role.entry.name: role.conditions.get("when") for role in parsed.conditional_roles}
    for name in doc.roles or ():
        role = parsed.catalog.roles.get(name)
        if role is not None:
            rank = Call(ex.GREATER_EQUAL, (_RANK, Literal(role.rank)))
            yield Call(ex.IN, (Literal(name), _ROLES)), rank, *_SOME_ROLE
        else:
            # A role by condition; of one that there is not nothing is known.
            yield (conditions.get(name) or TRUE,)


def _held_by(kind: str, expr: Expr) -> Expr:
    """*expr* for principals of a kind, who have no scopes, no roles or nothing at all."""
    known: dict[str, Expr] = {_KIND.name: Literal(kind)}
    if kind not in SCOPED:
        known["principal.scopes"] = _NONE
    if kind != "member":
        known |= {_ROLES.name: _NONE, _RANK.name: Literal(0)}
    found = assuming(expr, known, ())
    return found if kind in HOLDERS else without_grants(found)


def not_asked(rule: ParsedRule, parsed: ParsedPack) -> Iterator[tuple[Path, str, str]]:
    """Conditions and exceptions by what is asked that leave nothing of all that the rule is about."""
    when, unless = rule.conditions.get("when"), rule.conditions.get("unless")
    trees = tuple(tree for tree in (when, unless) if tree is not None)
    if not any(isinstance(node, Ident) and node.name in _ASKED for tree in trees for node in ex.walk(tree)):
        return
    surfaces = sorted(rule.reaches(parsed.catalog))

    def is_always(tree: Expr, *, truth: bool) -> bool:
        asked = (each for name in surfaces for each in questions(parsed, rule, trees, name))
        number = 0
        for number, known in enumerate(asked, 1):
            if number > _MOST_ASKED or parsed.truths.settled(assuming(tree, known, ())) is not truth:
                return False
        return number > 0

    if when is not None and is_always(when, truth=False):
        yield ("when",), "its condition is false of all that it is about", "compare its targets with the condition"
    elif unless is not None and is_always(unless, truth=True):
        yield ("unless",), "its exception is true of all that it is about", "compare its targets with the exception"
    elif when is not None and unless is not None and is_always(_admitted(when, unless), truth=False):
        yield ("unless",), "unless excepts all that it is about and when admits", "compare its targets with both"


def _admitted(when: Expr, unless: Expr) -> Expr:
    return Call(ex.AND, (when, Call(ex.NOT, (unless,))))


def never(when: Expr | None, unless: Expr | None, truths: Truths, what: str) -> Iterator[tuple[Path, str, str]]:
    """Why two conditions of a *what* leave nothing over, with the place and a hint."""
    if when is not None and truths.settled(when) is False:
        yield ("when",), f"its condition {always(when, truth=False)}", f"fix the condition, or leave the {what} out"
    elif unless is not None and truths.settled(unless) is True:
        yield ("unless",), f"its exception {always(unless, truth=True)}", f"fix the exception, or leave the {what} out"
    elif when is not None and unless is not None and truths.settled(_admitted(when, unless)) is False:
        yield ("unless",), "unless excepts all that when admits", "leave one of the two out"


def always(expr: Expr, *, truth: bool) -> str:
    """How a condition is called that can have one truth only: it may have none where what it reads is not there."""
    word = str(truth).lower()
    return f"is {word} whenever it has a value" if _may_have_none(expr) else f"is always {word}"


def _may_have_none(expr: Expr) -> bool:
    if isinstance(expr, Call) and expr.function == ex.PRESENT:
        return False
    if isinstance(expr, Ident):
        return expr.absolute and expr.name not in ALWAYS_THERE
    return any(map(_may_have_none, ex.children(expr)))


def _named(name: str, asked: Iterable[tuple[str, str]]) -> frozenset[str]:
    """What ``action``, ``permission`` or ``operation`` may be, of what is asked about."""
    if name == "operation":
        return frozenset(operation for _, operation in asked)
    return frozenset(each.partition(":")[2] if name == "action" else each for each, _ in asked)


def _empty(
    rule: ParsedRule, catalog: Catalog, holders: dict[frozenset[str], frozenset[str]]
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
        # A kind or role that a surface keeps out is reported there.
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
    for name in ("action", "permission", "operation"):
        if name in constraints:
            constraints[name].narrow(_named(name, rule.asked(catalog)))
    for name in sorted(constraints):
        if constraints[name].empty:
            field = "when" if rule.when is not None else "unless"
            hint = "compare its kinds, channels, environments, targets and conditions"
            yield (field,), f"its parts leave no value for {name}", hint
