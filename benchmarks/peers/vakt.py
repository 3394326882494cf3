"""vakt: policies as Python objects with rules for attributes."""

from collections.abc import Sequence
from importlib import import_module

from benchmarks.domain import Plain
from benchmarks.handwritten import HELD_BY, SCOPES
from benchmarks.peers.cedar import by_holder
from benchmarks.peers.peer import Answers, Peer


def prepare(asked: Sequence[Plain]) -> Answers:
    """One policy for each scope and each role, and a guard over them in memory."""
    vakt, rules = import_module("vakt"), import_module("vakt.rules")
    storage = vakt.MemoryStorage()
    own = {"workspace": rules.SubjectMatch("workspace")}
    for number, (scope, granted) in enumerate(by_holder(SCOPES).items()):
        storage.add(vakt.Policy(
            f"scope-{number}",
            actions=[rules.In(*granted)],
            subjects=[{"kind": rules.Eq("api_key"), "scopes": rules.AnyIn(scope)}],
            resources=[own],
            context={"channel": rules.Eq("server")},
            effect=vakt.ALLOW_ACCESS,
        ))  # fmt: skip
    for role, granted in by_holder(HELD_BY).items():
        storage.add(vakt.Policy(
            f"role-{role}",
            actions=[rules.In(*granted)],
            subjects=[{"kind": rules.Eq("member"), "roles": rules.AnyIn(role)}],
            resources=[own],
            context={"channel": rules.Eq("dashboard"), "sso_required": rules.Eq(False)},
            effect=vakt.ALLOW_ACCESS,
        ))  # fmt: skip
    storage.add(vakt.Policy(
        "sso-available",
        actions=[rules.Any()],
        subjects=[rules.Any()],
        resources=[{"surface": rules.Eq("sso")}],
        context={"sso_available": rules.Eq(False)},
        effect=vakt.DENY_ACCESS,
    ))  # fmt: skip
    guard = vakt.Guard(storage, vakt.RulesChecker())
    inquiries = [
        vakt.Inquiry(
            subject={
                "kind": caller.kind,
                "workspace": caller.workspace,
                "scopes": list(caller.scopes),
                "roles": list(caller.roles),
            },
            action=permission,
            resource={"surface": thing.surface, "workspace": thing.workspace},
            context={
                "channel": where.channel,
                "sso_required": "sso_required" in where.attributes,
                "sso_available": bool(where.facts.get("sso_available")),
            },
        )
        for caller, permission, thing, where in asked
    ]
    check = guard.is_allowed
    return lambda: [check(inquiry) for inquiry in inquiries]


PEER = Peer("vakt", "vakt", prepare, 500)
