"""Ten expressions as policies have them, against every other implementation of CEL for Python.

Answers are asserted equal before anything is timed; figures are medians of interleaved rounds, and
only ratios of one run are compared. ``make bench-cel`` installs the peers and runs it.
"""

import gc
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from benchmarks.cel_peers import PEERS, Compile, Evaluate, ours

ROUNDS = 15
SLICE = 0.004
"""Seconds that one engine is timed for in one round."""
NEEDED = 5.0
OURS = "scopeguard"


class Case(NamedTuple):
    """An expression, the types of its variables, and values with the answers expected of them."""

    name: str
    source: str
    variables: Mapping[str, str]
    requests: tuple[tuple[Mapping[str, Any], bool], ...]


MANY = [f"role_{number}" for number in range(999)]
NESTED = (
    '(kind == "member" && channel == "dashboard") || (kind == "api_key" && channel == "server" && !(env == "test"))'
)
KIND = {"kind": "string", "channel": "string", "env": "string"}
RESOURCE = {"resource": "map(string, string)", "id": "string"}
ROLES = {"roles": "list(string)"}
USAGE = {"used": "int", "requested": "int", "quota": "int"}
CASES = (
    Case("string equality", 'kind == "member"', {"kind": "string"}, (
        ({"kind": "member"}, True),
        ({"kind": "api_key"}, False),
    )),
    Case("one of a list", 'channel in ["server", "dashboard", "cli"]', {"channel": "string"}, (
        ({"channel": "dashboard"}, True),
        ({"channel": "browser"}, False),
    )),
    Case("nested and/or", NESTED, KIND, (
        ({"kind": "api_key", "channel": "server", "env": "production"}, True),
        ({"kind": "member", "channel": "browser", "env": "test"}, False),
    )),
    Case("has", "has(resource.owner) && resource.owner == id", RESOURCE, (
        ({"resource": {"owner": "usr_1"}, "id": "usr_1"}, True),
        ({"resource": {}, "id": "usr_1"}, False),
    )),
    Case("exists, 5 roles", 'roles.exists(r, r == "admin")', ROLES, (
        ({"roles": ["a", "b", "c", "d", "admin"]}, True),
        ({"roles": ["a", "b", "c", "d", "e"]}, False),
    )),
    Case("exists, 1,000 roles", 'roles.exists(r, r.startsWith("admin"))', ROLES, (
        ({"roles": [*MANY, "admin_1"]}, True),
        ({"roles": [*MANY, "viewer"]}, False),
    )),
    Case("timestamps", 'now < timestamp("2026-01-01T00:00:00Z")', {"now": "timestamp"}, (
        ({"now": datetime(2025, 1, 1, tzinfo=UTC)}, True),
        ({"now": datetime(2027, 1, 1, tzinfo=UTC)}, False),
    )),
    Case("arithmetic", "used + requested <= quota", USAGE, (
        ({"used": 5, "requested": 2, "quota": 10}, True),
        ({"used": 9, "requested": 2, "quota": 10}, False),
    )),
    Case("map lookup", 'limits["agents"] > 3', {"limits": "map(string, int)"}, (
        ({"limits": {"agents": 5, "calls": 1}}, True),
        ({"limits": {"agents": 2, "calls": 1}}, False),
    )),
    Case("string functions", 'path.startsWith("/api/") && !path.endsWith(".exe") && name.contains("bot")',
         {"path": "string", "name": "string"}, (
        ({"path": "/api/agents", "name": "my bot"}, True),
        ({"path": "/api/agents.exe", "name": "my bot"}, False),
    )),
)  # fmt: skip


def timed(work: Callable[[], object], least: float = SLICE) -> float:
    """Seconds for one call of *work*, from as many calls as fill *least* seconds."""
    times = 1
    while True:
        start = time.perf_counter()
        for _ in range(times):
            work()
        spent = time.perf_counter() - start
        if spent >= least:
            return spent / times
        times = max(times * 2, int(times * least / max(spent, 1e-9)) + 1)


def engines(case: Case) -> dict[str, Evaluate | str]:
    """Each engine's evaluation of the case, or why it has none; every answer is asserted."""
    found: dict[str, Evaluate | str] = {}
    makers: dict[str, Compile] = {OURS: ours, **PEERS}
    for name, make in makers.items():
        try:
            evaluate = make(case.source, case.variables)
            answers = [evaluate(values) for values, _ in case.requests]
        except Exception as error:  # a peer may fail in any way; it is named with its reason
            if name == OURS:
                raise
            found[name] = f"{type(error).__name__}: {error}"
            continue
        assert answers == [expected for _, expected in case.requests], (name, case.source, answers)
        found[name] = evaluate
    return found


def measure(case: Case) -> dict[str, Any]:
    """Nanoseconds of one evaluation by each engine, of one compilation, and the ratio to the best peer."""
    found = engines(case)
    ready = {name: evaluate for name, evaluate in found.items() if not isinstance(evaluate, str)}
    samples: dict[str, list[float]] = {name: [] for name in ready}
    for _ in range(ROUNDS):
        for name, evaluate in ready.items():
            samples[name].append(statistics.mean(timed(lambda: evaluate(values)) for values, _ in case.requests))  # noqa: B023  # called at once
    medians = {name: statistics.median(each) * 1e9 for name, each in samples.items()}
    makers: dict[str, Compile] = {OURS: ours, **PEERS}
    # No two texts are the same, so that no engine can take one from a cache.
    texts = (case.source + " " * (number % 2000) for number in count())
    compiling = {name: timed(lambda: makers[name](next(texts), case.variables)) * 1e6 for name in ready}  # noqa: B023  # called at once
    return {
        "name": case.name,
        "nanoseconds": medians,
        "compile_microseconds": compiling,
        "ratio": min(spent for name, spent in medians.items() if name != OURS) / medians[OURS],
        "absent": {name: reason for name, reason in found.items() if isinstance(reason, str)},
    }


def main() -> int:
    """Print the table; 1 where the figures are not reached."""
    gc.disable()
    rows = [measure(case) for case in CASES]
    ratios = [row["ratio"] for row in rows]
    mean = math.exp(statistics.mean(map(math.log, ratios)))
    if "--json" in sys.argv[1:]:
        print(json.dumps({"cases": rows, "geometric_mean": mean, "least": min(ratios)}, indent=2))
    else:
        names = [OURS, *PEERS]
        print(f"{'nanoseconds an evaluation':24}" + "".join(f"{name:>28}" for name in names) + f"{'ratio':>8}")
        for row in rows:
            cells = "".join(f"{row['nanoseconds'].get(name, math.nan):>28,.0f}" for name in names)
            print(f"{row['name']:24}{cells}{row['ratio']:>8.1f}")
        print(f"\n{'microseconds to compile':24}" + "".join(f"{name:>28}" for name in names))
        for row in rows:
            cells = "".join(f"{row['compile_microseconds'].get(name, math.nan):>28,.0f}" for name in names)
            print(f"{row['name']:24}{cells}")
        for row in rows:
            for name, reason in row["absent"].items():
                print(f"{name} has no figure for {row['name']}: {reason}")
        print(f"\nfaster than the best of the others: geometric mean {mean:.1f}, least {min(ratios):.1f}")
    return 0 if mean >= NEEDED and min(ratios) >= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
