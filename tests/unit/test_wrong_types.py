"""What is asked with a value of another type is a RequestError, whichever question it is: never an error of Python's."""

import copy
import operator
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource, cel

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
