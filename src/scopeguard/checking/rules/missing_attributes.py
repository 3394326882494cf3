"""SG513: a rule about several surfaces reads no attribute that one of them lacks, unless it asks first."""

from collections.abc import Iterator, Mapping
from typing import Final

from scopeguard.checking.assumptions import assuming, questions
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.documents.schema import RoleDoc
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Surface
from scopeguard.model.request import RESOURCE_FIELDS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Literal

_RESOURCE: Final = "resource."
_SURFACE: Final = "resource.surface"
_ROLES: Final = Ident("principal.roles", absolute=True)
_SHOWN: Final = 5
"""Surfaces that a message names."""


def check_missing_attributes(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Denials that deny other surfaces by what these do not have, and allowances that never reach them."""
    if not parsed.pack.complete or parsed.pack.broken["surfaces"] or parsed.pack.broken["attributes.resource"]:
        return
    everywhere = {f"{_RESOURCE}{entry.name}" for entry in parsed.pack.entries("attributes.resource")}
    own = {
        # Every resource has what is built in; that it is declared once more is reported there.
        entry.name: everywhere
        | {f"{_RESOURCE}{name}" for name in (entry.content.attributes or {}).keys() - RESOURCE_FIELDS}
        for entry in parsed.pack.entries("surfaces")
    }
    declared = frozenset[str]().union(*own.values())
    conditional = {role.entry.name: role.conditions["when"] for role in parsed.conditional_roles if role.conditions}
    holding = (rule for rule in parsed.conditional_roles if rule.entry.content.holds)
    for rule in (*parsed.rules, *parsed.gates, *holding):
        # What none of its surfaces has is reported as an unknown name.
        here = everywhere.union(*(own[name] for name in rule.surfaces(parsed.catalog) & own.keys()))
        by_role = _held(rule, conditional)
        told = ({name for tree in rule.conditions.values() for name in _read(tree)} & here) | (
            {name for tree in by_role for name in _read(tree)} & declared
        )
        if told - everywhere:
            yield from _rule(parsed, rule, (*rule.applies, *by_role), told, own)


def _held(rule: ParsedRule, conditional: Mapping[str, Expr]) -> tuple[Expr, ...]:
    """That one of the roles of a rule is held, where any of them is by a condition."""
    names = getattr(rule.entry.content, "roles", None) or ()
    if conditional.keys().isdisjoint(names):
        return ()
    return (ex.disjunction(tuple(conditional.get(name) or Call(ex.IN, (Literal(name), _ROLES)) for name in names)),)


def _read(tree: Expr) -> Iterator[str]:
    for node in ex.walk(tree):
        if isinstance(node, Ident) and node.absolute:
            yield node.name


def _rule(
    parsed: ParsedPack, rule: ParsedRule, applies: tuple[Expr, ...], told: set[str], own: Mapping[str, set[str]]
) -> Iterator[Diagnostic]:
    lacking = [
        surface
        for surface in sorted((rule.reaches(parsed.catalog) & own.keys()) - _come_along(parsed, rule))
        if told - own[surface] and _fails(parsed, rule, applies, surface, told - own[surface])
    ]
    if not lacking:
        return
    missing = sorted({name for surface in lacking for name in told - own[surface]})
    more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    names = f"{', '.join(map(quoted, lacking[:_SHOWN]))}{more}"
    effect = "never allows anything on" if rule.effect == "allow" else "denies" if _denies(rule) else "is never said of"
    message = f"{quoted(rule.entry.name)} {effect} {names}, which lack {', '.join(missing)}"
    path, offset = _place(rule, missing[0])
    asks = "the condition of the role asks" if path == ("roles",) else "ask"
    hint = f"{asks} first: has({missing[0]}) && …, or name the surfaces it is about"
    yield finding(rule.entry, path, "SG513", message, hint, offset=offset, key=path == ("roles",))


def _come_along(parsed: ParsedPack, rule: ParsedRule) -> frozenset[str]:
    """The surfaces that a role by condition reaches only as they lie below what it names: it need not fit them."""
    doc, surfaces = rule.entry.content, parsed.catalog.surfaces
    role = parsed.catalog.conditional_roles.get(rule.entry.name) if isinstance(doc, RoleDoc) else None
    if role is None:
        return frozenset()
    below = frozenset[str]().union(
        *(each for permission in role.permissions for each in _inherited(surfaces, permission))
    )
    named = {text.partition(":")[0] for text in doc.holds}
    return frozenset(each.partition(":")[0] for each in below) - named


def _inherited(surfaces: Mapping[str, Surface], permission: str) -> Iterator[tuple[str, ...]]:
    name, _, action = permission.partition(":")
    yield surfaces[name].inherited.get(action, ())


def _denies(rule: ParsedRule) -> bool:
    return rule.effect == "deny"


def _fails(parsed: ParsedPack, rule: ParsedRule, applies: tuple[Expr, ...], surface: str, absent: set[str]) -> bool:
    """Whether what a surface lacks is what decides there."""
    found = [_outcomes(parsed, applies, known, absent) for known in questions(parsed, rule, applies, surface)]
    # A denial that cannot be evaluated denies, and everything else that cannot be is not there.
    fails = any(None in outcomes for outcomes in found)
    return fails and (_denies(rule) or not any(True in outcomes for outcomes in found))


def _outcomes(
    parsed: ParsedPack, applies: tuple[Expr, ...], known: Mapping[str, Expr], absent: set[str]
) -> frozenset[bool | None]:
    parts = tuple(assuming(tree, known, absent) for tree in applies)
    if not any(isinstance(node, Failure) for part in parts for node in ex.walk(part)):
        return frozenset({True, False})
    return parsed.truths.outcomes(ex.conjunction(parts)) or frozenset()


def _place(rule: ParsedRule, name: str) -> tuple[Path, int]:
    for field, tree in rule.conditions.items():
        for node in ex.walk(tree):
            if isinstance(node, Ident) and node.name == name:
                return (field,), node.span.start
    return ("roles",), 0
