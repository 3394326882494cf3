"""``python -m benchmarks``: answers are asserted before anything is timed, and ratios are of one run only."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    chart,
    endpoint,
    growth,
    keeping,
    listing,
    narrowing,
    populations,
    report,
    request_checks,
    starting,
    wings,
)
from benchmarks.peers import everyone
from benchmarks.report import Results
from benchmarks.targets import QUICK_SLACK, SLACK, judge
from benchmarks.timing import Figure

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "performance.md"
PARTS = {
    "w1": "Request checks",
    "w2": "Growth",
    "w3": "Start and memory",
    "w4": "Populations",
    "w5": "Lists",
    "w6": "Memory",
    "w7": "Endpoint",
    "w8": "Keys and records",
    "peers": "Beside others",
}
"""The parts by what they are called on the command line, and their titles on the page, in its order."""
OURS_ALONE = tuple(part for part in PARTS if part != "peers")
QUICK = ("w1", "w2")
QUICK_SIZES = ((10, 1_000), (100, 1_000))
ROUNDS, QUICK_ROUNDS = 41, 9


def options(arguments: list[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parts = "; ".join(f"{part}: {title.lower()}" for part, title in PARTS.items())
    parser.add_argument("--only", nargs="+", choices=PARTS, help=f"{parts}; all but peers where not given")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes in few rounds, of w1 and w2; fails beyond twice a target"
    )
    parser.add_argument("--check", action="store_true", help="fail where a target is missed by more than 15 %%")
    parser.add_argument(
        "--write", action="store_true", help="write the parts measured to the page, its figures and its chart"
    )
    parser.add_argument("--rounds", type=int, help="how often each engine is timed in a workload")
    return parser.parse_args(arguments)


def run(only: Sequence[str], rounds: int, *, is_quick: bool) -> Results:
    """Measure the parts named."""
    parts: dict[str, list[Figure]] = {}
    absent: dict[str, str] = {}
    if "w1" in only:
        parts[PARTS["w1"]] = [*request_checks.figures(rounds=rounds), *narrowing.figures(rounds=rounds)]
    if "w2" in only:
        rules, scopes = QUICK_SIZES if is_quick else (growth.RULES, growth.SCOPES)
        parts[PARTS["w2"]] = growth.figures(rounds=rounds, rules=rules, scopes=scopes)
    if "w3" in only:
        parts[PARTS["w3"]] = starting.figures(rounds=max(3, rounds // 10))
    if "w4" in only:
        sizes = populations.QUICK if is_quick else populations.FULL
        parts[PARTS["w4"]] = populations.figures(rounds=rounds, sizes=sizes)
    if "w5" in only:
        parts[PARTS["w5"]] = listing.figures(rounds=rounds, sizes=listing.QUICK if is_quick else listing.FULL)
    if "w6" in only:
        parts[PARTS["w6"]] = keeping.figures(sizes=keeping.QUICK if is_quick else keeping.FULL)
    if "w7" in only:
        parts[PARTS["w7"]], none = endpoint.figures(rounds=rounds)
        absent |= none
    if "w8" in only:
        parts[PARTS["w8"]] = wings.figures(rounds=rounds)
    if "peers" in only:
        parts[PARTS["peers"]], none = everyone.figures(rounds=max(5, rounds // 4))
        absent |= none
    return Results(parts, absent, everyone.versions() if "peers" in only else {})


def main(arguments: list[str]) -> int:
    """Measure, print, write; 1 where a target is missed by too much."""
    asked = options(arguments)
    only = asked.only or (QUICK if asked.quick else OURS_ALONE)
    results = run(only, asked.rounds or (QUICK_ROUNDS if asked.quick else ROUNDS), is_quick=asked.quick)
    slack = QUICK_SLACK if asked.quick else SLACK
    print("\n".join(report.lines(results)))
    print()
    # Few rounds are easily disturbed, and must not fail for that.
    verdicts = judge(results.figures, of_rounds="low" if asked.quick else "median")
    print("\n".join(report.verdict_lines(verdicts, slack)))
    if asked.write:
        whole = results.over(Results.of_json(PAGE.with_suffix(".json").read_text(encoding="utf-8")), [*PARTS.values()])
        report.write(whole, PAGE)
        chart.draw(whole, PAGE.with_suffix(".svg"))
    return 1 if (asked.check or asked.quick) and any(each.fails(slack) for each in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
