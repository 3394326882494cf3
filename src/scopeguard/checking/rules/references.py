"""SG203 to SG215: every name that a section refers to exists."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule, PatternUse, Use
from scopeguard.checking.texts import as_grant, is_dotted_name, offset_of
from scopeguard.checking.vocabulary import Vocabulary
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.documents.shapes import ALL
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import PERMISSION_STAGE, READING

_RULE_LISTS: Final = (("roles", "held roles"), ("channels", "channels"), ("environments", "environments"))
_RULE_NAMES: Final = (("stage", "stages"), ("code", "recovery"))


def check_references(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Names outside of conditions. Those in conditions are checked with their types."""
    pack, names = parsed.pack, parsed.names
    for place in parsed.places:
        yield from _pattern(place, names)
    for entry in pack.entries("surfaces"):
        yield from _surface(entry, names)
    for entry in pack.entries("action_groups"):
        for index, action in enumerate(entry.content):
            yield from names.check_known(entry, (index,), "actions", action)
    for entry in pack.entries("operations"):
        yield from _operation(entry, names)
    for entry in pack.entries("permissions"):
        for index, name in enumerate(entry.content.implies or ()):
            yield from names.check_known(entry, ("implies", index), "permissions", name)
    for entry in pack.entries("roles"):
        for index, name in enumerate(entry.content.holds):
            if is_dotted_name(name):
                yield from _named(entry, ("holds", index), "permissions", name, names)
    for rule in parsed.rules:
        yield from _rule(rule, names)
    for entry in pack.entries("settings"):
        yield from _page(entry, names)
    yield from _stages(pack)


def _pattern(place: PatternUse, names: Vocabulary) -> Iterator[Diagnostic]:
    entry, path, text, pattern = place.entry, place.path, place.text, place.pattern
    if pattern is None:
        return
    is_known = pattern.surface is None or names.knows("surfaces", pattern.surface)
    # What a scope includes is a scope more often than a permission, unless it is a whole set of them.
    if not is_known and place.use is Use.SCOPE and pattern.actions is not None and len(pattern.actions) == 1:
        yield from names.check_known(entry, path, "scopes", text)
    elif place.use is not Use.ROLE or pattern.surface is None or pattern.action_group is not None or not is_known:
        yield from names.unknown_in_pattern(entry, path, text, pattern)


def _named(entry: Entry, path: Path, kind: str, name: str, names: Vocabulary) -> Iterator[Diagnostic]:
    for unknown in names.check_known(entry, path, kind, name):
        if name in names.known["surfaces"]:
            hint = f'did you mean "{name}:*"?'
            yield finding(entry, path, unknown.code, unknown.message, hint)
        else:
            yield unknown


def _surface(entry: Entry, names: Vocabulary) -> Iterator[Diagnostic]:
    for action, implied in (entry.content.implies or {}).items():
        yield from names.check_known(entry, ("implies", action), "actions", action, surface=entry.name, key=True)
        for index, other in enumerate(implied):
            yield from names.check_known(entry, ("implies", action, index), "actions", other, surface=entry.name)
    for key, actions in (("audited", entry.content.audited), ("internal", entry.content.internal)):
        for index, action in enumerate(actions or ()):
            if action != ALL:
                yield from names.check_known(entry, (key, index), "actions", action, surface=entry.name)
    for action in entry.content.alias or ():
        yield from names.check_known(entry, ("alias", action), "actions", action, surface=entry.name, key=True)
    for action, embedded in (entry.content.embeds or {}).items():
        yield from names.check_known(entry, ("embeds", action), "actions", action, surface=entry.name, key=True)
        for index, name in enumerate(embedded):
            path = ("embeds", action, index)
            yield from names.check_known(entry, path, "surfaces", name)
            # Whoever may read the records gets them along; of a surface that nobody can read there are none.
            if name in names.known["surfaces"] and not any(names.may_have(name, each) for each in READING):
                yield from names.check_known(entry, path, "actions", READING[0], surface=name)


def _operation(entry: Entry, names: Vocabulary) -> Iterator[Diagnostic]:
    needs = entry.content.needs
    grant = as_grant(needs)
    if grant is None or grant.resource_id is not None:
        hint = "an operation falls under one permission, such as agents:write"
        yield finding(entry, ("needs",), "SG301", f"{quoted(needs)} is not a permission", hint)
    else:
        yield from names.unknown_permission(entry, ("needs",), grant, offset=offset_of(needs, str(grant)))
    for field in ("meter", "fair_use"):
        if getattr(entry.content, field) is not None:
            yield from names.check_known(entry, (field,), "meters", getattr(entry.content, field))


def _rule(rule: ParsedRule, names: Vocabulary) -> Iterator[Diagnostic]:
    entry, doc = rule.entry, rule.entry.content
    for index, name in enumerate(doc.on):
        if is_dotted_name(name):
            yield from _named(entry, ("on", index), "operations", name, names)
    for field, kind in _RULE_LISTS:
        for index, name in enumerate(getattr(doc, field) or ()):
            yield from names.check_known(entry, (field, index), kind, name)
    for field, kind in _RULE_NAMES:
        if getattr(doc, field) is not None:
            yield from names.check_known(entry, (field,), kind, getattr(doc, field))


def _page(entry: Entry, names: Vocabulary) -> Iterator[Diagnostic]:
    for index, tab in enumerate(entry.content):
        yield from names.check_known(entry, (index, "view"), "permissions", tab.view)
        if tab.manage is not None:
            yield from names.check_known(entry, (index, "manage"), "permissions", tab.manage)


def _stages(pack: Pack) -> Iterator[Diagnostic]:
    stages = list(pack.entries("stages"))
    if stages and PERMISSION_STAGE not in {stage.name for stage in stages} and pack.complete:
        hint = "it is where a principal that holds nothing is denied; put it in its place among the others"
        location = stages[0].document.locate(("catalog", "stages"), key=True)
        yield Diagnostic.at(location, "SG208", f"the stages lack {quoted(PERMISSION_STAGE)}", hint)
