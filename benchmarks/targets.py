"""What is aimed at, in one table, and whether it is reached."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from benchmarks import endpoint, keeping, narrowing, wings
from benchmarks.peers.everyone import FASTEST
from benchmarks.populations import KEYS_BELOW, KEYS_HALF
from benchmarks.starting import AFTER, ASKING
from benchmarks.timing import OURS, Figure

FIRST_OF_MIDDLE = "permissions() first, 750 roles, 4,500 permissions"
SLACK = 1.15
"""How far beyond a target a measurement may be where all rounds are made."""
QUICK_SLACK = 2.0
"""The same where few are."""


class Target(NamedTuple):
    """The most that the median of one figure may be, or the *least*; *of* says whether its ratio or its value.

    *seen* is what was measured from outside before the target was set, and None where nothing was.
    """

    says: str
    workload: str
    engine: str
    bound: float
    seen: float | None = None
    of: Literal["ratio", "value"] = "ratio"
    least: bool = False

    def is_met(self, measured: float, slack: float = 1.0) -> bool:
        """Whether *measured* is within *slack* times the target."""
        return measured * slack >= self.bound if self.least else measured <= self.bound * slack


TARGETS = (
    Target("principal reused, mixed", "mixed", OURS, 1.2, 1.23),
    Target("principal reused, allows", "allows", OURS, 1.2),
    Target("principal reused, denies", "denies", OURS, 1.2),
    Target("principal built for each request", "principal built", OURS, 3.0),
    Target("fact gate", "gate", OURS, 1.5, 1.92),
    Target("fact gate, allows", "gate, allows", OURS, 1.5),
    # Seen by ourselves, when the gate as a whole was seen at 1.54.
    Target("fact gate, denies", "gate, denies", OURS, 1.5, 2.48),
    Target("fact gate, facts missing or too old", "gate, facts missing or too old", OURS, 2.0, 4.45),
    Target("deny with its reason, to an allow", "deny read in full", OURS, 1.5, 1.13),
    Target("check_many, an item to a single check", "check_many, to single", OURS, 0.8),
    # Seen by ourselves, when they were first measured.
    Target("narrowed to one agent's, to everything", narrowing.KEYS, OURS, 1.3, 1.67),
    Target("a role on one agent, to the role", narrowing.ROLES, OURS, 1.3, 1.64),
    Target("10 to 1,000 rules", "growth of rules", "1,000 rules", 1.2),
    Target("10 to 10,000 rules", "growth of rules", "10,000 rules", 1.2, 1.01),
    Target("100 to 10,000 scopes", "growth of scopes", "10,000 scopes", 1.2, 1.04),
    Target("import, to json, dataclasses and cachetools", "import", OURS, 2.0, 2.25),
    # The names of the front are imported when they are read: this is what a service that checks imports.
    Target("import of what a check needs, to the same", "import", ASKING, 2.0, 3.8),
    Target("loading 10,000 rules, to 1,000", "load", "10,000 rules", 11.0, 13.2),
    Target("loading 1,000 rules, ms", "load", "1,000 rules", 200.0, 170.0, "value"),
    Target("loading 10,000 rules, ms", "load", "10,000 rules", 2_000.0, 2_300.0, "value"),
    Target("first decision, to the faster of Cedar and pycasbin", "first decision, process", OURS, 1.0, 1.27),
    Target("memory after 1,000,000 requests, to 250,000", "memory, 1,000,000 requests", "after all requests", 1.05),
    Target("a key of 100,000, first and only request", f"{KEYS_HALF}, first and only", OURS, 5.0),
    Target("a key of 100,000, later requests", f"{KEYS_HALF}, later", OURS, 3.5),
    Target(
        "the same, first and only, to a floor of objects", f"{KEYS_HALF}, first and only, to objects", OURS, 5.0, 125.0
    ),
    Target("the same, later, to a floor of objects", f"{KEYS_HALF}, later, to objects", OURS, 3.5, 157.0),
    Target("narrowed to one agent's, first and only request", f"{KEYS_BELOW}, first and only", OURS, 5.0),
    Target("narrowed to one agent's, later requests", f"{KEYS_BELOW}, later", OURS, 3.5),
    Target("20 checks by a key of 1,000 scopes, ms", "20 checks, 1,000 narrowed scopes", OURS, 30.0, 20_000.0, "value"),
    Target("principal from a list, to its frozenset", "principal from a list of scopes", OURS, 12.0, 17.0),
    Target("permissions(), shipped pack, ms", "permissions(), shipped pack", OURS, 1.0, 50.0, "value"),
    Target("settings_tabs, shipped pack, ms", "settings_tabs, shipped pack", OURS, 0.2, 6.0, "value"),
    Target("permissions() first, among 4,500, ms", FIRST_OF_MIDDLE, OURS, 60.0, 2_500.0, "value"),
    Target("first check of a class, 50 to 800 roles", "first check of a class", "800 roles", 2.0, 5.6),
    Target(
        "matrix of 10 roles by 1,800 permissions, ms",
        "matrix, 10 roles, 1,800 permissions",
        OURS,
        300.0,
        14_600.0,
        "value",
    ),
    Target("memory of everything kept, MiB", keeping.WORKLOAD, keeping.KEPT, 64.0, None, "value"),
    Target("memory of everything kept, to a quarter of it", keeping.WORKLOAD, AFTER, 1.05),
    Target("requests a second, guarded to unguarded", endpoint.RATE, endpoint.GUARDED, 0.95, None, "ratio", least=True),
    Target(
        "the same, each key of 20,000 in turn",
        f"{endpoint.RATE}{endpoint.IN_TURN}",
        endpoint.GUARDED,
        0.95,
        None,
        "ratio",
        least=True,
    ),
    Target("a key verified beside the store, to by hand", wings.VERIFY, OURS, 2.0),
    Target("a key verified beside the store, ns", wings.VERIFY, OURS, 10_000.0, None, "value"),
    Target("a decision recorded, beside its check, ns", wings.RECORDED, OURS, 3_000.0, None, "value"),
    Target("mixed, to the fastest engine of others", FASTEST, OURS, 1 / 30),
)
"""What is not in it is not aimed at: figures without a target are told for what they are."""


class Verdict(NamedTuple):
    """A target with what was measured: None where nothing was. Absolute times are told, and fail nothing."""

    target: Target
    measured: float | None

    def is_reached(self, slack: float = 1.0) -> bool:
        """Whether the measurement is within *slack* times the target; true where there is none."""
        return self.measured is None or self.target.is_met(self.measured, slack)

    def fails(self, slack: float) -> bool:
        """Whether this is a reason to fail: where the target was missed from the start, that it has become worse."""
        seen = self.target.seen
        bound = self.target if seen is None or self.target.is_met(seen) else self.target._replace(bound=seen)
        return self.target.of == "ratio" and self.measured is not None and not bound.is_met(self.measured, slack)


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
