"""Goes through the requests of one workload so often, with the counter of instructions on.

Run it under callgrind with ``--instr-atstart=no``. What turning the counter on costs is the same for all lengths.
"""

import os
import subprocess
import sys

from benchmarks.domain import gated, requests
from benchmarks.handwritten import check, create_agent
from benchmarks.request_checks import empty, going
from benchmarks.timing import FLOOR, LOOP, WARM_RUNS, Pass
from scopeguard import Guard


def counting(state: str) -> None:
    """Turn the counter of this process on or off."""
    command = ["callgrind_control", "-i", state, str(os.getpid())]
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603  # a fixed command


def work(engine: str, workload: str) -> Pass:
    """One pass of an engine."""
    asked, floor = (requests(), check) if workload == "mixed" else (gated(), create_agent)
    if engine == LOOP:
        return empty(asked.plain)
    return going(floor, asked.plain) if engine == FLOOR else going(Guard.default().check, asked.native)


def main(engine: str, workload: str, times: int) -> None:
    """Warm up, and be counted."""
    run = work(engine, workload).run
    for _ in range(WARM_RUNS):  # as where time is measured, so that all code that is made is there
        run()
    counting("on")
    for _ in range(times):
        run()
    counting("off")


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
