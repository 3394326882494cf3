"""Denials of several stages at once: which is told, which are told beside it, and what could not be evaluated."""

from collections.abc import Callable
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
    notes: {actions: [read, write], coarse: true, qualifiable: true, audited: [read], attributes: {owner: string}, embeds: {read: [logs]}}
    logs: {actions: [read], explicit_only: true, because: They tell much}
  attributes: {facts: {a: bool, b: bool, c: bool, d: bool}}
  channels: [server, dashboard]
  stages: [workspace, permission, standing, payment]
rules:
  - {id: own, effect: allow, on: ["notes:read"], kinds: [member], when: resource.owner == principal.id}
  - {id: shared, effect: allow, on: ["notes:read"], kinds: [member], when: resource.owner == "x" && context.facts.a}
  - {id: here, effect: allow, on: ["notes:read"], kinds: [member], when: context.channel == "server" && resource.owner == "x"}
  - {id: logs, effect: allow, on: ["logs:read"], kinds: [member], when: context.facts.b}
  - {id: w.one, effect: deny, on: ["notes:read"], stage: workspace, when: context.facts.a && !context.facts.b, code: one}
  - {id: w.two, effect: deny, on: ["notes:read"], stage: workspace, when: "context.channel == 'server' && context.facts.b", code: two}
  - {id: p.one, effect: deny, on: ["notes:read"], stage: permission, when: context.facts.c, code: one}
  - {id: s.one, effect: deny, on: ["notes:read"], stage: standing, when: context.facts.a && context.facts.d, code: one}
  - {id: s.two, effect: deny, on: ["notes:read"], stage: standing, when: context.facts.d, code: two}
  - {id: y.last, effect: deny, on: ["notes:read"], stage: payment, unless: context.facts.b || context.facts.c, code: last}
  - {id: hint, effect: advise, on: ["notes:read"], when: context.facts.a || context.facts.b, code: hint}
recovery:
  one: {class: denial, status: 403, title: One, remedy: {text: "First {needed}"}}
  two: {class: denial, status: 409, title: Two, remedy: {text: Second}}
  last: {class: denial, status: 402, title: Last, remedy: {text: "At {surface}"}, remedies: [{when: context.facts.a, text: Otherwise}]}
  hint: {class: advice, title: Hint, remedy: {text: Mind it}}
"""
VALUES: list[bool | None] = [True, False, None]
WORLDS = [dict(zip("abcd", values, strict=True)) for values in product(VALUES, repeat=4)]
PRINCIPALS = [
    Principal.member("m", workspace="w"),
    Principal.api_key("k", workspace="w", scopes="notes:read logs:read"),
    Principal.api_key("k", workspace="w", scopes="notes:read/n1"),
]
RESOURCES = [Resource("notes", "n1", "w", {"owner": "m"}), Resource("notes", "n2", "w", {"owner": "x"})]
CHANNELS = ["server", "dashboard", None]
Asked = tuple[Principal, Resource, Context]
QUESTIONS: list[Asked] = [
    (who, about, Context(CHANNELS[number % 3], facts=world))
    for number, world in enumerate(WORLDS)
    for who in PRINCIPALS
    for about in RESOURCES
]


def answer(guard: Guard, question: Asked) -> Decision:
    """The answer to a question."""
    principal, resource, context = question
    return guard.check(principal, "notes:read", resource, context)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Guard]:
    """A guard that nobody has asked."""
    folder = tmp_path_factory.mktemp("pack")
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    (folder / "pack.sgpack").write_bytes(pack(load_program(folder / "pack.yaml")))
    return lambda: Guard.load(folder / "pack.sgpack")


OWN, OTHERS = RESOURCES
MEMBER, WIDE, NARROW = PRINCIPALS
NO = {"a": False, "b": False, "c": False, "d": False}
CASES: list[tuple[Asked, dict[str, Any]]] = [
    (
        (MEMBER, OWN, Context("dashboard", facts={**NO, "b": True})),
        {"allowed": True, "rules": ("own",), "advice": ["hint"], "redact": (), "obligations": ["audit"], "also": ()},
    ),
    (
        (WIDE, OTHERS, Context("dashboard", facts={**NO, "b": True})),
        {"allowed": True, "rules": ("scope:notes:read",), "advice": ["hint"], "redact": (), "also": ()},
    ),
    (
        (NARROW, OWN, Context("dashboard", facts={**NO, "b": True})),
        {"allowed": True, "rules": ("scope:notes:read/n1",), "redact": ("logs",), "also": ()},
    ),
    (
        (MEMBER, OWN, Context("server", facts={**NO, "b": True, "d": True})),
        {"code": "two", "rules": ("w.two",), "stage": "workspace", "status": 409, "also": (), "obligations": ["audit"]},
    ),
    (
        (MEMBER, OWN, Context("dashboard", facts={**NO, "b": True, "d": True})),
        {"code": "two", "rules": ("s.two",), "stage": "standing", "also": (), "advice": [], "redact": ()},
    ),
    (
        (MEMBER, OWN, Context("dashboard", facts={**NO, "a": True, "b": True, "d": True})),
        {"code": "one", "rules": ("s.one", "s.two"), "stage": "standing", "also": ("two",)},
    ),
    (
        (MEMBER, OTHERS, Context("dashboard", facts={**NO, "b": True, "c": True})),
        {"code": "one", "rules": ("p.one",), "stage": "permission", "also": ()},
    ),
    (
        (NARROW, OTHERS, Context("dashboard", facts={**NO, "d": True})),
        {"code": "scope_missing", "needed": ("notes:read",), "also": ()},
    ),
    (
        (MEMBER, OTHERS, Context("dashboard", facts={**NO, "b": True})),
        {"code": "member_permission_missing", "rules": (), "errors": ()},
    ),
    (
        (MEMBER, OTHERS, Context("dashboard", facts={"b": True, "c": False, "d": False})),
        {"code": "member_permission_missing", "rules": (), "errors": ("shared",)},
    ),
    (
        (MEMBER, OWN, Context("dashboard", facts=NO)),
        {"code": "last", "rules": ("y.last",), "status": 402, "remedy": "At notes", "errors": ()},
    ),
    (
        (MEMBER, OWN, Context("dashboard", facts={"a": False, "b": True, "c": False})),
        {"code": "two", "rules": ("s.two",), "errors": ("s.two",)},
    ),
]


@pytest.mark.parametrize(("question", "expected"), CASES)
def test_the_first_denial_of_the_first_stage_is_told(
    loaded: Callable[[], Guard], question: Asked, expected: dict[str, Any]
) -> None:
    """The others beside it, once the permission is granted; what cannot be evaluated denies, and is told as such."""
    guard = loaded()
    for _ in range(8):
        found = answer(guard, question)
        plain = {
            "advice": [each.code for each in found.advice],
            "obligations": [each.kind for each in found.obligations],
            "remedy": str(found.remedy),
        }
        told = {name: plain.get(name, getattr(found, name)) for name in expected}
        assert told == expected


RULES = [line for line in PACK.splitlines() if line.startswith("  - {id: ")]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_answered_often_is_answered_as_the_first_time(tmp_path: Path, seed: int) -> None:
    """Whichever of the rules a pack has, and whoever asks: by code, by what is remembered, and one by one."""
    random, text = Random(seed), PACK
    for rule in random.sample(RULES, seed + 1):
        text = text.replace(f"{rule}\n", "")
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "pack.sgpack").write_bytes(pack(load_program(tmp_path / "pack.yaml")))
    questions = random.sample(QUESTIONS, 100)
    first = [answer(Guard.load(tmp_path / "pack.sgpack"), question) for question in questions]
    guard, order = Guard.load(tmp_path / "pack.sgpack"), [*range(len(questions))] * 8
    random.shuffle(order)
    for number in order:
        assert answer(guard, questions[number]) == first[number], questions[number]
