"""SG421 and SG424: an allow rule applies to anonymous principals only where it names them."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.assumptions import for_anonymous
from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.documents.entries import Layer
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Literal

_ANONYMOUS: Final = "anonymous"
_HINT: Final = (
    "name the kinds it applies to, such as kinds: [api_key, member], and anonymous among them where it is meant"
)


def check_anonymous(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Allow rules that anonymous principals match without being named, and those that name them without effect."""
    based = any(document.layer is Layer.BASE for document in parsed.pack.documents)
    for rule in parsed.rules:
        doc = rule.entry.content
        if doc.effect != "allow" or not _can_match(parsed, rule):
            continue
        if not _is_named(rule):
            message = f"allow rule {quoted(doc.id)} reaches anonymous principals and does not name them"
            # Where they are denied beneath the pack, nobody gets in; it is a mistake all the same.
            severity = Severity.WARNING if based else Severity.ERROR
            yield finding(rule.entry, ("id",), "SG421", message, _HINT, severity=severity)
        elif based:
            message = f"allow rule {quoted(doc.id)} names anonymous principals in vain: the base denies them all"
            hint = "leave anonymous out, or leave out the base of the pack"
            yield finding(rule.entry, ("id",), "SG424", message, hint, severity=Severity.WARNING)


def _can_match(parsed: ParsedPack, rule: ParsedRule) -> bool:
    doc = rule.entry.content
    if doc.kinds is not None and _ANONYMOUS not in doc.kinds:
        return False
    # Nobody in particular holds a role or a permission, and no surface that keeps anonymous out is reached.
    if doc.roles is not None or doc.requires is not None:
        return False
    if any(getattr(doc, field) is not None and field not in rule.conditions for field in ("when", "unless")):
        # What cannot be parsed is reported elsewhere, and what it would have said is not known.
        return False
    surfaces = parsed.catalog.surfaces
    if all(_ANONYMOUS not in surfaces[name].holdable_by for name in rule.surfaces(parsed.catalog)):
        return False
    whole = for_anonymous(ex.conjunction(tuple(rule.applies)))
    return not rule.applies or any(True in (parsed.truths.outcomes(each) or {True}) for each in whole)


def _is_named(rule: ParsedRule) -> bool:
    if rule.entry.content.kinds is not None:
        return True
    nodes = (node for tree in rule.conditions.values() for node in ex.walk(tree))
    return any(isinstance(node, Literal) and node.value == _ANONYMOUS for node in nodes)
