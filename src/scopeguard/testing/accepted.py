"""What a layer answers in another way than the tests of the layer below expect, and says so."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePath
from typing import Final

from msgspec.structs import replace

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.test_suites.expectations import ALLOW, DENY
from scopeguard.documents.entries import Document, Entry
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, Hint, did_you_mean, quoted
from scopeguard.testing.suites import Cell, Suite

_NOTHING_BELOW: Final = "it goes with a pack that builds on the shipped one"


class Accepted:
    """The cells that some documents accept, by their ids without the folders of their files."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._entries = tuple(Pack(tuple(documents)).entries("tests.accepts"))
        self._by_id: dict[str, Entry] = {}
        for entry in self._entries:
            self._by_id.setdefault(entry.name, entry)
        self._known: list[str] = []

    def over(self, suite: Suite, surfaces: Collection[str]) -> Suite:
        """What a suite asks about some *surfaces*, with the answers that are accepted in the place of its own."""
        # Of what a layer above adds, the tests of the layer below expect nothing.
        asked = (cell for cell in suite.cells if suite.guard.catalog.surface_of(cell.action) in surfaces)
        return Suite(suite.file, suite.guard, tuple(map(self._cell, asked)))

    def _cell(self, cell: Cell) -> Cell:
        known = f"{PurePath(cell.file).name}::{cell.matrix}::{cell.name}"
        self._known.append(known)
        entry = self._by_id.get(known)
        if entry is None:
            return cell
        location = entry.document.locate(entry.path, key=True)
        return replace(
            cell, expected=entry.content.answer, more={}, location=location, accepts=(cell.expected, cell.more)
        )

    def findings(self, parsed: ParsedPack | None) -> Iterator[Diagnostic]:
        """SG201 and SG710: what is accepted twice, or of no cell that there is; and unknown codes."""
        for entry in self._entries:
            first = self._by_id[entry.name]
            if first is not entry:
                first_place = f"first accepted at {first.document.locate(first.path, key=True)}"
                yield finding(entry, (), "SG201", f"cell {quoted(entry.name)} is accepted twice", first_place, key=True)
            if entry.name not in self._known:
                hint: Hint = (
                    (did_you_mean(entry.name, self._known) or "copy the id from a report")
                    if self._known
                    else _NOTHING_BELOW
                )
                yield finding(entry, (), "SG710", f"no test of a layer below is {quoted(entry.name)}", hint, key=True)
            if parsed is not None and entry.content.answer not in (ALLOW, DENY):
                yield from parsed.names.check_known(entry, ("answer",), "recovery", entry.content.answer)
