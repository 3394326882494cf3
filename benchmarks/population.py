"""Populations: keys and members as a table has them, each with a set of scopes or roles of its own, and their requests.

All of it is seeded, and the same with any order of sets.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from benchmarks import handwritten
from benchmarks.domain import SEED, another, contexts
from benchmarks.handwritten import BELOW, MEMBER_PERMISSIONS, NARROWED, PERMISSIONS, SCOPES, Circumstances
from scopeguard import Context

KEYS = 100_000
WORKSPACES = 5_000
IDS = 1_000
MOST_HELD = 6
MOST_NARROWED = 3
ROLES = 64
KEY_SCOPES = sorted({*SCOPES, "workspace:read", "workspace:write", "webhooks:read", "webhooks:write"})

Row: TypeAlias = tuple[str, str, str]
"""An id, a workspace, and the text of scopes or roles."""


class Request(NamedTuple):
    """A row with what is asked of it: the permission, its surface, the resource's id and workspace, and where."""

    id: str
    workspace: str
    held: str
    permission: str
    surface: str
    named: str
    agent: str
    """The agent whose it is; empty where nobody asks by it."""
    home: str
    plain: Circumstances
    native: Context


Ask: TypeAlias = Callable[[random.Random, Row], Request]
"""Makes one request by the holder of a row."""


def rows(name: str, count: int, draw: Callable[[random.Random, int], Sequence[str]]) -> list[Row]:
    """*count* rows, no two of which hold the same."""
    chosen = random.Random(SEED)
    texts: dict[str, None] = {}
    while len(texts) < count:
        texts[" ".join(sorted(draw(chosen, len(texts))))] = None
    return [(f"{name}_{number}", f"ws_{number % WORKSPACES}", text) for number, text in enumerate(texts)]


def keys(count: int = KEYS, *, narrowed: float = 0.5, below: bool = False) -> list[Row]:
    """Keys with one to six scopes; the share *narrowed* of them has one to three that are narrowed to one resource.

    *below*: to what is one agent's.
    """
    start, narrowing = ("agents:agt", BELOW) if below else ("id", NARROWED)

    def draw(chosen: random.Random, number: int) -> list[str]:
        held = chosen.sample(KEY_SCOPES, chosen.randint(1, MOST_HELD))
        if int((number + 1) * narrowed) > int(number * narrowed):
            few = min(chosen.randint(1, MOST_NARROWED), len(held))
            held[:few] = [f"{each}/{start}_{chosen.randint(1, IDS)}" for each in chosen.sample(sorted(narrowing), few)]
        return held

    return rows("key", count, draw)


def members(roles: Mapping[str, Sequence[str]], count: int = KEYS) -> list[Row]:
    """Members with one to six of *roles*."""
    named = sorted(roles)
    return rows("usr", count, lambda chosen, _: chosen.sample(named, chosen.randint(1, MOST_HELD)))


def teams(count: int = ROLES) -> dict[str, list[str]]:
    """Roles by name, each with one to three member permissions."""
    chosen = random.Random(SEED)
    return {f"team_{i}": chosen.sample(sorted(MEMBER_PERMISSIONS), chosen.randint(1, 3)) for i in range(count)}


def team_pack(roles: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The file that adds *roles* to the shipped pack."""
    yield "scopeguard: 1\nroles:\n" + "".join(
        f"  {name}: {{holds: [{', '.join(of)}], loosens: the workspace has teams}}\n" for name, of in roles.items()
    )


def held_by(roles: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Of each permission the roles that hold it, those of the shipped pack too."""
    granted = {name: frozenset().union(*(MEMBER_PERMISSIONS[each] for each in of)) for name, of in roles.items()}
    return {
        permission: handwritten.HELD_BY[permission] | {name for name, grants in granted.items() if permission in grants}
        for permission in PERMISSIONS
    }


def of_keys(*, below: bool = False) -> Ask:
    """Of three requests two are about what the key holds, and most of these about the resource, or agent, it names."""
    places = _places()
    grantable, account = sorted(SCOPES), [each for each in PERMISSIONS if each not in SCOPES]

    def ask(chosen: random.Random, row: Row) -> Request:
        permission, named = chosen.choice(grantable if chosen.random() < 0.95 else account), ""
        if chosen.random() < 2 / 3:
            held, _, named = chosen.choice(row[2].split()).partition("/")
            permission = held if held in SCOPES else permission
        agent = named.partition(":")[2]
        if not named or agent or chosen.random() < 0.25:
            named = f"id_{chosen.randint(1, IDS)}"
        if below and (not agent or chosen.random() < 0.25):
            agent = f"agt_{chosen.randint(1, IDS)}"
        agent = agent if permission in BELOW else ""
        return _request(chosen, row, permission, named, places[another(chosen, "server", "browser")], agent)

    return ask


def of_members(roles: Mapping[str, Sequence[str]]) -> Ask:
    """Two requests of three are about what one of the roles holds."""
    places = _places()

    def ask(chosen: random.Random, row: Row) -> Request:
        permission = chosen.choice(PERMISSIONS)
        if chosen.random() < 2 / 3:
            of = roles[chosen.choice(row[2].split())]
            permission = chosen.choice(sorted(MEMBER_PERMISSIONS[chosen.choice(of)]))
        where = places[another(chosen, "dashboard", "browser")]
        return _request(chosen, row, permission, f"id_{chosen.randint(1, IDS)}", where)

    return ask


def requests(found: Sequence[Row], ask: Ask, seed: int) -> list[Request]:
    """One request by each."""
    chosen = random.Random(seed)
    return [ask(chosen, row) for row in found]


Places: TypeAlias = Mapping[str, Sequence[tuple[Circumstances, Context]]]


def _places() -> Places:
    return {
        channel: [(each, Context(each.channel, each.environment, each.facts, each.now, each.attributes))
                  for each in found]
        for channel, found in contexts().items()
    }  # fmt: skip


def _request(
    chosen: random.Random,
    row: Row,
    permission: str,
    named: str,
    places: Sequence[tuple[Circumstances, Context]],
    agent: str = "",
) -> Request:
    home = another(chosen, row[1], "ws_elsewhere")
    return Request(*row, permission, permission.partition(":")[0], named, agent, home, *chosen.choice(places))
