"""``python -m benchmarks.instructions``: machine instructions a check, which no other load on the machine disturbs.

Counted by callgrind, a tool of valgrind, as the difference of two runs of different lengths, so that counting itself
falls out; an empty loop is taken off. Skipped with a reason where callgrind is missing or may not be controlled.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.domain import REQUESTS
from benchmarks.starting import PROBES, ROOT
from benchmarks.timing import FLOOR, LOOP, OURS

TOOLS = ("valgrind", "callgrind_control")
WORKLOADS = ("mixed", "gate")
SHORT, LONG = 1, 6
_COLLECTED = re.compile(r"Collected : (\d+)")


class Uncounted(Exception):
    """Instructions cannot be counted here, and why."""


def collected(engine: str, workload: str, times: int) -> int:
    """The instructions of one run. Raises Uncounted."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise Uncounted(f"{' and '.join(missing)} not on the path")
    callgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={os.devnull}"]
    done = subprocess.run(  # noqa: S603  # this very interpreter, with a file of our own
        [*callgrind, sys.executable, str(Path(PROBES, "passes.py")), engine, workload, str(times)],
        check=False,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "PYTHONHASHSEED": "0",  # the same collisions in every run
        },
    )
    found = _COLLECTED.search(done.stderr)
    if done.returncode or found is None:
        raise Uncounted(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "callgrind said nothing")
    return int(found[1])


def a_check(engine: str, workload: str) -> float:
    """Instructions a check, the loop around it included. Raises Uncounted."""
    more = collected(engine, workload, LONG) - collected(engine, workload, SHORT)
    return more / (LONG - SHORT) / REQUESTS


def main() -> int:
    """Count, and print."""
    for workload in WORKLOADS:
        try:
            loop, floor, ours = (a_check(engine, workload) for engine in (LOOP, FLOOR, OURS))
        except Uncounted as reason:
            print(f"{workload}: skipped, {reason}")
            continue
        floor, ours = floor - loop, ours - loop
        print(f"{workload}: {OURS} {ours:,.0f} instructions a check, {FLOOR} {floor:,.0f}, ratio {ours / floor:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
