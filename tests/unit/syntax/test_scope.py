"""Grants, requirements and patterns: read, printed, bounded, and told apart from what only looks like them."""

import re
from typing import Any

import interegular
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scopeguard import Grant, RequestError
from scopeguard.model import grant as grants
from scopeguard.model.grant import parse_scopes
from scopeguard.shipped import grammar
from scopeguard.syntax.parser import ExpressionError, parse_grants, parse_pattern, parse_requirement
from scopeguard.syntax.requirement import AllOf, AnyOf, Needs, Pattern, Requirement

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
    assert parse_grants("x:a y:b") is parse_grants("x:a y:b")
    assert Grant.parse("x:a/1") is Grant.parse("x:a/1")


TWICE = "write all(…, …) or any(…, …)"
LENGTHS = "a surface has at most 48 characters, an action 32, a resource id 128"
LOWER = "use lower-case letters, digits and underscores"
LETTER = "a name begins with a letter from a to z"
ID = "a resource id holds letters, digits and . _ ~ -"
HELD = "a held scope names one surface and one action; wildcards are for policies only"
INVISIBLE = "control and invisible characters are never part of a scope"
STAR = '"*" stands for a whole name'
SPACE = "a permission has no spaces"
COLON = "a permission is written surface:action"

SLIPS: list[tuple[Any, str, int, str, str | None]] = [
    (parse_grants, "a:read,b:read", 6, 'unexpected "," where the end is expected', "separate scopes with one space"),
    (parse_grants, "a:b\tc:d", 3, 'unexpected "\\t" where the end is expected', INVISIBLE),
    (parse_grants, "a:b\u200b", 3, 'unexpected "\\u200b" where the end is expected', INVISIBLE),
    (parse_grants, "a:b *:c", 4, 'unexpected "*" where a surface or the end is expected', HELD),
    (parse_grants, "a:*", 2, 'unexpected "*" where an action is expected', HELD),
    (parse_grants, "all(a:b)", 3, 'unexpected "(" where ":" is expected', None),
    (parse_grants, "a:b:c", 3, 'unexpected ":" where the end is expected', None),
    (parse_grants, "Agents:read", 0, 'unexpected "A" where a surface or the end is expected', LOWER),
    (parse_grants, "a-b:read", 1, 'unexpected "-" where ":" is expected', LOWER),
    (parse_grants, "\u0430:b", 0, 'unexpected "\u0430" where a surface or the end is expected', LOWER),
    (parse_grants, "9a:b", 0, 'unexpected "9" where a surface or the end is expected', LETTER),
    (parse_grants, "a:_b", 2, 'unexpected "_" where an action is expected', LETTER),
    (parse_grants, "a: b", 2, 'unexpected " " where an action is expected', SPACE),
    (parse_grants, "a" * 49 + ":b", 48, 'unexpected "a" where ":" is expected', LENGTHS),
    (parse_grants, "a:" + "b" * 33, 34, 'unexpected "b" where the end is expected', LENGTHS),
    (parse_grants, "a:b/" + "C" * 129, 132, 'unexpected "C" where the end is expected', LENGTHS),
    (parse_grants, "a:b/c/d", 5, 'unexpected "/" where the end is expected', ID),
    (parse_grants, "a:b/ü", 4, 'unexpected "ü" where a resource id is expected', ID),
    (parse_grants, "a:b c:d/", 8, "unexpected end where a resource id is expected", None),
    (parse_requirement, "", 0, "unexpected end where a surface is expected", None),
    (parse_requirement, "agents", 6, 'unexpected end where ":" is expected', None),
    (parse_requirement, "agents:", 7, "unexpected end where an action is expected", None),
    (parse_requirement, "agents.create", 6, 'unexpected "." where ":" is expected', COLON),
    (parse_requirement, "all()", 4, 'unexpected ")" where a surface is expected', None),
    (parse_requirement, "all(a:b", 7, 'unexpected end where "," or ")" is expected', None),
    (parse_requirement, "all(a:b,)", 8, 'unexpected ")" where a surface is expected', None),
    (parse_requirement, "all(a:b))", 8, 'unexpected ")" where the end is expected', None),
    (parse_requirement, "all(a:b/c})", 9, 'unexpected "}" where "," or ")" is expected', None),
    (parse_requirement, "any(a:b c:d)", 8, 'unexpected "c" where "," or ")" is expected', "separate them with a comma"),
    (parse_requirement, "a:b c:d", 4, 'unexpected "c" where the end is expected', TWICE),
    (parse_requirement, "a:b, c:d", 3, 'unexpected "," where the end is expected', TWICE),
    (parse_requirement, "a:b && c:d", 4, 'unexpected "&" where the end is expected', "write all(…, …)"),
    (parse_requirement, "a:b|c:d", 3, 'unexpected "|" where the end is expected', "write any(…, …)"),
    (parse_requirement, "none(a:b)", 4, 'unexpected "(" where ":" is expected', None),
    (parse_requirement, "a:*", 2, 'unexpected "*" where an action is expected',
     "a requirement names one surface and one action"),
    (parse_requirement, "A:b", 0, 'unexpected "A" where a surface is expected', LOWER),
    (parse_pattern, "", 0, 'unexpected end where a surface, "@" or "*" is expected', None),
    (parse_pattern, "@", 1, "unexpected end where a group is expected", None),
    (parse_pattern, "@*:a", 1, 'unexpected "*" where a group is expected', STAR),
    (parse_pattern, "@a", 2, 'unexpected end where ":" is expected', None),
    (parse_pattern, "a:@", 3, "unexpected end where a group is expected", None),
    (parse_pattern, "a:{@b}", 3, 'unexpected "@" where an action is expected', None),
    (parse_pattern, "*", 1, 'unexpected end where ":" is expected', None),
    (parse_pattern, "a:", 2, 'unexpected end where an action, "@", "*" or "{" is expected', None),
    (parse_pattern, "a:{}", 3, 'unexpected "}" where an action is expected', None),
    (parse_pattern, "a:{b", 4, 'unexpected end where "," or "}" is expected', None),
    (parse_pattern, "a:{b c}", 5, 'unexpected "c" where "," or "}" is expected', "separate them with a comma"),
    (parse_pattern, "a:{*}", 3, 'unexpected "*" where an action is expected', STAR),
    (parse_pattern, "a:b*", 3, 'unexpected "*" where the end is expected', STAR),
    (parse_pattern, "*a:b", 1, 'unexpected "a" where ":" is expected', STAR),
    (parse_pattern, "a:b/c", 3, 'unexpected "/" where the end is expected', "a pattern names no resource"),
    (parse_pattern, "a:b,c", 3, 'unexpected "," where the end is expected', "write several actions as {read,write}"),
    (parse_pattern, "a b", 1, 'unexpected " " where ":" is expected', SPACE),
]  # fmt: skip


@pytest.mark.parametrize(("parse", "text", "offset", "message", "hint"), SLIPS)
def test_slips(parse: Any, text: str, offset: int, message: str, hint: str | None) -> None:
    """Each slip is told where it stands, in words, with what to do where that is clear."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    error = caught.value
    assert (error.code, error.offset, error.message, error.hint) == ("SG301", offset, message, hint)
    (finding,) = error.diagnostics
    assert (finding.file, finding.line, finding.column) == ("<scope>", 1, offset + 1)


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


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
GRANTS = st.builds(Grant, NAMES, NAMES, st.none() | st.from_regex(r"[A-Za-z0-9._~-]{1,6}", fullmatch=True))


def _larger(inner: st.SearchStrategy[Requirement]) -> st.SearchStrategy[Requirement]:
    items = st.lists(inner, min_size=1, max_size=4).map(tuple)
    return st.builds(AllOf, items) | st.builds(AnyOf, items)


REQUIRED: st.SearchStrategy[Requirement] = st.recursive(st.builds(Needs, GRANTS), _larger, max_leaves=12)
ACTIONS = st.none() | st.frozensets(NAMES, min_size=1, max_size=4)


@given(REQUIRED, st.builds(Pattern, st.none() | NAMES, ACTIONS), st.lists(GRANTS, max_size=6))
def test_canonical_texts_give_the_tree_back(requirement: Requirement, pattern: Pattern, held: list[Grant]) -> None:
    """Whatever tree there is, its text parses to it, and the parsed prints as that text again."""
    assert parse_requirement(str(requirement)) == requirement
    assert str(parse_requirement(str(requirement))) == str(requirement)
    assert parse_pattern(str(pattern)) == pattern
    assert str(parse_pattern(str(pattern))) == str(pattern)
    assert sorted(map(str, set(held))) == [str(grant) for grant in parse_grants(" ".join(map(str, held)))]


NEAR = st.text("ab_z09:/*{},. \nAé-~", max_size=14)
LONG = st.builds(
    "{}:{}{}".format,
    st.integers(0, 50).map("a".__mul__),
    st.integers(0, 34).map("b".__mul__),
    st.integers(0, 130).map(lambda count: f"/{'C' * count}") | st.just(""),
)


@settings(max_examples=300)
@given(st.one_of(NEAR, LONG, st.from_regex(r"[a-b_]{1,3}:[a-b0]{1,3}(/[A-b0-9.~-]{1,3})?", fullmatch=True)))
@example("a" * 48 + ":" + "b" * 32 + "/" + "C" * 128)
@example("a" * 49 + ":b")
@example("a:" + "b" * 33)
@example("a:b/" + "C" * 129)
@example("a:b/")
@example("a:b\n")
def test_one_grant_is_read_alike_by_both(text: str) -> None:
    """The expression of the model takes exactly the single grants that the parser takes, and reads them alike."""
    read_by_both(text)


@given(GRANTS, st.characters(), st.integers(0, 20))
def test_one_more_character_is_read_alike_by_both(grant: Grant, char: str, place: int) -> None:
    """Any character anywhere in a grant: both take the text or both refuse it."""
    text = str(grant)
    read_by_both(text[:place] + char + text[place:])


def read_by_both(text: str) -> None:
    """Both take *text* for the same grant, or neither takes it; a list forgives spaces around it."""
    try:
        parsed: Grant | None = Grant.parse(text)
    except RequestError:
        parsed = None
    try:
        (listed,) = parse_grants(text)
    except (ExpressionError, ValueError):
        assert parsed is None
        return
    assert parsed == (None if " " in text else listed)


@given(st.one_of(st.lists(NEAR, max_size=3).map(" ".join), st.lists(GRANTS.map(str), max_size=5).map("  ".join)))
def test_a_list_is_read_alike_by_both(text: str) -> None:
    """The lists that a credential may carry are exactly those of the grammar, and give the same scopes."""
    try:
        split: frozenset[str] | None = parse_scopes(text)[0]
    except RequestError:
        split = None
    try:
        parsed: frozenset[str] | None = frozenset(map(str, parse_grants(text)))
    except ExpressionError:
        parsed = None
    assert split == parsed
