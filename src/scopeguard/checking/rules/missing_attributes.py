"""SG513: a rule about several surfaces reads no attribute that one of them lacks or has of a type that does not fit.

Unless it asks first. Where surfaces have an attribute of several types, a condition about all of them is one about
``dyn``, so that it is checked once more with the types of each surface: what does not fit there has no value there.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from scopeguard.checking.assumptions import assuming, questions
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.checking.truth_tables import Truths
from scopeguard.documents.schema import RoleDoc
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Surface
from scopeguard.model.request import RESOURCE_FIELDS
from scopeguard.semantics.names import Names
from scopeguard.semantics.type_checker import Checker
from scopeguard.semantics.types import DYN
from scopeguard.semantics.variable_inlining import unbound
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Literal, Macro

_RESOURCE: Final = "resource."
_SURFACE: Final = "resource.surface"
_ROLES: Final = Ident("principal.roles", absolute=True)
_SHOWN: Final = 5
"""Surfaces that a message names."""


class _OneSurface(NamedTuple):
    """How a surface differs from all that a rule is about: what it lacks, and what has a type of its own there."""

    absent: frozenset[str]
    types: Mapping[str, str]
    here: Names
    everywhere: Names


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
    lacking: list[str] = []
    mistyped: dict[str, list[str]] = {}
    fitting: list[str] = []
    read: set[str] = set()
    for surface in sorted((rule.reaches(parsed.catalog) & own.keys()) - _come_along(parsed, rule)):
        one = _one_surface(parsed, rule, surface, told, own)
        if one.absent and _fails(parsed, rule, applies, surface, one._replace(types={})):
            lacking.append(surface)
        elif one.types and _fails(parsed, rule, applies, surface, one):
            mistyped.setdefault(" and ".join(f"{name} is {kind}" for name, kind in one.types.items()), []).append(
                surface
            )
            read.update(one.types)
        elif not one.absent:
            fitting.append(surface)
    effect = "never allows anything on" if rule.effect == "allow" else "denies" if _denies(rule) else "is never said of"
    about = f"{quoted(rule.entry.name)} {effect}"
    if lacking:
        missing = sorted({name for surface in lacking for name in told - own[surface]})
        message = f"{about} {_listed(lacking)}, which lack {', '.join(missing)}"
        yield _finding(rule, message, missing[0], f"has({missing[0]})")
    if mistyped:
        kinds = "; ".join(f"{_listed(surfaces)}, where {types}" for types, surfaces in mistyped.items())
        asked = f"resource.surface == {quoted(fitting[0])}" if fitting else "resource.surface == …"
        yield _finding(rule, f"{about} {kinds}: its condition takes another type", min(read), asked)


def _finding(rule: ParsedRule, message: str, name: str, asked: str) -> Diagnostic:
    path, offset = _place(rule, name)
    asks = "the condition of the role asks" if path == ("roles",) else "ask"
    hint = f"{asks} first: {asked} && …, or name the surfaces it is about"
    return finding(rule.entry, path, "SG513", message, hint, offset=offset, key=path == ("roles",))


def _listed(surfaces: list[str]) -> str:
    more = f" and {len(surfaces) - _SHOWN} more" if len(surfaces) > _SHOWN else ""
    return f"{', '.join(map(quoted, surfaces[:_SHOWN]))}{more}"


def _one_surface(
    parsed: ParsedPack, rule: ParsedRule, surface: str, told: set[str], own: Mapping[str, set[str]]
) -> _OneSurface:
    declared = parsed.variables.declared
    here, everywhere = declared.for_surfaces((surface,)), declared.for_surfaces(rule.surfaces(parsed.catalog))
    types = {
        name: str(here.type_of(name))
        for name in sorted(told & own[surface])
        if everywhere.type_of(name) == DYN and here.type_of(name) != DYN
    }
    return _OneSurface(frozenset(told - own[surface]), types, here, everywhere)


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


def _fails(parsed: ParsedPack, rule: ParsedRule, applies: tuple[Expr, ...], surface: str, one: _OneSurface) -> bool:
    """Whether what a surface lacks, or has of another type, is what decides there."""
    found = [_outcomes(parsed, applies, known, one) for known in questions(parsed, rule, applies, surface)]
    # A denial that cannot be evaluated denies, and everything else that cannot be is not there.
    fails = any(None in outcomes for outcomes in found)
    return fails and (_denies(rule) or not any(True in outcomes for outcomes in found))


def _outcomes(
    parsed: ParsedPack, applies: tuple[Expr, ...], known: Mapping[str, Expr], one: _OneSurface
) -> frozenset[bool | None]:
    parts = tuple(assuming(tree, known, one.absent) for tree in applies)
    truths = parsed.truths
    if one.types:
        parts = tuple(_that_fits(unbound(part), one) for part in parts)
        truths = Truths(one.here, truths.closed)
    if not any(isinstance(node, Failure) for part in parts for node in ex.walk(part)):
        return frozenset({True, False})
    return truths.outcomes(ex.conjunction(parts)) or frozenset()


def _that_fits(expr: Expr, one: _OneSurface) -> Expr:
    """*expr*, in which the least parts that no type of the surface fits, and others do, have no value.

    Recursion is bounded by the depth that the parser admits.
    """
    if one.types.keys().isdisjoint(_read(expr)) or _is_well_typed(expr, one.here):
        return expr
    # What a macro binds has no type outside of it.
    changed = expr if isinstance(expr, Macro) else ex.rebuilt(expr, lambda part: _that_fits(part, one))
    return Failure("type", span=expr.span) if changed == expr and _is_well_typed(expr, one.everywhere) else changed


def _is_well_typed(expr: Expr, names: Names) -> bool:
    checker = Checker("", names)
    checker.check(expr)
    return not checker.problems


def _place(rule: ParsedRule, name: str) -> tuple[Path, int]:
    for field, tree in rule.conditions.items():
        for node in ex.walk(tree):
            if isinstance(node, Ident) and node.name == name:
                return (field,), node.span.start
    return ("roles",), 0
