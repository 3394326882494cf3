"""W2 for other engines: a rule for each type of resource and role, in their own words."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module

from benchmarks.growth import Question, questions
from benchmarks.peers import casbin, cedar
from benchmarks.peers.peer import Answers
from benchmarks.timing import Figure, Pass, Passes, measure

BUDGET = 100_000
"""Requests times rules in one pass: the time of these engines grows with their rules, so that more rules get fewer."""

MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.obj == p.obj && r.act == p.act && g(r.sub, p.sub)
"""
BY_TYPE_AND_ACTION = (1, 2)


def in_cedar(size: int, asked: Sequence[Question]) -> Answers:
    """A permit for each rule, on a type of entity of its own."""
    api = import_module("cedarpy")
    parsed = api.PolicySet.from_str("\n".join(
        f'permit (principal in Role::"role_{i}", action == Action::"read", resource is Type_{i});' for i in range(size)
    ))  # fmt: skip
    users = {each.user: each.roles for each in asked}
    known = api.Entities.from_json_str(json.dumps([
        *(cedar.entity("User", user, [cedar.uid("Role", role) for role in roles]) for user, roles in users.items()),
        *(cedar.entity(f"Type_{i}", "id_1", []) for i in range(size)),
    ]))  # fmt: skip
    requests = [
        {
            "principal": cedar.uid("User", each.user),
            "action": cedar.uid("Action", each.action),
            "resource": cedar.uid(f"Type_{each.about}", "id_1"),
        }
        for each in asked
    ]
    check = api.is_authorized
    return lambda: [check(request, parsed, known).allowed for request in requests]


def in_casbin(size: int, asked: Sequence[Question], *, is_fast: bool) -> Answers:
    """A line for each rule, and one for each role of a user."""
    users = {each.user: each.roles for each in asked}
    lines = [f"p, role_{i}, type_{i}, read" for i in range(size)]
    lines += [f"g, {user}, {role}" for user, roles in users.items() for role in roles]
    ready = casbin.enforcer(MODEL, "\n".join(lines), is_fast=is_fast, order=BY_TYPE_AND_ACTION)
    requests = [(each.user, f"type_{each.about}", each.action) for each in asked]
    check = ready.enforce
    return lambda: [check(*request) for request in requests]


ENGINES: Mapping[str, tuple[str, Callable[[int, Sequence[Question]], Answers]]] = {
    cedar.PEER.name: ("cedarpy", in_cedar),
    casbin.PLAIN.name: ("casbin", partial(in_casbin, is_fast=False)),
    casbin.FAST.name: ("casbin", partial(in_casbin, is_fast=True)),
}
"""The engines whose growth is measured, with the module that each needs."""


def passes(make: Callable[[int, Sequence[Question]], Answers], sizes: Sequence[int]) -> Passes:
    """The questions about packs of these sizes, or the first of them, answers asserted."""
    found = {}
    for size in sizes:
        asked = questions(size)[: max(10, min(500, BUDGET // size))]
        run = make(size, asked)
        assert run() == [each.is_allowed for each in asked]
        found[f"{size:,} rules"] = Pass(run, len(asked))
    return found


def figures(name: str, *, rounds: int, sizes: Sequence[int]) -> list[Figure]:
    """The growth of one engine; ratios are to its own smallest pack."""
    return measure(
        f"growth of rules, {name}", passes(ENGINES[name][1], sizes), rounds=rounds, reference=f"{sizes[0]:,} rules"
    )
