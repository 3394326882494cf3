"""SG701 to SG708: what is wrong with tests, and what those say that are right.

Reading tests resolves everything that they name: a suite holds principals, resources and circumstances as the library
makes them, and the one word that each cell is expected to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import Reading
from scopeguard.checking.test_suites.expectations import Grid
from scopeguard.checking.test_suites.fixtures import Named, Namer
from scopeguard.checking.test_suites.matrices import Budget, GridReader
from scopeguard.documents.entries import Document, Entry
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, quoted

__all__ = ["SuiteReading", "check_suites", "read_suite"]


@dataclass(frozen=True, slots=True)
class SuiteReading:
    """The tests of one file."""

    document: Document
    named: Named
    grids: tuple[Grid, ...]


def check_suites(reading: Reading) -> Iterator[Diagnostic]:
    """The tests that stand in policy files."""
    for document in reading.pack.documents:
        tests = document.content.tests
        if tests is not None:
            own = Pack((document,), reading.pack.broken, reading.pack.complete)
            yield from read_suite(own, reading)[1]
            if tests.pack is not None:
                entry = Entry(document, ("tests",), "tests", tests)
                message = "tests in a policy file are of its own pack"
                yield finding(entry, ("pack",), "SG707", message, "leave the key out", key=True)


def read_suite(own: Pack, reading: Reading) -> tuple[SuiteReading, list[Diagnostic]]:
    """The tests of the one file that *own* holds, about the pack that was read; and what is wrong with them."""
    (document,) = own.documents
    namer = Namer(own, reading)
    named = namer.read()
    findings = namer.findings
    grids: dict[str, Grid] = {}
    budget = Budget()
    entries: dict[str, Entry] = {}
    for entry in own.entries("tests.matrices"):
        first = entries.setdefault(entry.name, entry)
        if first is not entry:
            hint = f"first defined at {document.locate((*first.path, 'id'))}"
            findings.append(finding(entry, ("id",), "SG201", f"matrix {quoted(entry.name)} is defined twice", hint))
            continue
        reader = GridReader(entry, namer, reading, budget)
        grid = reader.read()
        findings.extend(reader.findings)
        if grid is not None:
            grids[entry.name] = grid
    accepts = document.content.tests is not None and document.content.tests.accepts is not None
    if not entries and not accepts and not own.broken["tests.matrices"] and own.complete:
        tests = Entry(document, ("tests",), "tests", None)
        hint = "a matrix has an id, principals and a table"
        findings.append(finding(tests, (), "SG707", "tests without a matrix test nothing", hint, key=True))
    return SuiteReading(document, named, tuple(grids.values())), findings
