"""W4 for other engines: keys that hold scopes of their own, read from their text for each request.

Each is written as its documentation has it for a principal that comes with the request: in Cedar entities of that
request, in pycasbin attributes of the subject, in vakt attributes and a rule of one's own for narrowed scopes.
"""

import json
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any

from benchmarks.handwritten import NARROWED, PERMISSIONS, SCOPES
from benchmarks.peers import casbin
from benchmarks.peers import vakt as vakts
from benchmarks.peers.cedar import FORBIDS, PEER, by_holder, entity, uid
from benchmarks.population import Request
from benchmarks.populations import FULL, KEYS_HALF, Asking, Engine, Sizes, agree, chunks, once, population
from benchmarks.timing import FLOOR, OURS, Figure, bounded, compare

MODEL = """
[request_definition]
r = sub, act, channel, obj
[policy_definition]
p = sub, act, channel
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && r.channel == p.channel && r.sub.workspace == r.obj.workspace \
&& (p.sub in r.sub.scopes || p.sub + "/" + r.obj.id in r.sub.scopes)
"""


def cedar_policies() -> str:
    """What scopes grant, whole and narrowed, and what is forbidden."""
    permits = []
    for scope, granted in by_holder(SCOPES).items():
        actions = ", ".join(f'Action::"{permission}"' for permission in granted)
        permits.append(f'permit (principal in Scope::"{scope}", action in [{actions}], resource);')
    for permission, prefixes in NARROWED.items():
        permits += [
            f'permit (principal, action == Action::"{permission}", resource)'
            f' when {{ principal.narrowed has "{scope}" && resource in principal.narrowed["{scope}"] }};'
            for scope in (prefix.rstrip("/") for prefix in prefixes)
        ]
    account = [f'Action::"{each}"' for each in PERMISSIONS if each.startswith("sso:")]
    return FORBIDS.replace('in Action::"sso"', f"in [{', '.join(account)}]") + "\n".join(permits)


def in_cedar() -> Asking:
    """Cedar with policies parsed once, and the entities of each request."""
    cedar = import_module("cedarpy")
    parsed, check = cedar.PolicySet.from_str(cedar_policies()), cedar.is_authorized
    contexts = {
        channel: json.dumps({"channel": channel, "sso_required": False, "sso_available": False})
        for channel in ("server", "browser")
    }

    def one(request: Request) -> bool:
        key, workspace, held, permission, surface, named, _, home, where, _ = request
        narrowed: dict[str, list[dict[str, dict[str, str]]]] = {}
        scopes = []
        for scope in held.split():
            whole, _, about = scope.partition("/")
            if about:
                thing = uid("Thing", f"{workspace}/{whole.partition(':')[0]}/{about}")
                narrowed.setdefault(whole, []).append({"__entity": thing})
            else:
                scopes.append(uid("Scope", scope))
        asker: dict[str, Any] = entity("Key", key, scopes, workspace=workspace)
        asker["attrs"]["narrowed"] = narrowed
        thing = entity("Thing", f"{home}/{surface}/{named}", [], workspace=home)
        asked = {
            "principal": asker["uid"],
            "action": uid("Action", permission),
            "resource": thing["uid"],
            "context": contexts[where.channel],
        }
        return bool(check(asked, parsed, json.dumps([asker, thing])).allowed)

    return lambda found: [one(each) for each in found]


class Subject:
    """What pycasbin's matcher reads of a key."""

    __slots__ = ("scopes", "workspace")

    def __init__(self, workspace: str, scopes: frozenset[str]) -> None:
        self.workspace = workspace
        self.scopes = scopes


class Target:
    """What it reads of what is asked about."""

    __slots__ = ("id", "workspace")

    def __init__(self, named: str, workspace: str) -> None:
        self.id = named
        self.workspace = workspace


def in_casbin() -> Asking:
    """The fast enforcer, which finds lines by action and channel."""
    lines = [f"p, {scope}, {what}, server" for what, holders in SCOPES.items() for scope in sorted(holders)]
    check = casbin.enforcer(MODEL, "\n".join(lines), is_fast=True, order=casbin.BY_ACTION_AND_CHANNEL).enforce
    return lambda found: [
        check(Subject(workspace, frozenset(held.split())), permission, where.channel, Target(named, home))
        for _, workspace, held, permission, _, named, _, home, where, _ in found
    ]


def in_vakt() -> Asking:
    """A policy for each scope, and a rule of one's own for what is narrowed."""
    vakt, rules = import_module("vakt"), import_module("vakt.rules")

    class Holds(rules.base.Rule):  # type: ignore[misc, name-defined]  # known when vakt is there
        def __init__(self, scope: str) -> None:
            self.scope = scope

        def satisfied(self, what: frozenset[str], inquiry: Any = None) -> bool:
            return self.scope in what or f"{self.scope}/{inquiry.resource['id']}" in what

    storage = vakt.MemoryStorage()
    own = {"workspace": rules.SubjectMatch("workspace")}
    for number, (scope, granted) in enumerate(by_holder(SCOPES).items()):
        storage.add(vakt.Policy(
            f"scope-{number}",
            actions=[rules.In(*granted)],
            subjects=[{"scopes": Holds(scope)}],
            resources=[own],
            context={"channel": rules.Eq("server")},
            effect=vakt.ALLOW_ACCESS,
        ))  # fmt: skip
    check = vakt.Guard(storage, vakt.RulesChecker()).is_allowed
    return lambda found: [
        check(vakt.Inquiry(
            subject={"workspace": workspace, "scopes": frozenset(held.split())},
            action=permission,
            resource={"surface": surface, "id": named, "workspace": home},
            context={"channel": where.channel},
        ))
        for _, workspace, held, permission, surface, named, _, home, where, _ in found
    ]  # fmt: skip


def allows(answer: object, code: str | None) -> bool:
    """Whether an answer of yes or no is that of the floor."""
    return answer is (code is None)


ENGINES = {
    PEER.name: ("cedarpy", in_cedar),
    casbin.FAST.name: ("casbin", in_casbin),
    vakts.PEER.name: ("vakt", in_vakt),
}
"""By name, the module that each needs and what makes it."""
MOST = 200
"""Requests of a round that each is asked."""


def beside(*, rounds: int, sizes: Sizes = FULL) -> list[Figure]:
    """First and only requests of each engine that is installed, when others have asked this library before."""
    who = population(KEYS_HALF)
    engines = {
        **who.engines,
        **{name: Engine(make(), allows, MOST) for name, (module, make) in ENGINES.items() if find_spec(module)},
    }
    warm = who.first[: sizes.warm]
    agree(who.engines, {OURS: who.engines[OURS].ask(warm)}, warm)
    found = once(engines, bounded(islice(chunks(who.first[sizes.warm :], sizes.chunk), rounds)))
    counts = {name: min(engines[name].most or sizes.chunk, sizes.chunk) for name in found}
    return compare(f"{KEYS_HALF}, beside others", found, reference=FLOOR, counts=counts)
