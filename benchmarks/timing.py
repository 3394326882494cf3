"""How every figure is measured: engines in turn within a round, medians over rounds, ratios within one round only."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

FLOOR = "hand-written"
OURS = "scopeguard"
LOOP = "empty loop"
"""The engine that does nothing: what going through the requests costs by itself, taken off all others."""

LEAST = 0.01
"""Seconds that an engine is timed for in one round, at least: a few passes, so that its data are where it left them."""
WARM_RUNS = 40
WARM_SECONDS = 3.0
"""Before it is timed, an engine goes through its requests so often, or for so long: what it keeps is there then."""


BUDGET = 20.0
"""Seconds that a figure may take where a round of it may take long: fewer rounds are made then, and at least one."""

T = TypeVar("T")


def bounded(rounds: Iterable[T], seconds: float = BUDGET) -> Iterator[T]:
    """*rounds*, as long as these seconds last."""
    started = time.perf_counter()
    for number, each in enumerate(rounds):
        if number and time.perf_counter() - started > seconds:
            return
        yield each


@dataclass(frozen=True, slots=True)
class Pass:
    """One run of an engine over its requests, and how many these are.

    *clock* gives nanoseconds: of this process's work, which other load on the machine hardly disturbs, or by the wall
    where what counts is waiting too.
    """

    run: Callable[[], object]
    count: int
    clock: Callable[[], int] = time.process_time_ns


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with its quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """The spread of *values*; one is all three."""
        low, median, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
        return cls(median, low, high)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one engine took in one workload, in *unit*; *ratio* is to *reference*, of the same round each.

    *count* is how many requests a pass has; *unit* is ``ns`` a request, ``ms`` or ``MiB``.
    """

    workload: str
    engine: str
    value: Spread
    ratio: Spread
    count: int
    reference: str = FLOOR
    unit: str = "ns"


Passes: TypeAlias = Mapping[str, Pass]


@contextmanager
def quiet() -> Iterator[None]:
    """No garbage is collected inside."""
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def repeats(work: Pass, least: float) -> int:
    """How often *work* has to run to take at least *least* seconds; it is warm afterwards."""
    begun = time.perf_counter()
    for _ in range(WARM_RUNS):
        started = time.perf_counter()
        work.run()
        ended = time.perf_counter()
        if ended - begun > WARM_SECONDS:
            break
    return max(1, round(least / max(ended - started, 1e-7)))


def samples(passes: Passes, *, rounds: int, least: float) -> dict[str, list[float]]:
    """Nanoseconds a request of each engine in each round. Each round starts with another engine."""
    names = list(passes)
    times = {name: repeats(work, least) for name, work in passes.items()}
    found: dict[str, list[float]] = {name: [] for name in names}
    with quiet():
        for turn in bounded(range(rounds)):
            start = turn % len(names)
            for name in names[start:] + names[:start]:
                run, clock, again = passes[name].run, passes[name].clock, range(times[name])
                started = clock()
                for _ in again:
                    run()
                spent = clock() - started
                found[name].append(spent / times[name] / passes[name].count)
    return found


def net(passes: Passes, *, rounds: int, least: float = LEAST) -> dict[str, list[float]]:
    """As :func:`samples`, less what :data:`LOOP` took."""
    return net_of_loop(samples(passes, rounds=rounds, least=least))


def net_of_loop(found: dict[str, list[float]]) -> dict[str, list[float]]:
    """*found* without :data:`LOOP`, whose median is taken off the others."""
    loop = statistics.median(found.pop(LOOP)) if LOOP in found else 0.0
    return {name: [max(each - loop, 0.1) for each in values] for name, values in found.items()}


def measure(workload: str, passes: Passes, *, rounds: int, reference: str = FLOOR) -> list[Figure]:
    """A figure for each engine of *passes* but the empty loop."""
    return compare(workload, net(passes, rounds=rounds), reference=reference, counts=counts(passes))


def counts(passes: Passes) -> dict[str, int]:
    """How many requests each engine is asked."""
    return {name: work.count for name, work in passes.items()}


def compare(
    workload: str, values: Mapping[str, list[float]], *, reference: str, counts: Mapping[str, int], unit: str = "ns"
) -> list[Figure]:
    """The figures of what was measured in each round, with ratios to *reference*."""
    return [
        Figure(
            workload,
            name,
            Spread.of(found),
            Spread.of([mine / best for mine, best in zip(found, values[reference], strict=True)]),
            counts[name],
            reference,
            unit,
        )
        for name, found in values.items()
    ]
