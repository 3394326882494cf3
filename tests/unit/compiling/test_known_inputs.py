"""What is left of a condition by what is known: nothing is settled too early, and nothing that is known stays open."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import Context, Principal, Resource
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.grants import FIXED, ID, SCOPES, Narrowed
from scopeguard.compiling.partial_evaluation import KnownContext, KnownInputs, WorkspaceRelation, simplify
from scopeguard.syntax.expression import FALSE, Expr, Failure
from scopeguard.syntax.printer import print_expression
from tests.conditions import condition

QUESTION = RequestedAction("docs:read", "docs:read", "docs", "read", "")
TYPES = Types(
    principal=MappingProxyType({"team": "string", "level": "int"}),
    context=MappingProxyType(
        {"ip": "string", "beta": "bool", "gone": "string", "more.a": "string", "rest.a": "string"}
    ),
    facts=MappingProxyType({"count": "int"}),
    resource=MappingProxyType({"docs": MappingProxyType({"owner": "string"})}),
)
KEY = Principal.api_key("key_1", workspace="ws_1", scopes="docs:read docs:write/d_1", attributes={"team": "a"})
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = Context(
    "server", facts={"count": 2}, now=NOW, attributes={"ip": "x", "beta": True, "more": {"a": "b"}},
)  # fmt: skip
ANY, OWN, OTHER, GIVEN, NONE = WorkspaceRelation


def known(about: WorkspaceRelation = ANY, *, resource: Resource | None = None, **more: Any) -> KnownInputs:
    """What is known of a request by KEY."""
    env = Environment(KEY, resource, SERVER, QUESTION, FixedAuthority(), TYPES)
    return KnownInputs(env, lambda _: FALSE, about, **more)


def left(expr: Expr, inputs: KnownInputs) -> str:
    """What is left of an expression; ``same`` for all of it, ``fails`` for what has no value."""
    found = simplify(expr, inputs)
    return "fails" if isinstance(found, Failure) else "same" if found == expr else print_expression(found)


BY_CLASS = {"context": KnownContext.CLASS}
WHOLE = {"principal": True, "context": KnownContext.WHOLE}
LEFT: Mapping[str, tuple[str, str, str]] = {
    # Of the principal's class alone, with the class of the context, and of all of both.
    "resource.surface == 'docs'": ("true", "true", "true"),
    "action == 'docs:write'": ("false", "false", "false"),
    "type(1) == int": ("true", "true", "true"),
    "principal.kind == 'api_key'": ("true", "true", "true"),
    "'docs:read' in principal.scopes": ("true", "true", "true"),
    "principal.id == 'key_1'": ("same", "same", "true"),
    "has(principal.id)": ("same", "same", "true"),
    "principal.workspace == 'ws_1'": ("same", "same", "true"),
    "principal.team == 'a'": ("same", "same", "true"),
    "has(principal.team)": ("true", "true", "true"),
    "principal.level == 1": ("fails", "fails", "fails"),
    "has(principal.level)": ("false", "false", "false"),
    "resource.owner == 'a'": ("same", "same", "same"),
    "has(resource.owner)": ("same", "same", "same"),
    "resource.id == 'd_1'": ("same", "same", "same"),
    "context.channel == 'server'": ("same", "true", "true"),
    "has(context.channel)": ("same", "true", "true"),
    "context.environment == 'production'": ("same", "true", "true"),
    "context.ip == 'x'": ("same", "same", "true"),
    "has(context.ip)": ("same", "true", "true"),
    "context.beta": ("same", "true", "true"),
    "context.gone == 'x'": ("same", "fails", "fails"),
    "has(context.gone)": ("same", "false", "false"),
    "context.more.a == 'b'": ("same", "same", "true"),
    "has(context.more.a)": ("same", "same", "true"),
    "context.rest.a == 'b'": ("same", "fails", "fails"),
    "has(context.rest.a)": ("same", "false", "false"),
    "has(context.now)": ("same", "same", "true"),
    "context.now > timestamp('2020-01-01T00:00:00Z')": ("same", "same", "true"),
    "has(context.facts)": ("same", "same", "true"),
    "context.facts.count == 2": ("same", "same", "true"),
    "has(context.facts.count)": ("same", "same", "true"),
    "[].all(each, each == principal.id)": ("true", "true", "true"),
    "['key_1'].exists(each, each == principal.id)": ("same", "same", "true"),
    "['a'].exists(each, each == principal.kind)": ("false", "false", "false"),
    "principal.scopes.exists(each, each == 'docs:read')": ("true", "true", "true"),
    "resource.owner in principal.scopes": ('.resource.owner in ["docs:read", "docs:write/d_1"]',) * 3,
    "true && has(resource.owner)": ("@has(.resource.owner)",) * 3,
    "true && resource.owner == 'a'": ('.resource.owner == "a"',) * 3,
    "false || resource.owner.startsWith('a')": ('.resource.owner.startsWith("a")',) * 3,
    "true && resource.owner.exists(each, each == 'a')": ('.resource.owner.exists(each, each == "a")',) * 3,
    "true && (has(resource.owner) || has(resource.id))": ("@has(.resource.owner) || @has(.resource.id)",) * 3,
    # What may be no truth value is none by itself, so that it stays within its operator.
    "true && size(resource.owner)": ("same",) * 3,
    "true && resource.owner": ("same",) * 3,
    "false || resource.owner.map(each, each)": ("same",) * 3,
}


@pytest.mark.parametrize("text", LEFT)
def test_what_is_left(text: str) -> None:
    """Each time more is known."""
    expr = condition(text, TYPES)
    assert tuple(left(expr, known(**more)) for more in ({}, BY_CLASS, WHOLE)) == LEFT[text]


OF_WORKSPACES: Mapping[str, Mapping[WorkspaceRelation, tuple[str, str]]] = {
    # Of the principal's class alone, and of the whole principal.
    "resource.workspace == principal.workspace": {
        ANY: ("same", '.resource.workspace == "ws_1"'), OWN: ("true", "true"), OTHER: ("false", '.resource.workspace == "ws_1"'),
        GIVEN: ('"ws_2" == .principal.workspace', "false"), NONE: ("true", "true"),
    },
    "resource.workspace == 'ws_2'": {
        ANY: ("same", "same"), OWN: ('.principal.workspace == "ws_2"', "false"), OTHER: ("same", "same"),
        GIVEN: ("true", "true"), NONE: ('.principal.workspace == "ws_2"', "false"),
    },
    "has(resource.workspace)": {
        ANY: ("same", "same"), OWN: ("true", "true"), OTHER: ("true", "true"), GIVEN: ("true", "true"),
        NONE: ("true", "true"),
    },
    "resource.owner == 'a'": {
        **dict.fromkeys((ANY, OWN, OTHER, GIVEN), ("same", "same")), NONE: ("fails", "fails"),
    },
    "has(resource.id)": {
        **dict.fromkeys((ANY, OWN, OTHER, GIVEN), ("same", "same")), NONE: ("false", "false"),
    },
}  # fmt: skip


@pytest.mark.parametrize("text", OF_WORKSPACES)
@pytest.mark.parametrize("about", WorkspaceRelation)
def test_what_is_left_by_the_workspace(text: str, about: WorkspaceRelation) -> None:
    """Of the resource it is known whether there is one, and whether it is of the principal's own workspace."""
    expr = condition(text, TYPES)
    resource = Resource("docs", "d_1", "ws_2") if about is GIVEN else None
    found = tuple(left(expr, known(about, resource=resource, principal=whole)) for whole in (False, True))
    assert found == OF_WORKSPACES[text][about]


GRANTED: Mapping[Narrowed, Mapping[WorkspaceRelation, tuple[str, str]]] = {
    Narrowed(SCOPES, "docs:write/", "d_1", FIXED): {OWN: ("same", "true"), NONE: ("same", "true")},
    Narrowed(SCOPES, "docs:write/", "d_2", FIXED): {OWN: ("same", "false"), NONE: ("same", "false")},
    Narrowed(SCOPES, "docs:write/", ID, "string"): {
        OWN: ("same", '@has(.resource.id) && .resource.id in ["d_1"]'), NONE: ("false", "false"),
    },
    Narrowed(SCOPES, "docs:delete/", ID, "string"): {OWN: ("same", "false"), NONE: ("false", "false")},
}  # fmt: skip


@pytest.mark.parametrize("asked", GRANTED, ids=str)
@pytest.mark.parametrize("about", [OWN, NONE])
def test_what_is_left_of_a_question_about_ids(asked: Narrowed, about: WorkspaceRelation) -> None:
    """Which ids a principal names is known with the whole of it; of no resource, no id is one of them."""
    expr = asked.condition
    found = tuple(left(expr, known(about, principal=whole)) for whole in (False, True))
    assert found == GRANTED[asked][about]


@pytest.mark.parametrize(("text", "without"), [
    ("'docs:read' in principal.scopes", {"held": False}),
    ("principal.rank > 1", {"held": False}),
    ("action == 'docs:read'", {"question": False}),
    ("resource.surface == 'docs'", {"question": False}),
])  # fmt: skip
def test_what_is_not_known_stays_open(text: str, without: dict[str, Any]) -> None:
    """What is held, where it is not, and the action that is asked about."""
    expr = condition(text, TYPES)
    assert left(expr, known()) != "same"
    assert left(expr, known(**without)) == "same"


def test_the_kind_is_known_without_what_is_held() -> None:
    """And so is which attributes there are."""
    for text in ("principal.kind == 'api_key'", "has(principal.team)"):
        assert left(condition(text, TYPES), known(held=False)) == "true"


def test_what_is_known_does_not_change() -> None:
    """While a condition is gone through."""
    with pytest.raises(AttributeError, match="immutable"):
        known().about = OWN  # type: ignore[misc]  # this is what it is about
