"""Warm request checks on the default pack, as a ratio to a hand-written function with the same answers."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from benchmarks import handwritten
from scopeguard import Context, Guard, Principal, Resource

REQUESTS = 2_000
ROUNDS = 31
CHANNELS = ("server", "dashboard", "browser", "widget", "mobile")
ROLES = tuple(handwritten.ROLES)

Request: TypeAlias = tuple[Principal, str, Resource, Context]


def requests(guard: Guard, seed: int = 20) -> list[Request]:
    """Seeded requests: keys with one to six scopes, members with a role or two, own and other workspaces."""
    chosen = random.Random(seed)
    surfaces = [
        surface
        for surface in guard.catalog.surfaces.values()
        if "api_key" in surface.holdable_by or surface.name == "api_keys"
    ]
    permissions = [p for surface in surfaces for p in surface.permissions if p != "api_keys:grant_sensitive"]
    scopes = sorted(guard.catalog.scopes)
    keys = [
        Principal.api_key(f"key_{i}", workspace="ws_1", scopes=chosen.sample(scopes, chosen.randint(1, 6)))
        for i in range(60)
    ]
    members = [
        Principal.member(f"usr_{i}", workspace="ws_1", roles=chosen.sample(ROLES, chosen.randint(1, 2)))
        for i in range(40)
    ]
    contexts = {channel: Context(channel=channel) for channel in CHANNELS}
    made = []
    for _ in range(REQUESTS):
        principal = chosen.choice(keys if chosen.random() < 0.7 else members)
        home = "server" if principal.kind == "api_key" else "dashboard"
        channel = home if chosen.random() < 0.85 else chosen.choice(CHANNELS)
        permission = chosen.choice(permissions)
        workspace = "ws_1" if chosen.random() < 0.95 else "ws_2"
        resource = Resource(permission.partition(":")[0], f"id_{chosen.randint(1, 99)}", workspace=workspace)
        made.append((principal, permission, resource, contexts[channel]))
    return made


def per_request(check: Callable[..., object], asked: Sequence[Request]) -> float:
    """Nanoseconds a request, of one pass over all of them."""
    started = time.perf_counter_ns()
    for principal, permission, resource, context in asked:
        check(principal, permission, resource, context)
    return (time.perf_counter_ns() - started) / len(asked)


def compare(name: str, guard: Guard, asked: Sequence[Request]) -> float:
    """Print one line of the table and return the ratio: medians of interleaved rounds."""
    ours, floor = [], []
    gc.collect()
    gc.disable()
    try:
        for _ in range(ROUNDS):
            ours.append(per_request(guard.check, asked))
            floor.append(per_request(handwritten.check, asked))
    finally:
        gc.enable()
    ratios = [mine / best for mine, best in zip(ours, floor, strict=True)]
    quartiles = statistics.quantiles(ratios, n=4)
    print(
        f"{name:<22} {len(asked):>6} {statistics.median(ours):>9.0f} {statistics.median(floor):>9.0f}"
        f" {statistics.median(ratios):>7.2f}   {quartiles[0]:.2f} to {quartiles[2]:.2f}"
    )
    return statistics.median(ratios)


def main() -> None:
    """Assert that all answers agree, then print the table."""
    guard = Guard.default()
    asked = requests(guard)
    allowed = []
    for request in asked:
        expected = handwritten.check(*request)
        decision = guard.check(*request)
        assert (decision.code, decision.allowed) == (expected, expected is None), (request, expected, decision)
        allowed.append(decision.allowed)
    print(f"{len(asked)} requests, {sum(allowed)} allowed; every answer equals the hand-written function's\n")
    print(f"{'warm guard.check':<22} {'count':>6} {'ns':>9} {'floor ns':>9} {'ratio':>7}   quartiles")
    compare("mixed", guard, asked)
    compare("allows", guard, [request for request, yes in zip(asked, allowed, strict=True) if yes])
    compare("denies", guard, [request for request, yes in zip(asked, allowed, strict=True) if not yes])
