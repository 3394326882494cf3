"""SG404, SG405, SG407, SG414 to SG417, SG419 and SG423: rules and codes fit, both ways; remedies say what they can."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.surface_builder import first_of_each
from scopeguard.documents.entries import Entry
from scopeguard.documents.schema import RemedyDoc
from scopeguard.errors import Diagnostic, Hint, Severity, did_you_mean, quoted
from scopeguard.model.codes import ENGINE_CODES, PLACEHOLDERS, STANDARD_CODES
from scopeguard.semantics.gate_kinds import GATE_KINDS

_BRACED: Final = re.compile(r"\{+([^{}]*)\}+|[{}]")
"""What is in braces, doubled ones too, and a brace that has no other."""
_ADVICE: Final = "advice"
_FIRST_ERROR: Final = 400
"""From here on an HTTP status is an error (RFC 9110, section 15)."""
_ADDRESS: Final = "https://"
_TARGET: Final = re.compile(
    r"(?:https://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?(?=[/?#]|\Z)|(?!//)[A-Za-z0-9._~%-]*(?=[/?#]|\Z))"
    r"[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*"
)
"""An address or a path in the characters of RFC 3986: one host that everybody reads alike, and none in a path."""


def check_codes(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Stages and codes on the right rules, remedies where a code is recoverable."""
    twice = _twice(parsed)
    for entry in parsed.pack.entries("rules"):
        yield from _rule(parsed, entry, twice)
    for entry in parsed.pack.entries("recovery"):
        if entry.name not in twice:
            yield from _recovered(parsed, entry)
            yield from _status(parsed, entry)
        yield from _class(entry)
        yield from _targets(parsed, entry)
        yield from _remedies(entry)
    yield from _unused(parsed)


def _twice(parsed: ParsedPack) -> frozenset[str]:
    """The codes that are defined twice: until one of the two is gone nobody knows of which class they are."""
    names = Counter(entry.name for entry in parsed.pack.entries("recovery"))
    return frozenset(name for name, count in names.items() if count > 1)


def _recovered(parsed: ParsedPack, entry: Entry) -> Iterator[Diagnostic]:
    if parsed.catalog.codes[entry.name].kind == "recovery" and entry.content.remedy is None:
        message = f"code {quoted(entry.name)} is of class recovery and has no remedy"
        hint = "say how a person recovers in remedy: {text: …}, or make it class: denial"
        yield finding(entry, (), "SG405", message, hint, key=True)


def _rule(parsed: ParsedPack, entry: Entry, twice: frozenset[str]) -> Iterator[Diagnostic]:
    rule = entry.content
    if rule.effect == "allow":
        for field in ("stage", "code"):
            if getattr(rule, field) is not None:
                message = f"allow rule {quoted(rule.id)} has a {field}"
                hint = "leave it out; only a denial has a stage and a code"
                yield finding(entry, (field,), "SG407", message, hint, key=True)
        return
    if rule.code is None:
        hint = "name a code of the recovery section or a standard one"
        yield finding(entry, ("id",), "SG404", f"{rule.effect} rule {quoted(rule.id)} has no code", hint)
    elif rule.code in parsed.catalog.codes and rule.code not in twice:
        advises = parsed.catalog.codes[rule.code].kind == _ADVICE
        if advises is not (rule.effect == "advise"):
            hint = "advice has a code of class advice" if not advises else "a denial has a code of another class"
            message = f"{rule.effect} rule {quoted(rule.id)} has the code {quoted(rule.code)} of class "
            message += parsed.catalog.codes[rule.code].kind
            yield finding(entry, ("code",), "SG414", message, hint)
    if rule.effect == "advise" and rule.stage is not None:
        message, hint = f"advise rule {quoted(rule.id)} has a stage", "leave it out; only a denial has a stage"
        yield finding(entry, ("stage",), "SG407", message, hint, key=True)


def _class(entry: Entry) -> Iterator[Diagnostic]:
    standard = STANDARD_CODES.get(entry.name)
    if standard is None or entry.content.kind is None:
        return
    if (standard.kind == _ADVICE) is not (entry.content.kind == _ADVICE):
        message = f"code {quoted(entry.name)} is of class {entry.content.kind}, and stands for {standard.kind}"
        yield finding(entry, (), "SG414", message, f"write class: {standard.kind}", key=True)


def _status(parsed: ParsedPack, entry: Entry) -> Iterator[Diagnostic]:
    status = entry.content.status
    if status is not None and status < _FIRST_ERROR and parsed.catalog.codes[entry.name].kind != _ADVICE:
        message = f"code {quoted(entry.name)} denies with status {status}, which callers take for success"
        yield finding(entry, ("status",), "SG419", message, "write a status from 400 to 599")


def _targets(parsed: ParsedPack, entry: Entry) -> Iterator[Diagnostic]:
    """Targets that no page has, or that are no links; a pack without pages may name any path, and any an address."""
    pages = parsed.catalog.settings
    has_pages = bool(pages) and parsed.pack.complete and not parsed.pack.broken["settings"]
    known = {*pages, *(f"{page}/{tab.id}" for page, tabs in pages.items() for tab in tabs)}
    doc = entry.content
    remedies: list[tuple[Path, RemedyDoc]] = [] if doc.remedy is None else [(("remedy",), doc.remedy)]
    remedies += [(("remedies", index), each) for index, each in enumerate(doc.remedies or ())]
    for path, remedy in remedies:
        target = remedy.target
        if target is None or target in known:
            continue
        hint: Hint
        if not _TARGET.fullmatch(target):
            message = f"{quoted(target)} is neither a page nor an address"
            hint = f"name a page, or write {_ADDRESS}, a host and a path, in the characters of RFC 3986"
            yield finding(entry, (*path, "target"), "SG423", message, hint)
        elif has_pages and not target.startswith(_ADDRESS):
            hint = did_you_mean(target, known) or "name a page, or a page and one of its entries"
            yield finding(entry, (*path, "target"), "SG423", f"no page has {quoted(target)}", hint)


def _remedies(entry: Entry) -> Iterator[Diagnostic]:
    doc = entry.content
    texts: list[tuple[Path, str]] = [] if doc.remedy is None else [(("remedy", "text"), doc.remedy.text)]
    texts += [(("remedies", index, "text"), each.text) for index, each in enumerate(doc.remedies or ())]
    for path, text in texts:
        for found in _BRACED.finditer(text):
            braced, name = found[0], found[1]
            if braced == f"{{{name}}}" and name in PLACEHOLDERS:
                continue
            hint: Hint
            if name is None:
                message, hint = (
                    f"{quoted(braced)} belongs to no placeholder",
                    "leave it out; a text has no other braces",
                )
            elif name in PLACEHOLDERS:
                message, hint = f"{quoted(braced)} would be shown in braces", f"write {{{name}}}"
            else:
                message = f"unknown placeholder {quoted(braced)}"
                hint = did_you_mean(name, PLACEHOLDERS) or f"one of {', '.join(PLACEHOLDERS)}"
            yield finding(entry, path, "SG415", message, hint, offset=found.start())
    if doc.remedies is not None and entry.name in ENGINE_CODES:
        message = f"code {quoted(entry.name)} is given without a rule, so that it has one remedy in all circumstances"
        yield finding(entry, ("remedies",), "SG417", message, "write one remedy", key=True)


def _unused(parsed: ParsedPack) -> Iterator[Diagnostic]:
    given = {entry.content.code for entry in parsed.pack.entries("rules")} | STANDARD_CODES.keys()
    given |= {each.code for kind in GATE_KINDS.values() for each in (kind, kind.advice) if each is not None}
    for entry in first_of_each(parsed.pack.entries("recovery")):
        if entry.name not in given and parsed.pack.complete and not parsed.pack.broken["rules"]:
            message = f"no rule gives the code {quoted(entry.name)}"
            hint = "name it in a rule, or leave it out"
            yield finding(entry, (), "SG416", message, hint, key=True, severity=Severity.WARNING)
