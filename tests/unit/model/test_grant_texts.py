"""A grant as a text: what is wrong with one that is none, and the order of grants."""

import itertools
import operator

import pytest

from scopeguard import Grant, Principal, RequestError
from scopeguard.limits import MAX_GRANT_TEXT

_NAMES = "use lower-case letters, digits and underscores"
_WILDCARD = "a held scope names one surface and one action; wildcards are for policies only"
_FORM = "is not surface:action, surface:action/id or surface:action/parent:id"

COMPLAINTS = [
    ("", "a scope is empty"),
    ("notes", f'scope "notes" {_FORM}'),
    ("notes:read/", f'scope "notes:read/" {_FORM}'),
    ("Notes:read", f'scope "Notes:read" has "N" at column 1; {_NAMES}'),
    ("notes:Read/A", f'scope "notes:Read/A" has "R" at column 7; {_NAMES}'),
    ("notes:reaD/x", f'scope "notes:reaD/x" has "D" at column 10; {_NAMES}'),
    ("notes:rea!/x", f'scope "notes:rea!/x" has "!" at column 10; {_NAMES}'),
    ("/A", f'scope "/A" {_FORM}'),
    ("notes:read/A/B", f'scope "notes:read/A/B" {_FORM}'),
    ("notes:réad", f'scope "notes:réad" has "é" at column 8; {_NAMES}'),
    ("notes:read/Aé", 'scope "notes:read/Aé" has "é" at column 13; an id has letters, digits and . _ ~ -'),
    ("notes:re ad", f'scope "notes:re ad" has " " at column 9; {_NAMES}'),
    ("notes:read,agents:read", 'scope "notes:read,agents:read" has "," at column 11; separate scopes with one space'),
    ("*:read", f'scope "*:read" has "*" at column 1; {_WILDCARD}'),
    ("notes:read/a*", f'scope "notes:read/a*" has "*" at column 13; {_WILDCARD}'),
]


@pytest.mark.parametrize(("text", "message"), COMPLAINTS)
def test_a_text_that_is_no_grant_is_refused_where_it_is_wrong(text: str, message: str) -> None:
    """With the first wrong character, its column and what to write instead."""
    with pytest.raises(RequestError) as caught:
        Grant.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("length", "end"), [(MAX_GRANT_TEXT, _FORM), (MAX_GRANT_TEXT + 1, "is longer than 259 characters")]
)
def test_a_text_of_the_greatest_length_is_looked_at(length: int, end: str) -> None:
    """A longer one is not."""
    with pytest.raises(RequestError) as caught:
        Grant.parse("a" * length)
    assert str(caught.value).endswith(end)


def test_grants_are_ordered_by_their_parts() -> None:
    """The one on every resource comes before those on one; nothing else is before or behind a grant."""
    ordered = [Grant("a", "b"), Grant("a", "b", "c"), Grant("a", "b", "d"), Grant("a", "c"), Grant("b", "a", "a")]
    for first, second in itertools.pairwise(ordered):
        assert first < second
        assert not second < first
    assert Grant("a", "b") <= Grant("a", "b")
    assert not Grant("a", "b") < Grant("a", "b")
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError, match="not supported"):
            compare(Grant("a", "b"), "a:c")


@pytest.mark.parametrize("text", ["notes:read/", "notes:read/folders:"])
def test_what_stands_before_an_id_is_no_scope(text: str) -> None:
    """Whatever was looked at before it."""
    assert Principal.api_key("key", workspace="ws", scopes=f"{text}n_1").narrowed == {text}
    with pytest.raises(RequestError) as caught:
        Principal.api_key("key", workspace="ws", scopes=text)
    assert str(caught.value) == f'scope "{text}" {_FORM}'


@pytest.mark.parametrize("start", ["notes:read/", "notes:read/folders:"])
@pytest.mark.parametrize("named", ["Aé", "é", "ªb", "a" * 129, "a" * 200, "a/b", "a:b:c", "", ":", "1 2"])
def test_a_known_name_says_nothing_about_an_id(start: str, named: str) -> None:
    """Where what stands before the id was read before, the id is looked at all the same."""
    for usual in ("agt_1", "1b-c"):
        assert Principal.api_key("k", workspace="w", scopes=f"{start}{usual}").narrowed == {start}
    with pytest.raises(RequestError):
        Principal.api_key("k", workspace="w", scopes=[f"{start}{named}"])
    assert Principal.api_key("k", workspace="w", scopes=[f"{start}{'a' * 128}"]).narrowed == {start}
