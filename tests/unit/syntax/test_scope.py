"""Grants, requirements and patterns: read, printed, bounded, and told apart from what only looks like them."""

import re
from typing import Any

import interegular
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Grant, RequestError
from scopeguard.model import grant as grants
from scopeguard.shipped import grammar
from scopeguard.syntax.parsing import ExpressionError, parse_grants, parse_pattern, parse_requirement
from scopeguard.syntax.scope import AllOf, AnyOf, Needs, Pattern

READ = Needs(Grant("agents", "read"))
ONE = Needs(Grant("agents", "write", "agt_1"))


@pytest.mark.parametrize("name", ["SURFACE", "ACTION", "RESOURCE_ID"])
def test_the_grammar_and_the_model_say_the_same(name: str) -> None:
    """The terminals of the grammar accept the very texts that the expressions of the model do."""
    written = re.search(rf"^{name}: /(.+)/$", grammar("scope.lark"), re.MULTILINE)
    assert written is not None
    ours, theirs = (interegular.parse_pattern(text).to_fsm() for text in (getattr(grants, name), written[1]))
    assert ours.equivalent(theirs)  # type: ignore[no-untyped-call]


REQUIREMENTS: list[tuple[str, Any, str]] = [
    ("agents:read", READ, "agents:read"),
    (" agents:read ", READ, "agents:read"),
    ("agents:write/agt_1", ONE, "agents:write/agt_1"),
    ("all(agents:read)", AllOf((READ,)), "all(agents:read)"),
    ("all( agents:read ,agents:write/agt_1 )", AllOf((READ, ONE)), "all(agents:read, agents:write/agt_1)"),
    ("any(agents:read, all(agents:read, any(agents:write/agt_1)))",
     AnyOf((READ, AllOf((READ, AnyOf((ONE,)))))), "any(agents:read, all(agents:read, any(agents:write/agt_1)))"),
    ("all (agents:read)", AllOf((READ,)), "all(agents:read)"),
    ("all:any", Needs(Grant("all", "any")), "all:any"),
    ("any(all:read)", AnyOf((Needs(Grant("all", "read")),)), "any(all:read)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tree", "printed"), REQUIREMENTS)
def test_requirements(text: str, tree: object, printed: str) -> None:
    """A requirement has this tree and this canonical text, which gives the tree back."""
    assert parse_requirement(text) == tree
    assert str(parse_requirement(text)) == printed
    assert parse_requirement(printed) == tree


PATTERNS = [
    ("agents:read", Pattern("agents", frozenset({"read"})), "agents:read"),
    ("agents:*", Pattern("agents", None), "agents:*"),
    ("*:read", Pattern(None, frozenset({"read"})), "*:read"),
    ("*:*", Pattern(None, None), "*:*"),
    ("agents:{write,read}", Pattern("agents", frozenset({"read", "write"})), "agents:{read,write}"),
    ("agents:{ read , write }", Pattern("agents", frozenset({"read", "write"})), "agents:{read,write}"),
    ("*:{read}", Pattern(None, frozenset({"read"})), "*:read"),
]


@pytest.mark.parametrize(("text", "tree", "printed"), PATTERNS)
def test_patterns(text: str, tree: object, printed: str) -> None:
    """A pattern has this tree and this canonical text, which gives the tree back."""
    assert parse_pattern(text) == tree
    assert str(parse_pattern(text)) == printed
    assert parse_pattern(printed) == tree


def test_lists_of_grants() -> None:
    """A list is sorted, each grant once; more than one space is forgiven, nothing else separates."""
    assert [str(each) for each in parse_grants("b:read  a:write/x a:read b:read ")] == ["a:read", "a:write/x", "b:read"]
    assert parse_grants("") == parse_grants("  ") == ()
    for text in ("a:read,b:read", "a:read\tb:read", "a:read\nb:read", "a:read\u00a0b:read", "all(a:read)", "a:*"):
        with pytest.raises(ExpressionError):
            parse_grants(text)


def test_texts_are_read_once() -> None:
    """The same text gives the same object."""
    assert parse_requirement("all(x:a, y:b)") is parse_requirement("all(x:a, y:b)")
    assert parse_pattern("x:{a,b}") is parse_pattern("x:{a,b}")
    assert Grant.parse("x:a/1") is Grant.parse("x:a/1")


SLIPS = [
    (parse_requirement, "", 0), (parse_requirement, "agents", 6), (parse_requirement, "agents:", 7),
    (parse_requirement, "all()", 4), (parse_requirement, "all(a:b", 7), (parse_requirement, "all(a:b,)", 8),
    (parse_requirement, "a:b c:d", 4), (parse_requirement, "a:b/", 4), (parse_requirement, "a:b/c/d", 5),
    (parse_requirement, "none(a:b)", 4), (parse_requirement, "a:*", 2), (parse_requirement, "A:b", 0),
    (parse_pattern, "", 0), (parse_pattern, "*", 1), (parse_pattern, "a:{}", 3), (parse_pattern, "a:{b", 4),
    (parse_pattern, "a:b/c", 3), (parse_pattern, "a:b*", 3), (parse_pattern, "a b", 1), (parse_pattern, "a:{*}", 3),
]  # fmt: skip


@pytest.mark.parametrize(("parse", "text", "offset"), SLIPS, ids=[text or "nothing" for _, text, _ in SLIPS])
def test_slips(parse: Any, text: str, offset: int) -> None:
    """Each slip is told where it stands."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.code, caught.value.offset) == ("SG301", offset)


def test_depth_and_length_are_bounded() -> None:
    """Thirty-two nested words are taken, thirty-three are not; nor is a text without an end."""
    deep = parse_requirement("all(" * 32 + "a:b" + ")" * 32)
    assert str(deep) == "all(" * 32 + "a:b" + ")" * 32
    with pytest.raises(ExpressionError, match="nested deeper than 32"):
        parse_requirement("any(" * 33 + "a:b" + ")" * 33)
    with pytest.raises(ExpressionError, match="longer than 65536"):
        parse_pattern("a" * 70_000)
    for parse in (parse_requirement, parse_pattern, parse_grants):
        with pytest.raises(ExpressionError, match="must be text, not int"):
            parse(7)  # type: ignore[arg-type]


NEAR = st.text("ab_z09:/*{},. \nAé-~", max_size=14)


@given(st.one_of(NEAR, st.from_regex(r"[a-b_]{1,3}:[a-b0]{1,3}(/[A-b0-9.~-]{1,3})?", fullmatch=True)))
def test_one_grant_is_read_alike_by_both(text: str) -> None:
    """The expression of the model takes exactly the single grants that the parser takes, and reads them alike."""
    try:
        parsed: Grant | None = Grant.parse(text)
    except RequestError:
        parsed = None
    try:
        (listed,) = parse_grants(text)
    except (ExpressionError, ValueError):
        assert parsed is None
        return
    assert parsed == (listed if text == text.strip(" ") else None)
