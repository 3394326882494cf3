"""What values are made of: structs that compare and travel as one expects, and classes that check what they are given."""

import copy
import pickle
import sys
from collections.abc import Callable
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import Context, Grant, Principal, RequestError, Resource
from scopeguard.model.catalog import Surface
from scopeguard.model.grant_set import Grants
from scopeguard.model.input_validation import freeze
from scopeguard.model.structs import replaced
from scopeguard.runtime.matrix import MatrixCell
from scopeguard.semantics.values import Optional
from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from tests.hazards.test_v88_a_newer_python import structs

A, B = ex.Ident("a"), ex.Ident("b")
HERE = Span(3, 7)
NODES: list[Callable[[Span], ex.Expr]] = [
    lambda span: ex.Literal(1, span=span),
    lambda span: ex.Ident("a", span=span),
    lambda span: ex.Select(A, "b", span=span),
    lambda span: ex.Index(A, B, span=span),
    lambda span: ex.Call("f", (A,), B, span=span),
    lambda span: ex.ListExpr((A,), span=span),
    lambda span: ex.MapExpr(((A, B),), span=span),
    lambda span: ex.Macro("all", A, ("x",), (B,), span=span),
    lambda span: ex.Failure("no value", span=span),
]


@pytest.mark.parametrize("node", NODES)
def test_where_a_node_is_written_makes_no_difference(node: Callable[[Span], ex.Expr]) -> None:
    """Neither to what it is equal to nor to its hash."""
    one, other = node(HERE), node(ex.NOWHERE)
    assert one == other
    assert not one != other  # noqa: SIM202  # which is a method of its own
    assert hash(one) == hash(other)
    assert one.span == HERE


DIFFERENT: list[ex.Expr] = [
    ex.Literal(1), ex.Literal(True), ex.Literal(1.0), ex.Literal("1"), ex.Literal(0.0), ex.Literal(-0.0), ex.Literal(None),
    ex.Ident("a"), ex.Ident("a", absolute=True), ex.Ident("b"), ex.Failure("a"),
    ex.Select(A, "b"), ex.Select(A, "b", test=True), ex.Select(A, "b", optional=True), ex.Select(B, "b"), ex.Index(A, B), ex.Index(A, B, optional=True),
    ex.Call("f", (A,)), ex.Call("f", (A, B)), ex.Call("f", (A,), B), ex.Call("g", (A,)), ex.ListExpr((A,)), ex.ListExpr((A,), frozenset({0})),
    ex.MapExpr(((A, B),)), ex.MapExpr(((A, B),), frozenset({0})), ex.Macro("all", A, ("x",), (B,)), ex.Macro("map", A, ("x",), (B,)),
]  # fmt: skip


def test_nodes_that_differ_are_not_equal() -> None:
    """By their kind or by any of their parts; constants by their type too."""
    for place, one in enumerate(DIFFERENT):
        assert [other for other in DIFFERENT if other == one] == [one]
        assert sum(other != one for other in DIFFERENT) == len(DIFFERENT) - 1, place


def test_a_struct_that_says_when_it_is_equal_says_when_it_is_not() -> None:
    """A struct brings a ``__ne__`` that knows nothing of the ``__eq__`` of a class below it."""
    own = [each for each in structs() if "__eq__" in vars(each)]
    assert {Grants, MatrixCell, Optional} <= {*own}
    for each in own:
        assert vars(each).get("__ne__") or issubclass(each, ex._Node), each


def test_cells_and_grants_that_say_the_same_are_equal() -> None:
    """Whatever decides a cell, and whatever the catalog did not know."""
    assert not MatrixCell("deny", "x", ("a",)) != MatrixCell("deny", "x", ("b",))  # noqa: SIM202  # as above
    assert hash(MatrixCell("deny", "x", ("a",))) == hash(MatrixCell("deny", "x"))
    assert MatrixCell("deny", "x") != MatrixCell("deny", "y")
    assert not Grants({"a:b": None}, ("x:y",)) != Grants({"a:b": None})  # noqa: SIM202  # as above
    assert Grants({"a:b": None}) != Grants({"a:c": None})


def test_grants_sort_as_they_are_written() -> None:
    """By surface, action and id; one without an id before those with one. Nothing else has a place among them."""
    rows = [Grant("a", "read"), Grant("a", "read", "1"), Grant("a", "write"), Grant("b", "read")]
    assert sorted([rows[2], rows[3], rows[1], rows[0]]) == rows
    for one, other in pairwise(rows):
        assert (one < other, one <= other, one > other, one >= other) == (True, True, False, False)
        assert (other < one, other <= one, other > one, other >= one) == (False, False, True, True)
        assert (one < one, one <= one, one > one, one >= one) == (False, True, False, True)  # noqa: PLR0124  # that is what is asked
    for stranger in ("a:read", ("a", "read", None)):
        with pytest.raises(TypeError):
            sorted([rows[0], stranger])


WAYS: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]  # noqa: S301  # our own


@pytest.mark.parametrize("way", WAYS)
def test_read_only_mappings_travel(way: Callable[[Any], Any]) -> None:
    """They come out equal, and read-only as before."""
    surface = Surface("a", ("read",), coarse=True, holdable_by=frozenset(), implies=MappingProxyType({"read": ("b",)}))
    twin = way(surface)
    assert twin == surface
    assert type(twin.implies) is MappingProxyType


VALUES: list[Any] = [
    Principal.api_key("k", workspace="w", scopes="a:read", attributes={"team": "t"}),
    Resource("notes", "n_1", workspace="w", attributes={"owner": "o"}),
    Context("server", "test", facts={"count": 1}, attributes={"ip": "192.0.2.1"}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_was_checked_cannot_be_changed(value: Any) -> None:
    """No field, no new name, and nothing is taken away."""
    before = repr(value)
    for name in (*value.__match_args__, "something"):
        with pytest.raises(AttributeError):
            setattr(value, name, "other")
        with pytest.raises(AttributeError):
            delattr(value, name)
    assert repr(value) == before


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_another_one_is_checked_as_the_first(value: Any) -> None:
    """With nothing else said it is equal; what is said is refused where it would be refused at first."""
    assert replaced(value) == value
    assert replaced(value, attributes=None) != value
    assert value.__replace__(attributes=None) == replaced(value, attributes=None)
    with pytest.raises(RequestError):
        replaced(value, attributes=1)
    with pytest.raises(TypeError):
        replaced(value, something=1)
    if sys.version_info >= (3, 13):
        assert copy.replace(value, attributes=None) == replaced(value, attributes=None)


def test_a_value_by_itself_is_as_deep_as_one_of_a_request() -> None:
    """Sixteen lists around a text, and not one more; what is None in a mapping is absent."""
    value: object = "x"
    for _ in range(16):
        value = [value]
    assert str(freeze(value, "a value")).count("(") == 16
    with pytest.raises(RequestError, match="nested deeper than 16"):
        freeze([value], "a value")
    assert freeze({"a": None, "b": 1}, "a value") == {"b": 1}
