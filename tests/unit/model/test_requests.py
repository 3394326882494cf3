"""Principals, resources and contexts: checked once, frozen, comparable, and safe to copy and to send elsewhere."""

import copy
import enum
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.model.input_validation import thaw
from scopeguard.model.principal import UNBOUND, representative
from scopeguard.model.request import LEFT_OUT

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NAIVE = NOW.replace(tzinfo=None)


class Team(enum.StrEnum):
    """A host's own enumeration."""

    CORE = "core"


class Level(enum.IntEnum):
    """Another."""

    HIGH = 3


MADE: list[object] = [
    Principal.api_key("k", workspace="w", scopes="agents:read", ceiling=["agents:read"], expires_at=NOW, not_before=NOW,
                      revoked=True, leaked=True, ip_allow=["10.0.0.0/8", "::1"],
                      attributes={"a": {"b": [1, {"c": None}]}}),
    Principal.member("m", workspace="w", roles=["admin"], suspended=True, sso=True),
    Principal.session("s", workspace="w", expires_at=NOW, scopes=["agents:read"]),
    Principal.system("job"),
    Principal.anonymous(),
    Resource("agents", "a1", workspace="w", attributes={"tags": ["x"], "nested": {"y": 1.5}}),
    Context(channel="server", environment="test", facts={"a": {"b": b"c"}}, now=NOW, attributes={"ip": "10.0.0.1"}),
]  # fmt: skip


@pytest.mark.parametrize("value", MADE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])  # noqa: S301  # our own
def test_copies_are_equal(value: object, duplicate: Callable[[object], object]) -> None:
    """A copy, deep or not, or one that has travelled, is equal, has the same hash, and is as frozen."""
    other = duplicate(value)
    assert other == value
    assert hash(other) == hash(value)
    assert type(other) is type(value)


def test_a_copy_leaves_the_row_behind() -> None:
    """What a guard remembers on a principal neither travels nor makes it another value."""
    guard, key = Guard.default(), Principal.api_key("k", workspace="w", scopes="agents:read")
    fresh = pickle.dumps(key)
    guard.check(key, "agents:read", context=Context(channel="server"))
    assert key.bound != UNBOUND
    assert pickle.dumps(key) == fresh
    assert pickle.loads(fresh).bound == UNBOUND  # noqa: S301  # our own


def test_values_are_frozen_copies() -> None:
    """What the host changes afterwards changes nothing here, and nothing here can be changed."""
    tags = ["a"]
    resource = Resource("agents", attributes={"tags": tags, "more": {"k": tags}})
    tags.append("b")
    assert resource.attributes == {"tags": ("a",), "more": {"k": ("a",)}}
    with pytest.raises(TypeError):
        resource.attributes["x"] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        resource.id = "other"  # type: ignore[misc]


def test_subclasses_lose_their_class() -> None:
    """Enumerations are kept as the plain values they hold: a class of the host decides no comparison."""
    values = Resource("agents", attributes={"team": Team.CORE, "level": Level.HIGH}).attributes
    assert (type(values["team"]), values["team"]) == (str, "core")
    assert (type(values["level"]), values["level"]) == (int, 3)


def test_an_enumeration_may_name_the_kind() -> None:
    """A kind that is merely equal to one of ours becomes ours, so that conditions about it can be evaluated."""

    class Kind(enum.StrEnum):
        API_KEY = "api_key"

    assert type(Principal(Kind.API_KEY, "k", "w").kind) is str  # type: ignore[arg-type]


def test_sets_become_sorted_lists() -> None:
    """A set has no order of its own, so that it gets one."""
    assert Resource("agents", attributes={"tags": {"b", "a"}}).attributes["tags"] == ("a", "b")


def test_names_and_ids_of_the_greatest_length_and_of_unusual_letters() -> None:
    """A name is of 256 letters at most; of what does not print only control characters are refused."""
    assert Resource("a" * 256, "b\xa0\xad" + "c" * 253).id == "b\xa0\xad" + "c" * 253


def test_truths_within_lists_are_kept() -> None:
    """As they are, at every depth."""
    assert Context(facts={"a": [True, [False, True]]}).facts["a"] == (True, (False, True))


def test_thaw_is_the_way_back() -> None:
    """Frozen mappings become plain dicts all the way down."""
    frozen = Context(facts={"a": {"b": [{"c": 1}]}}).facts
    assert thaw(frozen) == {"a": {"b": ({"c": 1},)}}


DEEP: object = []
for _ in range(17):
    DEEP = [DEEP]

NOBODY: Any = None
LONGEST = "x" * 256

REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: Principal.api_key("", workspace="w"), "a principal's id is empty"),
    (lambda: Principal.api_key("a\nb", workspace="w"), 'a principal\'s id "a\\nb" holds a control character'),
    (lambda: Principal.api_key("a\u202eb", workspace="w"), 'a principal\'s id "a\\u202eb" holds a control character'),
    (lambda: Principal.api_key("x" * 257, workspace="w"), "a principal's id is longer than 256 characters"),
    (lambda: Principal.api_key(7, workspace="w"), "a principal's id must be a str, not int"),  # type: ignore[arg-type]
    (lambda: Principal.api_key(Team.CORE, workspace="w"), "a principal's id must be a str, not Team"),
    (lambda: Principal.api_key(NOBODY, workspace="w", revoked=True), "a principal's id must be a str, not NoneType"),
    (lambda: Principal.member(NOBODY, workspace="w", sso=True), "a principal's id must be a str, not NoneType"),
    (lambda: Principal.session(NOBODY, workspace="w"), "a principal's id must be a str, not NoneType"),
    (lambda: Principal.system(NOBODY), "a principal's id must be a str, not NoneType"),
    (lambda: Principal.api_key("k", workspace=None), "a principal of the kind api_key needs a workspace"),  # type: ignore[arg-type]
    (lambda: Principal("robot", "r"), "a principal's kind must be one of"),  # type: ignore[arg-type]
    (lambda: Principal.api_key("k", workspace="w", revoked=1), "revoked must be a bool, not int"),  # type: ignore[arg-type]
    (
        lambda: Principal.api_key("k", workspace="w", expires_at=NAIVE),
        "expires_at must carry a time zone",
    ),
    (lambda: Principal.api_key("k", workspace="w", expires_at="soon"), "expires_at must be a datetime, not str"),  # type: ignore[arg-type]
    (
        lambda: Principal.api_key("k", workspace="w", ip_allow="10.0.0.0/8"),
        "ip_allow must be an iterable of str, not str",
    ),
    (lambda: Principal.api_key("k", workspace="w", ip_allow=7), "ip_allow must be an iterable of str, not int"),  # type: ignore[arg-type]
    (
        lambda: Principal.api_key("k", workspace="w", ip_allow=["fe80::%eth0/64"]),
        '"fe80::%eth0/64" in ip_allow is neither',
    ),
    (lambda: Principal.api_key("k", workspace="w", ip_allow=["10.0.0.1/8"]), '"10.0.0.1/8" in ip_allow is neither'),
    (lambda: Principal.api_key("k", workspace="w", attributes={"leaked": False}), '"leaked" is an argument of its own'),
    (lambda: Principal.api_key("k", workspace="w", attributes={"A": 1}), 'an attribute "A" is not a name'),
    (lambda: Principal.api_key("k", workspace="w", scopes=b"agents:read"), "scopes must be a str or an iterable"),  # type: ignore[arg-type]
    (lambda: Principal.api_key("k", workspace="w", scopes={"agents:read": 1}), "scopes must be a str or an iterable"),
    (lambda: Principal.api_key("k", workspace="w", scopes=[1]), "a scope must be a str, not int"),  # type: ignore[list-item]
    (lambda: Principal.api_key("k", workspace="w", scopes=[""]), "a scope is empty"),
    (lambda: Principal.api_key("k", workspace="w", scopes="a:b " * 20_000), "scopes are longer than 65536 characters"),
    (
        lambda: Principal.api_key("k", workspace="w", scopes="a:b " * 20_000, unknown="ignore"),
        "scopes are longer than 65536 characters",
    ),
    (lambda: Principal.member("m", workspace="w", roles="admin"), "roles must be an iterable of str, not str"),
    (lambda: Principal.member("m", workspace="w", roles=["admin/agents:a", 7]), "role must be a str, not int"),  # type: ignore[list-item]
    (lambda: Principal.member("m", workspace="w", roles=["Admin"]), 'role "Admin" is not a name'),
    (lambda: Resource("Agents"), 'a resource\'s surface "Agents" is not a name'),
    (lambda: Resource("agents", ""), "a resource's id is empty"),
    (lambda: Resource("agents", "a\u202eb"), 'a resource\'s id "a\\u202eb" holds a control character'),
    (lambda: Resource("agents", "a", "w\n"), 'a resource\'s workspace "w\\n" holds a control character'),
    (lambda: Resource("agents", "a", ""), "a resource's workspace is empty"),
    (lambda: Resource("agents", attributes={"id": "x"}), '"id" is a field of its own, not an attribute'),
    (lambda: Resource("agents", attributes=["x"]), "a resource's attributes must be a mapping, not list"),  # type: ignore[arg-type]
    (lambda: Resource("agents", attributes={"x": 2**63}), "out of the range of a 64-bit integer"),
    (lambda: Resource("agents", attributes={"x": -(2**63) - 1}), "out of the range of a 64-bit integer"),
    (lambda: Resource("agents", attributes={"x": float("nan")}), "is not a finite number"),
    (lambda: Resource("agents", attributes={"x": object()}), "has the type object, which no condition can read"),
    (lambda: Resource("agents", attributes={"x": DEEP}), "is nested deeper than 16"),
    (lambda: Context(channel="Server"), 'a channel "Server" is not a name'),
    (lambda: Context(environment=None), "an environment must be a str, not NoneType"),  # type: ignore[arg-type]
    (lambda: Context(now=NAIVE), "now must carry a time zone"),
    (
        lambda: Context(now=datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
        "now is out of the range of a timestamp",
    ),
    (lambda: Context(attributes={"now": NOW}), '"now" is a field of its own, not an attribute'),
    (lambda: Context(facts={"a": {1: 2}}), "must be a str, not int"),
    (lambda: Context(facts={"a": {"b\n": 2}}), 'a key of facts.a "b\\n" holds a control character'),
    (lambda: Resource("a" * 257), "a resource's surface is longer than 256 characters"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_malformed_values_are_refused(make: Callable[[], object], message: str) -> None:
    """Each mistake is a RequestError that says what is wrong, made where the value is made."""
    with pytest.raises(RequestError) as caught:
        make()
    assert message in str(caught.value)


def test_what_is_given_is_in_the_value() -> None:
    """Attributes of each kind of principal, and ids and workspaces of the greatest length."""
    for made in (
        Principal.api_key("k", workspace="w", attributes={"team": "a"}),
        Principal.member("m", workspace="w", attributes={"team": "a"}),
        Principal.session("s", workspace="w", attributes={"team": "a"}),
        Principal.system("job", attributes={"team": "a"}),
    ):
        assert (dict(made.attributes), made.shape) == ({"team": "a"}, (made.kind, frozenset({"team"})))
        assert representative(made.shape).shape == made.shape
    for key in (Principal.api_key(LONGEST, workspace=LONGEST), Principal.session(LONGEST, workspace=LONGEST)):
        assert (key.id, key.workspace) == (LONGEST, LONGEST)
    about = Resource("agents", LONGEST, LONGEST)
    assert (about.id, about.workspace) == (LONGEST, LONGEST)


def test_ignoring_what_is_not_there_changes_nothing() -> None:
    """A token without scopes of other services is what it is without a word about them."""
    made = Principal.api_key("k", workspace="w", scopes="agents:read", unknown="ignore")
    assert made == Principal.api_key("k", workspace="w", scopes="agents:read")
    assert made.shape == ("api_key", frozenset())


def test_scopes_of_the_greatest_length_and_of_any_iterable() -> None:
    """A text of just as many characters as may be, and what can be read once."""
    longest = "a:b " * 16_384
    for scopes in (longest, longest.split(), iter(["a:b", "a:b"])):
        assert Principal.api_key("k", workspace="w", scopes=scopes).scopes == {"a:b"}
    assert Principal.api_key("k", workspace="w", scopes=f"{longest[:-7]} openid", unknown="ignore").scopes == {"a:b"}
    foreign = Principal.api_key("k", workspace="w", scopes=["X" * 65_536], unknown="ignore")
    assert foreign.attributes["ignored_scopes"] == ("X" * 65_536,)
    with pytest.raises(RequestError, match="is longer than 259 characters"):
        Principal.api_key("k", workspace="w", scopes=["X" * 65_537], unknown="ignore")


def test_what_is_before_an_id_is_that_of_its_own_scope() -> None:
    """Also where another scope begins alike, or was seen before."""
    for scope in ("zebras:read/z1", "zebras:rea/z1", "zebras:read/herds:h1", "zebras:read/herd:h1", "zebras:read/z2"):
        start = scope[:-2]
        assert Principal.api_key("k", workspace="w", scopes=[scope]).narrowed == {start}


def test_the_letters_of_a_text_are_no_roles() -> None:
    """Though each of them is one that was seen before; and what is read once is read once."""
    assert Principal.member("m", workspace="w", roles=["a", "b"]).roles == {"a", "b"}
    with pytest.raises(RequestError, match="roles must be an iterable of str, not str"):
        Principal.member("m", workspace="w", roles="ab")
    for roles in (["a", "b"], ["a", "b/agents:x"]):
        for way in (list, tuple, set, iter):
            made = Principal.member("m", workspace="w", roles=way(roles))
            assert made.roles == set(roles)
            assert made.held == {role for role in roles if "/" not in role}


def test_equality() -> None:
    """Principals are equal by value: kind, identity, what they hold, and attributes."""

    def key(**more: object) -> Principal:
        return Principal.api_key("k", workspace="w", scopes="a:b c:d", **more)  # type: ignore[arg-type]

    assert key() == Principal.api_key("k", workspace="w", scopes=["c:d", "a:b", "a:b"])
    assert key() != key(revoked=True)
    assert key(attributes={"x": 1}) != key(attributes={"x": 2})
    for value in MADE:
        assert value != "k"
        assert sum(value == other for other in MADE) == 1
    assert key(revoked=False, ip_allow=None) == key()


def test_the_repr_holds_no_attributes() -> None:
    """What ends up in a log tells who, and nothing that a host put into attributes."""
    key = Principal.api_key("k", workspace="w", attributes={"secret": "sk_live_1234"})
    assert repr(key) == "Principal(api_key 'k' of 'w')"
    assert repr(LEFT_OUT) == "<left out>"


def test_durations_and_times_are_values() -> None:
    """Aware datetimes, timedeltas and bytes are kept as they are; a naive datetime is refused anywhere."""
    values = Context(facts={"d": timedelta(1), "t": NOW, "b": b"x"}).facts
    assert values == {"d": timedelta(1), "t": NOW, "b": b"x"}
    with pytest.raises(RequestError, match="time zone"):
        Context(facts={"t": NAIVE})


def test_plain_values_are_kept_as_they_are() -> None:
    """Truth values stay what they are, and whole numbers up to the bounds."""
    given = {"yes": True, "no": False, "one": 1, "most": 2**63 - 1, "least": -(2**63)}
    kept = Resource("agents", attributes=given).attributes
    assert {name: (type(value), value) for name, value in kept.items()} == {
        name: (type(value), value) for name, value in given.items()
    }


@pytest.mark.parametrize("make", [
    lambda given: Resource("agents", attributes=given),
    lambda given: Context(attributes=given),
])  # fmt: skip
def test_what_a_host_changes_afterwards_changes_nothing(make: Callable[[dict[str, str]], Resource | Context]) -> None:
    """Attributes that are plain texts are copied, too."""
    given = {"team": "core"}
    made = make(given)
    given |= {"team": "others", "more": "x"}
    assert made.attributes == {"team": "core"}
