"""V88: a Python newer than those tested does not import the library: since 3.14 a class body leaves no annotations."""

from typing import Any

import pytest

from scopeguard.records import Record, RecordType, field


def annotating(names: dict[str, Any], *, under: str) -> dict[str, Any]:
    """The body of a class that annotates *names*, as Python 3.14 leaves it: with a function that tells them."""

    def annotate(asked: int) -> dict[str, Any]:
        if asked != 1:
            raise NotImplementedError
        return names

    return {"__module__": __name__, "__qualname__": "Point", under: annotate}


@pytest.mark.parametrize("under", ["__annotate__", "__annotate_func__"])
def test_v88_records_of_lazy_annotations(under: str) -> None:
    """A record has the fields that its class annotates, in order, also where the body only tells them when asked."""
    body = {**annotating({"x": int, "y": int, "z": list}, under=under), "y": 2, "z": field(default_factory=list)}
    made: Any = RecordType("Point", (Record,), body)
    assert made.__match_args__ == ("x", "y", "z")
    assert made.__slots__ == ("x", "y", "z")
    point = made(1)
    assert (point.x, point.y, point.z) == (1, 2, [])
    assert point == made(1, 2, []) != made(3)
    with pytest.raises(AttributeError):
        point.x = 5


def test_v88_a_record_without_fields() -> None:
    """A class that annotates nothing leaves no such function."""
    made: Any = RecordType("Nothing", (Record,), {"__module__": __name__, "__qualname__": "Nothing"})
    assert made.__match_args__ == ()
    assert made() == made()


def test_v88_the_annotations_of_this_python() -> None:
    """What this Python leaves in a body is read."""

    class Pair(Record):
        first: int
        second: str = "b"

    assert Pair.__match_args__ == ("first", "second")
    assert (Pair(1).first, Pair(1).second) == (1, "b")
