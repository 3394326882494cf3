"""SG122, SG123, SG312 and SG403: what a role holds is said and exists, and its condition asks for no grants."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule, Use
from scopeguard.checking.texts import offset_of
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax.expression import HOLDS, TRUE, Call, Ident, walk

_MARKER: Final = "a role that only rules name says marker: true"


def check_roles(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Roles that hold nothing or what there is not, inert scopes with contents, and conditions of what they decide."""
    for entry in parsed.pack.entries("roles"):
        yield from _holds_nothing(entry)
        if entry.content.when is not None and "rank" in entry.content.model_fields_set:
            message = f"the rank of role {quoted(entry.name)} says nothing: nobody is assigned it"
            yield finding(entry, ("rank",), "SG312", message, "leave it out", key=True)
    for entry in parsed.pack.entries("scopes"):
        doc = entry.content
        if doc.inert and (doc.includes or doc.kinds):
            message, hint = f"scope {quoted(entry.name)} is inert and includes something", "leave out one of the two"
            yield finding(entry, ("inert",), "SG312", message, hint, key=True, severity=Severity.WARNING)
    for role in parsed.conditional_roles:
        yield from _circles(role)
    yield from _lacking(parsed)


def _holds_nothing(entry: Entry) -> Iterator[Diagnostic]:
    doc = entry.content
    if doc.marker and doc.holds:
        message = f"role {quoted(entry.name)} is a marker and holds something"
        yield finding(entry, ("marker",), "SG312", message, "leave out marker, or what it holds", key=True)
    elif not doc.marker and "holds" not in doc.model_fields_set:
        yield finding(entry, (), "SG122", 'missing key "holds"', _MARKER)
    elif not doc.marker and not doc.holds:
        yield finding(entry, ("holds",), "SG123", "empty list", f"name at least one; {_MARKER}")


def _circles(role: ParsedRule) -> Iterator[Diagnostic]:
    """What somebody holds, asked in order to know what it holds."""
    for node in walk(role.conditions.get("when", TRUE)):
        match node:
            case Call(function=function) if function == HOLDS:
                asked = "holds(…)"
            case Ident(name=asked) if asked in ROLE_LISTS:
                pass
            case _:
                continue
        message = (
            f"the condition of role {quoted(role.entry.name)} asks for {quoted(asked)}, and the role is a part of that"
        )
        hint = "ask for principal.roles, which are those that it is assigned"
        yield finding(role.entry, ("when",), "SG312", message, hint, offset=node.span.start)


def _lacking(parsed: ParsedPack) -> Iterator[Diagnostic]:
    names = parsed.names
    for place in parsed.places:
        if place.use is not Use.ROLE or place.pattern is None or place.pattern.surface is None:
            continue
        surface = place.pattern.surface
        for action in sorted(place.pattern.actions or ()):
            if not names.complete or surface not in names.actions or action in names.actions[surface]:
                continue
            permission = quoted(f"{surface}:{action}")
            message = f"role {quoted(place.entry.name)} grants {permission}, which no surface has"
            hint = names.hints.near_or_some(action, names.actions[surface], surface)
            offset = offset_of(place.text, action, place.text.index(":"))
            yield finding(place.entry, place.path, "SG403", message, hint, offset=offset)
