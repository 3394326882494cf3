"""What a request gives: names with declared fields, and values that have to be of their declared types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from scopeguard.syntax.expression import UInt
from tests.reference.networks import spelled
from tests.reference.values import Maybe, Moment, NoValue, Span, none, type_of


@dataclass(frozen=True)
class Record:
    """A name with declared fields, such as ``principal``: what is there, and the type that each has to have.

    Where the fields of a field are declared in turn, their types stand for its type. *there* is false of a record that
    was not given, of which no field is; *optional* is true after ``.?``, which makes optionals of all that is read.
    """

    given: Mapping[str, Any]
    types: Mapping[str, Any]
    there: bool = True
    optional: bool = field(default=False, kw_only=True)

    def read(self, name: str, *, optional: bool = False) -> Any:
        """A field: a record again, or its value."""
        declared, optional = self.types.get(name, "dyn"), optional or self.optional
        if isinstance(declared, Mapping) or isinstance(self.given.get(name), Record):
            inner = self.given.get(name, {})
            if isinstance(inner, Record):
                return Record(inner.given, inner.types, optional=optional)
            if not isinstance(inner, Mapping):
                raise NoValue
            return Record(inner, declared, name in self.given, optional=optional)
        if name not in self.given:
            return none(optional=optional)
        if not conforms(self.given[name], declared):
            raise NoValue
        value = inward(of_type(self.given[name], declared))
        return Maybe((value,)) if optional else value


def plain(value: Any) -> Any:
    """A record on its own is a map like any other. No value where it was not given."""
    if not isinstance(value, Record):
        return value
    if not value.there:
        return none(optional=value.optional)
    return Maybe((inward(value.given),)) if value.optional else inward(value.given)


def fields(types: Mapping[str, str]) -> dict[str, Any]:
    """Declared types by path, ``owner.id`` after ``owner``, as those of records and of their fields."""
    found: dict[str, Any] = {}
    for path, declared in types.items():
        *records, last = path.split(".")
        place = found
        for record in records:
            place = place[record]
        place[last] = {} if any(other.startswith(f"{path}.") for other in types) else declared
    return found


NAMES_OF_THE_PACK = ("role", "scope", "channel", "environment", "surface", "action", "permission", "operation", "kind")
"""Types of texts; that they are names is checked before."""


def conforms(value: Any, declared: str) -> bool:
    """Whether a value is of its declared type."""
    if declared.startswith("list("):
        return isinstance(value, tuple) and all(conforms(item, declared[5:-1]) for item in value)
    if declared.startswith("map(string, "):
        return isinstance(value, Mapping) and all(conforms(item, declared[12:-1]) for item in value.values())
    if declared in NAMES_OF_THE_PACK:
        return isinstance(value, str)
    match declared:
        case "dyn":
            return True
        case "int":
            return type(value) is int
        case "uint":
            return type(value) in (int, UInt) and value >= 0
        case "double":
            return type(value) is float or (type(value) is int and -(2**63) <= value < 2**63 and float(value) == value)
        case "ip" | "cidr":
            return spelled(value, declared) is not None
    return value is not None and type_of(value) == declared


def of_type(value: Any, declared: str) -> Any:
    """A value as one of the type that it conforms to."""
    if declared in ("ip", "cidr"):
        return spelled(value, declared)
    if declared in ("list(ip)", "list(cidr)"):
        return tuple(spelled(item, declared[5:-1]) for item in value)
    if declared == "list(double)":
        return tuple(float(item) for item in value)
    if declared == "map(string, double)":
        return {key: float(item) for key, item in value.items()}
    return {"uint": UInt, "double": float}.get(declared, lambda same: same)(value)


def inward(value: Any) -> Any:
    """A value from a host, with its times as conditions count them."""
    match value:
        case datetime():
            return Moment((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000)
        case timedelta():
            return Span(value // timedelta(microseconds=1) * 1000)
        case tuple():
            return tuple(map(inward, value))
        case Mapping():
            return {key: inward(item) for key, item in value.items()}
    return value
