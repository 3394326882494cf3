"""Attributes that are records: each field has a type, and one that is not there cannot be evaluated."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.cli.app import app

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PACK = """
scopeguard: 1
catalog:
  surfaces:
    orders:
      actions: [read, cancel, ship]
      coarse: true
      attributes: {owner: {id: string, blocked: bool, home: {plan: string, since: timestamp}}, note: string}
  attributes:
    principal: {unit: {name: string, open: bool}}
    context: {device: {trusted: bool}}
    facts: {customer: {level: int, of: {region: string}}}
rules:
  - {id: blocked, effect: deny, on: ["orders:cancel"], when: resource.owner.blocked, code: not_permitted}
  - {id: asked, effect: deny, on: ["orders:read"], when: has(resource.owner.blocked) && resource.owner.blocked, code: not_permitted}
  - id: shipped
    effect: allow
    kinds: [member]
    on: ["orders:ship"]
    when: >-
      principal.unit.name == resource.owner.home.plan && context.device.trusted && context.facts.customer.level > 1 &&
      context.facts.customer.of.region == "eu" && resource.owner.home.since < context.now && has(resource.owner)
tests:
  now: "2026-01-02T00:00:00Z"
  principals:
    packer: {kind: member, workspace: ws_1, attributes: {unit: {name: team}}}
  resources:
    order: {surface: orders, workspace: ws_1, attributes: {owner: {blocked: false, home: {plan: team, since: "2026-01-01T00:00:00Z"}}}}
  facts:
    known: {customer: {level: 2, of: {region: eu}}}
  contexts:
    device: {facts: known, attributes: {device: {trusted: true}}}
  matrices:
    - {id: shipping, principals: [packer], context: device, resources: [order], table: {"orders:ship": {packer: allow}}}
"""
TIMES = 40
"""More than are answered by the evaluator before there is code."""
READER = Principal.api_key("key_1", workspace="ws_1", scopes="orders:read orders:cancel")


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for a pack with records everywhere."""
    file = tmp_path_factory.mktemp("records") / "pack.yaml"
    file.write_text(PACK)
    return Guard.load(file)


def order(attributes: dict[str, Any]) -> Resource:
    """An order with attributes."""
    return Resource("orders", "o_1", "ws_1", attributes)


@pytest.mark.parametrize(
    ("attributes", "cancel", "read"),
    [
        ({"owner": {"blocked": False}}, True, True),
        ({"owner": {"blocked": True}}, False, False),
        ({"owner": {"id": "u_1"}}, False, True),
        ({"owner": {"blocked": None}}, False, True),
        ({"owner": {}}, False, True),
        ({}, False, True),
        ({"owner": None}, False, True),
        ({"owner": {"blocked": "no"}}, False, False),
        ({"owner": {"blocked": 0}}, False, False),
        ({"owner": "u_1"}, False, False),
        ({"owner": [{"blocked": False}]}, False, False),
    ],
    ids=str,
)
def test_a_field(guard: Guard, attributes: dict[str, Any], cancel: bool, read: bool) -> None:
    """What is there is read; what is missing, or of another type, cannot be evaluated, and a denial denies."""
    for _ in range(TIMES):
        assert guard.check(READER, "orders:cancel", order(attributes)).allowed is cancel
        assert guard.check(READER, "orders:read", order(attributes)).allowed is read


def test_records_of_all_roots(guard: Guard) -> None:
    """Principals, resources, contexts and facts have records, in code as in the evaluator."""
    about = order({"owner": {"home": {"plan": "team", "since": datetime(2026, 1, 1, tzinfo=UTC)}}})
    packer = Principal.member("m_1", workspace="ws_1", roles=[], attributes={"unit": {"name": "team"}})
    facts = {"customer": {"level": 2, "of": {"region": "eu"}}}
    context = Context(facts=facts, now=NOW, attributes={"device": {"trusted": True}})
    for _ in range(TIMES):
        assert guard.check(packer, "orders:ship", about, context).allowed
    others: list[tuple[Principal, Resource, Context]] = [
        (Principal.member("m_2", workspace="ws_1", roles=[], attributes={"unit": {"name": "x"}}), about, context),
        (Principal.member("m_2", workspace="ws_1", roles=[], attributes={"unit": {}}), about, context),
        (Principal.member("m_2", workspace="ws_1", roles=[]), about, context),
        (packer, order({"owner": {"home": {"plan": "team"}}}), context),
        (packer, about, Context(facts=facts, now=NOW, attributes={"device": {}})),
        (packer, about, Context(facts=facts, now=NOW)),
        (packer, about, Context(facts={"customer": {"level": 2}}, now=NOW, attributes={"device": {"trusted": True}})),
        (packer, about, Context(facts={"customer": 2}, now=NOW, attributes={"device": {"trusted": True}})),
    ]
    for who, what, when in others:
        for _ in range(TIMES):
            assert not guard.check(who, "orders:ship", what, when).allowed
    assert guard.facts_for("orders:ship").names == ("customer",)


def test_what_is_listed_and_explained(guard: Guard) -> None:
    """A list is what single checks are, and an explanation shows the fields that were read."""
    items = [order({"owner": {"blocked": blocked}}) for blocked in (True, False, None)]
    assert [d.allowed for d in guard.check_many(READER, [("orders:cancel", item) for item in items])] == [
        False,
        True,
        False,
    ]
    text = str(guard.explain(READER, "orders:cancel", items[0]))
    assert "resource.owner.blocked" in text


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"owner": {"blokced": True}}, 'no attribute of orders "owner.blokced" in the catalog; did you mean "owner.blocked"?'),
        ({"owner": {"home": {"plna": "x"}}}, 'no attribute of orders "owner.home.plna" in the catalog; did you mean "owner.home.plan"?'),
        ({"owner": {"blocked": 1}}, 'the attribute of orders "owner.blocked" must be of the type bool'),
        ({"owner": {"home": {"since": "now"}}}, 'the attribute of orders "owner.home.since" must be of the type timestamp'),
        ({"owner": "u_1"}, 'the attribute of orders "owner" must be a mapping, not str'),
        ({"ownr": {}}, 'no attribute of orders "ownr" in the catalog; did you mean "owner"?'),
    ],
)  # fmt: skip
def test_a_resource_of_a_guard(guard: Guard, attributes: dict[str, Any], message: str) -> None:
    """``guard.resource`` takes names and types within records for what the catalog says."""
    with pytest.raises(RequestError) as caught:
        guard.resource("orders", "o_1", "ws_1", attributes)
    assert str(caught.value) == message
    assert guard.resource("orders", "o_1", "ws_1", {"owner": {"blocked": None, "home": {}}}).attributes["owner"] == {
        "home": {}
    }


@pytest.mark.parametrize(
    ("attributes", "facts", "message"),
    [
        ({"device": {"trused": True}}, {}, 'no context attribute "device.trused" in the catalog; did you mean "device.trusted"?'),
        ({"device": {"trusted": "yes"}}, {}, 'the context attribute "device.trusted" must be of the type bool'),
        ({"device": True}, {}, 'the context attribute "device" must be a mapping, not bool'),
        ({}, {"customer": {"levle": 1}}, 'no fact "customer.levle" in the catalog; did you mean "customer.level"?'),
        ({}, {"customer": {"level": "1"}}, 'the fact "customer.level" must be of the type int'),
        ({}, {"customer": [1]}, 'the fact "customer" must be a mapping, not tuple'),
        ({}, {"payment": {"status": 1}}, 'the fact "payment.status" must be of the type string'),
    ],
)  # fmt: skip
def test_a_context_of_a_guard(guard: Guard, attributes: dict[str, Any], facts: dict[str, Any], message: str) -> None:
    """``guard.context`` does so with attributes and facts."""
    with pytest.raises(RequestError) as caught:
        guard.context(attributes=attributes, facts=facts)
    assert str(caught.value) == message


class Owner:
    """An owner as a host has one."""

    def __init__(self, blocked: object = None, plan: object = None) -> None:
        self.id = None
        self.blocked = blocked
        self.home = None if plan is None else Home(plan)


class Home:
    """Where an owner is at home."""

    def __init__(self, plan: object) -> None:
        self.plan = plan


class Order:
    """An order as a host has one."""

    id, workspace = "o_1", "ws_1"

    def __init__(self, owner: object) -> None:
        self.owner = owner


def test_objects_of_the_host(tmp_path: Path) -> None:
    """Fields are read from the objects that objects lead to; one that leads to nothing has none."""
    (tmp_path / "pack.yaml").write_text(PACK)
    for attributes in (
        ["owner.blocked", "owner.id", "owner.home.plan"],
        lambda item: {"owner.blocked": getattr(item.owner, "blocked", None)},
        lambda item: {"owner": item.owner and {"blocked": item.owner.blocked}},
        lambda item: {"owner": {"id": "u"}, "owner.blocked": getattr(item.owner, "blocked", None)},
    ):
        guard = Guard.load(tmp_path)
        guard.register(Order, surface="orders", attributes=attributes)
        assert guard.check(READER, "orders:cancel", Order(Owner(blocked=False))).allowed
        for owner in (Owner(blocked=True), Owner(), None):
            assert not guard.check(READER, "orders:cancel", Order(owner)).allowed
    guard = Guard.load(tmp_path)
    guard.register(Order, surface="orders", attributes=["owner.id", "owner.home.plan"])
    assert dict(guard.resource(Order(Owner(plan="x"))).attributes["owner"]) == {"home": {"plan": "x"}}
    assert dict(guard.resource(Order(Owner())).attributes) == {}


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (["owner.blokced"], 'no attribute of orders "owner.blokced" in the catalog; did you mean "owner.blocked"?'),
        (["owner..id"], "attribute is empty"),
        ([7], "attribute must be a str, not int"),
        (lambda _: {"owner.blokced": True}, 'no attribute of orders "owner.blokced" in the catalog; did you mean "owner.blocked"?'),
        (lambda _: {"owner": {"blokced": True}}, 'no attribute of orders "owner.blokced" in the catalog; did you mean "owner.blocked"?'),
        (lambda _: {"owner": {"home": {"paln": "x"}}}, 'no attribute of orders "owner.home.paln" in the catalog; did you mean "owner.home.plan"?'),
        (lambda _: {"owner": "u", "owner.id": "u"}, 'a registered attribute "owner" is no record, so that it has no "owner.id"'),
        (lambda _: {7: "u", "owner.id": "u"}, "a key of a resource's attributes must be a str, not int"),
    ],
)  # fmt: skip
def test_objects_with_mistakes(attributes: Any, message: str, tmp_path: Path) -> None:
    """A field that the catalog does not have is told when the class is registered, or when an object is read."""
    (tmp_path / "pack.yaml").write_text(PACK)
    guard = Guard.load(tmp_path)

    def ask() -> None:
        guard.register(Order, surface="orders", attributes=attributes)
        guard.check(READER, "orders:read", Order(Owner(blocked=True)))

    with pytest.raises(RequestError) as caught:
        ask()
    assert str(caught.value) == message


def test_lists_of_what_has_records(guard: Guard) -> None:
    """A filter names a field by its path, as the column of a table is mapped to it."""
    found = guard.filter(READER, "orders:cancel")
    assert str(found.condition) == "owner.blocked == false"
    for blocked in (True, False, None):
        assert found.matches(order({"owner": {"blocked": blocked}})) is (blocked is False)


def test_the_names_that_conditions_may_read(guard: Guard) -> None:
    """Built-in ones, and declared ones by what stands behind the root."""
    assert {
        "resource.owner",
        "principal.unit",
        "context.device",
        "context.facts.customer",
        "principal.id",
    } <= guard.names
    assert not {"resource.woner", "context.unit"} & guard.names


def test_names_that_are_paths_are_refused(guard: Guard) -> None:
    """A path is no name of an attribute or of a fact: what a host gives under one nobody reads."""
    for make in (lambda: order({"owner.blocked": True}), lambda: Context(attributes={"device.trusted": True})):
        with pytest.raises(RequestError, match="is not a name"):
            make()
    with pytest.raises(RequestError, match=r'no fact "customer.level" in the catalog'):
        guard.check(READER, "orders:read", order({}), Context(facts={"customer.level": 1}))


def test_the_tests_and_the_compiled_pack(tmp_path: Path) -> None:
    """Tests write times of fields as texts, and a compiled pack knows the fields."""
    (tmp_path / "pack.yaml").write_text(PACK)
    result = CliRunner().invoke(app, ["test", str(tmp_path / "pack.yaml")])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(
        app, ["compile", str(tmp_path / "pack.yaml"), "--output", str(tmp_path / "pack.sgpack")]
    )
    assert result.exit_code == 0, result.output
    compiled = Guard.load(tmp_path / "pack.sgpack")
    assert compiled.check(READER, "orders:cancel", order({"owner": {"blocked": False}})).allowed
    assert not compiled.check(READER, "orders:cancel", order({"owner": {"blocked": True}})).allowed


def test_two_surfaces_may_differ(tmp_path: Path) -> None:
    """A text on one surface and a record on another: a rule about both reads each where it is."""
    (tmp_path / "pack.yaml").write_text("""
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, attributes: {owner: string}}
    orders: {actions: [read], coarse: true, attributes: {owner: {id: string}}}
rules:
  - {id: mine.note, effect: deny, on: ["notes:read"], unless: resource.owner == principal.id, code: not_permitted}
  - {id: mine.order, effect: deny, on: ["orders:read"], unless: resource.owner.id == principal.id, code: not_permitted}
""")
    guard = Guard.load(tmp_path)
    who = Principal.api_key("k", workspace="ws_1", scopes="orders:read notes:read")
    for _ in range(TIMES):
        assert guard.check(who, "notes:read", Resource("notes", "n", "ws_1", {"owner": "k"})).allowed
        assert guard.check(who, "orders:read", Resource("orders", "n", "ws_1", {"owner": {"id": "k"}})).allowed
        assert not guard.check(who, "notes:read", Resource("notes", "n", "ws_1", {"owner": {"id": "k"}})).allowed
        assert not guard.check(who, "orders:read", Resource("orders", "n", "ws_1", {"owner": "k"})).allowed


def test_a_misspelt_field_does_not_load(tmp_path: Path) -> None:
    """The nearest field is told."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("when: resource.owner.blocked,", "when: resource.owner.blokced,"))
    with pytest.raises(
        PolicyError, match=r'unknown name "resource.owner.blokced"; did you mean "resource.owner.blocked"'
    ):
        Guard.load(tmp_path)
