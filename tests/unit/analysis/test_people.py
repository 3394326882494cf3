"""Who gains or loses, in words."""

import pytest

from scopeguard.analysis import Who
from scopeguard.analysis.diffing.people import in_words


def both(kind: str, *pairs: str) -> list[Who]:
    """Those of a kind who hold both of some pairs."""
    return [Who(kind, tuple(pair.split()), together=True) for pair in pairs]


@pytest.mark.parametrize(("who", "words"), [
    ([], ""),
    ([Who("member"), Who("system")], "members; system"),
    (both("member", "a b"), "members with roles a and b"),
    (both("member", "a c", "b c"), "members with role c and one of a or b"),
    (both("member", "a b", "a c", "a d"), "members with role a and one of b, c or d"),
    (both("api_key", "x:a y:a", "x:a y:b"), "keys with x:a and one of y:a or y:b"),
    (both("member", "a x", "a y", "b x", "b y"), "members with roles a or b and one of x or y"),
    (both("member", "a b", "b c", "a c"), "members with role a and one of b or c; members with roles b and c"),
    ([*both("member", "a b", "a c"), *both("session", "a b", "a c")], "members with role a and one of b or c; sessions with a and one of b or c"),
    ([Who("member", ("a", "b"), beside=("x", "y", "z"))], "members with roles a or b and one of x, y or z"),
    ([Who("member", ("a", "b"), beside=("x",)), *both("member", "a y", "b y")], "members with roles a or b and one of x or y"),
    ([Who("member", ("a/x:id_1", "c", "a/y:id_1", "b/x:id_1", "b/y:id_1"))], "members with role c or roles a or b on one of x or y"),
    ([Who("member", ("a/x:id_1", "b/x:id_1", "b/y:id_1", "b/x:other"))], "members with roles a/x:id_1 or b/x:other or role b on one of x or y"),
    ([*both("member", "a b"), Who("member", ("a", "b", "c"), together=True)], "members with roles a and b; members with roles a, b and c"),
])  # fmt: skip
def test_what_several_have_in_common_is_said_once(who: list[Who], words: str) -> None:
    """Pairs of what is held, whichever of both they share."""
    assert in_words(who) == words
