"""SG126, SG216, SG412, SG413, SG418 and more: gates read one fact, of what their operations count on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, EvaluationError, Severity, quoted
from scopeguard.model.catalog import FAIR_USE, PERMISSION_STAGE
from scopeguard.model.facts import AS_OF
from scopeguard.semantics.gate_kinds import GATE_KINDS, kinds_of
from scopeguard.semantics.timestamps import parse_duration

_ALL: Final = f"{', '.join(list(GATE_KINDS)[:-1])} or {list(GATE_KINDS)[-1]}"
_METERED: Final = ("entitlement", FAIR_USE)


def check_gates(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Gates and what operations count on."""
    for entry in parsed.pack.entries("gates"):
        yield from _gate(parsed, entry)
    for entry in parsed.pack.entries("operations"):
        for field in ("meter", FAIR_USE):
            yield from _kind(parsed, entry, (field,), getattr(entry.content, field), "operation")
        for environment, bucket in (entry.content.instead or {}).items():
            path = ("instead", environment)
            yield from parsed.names.check_known(entry, path, "environments", environment, key=True)
            yield from parsed.names.check_known(entry, path, "meters", bucket)
            yield from _kind(parsed, entry, path, bucket, "operation")
    for entry in parsed.pack.entries("providers"):
        if entry.name == AS_OF:
            message = f"kind of provider {quoted(AS_OF)} is built in"
            yield finding(entry, (), "SG201", message, "it is when the facts were read; choose another name")
    yield from _age(parsed)


def _gate(parsed: ParsedPack, entry: Entry) -> Iterator[Diagnostic]:
    doc, names = entry.content, parsed.names
    named = kinds_of(doc)
    if len(named) != 1:
        several = f"names {' and '.join(named)}" if named else "names no fact"
        yield finding(entry, ("id",), "SG126", f"gate {quoted(doc.id)} {several}", f"name one of {_ALL}")
    for kind in named:
        yield from _stage(parsed, entry, kind)
    for index, operation in enumerate(doc.on):
        yield from names.check_known(entry, ("on", index), "operations", operation)
    for index, kind in enumerate(doc.provider or ()):
        yield from names.check_known(entry, ("provider", index), "providers", kind)
    for field in _METERED:
        meter = getattr(doc, field)
        if meter is not None:
            yield from names.check_known(entry, (field,), "meters", meter)
            yield from _kind(parsed, entry, (field,), meter, "gate")
            yield from _counted(parsed, entry, field, meter)


def _stage(parsed: ParsedPack, entry: Entry, kind: str) -> Iterator[Diagnostic]:
    stage, stages = GATE_KINDS[kind].stage, parsed.catalog.stages
    yield from parsed.names.check_known(entry, (kind,), "stages", stage, key=True)
    if stage in stages and stages.index(stage) < stages.index(PERMISSION_STAGE):
        message = f"the stage {quoted(stage)} comes before {quoted(PERMISSION_STAGE)}, so that strangers learn of facts"
        hint = "move it after permission in the list of stages"
        yield finding(entry, (kind,), "SG418", message, hint, key=True, severity=Severity.WARNING)


def _kind(parsed: ParsedPack, entry: Entry, path: Path, name: str | None, what: str) -> Iterator[Diagnostic]:
    meter = parsed.catalog.meters.get(name or "")
    is_bucket = path[0] in (FAIR_USE, "instead")
    if meter is None or (meter.kind == FAIR_USE) is is_bucket:
        return
    message = f"{what} {quoted(entry.name)} names {quoted(meter.name)}, of kind {meter.kind}, under {path[0]}"
    hint = "name a meter of kind fair_use" if is_bucket else "name a bucket of fair use under fair_use"
    yield finding(entry, path, "SG412", message, hint)


def _counted(parsed: ParsedPack, entry: Entry, field: str, meter: str) -> Iterator[Diagnostic]:
    for index, name in enumerate(entry.content.on):
        operation = parsed.catalog.operations.get(name)
        if operation is not None and not operation.counts_on(meter) and meter in parsed.catalog.meters:
            message = f"operation {quoted(name)} does not count on {quoted(meter)}"
            key = FAIR_USE if field == FAIR_USE else "meter"
            yield finding(entry, ("on", index), "SG412", message, f"give the operation {key}: {meter}")


def _age(parsed: ParsedPack) -> Iterator[Diagnostic]:
    for entry in parsed.pack.entries("facts_max_age"):
        try:
            age = parse_duration(entry.name)
        except EvaluationError:
            message, hint = f"{quoted(entry.name)} is not a duration", "write a number and a unit, such as 90s or 5m"
            yield finding(entry, (), "SG413", message, hint)
        else:
            if age < timedelta(seconds=1):
                yield finding(entry, (), "SG413", "no fact is as young as that", "write a duration of a second or more")
    first = next(parsed.pack.entries("gates"), None)
    if first is not None and parsed.pack.complete and not list(parsed.pack.entries("facts_max_age")):
        hint = "say under catalog how old facts may be, such as facts_max_age: 5m"
        yield finding(first, ("id",), "SG413", "gates read facts, and no facts_max_age is set", hint)
