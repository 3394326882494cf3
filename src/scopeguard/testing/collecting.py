"""From paths to tests: files found, packs loaded once, every finding told at once."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from scopeguard.checking.reading import Reading
from scopeguard.checking.suites import SuiteReading, read_suite
from scopeguard.compiling import loading
from scopeguard.documents.files import TEST_SUFFIXES, PolicyFile, list_files, read_file
from scopeguard.documents.loading import read_pack, read_source
from scopeguard.documents.pack import SECTIONS, Document, Pack
from scopeguard.documents.schema import PolicyDoc
from scopeguard.errors import Diagnostic, PolicyError, Severity
from scopeguard.guard import Guard
from scopeguard.shipped import policies
from scopeguard.testing.suites import Cell, Suite, cells_of

PathLike: TypeAlias = str | os.PathLike[str]

DEFAULT_PACK: Final = "default"
"""What the shipped pack is called under ``tests.pack``."""

_OF_TESTS: Final = frozenset({"scopeguard", "tests"})


class Packs:
    """The packs that tests are about, each read once. A cache of one collection, and not of a process."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, ...], Reading] = {}
        self._guards: dict[tuple[str, ...], Guard] = {}

    def reading(self, paths: tuple[str, ...]) -> Reading:
        """The pack of some paths as it is written, whatever is wrong with it."""
        if paths not in self._read:
            self._read[paths] = Reading.of(read_pack(paths)[0])
        return self._read[paths]

    def guard(self, paths: tuple[str, ...]) -> Guard:
        """A guard for the pack. Raises PolicyError where it does not load."""
        if paths not in self._guards:
            self._guards[paths] = Guard.load(paths)
        return self._guards[paths]


def collect(
    paths: Iterable[PathLike] = (), *, with_default: bool = False, packs: Packs | None = None
) -> tuple[Suite, ...]:
    """The tests of folders, policy files and ``*_test.yaml`` files; without paths, those of the shipped pack.

    A folder has the tests of its policy files and its ``*_test.yaml`` files, those of folders inside too. *with_default*
    puts the shipped pack beneath every pack that a file of tests does not name itself. Raises PolicyError with every
    finding, where a file of tests has a mistake or a pack does not load.
    """
    packs = packs or Packs()
    suites: list[Suite] = []
    findings: dict[Diagnostic, None] = {}
    for text in map(os.fspath, list(paths) or [shipped_pack()]):
        for suite in _suites(text, packs, with_default=with_default):
            if isinstance(suite, Suite):
                suites.append(suite)
            else:
                findings.update(dict.fromkeys(suite))
    if findings:
        raise PolicyError(findings)
    return tuple(suites)


def pinned_cells(paths: Iterable[PathLike] = (), *, with_default: bool = False) -> list[Cell]:
    """The cells of all tests of *paths*. Raises PolicyError as :func:`collect` does."""
    return [cell for suite in collect(paths, with_default=with_default) for cell in suite.cells]


def find_problems(paths: Sequence[PathLike], *, with_default: bool = False) -> tuple[Diagnostic, ...]:
    """Every finding about a pack and about the ``*_test.yaml`` files in its folders, sorted by place.

    Nothing is raised for what the files say. A file of tests brings the findings of the pack that it is about.
    """
    given = [os.fspath(path) for path in paths]
    packs = Packs()
    findings: dict[Diagnostic, None] = {}
    policy_paths = [text for text in given if not _is_tests(text)]
    if policy_paths or not given:
        beneath = [shipped_pack()] if with_default or not given else []
        findings.update(dict.fromkeys(loading.find_problems([*beneath, *policy_paths])))
    for text in given or [shipped_pack()]:
        for file in _files(text, findings):
            about = _about(file, packs, with_default=with_default)
            findings.update(dict.fromkeys(about.findings))
            if about.reading is not None and about.paths:
                findings.update(dict.fromkeys(loading.find_problems(about.paths)))
    return tuple(sorted(findings, key=lambda each: each.sort_key))
