"""The pytest plugin: collects ``*_test.yaml`` files of scopeguard, one item a cell.

It is a package of its own because pytest imports it in every run: nothing of scopeguard is imported until a file
is collected that may have ``scopeguard:`` among its keys. ``-p no:scopeguard`` turns it off.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from scopeguard.testing.suites import Cell

    Ask = Callable[[Cell], str | None]

_SUFFIXES: Final = ("_test.yaml", "_test.yml")
_MOST: Final = (1 << 20) + 1
"""As many bytes as a file of scopeguard may have, and one more, by which it is too large."""
_MAY_BE_OURS: Final = re.compile(rb"scopeguard|\\[xuU]")
"""What a file has in it that has the key of scopeguard's, which in double quotes may be written by escapes."""
_PACKS: Final = pytest.StashKey[Any]()
"""The packs of a run, each read once."""


class CellFailed(Exception):
    """A cell whose decision is not as expected."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take files that are named as files of tests and have the key of scopeguard's, and no others."""
    if file_path.name.endswith(_SUFFIXES) and _is_ours(file_path):
        return SuiteFile.from_parent(parent, path=file_path)
    return None


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
    except OSError:
        return False
    if _MAY_BE_OURS.search(data) is None:
        return False
    from scopeguard.documents.claims import is_ours  # noqa: PLC0415  # see the module's text

    return is_ours(path.name, data)


class SuiteFile(pytest.File):
    """One file of tests."""

    def collect(self) -> "Iterator[MatrixOfCells]":
        """Its matrices. A mistake in the file or in the pack fails the collection, with every finding."""
        from scopeguard.errors import PolicyError  # noqa: PLC0415  # the only place: see the module's text
        from scopeguard.testing.collecting import Packs, collect  # noqa: PLC0415
        from scopeguard.testing.tables import failure  # noqa: PLC0415

        packs = self.config.stash.setdefault(_PACKS, Packs())
        try:
            suites = collect([_shown(self.path)], packs)
        except PolicyError as error:
            raise self.CollectError(str(error)) from None
        for suite in suites:
            for matrix, cells in groupby(suite.cells, key=lambda cell: cell.matrix):
                yield MatrixOfCells.from_parent(
                    self, name=matrix, cells=tuple(cells), ask=partial(failure, suite.guard)
                )


class MatrixOfCells(pytest.Collector):
    """One matrix of a file."""

    def __init__(self, *, cells: "tuple[Cell, ...]", ask: "Ask", **more: Any) -> None:
        super().__init__(**more)
        self._cells = cells
        self._ask = ask

    def collect(self) -> "Iterator[CellItem]":
        """Its cells."""
        for cell in self._cells:
            yield CellItem.from_parent(self, name=cell.name, cell=cell, ask=self._ask)


class CellItem(pytest.Item):
    """One cell of a matrix."""

    def __init__(self, *, cell: "Cell", ask: "Ask", **more: Any) -> None:
        super().__init__(**more)
        self._cell = cell
        self._ask = ask

    def runtest(self) -> None:
        """Ask the pack. Raises CellFailed, whose text tells what differs."""
        failure = self._ask(self._cell)
        if failure is not None:
            raise CellFailed(failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """What differs, without a traceback through this file."""
        return str(excinfo.value) if isinstance(excinfo.value, CellFailed) else super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the cell is in its file."""
        place = self._cell.location
        return self.path, None if place is None else place.line - 1, f"{self._cell.matrix} {self._cell.name}"


def _shown(path: Path) -> str:
    current = Path.cwd()
    return str(path.relative_to(current) if path.is_relative_to(current) else path)
