"""SG203 to SG215, SG301, SG306, SG604 and conditions: what an invariant names exists and makes sense."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.rules.conditions import check_condition
from scopeguard.checking.rules.qualifiers import misplaced
from scopeguard.checking.texts import as_grant, is_dotted_name
from scopeguard.documents.entries import Entry
from scopeguard.documents.invariants import ClaimDoc, WhoDoc
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.principal import SCOPED
from scopeguard.syntax.parser import ExpressionError, parse_condition, parse_pattern

_LISTS: Final = (("channels", "channels"), ("environments", "environments"), ("meters", "meters"))
_HOLDERS: Final = (("scopes", SCOPED), ("roles", frozenset({"member"})))
"""What a claim may name, and the kinds that hold it."""


def check_invariants(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Every invariant: one claim, of names that there are."""
    for entry in parsed.pack.entries("invariants"):
        claims = [(word, getattr(entry.content, word)) for word in ("never", "always")]
        said = [(word, claim) for word, claim in claims if claim is not None]
        words = [*(word for word, _ in said), *(("files",) if entry.content.files is not None else ())]
        if len(words) != 1:
            what = " and ".join(words) or "nothing"
            message = f"invariant {quoted(entry.name)} says {what}"
            yield finding(entry, ("id",), "SG604", message, "say one of never, always and files")
        for word, claim in said:
            yield from _claim(parsed, entry, word, claim)


def _claim(parsed: ParsedPack, entry: Entry, word: str, claim: ClaimDoc) -> Iterator[Diagnostic]:
    if claim.principal is not None:
        yield from _who(parsed, entry, (word, "principal"), claim.principal)
    surfaces: set[str] = set()
    for index, text in enumerate(claim.action or ()):
        yield from _action(parsed, entry, (word, "action", index), text, surfaces)
    for field, kind in _LISTS:
        for index, name in enumerate(getattr(claim, field) or ()):
            yield from parsed.names.check_known(entry, (word, field, index), kind, name)
    if word == "always" and claim.meters is not None:
        message = f"invariant {quoted(entry.name)} says what is always counted"
        yield finding(entry, (word, "meters"), "SG604", message, "say under never what is not counted", key=True)
    if claim.when is None:
        return
    try:
        tree = parse_condition(claim.when)
    except ExpressionError as error:
        yield finding(entry, (word, "when"), error.code, error.message, error.hint, offset=error.offset)
    else:
        about = surfaces if claim.action is not None else parsed.catalog.surfaces
        yield from check_condition(parsed, entry, (word, "when"), claim.when, tree, about)


def _who(parsed: ParsedPack, entry: Entry, path: Path, who: WhoDoc) -> Iterator[Diagnostic]:
    for index, text in enumerate(who.scopes or ()):
        grant = as_grant(text)
        if grant is None:
            hint = "a scope is surface:action, without wildcards"
            yield finding(entry, (*path, "scopes", index), "SG301", f"{quoted(text)} is not a scope", hint)
        else:
            yield from parsed.names.check_known(entry, (*path, "scopes", index), "scopes", grant.permission)
            if grant.resource_id is not None and grant.surface not in parsed.catalog.surfaces:
                message = f"scope {quoted(grant.permission)} cannot be narrowed to one resource"
                yield finding(entry, (*path, "scopes", index), "SG306", message, "leave out what follows the slash")
            yield from misplaced(entry, (*path, "scopes", index), grant, parsed.catalog, offset=0)
    for index, name in enumerate(who.roles or ()):
        yield from parsed.names.check_known(entry, (*path, "roles", index), "roles", name)
    for field, holders in _HOLDERS:
        if getattr(who, field) is not None and who.kinds is not None and holders.isdisjoint(who.kinds):
            message = f"none of the kinds of invariant {quoted(entry.name)} holds {field}"
            hint = f"{field} are held by {' and '.join(sorted(holders))}"
            yield finding(entry, (*path, field), "SG604", message, hint, key=True)


def _action(parsed: ParsedPack, entry: Entry, path: Path, text: str, surfaces: set[str]) -> Iterator[Diagnostic]:
    """What is wrong with one action; the surfaces that it is about are added to *surfaces*."""
    names, catalog = parsed.names, parsed.catalog
    if is_dotted_name(text):
        yield from names.check_known(entry, path, "operations", text)
        if text in catalog.operations:
            surfaces.add(catalog.operations[text].permission.partition(":")[0])
        return
    try:
        pattern = parse_pattern(text)
    except ExpressionError as error:
        yield finding(entry, path, error.code, error.message, error.hint, offset=error.offset)
        return
    wrong = tuple(names.unknown_in_pattern(entry, path, text, pattern))
    yield from wrong
    if not wrong:
        reached = expand_pattern(pattern, catalog.surfaces, wildcard_reaches_all=True)
        surfaces.update(permission.partition(":")[0] for permission in reached)
