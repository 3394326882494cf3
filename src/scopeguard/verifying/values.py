"""Values that stand for all others: for each name, those that the conditions can tell apart.

Names that are compared with each other share one pool of values: the constants they are compared with, between and
around them as many more as there are names, and as many that none of the constants is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, pairwise
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.names import ABSENT
from scopeguard.semantics.values import RANGES
from scopeguard.syntax.expression import UInt
from scopeguard.verifying.atoms import NUMBERS, Comparison, Sight

_MOMENT: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_MARKS: Final = "_0123456789zyxwvutsrqponmlkjihgfedcba"
"""What may follow a beginning, where none of the texts has it."""
_STARTS: Final = "abcdefghijklmnopqrstuvwxyzA0~"
"""With what a text may begin where its usual word begins as a constant does."""
_MAX_LISTED: Final = 5
"""Values of which every set is tried as a list."""

_FRESH: Final[Mapping[str, str]] = MappingProxyType({
    "id": "id", "workspace": "ws", "channel": "elsewhere", "environment": "another",
})  # fmt: skip
"""What a made-up text begins with, by the last part of a name, so that witnesses read well."""


@dataclass(slots=True)
class Pool:
    """What one group of names is compared with."""

    names: set[str] = field(default_factory=set)
    constants: dict[tuple[type, str], Any] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    guessed: bool = False

    def add(self, comparison: Comparison) -> None:
        """Take in one comparison."""
        self.names.update(comparison.names)
        self.fields.update(comparison.fields)
        self.guessed = self.guessed or comparison.guessed
        if comparison.prefix:
            self.prefixes.update(comparison.constants)
        else:
            self.constants.update({(type(value), repr(value)): value for value in comparison.constants})

    def merge(self, other: "Pool") -> None:
        """Take in another pool."""
        self.names |= other.names
        self.constants |= other.constants
        self.prefixes |= other.prefixes
        self.fields |= other.fields
        self.guessed = self.guessed or other.guessed

    def of(self, *kinds: type) -> list[Any]:
        """The constants of exactly these classes."""
        return [value for value in self.constants.values() if type(value) in kinds]

    def texts(self) -> list[str]:
        """Every constant, and texts that are none, also such as begin as some constant does."""
        known = {*self.of(str), *self.prefixes}
        made = self.made_up
        longer = [f"{text}x" for text in (*made, *known)] if self.guessed else []
        mark = self.mark or ""
        prefixed = (f"{text}{mark}{number}" for text in sorted(self.prefixes) for number in range(len(self.names)))
        return [*made, *sorted(known), *prefixed, *sorted(longer)]

    @property
    def made_up(self) -> list[str]:
        """Texts that are no constant and begin as none does."""
        last = min(self.names, default="").rpartition(".")[2]
        return _made_up(_FRESH.get(last, "text"), {*self.of(str), *self.prefixes}, self.prefixes, len(self.names))

    @property
    def mark(self) -> str | None:
        """A character of none of the texts, so that a text that goes on with it begins as no other does."""
        taken = {char for text in (*self.of(str), *self.prefixes) for char in text}
        return next((char for char in _MARKS if char not in taken), None)

    def numbers(self, kind: str) -> list[Any]:
        """Numbers of one kind: the constants, and those between and around them."""
        points = sorted({value for value in self.of(int, float) if isfinite(value)} | set(map(int, self.of(UInt))))
        found = set(_around(points or [0], 1, len(self.names)))
        if kind == "double":
            return sorted({float(value) for value in found})
        low, high = RANGES[kind]
        return [int(value) for value in sorted(found) if value == int(value) and low <= value <= high]

    def times(self) -> list[datetime]:
        """Moments: the constants, and those between and around them."""
        return list(_around(sorted(self.of(datetime)) or [_MOMENT], _HOUR, len(self.names)))

    def durations(self) -> list[timedelta]:
        """Durations: the constants, and those between and around them."""
        return list(_around(sorted(self.of(timedelta)) or [timedelta(0)], _HOUR, len(self.names)))

    def blobs(self) -> list[bytes]:
        """The constants, and bytes that are none of them."""
        known = {value.decode("latin-1") for value in self.of(bytes)}
        return [*self.of(bytes), *(text.encode() for text in _made_up("bytes", known, (), len(self.names)))]

    def anything(self) -> list[Any]:
        """Values of every type that can be told apart, where no type is declared."""
        numbers = sorted({*self.numbers("int"), *self.numbers("double")})
        times = self.times() if self.of(datetime) else []
        durations = self.durations() if self.of(timedelta) else []
        blobs = self.blobs() if self.of(bytes) else []
        return [*self.texts(), *numbers, True, False, *times, *durations, *blobs, None, (), *self.maps()]

    def maps(self) -> list[Mapping[str, Any]]:
        """An empty map, and maps that have a field that is asked for."""
        inner = [*self.constants.values(), 0, "text_1"] if self.fields else []
        return [
            MappingProxyType({}),
            *(MappingProxyType({name: value}) for name in sorted(self.fields) for value in inner),
        ]

    def values(self, kind: str) -> list[Any]:
        """The values of one scalar type."""
        match kind:
            case "int" | "uint" | "double":
                return self.numbers(kind)
            case "bool":
                return [True, False]
            case "string":
                return list(self.texts())
            case "timestamp":
                return list(self.times())
            case "duration":
                return list(self.durations())
            case "bytes":
                return list(self.blobs())
        return self.anything()


def _made_up(word: str, known: Collection[str], prefixes: Collection[str], count: int) -> list[str]:
    """*count* texts that are none of *known* and begin as none of *prefixes*; fewer where there is no way to begin."""
    begun = [prefix for prefix in prefixes if prefix]
    found: list[str] = []
    for start in (word, *_STARTS):
        for number in range(1, len(known) + count + 1):
            text = f"{start}_{number}"
            if len(found) < count and text not in known and not any(map(text.startswith, begun)):
                found.append(text)
    return found


def _around(points: Sequence[Any], step: Any, count: int) -> Iterator[Any]:
    """*points* in order, *count* values below and above them, and in each gap, at its ends and spread over it."""
    counts = range(1, count + 1)
    yield from _shifted(points[0], -step, reversed(counts))
    for low, high in pairwise(points):
        yield low
        inner = {*_shifted(low, step, counts), *_shifted(high, -step, counts)}
        inner.update(_shifted(low, (high - low) / (count + 1), counts))
        yield from sorted(value for value in inner if low < value < high)
    yield points[-1]
    yield from _shifted(points[-1], step, counts)


def _shifted(point: Any, step: Any, counts: Iterable[int]) -> Iterator[Any]:
    for number in counts:
        with suppress(OverflowError):
            yield point + step * number


@dataclass(frozen=True, slots=True)
class Values:
    """The values to try for every name of some conditions."""

    sight: Sight
    pools: Mapping[str, Pool]

    @classmethod
    def of(cls, sight: Sight, comparisons: Iterable[Comparison]) -> "Values":
        """Pools for all that *comparisons* compare, together where they compare the same names."""
        pools: dict[str, Pool] = {}
        for comparison in comparisons:
            whole = Pool()
            whole.add(comparison)
            for name in comparison.names:
                if name in pools and pools[name] is not whole:
                    whole.merge(pools[name])
            pools.update(dict.fromkeys(whole.names, whole))
        return cls(sight, MappingProxyType(pools))

    @property
    def tangled(self) -> frozenset[str]:
        """Names of pools that do not stand for all values: too many lists, or kinds of numbers that mix."""
        return frozenset(name for name, pool in self.pools.items() if self._is_tangled(pool))

    def _is_tangled(self, pool: Pool) -> bool:
        kinds = {self.sight.kind(name) for name in pool.names}
        if pool.prefixes and (pool.mark is None or len(pool.made_up) < len(pool.names)):
            return True
        lists = [kind for kind in kinds if kind.startswith("list(")]
        if lists and len(self._elements(pool, lists[0])) > _MAX_LISTED:
            return True
        return len(pool.names) > 2 and len(NUMBERS & kinds) > 1

    def _elements(self, pool: Pool, kind: str) -> list[Any]:
        return pool.values(kind.removeprefix("list(").removesuffix(")"))

    def to_try(self, name: str) -> list[Any]:
        """What to try for *name*: absence first."""
        pool = self.pools.get(name) or Pool({name})
        kind = self.sight.kind(name)
        if kind.startswith("list("):
            elements = self._elements(pool, kind)[:_MAX_LISTED]
            sets = chain.from_iterable(combinations(elements, size) for size in range(len(elements) + 1))
            return [ABSENT, *sets]
        if kind.startswith("map("):
            return [ABSENT, *pool.maps()]
        return [ABSENT, *pool.values(kind)]
