"""Facts that are not there: what still decides, decides; the answer is that of the first time, however often it is asked."""

import re
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
  attributes: {facts: {x: int, y: int, z: int, l: list(int), m: "map(string, int)"}}
rules:
  - {id: one, effect: deny, on: ["notes:read"], when: 'CONDITION', code: told}
  - {id: two, effect: deny, on: ["notes:read"], when: context.facts.z == 0, code: told}
  - {id: may, effect: allow, on: ["notes:write"], kinds: [member], when: 'CONDITION'}
  - {id: not, effect: deny, on: ["notes:write"], unless: 'CONDITION', stage: standing, code: told}
recovery:
  told: {class: denial, status: 403, title: Told, remedy: {text: Told}, remedies: [{when: context.facts.x == 1, text: One}]}
"""
KEY = Principal.api_key("k", workspace="w", scopes="notes:read")
MEMBER = Principal.member("m", workspace="w")
NOTE = Resource("notes", "n", "w")
VALUES: list[int | None] = [1, 0, None]
LISTS: list[tuple[list[int], dict[str, int]] | None] = [([1], {"k": 1}), ([], {}), None]
WORLDS: list[dict[str, Any]] = [
    {name: value for name, value in {"x": x, "y": y, "z": z, **dict(zip("lm", both or (None, None), strict=True))}.items() if value is not None}
    for x, y, z, both in product(VALUES, VALUES, VALUES, LISTS)
]  # fmt: skip

CONDITIONS = [
    "y == 1 || has(x)",
    "has(x) || y == 1",
    "y == 1 || x == 1",
    "y == 1 && x == 1",
    "has(x) && x == 1 && y == 1",
    "y == 1 && has(x) && x == 1",
    "(y == 1 || has(x)) && z == 1",
    "(y == 1 && has(x)) || z == 1",
    "!(y == 1) || x == 1",
    "!(y == 1 && has(x))",
    "has(x) ? y == 1 : z == 1",
    "y == 1 ? z == 1 : has(x)",
    "(y == 1 && z == 1) ? has(x) : true",
    "(has(x) && y == 1) ? x == 1 : z == 1",
    "(y == 1 ? x : z) == 1",
    "x + y == 1 || has(z)",
    "l[0] == 1 || has(x)",
    "m.k == 1 || has(x)",
    "has(m.k) && m.k == 1 || y == 1",
    "y in [1, x] || has(z)",
    "l.exists(each, each == y) || has(x)",
    "l.all(each, each == y) && has(x)",
    "y == 1 && l[0] == x && has(z)",
]


def written(text: str) -> str:
    """The condition with its facts by their whole names."""
    return re.sub(r"(?<![\w.])([xyzlm])(?!\w)", r"context.facts.\1", text)


def answers(guard: Guard, world: dict[str, Any]) -> tuple[Decision, Decision]:
    """What is answered with some facts."""
    context = Context(facts=world)
    return guard.check(KEY, "notes:read", NOTE, context), guard.check(MEMBER, "notes:write", NOTE, context)


@pytest.mark.parametrize("text", CONDITIONS)
def test_what_is_not_there_is_told_as_the_first_time(tmp_path: Path, text: str) -> None:
    """Where it has no value the rule closes and is named; where something else decides, it says nothing of it."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("CONDITION", written(text)), encoding="utf-8")
    (tmp_path / "pack.sgpack").write_bytes(pack(load_program(tmp_path / "pack.yaml")))
    first = [answers(Guard.load(tmp_path / "pack.sgpack"), world) for world in WORLDS]
    assert len({(reading.rules, reading.errors, writing.allowed) for reading, writing in first}) > 3
    guard, order = Guard.load(tmp_path / "pack.sgpack"), [*range(len(WORLDS))] * 3
    Random(text).shuffle(order)
    for number in order:
        assert answers(guard, WORLDS[number]) == first[number], WORLDS[number]
