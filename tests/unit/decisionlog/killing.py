"""Kills processes that write a log, and verifies what is left after each: ``killing.py FOLDER TIMES SEED``."""

import os
import random
import signal
import sys
import time
from pathlib import Path

from scopeguard import Context, Guard, Principal
from scopeguard.decisionlog import DecisionLog, FileSink, verify_log

EACH = 10
"""Processes that take up one log after the other."""


def write(guard: Guard, folder: Path) -> None:
    """Decide and record, until killed."""
    log = DecisionLog(guard, FileSink(folder, max_bytes=20_000, fsync="never"), when_full="block", capacity=200)
    key = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
    context = Context(channel="server")
    while log.status.failure is None:
        guard.check(key, "agents:read", context=context)
        guard.check(key, "agents:write", context=context)
    os._exit(1)


def main(folder: Path, times: int, seed: int) -> None:
    """Print how many processes were killed, how many left half a line, and how many lines are there."""
    guard, drawn = Guard.default(), random.Random(seed)
    torn = lines = 0
    for number in range(times):
        place = folder / str(number // EACH)
        before = size(place)
        child = os.fork()
        if not child:
            write(guard, place)
        while size(place) <= before + drawn.randrange(4000):
            time.sleep(0.0005)
        time.sleep(drawn.random() * 0.003)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        found = verify_log(place)
        assert found, found.findings
        (lane,) = found.lanes
        torn += lane.rest > 0
        if number % EACH == EACH - 1:
            lines += lane.lines
    print(times, torn, lines)  # noqa: T201  # for the test that runs this


def size(place: Path) -> int:
    """The bytes of a log."""
    return sum(path.stat().st_size for path in place.glob("*.jsonl"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
