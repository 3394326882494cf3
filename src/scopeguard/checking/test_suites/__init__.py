"""SG701 to SG708: what is wrong with tests, and what those say that are right.

Reading tests resolves everything that they name: a suite holds principals, resources and circumstances as the library
makes them, and the one word that each cell is expected to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.test_suites.expectations import ExpectedMatrix
from scopeguard.checking.test_suites.fixtures import FixtureReader, Fixtures
from scopeguard.checking.test_suites.matrices import Budget, GridReader
from scopeguard.documents.entries import Document, Entry
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, quoted

__all__ = ["ParsedTests", "check_suites", "read_suite"]


@dataclass(frozen=True, slots=True)
class ParsedTests:
    """The tests of one file."""

    document: Document
    named: Fixtures
    grids: tuple[ExpectedMatrix, ...]


def check_suites(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """The tests inside of policy files."""
    for document in parsed.pack.documents:
        tests = document.content.tests
        if tests is not None:
            own = Pack((document,), parsed.pack.broken, parsed.pack.complete)
            yield from read_suite(own, parsed)[1]
            if tests.pack is not None:
                entry = Entry(document, ("tests",), "tests", tests)
                message = "tests in a policy file are of its own pack"
                yield finding(entry, ("pack",), "SG707", message, "leave the key out", key=True)


def read_suite(own: Pack, parsed: ParsedPack) -> tuple[ParsedTests, list[Diagnostic]]:
    """The tests of the one file that *own* holds, about the pack that was read; and what is wrong with them."""
    (document,) = own.documents
    namer = FixtureReader(own, parsed)
    named = namer.read()
    findings = namer.findings
    grids: dict[str, ExpectedMatrix] = {}
    budget = Budget()
    entries: dict[str, Entry] = {}
    for entry in own.entries("tests.matrices"):
        first = entries.setdefault(entry.name, entry)
        if first is not entry:
            hint = f"first defined at {document.locate((*first.path, 'id'))}"
            findings.append(finding(entry, ("id",), "SG201", f"matrix {quoted(entry.name)} is defined twice", hint))
            continue
        reader = GridReader(entry, namer, parsed, budget)
        grid = reader.read()
        findings.extend(reader.findings)
        if grid is not None:
            grids[entry.name] = grid
    accepts = document.content.tests is not None and document.content.tests.accepts is not None
    if not entries and not accepts and not own.broken["tests.matrices"] and own.complete:
        tests = Entry(document, ("tests",), "tests", None)
        hint = "a matrix has an id, principals and a table"
        findings.append(finding(tests, (), "SG707", "tests without a matrix test nothing", hint, key=True))
    return ParsedTests(document, named, tuple(grids.values())), findings
