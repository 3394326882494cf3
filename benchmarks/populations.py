"""W4: a hundred thousand keys, each with scopes of its own; principal and resource are made for each request."""

import json
import operator
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeAlias, cast

from benchmarks import handwritten
from benchmarks.growth import write_pack
from benchmarks.handwritten import Caller, Circumstances, Thing
from benchmarks.population import (
    KEYS,
    Request,
    Row,
    held_by,
    keys,
    members,
    of_keys,
    of_members,
    requests,
    team_pack,
    teams,
)
from benchmarks.starting import probe
from benchmarks.timing import FLOOR, LOOP, OURS, Figure, Pass, bounded, compare, measure, net_of_loop, quiet
from scopeguard import Context, Decision, Guard, Principal, Resource

KEYS_HALF, KEYS_THIRD, MEMBERS = "keys, half narrowed", "keys, a third narrowed", "members"
KEYS_BELOW = "keys, a third narrowed to one agent's"
ONCE, EACH = "scopeguard", "scopeguard, key made for each"
FROZENSET = "frozenset of the list"
OBJECTS = "hand-written, objects made"
CHECKS = 20

Asking: TypeAlias = Callable[[Sequence[Request]], Sequence[object]]


class Sizes(NamedTuple):
    """How many are asked beforehand, in a round and in a fresh process, and how many scopes a wide key has."""

    warm: int
    chunk: int
    cold: int
    scopes: int


FULL = Sizes(warm=20_000, chunk=2_000, cold=20_000, scopes=1_000)
QUICK = Sizes(warm=5_000, chunk=1_000, cold=2_000, scopes=100)


class Engine(NamedTuple):
    """What answers requests, how its answers are compared to the floor's codes, and how many of a chunk it is asked."""

    ask: Asking
    agrees: Callable[[Any, str | None], bool] = operator.eq
    most: int | None = None


class Population(NamedTuple):
    """Who asks what: *first* has one request by each of a hundred thousand, *later* another one by each."""

    first: Sequence[Request]
    later: Sequence[Request]
    engines: Mapping[str, Engine]
    """The floor first among them. The guard was not asked yet."""


def same(decision: Decision, code: str | None) -> bool:
    """Whether a decision says what the floor says."""
    return (decision.code, decision.allowed) == (code, code is None)


def by_keys(guard: Guard) -> Asking:
    """Asks with a key and a resource made for each request."""
    check, api_key = guard.check, Principal.api_key
    return lambda found: [
        check(
            api_key(key, workspace=workspace, scopes=held),
            permission,
            Resource(surface, named, home, {"agent": agent} if agent else None),
            where,
        )
        for key, workspace, held, permission, surface, named, agent, home, _, where in found
    ]


def by_members(guard: Guard) -> Asking:
    """Asks with a member and a resource made for each request."""
    check, member = guard.check, Principal.member
    return lambda found: [
        check(
            member(user, workspace=workspace, roles=held.split()),
            permission,
            Resource(surface, named, workspace=home),
            where,
        )
        for user, workspace, held, permission, surface, named, _, home, _, where in found
    ]


def floor_of_keys(found: Sequence[Request]) -> list[str | None]:
    """What the hand-written function says of each."""
    check = handwritten.check_key
    return [
        check(workspace, held, permission, named, agent, home, where)
        for _, workspace, held, permission, _, named, agent, home, where, _ in found
    ]


def objects_of_keys(found: Sequence[Request]) -> list[str | None]:
    """The same by a service that makes a caller and a thing for each request."""
    check = handwritten.check_caller
    return [
        check(
            Caller("api_key", key, workspace, frozenset(held.split())),
            permission,
            Thing(surface, named, home, agent),
            where,
        )
        for key, workspace, held, permission, surface, named, agent, home, where, _ in found
    ]


def floor_of_members(roles: Mapping[str, Sequence[str]]) -> Asking:
    """What the hand-written function says of members with these roles."""
    check, table = handwritten.check_member, held_by(roles)
    return lambda found: [
        check(table, workspace, held, permission, home, where)
        for _, workspace, held, permission, _, _, _, home, where, _ in found
    ]


def looping(found: Sequence[Request]) -> list[None]:
    """Goes through requests of so many parts, and does nothing else."""
    return [None for _id, _workspace, _held, _permission, _surface, _named, _agent, _home, _plain, _native in found]


LOOPING = Engine(looping)


def population(name: str, count: int = KEYS) -> Population:
    """The population of that name, of so many."""
    engines: dict[str, Engine]
    if name == MEMBERS:
        roles = teams()
        with TemporaryDirectory() as folder:
            guard = Guard.default(write_pack(Path(folder) / "teams", team_pack(roles)))
        rows, ask = members(roles, count), of_members(roles)
        engines = {FLOOR: Engine(floor_of_members(roles)), OURS: Engine(by_members(guard), same)}
    else:
        below = name == KEYS_BELOW
        rows, ask = keys(count, narrowed=1 / 2 if name == KEYS_HALF else 1 / 3, below=below), of_keys(below=below)
        engines = {
            FLOOR: Engine(floor_of_keys),
            OBJECTS: Engine(objects_of_keys),
            OURS: Engine(by_keys(Guard.default()), same),
        }
    return Population(requests(rows, ask, 1), requests(rows, ask, 2), engines)


def agree(engines: Mapping[str, Engine], answers: Mapping[str, Sequence[object]], asked: Sequence[Request]) -> None:
    """Every answer is the floor's."""
    expected = cast("Sequence[str | None]", engines[FLOOR].ask(asked))
    for name, found in answers.items():
        for answer, code, request in zip(found, expected, asked, strict=False):
            assert engines[name].agrees(answer, code), (name, request, code, answer)


def once(engines: Mapping[str, Engine], chunks: Iterable[Sequence[Request]]) -> dict[str, list[float]]:
    """Nanoseconds a request in each chunk, which each engine goes through once, in turn.

    Whoever is asked for the first time cannot be asked before the clock runs: the answers that were timed are asserted.
    """
    names = [LOOP, *engines]
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn, chunk in enumerate(chunks):
        engines[FLOOR].ask(chunk)  # so that whoever goes first does not pay for fetching the rows from memory
        start = turn % len(names)
        answers: dict[str, Sequence[object]] = {}
        with quiet():
            for name in names[start:] + names[:start]:
                engine = engines.get(name, LOOPING)
                ask, asked = engine.ask, chunk[: engine.most]
                started = time.process_time_ns()
                answers[name] = ask(asked)
                found[name].append((time.process_time_ns() - started) / len(asked))
        del answers[LOOP]
        agree(engines, answers, chunk)
    return net_of_loop(found)


def chunks(asked: Sequence[Request], size: int) -> Iterator[Sequence[Request]]:
    """All of them in chunks of that size."""
    return (asked[start : start + size] for start in range(0, len(asked) - size + 1, size))


def warmed(name: str, *, rounds: int, sizes: Sizes) -> list[Figure]:
    """First and only requests, when others have asked before, and later ones by keys that have asked before."""
    first, later, engines = population(name)
    warm, size = sizes.warm, sizes.chunk
    agree(engines, {OURS: engines[OURS].ask(first[:warm])}, first[:warm])
    values = {"first and only": once(engines, bounded(islice(chunks(first[warm:], size), rounds)))}
    seen = warm + size * len(values["first and only"][OURS])
    known = list(chunks(later[seen - warm : seen], size))
    values["later"] = once(engines, bounded(known[turn % len(known)] for turn in range(rounds)))
    figures = []
    for which, found in values.items():
        counts = dict.fromkeys(found, size)
        figures += compare(f"{name}, {which}", found, reference=FLOOR, counts=counts)
        if OBJECTS in found:
            pair = {each: found[each] for each in (OBJECTS, OURS)}
            figures += compare(f"{name}, {which}, to objects", pair, reference=OBJECTS, counts=counts)
    return figures


def cold(name: str, *, rounds: int, asked: int) -> list[Figure]:
    """The first requests ever that a process is asked, each by another key."""
    found: dict[str, list[float]] = {}
    for _ in bounded(range(rounds)):
        for engine, value in json.loads(probe("population", name, str(asked))).items():
            found.setdefault(engine, []).append(value)
    return compare(f"{name}, cold start", found, reference=FLOOR, counts=dict.fromkeys(found, asked))


def wide(*, rounds: int, scopes: int, checks: int = CHECKS) -> list[Figure]:
    """Checks by a key with many narrowed scopes, made once, and made for each; none was seen before."""
    found: dict[str, list[float]] = {FLOOR: [], ONCE: [], EACH: []}
    expected = [None if number % 2 else "scope_missing" for number in range(checks)]
    where, plain = Context(channel="server"), Circumstances("server")
    for turn in bounded(range(rounds)):
        for name, took in found.items():
            ids = [f"agt_{turn}_{len(name)}_{number}" for number in range(scopes)]
            held = " ".join(f"agents:read/{each}" for each in ids)
            about = [
                f"{each}{'' if number % 2 else '_not'}" for number, each in enumerate(ids[:: scopes // checks][:checks])
            ]
            check = Guard.default().check

            def made(held: str = held) -> Principal:
                return Principal.api_key("key", workspace="ws", scopes=held)

            def floor(named: str, held: str = held) -> str | None:
                return handwritten.check_key("ws", held, "agents:read", named, "", "ws", plain)

            with quiet():
                started = time.process_time_ns()
                if name == FLOOR:
                    codes = [floor(named) for named in about]
                elif name == ONCE:
                    key = made()
                    codes = [
                        check(key, "agents:read", Resource("agents", named, workspace="ws"), where).code
                        for named in about
                    ]
                else:
                    codes = [
                        check(made(), "agents:read", Resource("agents", named, workspace="ws"), where).code
                        for named in about
                    ]
                took.append((time.process_time_ns() - started) / 1e6)
            assert codes == expected, name
    counts = dict.fromkeys(found, checks)
    return compare(f"{checks} checks, {scopes:,} narrowed scopes", found, reference=FLOOR, counts=counts, unit="ms")


def listed(rows: Sequence[Row], *, rounds: int) -> list[Figure]:
    """A principal from a list of scopes, beside the set of them."""
    lists = [(key, workspace, held.split()) for key, workspace, held in rows]
    api_key = Principal.api_key

    def theirs() -> list[frozenset[str]]:
        return [frozenset(held) for _, _, held in lists]

    def ours() -> list[Principal]:
        return [api_key(key, workspace=workspace, scopes=held) for key, workspace, held in lists]

    def loop() -> list[None]:
        return [None for _key, _workspace, _held in lists]

    assert [each.scopes for each in ours()] == theirs()
    count = len(lists)
    passes = {LOOP: Pass(loop, count), FROZENSET: Pass(theirs, count), OURS: Pass(ours, count)}
    return measure("principal from a list of scopes", passes, rounds=rounds, reference=FROZENSET)


def figures(*, rounds: int, sizes: Sizes = FULL) -> list[Figure]:
    """All figures of W4."""
    few = max(3, rounds // 8)
    return [
        *(
            each
            for name in (KEYS_HALF, KEYS_THIRD, KEYS_BELOW, MEMBERS)
            for each in warmed(name, rounds=rounds, sizes=sizes)
        ),
        *(each for name in (KEYS_HALF, MEMBERS) for each in cold(name, rounds=few, asked=sizes.cold)),
        *wide(rounds=few, scopes=sizes.scopes),
        *listed(keys(sizes.chunk), rounds=rounds),
    ]
