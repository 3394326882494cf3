"""W1, narrowed: checks by who holds something on one resource or below it, beside who holds the same everywhere."""

import random
from collections.abc import Sequence

from benchmarks.request_checks import going
from benchmarks.timing import LOOP, OURS, Figure, Pass, Passes, measure
from scopeguard import Context, Guard, Principal, Resource

KEYS, ROLES = "narrowed to one agent's, to everything", "a role on one agent, to the role"
IDS = "narrowed to ids, to everything"
WIDE = "scopeguard, everything"
AGENTS, REQUESTS, SEED = 10, 30, 21
READ = "conversations:read"


def conversations(agents: Sequence[str]) -> list[Resource]:
    """Conversations of these agents."""
    chosen = random.Random(SEED)
    return [
        Resource("conversations", f"cnv_{number}", "ws_1", {"agent": chosen.choice(agents)})
        for number in range(REQUESTS)
    ]


def beside(guard: Guard, wide: Principal, narrow: Principal, about: Sequence[Resource], where: Context) -> Passes:
    """The same requests by both, who are allowed to do each."""
    for _ in range(3):
        assert all(guard.check(who, READ, each, where) for who in (wide, narrow) for each in about)
    asked = [[(who, READ, each, where) for each in about] for who in (wide, narrow)]
    loop = Pass(lambda: [None for _who, _what, _about, _where in asked[0]], len(about))
    return {LOOP: loop, WIDE: going(guard.check, asked[0]), OURS: going(guard.check, asked[1])}


def figures(*, rounds: int) -> list[Figure]:
    """What it costs that something is held on one resource, or on what lies below it."""
    guard = Guard.default()
    agents = [f"agt_{number}" for number in range(AGENTS)]
    about = conversations(agents)
    server, dashboard = Context("server"), Context("dashboard")

    def key(*scopes: str) -> Principal:
        return Principal.api_key("key_1", workspace="ws_1", scopes=scopes)

    def member(*roles: str) -> Principal:
        return Principal.member("usr_1", workspace="ws_1", roles=roles)

    below = key(*(f"{READ}/agents:{agent}" for agent in agents))
    ids = key(*(f"{READ}/{each.id}" for each in about))
    bound = member(*(f"viewer/agents:{agent}" for agent in agents))
    runs = {
        KEYS: beside(guard, key(READ), below, about, server),
        IDS: beside(guard, key(READ), ids, about, server),
        ROLES: beside(guard, member("viewer"), bound, about, dashboard),
    }
    return [figure for name, passes in runs.items() for figure in measure(name, passes, rounds=rounds, reference=WIDE)]
