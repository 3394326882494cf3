"""W1: request checks on the default pack, beside the hand-written function and other floors."""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Thread
from typing import Any, TypeAlias

from benchmarks import handwritten
from benchmarks.domain import Asked, Native, Plain, batches, gated, requests
from benchmarks.timing import FLOOR, LOOP, OURS, Figure, Pass, Passes, compare, counts, measure, net
from scopeguard import Decision, Guard, Principal

LOOKUP = "dict lookup"
CACHE = "lru_cache"
SINGLE = "scopeguard, one by one"
ALLOWS = "scopeguard, allows"
THREADS = 4
AGAIN = 20
"""How often a thread goes through its share, so that starting it does not count."""

Plainly: TypeAlias = Callable[..., str | None]


def agree(guard: Guard, asked: Asked, floor: Plainly) -> list[bool]:
    """Which requests are allowed. Every answer is asserted to be the floor's."""
    found = []
    for plain, native in zip(asked.plain, asked.native, strict=True):
        expected, decision = floor(*plain), guard.check(*native)
        assert (decision.code, decision.allowed) == (expected, expected is None), (native, expected, decision)
        found.append(decision.allowed)
    return found


def going(check: Callable[..., object], asked: Sequence[Plain] | Sequence[Native]) -> Pass:
    """*check*, asked each request."""

    def run() -> None:
        for principal, permission, resource, context in asked:
            check(principal, permission, resource, context)

    return Pass(run, len(asked))


def empty(asked: Sequence[Any]) -> Pass:
    """Going through requests of four parts, and nothing else."""

    def run() -> None:
        for _principal, _permission, _resource, _context in asked:
            pass

    return Pass(run, len(asked))


def lookup(plain: Sequence[Plain]) -> Plainly:
    """Answers computed beforehand, found by what they depend on."""
    answers = {
        (caller.id, permission, thing.workspace, where.channel): handwritten.check(caller, permission, thing, where)
        for caller, permission, thing, where in plain
    }

    def found(caller: Any, permission: str, thing: Any, circumstances: Any) -> str | None:
        return answers[caller.id, permission, thing.workspace, circumstances.channel]

    return found


def warm(guard: Guard, asked: Asked, floor: Plainly) -> Passes:
    """Ours and the floor, principals reused."""
    agree(guard, asked, floor)
    return {
        LOOP: empty(asked.plain),
        FLOOR: going(floor, asked.plain),
        OURS: going(guard.check, asked.native),
    }


def mixed(guard: Guard, asked: Asked) -> Passes:
    """As :func:`warm`, with the other floors."""
    cached = lru_cache(maxsize=2 * len(asked.plain))(handwritten.check)
    return {
        **warm(guard, asked, handwritten.check),
        LOOKUP: going(lookup(asked.plain), asked.plain),
        CACHE: going(cached, asked.plain),
    }


def raw(guard: Guard, asked: Asked) -> Passes:
    """What stands in a table of keys or members, made into a principal for each request."""
    plain: list[Any] = []
    native: list[Any] = []
    for (caller, permission, thing, where), (_, _, resource, context) in zip(asked.plain, asked.native, strict=True):
        held = " ".join(sorted(caller.scopes)) if caller.kind == "api_key" else sorted(caller.roles)
        row = (caller.kind, caller.id, caller.workspace, held, permission)
        plain.append((*row, thing, where))
        native.append((*row, resource, context))
    floor, check, api_key, member = handwritten.check_raw, guard.check, Principal.api_key, Principal.member

    def ask_floor() -> list[str | None]:
        return [
            floor(kind, workspace, held, permission, thing, where)
            for kind, _id, workspace, held, permission, thing, where in plain
        ]

    def ask_ours() -> list[Decision]:
        return [
            check(
                api_key(named, workspace=workspace, scopes=held)
                if kind == "api_key"
                else member(named, workspace=workspace, roles=held),
                permission,
                resource,
                context,
            )
            for kind, named, workspace, held, permission, resource, context in native
        ]

    assert [decision.code for decision in ask_ours()] == ask_floor()
    return {FLOOR: Pass(ask_floor, len(plain)), OURS: Pass(ask_ours, len(native))}


def told(guard: Guard, allows: Asked, denies: Asked) -> Passes:
    """Decisions that are read: code, reason, what is needed and the remedy."""

    def reading(asked: Asked) -> Pass:
        check = guard.check

        def run() -> None:
            for principal, permission, resource, context in asked.native:
                decision = check(principal, permission, resource, context)
                _ = (decision.code, decision.reason, decision.needed, decision.remedy)

        return Pass(run, len(asked.native))

    assert all(decision.reason and decision.code for decision in (guard.check(*each) for each in denies.native))
    return {LOOP: empty(allows.native), ALLOWS: reading(allows), OURS: reading(denies)}


def many(guard: Guard, found: Sequence[Asked]) -> Passes:
    """Batches by one caller in one context: in one call, one by one, and by the floor."""
    plain = [
        (each.plain[0][0], each.plain[0][3], [(what, about) for _, what, about, _ in each.plain]) for each in found
    ]
    native = [
        (each.native[0][0], each.native[0][3], [(what, about) for _, what, about, _ in each.native]) for each in found
    ]
    count = sum(len(each.plain) for each in found)
    floor, check, check_many = handwritten.check, guard.check, guard.check_many

    def ask_floor() -> list[list[str | None]]:
        return [[floor(who, what, about, where) for what, about in items] for who, where, items in plain]

    def ask_singly() -> list[list[Decision]]:
        return [[check(who, what, about, where) for what, about in items] for who, where, items in native]

    def ask_ours() -> list[list[Decision]]:
        return [check_many(who, items, where) for who, where, items in native]

    assert ask_ours() == ask_singly()
    assert [[decision.code for decision in each] for each in ask_ours()] == ask_floor()
    return {FLOOR: Pass(ask_floor, count), SINGLE: Pass(ask_singly, count), OURS: Pass(ask_ours, count)}


def threaded(guard: Guard, asked: Asked) -> Passes:
    """The same work shared by threads, by the wall: threads wait for each other."""

    def shared(check: Callable[..., object], requests: Sequence[Any]) -> Pass:
        shares = [going(check, requests[number::THREADS]) for number in range(THREADS)]

        def work(share: Pass) -> None:
            for _ in range(AGAIN):
                share.run()

        def run() -> None:
            threads = [Thread(target=work, args=(share,)) for share in shares]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        return Pass(run, len(requests) * AGAIN, time.perf_counter_ns)

    return {FLOOR: shared(handwritten.check, asked.plain), OURS: shared(guard.check, asked.native)}


def figures(*, rounds: int) -> list[Figure]:
    """All figures of W1."""
    guard = Guard.default()
    everything, asked = requests(), gated()
    yes = agree(guard, everything, handwritten.check)
    agree(guard, asked, handwritten.create_agent)
    unknown = [handwritten.create_agent(*plain) == "facts_unavailable" for plain in asked.plain]
    limited = asked.only([not each for each in unknown])
    fits = agree(guard, limited, handwritten.create_agent)
    allows, denies = everything.only(yes), everything.only([not each for each in yes])
    runs = {
        "mixed": mixed(guard, everything),
        "allows": warm(guard, allows, handwritten.check),
        "denies": warm(guard, denies, handwritten.check),
        "principal built": raw(guard, everything),
        "gate": warm(guard, limited, handwritten.create_agent),
        "gate, allows": warm(guard, limited.only(fits), handwritten.create_agent),
        "gate, denies": warm(guard, limited.only([not each for each in fits]), handwritten.create_agent),
        "gate, facts missing or too old": warm(guard, asked.only(unknown), handwritten.create_agent),
        "4 threads": threaded(guard, everything),
    }
    batched = many(guard, batches())
    items = net(batched, rounds=rounds)
    return [
        *(figure for name, passes in runs.items() for figure in measure(name, passes, rounds=rounds)),
        *measure("deny read in full", told(guard, allows, denies), rounds=rounds, reference=ALLOWS),
        *compare("check_many", items, reference=FLOOR, counts=counts(batched)),
        *compare(
            "check_many, to single",
            {name: items[name] for name in (SINGLE, OURS)},
            reference=SINGLE,
            counts=counts(batched),
        ),
    ]
