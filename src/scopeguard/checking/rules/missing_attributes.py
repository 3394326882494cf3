"""SG513: a rule about several surfaces reads no attribute that one of them lacks, unless it asks first."""

from collections.abc import Iterator, Mapping
from typing import Final

from scopeguard.checking.assumptions import assuming
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.errors import Diagnostic, quoted
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Expr, Failure, Ident, Literal

_RESOURCE: Final = "resource."
_SURFACE: Final = "resource.surface"
_SHOWN: Final = 5
"""Surfaces that a message names."""


def check_missing_attributes(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Denials that deny other surfaces by what these do not have, and allowances that never reach them."""
    if not parsed.pack.complete or parsed.pack.broken["surfaces"] or parsed.pack.broken["attributes.resource"]:
        return
    everywhere = {f"{_RESOURCE}{entry.name}" for entry in parsed.pack.entries("attributes.resource")}
    own = {
        entry.name: everywhere | {f"{_RESOURCE}{name}" for name in entry.content.attributes or ()}
        for entry in parsed.pack.entries("surfaces")
    }
    declared = frozenset[str]().union(*own.values())
    holding = (rule for rule in parsed.conditional_roles if rule.entry.content.holds)
    for rule in (*parsed.rules, *parsed.gates, *holding):
        read = {name for tree in rule.conditions.values() for name in _read(tree)} & declared
        if read - everywhere:
            yield from _rule(parsed, rule, read, own)


def _read(tree: Expr) -> Iterator[str]:
    for node in ex.walk(tree):
        if isinstance(node, Ident) and node.absolute:
            yield node.name


def _rule(parsed: ParsedPack, rule: ParsedRule, read: set[str], own: Mapping[str, set[str]]) -> Iterator[Diagnostic]:
    lacking = [
        surface
        for surface in sorted(rule.reaches(parsed.catalog) & own.keys())
        if read - own[surface] and _fails(parsed, rule, surface, read - own[surface])
    ]
    if not lacking:
        return
    missing = sorted({name for surface in lacking for name in read - own[surface]})
    more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    names = f"{', '.join(map(quoted, lacking[:_SHOWN]))}{more}"
    effect = "never allows anything on" if rule.effect == "allow" else "denies" if _denies(rule) else "is never said of"
    message = f"{quoted(rule.entry.name)} {effect} {names}, which lack {', '.join(missing)}"
    hint = f"ask first: has({missing[0]}) && …, or name the surfaces it is about"
    path, offset = _place(rule, missing[0])
    yield finding(rule.entry, path, "SG513", message, hint, offset=offset)


def _denies(rule: ParsedRule) -> bool:
    return rule.effect == "deny"


def _fails(parsed: ParsedPack, rule: ParsedRule, surface: str, absent: set[str]) -> bool:
    """Whether what a surface lacks is what decides there."""
    known: dict[str, Expr] = {_SURFACE: Literal(surface)}
    parts = [assuming(tree, known, absent) for tree in rule.applies]
    if not any(isinstance(node, Failure) for part in parts for node in ex.walk(part)):
        return False
    outcomes = parsed.truths.outcomes(ex.conjunction(tuple(parts))) or frozenset()
    # A denial that cannot be evaluated denies, and everything else that cannot be is not there.
    return None in outcomes and (_denies(rule) or True not in outcomes)


def _place(rule: ParsedRule, name: str) -> tuple[Path, int]:
    for field, tree in rule.conditions.items():
        for node in ex.walk(tree):
            if isinstance(node, Ident) and node.name == name:
                return (field,), node.span.start
    return (), 0
