"""W5: lists. Permissions, pages, matrices and questions about everything, for the shipped pack and for large ones."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

from benchmarks import handwritten
from benchmarks.big_pack import CHANNELS, ENVIRONMENTS, TABS, BigPack
from benchmarks.growth import write_pack
from benchmarks.handwritten import PERMISSIONS, ROLES, Caller, Circumstances, Thing
from benchmarks.starting import probe
from benchmarks.timing import FLOOR, OURS, Figure, Pass, bounded, compare, net, quiet
from scopeguard import Context, Guard, Principal, Resource

HELD = 40
"""Roles of a member of a large pack."""
ROLES_A_SURFACE = 5
ROWS = 10
"""Roles in a matrix."""
CHECK = "scopeguard, check"
DESK = Context(channel="dashboard", facts={"sso_available": True})
PLACE = Context(channel=CHANNELS[0], environment=ENVIRONMENTS[0])
VIEWS = {
    "general": "workspace_settings:read",
    "members": "members:view",
    "api_keys": "api_keys:view",
    "providers": "providers:view",
    "sso": "sso:view",
    "privacy": "privacy:view",
    "compliance": "compliance:view",
    "audit": "audit_logs:read",
}
"""The tabs of the settings of the shipped pack, and what viewing each takes."""

T = TypeVar("T")


class Sizes(NamedTuple):
    """Roles by surfaces of the large pack and of the middle one, the columns of a matrix, and roles on the way."""

    large: tuple[int, int]
    middle: tuple[int, int]
    columns: int
    growth: Sequence[int]


FULL = Sizes(large=(1_500, 300), middle=(750, 150), columns=1_800, growth=(50, 200, 800))
QUICK = Sizes(large=(100, 20), middle=(60, 10), columns=180, growth=(50,))


class Loaded(NamedTuple):
    """A pack, where it is written, and a guard for it."""

    pack: BigPack
    folder: Path
    guard: Guard

    @property
    def name(self) -> str:
        """How large it is."""
        return f"{self.pack.roles:,} roles, {len(self.pack.permissions):,} permissions"


def loaded(size: tuple[int, int], folder: Path) -> Loaded:
    """A pack of so many roles and surfaces."""
    pack = BigPack(*size)
    at = write_pack(folder / f"{pack.roles}-{pack.surfaces}", pack.files())
    return Loaded(pack, at, Guard.load(at))


def spent(run: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds of work, and what came of it."""
    with quiet():
        started = time.process_time_ns()
        found = run()
        return (time.process_time_ns() - started) / 1e6, found


def warm(workload: str, runs: Mapping[str, Callable[[], object]], *, rounds: int) -> list[Figure]:
    """Milliseconds of each, asked the same again and again."""
    values = net({name: Pass(run, 1) for name, run in runs.items()}, rounds=rounds)
    found = {name: [each / 1e6 for each in took] for name, took in values.items()}
    return compare(workload, found, reference=FLOOR, counts=dict.fromkeys(found, 1), unit="ms")


def first(
    workload: str,
    runs: Mapping[str, Callable[[int], Any]],
    agrees: Callable[[int, dict[str, Any]], bool],
    *,
    rounds: int,
    reference: str = FLOOR,
) -> list[Figure]:
    """Milliseconds of each, asked something new in each round; the answers are asserted beside the clock."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for turn in bounded(range(rounds)):
        answers = {}
        for name, run in runs.items():
            took, answers[name] = spent(lambda run=run, turn=turn: run(turn))  # type: ignore[misc]  # called at once
            found[name].append(took)
        assert agrees(turn, answers), (workload, turn)
    return compare(workload, found, reference=reference, counts=dict.fromkeys(found, 1), unit="ms")


def member(roles: Sequence[str], number: int = 0) -> Principal:
    """A member with these roles."""
    return Principal.member(f"usr_{number}", workspace="ws_1", roles=roles)


class Hand:
    """What a service would have written for a large pack: tables built once, and sets."""

    def __init__(self, pack: BigPack) -> None:
        self.permissions = pack.permissions
        self.holds = {role: frozenset(permissions) for role, permissions in pack.held.items()}
        self.conditional = frozenset(filter(pack.is_conditional, pack.permissions))
        self.owned = frozenset(each for each in self.conditional if each.endswith(":act_0"))

    def held(self, roles: Sequence[str]) -> frozenset[str]:
        """What roles hold together."""
        return frozenset[str]().union(*[self.holds[role] for role in roles])

    def listed(self, roles: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
        """What is allowed outright, and what depends on the resource."""
        held = self.held(roles)
        return held - self.conditional, held & self.conditional | self.owned

    def asked(self, roles: Sequence[str]) -> list[bool]:
        """What may be done to somebody else's resource that is not locked, of all there is."""
        held = self.held(roles)
        return [permission in held for permission in self.permissions]

    def table(self, roles: Sequence[str], columns: Sequence[str]) -> list[list[str]]:
        """A row for each role."""
        rows = []
        for role in roles:
            allowed, conditional = self.listed([role])
            rows.append([
                "allow" if each in allowed else "conditional" if each in conditional else "deny" for each in columns
            ])  # fmt: skip
        return rows


def states(found: Any) -> list[list[str]]:
    """The states of a matrix, row by row."""
    return [[found[row, column].state for column in found.columns] for row in found.rows]


def shipped(*, rounds: int) -> list[Figure]:
    """Lists by the shipped pack, for a member who develops and pays."""
    guard, roles = Guard.default(), ["developer", "billing"]
    who, plain = member(roles), Circumstances("dashboard", facts={"sso_available": True})
    by_hand = Caller("member", "usr_0", "ws_1", roles=frozenset(roles))
    each_role = [Caller("member", role, "ws_1", roles=frozenset({role})) for role in ROLES]
    things = {each: Thing(each.partition(":")[0], "id_1", "ws_1") for each in PERMISSIONS}
    items = [(each, Resource(thing.surface, thing.id, workspace="ws_1")) for each, thing in things.items()]
    everyone = {role: member([role]) for role in ROLES}
    check = handwritten.check

    def listed() -> set[str]:
        return {each for each, thing in things.items() if check(by_hand, each, thing, plain) is None}

    def tabs() -> list[bool]:
        return [check(by_hand, each, things[each], plain) is None for each in VIEWS.values()]

    def asked() -> list[str | None]:
        return [check(by_hand, each, thing, plain) for each, thing in things.items()]

    def table() -> list[list[str]]:
        return [
            ["allow" if check(caller, each, thing, plain) is None else "deny" for each, thing in things.items()]
            for caller in each_role
        ]

    assert guard.permissions(who, DESK) & {*PERMISSIONS} == listed()
    assert [(each.id, each.state != "unavailable") for each in guard.settings_tabs(who, DESK)] == [
        *zip(VIEWS, tabs(), strict=True)
    ]
    assert [each.code for each in guard.check_many(who, items, DESK)] == asked()
    assert states(guard.matrix(everyone, PERMISSIONS, DESK)) == table()
    runs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "permissions()": (listed, lambda: guard.permissions(who, DESK)),
        "settings_tabs": (tabs, lambda: guard.settings_tabs(who, DESK)),
        "check_many, everything": (asked, lambda: guard.check_many(who, items, DESK)),
        "matrix, all roles": (table, lambda: guard.matrix(everyone, PERMISSIONS, DESK)),
    }
    return [
        figure
        for name, (floor, ours) in runs.items()
        for figure in warm(f"{name}, shipped pack", {FLOOR: floor, OURS: ours}, rounds=rounds)
    ]


def permissions(which: Loaded, *, rounds: int, few: int) -> list[Figure]:
    """``permissions()`` of members with forty roles: the first of each class, and again."""
    pack, _, guard = which
    hand, sets = Hand(pack), pack.role_sets(few, HELD, HELD)
    who = member(sets[0])

    def agrees(_: int, answers: dict[str, Any]) -> bool:
        allowed, conditional = answers[FLOOR]
        return bool(allowed == answers[OURS] and conditional == answers[OURS].conditional.keys())

    return [
        *first(
            f"permissions() first, {which.name}",
            {
                FLOOR: lambda turn: hand.listed(sets[turn]),
                OURS: lambda turn: guard.permissions(member(sets[turn], turn), PLACE),
            },
            agrees,
            rounds=few,
        ),
        *warm(
            f"permissions(), {which.name}",
            {FLOOR: lambda: hand.listed(sets[0]), OURS: lambda: guard.permissions(who, PLACE)},
            rounds=rounds,
        ),
    ]


def everything(which: Loaded, *, columns: int, rounds: int, few: int) -> list[Figure]:
    """Questions about everything by members with forty roles, the page of settings, a matrix and an explanation."""
    pack, _, guard = which
    # Other classes than those whose permissions were listed.
    hand, sets = Hand(pack), pack.role_sets(2 * few, HELD, HELD)[few:]
    who, told = member(sets[0]), {"owner": "usr_of_another", "locked": False}
    items = [
        (each, Resource(each.partition(":")[0], "id_1", workspace="ws_1", attributes=told)) for each in hand.permissions
    ]
    one = [items[turn * len(items) // few] for turn in range(few)]
    roles, chosen = list(pack.held)[:ROWS], hand.permissions[:columns]
    rows = [member([role], number) for number, role in enumerate(roles)]
    granting = [pack.held_by[f"surface_{tab}:act_1"] for tab in range(TABS)]

    def tabs() -> list[bool]:
        return [not roles.isdisjoint(sets[0]) for roles in granting]

    figures = first(
        f"matrix, {len(rows)} roles, {len(chosen):,} permissions",
        {FLOOR: lambda _: hand.table(roles, chosen), OURS: lambda _: guard.matrix(rows, chosen, PLACE)},
        lambda _, answers: answers[FLOOR] == states(answers[OURS]),
        rounds=few,
    )
    figures += first(
        f"check_many first, {which.name}",
        {
            FLOOR: lambda turn: hand.asked(sets[turn]),
            OURS: lambda turn: guard.check_many(member(sets[turn], turn), items, PLACE),
        },
        lambda _, answers: answers[FLOOR] == [each.allowed for each in answers[OURS]],
        rounds=few,
    )
    figures += warm(
        f"check_many, {which.name}",
        {FLOOR: lambda: hand.asked(sets[0]), OURS: lambda: guard.check_many(who, items, PLACE)},
        rounds=rounds,
    )
    assert [each.state != "unavailable" for each in guard.settings_tabs(who, PLACE)] == tabs()
    figures += warm(
        f"settings_tabs, {which.name}",
        {FLOOR: tabs, OURS: lambda: guard.settings_tabs(who, PLACE)},
        rounds=rounds,
    )
    figures += first(
        f"explain, {which.name}",
        {
            CHECK: lambda turn: guard.check(who, *one[turn], PLACE),
            OURS: lambda turn: guard.explain(who, *one[turn], PLACE),
        },
        lambda turn, answers: (
            answers[CHECK] == answers[OURS].decision and answers[CHECK].allowed is (one[turn][0] in hand.held(sets[0]))
        ),
        rounds=few,
        reference=CHECK,
    )
    return figures


def growing(packs: Sequence[Loaded], *, few: int) -> list[Figure]:
    """The first check of a class of members with forty roles, of an action that others have asked about."""
    thing, action = Resource("surface_1", "id_1", workspace="ws_1"), "surface_1:act_1"
    sets = {f"{each.pack.roles:,} roles": each.pack.role_sets(3 * few + 1, HELD, HELD)[2 * few :] for each in packs}
    guards = {f"{each.pack.roles:,} roles": each.guard for each in packs}
    granting = {f"{each.pack.roles:,} roles": each.pack.held_by[action] for each in packs}
    for name, guard in guards.items():
        guard.check(member(sets[name][few]), action, thing, PLACE)

    def agrees(turn: int, answers: dict[str, Any]) -> bool:
        return all(
            decision.allowed is not granting[name].isdisjoint(sets[name][turn]) for name, decision in answers.items()
        )

    def asking(name: str) -> Callable[[int], object]:
        return lambda turn: guards[name].check(member(sets[name][turn], turn), action, thing, PLACE)

    return first(
        "first check of a class",
        {name: asking(name) for name in guards},
        agrees,
        rounds=few,
        reference=next(iter(guards)),
    )


def beginning(which: Loaded, *, few: int) -> list[Figure]:
    """Loading and linting a large pack, and the memory that it takes, in processes of their own."""
    figures = []
    for probed in ("load", "lint"):
        took = [float(probe("large", probed, str(which.folder))) for _ in bounded(range(few))]
        figures += compare(f"{probed}, {which.name}", {OURS: took}, reference=OURS, counts={OURS: 1}, unit="ms")
    memory = {OURS: [float(probe("large", "memory", str(which.folder)))]}
    return figures + compare(f"memory of {which.name}", memory, reference=OURS, counts={OURS: 1}, unit="MiB")


def figures(*, rounds: int, sizes: Sizes = FULL) -> list[Figure]:
    """All figures of W5."""
    few = max(3, rounds // 4)
    with TemporaryDirectory() as name:
        folder = Path(name)
        large, middle = loaded(sizes.large, folder), loaded(sizes.middle, folder)
        packs = [*(loaded((roles, roles // ROLES_A_SURFACE), folder) for roles in sizes.growth), large]
        gc.freeze()  # what is loaded need not be looked through in each round
        try:
            return [
                *shipped(rounds=rounds),
                *permissions(middle, rounds=rounds, few=few),
                *permissions(large, rounds=rounds, few=few),
                *everything(large, columns=sizes.columns, rounds=rounds, few=few),
                *growing(packs, few=few),
                *beginning(large, few=max(3, rounds // 10)),
            ]
        finally:
            gc.unfreeze()
