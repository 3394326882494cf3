"""SG213 to SG215, SG401 and more: the usage classifier names what exists, and no event counts on two meters."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.usage_table import Row, usage_rows
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, quoted
from scopeguard.limits import MAX_USAGE_CELLS
from scopeguard.model.usage import OTHER_CHANNEL, UsageCell

_NAMES: Final = (("environments", "environments"), ("channels", "channels"), ("other_channels", "channels"))


def check_usage(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Unknown names, rows that match nothing, and events on which two rows disagree."""
    for entry in parsed.pack.entries("usage"):
        yield from _names(parsed, entry)
    rows = usage_rows(parsed.pack, parsed.catalog)
    if sum(row.size for row in rows) > MAX_USAGE_CELLS:
        message = f"the rows of usage cover more than {MAX_USAGE_CELLS} kinds of events"
        yield finding(rows[0].entry, (), "SG411", message, "declare fewer channels and environments, or use fewer rows")
        return
    first: dict[UsageCell, Row] = {}
    for row in rows:
        doc = row.doc
        if doc.channels is not None and set(doc.channels) <= set(doc.other_channels or ()):
            message = f"usage row {quoted(doc.id)} can never match: other_channels leaves none of its channels"
            yield finding(row.entry, ("other_channels",), "SG401", message, "keep one of the two lists", key=True)
        for cell in row.cells():
            other = first.setdefault(cell, row)
            if other.doc.meter != doc.meter and other.doc.id != doc.id:
                yield _disagreement(row, other, cell)
                break


def _names(parsed: ParsedPack, entry: Entry) -> Iterator[Diagnostic]:
    for field, kind in _NAMES:
        for index, name in enumerate(getattr(entry.content, field) or ()):
            yield from parsed.names.check_known(entry, (field, index), kind, name)
    if entry.content.meter is not None:
        yield from parsed.names.check_known(entry, ("meter",), "meters", entry.content.meter)


def _disagreement(row: Row, other: Row, cell: UsageCell) -> Diagnostic:
    environment, channel, modality, sender = cell
    where = "on an unknown channel" if channel is OTHER_CHANNEL else f"on {channel}"
    event = f"{environment} {modality} from the {sender} {where}"
    said = " and ".join(f"{_meter(each)} by {quoted(each.doc.id)}" for each in (other, row))
    place = other.entry.document.locate((*other.entry.path, "id"))
    hint = f"rows have no order, so narrow one of them; the other is at {place}"
    path: Path = ("id",)
    return finding(row.entry, path, "SG410", f"{event} counts on {said}", hint)


def _meter(row: Row) -> str:
    return "nothing" if row.doc.meter is None else quoted(row.doc.meter)
