"""Generated packs and requests: small vocabularies of look-alike names, so that a mix-up is likely to show.

Everything is made by one generator over ``random.Random``, of which Hypothesis draws the seed. Were each choice its own,
an example of the size wanted would be cut short, and only small ones were tried. ``SCOPEGUARD_SHRINK=1`` makes it so all
the same: a failing example then shrinks.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from scopeguard import Context, Principal, Resource
from scopeguard.documents.loading import read_pack
from scopeguard.documents.schema import PolicyDoc
from scopeguard.model.input_validation import thaw
from scopeguard.shipped import base_pack
from tests.drawn_conditions import DRAWN

T = TypeVar("T")
Section = dict[str, Any]

SURFACES = ("agents", "agent", "agents_x", "a", "keys", "schedules", "key")
ACTIONS = ("read", "write", "rotate", "reads")
KINDS = ("api_key", "member", "session", "system", "anonymous")
ROLES = ("owner", "admin", "admins", "viewer")
CHANNELS = ("server", "dashboard", "browser")
ENVIRONMENTS = ("production", "test")
IDS = ("x1", "x", "x11", "X1")
WORKSPACES = ("ws_1", "ws_11", "ws_2")
GROUPS = ("product", "pii")
STAGES = ("workspace", "channel", "permission", "feature", "provider", "payment", "entitlement", "fair_use")
CODES = ("workspace_mismatch", "dashboard_only", "feature_not_available", "payment_due", "payment_due_x")
SLOTS: Mapping[str, Sequence[str]] = {
    "principal.id": ("p", *IDS), "principal.workspace": WORKSPACES, "resource.id": IDS, "resource.workspace": WORKSPACES,
    "context.channel": CHANNELS, "context.environment": ENVIRONMENTS,
}  # fmt: skip
FLAGS = (
    "context.beta", "!context.beta", "context.held", "has(context.beta) && context.beta", "context.beta == context.held",
    '"x" in context.labels', "size(context.labels) == 1", 'context.labels.all(t, t != "x")', "has(context.labels)",
)  # fmt: skip
"""Conditions about attributes of the context that are flags or lists."""
ADVICES = ("note", "note_x")
METERS = {"calls": "consumption", "cells": "allocation"}
BUCKETS = ("fair", "fair_x")
PROVIDERS = ("model", "models")
SAYINGS = ("Pay for {surface}.", "{meter} until {resets_at}", "{kinds} of {permission}", "{needed} ({roles})",
           "until {grace_until}, {meter}")  # fmt: skip
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {
    "principal": {"team": "string", "level": "int", "extra": "dyn", "unit": {"name": "string", "open": "bool"}},
    "resource": {"owner": "string", "size": "int", "tags": "list(string)", "locked": "bool", "any": "dyn", "nets": "list(cidr)",
                 "staff": "list(role)", "holder": {"name": "string", "blocked": "bool", "home": {"level": "int", "since": "timestamp"}}},
    "context": {"ip": "string", "ratio": "double", "peer": "ip", "origin": "channel", "beta": "bool", "held": "bool",
                "labels": "list(string)", "device": {"trusted": "bool", "role": "role"}},
    "facts": {"count": "int", "ready": "bool", "since": "timestamp", "wait": "duration", "more": "map(string, dyn)",
              "thing": "dyn", "seats": "uint", "each": "map(string, int)", "times": "list(timestamp)",
              "customer": {"level": "int", "good": "bool"}},
}  # fmt: skip

_MAPS: Sequence[Any] = ({"k": "x"}, {}, {"k": 1, "x": True}, {"k": None}, {"x": {"k": 1}}, {"k": 1}, {"k": 0, "x": 2})
VALUES: Mapping[str, Sequence[Any]] = {
    "string": ("x", "p", "p1", "k", "", "10.1.2.3", "::ffff:10.1.2.3", "10.1.2.3\u00e9", "x1"),
    "int": (1, 0, 2, 10, -1, 50, 2**63 - 1, -(2**63)),
    "uint": (1, 0, 10, -1),
    "bool": (True, False),
    "double": (1.0, 0.0, 0.75, -0.0, 1e308, 10.0),
    "list(string)": (["x"], [], ["x", "y"], ["p", 1], ["x", None], ["X1", "x1"]),
    "list(role)": (
        ["owner"],
        [],
        ["admin", "former"],
        ["owner", 1],
        ["owner/agents:x1"],
        ["viewer/a:x", "owner/a:x"],
        ["owner/agents:x1", "owner/agents:x"],
        ["viewer/a:x", "viewer"],
    ),
    "channel": ("server", "nowhere", ""),
    "role": ("owner", "admin", "former"),
    "list(dyn)": ([1, "x"], [None], [True, 1], [[1], {"k": 1}]),
    "map(string, dyn)": _MAPS,
    "map(string, int)": _MAPS,
    "list(timestamp)": ([NOW], [], [NOW - timedelta(1), NOW], [NOW - timedelta(1), "x"]),
    "timestamp": (NOW, NOW - timedelta(minutes=90), NOW + timedelta(minutes=90)),
    "duration": (timedelta(hours=1), timedelta(0), timedelta(hours=-1)),
    "ip": ("10.1.2.3", "::ffff:10.1.2.3", "::FFFF:a01:203", "2001:db8::7", "10.1.2.3/32", "fe80::1%eth0", "x"),
    "list(cidr)": (["10.0.0.0/8"], ["::ffff:a00:0/104"], ["2001:db8::/32", "10.1.2.3"], [], ["::ffff:0:0/95"], ["x"]),
}
"""By type, values of it and some that nearly are."""


@cache
def base() -> tuple[PolicyDoc, ...]:
    """The documents beneath every pack."""
    return tuple(document.content for document in read_pack(base_pack())[0].documents)


@dataclass(frozen=True)
class Sizes:
    """How large a generated pack may be."""

    surfaces: int = 4
    rules: int = 6
    depth: int = 2


@dataclass(frozen=True)
class Pack:
    """Policy files as plain data. Printed, it is what to put into files in order to see the same again."""

    files: tuple[Section, ...]

    def documents(self) -> list[PolicyDoc]:
        """What the reference interpreter reads: these files, and those beneath every pack."""
        return [*base(), *(PolicyDoc.model_validate_json(json.dumps(file)) for file in self.files)]

    def write(self, folder: Path) -> Path:
        """The files, in a folder that holds nothing else. JSON is YAML in which all text is in quotes."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.yaml"):
            old.unlink()
        for number, file in enumerate(self.files):
            (folder / f"p{number}.yaml").write_text(json.dumps(file, indent=1), encoding="utf-8")
        return folder

    @property
    def rules(self) -> list[Section]:
        """The rules of all files."""
        return [rule for file in self.files for rule in file.get("rules", ())]

    def with_rules(self, rules: Sequence[Section]) -> "Pack":
        """The same pack with other rules, all in the last file."""
        bare = [{key: value for key, value in file.items() if key != "rules"} for file in self.files]
        return Pack((*bare[:-1], {**bare[-1], "rules": list(rules)} if rules else bare[-1]))

    def without_gifts(self) -> "Pack":
        """The same pack, in which roles by condition hold nothing."""
        roles = {
            name: {"when": role["when"], "marker": True} if "when" in role else role
            for name, role in self.files[0].get("roles", {}).items()
        }
        return Pack(({**self.files[0], "roles": roles}, *self.files[1:])) if roles else self

    def without(self, section: str) -> "Pack":
        """The same pack without one of its sections."""
        return Pack(tuple({key: value for key, value in file.items() if key != section} for file in self.files))

    def __str__(self) -> str:
        return "\n---\n".join(json.dumps(file, indent=1) for file in self.files)


@dataclass(frozen=True)
class Request:
    """One question."""

    principal: Principal
    action: str
    resource: Resource | None = None
    context: Context = field(default_factory=Context)

    def __str__(self) -> str:
        who = self.principal
        return (
            f"Principal({who.kind!r}, {who.id!r}, {who.workspace!r}, scopes={sorted(who.scopes)}, "
            f"roles={sorted(who.roles)}, ceiling={who.ceiling and sorted(who.ceiling)}, "
            f"attributes={dict(who.attributes)}) {self.action!r} {self.resource} "
            f"{self.resource and dict(self.resource.attributes)} {self.context} {dict(self.context.facts)} {dict(self.context.attributes)}"
        )


class Maker:
    """Makes packs and requests out of randomness."""

    def __init__(self, random: Random, sizes: Sizes = Sizes()) -> None:  # frozen
        self.random = random
        self.sizes = sizes
        self.surfaces: dict[str, Section] = {}
        self.defaults: Section = {}
        self.action_groups: Section = {}
        self.operations: dict[str, Section] = {}
        self.outside: dict[str, str] = {}
        self.members: dict[str, Section] = {}
        self.scopes: dict[str, Section] = {}
        self.roles: dict[str, Section] = {}
        self.conditional: dict[str, Section] = {}
        self.stages: Sequence[str] = STAGES
        self.gated = False
        self.noted = False
        self.sound = False
        self.embedded: list[str] = []
        self.kinds: list[str] = []

    def chance(self, percent: int) -> bool:
        """True so often. The lesser choice is false, so that examples shrink towards less."""
        return self.random.randrange(100) >= 100 - percent

    def one(self, options: Sequence[T]) -> T:
        """One of some options; examples shrink towards the first."""
        return options[self.random.randrange(len(options))]

    def some(self, options: Sequence[T], *, least: int = 0, most: int = 3) -> list[T]:
        """A few of some options, none twice, in their order."""
        count = min(len(options), least + self.random.randrange(most - least + 1))
        chosen: set[int] = set()
        while len(chosen) < count:
            chosen.add(self.random.randrange(len(options)))
        return [options[position] for position in sorted(chosen)]

    # Packs.

    def pack(self) -> Pack:
        """A pack that should load, though it may not in a few cases."""
        self.noted = self.chance(30)
        self.surfaces = {name: self.surface() for name in self.some(SURFACES, least=1, most=self.sizes.surfaces)}
        verbs = sorted({action for made in self.surfaces.values() for action in made["actions"]})
        self.action_groups = {"reading": self.some(verbs, least=1)} if self.chance(20) else {}
        self.defaults = self.some_defaults() if self.chance(30) else {}
        self.lay()
        permissions = self.permissions()
        self.operations = {
            f"{name.partition(':')[0]}.{verb}": {
                "needs": name,
                **({"audited": True} if self.chance(30) else {}),
                **self.counted(),
            }
            for name in self.some(permissions, most=2)
            for verb in self.some(("create", "creates"), least=1, most=2)
        }
        self.embedded = []
        if self.chance(30):
            self.embed()
        self.members = self.member_permissions()
        self.scopes = self.declared_scopes()
        self.roles = self.some_roles()
        self.conditional = self.roles_by_condition() if self.chance(30) else {}
        self.stages = STAGES if self.chance(70) else STAGES[::-1]
        self.gated = self.chance(25)
        self.variables = self.some_variables()
        rules = [self.rule(f"r{number}" if number % 2 else f"r.{number}") for number in range(self.count())]
        rules += [
            self.about_embedded(f"e{number}{more}", name)
            for number, name in enumerate(self.embedded)
            for more in ("", "x", "y")[: self.random.randrange(4)]
        ]
        rules += [self.advising(f"a{number}") for number in range(self.random.randrange(3))]
        gates = [gate for number in range(self.random.randrange(4)) if (gate := self.gate(f"r{number}.g"))]
        self.outside = self.outside_names(permissions)
        catalog: Section = {
            "surfaces": {name: self.written(made) | self.aliases(name) for name, made in self.surfaces.items()},
            **({"defaults": self.defaults} if self.defaults else {}),
            **({"action_groups": self.action_groups} if self.action_groups else {}),
            "attributes": {root: dict(types) for root, types in ATTRIBUTES.items()},
            "channels": list(CHANNELS),
            "environments": list(ENVIRONMENTS),
            "providers": list(PROVIDERS),
            "facts_max_age": "1h",
        }
        # The stages that stand where a pack names none are in the order of STAGES too.
        if self.stages != STAGES or self.chance(80):
            catalog["stages"] = list(self.stages)
        if self.operations:
            catalog["operations"] = {
                name: made | ({"alias": self.outside[name]} if name in self.outside else {})
                for name, made in self.operations.items()
            }
        if self.members:
            catalog["permissions"] = self.members
        recovery = {
            "payment_due": {"class": "recovery", "status": 402, "remedy": {"text": "Pay for {surface}."}},
            "payment_due_x": {"status": 429},
            **{name: {"class": "advice", "status": 200, "remedy": {"text": self.one(SAYINGS)}} for name in ADVICES},
            **self.worded(),
        }
        words: Section = {"scopeguard": 1, "catalog": catalog, "recovery": recovery}
        if self.scopes:
            words["scopes"] = self.scopes
        if self.roles or self.conditional:
            words["roles"] = {**self.roles, **self.conditional}
        if self.variables:
            words["variables"] = self.variables
        if gates:
            words["gates"] = gates
        kinds = METERS | dict.fromkeys(BUCKETS, "fair_use")
        words["meters"] = {name: {"kind": kind, **({"title": f"The {name}"} if len(name) > 4 else {})}
                           for name, kind in kinds.items()}  # fmt: skip
        half = len(rules) // 2
        files = [words, {"scopeguard": 1, "rules": rules[:half]}, {"scopeguard": 1, "rules": rules[half:]}]
        return Pack(tuple(file for file in files if "catalog" in file or file["rules"]))

    def count(self) -> int:
        """How many rules a pack gets."""
        return self.random.randrange(self.sizes.rules + 1)

    def surface(self) -> Section:
        """A surface."""
        actions = self.some(ACTIONS, least=1, most=3)
        made: Section = {"actions": actions, "because": "it is so"}
        if self.chance(30):
            made["holdable_by"] = self.some(KINDS, least=1, most=3)
        if not {"api_key", "session"}.isdisjoint(made.get("holdable_by", KINDS)):
            made |= self.one(({"coarse": True}, {"coarse": True}, {"coarse": True}, {"explicit_only": True},
                              {"coarse": True, "explicit_only": False}, {"coarse": False}, {}))  # fmt: skip
            if self.chance(60):
                made["qualifiable"] = True
        implies = {
            action: self.some(actions[:position], least=1, most=2)
            for position, action in enumerate(actions)
            if position and self.chance(60)
        }
        if self.chance(25):
            made["audited"] = self.some(actions, least=1, most=2)
        if self.chance(20):
            made["internal"] = self.one((True, actions[:1], actions[-1:]))
            for action, implied in list(implies.items()):
                kept = (
                    implied
                    if self.internal(made, action)
                    else [each for each in implied if not self.internal(made, each)]
                )
                implies[action] = kept
            implies = {action: implied for action, implied in implies.items() if implied}
        if implies:
            made["implies"] = implies
        if self.chance(40):
            made["group"] = self.one((*GROUPS, list(GROUPS)))
        if self.noted:
            made["attributes"] = {"note": self.one(("string", "int", "dyn"))}
        return made

    def some_defaults(self) -> Section:
        """Some of what one of the surfaces says, which then is said of all that say nothing else."""
        model = self.one(list(self.surfaces.values()))
        common = self.some([key for key in model if key not in ("because", "attributes", "internal")], least=1, most=5)
        if "explicit_only" in common and "coarse" in model:
            common = [*dict.fromkeys([*common, "coarse"])]
        self.defaults = deepcopy({key: model[key] for key in common})
        for made in self.surfaces.values():
            reach = ("coarse", "explicit_only") if "coarse" in made or "explicit_only" in made else ()
            for key in [key for key in common if key not in (*made, *reach)]:
                # No kind of principal would be kept out: that has to be written.
                made[key] = list(KINDS) if key == "holdable_by" else self.default(key, made)
                if not made[key]:
                    del made[key]
        return self.defaults

    def default(self, key: str, made: Section) -> object:
        """What the defaults say of a surface."""
        value = deepcopy(self.defaults.get(key))
        if key == "audited":
            return [action for action in value or () if action in made["actions"]]
        if key == "implies":
            kept = {action: [other for other in others if other in made["actions"]]
                    for action, others in (value or {}).items() if action in made["actions"]}  # fmt: skip
            return {action: others for action, others in kept.items() if others}
        return value

    def written(self, made: Section) -> Section:
        """A surface as its file says it: mostly without what the defaults say of it."""
        reach = {key: value for key, value in made.items() if key in ("coarse", "explicit_only")}
        shared = {key for key, value in made.items()
                  if key in self.defaults and key not in reach and value == self.default(key, made) and self.chance(80)}  # fmt: skip
        if reach and all(self.defaults.get(key) == value for key, value in reach.items()):
            shared |= reach.keys()
        return {key: value for key, value in made.items() if key not in shared}

    def lay(self) -> None:
        """Put some surfaces below others, and folders in folders; let some deal with roles."""
        names = list(self.surfaces)
        for place, name in enumerate(names):
            made = self.surfaces[name]
            if self.chance(45):
                above = self.one(names[: place + 1])
                known = ("tags",) if above == name else ("owner", "tags", "size")
                made["parent"] = {"surface": above, "attribute": self.one(known)}
                keys = not {"api_key", "session"}.isdisjoint(made.get("holdable_by", KINDS))
                if (self.coarse(name) or not keys) and self.chance(50):
                    made["inherits"] = True
            if self.chance(15):
                made["assigns"] = ["staff"]

    def above(self, surface: str) -> list[str]:
        """The surfaces that resources of one lie below, as their attributes say."""
        found: dict[str, str] = {}
        parent = self.surfaces.get(surface, {}).get("parent")
        while parent and parent["surface"] not in found:
            if parent["attribute"] in found.values():
                break
            found[parent["surface"]] = parent["attribute"]
            parent = self.surfaces[parent["surface"]].get("parent")
        return list(found)

    def narrowed(self, permission: str) -> str:
        """A scope for one resource, or for what lies below one."""
        above = self.above(permission.partition(":")[0])
        named = f"{self.one(above)}:" if above and self.chance(60) else ""
        return f"{permission}/{named}{self.one((*IDS, '1'))}"

    def coarse(self, surface: str) -> bool:
        """Whether wildcards reach a surface."""
        made = self.surfaces[surface]
        return bool(made.get("coarse")) or made.get("explicit_only") is False

    def holdable(self, surface: str, *kinds: str) -> bool:
        """Whether one of some kinds may hold anything on a surface."""
        return not set(kinds).isdisjoint(self.surfaces[surface].get("holdable_by", KINDS))

    def groups(self) -> list[str]:
        """The groups that the surfaces are of."""
        found = (made.get("group", ()) for made in self.surfaces.values())
        return sorted({name for group in found for name in ([group] if isinstance(group, str) else group)})

    def permissions(self, *kinds: str) -> list[str]:
        """The permissions of surfaces that any of *kinds* may hold (of all surfaces without kinds)."""
        return [
            f"{name}:{action}"
            for name, made in self.surfaces.items()
            if not kinds or self.holdable(name, *kinds)
            for action in made["actions"]
        ]

    def internal(self, made: Section, action: str) -> bool:
        """Whether no scope and no role names an action of a surface."""
        found = made.get("internal", ())
        return found is True or action in found

    def pattern(self, *kinds: str, coarse_only: bool = False, held: bool = False) -> str | None:
        """A pattern that reaches something that all of *kinds* may hold; *held* where a role names it."""
        reach = {name: [action for action in made["actions"] if not (held and self.internal(made, action))]
                 for name, made in self.surfaces.items()}  # fmt: skip
        names = [name for name in self.surfaces if reach[name] and all(self.holdable(name, kind) for kind in kinds)]
        if coarse_only:
            names = [name for name in names if self.coarse(name)]
        if not names:
            return None
        name = self.one(names)
        actions = reach[name]
        group = self.surfaces[name].get("group")
        head = "*" if self.coarse(name) and self.chance(30) else name
        if group is not None and self.coarse(name) and self.chance(50):
            head = f"@{group if isinstance(group, str) else self.one(group)}"
        listed = "{" + ",".join(self.some(actions, least=1, most=2)) + "}"
        groups = [group for group, those in self.action_groups.items() if not set(those).isdisjoint(actions)]
        if groups and self.chance(30):
            return f"{head}:@{self.one(groups)}"
        return f"{head}:{self.one((self.one(actions), self.one(actions), '*', listed))}"

    def own_scopes(self) -> list[str]:
        """The scopes that surfaces have; where they have none, a text that is none."""
        found = [name for name in self.permissions("api_key", "session")
                 if not self.internal(self.surfaces[name.partition(":")[0]], name.partition(":")[2])]  # fmt: skip
        return found or [""]

    def member_permissions(self) -> Section:
        """Member permissions; each may imply earlier ones."""
        made: Section = {}
        for name in self.some(("product.view", "product.manage", "product.manage_x", "keys.view"), most=4):
            grants = [text for text in (self.pattern("member", held=True) for _ in range(2)) if text]
            if grants:
                implied = self.some(list(made), least=1, most=2) if made and self.chance(50) else []
                made[name] = {"grants": sorted(set(grants)), **({"implies": implied} if implied else {})}
        return made

    def declared_scopes(self) -> Section:
        """Scopes of the section of that name."""
        made: Section = {}
        for name in self.some(("workspace:read", "workspace:write", "agents_all:read"), most=3):
            includes = [text for text in (self.pattern("api_key", coarse_only=True) for _ in range(2)) if text]
            if made and self.chance(40):
                includes.append(self.one(list(made)))
            if includes:
                made[name] = {"includes": sorted(set(includes))}
            if self.chance(30):
                kind = self.one(("api_key", "session"))
                others = [text for text in (self.pattern(kind, coarse_only=True) for _ in range(2)) if text]
                others += [each for each in made if each != name and self.chance(20)]
                if others:
                    made.setdefault(name, {})["kinds"] = {kind: sorted(set(others))}
        if self.chance(20):
            made["legacy:read"] = {"inert": True, "because": "known, and without effect"}
        return made

    def some_roles(self) -> Section:
        """Roles."""
        made: Section = {}
        for name in self.some(ROLES, most=4):
            holds = self.some(list(self.members), most=2)
            holds += [
                text
                for text in (self.pattern("member", held=True) for _ in range(1 + self.random.randrange(2)))
                if text
            ]
            if holds:
                made[name] = {"holds": sorted(set(holds)), "rank": self.one((0, 10, 50))}
            elif self.chance(50):
                made[name] = {"marker": True}
        return made

    def roles_by_condition(self) -> Section:
        """Roles that nobody is assigned; none asks for what is held."""
        made: Section = {}
        for name in self.some(("owner_here", "at_desk"), least=1, most=2):
            conditions = (self.about_resource, self.about_context, self.about_slots)
            holds = [text for text in (self.pattern("member", held=True) for _ in range(2)) if text]
            when = self.one(conditions)()
            if self.chance(30):
                when = f"{when} {self.one(('&&', '||'))} {self.one(conditions)()}"
            made[name] = {"when": when, **({"holds": sorted(set(holds))} if holds else {"marker": True})}
        return made

    def rule(self, id: str) -> Section:  # noqa: C901  # one line a part of a rule
        """A rule; in a gated pack mostly a denial at one of the later stages, for every kind."""
        gate = self.gated and self.chance(80)
        deny = gate or self.chance(50)
        made: Section = {"id": id, "effect": "deny" if deny else "allow"}
        kinds = self.some(KINDS, least=1, most=2) if self.chance(0 if gate else 30) else []
        named = [*self.roles, *self.conditional]
        narrow = named and not kinds and self.chance(0 if gate else 25)
        roles = self.some(named, least=1, most=2) if narrow else []
        texts = [self.pattern(*(kinds or ["member"] * bool(roles))) for _ in range(1 + self.random.randrange(2))]
        reach = [text for text in texts if text]
        if not reach:
            reach, kinds, roles = self.permissions()[:1], [], []
        if deny and self.chance(80 if gate else 40):
            head = self.one(("*", "*", *(f"@{group}" for group in self.groups())))
            reach = [f"{head}:{self.one(('*', reach[0].partition(':')[2] if head == '*' else '*'))}"]
        if self.operations and self.chance(25):
            needs = self.operations[operation := self.one(list(self.operations))]["needs"]
            if all(self.holdable(needs.partition(":")[0], kind) for kind in kinds or ["member"] * bool(roles)):
                reach.append(operation)
        made["on"] = sorted(set(reach))
        if kinds:
            made["kinds"] = kinds
        if roles:
            made["roles"] = roles
        if self.chance(20):
            made["channels"] = self.some(CHANNELS, least=1, most=2)
        if self.chance(10):
            made["environments"] = self.some(ENVIRONMENTS, least=1, most=1)
        if self.chance(20) and not kinds and not deny:
            made["requires"] = self.requirement(2)
        self.kinds = kinds or ["member"] * bool(roles)
        if self.chance(50):
            made["when"] = self.condition(self.sizes.depth)
        if self.chance(20):
            made["unless"] = self.condition(self.sizes.depth)
        self.kinds = []
        if deny:
            made["code"] = self.one(CODES)
            later = self.stages[self.stages.index("permission") + 1 :]
            if gate or self.chance(70):
                made["stage"] = self.one(later if gate else STAGES)
        if self.chance(30):
            made["because"] = f"because of {id}"
        return made

    def pages(self) -> Section:
        """The account pages, over the member permissions of the pack made last: files to put on top of it.

        Never a part of a pack, so that the packs of other tests stay what they are.
        """
        names = list(self.members)
        made: Section = {}
        for page in ("settings", "billing") if names else ():
            tabs = [
                {"id": f"t{number}", "title": f"T{number}", "view": view}
                | ({"manage": self.one(names)} if self.chance(70) else {})
                for number, view in enumerate(self.one(names) for _ in range(1 + self.random.randrange(3)))
            ]
            made[page] = tabs
        return {"settings": made} if made else {}

    def counted(self) -> Section:
        """What an operation counts on."""
        made: Section = {}
        if self.chance(60):
            made["meter"] = self.one(tuple(METERS))
        if self.chance(30):
            made["fair_use"] = self.one(BUCKETS)
        if self.chance(30):
            made["instead"] = {name: self.one(BUCKETS) for name in self.some(ENVIRONMENTS, least=1, most=2)}
        if self.chance(20):
            made["quantity"] = "requested"
        return made

    def embed(self) -> None:
        """Let a surface bring records of others along."""
        name = self.one(list(self.surfaces))
        action = self.one(self.surfaces[name]["actions"])
        others = [other for other, made in self.surfaces.items() if "read" in made["actions"] and other != name]
        if others:
            embedded = self.some(others, least=1, most=2)
            self.surfaces[name]["embeds"] = {action: embedded}
            self.embedded = [f"{other}:read" for other in embedded]

    def about_embedded(self, id: str, permission: str) -> Section:
        """A rule about what comes along, for those who hold it."""
        if self.chance(30):
            asked = self.one((f'holds("{permission}")', "has(resource.id)", *FLAGS))
            return {"id": id, "on": [permission], "when": asked, "effect": "deny", "code": self.one(CODES)}
        return {"id": id, "on": [permission], "requires": permission, "effect": "allow"}

    def advising(self, id: str) -> Section:
        """A rule that advises."""
        made = {key: value for key, value in self.rule(id).items() if key not in ("stage", "code", "requires")}
        return made | {"effect": "advise", "code": self.one(ADVICES)}

    def gate(self, id: str) -> Section | None:
        """A gate on some operations that count on what it is about; None where there are none."""
        kind = self.one(("entitlement", "fair_use", "provider", "payment", "wallet"))
        made: Section = {"id": id}
        operations = list(self.operations)
        if kind in ("entitlement", "fair_use"):
            meter = self.one(tuple(METERS) if kind == "entitlement" else BUCKETS)
            operations = [name for name, doc in self.operations.items()
                          if meter in (doc.get("meter"), doc.get("fair_use"), *doc.get("instead", {}).values())]  # fmt: skip
            made[kind] = meter
        else:
            made[kind] = self.some(PROVIDERS, least=1, most=2) if kind == "provider" else "required"
        if not operations:
            return None
        made["on"] = self.some(operations, least=1, most=3)
        if self.chance(30):
            made["mode"] = self.one(("advise", "advise", "off"))
        if self.chance(25):
            made["when"] = self.condition(1)
        if self.chance(15):
            made["unless"] = self.condition(1)
        if self.chance(30):
            made["because"] = f"because of {id}"
        return made

    def worded(self) -> Section:
        """Codes of gates and rules with words of their own."""
        made: Section = {}
        for code, kind in (("entitlement_limit_reached", "recovery"), ("provider_keys_missing", "recovery"),
                           ("fair_use_exhausted", "denial"), ("facts_unavailable", "denial"),
                           ("payment_grace", "advice"), ("dashboard_only", "denial")):  # fmt: skip
            if self.chance(30):
                made[code] = {"class": kind, "remedy": {"text": self.one(SAYINGS)}}
                if self.chance(40):
                    made[code]["remedies"] = [
                        {
                            "when": self.about_gates() if self.chance(60) else self.about_context(),
                            "text": self.one(SAYINGS),
                        }
                        for _ in range(1 + self.random.randrange(2))
                    ]
        return made

    def about_gates(self) -> str:
        """A condition about facts that gates read."""
        return self.one((
            'context.facts.wallet.status == "empty"', 'context.facts.wallet.auto_recharge == "pending"',
            "has(context.facts.wallet.auto_recharge)", 'context.facts.payment.status != "ok"',
            "context.facts.entitlements.calls.used < 1", "has(context.facts.fair_use.fair.limit)",
            "context.facts.quantity == 1", 'context.facts.providers.model == "ready"',
            "context.facts.entitlements.cells.unlimited", "context.facts.as_of <= context.now",
        ))  # fmt: skip

    def requirement(self, depth: int) -> str:
        """A requirement, nested at most so deep."""
        if depth and self.chance(40):
            parts = [self.requirement(depth - 1) for _ in range(1 + self.random.randrange(2))]
            return f"{self.one(('all', 'any'))}({', '.join(parts)})"
        return self.grant(self.one(self.permissions()))

    def grant(self, permission: str) -> str:
        """A permission, perhaps on one resource."""
        surface = permission.partition(":")[0]
        above = self.above(surface)
        if above and self.chance(20):
            return f"{permission}/{self.one(above)}:{self.one(IDS)}"
        narrowed = self.surfaces[surface].get("qualifiable") and self.chance(20)
        return f"{permission}/{self.one(IDS)}" if narrowed else permission

    # Conditions.

    def condition(self, depth: int) -> str:
        """A boolean condition; where it reads dyn values or wrong ones are given, it may fail at run time."""
        if depth and self.chance(55):
            left, right, third = (self.condition(depth - 1) for _ in range(3))
            shapes = (f"({left} && {right})", f"({left} || {right})", f"!({left})", f"({left} ? {right} : {third})",
                      f"(({left}) == ({right}))", f"(({left}) != ({right}))")  # fmt: skip
            return self.one(shapes)
        return self.one((
            self.about_slots, self.about_principal, self.about_resource, self.about_context, self.about_values,
            self.about_variables, self.about_gates, self.about_held, self.about_functions, self.about_functions,
        ))()  # fmt: skip

    def some_variables(self) -> dict[str, str]:
        """Conditions with a name, the later ones made of the earlier; none reads what one surface alone has."""
        noted, self.noted, self.variables = self.noted, False, {}
        for number in range(self.random.randrange(4)):
            self.variables[f"v{number}"] = self.condition(1)
        self.noted = noted
        return self.variables

    def about_variables(self) -> str:
        """A condition by its name."""
        return f"variables.{self.one(tuple(self.variables))}" if self.variables else self.about_context()

    def about_held(self) -> str:
        """A condition about what is held, of permissions that the kinds of its rule may hold."""
        permissions = self.permissions(*self.kinds)
        return f'holds("{self.grant(self.one(permissions))}")' if permissions else self.about_context()

    def about_functions(self) -> str:
        """A condition that calls a function of the language, over attributes of any root."""
        return self.one(self.one(DRAWN))

    def about_slots(self) -> str:
        """A comparison of something that may be absent with a text, or with something else that may be absent."""
        left = self.one(tuple(SLOTS))
        right = self.one(tuple(SLOTS)) if self.chance(50) else f'"{self.one(SLOTS[left])}"'
        return f"{left} {self.one(('==', '!='))} {right}"

    def about_principal(self) -> str:
        """A condition about who asks."""
        # A role or an operation that the pack does not have would be refused when it is loaded.
        role = f'"{self.one(list(self.roles))}"' if self.roles else "principal.kind"
        return self.one((
            f'principal.kind == "{self.one(KINDS)}"', f'principal.kind != "{self.one(KINDS)}"',
            f'principal.kind in ["{self.one(KINDS)}", "{self.one(KINDS)}"]',
            f"{role} in principal.roles", f"{role} in principal.assignable_roles", f"{role} in resource.staff",
            "resource.staff.all(r, r in principal.assignable_roles)", "resource.staff.exists(r, r in principal.superior_roles)",
            "principal.assignable_roles == principal.roles", "size(principal.assignable_roles) == 1",
            "principal.rank >= 10", f"principal.rank {self.one(('<', '==', '!='))} principal.level",
            f'principal.team == "{self.one(IDS)}"', 'principal.team != "x"', "has(principal.team)",
            "has(principal.workspace)", "has(principal.expires_at)", "has(principal.revoked)", "principal.revoked",
            "has(principal.ip_allow)", "has(principal.id)", 'principal.id == "p"', "principal.expires_at > context.now",
            f'principal.scopes.exists(s, s == "{self.one(self.own_scopes())}")', "size(principal.scopes) > 1",
            "principal.ip_allow.exists(net, cidr(net).containsIP(context.ip))", "principal.extra == principal.level",
            "principal.roles.all(r, r in principal.assignable_roles)", "principal.extra",
            f"sets.intersects(principal.roles, [{role}])", f"sets.contains(principal.assignable_roles, [{role}, {role}])",
            "principal.unit.name == resource.holder.name", "principal.unit.open", "has(principal.unit.open)", "has(principal.unit)",
            'principal.unit.name.startsWith("x")', "sets.contains(principal.superior_roles, principal.roles)", "principal.roles.sort() == principal.roles",
            f"{role} in principal.superior_roles", "principal.roles.exists(r, r in principal.superior_roles)",
            "size(principal.superior_roles) > 1", "principal.superior_roles == principal.assignable_roles",
            "principal.ip_allow.exists(net, net.containsIP(context.peer))",
        ))  # fmt: skip

    def about_resource(self) -> str:
        """A condition about what is asked about."""
        note = self.one(('resource.note == "x"', "resource.note < 1")) if self.noted else "has(resource.owner)"
        group = f"resource.surface in groups.{self.one(self.groups())}" if self.groups() else "has(resource.id)"
        return self.one((
            group, "resource.workspace == principal.workspace", "resource.workspace != principal.workspace",
            f'resource.id == "{self.one(IDS)}"', f'resource.id != "{self.one(IDS)}"', "has(resource.id)",
            f'resource.surface == "{self.one(list(self.surfaces))}"', "has(resource.workspace)",
            f'resource.id in ["{self.one(IDS)}", "{self.one(IDS)}"]', f'resource.id.startsWith("{self.one(IDS)}")',
            "resource.owner == principal.id", "has(resource.owner)", 'resource.owner.contains("p")',
            note, "resource.size < 1", "resource.size % 2 == 1", "resource.size + 9223372036854775807 > 1", "1 / resource.size > 0",
            "resource.size % 2 == 0", "-resource.size < 0", "resource.size * resource.size >= 0", "resource.locked",
            "!resource.locked", "resource.locked == true", '"x" in resource.tags', 'resource.tags[0] == "x"',
            "size(resource.tags) == 1", 'resource.tags.exists_one(t, t == "x")', 'resource.tags.all(t, t != "x")',
            'resource.tags.map(t, t + "x") == ["xx"]', 'size(resource.tags.filter(t, t.endsWith("x"))) > 0',
            'resource.any == "x"', "resource.any == 1", "resource.any > 1", "resource.any", "resource.any == null",
            "resource.any == resource.owner", 'resource.any in ["x", "y"]', "has(resource.any.k)", "resource.any.k == 1",
            "resource.any.exists(e, e == 1)", "resource.owner in resource.tags", "resource.any in resource.tags",
            "resource.nets.exists(n, n.containsIP(context.peer))", "size(resource.nets) > 1", 'cidr("::ffff:a00:0/104") in resource.nets',
            "resource.holder.blocked", "!resource.holder.blocked", "has(resource.holder.blocked) && resource.holder.blocked",
            "resource.holder.name == principal.id", "has(resource.holder)", "has(resource.holder.home.level)",
            "resource.holder.home.level > 0", "resource.holder.home.since <= context.now", 'resource.holder["name"] == "x"',
            "resource.holder.name in resource.tags", "has(resource.holder.home) && !has(resource.holder.home.since)",
            'sets.intersects(resource.tags, ["x", "p"])', 'sets.contains(resource.tags, ["x", "y"])', 'sets.contains(["x", "y"], resource.tags)',
            'sets.equivalent(resource.tags, ["x"])', 'sets.intersects(["x"], resource.any)', "sets.contains(resource.any, resource.tags)",
            'resource.tags.sort() == ["x", "y"]', "resource.tags.distinct() == resource.tags", 'resource.tags.slice(0, 1) == ["x"]',
            "resource.tags.reverse() == resource.tags", '[resource.tags, ["x"]].flatten() == ["x", "x"]', 'resource.any.sort() == ["x"]',
            "resource.any.flatten(1) == [1]", "resource.any.distinct() == resource.any", "resource.any.reverse() == resource.any",
            "lists.range(resource.size) == [0]", "size(resource.nets.distinct()) == 1", "sets.equivalent(resource.nets, resource.nets.reverse())",
        ))  # fmt: skip

    def about_context(self) -> str:
        """A condition about the circumstances."""
        return self.one((
            f'context.channel == "{self.one(CHANNELS)}"', f'context.channel != "{self.one(CHANNELS)}"',
            "has(context.channel)", f'context.environment == "{self.one(ENVIRONMENTS)}"', "has(context.now)",
            f'context.channel in ["{self.one(CHANNELS)}", "{self.one(CHANNELS)}"]', "context.ratio > 1.0",
            f'context.origin == "{self.one(CHANNELS)}"', "context.origin == context.channel",
            "context.ratio < 1", "context.ratio * context.ratio > 1.0", 'cidr("10.0.0.0/8").containsIP(context.ip)',
            "has(context.ip)", 'context.peer == ip("::ffff:10.1.2.3")',
            "context.peer.family() == 4", 'cidr("::ffff:a00:0/104").containsIP(context.peer)', "context.facts.count > 1", "dyn(context.facts.count) != context.facts.seats",
            "context.facts.ready", "!context.facts.ready", "has(context.facts.ready)", "context.facts.since < context.now",
            "context.now - context.facts.since > context.facts.wait", "context.now + context.facts.wait > context.now",
            'context.facts.more.k == "x"', "has(context.facts.more.k)", '"k" in context.facts.more',
            "size(context.facts.more) > 0", 'context.facts.more["k"] == 1', "context.facts.thing", "!context.facts.thing",
            "context.facts.thing == true", "context.facts.thing < 1", 'context.facts.thing in ["x", 1]',
            "context.facts.thing in context.facts.more", 'context.facts.thing.exists(k, k == "k")',
            "context.facts.count in [0, 1]", "context.facts.seats >= 1u", "context.facts.seats - 1u < 1u",
            "context.facts.seats + 1u > 1u", "context.facts.each.k > 0", 'context.facts.each["k"] - 1 < 0', '"k" in context.facts.each',
            "context.facts.each.all(k, context.facts.each[k] > 0)", "context.facts.times.exists(t, t < context.now)",
            "context.device.trusted", "!context.device.trusted", "has(context.device.trusted)", "has(context.device)",
            "context.device.role in principal.roles", "context.facts.customer.level > 0", "has(context.facts.customer.good)",
            "context.facts.customer.good || context.device.trusted", "context.facts.times.sort()[0] < context.now", "context.facts.thing.sort() == [1]",
            *FLAGS,
        ))  # fmt: skip

    def about_values(self) -> str:
        """A condition about values, right or wrong."""
        return self.one((
            "true", "false", f'permission == "{self.one(self.permissions())}"', f'action == "{self.one(self.permissions()).partition(":")[2]}"',
            'operation == ""', f'operation == "{self.one([*self.operations, ""])}"',
            "9223372036854775807 + principal.rank > 0", '{"x": principal.kind}["x"] == "member"', '"a" < principal.kind',
            '[principal.kind, "x"] == ["member", "x"]', "size(permission) > 7", "[1, 2].exists(n, n > principal.rank)",
            "1 / principal.rank == 0", "(principal.rank > 0 ? 1 : 2) == 1",
        ))  # fmt: skip

    def outside_names(self, permissions: Sequence[str]) -> dict[str, str]:
        """Some permissions and operations, each with the name that another system has for it."""
        return {name: f"Do.{name}" for name in (*permissions, *self.operations) if self.chance(15)}

    def aliases(self, surface: str) -> Section:
        """What a surface says of the names of its actions elsewhere."""
        found = {name: [alias, f"{alias}2"] for name, alias in self.outside.items() if name.startswith(f"{surface}:")}
        return {"alias": {name.partition(":")[2]: aliases for name, aliases in found.items()}} if found else {}

    # Requests.

    def request(self) -> Request:
        """A question about the pack made last."""
        permissions = self.permissions()
        action = self.one(permissions)
        if self.operations and self.chance(40):
            action = self.one(list(self.operations))
        if self.chance(5):
            action = self.one(
                ("agents:reed", "agents", "agents:read/x1", "nothing:read", "agents.nothing", "a:", "Agents:read")
            )
        needs = self.operations.get(action, {"needs": action})["needs"]
        resource = self.resource(needs.partition(":")[0]) if needs in permissions and self.chance(70) else None
        likely = 75 if action in self.operations else 40
        more = [f"{name}/{self.one(IDS)}" for name in self.embedded if self.chance(40)]
        wanted = [needs] if needs in permissions and self.chance(likely) else []
        principal = self.principal(*(self.narrowed(each) if self.chance(40) else each for each in wanted), *more)
        if self.chance(20):
            action = self.outside.get(action, action)
        return Request(principal, action, self.at_home(resource, principal), self.context(principal))

    def requests(self, count: int) -> Iterator[Request]:
        """Some questions; principals come back, as they do in a service."""
        known: list[Principal] = []
        for _ in range(count):
            request = self.request()
            if known and self.chance(50):
                principal = self.one(known)
                request = replace(request, principal=principal, resource=self.at_home(request.resource, principal))
            known.append(request.principal)
            yield request

    def at_home(self, resource: Resource | None, principal: Principal) -> Resource | None:
        """A resource, mostly of the principal's workspace: of another one little else than that is told."""
        if resource is None or principal.workspace is None or self.chance(15):
            return resource
        return Resource(
            resource.surface,
            resource.id,
            principal.workspace,
            {name: thaw(value) for name, value in resource.attributes.items()},
        )

    def principal(self, *scopes: str) -> Principal:
        """Anybody; of a kind that holds scopes, with these besides."""
        kind = self.one(
            ("api_key", "api_key", "api_key", "member", "member", "member", "session", "system", "anonymous")
        )
        workspace = self.one(WORKSPACES) if kind != "anonymous" and (kind != "system" or self.chance(80)) else None
        held = (
            [*scopes, *(self.scope() for _ in range(self.random.randrange(5)))]
            if kind in ("api_key", "session")
            else []
        )
        roles = self.some((*self.roles, *self.conditional, *ROLES), most=3) if kind == "member" else []
        roles = [f"{name}/{self.one(list(self.surfaces))}:{self.one((*IDS, '1'))}" if self.chance(40) else name
                 for name in roles]  # fmt: skip
        ceiling = None
        if kind in ("api_key", "member", "session") and self.chance(20):
            ceiling = [self.scope(anything=True) for _ in range(self.random.randrange(5))]
        return Principal(
            kind,  # type: ignore[arg-type]  # one of the kinds
            None if kind == "anonymous" else self.one(("p", "p1", "x1")),
            workspace,
            scopes=frozenset(held),
            roles=frozenset(roles),
            ceiling=None if ceiling is None else frozenset(ceiling),
            attributes=self.attributes("principal") | self.state(kind),
        )

    def state(self, kind: str) -> Section:
        """What the constructors of principals set: a session ends, mostly."""
        made: Section = {}
        if self.chance(5):
            made[self.one(("revoked", "leaked", "suspended", "sso"))] = self.one((True, True, False, "yes"))
        if self.chance(90 if kind == "session" else 20):
            made["expires_at"] = NOW + timedelta(hours=self.one((1, 1, 1, 0, -1)))
        if self.chance(5):
            made["not_before"] = NOW + timedelta(hours=self.one((-1, 0, 1)))
        if self.chance(10):
            made["ip_allow"] = self.one(
                (("10.0.0.0/8",), ("192.0.2.1/32", "::ffff:10.1.0.0/112"), (), ("2001:db8::/32",))
            )
        if self.chance(5):
            made[self.one(("workspace", "rank", "kind", "scopes", "roles"))] = self.one(("ws_1", 99, "member", "x"))
        return made

    def scope(self, *, anything: bool = False) -> str:
        """A scope that a key may have been given, or may not be known any more."""
        known = [*self.permissions(*(() if anything else ("api_key", "session"))), *self.scopes]
        if not known or self.chance(8):
            return self.one(
                ("agents:reed", "nothing:read", "agent:write", "agents:write/x1", "workspace:read", "a:read")
            )
        text = self.one(known)
        return self.narrowed(text) if self.chance(40) else text

    def resource(self, surface: str) -> Resource:
        """A resource of a surface."""
        return Resource(
            surface,
            self.one(IDS) if self.chance(80) else None,
            self.one((*WORKSPACES, None)),
            self.attributes("resource")
            | ({"note": self.value("dyn")} if self.noted and self.chance(70) else {})
            | self.lying(surface),
        )

    def lying(self, surface: str) -> Section:
        """What says where a resource lies."""
        parent = self.surfaces.get(surface, {}).get("parent")
        if parent is None or self.chance(40):
            return {}
        ids: Any = [self.one(IDS) for _ in range(1 + self.random.randrange(2))]
        return {parent["attribute"]: {"owner": ids[0], "size": 1}.get(parent["attribute"], ids)}

    def context(self, principal: Principal) -> Context:
        """Circumstances that go with a principal, often."""
        usual = {"api_key": "server", "member": "dashboard"}.get(principal.kind, "browser")
        self.sound = self.chance(50)
        return Context(
            channel="smoke_signal" if self.chance(2) else self.one((usual, usual, *CHANNELS, None)),
            environment="preview" if self.chance(2) else self.one(ENVIRONMENTS),
            facts=self.attributes("facts") | self.facts(),
            now=NOW if self.chance(100 if self.sound else 50) else None,
            attributes=self.attributes("context"),
        )

    def facts(
        self,
        meters: Sequence[str] = tuple(METERS),
        buckets: Sequence[str] = BUCKETS,
        providers: Sequence[str] = PROVIDERS,
    ) -> Section:
        """What gates read: sound mostly, and now and then missing, stale, of another type or no record at all."""
        # One draw for all of it: an example has only so many, and packs need them more.
        maker = Maker(Random(self.random.randrange(2**32)))
        maker.sound = self.sound
        return maker.said(meters, buckets, providers)

    def said(self, meters: Sequence[str], buckets: Sequence[str], providers: Sequence[str]) -> Section:
        """The facts themselves."""
        made: Section = {
            "entitlements": {name: self.record(
                limit=(2, 1, 3, 0, 2**63 - 1, -1), used=(0, 1, 2, 2**63 - 1, -1), reserved=(0, 1, -1),
                kind=("soft", "hard", "x"), unlimited=(False, True, None), enabled=(True, False, 1), resets_at=(NOW, NOW + timedelta(1), NOW - timedelta(seconds=1))) for name in meters},
            "fair_use": {name: self.record(limit=(2, 1, 0, -1), used=(1, 2, 0, 3), resets_at=(NOW, NOW + timedelta(1), NOW - timedelta(1), "soon")) for name in buckets},
            "providers": self.record(**dict.fromkeys(providers, ("ready", "ready", "missing", "invalid", "unknown", 1))),
            "payment": self.record(status=("ok", "grace", "interrupted", "lost", 1), grace_until=(NOW + timedelta(1), NOW, NOW - timedelta(seconds=1), 1)),
            "wallet": self.record(status=("ok", "empty", "low", "x"), auto_recharge=("on", "pending", 1)),
        }  # fmt: skip
        if not self.sound:
            made = {name: self.misshapen(value) for name, value in made.items() if self.chance(93)}
        if self.chance(100 if self.sound else 90):
            made["as_of"] = NOW - timedelta(minutes=self.one((0, 5, -5) if self.sound else (0, 5, 60, 61, -61)))
        if self.chance(25):
            made["quantity"] = self.one((1, 2) if self.sound else (1, 0, 1.0, 3))
        return made

    def record(self, **fields: Sequence[Any]) -> Section:
        """A record of facts; of a sound one the first half of what there is for each field."""
        optional = ("kind", "unlimited", "enabled", "resets_at", "grace_until", "auto_recharge")
        usual = 100 if self.sound else 94
        made = {
            name: self.one(values[: (len(values) + 1) // 2] if self.sound else values)
            for name, values in fields.items()
            if self.chance(25 if name in optional else usual)
        }
        if self.chance(0 if self.sound else 8):
            made["as_of"] = self.one((NOW, NOW - timedelta(hours=2), "now"))
        return made

    def misshapen(self, value: Section) -> Any:
        """A record, or something else in its place."""
        if self.chance(95):
            return value
        if self.chance(50):
            return self.one(("used", ["status"], 1, None))
        return {name: self.one(("used", 1, None)) for name in value}

    def attributes(self, root: str) -> Section:
        """Attributes of the declared types mostly, of another sometimes; of resources some that nobody declared."""
        made = {name: self.value(type_) for name, type_ in ATTRIBUTES[root].items() if self.chance(60)}
        if root == "resource" and self.chance(5):
            made["undeclared"] = self.value("dyn")
        return made

    def value(self, type_: Any) -> Any:
        """A value of a type, or now and then of another; of a record some of its fields."""
        if not isinstance(type_, str):
            if self.chance(8):
                return self.value("dyn")
            return {name: self.value(kind) for name, kind in type_.items() if self.chance(75)}
        if type_ == "dyn" or self.chance(12):
            type_ = self.one(("string", "int", "bool", "double", "null", "list(string)", "map(string, dyn)", "list(dyn)",
                              "timestamp"))  # fmt: skip
        return self.one(VALUES.get(type_, (None,)))


def randoms() -> st.SearchStrategy[Random]:
    """What everything is made from."""
    return st.randoms(use_true_random="SCOPEGUARD_SHRINK" not in os.environ)


@st.composite
def packs(draw: st.DrawFn, sizes: Sizes = Sizes()) -> tuple[Maker, Pack]:  # frozen
    """Packs, each with the maker that can ask questions about it."""
    maker = Maker(draw(randoms()), sizes)
    return maker, maker.pack()


@st.composite
def cases(draw: st.DrawFn, requests: int = 20, sizes: Sizes = Sizes()) -> tuple[Pack, list[Request]]:
    """Packs with questions about them."""
    maker, pack = draw(packs(sizes))
    return pack, list(maker.requests(requests))
