"""Rego, in regopy: the C++ implementation of OPA's language, in the process."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from benchmarks.domain import Plain
from benchmarks.handwritten import HELD_BY, SCOPES, Circumstances, Thing
from benchmarks.peers.peer import Answers, Peer

MODULE = """
package authz

default allow := false

allow if {
    input.principal.kind == "api_key"
    input.context.channel == "server"
    input.principal.workspace == input.resource.workspace
    some scope in input.principal.scopes
    data.granting[input.action][scope]
}

allow if {
    input.principal.kind == "member"
    input.context.channel == "dashboard"
    input.principal.workspace == input.resource.workspace
    not input.context.sso_required
    sso_if_needed
    some role in input.principal.roles
    data.held_by[input.action][role]
}

sso_if_needed if input.resource.surface != "sso"

sso_if_needed if input.context.sso_available
"""


ENTRY_POINT = "authz/allow"


def tables() -> dict[str, dict[str, dict[str, bool]]]:
    """What is granted by what, as objects, which Rego finds keys in without going through them."""
    return {
        name: {permission: dict.fromkeys(sorted(held), True) for permission, held in granting.items()}
        for name, granting in (("granting", SCOPES), ("held_by", HELD_BY))
    }


def question(caller: Any, permission: str, thing: Thing, where: Circumstances) -> dict[str, Any]:
    """One request as an input document."""
    return {
        "principal": {
            "kind": caller.kind,
            "workspace": caller.workspace,
            "scopes": sorted(caller.scopes),
            "roles": sorted(caller.roles),
        },
        "action": permission,
        "resource": {"surface": thing.surface, "workspace": thing.workspace},
        "context": {
            "channel": where.channel,
            "sso_required": "sso_required" in where.attributes,
            "sso_available": bool(where.facts.get("sso_available")),
        },
    }


def prepare(asked: Sequence[Plain]) -> Answers:
    """The module built into a bundle once, and input documents made beforehand; each request asks the entry point."""
    regopy = import_module("regopy")
    rego = regopy.Interpreter()
    rego.add_data(tables())
    rego.add_module("authz", MODULE)
    bundle = rego.build(None, [ENTRY_POINT])
    inputs = [regopy.Input(question(*request)) for request in asked]

    def ask(about: Any) -> bool:
        rego.set_input(about)
        return bool(rego.query_bundle_entrypoint(bundle, ENTRY_POINT)[0][0])

    return lambda: [ask(about) for about in inputs]


PEER = Peer("Rego (regopy)", "regopy", prepare, 100)
