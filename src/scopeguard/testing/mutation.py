"""Mutation of policies: which mistakes in a pack none of its tests would notice.

Every mutant is compiled by itself and asked the questions of the tests, those first whose actions it touches, until one
of them is answered otherwise than expected. Then the invariants of the pack are looked at. What passes all of that is
*live*, unless it decides as the pack does.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from typing import Final, Literal, NamedTuple, TypeAlias

from scopeguard.compiling.loading import program_of
from scopeguard.compiling.program import Program
from scopeguard.documents.loading import Pack, read_pack
from scopeguard.errors import PolicyError, RequestError, counted
from scopeguard.guard import Guard, search
from scopeguard.limits import MAX_KEPT
from scopeguard.runtime.engine import Engine
from scopeguard.testing.collecting import Packs, collect
from scopeguard.testing.mutants import OPERATORS, Mutant, mutants
from scopeguard.testing.running import run_cell
from scopeguard.testing.suites import Cell
from scopeguard.testing.touched import is_same, touched_actions

_VIOLATED: Final = "SG601"
_SOLVER: Final = "z3"
Verdict: TypeAlias = Literal["killed", "refused", "equivalent", "live"]
"""Noticed by a test or an invariant; does not load; decides as the pack does; noticed by nobody."""

Compare: TypeAlias = Callable[[Program, Program], "str | None"]
"""How two packs are compared: a test that the first passes and the second fails, as text; None where they are equal."""

_WORTH_A_PROCESS: Final = 20
"""Mutants: with fewer a process takes longer to start than to judge them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one mutant: *by* which cell, invariant or finding it is noticed; a *test* that a live one fails."""

    mutant: Mutant
    verdict: Verdict
    by: str | None = None
    test: str | None = None


@dataclass(frozen=True, slots=True)
class Mutation:
    """What came of all mutants. *is_exact* says whether equivalent ones were looked for."""

    outcomes: tuple[Outcome, ...]
    is_exact: bool

    def of(self, verdict: Verdict) -> tuple[Outcome, ...]:
        """The outcomes of one verdict."""
        return tuple(each for each in self.outcomes if each.verdict == verdict)

    @property
    def counted(self) -> int:
        """How many mutants count: those that are not known to decide as the pack does."""
        return len(self.outcomes) - len(self.of("equivalent"))

    @property
    def score(self) -> float:
        """The part of them that was noticed, in percent; 100 where there is none."""
        return 100.0 * (self.counted - len(self.of("live"))) / self.counted if self.counted else 100.0


def mutate(
    paths: Sequence[str],
    *,
    with_default: bool = False,
    operators: Iterable[str] = (),
    compare: Compare | None = None,
    processes: int = 2,
) -> Mutation:
    """Ask the tests of a pack about each mutant of it, by some *operators* or all.

    *compare* looks at those that no test notices; without it none is known to be equivalent. It has to be a function
    of a module where there are several *processes*. Raises PolicyError where the pack or its tests do not load, and
    RequestError where there is no test, where one fails before anything is changed, and for an unknown operator.
    """
    chosen = frozenset(operators)
    for name in sorted(chosen - OPERATORS.keys()):
        raise RequestError(f'no operator "{name}"; there are {", ".join(OPERATORS)}')
    asked = _Asked(tuple(paths), with_default, compare)
    bench = _Bench.of(asked)
    bench.refuse_failing()
    numbers = [number for number, each in enumerate(bench.mutants) if not chosen or each.operator in chosen]
    if processes < 2 or len(numbers) < _WORTH_A_PROCESS:
        return Mutation(tuple(map(bench.judge, numbers)), is_exact=compare is not None)
    # One that is forked off a process with threads may wait for a lock for ever. Neighbours take about as long.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        shares = [numbers[start::processes] for start in range(processes)]
        found = chain.from_iterable(pool.map(_judge_all, [asked] * processes, shares))
        outcomes = {number: Outcome(bench.mutants[number], verdict, by, test) for number, verdict, by, test in found}
    return Mutation(tuple(outcomes[number] for number in numbers), is_exact=compare is not None)


class _Asked(NamedTuple):
    """What each process reads for itself: a pack and its tests."""

    paths: tuple[str, ...]
    with_default: bool
    compare: Compare | None


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """A pack, its mutants, and the cells of the tests that are about it."""

    pack: Pack
    program: Program
    mutants: tuple[Mutant, ...]
    cells: tuple[Cell, ...]
    compare: Compare | None

    @classmethod
    def of(cls, asked: _Asked) -> "_Bench":
        packs = Packs(with_default=asked.with_default)
        whole = tuple(dict.fromkeys(path for each in asked.paths for path in packs.of(each)))
        pack, findings = read_pack(whole)
        program = program_of(pack, findings)
        # A file of tests may be about another pack, which is not mutated.
        suites = [suite for suite in collect(asked.paths, packs) if suite.guard.digest == program.digest]
        cells = tuple(cell for suite in suites for cell in suite.cells)
        return cls(pack, program, tuple(mutants(pack)), cells, asked.compare)

    def refuse_failing(self) -> None:
        """Raise RequestError unless there are tests, and all of them pass before anything is changed."""
        if not self.cells:
            raise RequestError("no tests are about this pack: every mutant would live")
        guard = Guard(lambda: self.program)
        failing = sum(not run_cell(guard, cell).passed for cell in self.cells)
        if failing:
            raise RequestError(
                f"{counted(failing, 'cell')} not as expected before anything is changed: run scopeguard test"
            )

    def judge(self, number: int) -> Outcome:
        """What comes of one mutant."""
        mutant = self.mutants[number]
        try:
            program = program_of(mutant.pack(self.pack), ())
        except PolicyError as error:
            return Outcome(mutant, "refused", str(error.diagnostics[0]))
        if is_same(self.program, program):
            return Outcome(mutant, "equivalent")
        guard = Guard(lambda: program)
        for cell in self._ordered(touched_actions(self.program, program)):
            if not run_cell(guard, cell).passed:
                return Outcome(mutant, "killed", cell.id)
        broken = _broken(program)
        if broken:
            return Outcome(mutant, "killed", f"invariant {broken[0]}")
        if self.compare is None:
            return Outcome(mutant, "live")
        test = self.compare(self.program, program)
        return Outcome(mutant, "equivalent") if test is None else Outcome(mutant, "live", test=test)

    def _ordered(self, first: frozenset[str]) -> Iterator[Cell]:
        """All cells: a decision may hang on what it does not seem to be about."""
        return chain(
            (cell for cell in self.cells if cell.action in first),
            (cell for cell in self.cells if cell.action not in first),
        )


def _broken(program: Program) -> list[str]:
    """The invariants that a pack breaks; none where the extra that decides them is missing."""
    try:
        found = search(Engine(program, number=1, max_rows=MAX_KEPT))
    except ModuleNotFoundError as error:
        if error.name != _SOLVER:
            raise
        return []
    return [each.invariant for each in found if each.code == _VIOLATED]


def _judge_all(asked: _Asked, numbers: Sequence[int]) -> list[tuple[int, Verdict, str | None, str | None]]:
    bench = _Bench.of(asked)
    judged = [(number, bench.judge(number)) for number in numbers]
    return [(number, each.verdict, each.by, each.test) for number, each in judged]


def usual_processes() -> int:
    """How many processes are used where nothing else is said: two, on more than one core."""
    return min(2, os.cpu_count() or 1)
