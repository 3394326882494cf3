"""The values of a request that its answer was made of, each by its name."""

import copy
import pickle
from typing import Any

import pytest

from scopeguard import AccessRequest, Context, Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  attributes:
    principal: {badge: string, team: string}
  surfaces:
    notes:
      actions: [read, write]
      coarse: true
      embeds: {read: [drafts]}
      attributes: {place: {room: {number: int}}}
    drafts: {actions: [read], coarse: true}
  operations:
    notes.add: {needs: "notes:write", meter: sheets, instead: {test: tests}}
    notes.move: {needs: "notes:write"}
  environments: [production, test]
meters:
  sheets: {kind: allocation, title: Sheets}
  tests: {kind: fair_use, title: Tests}
rules:
  - {id: badges, effect: deny, on: ["drafts:read"], unless: has(principal.badge), code: not_permitted}
  - {id: places, effect: deny, on: [notes.move], code: not_permitted,
     when: "(has(resource.place) && has(resource.place.room.number)) || (has(principal.team) && principal.team == 'x')"}
"""
NOTE = Resource("notes", "n", "w")


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The pack above."""
    file = tmp_path_factory.mktemp("pack") / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(file)


def key(**attributes: str) -> Principal:
    """A key that may read and write notes."""
    return Principal.api_key("k", workspace="w", scopes="notes:read notes:write drafts:read", attributes=attributes)


@pytest.mark.parametrize(("badge", "redact"), [({"badge": "b"}, ()), ({}, ("drafts",))])
def test_what_settles_what_is_brought_along(guard: Guard, badge: dict[str, str], redact: tuple[str, ...]) -> None:
    """Whether drafts come with notes hangs on the badge, which is read; nothing else of the key is."""
    who = key(**badge, team="x")
    assert guard.check(who, "notes:read", NOTE).redact == redact
    assert dict(guard.inputs(AccessRequest(who, "notes:read", NOTE, Context()))) == {
        f"principal.{name}": value for name, value in badge.items()
    }


@pytest.mark.parametrize("environment", ["production", "test"])
@pytest.mark.parametrize(("action", "is_read"), [("notes.add", True), ("notes:write", False)])
def test_how_much_of_what_is_counted(guard: Guard, environment: str, action: str, is_read: bool) -> None:
    """Of a metered operation the quantity is told on, whichever meter it counts on there."""
    asked = AccessRequest(key(), action, NOTE, Context(environment=environment, facts={"quantity": 3}))
    assert dict(guard.inputs(asked)) == ({"context.facts.quantity": 3} if is_read else {})


def test_a_record_is_told_once(guard: Guard) -> None:
    """Where it is read as a whole, its fields are not told beside it; other names are."""
    place = {"room": {"number": 1}}
    asked = AccessRequest(key(team="y"), "notes.move", Resource("notes", "n", "w", {"place": place}), Context())
    assert dict(guard.inputs(asked)) == {"principal.team": "y", "resource.place": place}


def test_v82_what_is_read_is_carried_to_another_process(guard: Guard) -> None:
    """Records within records too, and whoever changes what it got changes nothing of the request."""
    asked = AccessRequest(
        key(), "notes.move", Resource("notes", "n", "w", {"place": {"room": {"number": 1}}}), Context()
    )
    expected = {"resource.place": {"room": {"number": 1}}}
    found: Any = guard.inputs(asked)
    assert pickle.loads(pickle.dumps(found)) == copy.deepcopy(found) == copy.copy(found) == expected  # noqa: S301  # our own
    found["resource.place"]["room"]["number"] = 2
    assert guard.inputs(asked) == expected
