"""Interning: what is kept of ordinary principals and of texts is never seen but in the speed."""

import copy
import enum
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from scopeguard import Context, Principal, RequestError, Resource
from scopeguard.limits import MAX_INTERNED
from scopeguard.model import principal as module
from scopeguard.model.principal import UNBOUND, remember
from scopeguard.model.request import class_of

NOW = datetime(2026, 1, 2, tzinfo=UTC)


class Word(enum.StrEnum):
    """Texts as a host lists them."""

    ID = "one_id"
    WORKSPACE = "ws_1"
    SCOPES = "agents:read"
    ROLE = "admin"


class Odd(str):
    """A text that is equal to a good one, and says something else."""

    __slots__ = ("equal_to",)
    equal_to: str

    def __eq__(self, other: object) -> bool:
        return other == self.equal_to

    def __hash__(self) -> int:
        return hash(self.equal_to)


def odd(text: str, equal_to: str) -> Odd:
    """*text*, equal to another one."""
    made = Odd(text)
    made.equal_to = equal_to
    return made


@pytest.fixture(autouse=True)
def forget() -> Callable[[], None]:
    """Forgets all principals that are kept; each test starts so."""

    def clear() -> None:
        for kept in (module._keys, module._members, module._seen):
            kept.clear()

    clear()
    return clear


def key(**more: Any) -> Principal:
    """The ordinary key, but for *more*."""
    return Principal.api_key(**{"id": "one_id", "workspace": "ws_1", "scopes": "agents:read", **more})


def member(**more: Any) -> Principal:
    """The ordinary member, but for *more*."""
    return Principal.member(**{"id": "one_id", "workspace": "ws_1", "roles": ["admin"], **more})


def parts(one: Principal) -> tuple[object, ...]:
    """All that a principal is, with the classes of its texts."""
    texts = (one.kind, one.id, one.workspace, *sorted(one.scopes), *sorted(one.roles))
    return (*texts, *map(type, texts), one.ceiling, dict(one.attributes), one.shape, one.held, one.narrowed)


ORDINARY: dict[str, Callable[..., Principal]] = {"key": key, "member": member}


@pytest.mark.parametrize("make", ORDINARY.values(), ids=ORDINARY)
def test_equal_arguments_give_the_same(make: Callable[..., Principal]) -> None:
    """An ordinary principal that comes again is made once, and another one for any other argument."""
    # What comes once is not kept.
    make(), make()
    assert make() is make()
    others = [
        make(id="other"),
        make(workspace="ws_2"),
        make(**({"scopes": "agents:write"} if make is key else {"roles": ["viewer"]})),
    ]
    assert len({id(one) for one in (make(), *others)}) == 4
    assert len({make(), *others}) == 4
    assert [(one.id, one.workspace) for one in (make(), *others[:2])] == [
        ("one_id", "ws_1"),
        ("other", "ws_1"),
        ("one_id", "ws_2"),
    ]


def test_a_key_is_no_member() -> None:
    """Equal arguments of another constructor are another principal."""
    assert (key(scopes="").kind, member(roles=[]).kind) == ("api_key", "member")
    assert key(scopes="") != member(roles=[])


def test_a_list_of_roles_is_read_when_asked() -> None:
    """Roles that are added to a list afterwards are held by whoever is made of it then, and by nobody before."""
    roles = ["viewer"]
    before = member(roles=roles)
    roles.append("admin")
    assert [sorted(one.roles) for one in (before, member(roles=roles))] == [["viewer"], ["admin", "viewer"]]


def test_what_is_kept_is_bounded() -> None:
    """Principals without end leave as many as the bound, and are right."""
    for number in range(MAX_INTERNED + 500):
        for _ in range(2):
            assert key(id=f"key_{number}").id == member(id=f"key_{number}").id == f"key_{number}"
    assert all(0 < len(kept) <= MAX_INTERNED for kept in (module._keys, module._members, module._seen))


def test_who_asks_once_takes_no_place() -> None:
    """A member is kept who was here before, and not who comes for the first time."""
    first = member()
    assert not module._members
    assert first == member() == member()
    assert member() is member()


ARGUMENTS: list[tuple[Callable[..., Principal], dict[str, Any]]] = [
    (key, {"id": Word.ID}), (key, {"workspace": Word.WORKSPACE}), (key, {"scopes": Word.SCOPES}),
    (key, {"scopes": [Word.SCOPES]}), (member, {"id": Word.ID}), (member, {"workspace": Word.WORKSPACE}),
    (member, {"roles": [Word.ROLE]}), (member, {"roles": (Word.ROLE,)}), (member, {"roles": {Word.ROLE}}),
    *((key, {name: odd(text, equal)}) for name, equal in (("id", "one_id"), ("workspace", "ws_1"), ("scopes", "agents:read"))
      for text in ("admins:write", "", "a\nb", equal)),
    *((member, {name: odd(text, equal)}) for name, equal in (("id", "one_id"), ("workspace", "ws_1")) for text in ("x", "", equal)),
    *((member, {"roles": [odd(text, "admin")]}) for text in ("owner", "", "Owner", "admin")),
    *((member, {"roles": kind(["admin"])}) for kind in (tuple, set, frozenset, iter)),
    (key, {"scopes": ["agents:read"]}), (key, {"scopes": ("agents:read", "agents:read")}),
    (key, {"id": 7}), (key, {"id": None}), (key, {"workspace": None}), (key, {"scopes": 7}), (key, {"scopes": b"agents:read"}),
    (member, {"roles": [7]}), (member, {"roles": "admin"}), (member, {"roles": [["admin"]]}), (member, {"roles": {"admin": 1}}),
]  # fmt: skip


def outcome(make: Callable[..., Principal], given: dict[str, object]) -> object:
    """What is made, or why it is refused. An iterator is read anew each time."""
    try:
        return parts(make(**{name: copy.copy(value) for name, value in given.items()}))
    except RequestError as error:
        return str(error)


@pytest.mark.parametrize(
    ("make", "given"),
    ARGUMENTS,
    ids=lambda one: re.sub(r" at 0x[0-9a-f]+", "", repr(one)) if isinstance(one, dict) else one.__name__,
)
def test_what_is_kept_answers_for_nothing_else(
    make: Callable[..., Principal], given: dict[str, object], forget: Callable[[], None]
) -> None:
    """What is merely equal to the texts of a principal that is kept is made or refused as when nothing is kept."""
    ordinary = parts(make())
    forget()
    alone = outcome(make, given)
    # The odd one came first: it is not what the ordinary one gets.
    assert parts(make()) == ordinary
    assert outcome(make, given) == alone
    assert parts(make()) == ordinary
    text, *_ = given.values()
    if type(text) in (Word, Odd):
        # Of these constructors' texts only str itself is taken, but for scopes, which are split into plain ones.
        assert isinstance(alone, str) or "scopes" in given


@pytest.mark.parametrize("given", [
    {"id": ""}, {"id": "a\nb"}, {"id": "x" * 257}, {"workspace": ""}, {"workspace": "a\u202eb"}, {"workspace": None}, {"id": 7}, {"id": []},
], ids=lambda given: repr(given)[:30])  # fmt: skip
@pytest.mark.parametrize("make", ORDINARY.values(), ids=ORDINARY)
def test_bad_values_are_refused_each_time(make: Callable[..., Principal], given: dict[str, Any]) -> None:
    """A refusal is not kept, and does not become a principal."""
    said = set()
    for _ in range(3):
        with pytest.raises(RequestError) as caught:
            make(**given)
        said.add(str(caught.value))
        assert make().id == "one_id"
    assert len(said) == 1


@pytest.mark.parametrize("bad", ["agents:read agents", "AGENTS:read", "agents:read\x00", ":", "a:b:c:d", "x" * 70_000])
def test_bad_scopes_are_refused_each_time(bad: str) -> None:
    """The same for scopes."""
    for _ in range(3):
        with pytest.raises(RequestError):
            key(scopes=bad)


STATES: list[tuple[Callable[..., Principal], dict[str, object], dict[str, object]]] = [
    (key, {"revoked": True}, {"revoked": True}), (key, {"leaked": True}, {"leaked": True}),
    (key, {"expires_at": NOW}, {"expires_at": NOW}), (key, {"not_before": NOW}, {"not_before": NOW}),
    (key, {"ip_allow": ["10.0.0.0/8"]}, {"ip_allow": ("10.0.0.0/8",)}), (key, {"ip_allow": []}, {"ip_allow": ()}),
    (key, {"attributes": {"plan": "free"}}, {"plan": "free"}), (key, {"ceiling": ["agents:read"]}, {}), (key, {"ceiling": []}, {}),
    (member, {"suspended": True}, {"suspended": True}), (member, {"sso": True}, {"sso": True}),
    (member, {"attributes": {"plan": "free"}}, {"plan": "free"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "given", "attributes"), STATES, ids=lambda one: str(one)[:40] if isinstance(one, dict) else ""
)
def test_states_neither_come_nor_go(
    make: Callable[..., Principal],
    given: dict[str, Any],
    attributes: dict[str, object],
    forget: Callable[[], None],
) -> None:
    """Whoever has a state is never who is kept, and leaves none to those without, in both orders."""
    nothing: dict[str, Any] = {}
    for first in (nothing, given):
        forget()
        make(**first)
        for _ in range(2):
            plain, stated = make(), make(**given)
            assert (dict(plain.attributes), plain.ceiling) == ({}, None)
            assert dict(stated.attributes) == attributes
            assert stated.ceiling == (frozenset(given["ceiling"]) if "ceiling" in given else None)
            assert plain != stated
            assert stated is not make(**given)


@pytest.mark.parametrize("flag", ["revoked", "leaked", "suspended", "sso"])
@pytest.mark.parametrize("value", [0, None, "", 1, "no", []])
def test_a_flag_that_is_none_is_refused(flag: str, value: object) -> None:
    """What is as good as false is no false: it is not taken for an ordinary principal."""
    make = key if flag in ("revoked", "leaked") else member
    make()
    for _ in range(2):
        with pytest.raises(RequestError, match=f"{flag} must be a bool"):
            make(**{flag: value})


FROZEN: dict[str, tuple[object, tuple[str, ...]]] = {
    "key": (
        key(),
        (
            "kind",
            "id",
            "workspace",
            "scopes",
            "roles",
            "ceiling",
            "attributes",
            "shape",
            "held",
            "narrowed",
            "limit",
            "bound",
        ),
    ),
    "resource": (
        Resource("agents", "a_1", "ws_1", {"x": 1}),
        ("surface", "id", "workspace", "attributes", "interned_surface"),
    ),
    "context": (
        Context("server", facts={"x": 1}, now=NOW),
        ("channel", "environment", "facts", "now", "attributes", "group"),
    ),
}


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, (_, fields) in FROZEN.items() for field in (*fields, "other")]
)
def test_nothing_is_assigned_or_deleted(name: str, field: str) -> None:
    """No field, old or new, of what was made can be set, and none goes away."""
    value, fields = FROZEN[name]
    before = [getattr(value, each) for each in fields]
    with pytest.raises(AttributeError):
        setattr(value, field, "changed")
    with pytest.raises(AttributeError):
        delattr(value, field)
    assert [getattr(value, each) for each in fields] == before


@pytest.mark.parametrize("make", ORDINARY.values(), ids=ORDINARY)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])  # noqa: S301  # our own
def test_copies_are_others_of_the_same_value(
    make: Callable[..., Principal], duplicate: Callable[[Principal], Principal]
) -> None:
    """A copy of what is kept is another object of the same value, and what is remembered stays behind."""
    make(), make()
    kept = make()
    remember(kept, "something")
    other = duplicate(kept)
    assert other is not kept
    assert (other, hash(other), repr(other), parts(other)) == (kept, hash(kept), repr(kept), parts(kept))
    assert other.bound is UNBOUND
    assert make() is kept


def test_what_is_remembered_is_not_seen() -> None:
    """The memo of a principal is in no comparison, hash or text."""
    kept, other = key(), copy.copy(key())
    before = (repr(kept), hash(kept), pickle.dumps(kept))
    remember(kept, "something")
    assert (repr(kept), hash(kept), pickle.dumps(kept)) == before
    assert kept == other
    assert "something" not in repr(kept)


CHANNELS, ENVIRONMENTS = (None, "server", "production", "a"), ("production", "server", "a", "b")
NAMES: tuple[tuple[str, ...], ...] = ((), ("a",), ("b",), ("a", "b"), ("server",), ("production", "a"))


def test_the_class_of_a_context() -> None:
    """One text for each channel, environment and set of names; neither values nor the order of names are in it.

    The names of facts stand behind it.
    """
    seen: dict[str, tuple[object, ...]] = {}
    for channel, environment, names in product(CHANNELS, ENVIRONMENTS, NAMES):
        for value, order in product((1, "x"), (names, names[::-1])):
            context = Context(
                channel, environment, {"fact": value}, NOW if value == 1 else None, dict.fromkeys(order, value)
            )
            group = class_of(context.group)
            assert context.group == f"{group}\1fact"
            assert seen.setdefault(group, (channel, environment, names)) == (channel, environment, names)
            assert Context(channel, environment, attributes=dict.fromkeys(order, "y")).group == group
            # Compared by identity, so that equal is not enough.
            again = Context(channel, environment, {"fact": 2}, attributes=dict.fromkeys(order, "y"))
            assert again.group is context.group
    assert len(seen) == len(CHANNELS) * len(ENVIRONMENTS) * len(NAMES)
    assert all(seen), "what stands for contexts beyond the bound is the class of none"


def test_the_surface_is_one_text() -> None:
    """Also where the host put the text together."""
    one, two = Resource("agents"), Resource("agents_".removesuffix("_"), "a_1", "ws_1")
    assert one.interned_surface is two.interned_surface
    assert (one.interned_surface, type(one.surface)) == ("agents", str)


def test_what_is_interned_is_not_seen() -> None:
    """Neither the class of a context nor the surface's one text is in a text, a comparison or what is pickled."""
    resource, context = Resource("agents", "a_1", "ws_1"), Context("server", "test", now=NOW, attributes={"ip": "::1"})
    assert repr(resource) == "Resource(surface='agents', id='a_1', workspace='ws_1')"
    assert repr(context) == f"Context(channel='server', environment='test', now={NOW!r})"
    for value, hidden in ((resource, "interned_surface"), (context, "group")):
        for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):  # noqa: S301  # our own
            assert (other, hash(other), repr(other)) == (value, hash(value), repr(value))
            # By identity, or what travelled would never be fast again.
            assert getattr(other, hidden) is getattr(value, hidden)
        assert hidden.encode() not in pickle.dumps(value)
    # Contexts of one class are not equal for that, and what is equal is so without looking at it.
    assert context.group is Context("server", "test", attributes={"ip": "::2"}).group
    assert context != Context("server", "test", now=NOW, attributes={"ip": "::2"})
    assert resource != Resource("agents", "a_2", "ws_1")
