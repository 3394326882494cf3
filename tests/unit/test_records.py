"""Records: what a frozen dataclass with slots does, they do."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, fields, is_dataclass
from dataclasses import field as standard_field
from dataclasses import replace as standard_replace
from typing import Any, Self

import pytest

from scopeguard.records import Record, RecordType, field, replace
from scopeguard.records import asdict as own_asdict


@dataclass(frozen=True, slots=True)
class Model:
    """What the record is held to."""

    name: str
    size: int = 1
    tags: list[str] = standard_field(default_factory=list)
    note: str = standard_field(default="", compare=False, repr=False)
    double: int = standard_field(init=False, compare=False)
    memo: dict[str, int] = standard_field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", self.size * 2)


class Thing(Record):
    """The same as a record."""

    name: str
    size: int = 1
    tags: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False, repr=False)
    double: int = field(init=False, compare=False)
    memo: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "double", self.size * 2)


class Child(Thing):
    """A record with a field more."""

    more: str = "m"


class Lone(Record, eq=False):
    """Equal to nothing but itself."""

    name: str


CALLS: list[Callable[[Any], Any]] = [
    lambda kind: kind("a"),
    lambda kind: kind("a", 2, ["x"], "n"),
    lambda kind: kind(name="a", note="n"),
    lambda kind: kind("a", tags=["x"], size=3),
]
WRONG: list[Callable[[Any], Any]] = [
    lambda kind: kind(),
    lambda kind: kind("a", 1, [], "", 5),
    lambda kind: kind("a", other=1),
    lambda kind: kind("a", name="b"),
    lambda kind: kind("a", double=1),
]


def shown(value: Any) -> str:
    """How a value prints, without the name of its class."""
    return repr(value).partition("(")[2]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("before", [0, 1, 23, 24, 100])
def test_it_is_made_as_a_dataclass_is(call: Callable[[Any], Any], before: int) -> None:
    """The fields are the same however they are given, for the first of a class and for those after its constructor is compiled."""
    kind: Any = type("Fresh", (Thing,), {"__annotations__": {}})
    for _ in range(before):
        kind("x")
    made, model = call(kind), call(Model)
    assert {each: getattr(made, each) for each in Model.__slots__} == {
        each: getattr(model, each) for each in Model.__slots__
    }
    assert shown(made) == shown(model)
    assert asdict(made) == asdict(model)
    assert kind("x").tags is not kind("x").tags
    assert kind("x").memo is not kind("x").memo


@pytest.mark.parametrize("call", WRONG)
@pytest.mark.parametrize("before", [0, 100])
def test_what_does_not_fit_is_refused(call: Callable[[Any], Any], before: int) -> None:
    """Missing, surplus, unknown and doubled arguments, before and after the constructor is compiled."""
    kind: Any = type("Fresh", (Thing,), {"__annotations__": {}})
    for _ in range(before):
        kind("x")
    for each in (kind, Model):
        with pytest.raises(TypeError):
            call(each)


def test_nothing_can_be_changed() -> None:
    """Fields, new names and deletions are refused with the error of dataclasses."""
    thing = Thing("a")
    with pytest.raises(FrozenInstanceError):
        thing.name = "b"  # type: ignore[misc]  # what is tested
    with pytest.raises(FrozenInstanceError):
        del thing.name  # what is tested
    with pytest.raises(FrozenInstanceError):
        setattr(thing, "other", "b")  # noqa: B010  # what is tested
    assert thing.name == "a"
    assert not hasattr(thing, "__dict__")


def test_equality_and_hash() -> None:
    """By class and by the fields that are compared; with ``eq=False`` by identity."""
    assert Thing("a", note="x") == Thing("a", note="y")
    assert Thing("a") != Thing("b")
    assert Thing("a") != Model("a")
    assert Child("a") != Thing("a")
    assert Child("a", more="x") != Child("a")
    assert Child("a", more="x") == Child("a", more="x")
    assert Lone("a") != Lone("a")
    assert len({Lone("a"), Lone("a")}) == 2
    assert {Pair("a", 1): "found"}[Pair("a", 1)] == "found"


class Pair(Record):
    """A record that has a hash."""

    name: str
    size: int


def test_a_class_below_another_is_its_own() -> None:
    """What the upper one has compiled is not used for the lower one."""
    for _ in range(100):
        Thing("a")
    assert (Child("a", more="b").more, Child("a").double) == ("b", 2)
    assert Child.__match_args__ == ("name", "size", "tags", "note", "more")


def test_the_standard_library_takes_it() -> None:
    """``fields`` in order, ``replace`` of both kinds, ``is_dataclass``, patterns, copies and pickles."""
    thing = Thing("a", 2, ["x"], "n")
    assert is_dataclass(thing)
    assert [each.name for each in fields(Thing)] == [each.name for each in fields(Model)]
    assert standard_replace(thing, size=5) == replace(thing, size=5) == Thing("a", 5, ["x"])
    assert replace(thing, size=5).double == 10
    with pytest.raises(TypeError):
        replace(thing, other=1)
    match thing:
        case Thing("a", size=size):
            assert size == 2
        case _:
            pytest.fail("the pattern does not fit")
    for twin in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):  # noqa: S301  # our own
        assert (twin, twin.note, twin.double) == (thing, "n", 4)


def test_a_field_of_the_standard_library_is_refused() -> None:
    """It would be taken for the default."""
    with pytest.raises(TypeError, match=r"Wrong\.name"):
        RecordType("Wrong", (Record,), {"__annotations__": {"name": "str"}, "name": standard_field(default="a")})


class Tally(Record, frozen=False, eq=False):
    """A record that is filled as it goes."""

    name: str
    count: int = 0


class _OpenTwo:
    __slots__ = ("first", "second")


class Two(_OpenTwo, Record, init=False):
    """A record that is made whole by ``__new__``, with slots of a base and a hash of its own."""

    __slots__ = ()

    first: int
    second: int

    def __new__(cls, first: int) -> Self:
        """Of one number, both."""
        made: Any = object.__new__(_OpenTwo)
        made.first, made.second = first, first + 1
        made.__class__ = cls
        return made  # type: ignore[no-any-return]  # a Two by now

    def __hash__(self) -> int:
        return 7


def test_a_record_that_is_not_frozen() -> None:
    """Its fields may be set, each of its own, and no other name may."""
    one, other = Tally("a"), Tally("a")
    one.count += 1
    assert (one.count, other.count, one == other) == (1, 0, False)
    with pytest.raises(AttributeError):
        one.more = 1


def test_a_record_that_makes_itself() -> None:
    """It takes what its ``__new__`` takes, and is frozen, compared and shown as any other."""
    assert Two(1) == Two(1) != Two(2)
    assert (hash(Two(1)), repr(Two(1))) == (7, "Two(first=1, second=2)")
    with pytest.raises(FrozenInstanceError):
        Two(1).first = 2  # type: ignore[misc]  # that is the point
    with pytest.raises(TypeError):
        Two(1, 2)  # type: ignore[call-arg]  # that is the point


def test_plain_data_of_records() -> None:
    """``asdict`` takes records within apart, and leaves everything else as it is."""
    tags = ["x"]
    plain = own_asdict(Lone(Tally("a", 2)))  # type: ignore[arg-type]  # any value does here
    assert plain == {"name": {"name": "a", "count": 2}}
    assert own_asdict(Lone(tags))["name"] is tags  # type: ignore[arg-type]  # any value does here
