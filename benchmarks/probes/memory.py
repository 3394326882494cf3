"""Prints as JSON the resident mebibytes after loading, after a quarter of many distinct requests, and at the end.

The guard keeps at most ROWS rows, and several times as many classes of keys ask, one after the other, each by many keys
with their scopes in any order.
"""

import gc
import json
import os
import random
import sys
from pathlib import Path

from benchmarks.handwritten import SCOPES
from scopeguard import Context, Guard, Principal, Resource

ROWS = 128
CLASSES = 1_000
A_KEY = 20
PACK = Path(__file__).resolve().parents[2] / "policies" / "workspace"
PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20


def resident() -> float:
    """What the process holds now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def main(requests: int) -> None:
    """Ask, and print."""
    guard, server = Guard.load(PACK, max_rows=ROWS), Context(channel="server")
    chosen, permissions = random.Random(20), sorted(SCOPES)
    keys = requests // A_KEY
    held: list[str] = []
    asked: list[str] = []
    found = [resident()]
    for number in range(keys):
        if number * CLASSES // keys != (number - 1) * CLASSES // keys:
            asked = chosen.sample(permissions, 8)
            held = asked[:4]
        chosen.shuffle(held)
        key = Principal.api_key(f"key_{number}", workspace="ws_1", scopes=" ".join(held))
        for place, permission in enumerate(chosen.choices(asked, k=A_KEY)):
            about = Resource(permission.partition(":")[0], f"id_{number}_{place}", workspace="ws_1")
            allowed = guard.check(key, permission, about, server).allowed
            assert allowed is not SCOPES[permission].isdisjoint(held)
        if number + 1 in {keys // 4, keys}:
            found.append(resident())
    print(json.dumps(found))


main(int(sys.argv[1]))
