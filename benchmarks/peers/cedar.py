"""cedarpy: Cedar in Rust. Policies and entities are parsed once, and their handles reused."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from benchmarks.domain import Plain
from benchmarks.handwritten import HELD_BY, PERMISSIONS, SCOPES, Caller, Circumstances, Thing
from benchmarks.peers.peer import Answers, Peer

FORBIDS = """
@id("own-workspace")
forbid (principal, action, resource) unless { principal.workspace == resource.workspace };
@id("keys-from-servers")
forbid (principal is Key, action, resource) unless { context.channel == "server" };
@id("members-in-the-dashboard")
forbid (principal is Member, action, resource) unless { context.channel == "dashboard" };
@id("single-sign-on")
forbid (principal is Member, action, resource) when { context.sso_required };
@id("sso-available")
forbid (principal, action in Action::"sso", resource) unless { context.sso_available };
"""


def by_holder(granting: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    """What each scope or role grants."""
    holders = sorted(frozenset().union(*granting.values()))
    return {each: sorted(what for what, held in granting.items() if each in held) for each in holders}


def policies() -> str:
    """One permit for each scope and each role, and what is forbidden."""
    permits = []
    for kind, granting in (("Scope", SCOPES), ("Role", HELD_BY)):
        for name, granted in by_holder(granting).items():
            actions = ", ".join(f'Action::"{permission}"' for permission in granted)
            permits.append(f'permit (principal in {kind}::"{name}", action in [{actions}], resource);')
    return FORBIDS + "\n".join(permits)


def uid(kind: str, name: str) -> dict[str, str]:
    """An entity's name."""
    return {"type": kind, "id": name}


def entity(kind: str, name: str, parents: Iterable[dict[str, str]], **attributes: str) -> dict[str, Any]:
    """An entity."""
    return {"uid": uid(kind, name), "attrs": attributes, "parents": list(parents)}


def caller_uid(caller: Caller) -> dict[str, str]:
    """The name of a key or a member."""
    return uid("Key" if caller.kind == "api_key" else "Member", caller.id)


def thing_uid(thing: Thing) -> dict[str, str]:
    """The name of a thing: ids are unique within a surface of a workspace."""
    return uid("Thing", f"{thing.workspace}/{thing.surface}/{thing.id}")


def entities(asked: Sequence[Plain]) -> Iterator[dict[str, Any]]:
    """Everyone and everything that is asked about, and the actions with their groups."""
    for caller in dict.fromkeys(request[0] for request in asked):
        parents = [*(uid("Scope", each) for each in caller.scopes), *(uid("Role", each) for each in caller.roles)]
        yield entity(**_named(caller_uid(caller)), parents=parents, workspace=caller.workspace)
    seen = {tuple(thing_uid(thing).values()): thing for _, _, thing, _ in asked}
    for (kind, name), thing in seen.items():
        yield entity(kind, name, [], workspace=thing.workspace)
    for permission in PERMISSIONS:
        yield entity("Action", permission, [uid("Action", permission.partition(":")[0])])


def _named(found: dict[str, str]) -> dict[str, Any]:
    return {"kind": found["type"], "name": found["id"]}


def context(where: Circumstances) -> str:
    """The circumstances as Cedar takes them, as text so that nothing is serialised for each request."""
    return json.dumps(
        {
            "channel": where.channel,
            "sso_required": "sso_required" in where.attributes,
            "sso_available": bool(where.facts.get("sso_available")),
        }
    )


def request(caller: Caller, permission: str, thing: Thing, where: Circumstances) -> dict[str, Any]:
    """One request."""
    return {
        "principal": caller_uid(caller),
        "action": uid("Action", permission),
        "resource": thing_uid(thing),
        "context": context(where),
    }


def prepare(asked: Sequence[Plain]) -> Answers:
    """Cedar with parsed handles."""
    cedar = import_module("cedarpy")
    parsed = cedar.PolicySet.from_str(policies())
    known = cedar.Entities.from_json_str(json.dumps(list(entities(asked))))
    requests = [request(*each) for each in asked]
    check = cedar.is_authorized
    return lambda: [check(each, parsed, known).allowed for each in requests]


PEER = Peer("Cedar (cedarpy)", "cedarpy", prepare, 500)
