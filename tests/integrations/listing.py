"""Listings asked of stores: the rows that a store gives, beside those that checks allow one by one."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

from scopeguard import Context, Guard, PolicyError, Principal
from scopeguard.integrations.cannot_filter import CannotFilter
from tests.row_packs import COLUMNS, RowMaker, resource

Ask: TypeAlias = Callable[[Guard, Principal, str, Context], set[str]]
"""The ids of the rows of a store that somebody may do something to."""
Load: TypeAlias = Callable[[Iterable[Mapping[str, Any]]], object]
"""Puts rows into a store, in the place of those that are there."""


def compare(seed: int, load: Load, ask: Ask, *, packs: int, names: tuple[str, ...] = tuple(COLUMNS)) -> tuple[int, int]:
    """How many questions a store answered as checks do, and how many it refused. Any other answer is a failure."""
    answered = refused = 0
    random = Random(SEED * 1_000 + seed)
    for _ in range(packs):
        maker = RowMaker(random, names)
        pack = maker.pack()
        with TemporaryDirectory() as folder:
            try:
                guard = Guard.load(pack.write(Path(folder) / "pack"))
            except PolicyError:
                continue
        rows = list(maker.rows(12))
        load(rows)
        for _ in range(4):
            who, context = maker.principal(), maker.context()
            expected = {
                row["id"]
                for row in rows
                if row["workspace"] == who.workspace and guard.check(who, "docs:read", resource(row), context)
            }
            try:
                found = ask(guard, who, "docs:read", context)
            except CannotFilter:
                refused += len(rows)
                continue
            assert found == expected, (seed, pack, who, dict(who.attributes), context, found ^ expected)
            answered += len(rows)
    return answered, refused


PACKS: Final = int(os.environ.get("SCOPEGUARD_FUZZ_LISTS", "40"))
"""Packs that one test tries: a few in the suite, many where it is told to."""
SEED: Final = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "0"))
CANNOT: Final = frozenset({"cast-string-double"})
"""The cases of the corpus that no query says."""
