"""Packs about the edges of numbers and times, and requests with values right beside what their conditions speak of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, isfinite, nextafter
from random import Random
from typing import Any, Final

from scopeguard import Context, Principal, RequestError, Resource
from scopeguard.semantics.timestamps import parse_duration, parse_timestamp
from tests.strategies import CHANNELS, ENVIRONMENTS, Pack, Request

ACTION: Final = "things:read"
NAMES: Final[Mapping[str, Sequence[str]]] = {
    "double": ("score", "score2", "score3"),
    "int": ("level", "level2", "level3"),
    "uint": ("n", "n2"),
    "timestamp": ("at", "at2", "at3"),
    "duration": ("wait", "wait2"),
    "list(int)": ("levels",),
    "list(double)": ("scores",),
    "dyn": ("any", "any2"),
}
TEXTS: Final[Mapping[str, Sequence[str]]] = {
    "double": ("0.0", "0.5", "1.5", "-2.5", "9007199254740992.0", "9007199254740994.0", "1e17", "1e300", "-1e300",
               "-9007199254740992.0", "1.7976931348623157e308", "5e-324", "9223372036854775808.0"),
    "int": ("0", "1", "2", "9007199254740992", "9007199254740993", "9223372036854775807", "-9223372036854775808"),
    "uint": ("0u", "1u", "9223372036854775807u", "9223372036854775808u", "18446744073709551614u", "18446744073709551615u"),
    "timestamp": tuple(f'timestamp("{text}")' for text in (
        "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "0001-01-01T00:30:00Z",
        "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.000001Z", "2020-01-01T00:00:00.0000005Z")),
    "duration": tuple(f'duration("{text}")' for text in (
        "0s", "1h", "1ns", "1.000001s", "315576000000s", "-315576000000s")),
}  # fmt: skip
_NUMBERS: Final = ("double", "int", "uint")
_ORDERS: Final = ("<", "<=", ">", ">=")
_ENDS: Final[Sequence[Any]] = (
    0, 1, -1, 2**63 - 1, -(2**63), 2**53, 2**53 + 1, 0.0, 0.5, 1e301, -1e301, 1.7976931348623157e308,
    datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), timedelta.min, timedelta.max, timedelta(0),
)  # fmt: skip


class EdgeMaker:
    """Makes packs of one surface, and requests of a system principal about it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.points: list[Any] = []
        self.conditions: list[str] = []

    def one(self, options: Sequence[Any]) -> Any:
        """One of some options."""
        return options[self.random.randrange(len(options))]

    def pack(self, invariants: int) -> Pack:
        """One allow rule, at times a deny rule, and claims that nothing is ever allowed where something is so."""
        surface = {"actions": ["read"], "coarse": True,
                   "attributes": {name: kind for kind, names in NAMES.items() for name in names}}  # fmt: skip
        allowed = self.condition()
        self.conditions = [allowed]
        rule = {"id": "a", "effect": "allow", "on": [ACTION], "kinds": ["system"], "when": allowed}
        deny = {"id": "d", "effect": "deny", "on": [ACTION], "when": self.condition(), "code": "not_permitted"}
        claims = [{"id": f"i{number}"} | self.claim(allowed) for number in range(invariants)]
        rules = [rule, *([deny] if self.random.random() < 0.3 else [])]
        catalog = {
            "surfaces": {"things": surface},
            "channels": list(CHANNELS),
            "environments": list(ENVIRONMENTS),
        }
        return Pack(({"scopeguard": 1, "catalog": catalog, "rules": rules, "invariants": claims},))

    def claim(self, allowed: str) -> dict[str, Any]:
        """That nothing is ever allowed, often where the allow rule is nearly false; or always where it is nearly true."""
        about: dict[str, Any] = {"principal": {"kinds": ["system"]}, "action": [ACTION]}
        match self.random.randrange(7):
            case 0:
                return {"never": about}
            case 1 | 2:
                when = self.condition()
            case 3:
                return {"always": about | {"when": self.changed(allowed)}}
            case _:
                when = f"!({self.changed(allowed)})"
        self.conditions.append(when)
        return {"never": about | {"when": when}}

    def condition(self) -> str:
        """One or two comparisons, or a chain of them."""
        parts = [
            self.one((self.compared, self.compared, self.chained, self.mixed, self.listed))()
            for _ in range(self.one((1, 1, 2)))
        ]
        joint: str = self.one((" && ", " && ", " || "))
        return joint.join(parts)

    def changed(self, condition: str) -> str:
        """A condition, or one that differs from it in one end."""
        if self.random.random() < 0.5:
            return condition
        end, other = self.one((("<", "<="), ("<=", "<"), (">", ">="), (">=", ">"), ("==", ">=")))
        return condition.replace(f" {end} ", f" {other} ", 1)

    def constant(self, kind: str) -> str:
        """A constant of a kind."""
        text = str(self.one(TEXTS[kind]))
        self.points.append(_value(kind, text))
        return text

    def name(self, kind: str) -> str:
        """An attribute of a kind."""
        return f"resource.{self.one(NAMES[kind])}"

    def compared(self) -> str:
        """A name beside a constant or another name, whose types may be different numbers."""
        kind = self.one(tuple(TEXTS))
        left = self.name(kind)
        other = self.one(_NUMBERS) if kind in _NUMBERS and self.random.random() < 0.4 else kind
        right = self.constant(other) if self.random.random() < 0.7 else self.name(other)
        if self.random.random() < 0.1:
            return f"{self.name('dyn')} == {right}"
        return f"{left} {self.one(_ORDERS if other != kind else (*_ORDERS, '==', '!='))} {right}"

    def chained(self) -> str:
        """Names of one type, each compared with the next, and the last with a constant."""
        kind = self.one(tuple(TEXTS))
        names = list(NAMES[kind])
        self.random.shuffle(names)
        names = names[: self.one((2, 3))]
        order = self.one(_ORDERS)
        terms = [*(f"resource.{name}" for name in names), self.constant(kind)]
        return " && ".join(f"{left} {order} {right}" for left, right in pairwise(terms))

    def mixed(self) -> str:
        """Two names of different numbers, beside each other and beside constants."""
        left, right = (self.name(kind) for kind in self.random.sample(_NUMBERS, 2))
        ways = self.random.sample(_ORDERS, self.one((1, 1, 2)))
        beside = (f"{name} {self.one(_ORDERS)} {self.constant(self.one(_NUMBERS))}" for name in (left, right))
        return " && ".join((*(f"{left} {way} {right}" for way in ways), *beside))

    def listed(self) -> str:
        """A value in a list."""
        kind = self.one(("int", "double"))
        item = self.one((self.constant(kind), self.name(kind)))
        if self.random.random() < 0.3:
            return f"{self.name(kind)} in [{self.constant(kind)}, {self.constant(kind)}]"
        return f"{self.one(('', '!'))}({item} in {self.name(f'list({kind})')})"

    # Requests.

    def requests(self, count: int) -> Iterator[Request]:
        """Requests whose attributes stand at, or right beside, the constants of the pack, the ends of ranges, and each other."""
        who = Principal.system("job_1", workspace="ws_1")
        for _ in range(count):
            # An ordinary request has nothing but what one condition reads.
            read = self.one((" ".join(self.conditions), *self.conditions[:1], self.one(self.conditions)))
            try:
                about = Resource("things", workspace="ws_1", attributes=self.attributes(read))
            except RequestError:
                continue
            yield Request(who, ACTION, about, Context(channel=CHANNELS[0]))

    def attributes(self, read: str) -> dict[str, Any]:
        """A value for most of the names that conditions read."""
        made: dict[str, Any] = {}
        for kind, names in NAMES.items():
            for name in names:
                if re.search(rf"resource\.{name}\b", read) and self.random.random() < 0.95:
                    others = [value for value in made.values() if not isinstance(value, list)]
                    made[name] = self.value(kind, [*self.points * 2, *others * 2, *_ENDS])
        return made

    def value(self, kind: str, points: Sequence[Any]) -> Any:
        """A value of a type, beside one of some points."""
        if kind == "dyn":
            kind = self.one(tuple(TEXTS))
        if kind.startswith("list("):
            return [self.value(kind[5:-1], points) for _ in range(self.random.randrange(4))]
        is_time = {"timestamp": datetime, "duration": timedelta}.get(kind)
        if is_time is not None:
            near = self.one([point for point in points if isinstance(point, is_time)])
            span = timedelta(
                **{self.one(("microseconds", "microseconds", "minutes", "hours")): self.one((-2, -1, 0, 0, 1, 2))}
            )
            try:
                return near + span
            except OverflowError:
                return near
        near = self.one([point for point in points if isinstance(point, int | float) and isfinite(point)])
        if kind == "double":
            found = float(near) + self.one((0, 0, -1, 1, -0.5, 0.5))
            for _ in range(self.one((0, 0, 1, 2))):
                found = nextafter(found, self.one((-inf, inf)))
            return self.one((found, found, found * 2)) if isfinite(found * 2) else found
        return int(near) + self.one((-2, -1, 0, 0, 1, 2))


def _value(kind: str, text: str) -> Any:
    """The value of a constant."""
    inner = text.partition('"')[2].rstrip('")')
    match kind:
        case "timestamp":
            return parse_timestamp(inner)
        case "duration":
            return parse_duration(inner)
    return float(text) if kind == "double" else int(text.removesuffix("u"))
