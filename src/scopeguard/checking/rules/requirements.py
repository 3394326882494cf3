"""SG203, SG204, SG301, SG303, SG306, SG506 and SG507: what a rule asks about held permissions makes sense."""

import re
from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, grants
from scopeguard.checking.rules.holdable_by import held_by, kinds_of
from scopeguard.checking.rules.qualifiers import misplaced
from scopeguard.checking.texts import offset_of
from scopeguard.documents.entries import Entry
from scopeguard.documents.schema import RuleDoc
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.grant import Grant
from scopeguard.syntax.expression import Call, Literal, conjunction, disjunction
from scopeguard.syntax.parser import ExpressionError, parse_requirement
from scopeguard.syntax.printer import print_expression
from scopeguard.syntax.requirement import Needs, as_condition

_SEVERAL: Final = re.compile(r"\s*(?:,|&&?|\|\|?|\s(?:and|or)\s|\s)\s*", re.IGNORECASE)


def check_requirements(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """What rules require: only where it gives something, and of permissions that there are."""
    for rule in parsed.rules:
        doc, entry = rule.entry.content, rule.entry
        if rule.requires is None:
            continue
        if doc.effect != "allow":
            asked = as_condition(rule.requires)
            # What the rule says already stays there.
            when = print_expression(asked if rule.when is None else conjunction((asked, rule.when)))
            unless = print_expression(asked if rule.unless is None else disjunction((asked, rule.unless)))
            whom = "is denied" if doc.effect == "deny" else "is advised"
            message = f"{doc.effect} rule {quoted(doc.id)} has requires, so that whoever holds it {whom}"
            hint = f"write when: {when} if this is meant, unless: {unless} for those who do not hold it"
            yield finding(entry, ("requires",), "SG506", message, hint, key=True)
        for grant in grants(rule.requires):
            offset = offset_of(doc.requires, str(grant))
            yield from _required(parsed, entry, ("requires",), grant, offset)


def check_holds(parsed: ParsedPack, entry: Entry, path: Path, call: Call) -> Iterator[Diagnostic]:
    """One call of ``holds`` in the condition at *path*: its argument is a permission, written out."""
    if len(call.args) != 1:
        return
    (argument,) = call.args
    offset = argument.span.start
    if not isinstance(argument, Literal):
        message = f"{quoted('holds')} takes a permission that is written out"
        hint = 'write the text itself, as in holds("agents:write"), once for each permission'
        yield finding(entry, path, "SG507", message, hint, offset=offset)
    elif isinstance(argument.value, str):
        try:
            requirement = parse_requirement(argument.value)
        except ExpressionError as error:
            several = _each_by_itself(argument.value) or error.hint
            yield finding(entry, path, error.code, error.message, several, offset=offset + 1 + error.offset)
            return
        if isinstance(requirement, Needs):
            # The quote comes before the text.
            yield from _required(parsed, entry, path, requirement.grant, offset + 1)
        else:
            message = f"{quoted('holds')} takes one permission"
            hint = f"write {print_expression(as_condition(requirement))}"
            yield finding(entry, path, "SG507", message, hint, offset=offset)


def _each_by_itself(text: str) -> str | None:
    """A hint where *text* has several permissions that are separated somehow."""
    try:
        parts = tuple(as_condition(parse_requirement(part)) for part in _SEVERAL.split(text))
    except ExpressionError:
        return None
    is_any = "|" in text or " or " in text.lower()
    return f"write {print_expression(disjunction(parts) if is_any else conjunction(parts))}"


def _required(parsed: ParsedPack, entry: Entry, path: Path, grant: Grant, offset: int) -> Iterator[Diagnostic]:
    """What is wrong with asking whether *grant*, *offset* characters into a text, is held."""
    yield from parsed.names.unknown_permission(entry, path, grant, offset=offset)
    yield from misplaced(entry, path, grant, parsed.catalog, offset=offset)
    surface = parsed.catalog.surfaces.get(grant.surface)
    # A condition of its own applies to all kinds.
    kinds = kinds_of(entry) if isinstance(entry.content, RuleDoc) else ()
    if kinds and surface is not None and surface.holdable_by.isdisjoint(kinds):
        message = f"surface {quoted(grant.surface)} keeps out {' and '.join(kinds)}"
        yield finding(entry, path, "SG303", message, held_by(surface.holdable_by), offset=offset)
