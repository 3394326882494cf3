"""The usage classifier of a pack: its rows, and the table that they make."""

from collections.abc import Iterator
from itertools import product
from math import prod
from types import MappingProxyType
from typing import NamedTuple

from scopeguard.documents.entries import Entry
from scopeguard.documents.facts import UsageDoc
from scopeguard.documents.pack import Pack
from scopeguard.model.catalog import Catalog
from scopeguard.model.usage import MODALITIES, OTHER_CHANNEL, PRODUCTION, SENDERS, Usage, UsageCell, UsageTable


class Row(NamedTuple):
    """A row with the values that it admits, by part of an event."""

    entry: Entry
    doc: UsageDoc
    parts: tuple[tuple[str, ...], tuple[str | None, ...], tuple[str, ...], tuple[str, ...]]

    @property
    def size(self) -> int:
        """How many kinds of events it admits."""
        return prod(map(len, self.parts))

    def cells(self) -> Iterator[UsageCell]:
        """Every kind of event that it admits."""
        return product(*self.parts)


def build_usage(pack: Pack, catalog: Catalog) -> UsageTable:
    """The table of a checked pack. Of rows that agree on an event the first by id is recorded."""
    cells: dict[UsageCell, Usage] = {}
    for row in usage_rows(pack, catalog):
        meter = catalog.meters.get(row.doc.meter or "")
        usage = Usage(row.doc.meter, None if meter is None else meter.kind, row.doc.id, row.doc.because)
        for cell in row.cells():
            cells.setdefault(cell, usage)
    return UsageTable(frozenset(catalog.environments), frozenset(catalog.channels), MappingProxyType(cells))


def usage_rows(pack: Pack, catalog: Catalog) -> list[Row]:
    """Every row by id, whatever the order of the files; names that the pack does not have admit nothing."""
    # Production is always there: events of an unknown environment count as its own.
    environments = tuple(dict.fromkeys((*catalog.environments, PRODUCTION)))
    channels = (*catalog.channels, OTHER_CHANNEL)
    rows = []
    for entry in pack.entries("usage"):
        doc: UsageDoc = entry.content
        others = doc.other_channels or ()
        parts = (
            tuple(each for each in environments if doc.environments is None or each in doc.environments),
            tuple(each for each in channels if each not in others and (doc.channels is None or each in doc.channels)),
            MODALITIES if doc.modality is None else (doc.modality,),
            SENDERS if doc.sender is None else (doc.sender,),
        )
        rows.append(Row(entry, doc, parts))
    return sorted(rows, key=lambda row: row.doc.id)
