"""V67: one value given in two files of a pack. The first file or the last one would decide, and nobody would be told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal
from scopeguard.compiling.digest import content_digest
from scopeguard.compiling.loading import find_problems
from scopeguard.documents.jsonschema import policy_schema
from scopeguard.documents.loading import read_pack

SCHEMA = policy_schema()
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SAMPLES: dict[str, tuple[str, str]] = {
    "catalog.facts_max_age": ("5m", "5h"),
    "pack.extends": ("default", "default"),
    "pack.base": ("none", "none"),
    "catalog.stages": ("[workspace, permission]", "[permission, workspace]"),
    "tests.now": ('"2026-01-31T12:00:00Z"', '"2026-02-01T12:00:00Z"'),
    "tests.pack": ("[default]", "[..]"),
}
"""Two values for what needs a meaningful one; other texts are made up."""
UNIONS = {
    "catalog.channels", "catalog.environments", "catalog.providers", "rules", "gates", "usage", "invariants",
    "tests.matrices",
}  # fmt: skip
"""Lists whose items come together from all files, each of which has a name or is one."""


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A part of the JSON Schema, without references."""
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def paths(schema: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Every key that stands in a section of a file, with what it holds: a value, a list, or entries by their names."""
    for name, part in resolved(schema)["properties"].items():
        inner = resolved(part)
        if "properties" in inner:
            yield from paths(inner, f"{above}{name}.")
        elif name != "scopeguard":
            entries = "additionalProperties" in inner or "patternProperties" in inner
            yield f"{above}{name}", "entries" if entries else "list" if inner.get("type") == "array" else "value"


OF_EACH_FILE = {"catalog.loosens"}
"""What a file says of itself, as `scopeguard:` is: why the environments that it lists are no part of the layer below."""
DEFAULTS = "catalog.defaults."
"""Keys that speak for the surfaces of their own file alone."""
SINGLE = [
    path
    for path, kind in paths(SCHEMA)
    if kind != "entries" and path not in UNIONS | OF_EACH_FILE and not path.startswith(DEFAULTS)
]


def text(path: str, value: str) -> str:
    """A policy file that gives one value."""
    keys = path.split(".")
    lines = [f"{'  ' * depth}{key}:" for depth, key in enumerate(keys)]
    return "scopeguard: 1\n" + "\n".join(lines) + f" {value}\n"


def test_v67_keys_of_the_schema() -> None:
    """The walk sees the keys that are known today, so that it cannot be passing over all of them."""
    assert {"catalog.facts_max_age", "catalog.stages", "tests.now"} <= set(SINGLE)
    assert {path for path, kind in paths(SCHEMA) if kind == "list"} >= UNIONS
    assert {path for path, kind in paths(SCHEMA) if kind == "value"} >= OF_EACH_FILE


def test_v67_defaults_of_two_files_speak_for_their_own(tmp_path: Path) -> None:
    """The surfaces of each file have the actions of that file's defaults, and no others."""
    for name, actions in (("agents", "[read]"), ("notes", "[write]")):
        made = (
            f"scopeguard: 1\ncatalog:\n  defaults: {{coarse: true, actions: {actions}}}\n  surfaces: {{{name}: {{}}}}\n"
        )
        (tmp_path / f"{name}.yaml").write_text(made, encoding="utf-8")
    assert Guard.load(tmp_path).catalog.permissions == ("agents:read", "notes:write")


def test_v67_what_a_file_says_of_itself_is_said_in_each(tmp_path: Path) -> None:
    """Two files that add environments each say why, and neither speaks for the other."""
    why = "scopeguard: 1\ncatalog:\n  loosens: {}\n  environments: [{}]\n"
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("pack: {name: mine, extends: default}\n" + why.format("one", "staging"), encoding="utf-8")
    second.write_text(why.format("two", "sandbox"), encoding="utf-8")
    assert [each.code for each in find_problems(tmp_path)] == []

    second.write_text("scopeguard: 1\ncatalog: {environments: [sandbox]}\n", encoding="utf-8")
    assert [(Path(each.file).name, each.code) for each in find_problems(tmp_path)] == [("b.yaml", "SG220")]


@pytest.mark.parametrize("path", SINGLE)
@pytest.mark.parametrize("same", [False, True], ids=["different", "the same"])
def test_v67_no_key_of_the_schema_is_given_twice(path: str, same: bool, tmp_path: Path) -> None:
    """Whatever has one value is refused where two files give it, in the second one, with the place of the first."""
    one, two = SAMPLES.get(path, ("one", "two"))
    (tmp_path / "a.yaml").write_text(text(path, one), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text(path, one if same else two), encoding="utf-8")

    twice = [each for each in find_problems(tmp_path) if each.code == "SG201"]

    assert [(Path(each.file).name, each.line) for each in twice] == [("b.yaml", len(path.split(".")) + 1)]
    assert f'"{path}" is defined twice' in twice[0].message
    assert "a.yaml" in str(twice[0].hint)


@pytest.mark.parametrize("path", sorted(path for path in UNIONS if path.startswith("catalog.")))
def test_v67_no_name_of_the_catalog_is_listed_twice(path: str, tmp_path: Path) -> None:
    """Lists of names come together from all files, each name from one of them."""
    (tmp_path / "a.yaml").write_text(text(path, "[one, two]"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(text(path, "[three, one]"), encoding="utf-8")

    (twice,) = (each for each in find_problems(tmp_path) if each.severity.value == "error")

    assert (twice.code, Path(twice.file).name, twice.line) == ("SG201", "b.yaml", 3)
    assert '"one" is defined twice' in twice.message
    assert "a.yaml" in str(twice.hint)


def test_v67_the_pack_does_not_load(tmp_path: Path) -> None:
    """The case: the age of facts in two files."""
    (tmp_path / "a.yaml").write_text("scopeguard: 1\ncatalog: {facts_max_age: 5m}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("scopeguard: 1\ncatalog: {facts_max_age: 500h}\n", encoding="utf-8")

    with pytest.raises(PolicyError, match=r"b\.yaml:2:11: SG201"):
        Guard.load(tmp_path)


def test_v67_one_digest_one_meaning(tmp_path: Path) -> None:
    """Values that stand twice would all be in the digest: no two packs that differ in one of them could be equal."""
    digests = set()
    for one, two in (("5m", "500h"), ("7m", "500h"), ("5m", "7h")):
        (tmp_path / "a.yaml").write_text(f"scopeguard: 1\ncatalog: {{facts_max_age: {one}}}\n", encoding="utf-8")
        (tmp_path / "b.yaml").write_text(f"scopeguard: 1\ncatalog: {{facts_max_age: {two}}}\n", encoding="utf-8")
        of_each_order = {
            content_digest(read_pack([tmp_path / name for name in names])[0], {})
            for names in permutations(("a.yaml", "b.yaml"))
        }
        assert len(of_each_order) == 1
        digests |= of_each_order
    assert len(digests) == 3


REPLACING: dict[str, tuple[str, str, str]] = {
    "roles": ("roles: {{viewer: {{{}}}}}", "rank: 1, marker: true", "rank: 2, marker: true"),
    "gates": ("gates: [{{id: gates.model, {}}}]", "mode: advise, loosens: model is ours", "mode: block"),
    "recovery": ("recovery: {{not_permitted: {{{}}}}}", "title: One", "title: Two"),
}
"""For each section whose entries can replace one of the layer below: such an entry, and two things that it may say."""
ENTRY = "replaces: default, because: ours, {}"


def sections_with(key: str) -> set[str]:
    """The sections of a file whose entries have a key."""
    inner = {name: resolved(part) for name, part in SCHEMA["properties"].items()}
    entries = {name: part.get("items", part.get("additionalProperties")) for name, part in inner.items()}
    for name, part in inner.items():
        entries[name] = entries[name] or next(iter(part.get("patternProperties", {}).values()), None)
    return {name for name, part in entries.items() if part and key in resolved(part).get("properties", {})}


def test_v67_sections_that_replace() -> None:
    """Every section of the schema whose entries have the key is tried."""
    assert sections_with("replaces") == REPLACING.keys()


@pytest.mark.parametrize("section", sorted(REPLACING))
@pytest.mark.parametrize("said", [(0, 1), (1, 0), (0, 0)], ids=["different", "the other way round", "the same"])
def test_v67_nothing_is_replaced_twice(section: str, said: tuple[int, int], tmp_path: Path) -> None:
    """Two files of a layer that replace one thing of the layer below: the second one is refused, whatever both say."""
    whole, *values = REPLACING[section]
    first, second = (f"scopeguard: 1\n{whole.format(ENTRY.format(values[each]))}\n" for each in said)
    (tmp_path / "a.yaml").write_text(first + "pack: {name: mine, extends: default}\n", encoding="utf-8")
    assert not [each for each in find_problems(tmp_path) if each.code == "SG201"]
    (tmp_path / "b.yaml").write_text(second, encoding="utf-8")

    (twice,) = [each for each in find_problems(tmp_path) if each.code == "SG201"]

    assert (Path(twice.file).name, twice.line) == ("b.yaml", 2)
    assert "a.yaml:2" in str(twice.hint)
    with pytest.raises(PolicyError, match="SG201"):
        Guard.load(tmp_path)


@pytest.mark.parametrize("modes", [('"off"', "advise"), ("advise", '"off"'), ("advise", "advise")])
def test_v67_no_gate_is_switched_twice_in_one_file(modes: tuple[str, str], tmp_path: Path) -> None:
    """The second of two entries was dropped in silence, whichever way it switched the gate."""
    gates = "\n".join(
        f"  - {{id: gates.model, mode: {mode}, replaces: default, because: ours, loosens: ours}}" for mode in modes
    )
    text = f"scopeguard: 1\npack: {{name: mine, extends: default}}\ngates:\n{gates}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")

    found = [(each.line, each.code) for each in find_problems(tmp_path) if each.severity.value == "error"]

    assert found == [(5, "SG201")]


ORDERED = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write], coarse: true, group: GROUP, alias: {read: ALIAS}, embeds: {write: EMBEDS}}
    one: {actions: [read], explicit_only: true, because: it is so}
    two: {actions: [read], explicit_only: true, because: it is so}
  operations: {agents.run: {needs: "agents:write"}}
  providers: [first, second]
  facts_max_age: 5m
gates: [{id: g.providers, on: [agents.run], provider: PROVIDER}]
"""
LISTS = {
    "GROUP": "[product, pii]",
    "ALIAS": "[Agents.Read, Agent.Read]",
    "EMBEDS": "[one, two]",
    "PROVIDER": "[first, second]",
}


def ordered(folder: Path, turned: str = "") -> Guard:
    """A guard for the pack, with one of its lists the other way round."""
    text = ORDERED
    for name, written in LISTS.items():
        items = written.strip("[]").split(", ")
        text = text.replace(name, f"[{', '.join(items[::-1] if name == turned else items)}]")
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    return Guard.load(folder)


def said(guard: Guard) -> tuple[object, ...]:
    """What shows the order of each of these lists."""
    reader, writer = (Principal.api_key("k", workspace="w", scopes=scopes) for scopes in ("", "agents:write"))
    missing = guard.outside(guard.check(reader, "agents:read")).needed
    facts = {"as_of": NOW, "providers": {"first": "missing", "second": "missing"}}
    unready = guard.check(writer, "agents.run", context=Context(facts=facts, now=NOW)).providers
    redacted = guard.check(writer, "agents:write").redact
    return guard.catalog.surfaces["agents"].group, missing, unready, redacted


def test_v67_what_the_order_of_a_list_changes_has_another_digest(tmp_path: Path) -> None:
    """Two packs that say something else to somebody are told apart; two that do not are one."""
    first = ordered(tmp_path)
    assert said(first) == ("product", ("Agents.Read",), ("first", "second"), ("one", "two"))
    digests = {first.digest}
    for number, (name, shown) in enumerate(
        (("GROUP", "pii"), ("ALIAS", ("Agent.Read",)), ("PROVIDER", ("second", "first")), ("EMBEDS", ("two", "one")))
    ):
        turned = ordered(tmp_path, name)
        assert said(turned)[number] == shown
        digests.add(turned.digest)
    assert len(digests) == 5


def test_v67_a_name_that_is_a_key_elsewhere_has_one_digest(tmp_path: Path) -> None:
    """The order of what a role holds means nothing, whatever the role is called."""
    digests = set()
    for holds in ('"agents:read", "agents:write"', '"agents:write", "agents:read"'):
        text = f"""
scopeguard: 1
catalog: {{surfaces: {{agents: {{actions: [read, write], coarse: true}}}}}}
roles: {{provider: {{holds: [{holds}]}}, settings: {{holds: [{holds}]}}}}
"""
        (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
        digests.add(Guard.load(tmp_path).digest)
    assert len(digests) == 1
