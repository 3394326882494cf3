"""What is asked with a value of another type is a RequestError, whichever question it is: never an error of Python's."""

import copy
import operator
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource, cel
from scopeguard.keys import Keys, MemoryStore

KEY = Principal.api_key("key_1", workspace="ws_1", scopes="agents:read")
ODD: tuple[object, ...] = (5, 1.5, True, b"agents:read", object(), UUID(int=7), {"agents:read": 1}, ["agents", 5], [[]])
ASKED: dict[str, Callable[[Guard, object], object]] = {
    "check": lambda guard, value: guard.check(KEY, value),  # type: ignore[arg-type]  # each of them is wrong
    "check_many": lambda guard, value: guard.check_many(KEY, [(value, Resource("agents"))]),  # type: ignore[list-item]  # as above
    "explain": lambda guard, value: guard.explain(KEY, value),  # type: ignore[arg-type]  # as above
    "filter": lambda guard, value: guard.filter(KEY, value),  # type: ignore[arg-type]  # as above
    "facts_for": lambda guard, value: guard.facts_for(value),  # type: ignore[arg-type]  # as above
    "facts_for in an environment": lambda guard, value: guard.facts_for("agents.create", environment=value),  # type: ignore[arg-type]  # as above
    "place": lambda guard, value: guard.place(value),  # type: ignore[arg-type]  # as above
    "grants of a kind": lambda guard, value: guard.grants("agents:read", kind=value),  # type: ignore[arg-type]  # as above
    "what grants cover": lambda guard, value: guard.grants("agents:read").covers(value),  # type: ignore[arg-type]  # as above
    "what a decision is outside": lambda guard, value: guard.outside(value),  # type: ignore[arg-type]  # as above
    "a matrix of actions": lambda guard, value: guard.matrix([KEY], [value]),  # type: ignore[list-item]  # as above
    "what is absent": lambda guard, value: guard.matrix([KEY], symbolic=True, absent=[value]),  # type: ignore[list-item]  # as above
    "an id": lambda guard, value: guard.register(type("Row", (), {}), surface="agents", id=value),  # type: ignore[arg-type]  # as above
    "scopes of a kind": lambda guard, value: guard.catalog.of_kind(value),  # type: ignore[arg-type]  # as above
    "the least scope": lambda guard, value: guard.catalog.least_scope(value),  # type: ignore[arg-type]  # as above
    "what is internal": lambda guard, value: guard.catalog.is_internal(value),  # type: ignore[arg-type]  # as above
    "the surface of an action": lambda guard, value: guard.catalog.surface_of(value),  # type: ignore[arg-type]  # as above
    "an alias": lambda guard, value: guard.catalog.called(value),  # type: ignore[arg-type]  # as above
    "what comes with an action": lambda guard, value: guard.catalog.surfaces["agents"].implied(value),  # type: ignore[arg-type]  # as above
    "meters of an environment": lambda guard, value: guard.catalog.operations["agents.create"].meters(value),  # type: ignore[arg-type]  # as above
    "operations of a meter": lambda guard, value: guard.catalog.operations["agents.create"].counts_on(value),  # type: ignore[arg-type]  # as above
    "an expression": lambda _, value: cel.compile(value),  # type: ignore[arg-type]  # as above
    "the type of a variable": lambda _, value: cel.compile("x", {"x": value}),  # type: ignore[dict-item]  # as above
    "an extension": lambda _, value: cel.compile("1", extensions=[value]),  # type: ignore[list-item]  # as above
    "a network": lambda _, value: cel.Cidr(value),  # type: ignore[arg-type]  # as above
    "a type": lambda _, value: cel.Type(value),  # type: ignore[arg-type]  # as above
    "a workspace": lambda guard, value: guard.register(type("Row", (), {}), surface="agents", workspace=value),  # type: ignore[arg-type]  # as above
}  # fmt: skip


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The shipped pack."""
    return Guard.default()


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("value", [*ODD, None], ids=lambda value: type(value).__name__)
def test_another_type(guard: Guard, ask: Callable[[Guard, object], object], value: object) -> None:
    """Told as what it is."""
    with pytest.raises(RequestError):
        ask(guard, value)


def repr_of(value: object) -> str:
    """What a test is called by: no address of an object."""
    return type(value).__name__ if type(value) in {object, UUID} else repr(value)


OWNER = Principal.member("mem_1", workspace="ws_1", roles=["owner"])
DASHBOARD = Context("dashboard", now=datetime(2026, 1, 2, tzinfo=UTC))
OF_SCOPES: dict[str, Callable[[Guard, Any], object]] = {
    "mint": lambda guard, value: guard.mint(OWNER, value, DASHBOARD),
    "mint, by somebody who may not": lambda guard, value: guard.mint(KEY, value),
    "rotate": lambda guard, value: guard.rotate(OWNER, value, DASHBOARD),
    "rotate to": lambda guard, value: guard.rotate(OWNER, "agents:read", DASHBOARD, scopes=value),
    "rotate a key to": lambda guard, value: guard.rotate(OWNER, KEY, DASHBOARD, scopes=value),
    "issue": lambda guard, value: Keys(MemoryStore(), prefix="sk", pepper=[bytes(32)]).issue(guard, OWNER, value, DASHBOARD),
    "scopes": lambda guard, value: guard.scopes(value),
    "grants": lambda guard, value: guard.grants(value),
    "a key": lambda _, value: Principal.api_key("k", workspace="w", scopes=value),
    "a key of a token": lambda _, value: Principal.api_key("k", workspace="w", scopes=value, unknown="ignore"),
    "a ceiling": lambda _, value: Principal.api_key("k", workspace="w", ceiling=value),
    "a session": lambda _, value: Principal.session("s", workspace="w", scopes=value),
    "a session of a token": lambda _, value: Principal.session("s", workspace="w", scopes=value, unknown="ignore"),
}  # fmt: skip


@pytest.mark.parametrize("ask", OF_SCOPES.values(), ids=OF_SCOPES)
@pytest.mark.parametrize("value", [*ODD, 0, 0.0, False, b"", {}, [None], {5}, (b"agents:read",)], ids=repr_of)
def test_scopes_of_another_type(guard: Guard, ask: Callable[[Guard, object], object], value: object) -> None:
    """They are the fault of the host, and no answer about whoever asks: not even where it is a denial."""
    with pytest.raises(RequestError):
        ask(guard, value)


class Endless:
    """Items without an end, which a table, a network or a generator may have."""

    def __init__(self, *items: object) -> None:
        self.items = items
        self.taken = 0

    def __iter__(self) -> Iterator[Any]:
        while True:
            assert self.taken < 2000, "nobody looks at what comes"
            yield self.items[min(self.taken, len(self.items) - 1)]
            self.taken += 1


OF_ROLES: dict[str, Callable[[Guard, Any], object]] = {
    "a member": lambda _, value: Principal.member("m", workspace="w", roles=value),
    "roles": lambda guard, value: guard.roles(value),
    "a ceiling of roles": lambda guard, value: guard.ceiling(value),
    "a matrix of actions": lambda guard, value: guard.matrix([KEY], value),
    "what is absent": lambda guard, value: guard.matrix([KEY], symbolic=True, absent=value),
    "attributes": lambda guard, value: guard.register(type("Row", (), {}), surface="agents", attributes=value),
    "extensions": lambda _, value: cel.compile("1", extensions=value),
    "networks": lambda _, value: Principal.api_key("k", workspace="w", ip_allow=value),
}  # fmt: skip
FIRST: dict[str, str] = {"networks": "10.0.0.0/8", "a matrix of actions": "agents:read", "extensions": "math"}


@pytest.mark.parametrize("name", [*OF_SCOPES, *OF_ROLES])
def test_items_without_an_end(guard: Guard, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """So many are read as are a list of somebody's, and then it is told."""
    monkeypatch.setattr("scopeguard.model.input_validation.MAX_LISTED", 1000)
    item = "agents:read" if name in OF_SCOPES else FIRST.get(name, "name")
    with pytest.raises(RequestError, match="more than 1000 "):
        (OF_SCOPES | OF_ROLES)[name](guard, Endless(item))


@pytest.mark.parametrize("name", [name for name in (*OF_SCOPES, *OF_ROLES) if name != "a matrix of actions"])
def test_the_first_that_is_none_ends_it(guard: Guard, name: str) -> None:
    """A network in the place of a list has millions of addresses, of which the first is no text."""
    given = Endless("agents:read" if name in OF_SCOPES else FIRST.get(name, "name"), 5)
    with pytest.raises(RequestError, match="must be a str, not int"):
        (OF_SCOPES | OF_ROLES)[name](guard, given)
    assert given.taken <= 1


@pytest.mark.parametrize("network", ["10.0.0.0/8", "2001:db8::/32"])
def test_a_network_is_no_list_of_attributes(guard: Guard, network: str) -> None:
    """It is refused at once."""
    with pytest.raises(RequestError, match=r"must be a str, not IPv[46]Address"):
        guard.register(type("Row", (), {}), surface="agents", attributes=ip_network(network))  # type: ignore[arg-type]  # it is wrong


@pytest.mark.parametrize("permission", ["agents", "agents:fly", "nothing:read", ":", ""])
def test_a_permission_that_is_not_there(guard: Guard, permission: str) -> None:
    """It is neither internal nor open."""
    with pytest.raises(RequestError, match=f'unknown permission "{permission}"'):
        guard.catalog.is_internal(permission)


OF_EXPRESSIONS: tuple[dict[str, Any], ...] = (
    {"variables": "x"}, {"variables": ["x"]}, {"variables": 5}, {"variables": {5: "int"}}, {"container": 5},
    {"container": None}, {"check": "yes"}, {"check": None}, {"extensions": 5}, {"extensions": None},
    {"extensions": "math"}, {"extensions": b"math"}, {"extensions": [[]]}, {"extensions": ["maths"]},
    {"variables": {"x": "nothing"}},
)  # fmt: skip


@pytest.mark.parametrize("given", OF_EXPRESSIONS, ids=str)
def test_arguments_of_an_expression(given: dict[str, Any]) -> None:
    """Each is looked at, whether the expression needs it or not."""
    with pytest.raises(RequestError):
        cel.compile("1 + 1", **given)


@pytest.mark.parametrize("variables", [None, 5, "x", ["x"], ("x",), {"x"}, b"x", NotImplemented], ids=str)
def test_variables_of_an_expression(variables: Any) -> None:
    """They are a mapping, for the evaluator that walks the tree too."""
    expression = cel.compile("x + 1", {"x": "int"})
    for evaluate in (expression.evaluate, expression.reference):
        with pytest.raises(RequestError, match="the variables must be a mapping, not "):
            evaluate(variables)


class Hashless(str):
    """A text of a host's that no table can be asked for."""

    __slots__ = ()

    def __hash__(self) -> int:
        raise TypeError("unhashable")


class Unequal(str):
    """One that no other text can be compared with."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise TypeError("not comparable")


@pytest.mark.parametrize("action", [Hashless("agents:read"), Unequal("agents:read")], ids=["hash", "equality"])
def test_a_text_that_cannot_be_looked_up(guard: Guard, action: str) -> None:
    """It is no action, to one question as to many, before there is an answer to remember and after."""
    who = Principal.api_key("key_2", workspace="ws_1", scopes="agents:read")
    resource = Resource("agents", "agt_1", "ws_1")
    asked: tuple[Callable[[], object], ...] = (
        lambda: guard.check(who, action, resource),
        lambda: guard.check(who, action),
        lambda: guard.authorize(who, action, resource),
        lambda: guard.check_many(who, [(action, resource)]),
        lambda: guard.check_many(who, [[action, resource]]),  # type: ignore[list-item]  # a pair of another class
    )
    for ask in asked:
        for _ in range(2):
            with pytest.raises(RequestError, match="an action must be a str, not"):
                ask()
            assert guard.check(who, "agents:read", resource).permission == "agents:read"
            assert guard.check_many(who, [("agents:read", resource)])[0].permission == "agents:read"


@pytest.mark.parametrize("kind", ["member", "system", "anonymous", "key", ""])
def test_a_kind_without_scopes(guard: Guard, kind: str) -> None:
    """It holds none: it is no key."""
    with pytest.raises(RequestError, match="a kind of api_key, session"):
        guard.grants("agents:read", kind=kind)  # type: ignore[arg-type]  # it is wrong


def test_bytes_are_no_names(guard: Guard) -> None:
    """They are an iterable of numbers."""
    with pytest.raises(RequestError, match="must be an iterable of str, not bytes"):
        guard.matrix([KEY], symbolic=True, absent=b"context.now")  # type: ignore[arg-type]  # it is wrong


def test_a_filter_is_copied(guard: Guard) -> None:
    """Nothing in it changes, so that a copy is itself, as of a guard."""
    found = guard.filter(KEY, "agents:read", Context(channel="server"))
    assert copy.copy(found) is found
    assert copy.deepcopy({"rows": found})["rows"] is found


@pytest.mark.parametrize("other", [5, None, "agents:read", frozenset({"agents:read"})])
def test_grants_are_compared_with_grants(guard: Guard, other: object) -> None:
    """Anything else has no part in common with them, and Python says so."""
    grants = guard.grants("agents:read")
    joins: tuple[Callable[[Any, Any], object], ...] = (operator.le, operator.ge, operator.and_, operator.or_)
    for join in joins:
        with pytest.raises(TypeError, match=r"not supported between|unsupported operand"):
            join(grants, other)


def test_what_grants_have_in_common_is_read_only(guard: Guard) -> None:
    """As what each of them reaches is: it may be a ceiling."""
    grants = guard.grants("agents:read agents:write/agt_1")
    for each in (grants, grants & grants, grants | guard.grants("users:read")):
        with pytest.raises(TypeError):
            each.reach["webhooks:write"] = None  # type: ignore[index]  # it is wrong
