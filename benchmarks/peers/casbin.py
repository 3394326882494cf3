"""pycasbin: PERM models in Python, with the plain and the fast enforcer."""

from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from benchmarks.domain import Plain
from benchmarks.handwritten import HELD_BY, SCOPES, Circumstances
from benchmarks.peers.peer import Answers, Peer

MODEL = """
[request_definition]
r = sub, act, channel, obj, env
[policy_definition]
p = sub, act, channel
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && r.channel == p.channel && r.sub.workspace == r.obj.workspace && g(r.sub.id, p.sub) \
&& (r.channel == "server" || !r.env.sso_required) && (r.obj.surface != "sso" || r.env.sso_available)
"""
BY_ACTION_AND_CHANNEL = (1, 2)


class Env:
    """What a matcher reads of the circumstances."""

    def __init__(self, where: Circumstances) -> None:
        self.sso_required = "sso_required" in where.attributes
        self.sso_available = bool(where.facts.get("sso_available"))


def lines(asked: Sequence[Plain]) -> Iterator[str]:
    """What scopes and roles grant, and who holds them."""
    for granting, kind, channel in ((SCOPES, "scope", "server"), (HELD_BY, "role", "dashboard")):
        for permission, holders in granting.items():
            for holder in sorted(holders):
                yield f"p, {kind}/{holder}, {permission}, {channel}"
    for caller in dict.fromkeys(request[0] for request in asked):
        for scope in sorted(caller.scopes):
            yield f"g, {caller.id}, scope/{scope}"
        for role in sorted(caller.roles):
            yield f"g, {caller.id}, role/{role}"


def enforcer(model: str, policy: str, *, is_fast: bool, order: Sequence[int]) -> Any:
    """An enforcer for a policy that is given as text; the fast one finds lines by the fields of *order*."""
    casbin = import_module("casbin")
    adapter = import_module("casbin.persist.adapters.string_adapter").StringAdapter(policy)
    if not is_fast:
        return casbin.Enforcer(casbin.Enforcer.new_model(text=model), adapter)
    made = import_module("casbin.model").FastModel(order)
    made.load_model_from_text(model)
    return casbin.FastEnforcer(made, adapter, cache_key_order=order)


def prepare(asked: Sequence[Plain], *, is_fast: bool) -> Answers:
    """An enforcer with everything read."""
    ready = enforcer(MODEL, "\n".join(lines(asked)), is_fast=is_fast, order=BY_ACTION_AND_CHANNEL)
    environments = {where: Env(where) for *_, where in asked}
    requests = [
        (caller, permission, where.channel, thing, environments[where]) for caller, permission, thing, where in asked
    ]
    check = ready.enforce
    return lambda: [check(*request) for request in requests]


PLAIN = Peer("pycasbin, Enforcer", "pycasbin", partial(prepare, is_fast=False), 50)
FAST = Peer("pycasbin, FastEnforcer", "pycasbin", partial(prepare, is_fast=True), 500)
