"""W2: what a check costs as rules, or the scopes of a catalog, grow. The number of distinct requests stays the same."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.domain import SEED
from benchmarks.request_checks import empty, going
from benchmarks.timing import LOOP, Figure, Passes, measure
from scopeguard import Context, Guard, Principal, Resource

RULES = (10, 100, 1_000, 10_000)
SCOPES = (100, 10_000)
A_FILE = 1_000
"""Rules or surfaces in one file: one may have a mebibyte."""
USERS = 50
HELD = 10
"""Roles of a user. Every second one has a rule; the others are of a pool that is the same for all sizes, so that users
are as different from each other where rules are few.
"""
POOL = 100
CONTEXT = Context(channel="server")


class Question(NamedTuple):
    """A user with ten roles, and what is asked: reading is allowed by the rule of a role, writing by none."""

    user: str
    roles: tuple[str, ...]
    about: int
    action: str

    @property
    def is_allowed(self) -> bool:
        """Whether a rule allows it."""
        return self.action == "read"


def questions(size: int) -> list[Question]:
    """Each user asks to read and to write what its roles have rules for."""
    chosen = random.Random(SEED)
    found = []
    for number in range(USERS):
        ruled = chosen.sample(range(size), HELD // 2)
        roles = (*(f"role_{i}" for i in ruled), *(f"idle_{i}" for i in chosen.sample(range(POOL), HELD // 2)))
        found += [Question(f"usr_{number}", roles, about, action) for about in ruled for action in ("read", "write")]
    return found


def rules_pack(size: int) -> Iterator[str]:
    """Files with *size* rules, each with a type of resource and a role of its own."""
    yield (
        "scopeguard: 1\ncatalog:\n  channels: [server]\n  surfaces:\n"
        "    home: {actions: [read], coarse: false, holdable_by: [member]}\n"
        "roles:\n" + "".join(f'  idle_{i}: {{holds: ["home:read"]}}\n' for i in range(POOL))
    )
    for start in range(0, size, A_FILE):
        numbers = range(start, min(start + A_FILE, size))
        yield "".join(
            [
                "scopeguard: 1\ncatalog:\n  surfaces:\n",
                *(f"    type_{i}: {{actions: [read, write], coarse: false, holdable_by: [member]}}\n" for i in numbers),
                "roles:\n",
                *(f'  role_{i}: {{holds: ["home:read"]}}\n' for i in numbers),
                "rules:\n",
                *(f'  - {{id: r{i}, effect: allow, on: ["type_{i}:read"], roles: [role_{i}]}}\n' for i in numbers),
            ]
        )


def scopes_pack(size: int) -> Iterator[str]:
    """Files with a catalog of *size* scopes."""
    for start in range(0, size // 2, A_FILE):
        numbers = range(start, min(start + A_FILE, size // 2))
        yield "".join(
            [
                "scopeguard: 1\ncatalog:\n  surfaces:\n",
                *(
                    f"    type_{i}: {{actions: [read, write], coarse: false, holdable_by: [api_key]}}\n"
                    for i in numbers
                ),
            ]
        )


def write_pack(folder: Path, files: Iterator[str]) -> Path:
    """The files of a pack, written to *folder*."""
    folder.mkdir(parents=True)
    for number, text in enumerate(files):
        (folder / f"part_{number}.yaml").write_text(text, encoding="utf-8")
    return folder


def loaded(files: Iterator[str]) -> Guard:
    """A guard for a pack of these files."""
    with TemporaryDirectory() as folder:
        return Guard.load(write_pack(Path(folder) / "pack", files))


def by_rules(size: int) -> Passes:
    """The questions about a pack of *size* rules, answers asserted."""
    guard = loaded(rules_pack(size))
    asked = questions(size)
    users = {each.user: Principal.member(each.user, workspace="ws_1", roles=each.roles) for each in asked}
    things = {i: Resource(f"type_{i}", "id_1", workspace="ws_1") for i in range(size)}
    native = [(users[each.user], f"type_{each.about}:{each.action}", things[each.about], CONTEXT) for each in asked]
    assert [guard.check(*request).allowed for request in native] == [each.is_allowed for each in asked]
    return {LOOP: empty(native), f"{size:,} rules": going(guard.check, native)}


def by_scopes(size: int) -> Passes:
    """As many requests by keys with five scopes, of a catalog of *size*; every second one holds what it asks for."""
    guard = loaded(scopes_pack(size))
    chosen = random.Random(SEED)
    native, expected = [], []
    for number in range(USERS):
        held = chosen.sample(range(size // 2), HELD)
        key = Principal.api_key(f"key_{number}", workspace="ws_1", scopes=[f"type_{i}:read" for i in held[::2]])
        for place, i in enumerate(held):
            native.append((key, f"type_{i}:read", Resource(f"type_{i}", "id_1", workspace="ws_1"), CONTEXT))
            expected.append(place % 2 == 0)
    assert [guard.check(*request).allowed for request in native] == expected
    return {LOOP: empty(native), f"{size:,} scopes": going(guard.check, native)}


def figures(*, rounds: int, rules: Sequence[int] = RULES, scopes: Sequence[int] = SCOPES) -> list[Figure]:
    """All figures of W2: ratios are to the smallest pack."""
    found = []
    for workload, make, sizes, what in (
        ("growth of rules", by_rules, rules, "rules"),
        ("growth of scopes", by_scopes, scopes, "scopes"),
    ):
        passes = {name: each for size in sizes for name, each in make(size).items()}
        found += measure(workload, passes, rounds=rounds, reference=f"{sizes[0]:,} {what}")
    return found
