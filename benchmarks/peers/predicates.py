"""rules: Python predicates joined by operators."""

from collections.abc import Sequence
from importlib import import_module
from operator import attrgetter
from typing import Any, NamedTuple

from benchmarks.domain import Plain
from benchmarks.handwritten import HELD_BY, PERMISSIONS, SCOPES, Caller, Circumstances, Thing
from benchmarks.peers.peer import Answers, Peer


class About(NamedTuple):
    """What a predicate is told beside the caller: predicates take one object."""

    thing: Thing
    where: Circumstances


def in_own_workspace(caller: Caller, about: About) -> bool:
    """Whether the thing is in the caller's workspace."""
    return caller.workspace == about.thing.workspace


def is_key_on_server(caller: Caller, about: About) -> bool:
    """Whether a key is used where keys are."""
    return caller.kind == "api_key" and about.where.channel == "server"


def is_member_in_dashboard(caller: Caller, about: About) -> bool:
    """Whether a member is where members work."""
    return caller.kind == "member" and about.where.channel == "dashboard"


def is_signed_in_well(_caller: Caller, about: About) -> bool:
    """Whether no single sign-on is missing."""
    return "sso_required" not in about.where.attributes


def sso_is_available(_caller: Caller, about: About) -> bool:
    """Whether the workspace has single sign-on."""
    return bool(about.where.facts.get("sso_available"))


def prepare(asked: Sequence[Plain]) -> Answers:
    """One rule for each permission."""
    rules = import_module("rules")
    own, on_server, in_dashboard, signed_in, sso = map(rules.predicate, (
        in_own_workspace, is_key_on_server, is_member_in_dashboard, is_signed_in_well, sso_is_available,
    ))  # fmt: skip

    def holding(holders: frozenset[str], kind: str) -> Any:
        held = attrgetter(kind)
        return rules.predicate(lambda caller, _about: not holders.isdisjoint(held(caller)))

    known = rules.RuleSet()
    for permission in PERMISSIONS:
        rule = in_dashboard & holding(HELD_BY[permission], "roles") & signed_in
        if permission.startswith("sso:"):
            rule &= sso
        if permission in SCOPES:
            rule = (on_server & holding(SCOPES[permission], "scopes")) | rule
        known.add_rule(permission, own & rule)
    requests = [(permission, caller, About(thing, where)) for caller, permission, thing, where in asked]
    check = known.test_rule
    return lambda: [check(*request) for request in requests]


PEER = Peer("rules", "rules", prepare, 2000)
