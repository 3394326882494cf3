"""The requests that all engines are asked: seeded, about the default pack, as plain objects and as scopeguard's own."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from benchmarks import handwritten
from benchmarks.handwritten import Caller, Circumstances, Thing
from scopeguard import Context, Principal, Resource

SEED = 20
REQUESTS = 2_000
BATCH = 100
CHANNELS = ("server", "dashboard", "browser", "widget", "mobile")
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
AGENTS_CREATE = "agents.create"

Plain: TypeAlias = tuple[Caller, str, Thing, Circumstances]
Native: TypeAlias = tuple[Principal, str, Resource, Context]


class Asked(NamedTuple):
    """The same requests in both forms."""

    plain: Sequence[Plain]
    native: Sequence[Native]

    def only(self, chosen: Sequence[bool]) -> "Asked":
        """The requests where *chosen* is true."""
        return Asked(
            [request for request, yes in zip(self.plain, chosen, strict=True) if yes],
            [request for request, yes in zip(self.native, chosen, strict=True) if yes],
        )


def principal(caller: Caller) -> Principal:
    """A caller as scopeguard takes it."""
    if caller.kind == "api_key":
        return Principal.api_key(caller.id, workspace=caller.workspace, scopes=caller.scopes)
    return Principal.member(caller.id, workspace=caller.workspace, roles=caller.roles)


def asked(plain: Sequence[Plain]) -> Asked:
    """*plain* requests with their twins: what is one object on one side is one object on the other."""
    callers = {caller: principal(caller) for caller, *_ in plain}
    things = {thing: Resource(thing.surface, thing.id, workspace=thing.workspace) for _, _, thing, _ in plain}
    contexts = {
        each: Context(each.channel, each.environment, each.facts, each.now, each.attributes) for *_, each in plain
    }
    native = [(callers[who], what, things[about], contexts[where]) for who, what, about, where in plain]
    return Asked(plain, native)


def callers(chosen: random.Random, keys: int = 60, members: int = 40) -> tuple[list[Caller], list[Caller]]:
    """API keys with one to six scopes, and members with a role or two."""
    scopes = sorted({*handwritten.SCOPES, "workspace:read", "workspace:write", "webhooks:read", "webhooks:write"})
    roles = list(handwritten.ROLES)
    return (
        [Caller("api_key", f"key_{i}", "ws_1", scopes=frozenset(chosen.sample(scopes, chosen.randint(1, 6))))
         for i in range(keys)],
        [Caller("member", f"usr_{i}", "ws_1", roles=frozenset(chosen.sample(roles, chosen.randint(1, 2))))
         for i in range(members)],
    )  # fmt: skip


def contexts() -> dict[str, list[Circumstances]]:
    """By channel, circumstances with single sign-on available, without, and with it required of members."""
    return {
        channel: [
            Circumstances(channel, facts={"sso_available": True}),
            Circumstances(channel),
            Circumstances(channel),
            Circumstances(channel, attributes={"sso_required": True}),
        ]
        for channel in CHANNELS
    }


def requests(count: int = REQUESTS, seed: int = SEED) -> Asked:
    """Requests about all permissions but those that change members: own and other workspaces and channels."""
    chosen = random.Random(seed)
    keys, members = callers(chosen)
    found = contexts()
    plain: list[Plain] = []
    for _ in range(count):
        caller = chosen.choice(keys if chosen.random() < 0.6 else members)
        permission = chosen.choice(handwritten.PERMISSIONS)
        thing = Thing(permission.partition(":")[0], f"id_{chosen.randint(1, 99)}", another(chosen, "ws_1", "ws_2"))
        plain.append((caller, permission, thing, chosen.choice(found[channel(chosen, caller)])))
    return asked(plain)


def another(chosen: random.Random, usual: str, rare: str) -> str:
    """*usual* in 19 of 20 cases."""
    return usual if chosen.random() < 0.95 else rare


def channel(chosen: random.Random, caller: Caller) -> str:
    """Mostly the channel where such a caller belongs."""
    home = "server" if caller.kind == "api_key" else "dashboard"
    return home if chosen.random() < 0.85 else chosen.choice(CHANNELS)


def gated(count: int = REQUESTS, seed: int = SEED) -> Asked:
    """Requests to create an agent, by callers who mostly may, each with facts of its own."""
    chosen = random.Random(seed)
    keys = [Caller("api_key", f"key_{i}", "ws_1", scopes=frozenset(held)) for i, held in enumerate(
        [("workspace:write",), ("agents:write", "users:read"), ("agents:write",), ("workspace:read",)] * 15
    )]  # fmt: skip
    members = [Caller("member", f"usr_{i}", "ws_1", roles=frozenset(held)) for i, held in enumerate(
        [("owner",), ("admin",), ("developer", "billing"), ("viewer",)] * 10
    )]  # fmt: skip
    plain: list[Plain] = []
    for _ in range(count):
        caller = chosen.choice(keys if chosen.random() < 0.6 else members)
        thing = Thing("agents", f"agt_{chosen.randint(1, 99)}", another(chosen, "ws_1", "ws_2"))
        home = "server" if caller.kind == "api_key" else "dashboard"
        plain.append((caller, AGENTS_CREATE, thing, Circumstances(home, facts=facts(chosen), now=NOW)))
    return asked(plain)


def facts(chosen: random.Random) -> dict[str, Any]:
    """What a host knows of a workspace's agents: mostly fresh and whole, sometimes old or with a part missing."""
    limit = chosen.randint(5, 50)
    full = chosen.random() < 0.4
    used = limit - chosen.randint(0, 2) if full else chosen.randint(0, limit - 4)
    limits: dict[str, Any] = {"limit": limit, "used": used, "reserved": chosen.randint(1, 3) if full else 1}
    at = NOW - timedelta(seconds=chosen.randint(0, 200))
    found: dict[str, Any] = {"entitlements": {"agents": limits}}
    (limits if chosen.random() < 0.5 else found)["as_of"] = at
    match chosen.randint(1, 20):
        case 1:
            found["entitlements"]["agents"] = {"unlimited": True, "as_of": at}
        case 2:
            limits["kind"] = "soft"
        case 3:
            limits["kind"] = "hard"
        case 4:
            limits["as_of"] = NOW - timedelta(minutes=6)
        case 5:
            del limits["reserved"]
        case 6:
            limits["enabled"] = False
        case 7:
            found["quantity"] = 2
    return found


def batches(count: int = REQUESTS // BATCH, seed: int = SEED) -> list[Asked]:
    """Batches of requests, each by one caller in one context."""
    chosen = random.Random(seed)
    keys, members = callers(chosen)
    made = []
    for number in range(count):
        caller = chosen.choice(members if number % 2 else keys)
        where = contexts()["server" if caller.kind == "api_key" else "dashboard"][0]
        plain: list[Plain] = []
        for permission in chosen.choices(handwritten.PERMISSIONS, k=BATCH):
            home = another(chosen, "ws_1", "ws_2")
            plain.append((caller, permission, Thing(permission.partition(":")[0], f"id_{len(plain)}", home), where))
        made.append(asked(plain))
    return made
