"""cel-python: no engine of policies, but the language of conditions; the tables are handed in beside each request."""

from collections.abc import Sequence
from importlib import import_module

from benchmarks.domain import Plain
from benchmarks.handwritten import HELD_BY, SCOPES
from benchmarks.peers.peer import Answers, Peer

CONDITION = """
principal.workspace == resource.workspace && (principal.kind == "api_key"
    ? context.channel == "server" && granting.exists(scope, scope in principal.scopes)
    : context.channel == "dashboard" && holders.exists(role, role in principal.roles) && !context.sso_required
      && (resource.surface != "sso" || context.sso_available))
"""


def prepare(asked: Sequence[Plain]) -> Answers:
    """One program; every request is given as values of CEL beforehand."""
    to_cel = import_module("celpy.adapter").json_to_cel
    celpy = import_module("celpy")
    environment = celpy.Environment()
    program = environment.program(environment.compile(CONDITION))
    activations = [
        {
            name: to_cel(value)
            for name, value in {
                "principal": {
                    "kind": caller.kind,
                    "workspace": caller.workspace,
                    "scopes": sorted(caller.scopes),
                    "roles": sorted(caller.roles),
                },
                "resource": {"surface": thing.surface, "workspace": thing.workspace},
                "context": {
                    "channel": where.channel,
                    "sso_required": "sso_required" in where.attributes,
                    "sso_available": bool(where.facts.get("sso_available")),
                },
                "granting": sorted(SCOPES.get(permission, ())),
                "holders": sorted(HELD_BY[permission]),
            }.items()
        }
        for caller, permission, thing, where in asked
    ]
    evaluate = program.evaluate
    return lambda: [bool(evaluate(activation)) for activation in activations]


PEER = Peer("CEL (cel-python)", "cel-python", prepare, 100)
