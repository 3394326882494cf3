"""Prints as JSON how many of so many requests were asked in so many seconds, and the resident mebibytes on the way.

Members and keys, half of each, in as many classes as one likes, ask about all permissions of a large pack in 64 classes
of contexts. Each answer is asserted.
"""

import gc
import json
import os
import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.big_pack import CHANNELS, ENVIRONMENTS
from benchmarks.domain import SEED
from benchmarks.listing import loaded
from scopeguard import Context, Principal, Resource

FIRST_SAMPLE = 1_000
IDS = 1_000
MOST_ROLES, MOST_SCOPES = 6, 4
PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20
TOLD = {"owner": "usr_of_another", "locked": False}


def resident() -> float:
    """What the process holds now."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def main(requests: int, classes: int, roles: int, surfaces: int, seconds: float) -> None:
    """Ask, and print."""
    chosen = random.Random(SEED)
    with TemporaryDirectory() as folder:
        pack, _, guard = loaded((roles, surfaces), Path(folder))
    permissions, held_by = pack.permissions, pack.held_by
    members = pack.role_sets(classes // 2, 1, MOST_ROLES)
    keys = [
        [
            f"{permission}{f'/id_{chosen.randrange(IDS)}' if chosen.random() < 0.5 else ''}"
            for permission in chosen.sample(permissions, chosen.randint(1, MOST_SCOPES))
        ]
        for _ in range(classes // 2)
    ]
    contexts = [Context(channel, environment) for channel in CHANNELS for environment in ENVIRONMENTS]
    found, asked, next_sample = [(0, resident())], 0, FIRST_SAMPLE
    started = time.perf_counter()
    while asked < requests and time.perf_counter() - started < seconds:
        context, named = chosen.choice(contexts), f"id_{chosen.randrange(IDS)}"
        if asked % 2:
            held = chosen.choice(members)
            permission = chosen.choice(pack.held[held[0]] if chosen.random() < 0.5 else permissions)
            who = Principal.member(f"usr_{asked}", workspace="ws_1", roles=held)
            may = not held_by[permission].isdisjoint(held)
        else:
            held = chosen.choice(keys)
            permission = held[0].partition("/")[0] if chosen.random() < 0.5 else chosen.choice(permissions)
            who = Principal.api_key(f"key_{asked}", workspace="ws_1", scopes=held)
            may = permission in held or f"{permission}/{named}" in held
        about = Resource(permission.partition(":")[0], named, workspace="ws_1", attributes=TOLD)
        allowed = guard.check(who, permission, about, context).allowed
        assert allowed is (may and context.channel != CHANNELS[-1]), (who, permission, context)
        asked += 1
        if asked == next_sample:
            found.append((asked, resident()))
            next_sample *= 2
    if found[-1][0] != asked:
        found.append((asked, resident()))
    print(json.dumps(found))


main(*map(int, sys.argv[1:]))
