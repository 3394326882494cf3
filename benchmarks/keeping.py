"""W6: the memory of everything kept, for a million requests of many classes about many permissions in many contexts."""

import json
from pathlib import Path
from typing import NamedTuple

from benchmarks.starting import AFTER, LOADED, WARM, probe
from benchmarks.timing import Figure, compare

KEPT = "kept after all requests"
UNFINISHED, KEPT_SO_FAR = "when the time was over", "kept when the time was over"
"""What stands in place of the figures after all requests, where these took too long: no target is reached by that."""
WORKLOAD = "memory, everything kept"


class Sizes(NamedTuple):
    """Requests, classes of principals, roles and surfaces of the pack, and the seconds after which no more is asked."""

    requests: int
    classes: int
    roles: int
    surfaces: int
    seconds: int


FULL = Sizes(1_000_000, 100_000, 1_500, 300, 400)
QUICK = Sizes(40_000, 4_000, 100, 20, 20)


def figures(*, sizes: Sizes = FULL) -> list[Figure]:
    """Resident memory on the way, and what of it was not there after loading; none where the system does not tell."""
    if not Path("/proc/self/statm").exists():
        return []
    found: list[tuple[int, float]] = json.loads(probe("kept", *map(str, sizes)))
    asked, after = found[-1]
    _, loaded = found[0]
    count, quarter = next((asked_by_then, value) for asked_by_then, value in found if asked_by_then >= asked / 4)
    end, kept = (AFTER, KEPT) if asked == sizes.requests else (UNFINISHED, KEPT_SO_FAR)
    values = {LOADED: [loaded], WARM: [quarter], end: [after], kept: [after - loaded]}
    counts = {LOADED: 0, WARM: count, end: asked, kept: asked}
    return compare(WORKLOAD, values, reference=WARM, counts=counts, unit="MiB")
