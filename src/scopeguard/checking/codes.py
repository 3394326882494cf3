"""SG404, SG405 and SG407: denials have codes, codes to recover from have remedies, and allows have neither."""

from collections.abc import Iterator

from scopeguard.checking.findings import finding
from scopeguard.checking.reading import Reading
from scopeguard.errors import Diagnostic, quoted


def check_codes(reading: Reading) -> Iterator[Diagnostic]:
    """Stages and codes on the right rules, remedies where people are told to recover."""
    for entry in reading.pack.entries("rules"):
        rule = entry.content
        if rule.effect == "deny":
            if rule.code is None:
                hint = "name a code of the recovery section or a standard one"
                yield finding(entry, ("id",), "SG404", f"deny rule {quoted(rule.id)} has no code", hint)
            continue
        for field in ("stage", "code"):
            if getattr(rule, field) is not None:
                message = f"allow rule {quoted(rule.id)} has a {field}"
                hint = "leave it out; only a denial has a stage and a code"
                yield finding(entry, (field,), "SG407", message, hint, key=True)
    for entry in reading.pack.entries("recovery"):
        if entry.content.kind == "recovery" and entry.content.remedy is None:
            message = f"code {quoted(entry.name)} is of class recovery and has no remedy"
            hint = "say how a person recovers in remedy: {text: …}, or make it class: denial"
            yield finding(entry, (), "SG405", message, hint, key=True)
