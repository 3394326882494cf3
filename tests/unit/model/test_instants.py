"""What enters from outside: instants, keys of tables, names, and how deep values are nested."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

import pytest

from scopeguard import Context, Principal, RequestError
from scopeguard.model.input_validation import key_text, names, paths


class Zone(tzinfo):
    """A time zone of a host's."""

    def __init__(self, offset: timedelta | None) -> None:
        self.offset = offset

    def utcoffset(self, _: datetime | None) -> timedelta | None:
        """Whatever it was made with."""
        return self.offset

    dst = utcoffset

    def tzname(self, _: datetime | None) -> str | None:
        """No name."""
        return None


@pytest.mark.parametrize(
    ("zone", "end"),
    [(Zone(timedelta(days=2)), "has a time zone without an offset"), (Zone(None), "must carry a time zone"), (None, "must carry a time zone")],
    ids=["far", "nowhere", "none"],
)  # fmt: skip
def test_an_instant_has_an_offset(zone: tzinfo | None, end: str) -> None:
    """Whatever the class of its time zone answers."""
    with pytest.raises(RequestError) as caught:
        Context(now=datetime(2026, 1, 2, tzinfo=zone))
    assert str(caught.value) == f"now {end}"
    with pytest.raises(RequestError, match=f"^expires_at {end}$"):
        Principal.session("s", workspace="w", expires_at=datetime(2026, 1, 2, tzinfo=zone))


def test_an_instant_is_kept_in_utc() -> None:
    """Of a subclass only the moment is kept."""

    class Moment(datetime):
        pass

    now = Context(now=Moment(2026, 1, 2, 3, tzinfo=UTC)).now
    assert type(now) is datetime
    assert now == datetime(2026, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("a", "a"),
        (7, "7"),
        (2**128 - 1, "340282366920938463463374607431768211455"),
        (-(2**128) + 1, "-340282366920938463463374607431768211455"),
        (2**128, 2**128),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_keys_of_tables_are_texts(value: object, expected: object) -> None:
    """A number of at most the bits of a UUID; anything else stays, and is refused as an id."""
    found = key_text(value)
    assert found == expected
    assert type(found) is type(expected)


def test_names_are_a_set_of_texts() -> None:
    """Of any iterable, or of none; a text is no list of its letters."""
    assert names(None, "role") == frozenset()
    assert names((each for each in ("b", "a", "b")), "role") == {"a", "b"}
    with pytest.raises(RequestError, match=r"^roles must be an iterable of str, not str$"):
        names("admin", "role")


def test_paths_are_names_that_dots_join() -> None:
    """Each part is a name; a text is no list of its letters."""
    assert paths(iter(["owner.id", "size"]), "attribute") == {"owner.id", "size"}
    assert paths(None, "attribute") == paths([], "attribute") == frozenset()
    for value in ("owner", b"owner", 7, {"owner": 1}):
        with pytest.raises(RequestError, match="attributes must be an iterable of str"):
            paths(value, "attribute")
    for listed in (["owner..id"], ["owner.Id"], [7]):
        with pytest.raises(RequestError, match=r"a name|is empty|must be a str"):
            paths(listed, "attribute")


@pytest.mark.parametrize("innermost", [1, "x", True, 1.5, None])
@pytest.mark.parametrize(
    "wrap",
    [lambda x: [x], lambda x: (x,), lambda x: frozenset([x]), lambda x: {"a": x}],
    ids=["list", "tuple", "set", "dict"],
)
def test_values_are_nested_so_deep_and_no_deeper(wrap: Callable[[object], object], innermost: object) -> None:
    """Whatever they are, and are nested in."""
    value = innermost
    for _ in range(15):
        value = wrap(value)
    assert Context(attributes={"x": value}).attributes.keys() == {"x"}
    for _ in range(5):
        value = wrap(value)
        with pytest.raises(RequestError, match=r"is nested deeper than 16$"):
            Context(attributes={"x": value})
