"""The solver against brute force: small packs of which every request that can be told apart is asked of the engine."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from itertools import chain, combinations, product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource
from scopeguard.analysis.comparing import GAINED, LOST, Comparison
from scopeguard.compiling.loading import load_program
from scopeguard.runtime.engine import Engine

PACKS = int(os.environ.get("SCOPEGUARD_FUZZ_PACKS", "6"))
FIRST_SEED = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "0"))
ACTIONS = ("notes:read", "notes:write", "notes.print")
ATOMS = (
    'resource.tag == "a"', 'resource.tag != "b"', 'resource.tag in ["a", "b"]', "has(resource.tag)", "resource.flag",
    "resource.size > 1", "resource.size + 1 <= 1", "resource.tag == resource.id", 'holds("notes:write")',
    'context.channel == "server"', '"reader" in principal.roles', "principal.rank >= 20", 'holds("notes:read/n_1")',
    '"notes:read" in principal.scopes', 'resource.tag.startsWith("a")', 'principal.kind != "member"', "has(resource.id)",
    "resource.flag ? resource.size == 1 : has(resource.size)", 'sets.contains(resource.labels, ["a", "b"])',
    'sets.intersects(["b"], resource.labels)', 'sets.equivalent(resource.labels, ["a"])', "size(resource.labels) > 1",
    'resource.labels.exists(label, label != "a")',
)  # fmt: skip


class Drafter:
    """Writes small packs."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def condition(self, depth: int = 2) -> str:
        """A condition."""
        if not depth or self.random.random() < 0.35:
            return self.random.choice(ATOMS)
        join = self.random.choice((" && ", " || ", "!"))
        if join == "!":
            return f"!({self.condition(depth - 1)})"
        return f"({self.condition(depth - 1)}{join}{self.condition(depth - 1)})"

    def rule(self, number: int) -> dict[str, Any]:
        """A rule."""
        effect = self.random.choice(("allow", "deny", "deny"))
        made: dict[str, Any] = {"id": f"r{number}", "effect": effect, "on": self.random.sample(ACTIONS, 2)}
        made |= {self.random.choice(("when", "unless")): self.condition()}
        if effect == "deny":
            made["code"] = "not_permitted"
        elif self.random.random() < 0.7:
            made["kinds"] = ["member", "system"]
        return made

    def pack(self) -> dict[str, Any]:
        """A pack without the base, so that little is left to be gone through."""
        surface = {
            "actions": ["read", "write"], "coarse": True, "qualifiable": True,
            "attributes": {"tag": "string", "flag": "bool", "size": "int", "labels": "list(string)"},
        }  # fmt: skip
        if self.random.random() < 0.6:
            surface["implies"] = {"write": ["read"]}
        return {
            "scopeguard": 1,
            "pack": {"base": "none", "because": "Little is to be gone through."},
            "catalog": {
                "surfaces": {"notes": surface},
                "operations": {"notes.print": {"needs": "notes:read"}},
                "channels": ["server", "widget"],
            },
            "roles": {
                "reader": {"rank": 10, "holds": ["notes:read"]},
                "writer": {"rank": 20, "holds": ["notes:write"]},
            },
            "rules": [self.rule(number) for number in range(self.random.choice((1, 2, 3)))],
        }

    def changed(self, pack: dict[str, Any]) -> dict[str, Any]:
        """A pack with one rule more, less, or another one."""
        rules = [*pack["rules"]]
        match self.random.randrange(3):
            case 0:
                rules.append(self.rule(9))
            case 1:
                rules.pop()
            case _:
                rules[-1] = self.rule(9)
        return pack | {"rules": rules}


def some(texts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every set of *texts*."""
    return chain.from_iterable(combinations(texts, size) for size in range(len(texts) + 1))


def principals(kind: str, written: str) -> Iterator[Principal]:
    """All principals of a kind that packs can tell apart in which *written* stands.

    They hold something on the id that it names and on another one; where it names none, one id is as good as any.
    """
    ids = ("n_1", "n_2") if "n_1" in written else ("n_1",)
    match kind:
        case "member":
            roles = ("reader", "writer")
            held = (*roles, *(f"{role}/notes:{name}" for role in roles for name in ids))
            yield from (Principal.member("u", workspace="w", roles=list(each)) for each in some(held))
        case "session":
            scopes = ("notes:read", "notes:write")
            held = (*scopes, *(f"{scope}/{name}" for scope in scopes for name in ids))
            yield from (Principal.session("s", workspace="w", scopes=list(each)) for each in some(held))
        case "system":
            yield Principal.system("j", workspace="w")


def resources(written: str) -> Iterator[Resource]:
    """All resources that packs can tell apart in which *written* stands; what it does not name is left out."""
    tags = ("a", "b", "ax", "n_1", "n_2")
    values: dict[str, tuple[object, ...]] = {
        "tag": tags, "flag": (True, False), "size": (0, 1, 2),
        "labels": ([], *(labels.split() for labels in ("a", "b", "c", "a a", "a b", "a c", "b b", "c c"))),
    }  # fmt: skip
    ids = (None, *(tags if "resource.tag == resource.id" in written else ("n_1", "n_2")))
    read = {name: (None, *known) for name, known in values.items() if f"resource.{name}" in written}
    for name, known in product(ids, product(*read.values())):
        yield Resource("notes", name, "w", dict(zip(read, known, strict=True)))


def engine(folder: Path, name: str, pack: dict[str, Any]) -> Engine:
    """What answers by a pack."""
    (folder / f"{name}.yaml").write_text(json.dumps(pack), encoding="utf-8")
    return Engine(load_program(folder / f"{name}.yaml"), number=1, max_rows=10_000)


def differs(engines: tuple[Engine, Engine], action: str, kind: str, written: str, aspect: str) -> bool:
    """Whether any request is answered otherwise in a way, gone through one by one."""
    old, new = engines if aspect == GAINED else engines[::-1]
    asked = [(about, Context(channel=channel)) for about in resources(written) for channel in ("server", "widget")]
    return any(
        new.recall(who, action, about, context) and not old.recall(who, action, about, context)
        for who in principals(kind, written)
        for about, context in asked
    )


@pytest.mark.fuzz
def test_the_solver_finds_what_brute_force_finds(tmp_path: Path) -> None:
    """No more and no less: what it calls equal no request tells apart, and each of its witnesses is one."""
    verdicts: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + PACKS):
        drafter = Drafter(seed)
        pack = drafter.pack()
        changed = drafter.changed(pack)
        try:
            old, new = engine(tmp_path, "old", pack), engine(tmp_path, "new", changed)
        except PolicyError:
            continue
        action, kind = drafter.random.choice(ACTIONS), drafter.random.choice(("member", "session", "system"))
        comparison = Comparison(old, new)
        for aspect in (GAINED, LOST):
            found = comparison.ask(action, kind, aspect)
            where = f"seed {seed} {action} {kind} {aspect}\n{pack}\n{changed}\n{found}"
            assert found.open_because is None, where
            if found.change is None:
                assert not differs((old, new), action, kind, f"{pack}{changed}", aspect), where
            else:
                witness = found.change.witness
                asked = (witness.principal, witness.action, witness.resource, witness.context)
                assert [each.check(*asked).allowed for each in (old, new)] == [aspect == LOST, aspect == GAINED], where
            verdicts["equal" if found.is_equal else "other"] += 1
    assert verdicts.total() == 0 or verdicts["equal"] > 0


@pytest.mark.fuzz
def test_a_guard_answers_as_its_engine(tmp_path: Path) -> None:
    """What is gone through above is what a guard answers."""
    pack = Drafter(1).pack()
    (tmp_path / "p.yaml").write_text(json.dumps(pack), encoding="utf-8")
    made, asked = Guard.load(tmp_path / "p.yaml"), engine(tmp_path, "q", pack)
    for who in principals("member", "n_1"):
        about = Resource("notes", "n_1", "w", {"tag": "a", "size": 1})
        assert made.check(who, "notes:read", about).allowed is asked.check(who, "notes:read", about, Context()).allowed
