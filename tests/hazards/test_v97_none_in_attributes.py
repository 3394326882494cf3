"""V97: None as the value of an attribute is neither there nor absent."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
from tests.hazards.packs import key, load

RULES = """
{id: p, effect: deny, on: ["notes:read"], when: has(principal.level), code: not_permitted}
{id: r, effect: deny, on: ["notes:read"], when: has(resource.owner), code: not_permitted}
{id: c, effect: deny, on: ["notes:read"], when: has(context.ip), code: not_permitted}
{id: f, effect: deny, on: ["notes:read"], when: has(context.facts.count), code: not_permitted}
{id: mine, effect: allow, on: ["secrets:read"], when: principal.level == null}
"""
WITHIN = (
    RULES
    + """
{id: deep, effect: deny, on: ["notes:read"], when: 'has(context.facts.any.deep) || has(context.facts.any.more.deep)', code: not_permitted}
"""
)
NOTHING: dict[str, Any] = {"level": None, "owner": None, "ip": None, "count": None, "deep": None}


def asked(*given: str) -> tuple[Principal, Resource, Context]:
    """A request in which all attributes but those *given* are None."""
    value = {name: "192.0.2.7" if name in given else None for name in NOTHING}
    return (
        Principal.api_key("k", workspace="ws_1", scopes="notes:read", attributes={"level": value["level"]}),
        Resource("notes", "n_1", "ws_1", {"owner": value["owner"]}),
        Context(
            facts={
                "count": 1 if "count" in given else None,
                "any": {"deep": value["deep"], "more": {"deep": None}, "list": [None]},
            },
            attributes={"ip": value["ip"]},
        ),
    )


def test_v97_none_is_absent(tmp_path: Path) -> None:
    """What a table has no value for is not there, whoever's attribute it is, and within facts too; a value is."""
    guard = load(tmp_path, WITHIN)
    who, about, context = asked()
    assert (who.attributes, about.attributes, context.attributes) == ({}, {}, {})
    assert context.facts == {"any": {"more": {}, "list": (None,)}}
    for _ in range(3):
        assert guard.check(who, "notes:read", about, context).allowed
        for name, rule in {"level": "p", "owner": "r", "ip": "c", "count": "f", "deep": "deep"}.items():
            decision = guard.check(who := asked(name)[0], "notes:read", *asked(name)[1:])
            assert (decision.allowed, decision.rules) == (False, (rule,))


def test_v97_none_is_the_same_as_left_out() -> None:
    """A principal, a resource and a context with None are those without, in value and class."""
    who, about, context = asked()
    plain = Principal.api_key("k", workspace="ws_1", scopes="notes:read")
    assert (who, who.shape) == (plain, plain.shape)
    assert about == Resource("notes", "n_1", "ws_1")
    assert context.group == Context(facts={"any": 1}).group


def test_v97_no_null_to_compare_with(tmp_path: Path) -> None:
    """An allow that asks for null is not had by leaving something empty."""
    guard = load(tmp_path, RULES)
    who = Principal.api_key("k", workspace="ws_1", attributes={"level": None})
    assert not guard.check(who, "secrets:read")


@dataclass
class Row:
    """A row of a table."""

    id: Any
    tenant: Any
    owner: str | None = None


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard with a rule about owners, whose host registered its rows."""
    made = load(tmp_path, RULES)
    made.register(Row, surface="notes", workspace="tenant", attributes=["owner"])
    return made


def test_v97_rows(guard: Guard) -> None:
    """A column without a value of a registered object is absent too, however its attributes are read."""
    who = key("notes:read")
    assert guard.check(who, "notes:read", Row("n_1", "ws_1"))
    assert guard.check(who, "notes:read", Row("n_1", "ws_1", "usr_1")).rules == ("r",)
    guard.register(SimpleNamespace, surface="notes", attributes=lambda each: {"owner": each.owner})
    assert guard.check(who, "notes:read", SimpleNamespace(id="n_1", workspace="ws_1", owner=None))


UUID_TEXT = "0d9a1c1e-7a52-4c5e-9f43-2f1f5f0e8f11"


@pytest.mark.parametrize(
    ("id", "text"),
    [(7, "7"), (-7, "-7"), (2**63, str(2**63)), (UUID(UUID_TEXT.upper()), UUID_TEXT), ("n_1", "n_1"), (None, None)],
)
def test_v97_keys_of_tables(guard: Guard, id: Any, text: str | None) -> None:
    """An int or a UUID is its canonical text, as an id and as a workspace."""
    assert guard.resource(Row(id, "ws_1")) == Resource("notes", text, "ws_1") == guard.resource("notes", id, "ws_1")
    assert guard.resource(Row("n_1", id)).workspace == text
    narrowed = Principal.api_key("k", workspace="ws_1", scopes=f"notes:read/{text or 'n_1'}")
    assert guard.check(narrowed, "notes:read", Row(id, "ws_1")).allowed is (text is not None)
    if text is not None:
        home = Principal.member("m", workspace=text, roles=["editor"])
        assert guard.check(home, "notes:read", Row("n_1", id)).allowed


@pytest.mark.parametrize(
    "id", [True, False, 1.5, b"n_1", ["n_1"], 2**200, 10**5000, object(), ""], ids=lambda given: type(given).__name__
)
def test_v97_what_is_no_key(guard: Guard, id: Any) -> None:
    """Anything else is refused, wherever an id is read."""
    for ask in (
        lambda: guard.check(key("notes:read"), "notes:read", Row(id, "ws_1")),
        lambda: guard.check(key("notes:read"), "notes:read", Row("n_1", id)),
        lambda: guard.resource("notes", id, "ws_1"),
    ):
        with pytest.raises(RequestError, match=r"a resource's (id|workspace)"):
            ask()
