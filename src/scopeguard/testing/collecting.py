"""From paths to tests: files found, packs loaded once, every finding reported at once."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.test_suites import ParsedTests, read_suite
from scopeguard.compiling import loading
from scopeguard.documents.entries import Document
from scopeguard.documents.files import SUFFIXES, TEST_SUFFIXES, list_files
from scopeguard.documents.loading import read_pack, read_source
from scopeguard.documents.pack import SECTIONS, Pack
from scopeguard.documents.snapshot import Snapshot, take
from scopeguard.documents.strays import stray_sections
from scopeguard.errors import Diagnostic, PolicyError, Severity, quoted
from scopeguard.guard import Guard
from scopeguard.inspection import invariants_of, place_of
from scopeguard.shipped import default_pack
from scopeguard.source import Source
from scopeguard.testing.accepted import Accepted
from scopeguard.testing.suites import Cell, Suite, cells_of

if TYPE_CHECKING:
    from scopeguard.analysis.violations import Violation

PathLike: TypeAlias = str | os.PathLike[str]

DEFAULT_PACK: Final = "default"
"""What the shipped pack is called under ``tests.pack``."""


class Packs:
    """The packs that tests are about, each read once.

    *with_default* puts the shipped one beneath each of them, but not beneath one that a file of tests names itself.
    """

    def __init__(self, *, with_default: bool = False) -> None:
        self._with_default = with_default
        self._read: dict[tuple[str, ...], ParsedPack] = {}
        self._guards: dict[tuple[str, ...], Guard] = {}

    def of(self, *paths: str) -> tuple[str, ...]:
        """The paths of the pack at *paths*."""
        return (default_pack(), *paths) if self._with_default else paths

    def require(self, *paths: str) -> None:
        """Raise PolicyError where there is a pack at *paths*, and it does not load."""
        if paths:
            self.guard(self.of(*paths))

    def reading(self, paths: tuple[str, ...]) -> ParsedPack:
        """The pack of some paths as it is written, whatever is wrong with it."""
        if paths not in self._read:
            self._read[paths] = ParsedPack.of(read_pack(paths)[0])
        return self._read[paths]

    def guard(self, paths: tuple[str, ...]) -> Guard:
        """A guard for the pack. Raises PolicyError where it does not load."""
        if paths not in self._guards:
            self._guards[paths] = Guard.load(paths)
        return self._guards[paths]


@dataclass(frozen=True, slots=True)
class _Read:
    """A file of tests: what is wrong with it, the paths of its pack, and what it says where it can be read."""

    findings: Sequence[Diagnostic]
    paths: tuple[str, ...] = ()
    tests: ParsedTests | None = None


def collect(paths: Iterable[PathLike] = (), packs: Packs | None = None) -> tuple[Suite, ...]:
    """The tests of *paths*: folders, policy files and ``*_test.yaml`` files; without any, those of the shipped pack.

    *packs* are those that were read before.

    A folder has the tests of its policy files and its ``*_test.yaml`` files, those of folders inside too. A layer above
    the shipped pack has the tests of that one besides, to be answered as they are there or as it ``accepts``. Raises
    PolicyError with every finding, where a file of tests has a mistake or a pack does not load.
    """
    known = Packs() if packs is None else packs
    suites: dict[str, Suite] = {}
    findings: dict[Diagnostic, None] = {}
    given = [os.fspath(path) for path in paths] or [default_pack()]
    for text in given:
        for suite in (*_in_policies(text, known), *_in_files(text, known), *_of_below(text, known)):
            if isinstance(suite, Suite):
                suites.setdefault(suite.file, suite)
            else:
                findings.update(dict.fromkeys(suite))
    if findings:
        raise PolicyError(findings)
    if not suites:
        # No test is about it, and nothing else would tell that it does not load.
        known.require(*(text for text in given if not _is_tests(text) and list_files(text).files))
    return tuple(suites[file] for file in sorted(suites))


def pinned_cells(paths: Iterable[PathLike] = (), packs: Packs | None = None) -> list[Cell]:
    """The cells of all tests of *paths*, with *packs* read once. Raises PolicyError as :func:`collect` does."""
    return [cell for suite in collect(paths, packs) for cell in suite.cells]


class Problems(NamedTuple):
    """Every finding about a pack, and how many of its invariants were proved; None where they were not looked at."""

    findings: tuple[Diagnostic, ...]
    proved: int | None = None


def find_problems(paths: Iterable[PathLike] = (), *, with_default: bool = False) -> tuple[Diagnostic, ...]:
    """The findings of :func:`examine`."""
    return examine(paths, with_default=with_default).findings


def examine(paths: Iterable[PathLike] = (), *, with_default: bool = False) -> Problems:
    """Every finding about a pack, its invariants and the ``*_test.yaml`` files in its folders, by place.

    Without paths about the shipped one; *with_default* puts it beneath the others.
    Nothing is raised for what the files say. A file of tests brings the findings of the pack that it is about.
    """
    given = [os.fspath(path) for path in paths] or [default_pack()]
    packs = Packs(with_default=with_default)
    pack = tuple(text for text in given if not _is_tests(text))
    whole = (default_pack(), *pack) if with_default else pack
    found = dict.fromkeys(loading.find_problems(whole) if pack else ())
    proved: int | None = None
    if pack and all(each.severity is not Severity.ERROR for each in found):
        broken, proved = _invariants(Guard.load(whole), whole)
        found.update(dict.fromkeys(broken))
    seen = {whole}
    for text in given:
        taken = _taken(text)
        found.update(dict.fromkeys(taken.findings if _is_tests(text) else ()))
        for _, source in taken.texts:
            read = _read(source, packs)
            found.update(dict.fromkeys(read.findings))
            if read.paths and read.paths not in seen:
                seen.add(read.paths)
                found.update(dict.fromkeys(loading.find_problems(read.paths)))
    return Problems(tuple(sorted(found, key=lambda each: each.sort_key)), proved)


def _invariants(guard: Guard, paths: Sequence[str]) -> tuple[list[Diagnostic], int | None]:
    """A finding for each invariant that does not hold or is not decided, and how many are proved."""
    claims = invariants_of(guard)
    try:
        violations = guard.verify()
    except ModuleNotFoundError as error:
        hint = f"{len(claims)} in this pack; {error}"
        return [Diagnostic.at(claims[0].location, "SG605", "invariants are not decided", hint, Severity.WARNING)], None
    return [_beside(each.of(paths), guard) for each in violations], len(claims) - len(violations)


def _beside(violation: "Violation", guard: Guard) -> Diagnostic:
    """The finding about an invariant, with the places of the rules and grants that decide what breaks it."""
    rules = () if violation.decision is None else violation.decision.rules
    places = ((place_of(guard, rule), rule) for rule in rules)
    related = tuple((place, f"decided by {rule}") for place, rule in places if place is not None)
    return replace(violation.diagnostic, related=related)


def _is_tests(text: str) -> bool:
    return text.endswith(TEST_SUFFIXES)


def _taken(text: str) -> Snapshot:
    """The files of tests at a path: none for a policy file."""
    named = text if _is_tests(text) or not text.endswith(SUFFIXES) else ()
    return take(lambda look: list_files(named, look, tests=True))


def _in_files(text: str, packs: Packs) -> Iterator[Suite | Sequence[Diagnostic]]:
    taken = _taken(text)
    yield taken.findings
    for file, source in taken.texts:
        read = _read(source, packs)
        yield read.findings
        if read.tests is not None:
            yield _suite(file.name, read.tests, read.paths, packs)


def _in_policies(text: str, packs: Packs) -> Iterator[Suite | Sequence[Diagnostic]]:
    """The tests inside of the policy files of a path."""
    if _is_tests(text):
        return
    listing = list_files(text)
    if not listing.files:
        # A folder may hold nothing but tests of another one.
        yield [each for each in listing.findings if each.code != "SG112"]
        return
    pack, findings = read_pack(text)
    own = {document.file for document in pack.documents if document.content.tests is not None}
    if not own and all(each.severity is not Severity.ERROR for each in findings):
        return
    paths = packs.of(text)
    reading = packs.reading(paths)
    for document in reading.pack.documents:
        if document.file in own:
            tests, _ = read_suite(Pack((document,), reading.pack.broken), reading)
            yield _suite(document.file, tests, paths, packs)
    if not own:
        yield findings


def _of_below(text: str, packs: Packs) -> Iterator[Suite | Sequence[Diagnostic]]:
    """The tests of the layer below a pack, about the pack as a whole; and what it accepts without need."""
    documents = list(_documents(text))
    paths: tuple[str, ...] = ()
    if not _is_tests(text) and list_files(text).files:
        paths = packs.of(text)
        reading = packs.reading(paths)
        documents += reading.pack.documents
    accepted = Accepted(documents)
    below = reading.pack.below() if paths else None
    if below is not None:
        surfaces = frozenset(entry.name for entry in below.entries("surfaces"))
        for document in _documents(default_pack()):
            tests, findings = read_suite(Pack((document,)), reading)
            yield findings
            suite = _suite(document.file, tests, paths, packs)
            yield accepted.over(suite, surfaces) if isinstance(suite, Suite) else suite
    yield tuple(accepted.findings(packs.reading(paths) if paths else None))


def _documents(text: str) -> Iterator[Document]:
    """What the files of tests of a path say, as far as they can be read."""
    for _, source in _taken(text).texts:
        document = None if isinstance(source, Diagnostic) else read_source(source).document
        if document is not None:
            yield document


def _suite(file: str, tests: ParsedTests, paths: tuple[str, ...], packs: Packs) -> Suite | Sequence[Diagnostic]:
    try:
        guard = packs.guard(paths)
    except PolicyError as error:
        return error.diagnostics
    return Suite(file, guard, tuple(cells_of(file, tests, guard)))


def _read(source: Source | Diagnostic, packs: Packs) -> _Read:
    if isinstance(source, Diagnostic):
        return _Read([source])
    shaped = read_source(source)
    document = shaped.document
    if document is None:
        return _Read(shaped.findings)
    findings = [*shaped.findings, *stray_sections(document.tree)]
    paths, unknown = _pack_of(document, packs)
    if unknown:
        return _Read([*findings, *unknown])
    broken: dict[str, frozenset[str]] = dict.fromkeys(SECTIONS, frozenset())
    for kind, name in shaped.broken:
        broken[kind] |= {name}
    tests, more = read_suite(Pack((document,), broken, shaped.complete), packs.reading(paths))
    return _Read([*findings, *more], paths, tests)


def _pack_of(document: Document, packs: Packs) -> tuple[tuple[str, ...], list[Diagnostic]]:
    """The paths of the pack that a file of tests is about, and a finding for each that is not there."""
    folder = PurePath(document.file).parent
    named = document.content.tests and document.content.tests.pack
    if not named:
        return packs.of(str(folder)), []
    # Without the dots, so that one pack has one name.
    paths = tuple(default_pack() if text == DEFAULT_PACK else os.path.normpath(folder / text) for text in named)
    hint = "name a folder or a file from the folder of this file, or default"
    return paths, [
        Diagnostic.at(document.locate(("tests", "pack", index)), "SG701", f"unknown pack {quoted(text)}", hint)
        for index, (text, path) in enumerate(zip(named, paths, strict=True))
        if not Path(path).exists()
    ]
