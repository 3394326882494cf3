"""Values and operators of conditions, written to be read: every way of having no value is one exception, ``NoValue``.

Missing, null where a type is declared, another type than declared, a comparison across types, overflow, division by
zero: none of them is a value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import isfinite
from typing import Any

from scopeguard.syntax.expression import UInt

ADDRESS = IPv4Address | IPv6Address
NETWORK = IPv4Network | IPv6Network


class NoValue(Exception):
    """An expression that cannot be evaluated."""


@dataclass(frozen=True)
class Record:
    """A name with declared fields, such as ``principal``: what is there, and the type that each has to have.

    Where the fields of a field are declared in turn, their types stand for its type.
    """

    given: Mapping[str, Any]
    types: Mapping[str, Any]


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


@dataclass(frozen=True)
class Map:
    """A map that a condition wrote: pairs, for Python's own mappings take ``true`` and ``1`` for one key."""

    pairs: tuple[tuple[Any, Any], ...]


def decided(parts: Iterable[Callable[[], Any]], *, by: bool) -> bool:
    """*by* where any part is that, whatever the others are; no value where a part has none; else the opposite."""
    unknown = False
    for part in parts:
        try:
            if boolean(part()) is by:
                return by
        except NoValue:
            unknown = True
    if unknown:
        raise NoValue
    return not by


def boolean(value: Any) -> bool:
    """The value where it is true or false."""
    if value is True or value is False:
        return bool(value)
    raise NoValue


KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "bool"), ((int, float), "number"), (str, "string"), (bytes, "bytes"), (datetime, "timestamp"),
    (timedelta, "duration"), (tuple, "list"), ((Mapping, Map), "map"), (type(None), "null"), (NETWORK, "network"),
    (ADDRESS, "address"),
)  # fmt: skip


def kind_of(value: Any) -> str:
    """The type of a value, as far as comparison knows it: numbers are of one kind, and ``true`` is no number."""
    for types, name in KINDS:
        if isinstance(value, types):
            return name
    raise NoValue


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
    return value is not None and kind_of(value) == declared


def spelled(value: Any, declared: str) -> ADDRESS | NETWORK | None:
    """The address or the network that a text spells; None where it spells none."""
    try:
        return address(value) if declared == "ip" else network(value if "/" in value else f"{address(value)}")
    except (NoValue, TypeError, ValueError):
        return None


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


def pairs(value: Any) -> tuple[tuple[Any, Any], ...]:
    """The entries of a map."""
    if isinstance(value, Record):
        return tuple(value.given.items())
    if kind_of(value) != "map":
        raise NoValue
    return value.pairs if isinstance(value, Map) else tuple(value.items())


def items_of(value: Any) -> tuple[Any, ...]:
    """What a macro goes through: the elements of a list, the keys of a map."""
    return value if isinstance(value, tuple) else tuple(key for key, _ in pairs(value))


def element(base: Any, index: Any) -> Any:
    """``base[index]`` and ``base.index``."""
    if isinstance(base, Record):
        declared = base.types.get(index, "dyn")
        if isinstance(declared, Mapping):
            inner = base.given.get(index, {})
            if not isinstance(inner, Mapping):
                raise NoValue
            return Record(inner, declared)
        if index not in base.given or not conforms(base.given[index], declared):
            raise NoValue
        return of_type(base.given[index], declared)
    if isinstance(base, tuple):
        if kind_of(index) != "number" or index != int(index) or not 0 <= index < len(base):
            raise NoValue
        return base[int(index)]
    for key, value in pairs(base):
        if same(key, index):
            return value
    raise NoValue


def written_map(entries: list[tuple[Any, Any]]) -> Map:
    """A map literal; keys are booleans, integers and strings, and none stands twice."""
    for position, (key, _) in enumerate(entries):
        if not isinstance(key, bool | int | str) or any(same(key, other) for other, _ in entries[:position]):
            raise NoValue
    return Map(tuple(entries))


def same(left: Any, right: Any) -> bool:
    """Whether two keys are one."""
    return kind_of(left) == kind_of(right) and equal(left, right)


def equal(left: Any, right: Any) -> bool:
    """``left == right``, of one kind only; within lists and maps likewise."""
    kind = kind_of(left)
    if kind != kind_of(right):
        raise NoValue
    if kind == "list":
        return len(left) == len(right) and none_differs(zip(left, right, strict=True))
    if kind == "map":
        ours, others = pairs(left), pairs(right)
        matched = [(a, b) for key, a in ours for other, b in others if same(key, other)]
        return len(matched) == len(ours) == len(others) and none_differs(matched)
    return bool(left == right)


def none_differs(couples: Iterable[tuple[Any, Any]]) -> bool:
    """Whether the two of each couple are equal; no value where any two cannot be compared."""
    compared = [equal(left, right) for left, right in couples]
    return all(compared)


def less(left: Any, right: Any) -> bool:
    """``left < right``, of one kind that has an order."""
    if kind_of(left) != kind_of(right) or kind_of(left) in ("list", "map", "null", "network", "address"):
        raise NoValue
    return bool(left < right)


def contained(item: Any, container: Any) -> bool:
    """``item in container``."""
    if not isinstance(container, tuple) and kind_of(item) not in ("bool", "number", "string"):
        raise NoValue
    return decided([partial(equal, item, other) for other in items_of(container)], by=True)


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Numbers of one type, 64 bits wide and finite; ``+`` also joins, and times are moved by durations."""
    kinds = (kind_of(left), kind_of(right))
    times = {"+": (("timestamp", "duration"), ("duration", "timestamp"), ("duration", "duration")),
             "-": (("timestamp", "duration"), ("timestamp", "timestamp"), ("duration", "duration"))}  # fmt: skip
    if kinds in times.get(operator, ()):
        return left + right if operator == "+" else left - right
    if operator == "+" and kinds[0] == kinds[1] and kinds[0] in ("string", "bytes", "list"):
        return left + right
    if (
        type(left) is not type(right)
        or type(left) not in (int, float, UInt)
        or (operator == "%" and type(left) is float)
    ):
        raise NoValue
    whole = type(left) is not float
    match operator:
        case "+" | "-" | "*":
            result = {"+": left + right, "-": left - right, "*": left * right}[operator]
        case "/":
            result = truncated(left, right) if whole else left / right
        case _:
            result = left - truncated(left, right) * right
    if type(left) is UInt:
        if not 0 <= result < 2**64:
            raise NoValue
        return UInt(result)
    if not (-(2**63) <= result < 2**63 if whole else isfinite(result)):
        raise NoValue
    return result


def truncated(left: int, right: int) -> int:
    """Integer division towards zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def size(value: Any) -> int:
    """The length of a text, of bytes, of a list or of a map."""
    return len(value) if kind_of(value) in ("string", "bytes", "list") else len(pairs(value))


def text(value: Any) -> str:
    """A value that has to be text."""
    if type(value) is not str:
        raise NoValue
    return value


def address(value: Any) -> ADDRESS:
    """``ip(text)``: an address without a zone. One of IPv4 that is written as IPv6 is the one of IPv4."""
    if isinstance(value, ADDRESS):
        return value
    found = ip_address(text(value))
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        raise NoValue
    return getattr(found, "ipv4_mapped", None) or found


def network(value: Any) -> NETWORK:
    """``cidr(text)``: an address with the length of its prefix; within ``::ffff:0:0/96`` it is one of IPv4."""
    if isinstance(value, NETWORK):
        return value
    base, slash, length = text(value).partition("/")
    if slash and str(int(length)) != length:
        raise NoValue
    first = address(base)
    prefix = int(length) if slash else first.max_prefixlen
    if slash and first.version == 4 and ":" in base:
        prefix -= 96
    return ip_network((first, prefix), strict=False)


def contains_ip(base: Any, other: Any) -> bool:
    """``network.containsIP(address)``: the address, or a text that spells one."""
    if kind_of(base) != "network":
        raise NoValue
    return address(other) in base


def family(value: Any) -> int:
    """``address.family()``: 4 or 6."""
    if not isinstance(value, ADDRESS):
        raise NoValue
    return value.version


def cidr(value: Any) -> NETWORK:
    """``cidr(text)``, in which an address alone is no network."""
    if type(value) is str and "/" not in value:
        raise NoValue
    return network(value)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "!_": lambda value: not boolean(value),
    "-_": lambda value: arithmetic("-", 0, value) if type(value) is int else arithmetic("*", value, -1.0),
    "_==_": equal,
    "_!=_": lambda left, right: not equal(left, right),
    "_<_": less,
    "_<=_": lambda left, right: not less(right, left),
    "_>_": lambda left, right: less(right, left),
    "_>=_": lambda left, right: not less(left, right),
    "@in": contained,
    **{f"_{sign}_": partial(arithmetic, sign) for sign in "+-*/%"},
    "size": size,
    ".size": size,
    ".startsWith": lambda whole, part: text(whole).startswith(text(part)),
    ".endsWith": lambda whole, part: text(whole).endswith(text(part)),
    ".contains": lambda whole, part: text(part) in text(whole),
    "cidr": cidr,
    "ip": address,
    ".family": family,
    "dyn": lambda value: value,
    ".containsIP": contains_ip,
}  # fmt: skip
