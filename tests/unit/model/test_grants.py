"""The algebra of scopes: what they grant, whether one set covers another, what two have in common."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Grant, Grants, Guard, RequestError
from scopeguard.limits import MAX_COMBINED
from scopeguard.model.grant_set import expand_ceiling, intersection, is_within, union

PACK = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write, delete], coarse: true, qualifiable: true, implies: {write: [read], delete: [write]}}
    notes: {actions: [read, write], coarse: true}
    secrets: {actions: [read], explicit_only: true, qualifiable: true, because: it is private}
    billing: {actions: [view], holdable_by: [member]}
scopes:
  workspace:read: {includes: ["*:read"]}
  workspace:write: {includes: ["workspace:read", "*:write"]}
"""


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for a small catalog."""
    file = tmp_path_factory.mktemp("pack") / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(file)


EXPANSIONS = [
    ("", ""),
    ("agents:read", "agents:read"),
    ("agents:write", "agents:read agents:write"),
    ("agents:delete", "agents:delete agents:read agents:write"),
    ("agents:write/a1", "agents:read/a1 agents:write/a1"),
    ("agents:read/b agents:read/a", "agents:read/a agents:read/b"),
    ("agents:write/a1 agents:read", "agents:read agents:write/a1"),
    ("workspace:read", "agents:read notes:read"),
    ("workspace:write", "agents:read agents:write notes:read notes:write"),
    ("secrets:read", "secrets:read"),
    ("secrets:read/s1", "secrets:read/s1"),
]


@pytest.mark.parametrize(("scopes", "expected"), EXPANSIONS)
def test_expansion(guard: Guard, scopes: str, expected: str) -> None:
    """Scopes grant what the catalog says, implied permissions included, and print as canonical lists."""
    grants = guard.grants(scopes)
    assert str(grants) == expected
    assert len(grants) == len(expected.split())
    assert grants.unknown == ()


@pytest.mark.parametrize("scope", ["agents:reads", "billing:view", "nothing:read", "notes:read/n1", "workspace:read/x"])
def test_unknown_scopes_grant_nothing(guard: Guard, scope: str) -> None:
    """What the catalog does not know, or may not be narrowed or held, is reported and grants nothing."""
    grants = guard.grants([scope, "notes:read"])
    assert str(grants) == "notes:read"
    assert grants.unknown == (scope,)


@pytest.mark.parametrize("scope", ["agents:*", "Agents:read", "agents:read,notes:read", "agents", "agents:read/"])
def test_malformed_scopes_are_refused(guard: Guard, scope: str) -> None:
    """A text that is no scope is an error, not an empty set."""
    with pytest.raises(RequestError):
        guard.grants([scope])


COVERED = [
    ("agents:write", "agents:read", True),
    ("agents:write", "agents:write/a1", True),
    ("agents:write/a1", "agents:write/a1", True),
    ("agents:write/a1", "agents:read/a1", True),
    ("agents:write/a1", "agents:write/a11", False),
    ("agents:write/a1", "agents:write", False),
    ("agents:read", "agents:write", False),
    ("workspace:read", "secrets:read", False),
    ("workspace:write", "billing:view", False),
]


@pytest.mark.parametrize(("held", "wanted", "expected"), COVERED)
def test_covers(guard: Guard, held: str, wanted: str, expected: bool) -> None:  # a column of the table
    """One grant is covered by itself, by the whole surface, and by what implies it; never by a look-alike."""
    assert guard.grants(held).covers(wanted) is expected
    assert guard.grants(held).covers(Grant.parse(wanted)) is expected


JOINED = [
    ("agents:write", "workspace:read", "agents:read", "agents:read agents:write notes:read"),
    ("agents:read/a agents:read/b", "agents:read/b agents:read/c", "agents:read/b",
     "agents:read/a agents:read/b agents:read/c"),
    ("agents:read/a", "agents:read", "agents:read/a", "agents:read"),
    ("agents:read/a", "agents:read/b", "", "agents:read/a agents:read/b"),
    ("agents:read", "notes:read", "", "agents:read notes:read"),
    ("", "notes:read", "", "notes:read"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "common", "joined"), JOINED)
def test_intersection_and_union(guard: Guard, left: str, right: str, common: str, joined: str) -> None:
    """``&`` keeps what both grant and ``|`` what either does, in either order."""
    ours, others = guard.grants(left), guard.grants(right)
    assert str(ours & others) == str(others & ours) == common
    assert str(ours | others) == str(others | ours) == joined


def test_comparison(guard: Guard) -> None:
    """``<=`` is coverage."""
    narrow, wide = guard.grants("agents:read/a1"), guard.grants("agents:read")
    assert narrow <= wide
    assert not wide <= narrow
    assert guard.grants("") <= narrow
    assert guard.grants("agents:read notes:read") == guard.grants("workspace:read")


TEXTS = st.lists(
    st.sampled_from(
        ["agents:read", "agents:write/a", "agents:read/b", "notes:write", "workspace:read", "secrets:read/a"]
    )
)


@given(TEXTS, TEXTS, TEXTS)
def test_it_is_a_lattice(guard: Guard, first: list[str], second: list[str], third: list[str]) -> None:
    """Meet and join are associative and absorb each other; the meet is covered by both, the join covers both."""
    a, b, c = guard.grants(first), guard.grants(second), guard.grants(third)
    assert (a & b) & c == a & (b & c)
    assert (a | b) | c == a | (b | c)
    assert a & (a | b) == a == a | (a & b)
    assert a & b <= a <= a | b
    assert (a <= b) == (a & b == a) == (a | b == b)
    assert guard.grants(first + second) == a | b


def test_ids() -> None:
    """None stands for every resource: it absorbs in a union and gives way in an intersection."""
    some = frozenset({"a"})
    assert union(None, some) is None
    assert union(some, frozenset()) == some
    assert intersection(None, some) == some
    assert intersection(some, None) == some
    assert intersection(None, None) is None


A, B, OF_X, OF_Y, OF_F = "a", "b", "agents:x", "agents:y", "folders:f"


@pytest.mark.parametrize(
    ("left", "right", "is_less", "common", "joined"),
    [
        ({A}, {A, B}, True, {A}, {A, B}),
        ({A, B}, {A}, False, {A}, {A, B}),
        ({A, OF_X}, {A}, False, {A}, {A, OF_X}),
        ((), {A}, True, (), {A}),
        ({A}, {B}, False, (), {A, B}),
        ({OF_X}, {OF_Y}, False, (), {OF_X, OF_Y}),
        ({A}, {OF_X}, False, {f"{A} & {OF_X}"}, {A, OF_X}),
        ({OF_X}, {OF_F}, False, {f"{OF_X} & {OF_F}"}, {OF_X, OF_F}),
        ({A, B}, {A, OF_X}, False, {A, f"{OF_X} & {B}"}, {A, B, OF_X}),
        ({f"{A} & {OF_X}"}, {A}, True, {f"{A} & {OF_X}"}, {A}),
        ({f"{A} & {OF_X}"}, {B}, False, (), {f"{A} & {OF_X}", B}),
    ],
)
def test_what_some_resources_have_in_common(
    left: Iterable[str], right: Iterable[str], is_less: bool, common: Iterable[str], joined: Iterable[str]
) -> None:
    """Ids, and what lies below resources: all of the one must be in the other; of one surface only the same meet."""
    one, other = frozenset(left), frozenset(right)
    assert is_within(one, other) is is_less
    assert intersection(one, other) == intersection(other, one) == frozenset(common)
    assert union(one, other) == union(other, one) == frozenset(joined)
    assert is_within(one, None)
    assert not is_within(None, other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("agents:write", {"agents:write": None, "agents:read": None}),
        ("agents:write/a1", {"agents:write": {"a1"}, "agents:read": {"a1"}}),
        ("billing:view", {"billing:view": None}),
        ("billing:view/b1", {}),
        ("notes:write/n1", {}),
        ("notes:share", {}),
        ("nothing:read", {}),
    ],
)
def test_what_a_ceiling_lets_through(guard: Guard, text: str, expected: dict[str, object]) -> None:
    """A scope as it is expanded, a permission that is none by its name, and on one resource nothing that is no scope."""
    assert expand_ceiling(guard.catalog, text) == expected


def test_as_many_combinations_as_there_may_be() -> None:
    """And not one more."""
    ids, below = ([f"{start}{number}" for number in range(100)] for start in ("i", "agents:x"))
    assert len(intersection(frozenset(ids), frozenset(below)) or ()) == MAX_COMBINED
    with pytest.raises(RequestError, match="more than 10000 combinations"):
        intersection(frozenset([*ids, "one more"]), frozenset(below))


def test_what_is_not_granted_reaches_nothing() -> None:
    """No grant is an empty set of resources, never None, which would be all of them."""
    assert Grants({}).on("agents:read") == frozenset()


@pytest.mark.parametrize("scopes", [None, "", "  ", [], frozenset()])
def test_no_scopes_grant_nothing(guard: Guard, scopes: Any) -> None:
    """However a host writes that there are none."""
    grants = guard.grants(scopes)
    assert list(grants) == []
    assert not grants.covers("agents:read")


def test_a_scope_of_a_shipped_key(tmp_path: Path) -> None:
    """In the shipped pack the broad write scope covers the broad read scope, and no explicit-only surface."""
    guard = Guard.default()
    assert guard.grants("workspace:read") <= guard.grants("workspace:write")
    assert not guard.grants("collected_data:read") <= guard.grants("workspace:write")
