"""Law 12, of tests: a matrix written down from a guard's own answers passes, and with any one answer changed it fails there."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource
from scopeguard.model.request import or_left_out
from scopeguard.testing import collect, run_cell
from scopeguard.testing.running import undecided
from tests.strategies import CHANNELS, IDS, Maker

Section = dict[str, Any]


def askers(random: Random, guard: Guard) -> Iterator[tuple[str, Section, Principal]]:
    """A principal of each kind: its name, how a file writes it, and what it is."""
    scopes = " ".join(random.sample(sorted(guard.catalog.scopes), min(3, len(guard.catalog.scopes))))
    roles = random.sample(sorted(guard.catalog.roles), min(2, len(guard.catalog.roles)))
    held = {"scopes": scopes} if scopes else {}
    yield "key", {"kind": "api_key", **held}, Principal.api_key("key", workspace="ws_1", scopes=scopes)
    yield (
        "revoked",
        {"kind": "api_key", **held, "attributes": {"revoked": True}},
        Principal.api_key("revoked", workspace="ws_1", scopes=scopes, revoked=True),
    )
    yield (
        "member",
        {"kind": "member", **({"roles": roles} if roles else {})},
        Principal.member("member", workspace="ws_1", roles=roles),
    )
    yield "session", {"kind": "session", **held}, Principal.session("session", workspace="ws_1", scopes=scopes)
    yield "job", {"kind": "system"}, Principal.system("job", workspace="ws_1")
    yield "nobody", {"kind": "anonymous"}, Principal.anonymous()


def written(random: Random, guard: Guard) -> Section:
    """A file of tests that says of every cell what *guard* answers, by its code or as a denial."""
    channel = random.choice((*CHANNELS, None))
    context = Context(channel)
    named = list(askers(random, guard))
    about = {
        surface: Resource(surface, random.choice(IDS), "ws_1")
        for surface in guard.catalog.surfaces
        if random.random() < 0.7
    }
    table: Section = {}
    expect: Section = {}
    for action in (*guard.catalog.permissions, *guard.catalog.operations):
        operation = guard.catalog.operations.get(action)
        surface = (operation.permission if operation else action).partition(":")[0]
        for name, _, principal in named:
            decision = guard.check(principal, action, or_left_out(about.get(surface)), context)
            exact = random.random() < 0.5
            word = "allow" if decision else decision.code if exact else "deny"
            if word != "deny" or random.random() < 0.5:
                table.setdefault(action, {})[name] = word
            if undecided(decision):
                expect.setdefault(action, {})[name] = {"errors": list(decision.errors)}
    matrix = {"id": "written", "principals": [name for name, _, _ in named], "table": table}
    if expect:
        matrix["expect"] = expect
    tests: Section = {"principals": {name: doc for name, doc, _ in named}, "matrices": [matrix]}
    if about:
        tests["resources"] = {f"a_{name}": {"surface": name, "id": each.id} for name, each in about.items()}
        matrix["resources"] = list(tests["resources"])
    if channel is not None:
        tests["contexts"] = {"there": {"channel": channel}}
        matrix["context"] = "there"
    return {"scopeguard": 1, "tests": tests}


def failed(file: Path, content: Section) -> list[str]:
    """The cells of a file that fail."""
    file.write_text(json.dumps(content), encoding="utf-8")
    return [
        cell.name
        for suite in collect([file])
        for cell in suite.cells
        if not run_cell(suite.guard, cell).passed
    ]  # fmt: skip


def flipped(random: Random, word: str) -> str:
    """Another answer than *word*."""
    return random.choice(("deny", "dashboard_only")) if word == "allow" else "allow"


@pytest.mark.parametrize("seed", range(10))
def test_what_is_written_down_is_what_is_checked(seed: int, tmp_path: Path) -> None:
    """Of generated packs: no cell fails, and after one answer is flipped or left out that cell alone does."""
    random = Random(seed)
    folder = Maker(random).pack().write(tmp_path)
    try:
        guard = Guard.load(folder)
    except PolicyError:
        pytest.skip("this pack names what it does not define")
    content = written(random, guard)
    file = folder / "written_test.yaml"
    assert failed(file, content) == []
    table = content["tests"]["matrices"][0]["table"]
    listed = [(action, name) for action, row in table.items() for name in row]
    for action, name in random.sample(listed, min(3, len(listed))):
        row = table[action]
        before = row[name]
        row[name] = flipped(random, before)
        assert failed(file, content) == [f"{action}[{name}]"]
        if before == "allow":
            del row[name]
            assert failed(file, content) == [f"{action}[{name}]"]
        row[name] = before
    assert failed(file, content) == []
