"""Generated code of conditions: what it says is what the evaluator says, and it says so itself wherever it can."""

import ast
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import Context, Principal, Resource
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.grants import BOUND, FIXED, ID, ROLES, SCOPES, Narrowed
from scopeguard.syntax.expression import Expr
from tests.conditions import condition

QUESTION = RequestedAction("docs:read", "docs:read", "docs", "read", "")
TYPES = Types(
    principal=MappingProxyType({"team": "string", "level": "int", "size": "uint"}),
    context=MappingProxyType({"ip": "ip", "tags": "list(string)", "more": "map(string, dyn)", "shape": "map(string, int)"}),
    facts=MappingProxyType({"count": "int", "plan.level": "int", "plan.at": "timestamp", "plan.until": "timestamp", "plan.most": "duration", "plan.least": "duration", "word": "string", "any": "dyn"}),
    resource=MappingProxyType({"docs": MappingProxyType({"owner": "string", "folder": "string", "folders": "list(string)", "at": "timestamp"})}),
)  # fmt: skip
NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Principal.api_key(
    "key_1", workspace="ws_1", scopes="docs:read/d_1 docs:read/folders:f_1", attributes={"level": 3}
)
SYSTEM = Principal.system("job_1")
DOC = Resource("docs", "d_1", "ws_1", {"owner": "key_1", "folder": "f_1", "folders": ["f_0", "f_1"], "at": NOW})
FULL = Context(
    "server", attributes={"ip": "10.0.0.1", "tags": ["a", "b"], "more": {"a": "b"}, "shape": {"a": 1}},
    facts={"count": 2, "plan": {"level": 1, "at": NOW - timedelta(hours=2), "until": NOW + timedelta(hours=1), "most": timedelta(hours=3), "least": timedelta(0)}, "word": "w", "any": 1}, now=NOW,
)  # fmt: skip
EMPTY = Context(None, "test")
REQUESTS = ((KEY, DOC, FULL), (Principal.api_key("k", workspace="w", scopes=""), Resource("docs"), EMPTY))
"""One in which everything is given, and one in which nothing is that need not be."""


class Asking:
    """The code of a condition, and whether it asked the evaluator."""

    def __init__(
        self, expr: Expr, kind: str = "api_key", *, exact_when: bool | None = None, sure: frozenset[str] = frozenset()
    ) -> None:
        self.asked = False
        emitter = Emitter(kind, QUESTION, TYPES, self.environment, [expr])
        emitter.sure = sure
        tree = emitter.condition(expr, exact_when=exact_when)
        self.source = ast.unparse(tree)
        self.function: Callable[..., Any] = emitter.whole(
            [ast.Return(tree)], otherwise=ast.Return(ast.Constant("left"))
        )

    def environment(self, principal: Principal, resource: Resource | None, context: Context) -> Environment:
        """What the evaluator reads, which is told."""
        self.asked = True
        return Environment(principal, resource, context, QUESTION, FixedAuthority(), TYPES)

    def said(self, principal: Principal, resource: Resource | None, context: Context) -> object:
        """What the code says itself; ``left`` where it gives up, and ``asked`` where it has the evaluator called."""
        self.asked = False
        found = self.function(principal, resource, context)
        return "asked" if self.asked else found


def exact(expr: Expr, *request: Any) -> bool | None:
    """What the evaluator says."""
    principal, resource, context = request
    return outcome(expr, Environment(principal, resource, context, QUESTION, FixedAuthority(), TYPES))


SAID: dict[str, tuple[object, object]] = {
    # Of a full request and of one that has nothing.
    "principal.id == 'key_1'": (True, False),
    "principal.workspace == resource.workspace": (True, "left"),
    "resource.id != principal.id": (True, "left"),
    "context.channel == 'server'": (True, "left"),
    "context.channel == null || true": ("left", "left"),
    "context.environment == 'production'": (True, False),
    "has(context.channel)": (True, False),
    "!has(resource.owner)": (False, True),
    "has(context.facts.plan.level)": (True, False),
    "has(context.facts.plan)": (True, False),
    "has(context.facts)": (True, True),
    "has(principal.rank)": ("asked", "asked"),
    "principal.rank > 1": ("asked", "asked"),
    "principal.level > 2": (True, "left"),
    "principal.kind == 'api_key'": ("asked", "asked"),
    "context.tags == ['a', 'b']": (True, "left"),
    "'a' in context.tags": (True, "left"),
    "context.more.a == 'b'": (True, "left"),
    "context.more == {'a': 'b'}": ("asked", "asked"),
    "context.shape == {'a': 1}": ("asked", "asked"),
    "context.shape.a == 1": (True, "left"),
    "context.ip == ip('10.0.0.1')": (True, "left"),
    "type(principal.id) == string": ("asked", "asked"),
    "context.facts.any == 1": (True, "left"),
    "context.facts.count + 1 > 2": (True, "left"),
    "context.now - context.facts.plan.at <= duration('3h')": (True, "left"),
    "context.now - context.facts.plan.at >= duration('3h')": (False, "left"),
    "context.now - context.facts.plan.at > duration('3h')": (False, "left"),
    "duration('1h') <= context.now - context.facts.plan.at": (True, "left"),
    "['x', 'key_1'].exists(each, each == principal.id)": (True, False),
    "context.tags.all(each, each != resource.owner && each != context.channel)": (True, "left"),
    "context.tags.exists(one, context.tags.exists(two, one != two))": (True, "left"),
    "context.tags.map(each, each + each) == ['aa', 'bb']": (True, "left"),
    "!(context.tags.exists(each, each in context.tags && each == 'c'))": (True, "left"),
}  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_what_code_says_itself(text: str) -> None:
    """It is exact, and nothing that code can say is left to the evaluator, which takes ten times as long."""
    expr = condition(text, TYPES)
    asking = Asking(expr)
    for request, expected in zip(REQUESTS, SAID[text], strict=True):
        found = asking.said(*request)
        assert found == expected, asking.source
        assert found in ("left", "asked") or found is exact(expr, *request)


HALVES: dict[str, tuple[object, object, object, object]] = {
    # Exact where it is true, of a full request and of one that has nothing; and exact where it is false.
    "context.channel == 'server'": (True, False, True, "left"),
    "context.channel != 'server'": (False, "left", False, True),
    "'server' == context.channel": (True, False, True, "left"),
    "!(context.channel == 'server')": (False, "left", False, True),
    "!(context.channel != 'server')": (True, False, True, "left"),
    "context.channel == 'server' && resource.id == 'd_1'": (True, False, True, "left"),
    "context.channel == 'server' || context.environment == 'test'": (True, True, True, "left"),
    "principal.workspace == resource.workspace": (True, False, True, "left"),
    "principal.workspace != resource.workspace": (False, "left", False, True),
    "context.environment == resource.id": (False, False, False, "left"),
    "resource.id == resource.workspace": (False, "left", False, "left"),
    "resource.owner == 'key_1'": (True, "left", True, "left"),
    "resource.id == null": ("left", "left", "left", "left"),
    "resource.id != null": ("left", "left", "left", "left"),
    "context.environment == context.now": ("left", "left", "left", "left"),
    "context.environment == context.facts.word": (False, "left", False, "left"),
    "context.facts.count + context.facts.plan.level > 2": (True, "left", True, "left"),
    "context.facts.count + context.facts.plan.level > 3": (False, "left", False, "left"),
    "context.environment == 'production' ? context.channel == 'server' : 'server' == context.channel": (
        True, False, True, "left",
    ),
    "context.now - resource.at <= duration('3h') && context.now - resource.at >= duration('-5m')": (
        True, "left", True, "left",
    ),
    "context.now - context.now <= duration('3h') && context.now - context.now >= duration('-5m')": (
        True, "left", True, "left",
    ),
    **{
        text.replace("AGE", "context.now - context.facts.plan.at"): said
        for text, said in {
            "AGE <= duration('3h') && AGE >= duration('-5m')": (True, "left", True, "left"),
            "AGE <= duration('1h') && AGE >= duration('-5m')": (False, "left", False, "left"),
            "AGE <= duration('3h') || AGE >= duration('-5m')": (True, "left", True, "left"),
            "AGE <= duration('1h') || AGE >= duration('-5m')": (True, "left", True, "left"),
            "resource.id == 'd_1' && AGE <= duration('3h') && AGE >= duration('-5m')": (True, False, True, "left"),
            "resource.id == 'd_2' && AGE <= duration('3h') && AGE >= duration('-5m')": (False, False, False, "left"),
            # Of two ages, and of what is no age, each is looked at.
            "AGE <= duration('3h') && context.now - context.facts.plan.until >= duration('-5m')": (
                False, "left", False, "left",
            ),
            "context.facts.plan.until - context.facts.plan.at <= duration('2h') "
            "&& context.facts.plan.until - context.facts.plan.at >= duration('0h')": (False, "left", False, "left"),
            # What is no duration, or is no constant, is no bound of an age that is known beforehand.
            "AGE <= dyn(1) && AGE >= duration('-5m')": ("left", "left", "left", "left"),
            "AGE <= duration('3h') && AGE >= dyn(1)": ("left", "left", "left", "left"),
            "AGE <= context.facts.plan.most && AGE >= duration('-5m')": (True, "left", True, "left"),
            "AGE <= duration('3h') && AGE >= context.facts.plan.least": (True, "left", True, "left"),
        }.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("text", HALVES)
def test_what_code_says_where_half_of_it_has_to_be_exact(text: str) -> None:
    """Whether a value is there is not asked where its absence makes for the half that may be wrong."""
    expr = condition(text, TYPES)
    found = []
    for half in (True, False):
        asking = Asking(expr, exact_when=half)
        for request in REQUESTS:
            found.append(asking.said(*request))
            assert found[-1] is not half or exact(expr, *request) is half, asking.source
    assert tuple(found) == HALVES[text]


def test_who_need_not_have_a_workspace_is_asked_for_it() -> None:
    """A job of the host has none, so that it is equal to no other absence of one."""
    expr = condition("principal.workspace == resource.workspace", TYPES)
    assert Asking(expr, "system", exact_when=True).said(SYSTEM, Resource("docs"), EMPTY) == "left"


@pytest.mark.parametrize(
    ("text", "unsure", "sure"),
    [
        ("has(context.facts.plan.level)", False, "left"),
        ("context.facts.plan.level > 0", "left", "left"),
        ("has(context.facts.count)", False, False),
    ],
)
def test_what_is_surely_there_is_read_without_looking(text: str, unsure: object, sure: object) -> None:
    """Where the record is not there after all, the evaluator is asked; of other records nothing is presumed."""
    expr = condition(text, TYPES)
    there = frozenset({"context.facts.plan", "context.now"})
    assert Asking(expr).said(*REQUESTS[1]) == unsure
    assert Asking(expr, sure=there).said(*REQUESTS[1]) == sure
    assert Asking(expr, sure=there).said(*REQUESTS[0]) is True


QUESTIONS: dict[Narrowed, tuple[object, object, object]] = {
    # Of a full request, of one that has nothing, and of a principal without any scope.
    Narrowed(SCOPES, "docs:read/", ID, "string"): (True, False, False),
    Narrowed(SCOPES, "docs:read/", "d_1", FIXED): (True, False, False),
    Narrowed(SCOPES, "docs:read/", "d_2", FIXED): (False, False, False),
    Narrowed(SCOPES, "docs:read/folders:", "folder", "string"): (True, False, False),
    Narrowed(SCOPES, "docs:read/folders:", "folders", "list(string)"): (True, False, False),
    Narrowed(SCOPES, "docs:read/folders:", "owner", "string"): (False, False, False),
    Narrowed(ROLES, "viewer/folders:", "roles", BOUND): ("asked", "asked", "asked"),
}


@pytest.mark.parametrize("asked", QUESTIONS, ids=str)
def test_what_code_says_of_ids(asked: Narrowed) -> None:
    """One look-up for each id that is asked about; of roles that are on one resource the evaluator is asked."""
    asking = Asking(asked.condition)
    nobody = Principal.api_key("key_1", workspace="ws_1", scopes="")
    assert tuple(asking.said(*each) for each in (*REQUESTS, (nobody, DOC, FULL))) == QUESTIONS[asked]


def test_an_id_with_a_surface_before_it_is_none() -> None:
    """A document that is called ``folders:f_1`` is not the folder."""
    asking = Asking(Narrowed(SCOPES, "docs:read/", ID, "string").condition)
    assert asking.said(KEY, Resource("docs", "folders:f_1", "ws_1"), FULL) is False


@pytest.mark.parametrize("value", [7, ["f_1"], True])
def test_an_attribute_of_another_type_is_left_to_the_evaluator(value: object) -> None:
    """What is no text is no id in a text."""
    asking = Asking(Narrowed(SCOPES, "docs:read/folders:", "folder", "string").condition)
    assert asking.said(KEY, Resource("docs", "d_1", "ws_1", {"folder": value}), FULL) == "left"


def test_what_was_frozen_is_in_range() -> None:
    """Whole numbers and times of a request are looked at for their class alone."""
    assert "<=" not in Asking(condition("principal.level > 2", TYPES)).source
    assert "UTC" not in Asking(condition("context.facts.plan.at > context.now", TYPES)).source


@pytest.mark.parametrize("text", ["context.environment == 'test'", "principal.workspace == 'w'"])
def test_what_cannot_be_absent_is_read_as_it_is(text: str) -> None:
    """Every request has an environment, and every key a workspace."""
    assert "absent" not in Asking(condition(text, TYPES)).source


@pytest.mark.parametrize("text", ["principal.level > 2", "context.more.a == 'b'", "context.facts.any == 1"])
def test_only_what_has_parts_or_is_made_anew_is_looked_at_as_a_whole(text: str) -> None:
    """A number is looked at for its class, and a map of anything has nothing to look at."""
    assert "conforming" not in Asking(condition(text, TYPES)).source


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("context.tags.exists(each, size(each) > 1)", False),
        ("context.tags.exists(one, context.tags.exists(two, size(two) > 1))", True),
        ("context.tags.exists(each, each in context.tags)", True),
        ("context.channel == 'server'", False),
    ],
)
def test_what_may_take_long_is_counted(text: str, counts: bool) -> None:  # a parameter of the test
    """Macros within macros, and what goes through lists of its own in each step; one macro is bounded by its list."""
    expr = condition(text, TYPES)
    assert Emitter("api_key", QUESTION, TYPES, lambda *_: None, [expr]).counts is counts


def test_of_an_age_only_the_comparison_is_made() -> None:
    """What is no time has no age that compares with a duration."""
    text = "context.now - context.facts.plan.at <= duration('3h')"
    assert "a_datetime" not in Asking(condition(text, TYPES)).source
    for other in ("x", 1, timedelta(hours=1), None):
        context = Context("server", now=NOW, facts={"plan": {"at": other}})
        assert Asking(condition(text, TYPES)).said(KEY, DOC, context) == "left"


def test_a_sum_need_not_be_in_range_where_it_may_be_too_much() -> None:
    """It is more than any number then."""
    text = "context.facts.count + context.facts.plan.level > 2"
    assert str(2**63 - 1) not in Asking(condition(text, TYPES), exact_when=False).source
    assert str(2**63 - 1) in Asking(condition(text, TYPES)).source
