"""Attributes are of the types that a pack declares: a value of another one is refused, and closes where it is not."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any, Final

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource

NOW = datetime(2026, 1, 2, tzinfo=UTC)
OBJECTS: Final[tuple[object, ...]] = (
    ip_address("10.0.0.1"), ip_address("::ffff:10.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::/64"),
    ip_interface("10.0.0.1/8"), ip_interface("::1/64"),
)  # fmt: skip
"""What is an address, and no text: it has no spelling."""
VALUES: dict[str, tuple[list[object], list[object]]] = {
    "bool": ([True, False], [1, 0, "true", None, [True]]),
    "int": ([1, 0, -1, 2**63 - 1, -(2**63)], [True, 1.0, "1", None, [1]]),
    "uint": ([1, 0, 2**63 - 1], [-1, True, 1.0, "1", None]),
    "double": ([1.5, 1, -(2**53)], [True, 2**53 + 1, "1.5", None]),
    "string": (["", "a"], [b"a", 1, None, ["a"], *OBJECTS]),
    "bytes": ([b"", b"a"], ["a", 1, None]),
    "timestamp": ([NOW], ["2026-01-02T00:00:00Z", 1, None, timedelta(1)]),
    "duration": ([timedelta(1)], ["1d", 1, None, NOW]),
    "ip": (["10.0.0.1", "::1", ip_address("10.0.0.1")], ["10.0.0.0/8", "10.0.0", "fe80::1%eth0", "", 1, None, *OBJECTS[2:]]),
    "cidr": (["10.0.0.0/8", "10.0.0.1", *OBJECTS], ["10.0.0.0/33", "10.0.0.0/08", "all", "", 1, None]),
    "list(bool)": ([[], [True]], [[1], [True, None], True, "true"]),
    "list(int)": ([[], [1, 2], (1,)], [[True], [1, 1.5], 1, "1", {"a": 1}]),
    "list(double)": ([[1.5, 1]], [[True], [2**53 + 1], 1.5]),
    "list(string)": ([["a"], []], [["a", 1], "a", b"a", *([each] for each in OBJECTS), OBJECTS[2]]),
    "list(timestamp)": ([[NOW]], [[NOW, "now"], NOW]),
    "list(ip)": ([["10.0.0.1"], [], OBJECTS[:2]], [["10.0.0.1", "all"], "10.0.0.1"]),
    "list(cidr)": ([["10.0.0.0/8"], OBJECTS], [["all"], "10.0.0.0/8"]),
    "list(dyn)": ([[1, "a", [NOW]]], ["a", 1, {"a": 1}, *([1, each] for each in OBJECTS)]),
    "map(string, bool)": ([{}, {"a": True}], [{"a": 1}, [True], True]),
    "map(string, int)": ([{"a": 1}], [{"a": True}, {"a": 1, "b": "c"}, [1], 1]),
    "map(string, double)": ([{"a": 1.5, "b": 1}], [{"a": "1.5"}, {"a": True}]),
    "map(string, string)": ([{"a": "b"}], [{"a": 1}, "a", ["a"], *({"a": each} for each in OBJECTS)]),
    "map(string, timestamp)": ([{"a": NOW}], [{"a": 1}, NOW]),
    "map(string, dyn)": ([{"a": 1, "b": [NOW]}, {}], [[1], "a", 1, *({"a": [each]} for each in OBJECTS)]),
    "dyn": ([1, "a", [1], {"a": 1}, NOW], [*OBJECTS, [OBJECTS[0]], {"a": OBJECTS[0]}]),
}  # fmt: skip
NAMES = {kind: f"x{number}" for number, kind in enumerate(VALUES)}
PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [ACTIONS], coarse: true}
    other: {actions: [read], coarse: true}
  attributes:
    resource: {ATTRIBUTES}
rules:
  - {id: never, effect: deny, on: ["notes:*"], kinds: [session], code: not_permitted, because: never}
"""
TIMES = 40
"""More than are answered by the evaluator before there is code."""


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for a pack with an attribute of each type for every surface, and an action that hangs on each."""
    pack = PACK.replace("ACTIONS", ", ".join(NAMES.values()))
    pack = pack.replace(
        "ATTRIBUTES", ", ".join(f'{name}: "{kind}", {name}_too: "{kind}"' for kind, name in NAMES.items())
    )
    for name in NAMES.values():
        condition = f"resource.{name} == resource.{name}_too"
        pack += f'  - {{id: {name}, effect: allow, on: ["notes:{name}"], kinds: [member], when: {condition}}}\n'
    file = tmp_path_factory.mktemp("pack") / "pack.yaml"
    file.write_text(pack, encoding="utf-8")
    return Guard.load(file)


MEMBER = Principal.member("m", workspace="w")
GOOD = [(kind, value) for kind, (good, _) in VALUES.items() for value in good]
BAD = [(kind, value) for kind, (_, bad) in VALUES.items() for value in bad]


def answers(guard: Guard, kind: str, value: object) -> set[tuple[bool, tuple[str, ...]]]:
    """What is answered about many things with that value: whether it is allowed, and what had no value."""
    name = NAMES[kind]
    things = (Resource("notes", f"n{number}", "w", {name: value, f"{name}_too": value}) for number in range(TIMES))
    found = (guard.check(MEMBER, f"notes:{name}", thing) for thing in things)
    return {(each.allowed, each.errors) for each in found}


@pytest.mark.parametrize(("kind", "value"), GOOD, ids=repr)
def test_a_value_of_its_type_is_taken(guard: Guard, kind: str, value: Any) -> None:
    """On every surface, for the attribute is declared for all."""
    assert answers(guard, kind, value) == {(True, ())}
    assert guard.resource("other", attributes={NAMES[kind]: value}).attributes.keys() == {NAMES[kind]}


@pytest.mark.parametrize(("kind", "value"), BAD, ids=repr)
def test_a_value_of_another_type_closes(guard: Guard, kind: str, value: Any) -> None:
    """And is refused where a guard makes the resource; one that is None is not there."""
    name = NAMES[kind]
    assert answers(guard, kind, value) == {(False, (name,))}
    if value is None:
        assert guard.resource("other", attributes={name: value}).attributes == {}
    else:
        with pytest.raises(RequestError, match=name):
            guard.resource("other", attributes={name: value})


TEXTS = """
scopeguard: 1
catalog:
  channels: [server]
  surfaces:
    notes: {actions: [read], coarse: true, attributes: {owner: string, by: role, rec: {of: string}, tags: "list(string)"}}
  attributes:
    principal: {team: string}
    context: {ip: string, host: string}
    facts: {origin: string}
roles: {reader: {holds: ["notes:read"]}}
rules: [{id: never, effect: deny, on: ["notes:read"], code: not_permitted, when: 'WHEN'}]
"""


@pytest.mark.parametrize("value", OBJECTS, ids=str)
@pytest.mark.parametrize(
    ("when", "place"),
    [
        ('resource.owner == "::ffff:10.0.0.1"', "owner"),
        ('resource.owner.startsWith("::ffff:")', "owner"),
        ('resource.by == "reader"', "by"),
        ('resource.rec.of == "010.0.0.1"', "rec"),
        ('"::ffff:10.0.0.1" in resource.tags', "tags"),
        ('principal.team == "::ffff:10.0.0.1"', "team"),
        ('context.host == "::ffff:10.0.0.1"', "host"),
        ('context.ip == "::ffff:10.0.0.1"', "ip"),
        ('context.facts.origin == "::ffff:10.0.0.1"', "origin"),
    ],
)
def test_an_object_of_ipaddress_is_no_text(tmp_path: Path, when: str, place: str, value: object) -> None:
    """Where a text is declared, a denial of one spelling meets an object, which has none; a guard refuses it."""
    (tmp_path / "pack.yaml").write_text(TEXTS.replace("WHEN", when), encoding="utf-8")
    guard = Guard.load(tmp_path)
    given: dict[str, object] = dict.fromkeys(("owner", "by", "team", "host", "ip", "origin"), "other")
    given.update(rec={"of": "other"}, tags=["other"])
    for _ in range(TIMES):
        assert asked(guard, given) == (True, ())
    given[place] = {"of": value} if place == "rec" else [value] if place == "tags" else value
    for _ in range(TIMES):
        assert asked(guard, given) == (False, ("never",))
    if place in {"owner", "by", "rec", "tags"}:
        with pytest.raises(RequestError, match=place):
            guard.resource("notes", attributes={place: given[place]})
    elif place != "team":
        facts = {place: value} if place == "origin" else None
        with pytest.raises(RequestError, match=place):
            guard.context("server", facts=facts, attributes=None if facts else {place: value})


def asked(guard: Guard, given: dict[str, object]) -> tuple[bool, tuple[str, ...]]:
    """Whether a reader may read a note, with these values wherever they belong, and what had no value."""
    note = Resource("notes", "n", "w", {name: given[name] for name in ("owner", "by", "rec", "tags")})
    context = Context(
        "server", facts={"origin": given["origin"]}, attributes={name: given[name] for name in ("ip", "host")}
    )
    reader = Principal.member("m", workspace="w", roles=["reader"], attributes={"team": given["team"]})
    found = guard.check(reader, "notes:read", note, context)
    return found.allowed, found.errors
