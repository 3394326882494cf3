"""Law 12, list_equals_check: who gains and who loses between two packs is who does by checks of every cell."""

import json
import os
from collections.abc import Iterable, Iterator
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.analysis import Change, Who, diff

PAIRS = int(os.environ.get("SCOPEGUARD_FUZZ_DIFFS", "5"))
SURFACES = ("notes", "drafts")
ROLES = ("reader", "writer", "marked")
CHANNELS = ("server", "dashboard", "kiosk")
IDS = (None, "key_1", "usr_1", "other", "id_1")
CONDITIONS = (
    'context.channel == "server"', 'context.channel != "server"', "context.facts.open", "!context.facts.open",
    "has(context.facts.open) && context.facts.open", 'resource.id == "other"', "resource.id == principal.id",
    '"marked" in principal.roles', '"reader" in principal.roles', '"all:read" in principal.scopes', 'holds("notes:read")', '!holds("notes:write")', 'principal.kind == "member"',
    "principal.rank > 5", 'context.facts.open || context.channel == "dashboard"', "has(resource.id)",
    'context.channel in ["server", "kiosk"]', 'operation == "notes.send"',
)  # fmt: skip
PATTERNS = ("*:*", "notes:*", "notes:write", "*:read", "drafts:read", "notes.send")


def pack(random: Random) -> dict[str, Any]:
    """A pack of a few names, whose every request can be asked."""
    held = ["notes:read", "notes:write", "drafts:read"]
    surfaces: dict[str, Any] = {
        "notes": {"actions": ["read", "write"], "coarse": True, "qualifiable": random.random() < 0.5},
        "drafts": {"actions": ["read"], "explicit_only": True},
    }
    if random.random() < 0.3:
        surfaces["notes"]["implies"] = {"write": ["read"]}
    found: dict[str, Any] = {
        "scopeguard": 1,
        "catalog": {
            "surfaces": surfaces,
            "operations": {"notes.send": {"needs": random.choice(held[:2])}},
            "channels": list(CHANNELS[: random.choice((2, 3))]),
            "attributes": {"facts": {"open": "bool"}},
        },
        "scopes": {"all:read": {"includes": ["*:read"]}},
        "roles": {name: {"rank": random.choice((0, 5, 9)), "holds": random.sample(held, random.randint(1, 3))}
                  for name in ROLES[: random.choice((2, 3))]},
        "rules": [rule(random, number) for number in range(random.randint(1, 4))],
    }  # fmt: skip
    if random.random() < 0.4:
        found["roles"]["owning"] = {
            "when": "has(context.facts.open) && context.facts.open",
            "holds": random.sample(held, 2),
        }
    return found


def rule(random: Random, number: int) -> dict[str, Any]:
    """One rule."""
    effect = random.choice(("allow", "deny", "deny"))
    made: dict[str, Any] = {"id": f"r{number}", "effect": effect, "on": [random.choice(PATTERNS)]}
    made |= {"code": "not_permitted"} if effect == "deny" else {"kinds": ["api_key", "member", "system"]}
    for key in ("when", "unless"):
        if random.random() < 0.6:
            made[key] = random.choice(CONDITIONS)
    return made


def changed(random: Random, old: dict[str, Any]) -> dict[str, Any]:
    """A pack that has a few things otherwise."""
    other = pack(random)
    new = json.loads(json.dumps(old))
    for key in random.sample(["surfaces", "operations", "channels"], random.randint(0, 2)):
        new["catalog"][key] = other["catalog"][key]
    for key in random.sample(["roles", "rules"], random.randint(0, 2)):
        new[key] = other[key]
    if random.random() < 0.5:
        new["rules"][0] = rule(random, 0)
    if random.random() < 0.5:
        # One part alone of one rule, or of one role.
        kind, part = random.choice((("rules", "on"), ("rules", "unless"), ("roles", "holds")))
        one = random.choice(new["rules"] if kind == "rules" else list(new["roles"].values()))
        one[part] = {
            "on": [random.choice(PATTERNS)],
            "unless": random.choice(CONDITIONS),
            "holds": random.sample(["notes:read", "notes:write", "drafts:read"], random.randint(1, 2)),
        }[part]
    return dict(new)


def askers(kind: str, packs: tuple[dict[str, Any], dict[str, Any]]) -> Iterator[tuple[tuple[str, ...], Principal]]:
    """Every principal of a kind that holds one thing, or two, or nothing, or one on one resource alone."""
    if kind == "member":
        names = dict.fromkeys(name for each in packs for name, role in each["roles"].items() if "when" not in role)
        for roles in (*few(names), *on_one(f"{name}/notes:" for name in names)):
            yield roles, Principal.member("usr_1", workspace="ws_1", roles=roles)
    elif kind == "api_key":
        narrowed = on_one(("notes:read/", "notes:write/"))
        for scopes in (*few(("all:read", "notes:read", "notes:write", "drafts:read")), *narrowed):
            yield scopes, Principal.api_key("key_1", workspace="ws_1", scopes=scopes)
    else:
        yield (), Principal.system("key_1", workspace="ws_1")


def on_one(starts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """What is held on one resource alone: one that no rule names, then one that some do."""
    for start in starts:
        yield from ((f"{start}id_1",), (f"{start}other",))


def few(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """At most two of *names*; the fewer come first."""
    listed = tuple(names)
    for number in range(3):
        yield from combinations(listed, number)


def contexts() -> Iterator[Context]:
    """Every context that the rules tell apart."""
    known: tuple[dict[str, object], ...] = ({}, {"open": True}, {"open": False}, {"open": []})
    for channel, facts in product((None, *CHANNELS), known):
        yield Context(channel=channel, facts=facts)


def allowed(guard: Guard, who: Principal, action: str, about: Resource, context: Context) -> bool:
    """Whether a request is allowed; one that a pack does not take is not."""
    try:
        return guard.check(who, action, about, context).allowed
    except RequestError:
        return False


def cells(guards: tuple[Guard, Guard], packs: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, set[Any]]:
    """Who gains and who loses which action, by asking everything.

    Who holds two things, or one on one resource, only where that alone makes them.
    """
    found: dict[str, set[Any]] = {"gained": set(), "lost": set()}
    actions = ("notes:read", "notes:write", "drafts:read", "notes.send")
    for kind in ("member", "api_key", "system"):
        for names, who in askers(kind, packs):
            for action, identifier, context in product(actions, IDS, contexts()):
                about = Resource(action.partition(":")[0].partition(".")[0], identifier, "ws_1")
                was, now = (allowed(guard, who, action, about, context) for guard in guards)
                if was != now:
                    aspect = "gained" if now else "lost"
                    less = {(), *combinations(names, 1)} - {names}
                    for name in names:
                        less |= {(name.partition("/")[0],), (name.replace("other", "id_1"),)} - {names}
                    if not names or is_plain(names) or found[aspect].isdisjoint((kind, part, action) for part in less):
                        found[aspect].add((kind, names, action))
    return found


def is_plain(names: tuple[str, ...]) -> bool:
    """Whether it is one thing, on every resource."""
    return len(names) == 1 and "/" not in names[0]


def is_meant(who: Who, kind: str, names: tuple[str, ...], action: str, guards: tuple[Guard, Guard]) -> bool:
    """Whether somebody is among those of whom a change speaks."""
    if names and "/" in names[0]:
        return who.kind == kind and names[0] in who.holding
    if who.kind != kind or who.is_joint or len(names) > 1:
        both = any(set(names) == {one, other} for one, other in product(who.holding, who.beside))
        return who.kind == kind and (both or (who.together and set(names).issuperset(who.holding)))
    granting = [granted(guard, kind, action) for guard in guards]
    if who.entitled:
        return bool(names) and all(names[0] in each for each in granting)
    if who.without:
        return not names or names[0] not in who.without
    if who.nothing:
        return not names or all(names[0] not in each for each in granting)
    return not who.holding or (bool(names) and names[0] in who.holding)


def granted(guard: Guard, kind: str, action: str) -> set[str]:
    """The scopes, or roles, that grant what an action needs."""
    operation = guard.catalog.operations.get(action)
    permission = action if operation is None else operation.permission
    if kind == "member":
        return {name for name, role in guard.catalog.roles.items() if permission in role.permissions}
    return {name for name, found in guard.catalog.scopes.items() if permission in found}


def is_reported(changes: tuple[Change, ...], cell: Any, guards: tuple[Guard, Guard]) -> bool:
    """Whether a cell is among the changes."""
    kind, names, action = cell
    return any(action in each.actions and any(is_meant(who, kind, names, action, guards) for who in each.who)
               for each in changes)  # fmt: skip


@pytest.mark.parametrize("seed", range(PAIRS))
def test_diff_equals_all_checks(seed: int, tmp_path: Path) -> None:
    """Every cell that differs is reported, and none besides; each witness is answered as it says; nothing is open."""
    random = Random(seed)
    old = pack(random)
    packs = (old, changed(random, old))
    for name, content in zip(("old", "new"), packs, strict=True):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(content), encoding="utf-8")
    paths = [str(tmp_path / f"{name}.yaml") for name in ("old", "new")]
    try:
        guards = (Guard.load(paths[0]), Guard.load(paths[1]))
    except PolicyError:
        pytest.skip("a pair that does not load")
    found = diff(*paths)
    brute = cells(guards, packs)
    assert found.open == ()
    for aspect, changes in (("gained", found.gained), ("lost", found.lost)):
        asked = {
            (kind, names, action)
            for kind in ("member", "api_key", "system")
            for names, _ in askers(kind, packs)
            for action in ("notes:read", "notes:write", "drafts:read", "notes.send")
        }
        reported = {cell for cell in asked if is_reported(changes, cell, guards)}
        assert reported == brute[aspect], aspect
    for change in (*found.gained, *found.lost):
        assert change.witness is not None
        asking = change.witness
        about = asking.resource or Resource(guards[1].catalog.surface_of(change.actions[0]) or "notes", None, "ws_1")
        if asking.principal.workspace != "ws_1":
            about = Resource(about.surface, about.id, asking.principal.workspace, about.attributes)
        was, now = (allowed(guard, asking.principal, asking.action, about, asking.context) for guard in guards)
        assert (was, now) == ((False, True) if change.aspect == "gained" else (True, False))
