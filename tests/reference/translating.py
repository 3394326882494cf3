"""Values of the engine in the words of the reference interpreter, so that the two can be compared."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from scopeguard import cel
from tests.reference.values import Map, Maybe, Moment, Span, TypeName

MICROSECOND = timedelta(microseconds=1)


def translated(value: Any) -> Any:
    """A value as the reference interpreter has it."""
    match value:
        case datetime():
            whole = datetime.__sub__(value, datetime(1970, 1, 1, tzinfo=UTC))
            return Moment(whole // MICROSECOND * 1000 + getattr(value, "nanosecond", 0))
        case timedelta():
            return Span(timedelta.__floordiv__(value, MICROSECOND) * 1000 + getattr(value, "nanosecond", 0))
        case cel.Optional(has_value=there, value=inner):
            return Maybe((translated(inner),) if there else ())
        case cel.Type(name=name):
            return TypeName(name)
        case cel.Cidr(interface=interface):
            return interface
        case list() | tuple():
            return tuple(map(translated, value))
        case Mapping():
            return Map(tuple((key, translated(item)) for key, item in value.items()))
    return value


def exact(value: Any) -> object:
    """A value of the reference interpreter as a text that tells types, and both zeros, apart; entries have no order."""
    match value:
        case tuple():
            return [exact(item) for item in value]
        case Maybe(items=items):
            return ("optional", [exact(item) for item in items])
        case Mapping() | Map():
            entries = value.pairs if isinstance(value, Map) else value.items()
            return ("map", sorted((repr(key), repr(exact(item))) for key, item in entries))
    return repr(value)
