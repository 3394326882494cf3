"""What tests consist of: cells, each a question and the answer that is expected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from msgspec import field

from scopeguard.checking.test_suites import ParsedTests
from scopeguard.guard import Guard
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.structs import Carried
from scopeguard.source import Location


class Cell(Carried, frozen=True):
    """One question of a matrix: whether *principal*, the one in *column*, may do *action*.

    *expected* is ``allow``, ``deny`` (by whatever code) or a code; *more* holds what else the decision is to say, by
    the names that an ``expect`` entry has. *location* is the position of the cell, None for a table that is in no file.
    """

    file: str
    matrix: str
    action: str
    column: str
    principal: Principal
    resource: Resource | None
    context: Context
    expected: str
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    location: Location | None = None
    accepts: tuple[str, Mapping[str, Any]] | None = None
    """What was expected before a layer accepted another answer: the word, and what more."""

    @property
    def name(self) -> str:
        """Which cell of its matrix it is: ``agents:read[reader]``."""
        return f"{self.action}[{self.column}]"

    @property
    def id(self) -> str:
        """Its whole name, ``access_test.yaml::reader-key::agents:read[reader]``."""
        return f"{self.file}::{self.matrix}::{self.name}"


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one file, and a guard for the pack that they are about."""

    file: str
    guard: Guard
    cells: tuple[Cell, ...]


def cells_of(file: str, reading: ParsedTests, guard: Guard) -> Iterator[Cell]:
    """Every cell of a file of tests, matrix by matrix and row by row."""
    for grid in reading.grids:
        for action in grid.rows:
            about = resource_for(guard, action, grid.resources)
            for column in grid.columns:
                wanted = grid.expected(action, column)
                yield Cell(
                    file=file,
                    matrix=grid.entry.name,
                    action=action,
                    column=column,
                    principal=reading.named.principals[column],
                    resource=about,
                    context=grid.contexts[column],
                    expected=wanted.word,
                    more=wanted.more,
                    location=grid.locate(action, column),
                )


def resource_for(guard: Guard, action: str, resources: Mapping[str, Resource]) -> Resource | None:
    """The one of *resources*, by surface, that a row about *action* asks about."""
    surface = guard.catalog.surface_of(action)
    return None if surface is None else resources.get(surface)
