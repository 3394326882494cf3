"""What is aimed at, in one table, and whether it is reached."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from benchmarks.peers.everyone import FASTEST
from benchmarks.timing import OURS, Figure

SLACK = 1.15
"""How far beyond a target a measurement may be where all rounds are made."""
QUICK_SLACK = 2.0
"""The same where few are."""


class Target(NamedTuple):
    """The most that the median of one figure may be; *of* says whether its ratio or its value."""

    says: str
    workload: str
    engine: str
    most: float
    of: Literal["ratio", "value"] = "ratio"


TARGETS = (
    Target("principal reused, mixed", "mixed", OURS, 1.0),
    Target("principal reused, allows", "allows", OURS, 1.0),
    Target("principal reused, denies", "denies", OURS, 1.0),
    Target("principal built for each request", "principal built", OURS, 3.0),
    Target("fact gate", "gate", OURS, 1.5),
    Target("fact gate, allows", "gate, allows", OURS, 1.5),
    Target("fact gate, denies", "gate, denies", OURS, 1.5),
    Target("deny with its reason, to an allow", "deny read in full", OURS, 1.5),
    Target("check_many, an item to a single check", "check_many, to single", OURS, 0.8),
    Target("10 to 1,000 rules", "growth of rules", "1,000 rules", 1.2),
    Target("10 to 10,000 rules", "growth of rules", "10,000 rules", 1.2),
    Target("100 to 10,000 scopes", "growth of scopes", "10,000 scopes", 1.2),
    Target("import, to json, dataclasses and cachetools", "import", OURS, 3.0),
    Target("loading 10,000 rules, to 1,000", "load", "10,000 rules", 12.0),
    Target("loading 1,000 rules, ms", "load", "1,000 rules", 300.0, "value"),
    Target("loading 10,000 rules, ms", "load", "10,000 rules", 3_000.0, "value"),
    Target("first decision, to the faster of Cedar and pycasbin", "first decision, process", OURS, 1.0),
    Target("memory after 1,000,000 requests, to 250,000", "memory, 1,000,000 requests", "after all requests", 1.05),
    Target("mixed, to the fastest engine of others", FASTEST, OURS, 1 / 30),
)


class Verdict(NamedTuple):
    """A target with what was measured: None where nothing was. Absolute times are told, and fail nothing."""

    target: Target
    measured: float | None

    def is_reached(self, slack: float = 1.0) -> bool:
        """Whether the measurement is within *slack* times the target; true where there is none."""
        return self.measured is None or self.measured <= self.target.most * slack

    def fails(self, slack: float) -> bool:
        """Whether this is a reason to fail."""
        return self.target.of == "ratio" and not self.is_reached(slack)


def judge(figures: Iterable[Figure], *, of_rounds: Literal["median", "low"] = "median") -> list[Verdict]:
    """A verdict for each target: by the median of the rounds, or by the lower quartile, for other load only adds."""
    known = {(each.workload, each.engine): each for each in figures}
    return [
        Verdict(target, _measured(known.get((target.workload, target.engine)), target.of, of_rounds))
        for target in TARGETS
    ]


def _measured(
    figure: Figure | None, of: Literal["ratio", "value"], of_rounds: Literal["median", "low"]
) -> float | None:
    if figure is None:
        return None
    spread = figure.ratio if of == "ratio" else figure.value
    return spread.median if of_rounds == "median" else spread.low
