"""Operators and functions of conditions, on values.

What has no value raises EvaluationError, or a builtin error that ``evaluate.apply`` turns into it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.names import ABSENT, EvaluationError
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import UInt

_INT_RANGE: Final = range(-(2**63), 2**63)
_NUMBERS: Final = (int, float, UInt)


def boolean(value: Any) -> bool:
    """*value* where it is a boolean. Raises EvaluationError otherwise."""
    if value is True or value is False:
        return bool(value)
    raise EvaluationError(f"a {type_name(value)} is no boolean")


def type_name(value: Any) -> str:
    """CEL's name for the type of a value."""
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return type(value).__name__


_TYPE_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"), (UInt, "uint"), (int, "int"), (float, "double"), (str, "string"), (bytes, "bytes"),
    (datetime, "timestamp"), (timedelta, "duration"), (tuple, "list"), (Mapping, "map"), (type(None), "null"),
)  # fmt: skip


def _is_number(value: Any) -> bool:
    return type(value) in _NUMBERS


def equal(left: Any, right: Any) -> bool:
    """CEL equality. Values of different types cannot be compared, but for numbers among each other."""
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    kind = type_name(left)
    if kind != type_name(right):
        raise EvaluationError(f"a {kind} cannot be compared with a {type_name(right)}")
    if kind == "list":
        return len(left) == len(right) and _all_equal(zip(left, right, strict=True))
    if kind == "map":
        others = [found_in(right, key) for key in left]
        if len(left) != len(right) or ABSENT in others:
            return False
        return _all_equal(zip(left.values(), others, strict=True))
    return bool(left == right)


def _all_equal(pairs: Iterable[tuple[Any, Any]]) -> bool:
    # Every pair is compared: one that cannot be must show, even after one that differs.
    results = [equal(left, right) for left, right in pairs]
    return all(results)


_ORDERED: Final = frozenset({"bool", "string", "bytes", "timestamp", "duration"})


def _comparable(left: Any, right: Any) -> None:
    if _is_number(left) and _is_number(right):
        return
    kind = type_name(left)
    if kind not in _ORDERED or kind != type_name(right):
        raise EvaluationError(f"a {kind} cannot be ordered with a {type_name(right)}")


def less(left: Any, right: Any) -> bool:
    """``left < right``. Raises EvaluationError for types without an order."""
    _comparable(left, right)
    return bool(left < right)


def less_equal(left: Any, right: Any) -> bool:
    """``left <= right``. Raises EvaluationError for types without an order."""
    _comparable(left, right)
    return bool(left <= right)


def member(item: Any, container: Any) -> bool:
    """``item in container``: an element of a list or a key of a map."""
    if isinstance(container, Mapping):
        if found_in(container, item) is not ABSENT:
            return True
    elif not isinstance(container, tuple):
        raise EvaluationError(f"nothing can be in a {type_name(container)}")
    failure: EvaluationError | None = None
    for other in container:
        try:
            if equal(item, other):
                return True
        except EvaluationError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return False


class Written(Mapping[Any, Any]):
    """A map that a condition wrote. To Python ``true`` and ``1`` are one key; to CEL they are two."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[tuple[bool, Any], Any] = {}

    def add(self, key: Any, value: Any) -> None:
        """One more entry. Raises EvaluationError for a key that is of no key type or is there already."""
        if not isinstance(key, bool | int | str):
            raise EvaluationError(f"a {type_name(key)} cannot be a key")
        if (isinstance(key, bool), key) in self._entries:
            raise EvaluationError("a key stands twice in a map")
        self._entries[isinstance(key, bool), key] = value

    def __getitem__(self, key: Any) -> Any:
        return self._entries[isinstance(key, bool), key]

    def __iter__(self) -> Iterator[Any]:
        return (key for _, key in self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def found_in(base: Mapping[Any, Any], key: Any) -> Any:
    """The value of a map's entry, or ABSENT. Maps that the host gave have text for keys."""
    if type(key) is str or (isinstance(base, Written) and isinstance(key, bool | int | float)):
        return base.get(key, ABSENT)
    return ABSENT


def element(base: Any, index: Any) -> Any:
    """``base[index]``. Raises EvaluationError where there is no such element."""
    if isinstance(base, Mapping):
        value = found_in(base, index)
        if value is ABSENT:
            raise EvaluationError("no such key")
        return value
    if isinstance(base, tuple) and type(index) is int and 0 <= index < len(base):
        return base[index]
    raise EvaluationError("no such element")


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply_to(left: Any, right: Any) -> Any:
        if type(left) is not type(right) or type(left) not in (int, float):
            raise EvaluationError(f"no arithmetic on a {type_name(left)} and a {type_name(right)}")
        result = operation(left, right)
        if result not in _INT_RANGE if type(result) is int else not isfinite(result):
            raise EvaluationError("overflow")
        return result

    return apply_to


def _add(left: Any, right: Any) -> Any:
    if type(left) is type(right) and isinstance(left, str | bytes | tuple):
        return left + right
    if isinstance(left, datetime | timedelta) and isinstance(right, timedelta):
        return left + right
    if isinstance(left, timedelta) and isinstance(right, datetime):
        return right + left
    return _arithmetic(lambda a, b: a + b)(left, right)


def _subtract(left: Any, right: Any) -> Any:
    if isinstance(left, datetime | timedelta) and isinstance(right, datetime | timedelta):
        return left - right  # type: ignore[operator]  # a wrong pair raises TypeError, which cannot be evaluated
    return _arithmetic(lambda a, b: a - b)(left, right)


def _divide(left: Any, right: Any) -> Any:
    if type(left) is int and type(right) is int:
        return _truncated(left, right)[0]
    return _arithmetic(lambda a, b: a / b)(left, right)


def _modulo(left: Any, right: Any) -> Any:
    if type(left) is not int or type(right) is not int:
        raise EvaluationError("modulo needs integers")
    return _truncated(left, right)[1]


def _truncated(left: int, right: int) -> tuple[int, int]:
    quotient, remainder = divmod(abs(left), abs(right))
    quotient = quotient if (left < 0) == (right < 0) else -quotient
    if quotient not in _INT_RANGE:
        raise EvaluationError("integer overflow")
    return quotient, -remainder if left < 0 else remainder


def _negate(value: Any) -> Any:
    if type(value) not in (int, float) or value == _INT_RANGE.start:
        raise EvaluationError(f"a {type_name(value)} cannot be negated")
    return -value


def _size(value: Any) -> int:
    if not isinstance(value, str | bytes | tuple | Mapping):
        raise EvaluationError(f"a {type_name(value)} has no size")
    return len(value)


def _text(method: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def apply_to(left: Any, right: Any) -> bool:
        if type(left) is not str or type(right) is not str:
            raise EvaluationError("a string function needs strings")
        return method(left, right)

    return apply_to


def _cidr(text: Any) -> IPv4Network | IPv6Network:
    if type(text) is not str or "/" not in text:
        raise EvaluationError("cidr needs a network such as 10.0.0.0/8")
    return ip_network(text)


def _contains_ip(network: Any, address: Any) -> bool:
    if not isinstance(network, IPv4Network | IPv6Network) or type(address) is not str:
        raise EvaluationError("containsIP needs a network and an address")
    return ip_address(address) in network


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({
    ex.NOT: lambda value: not boolean(value),
    ex.NEGATE: _negate,
    ex.EQUAL: equal,
    ex.NOT_EQUAL: lambda left, right: not equal(left, right),
    ex.LESS: less,
    ex.LESS_EQUAL: less_equal,
    ex.GREATER: lambda left, right: less(right, left),
    ex.GREATER_EQUAL: lambda left, right: less_equal(right, left),
    ex.IN: member,
    ex.ADD: _add,
    ex.SUBTRACT: _subtract,
    ex.MULTIPLY: _arithmetic(lambda left, right: left * right),
    ex.DIVIDE: _divide,
    ex.MODULO: _modulo,
    "size": _size,
    "cidr": _cidr,
})  # fmt: skip

METHODS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType({
    "startsWith": _text(str.startswith),
    "endsWith": _text(str.endswith),
    "contains": _text(lambda left, right: right in left),
    "size": _size,
    "containsIP": _contains_ip,
})  # fmt: skip
